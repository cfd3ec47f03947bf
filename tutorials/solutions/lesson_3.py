"""Solutions to lesson 3, gradient checking.

Each has the same name as in the lesson. Where the lesson asks for a value, the solution is a
function that computes it from what the lesson gives to `check`.
"""

import numpy as np

import tinycnn as tc


def central_differences(f, x, h):
    """One entry at a time, up and down, and back to what it was."""
    x, gradient = x.copy(), np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        old = x[i]
        x[i] = old + h
        above = f(x)
        x[i] = old - h
        gradient[i] = (above - f(x)) / (2 * h)
        x[i] = old
    return gradient


def my_h():
    """h² + ε/h is smallest where its derivative 2h - ε/h² is 0: h³ = ε/2."""
    return np.cbrt(np.finfo(np.float64).eps / 2)


def my_ratio():
    """A mean over 3 images and 4 x 6 positions, where the sum over all of them is right."""
    return 1 / (3 * 4 * 6)


def my_missed():
    """A forgets dy, B takes a mean over images, C is wrong at ties, D where windows overlap."""
    return ["dy of ones", "one image", "no ties", "no overlap"]


class MendedConv2D(tc.Conv2D):
    """The padding is on both sides of the image, so the image begins at the pixel (ph, pw)."""

    def backward(self, dy, cache):
        """Every unit sends dy · W back to the pixels of its window."""
        x, W = cache, self.params["W"]
        (kh, kw), (sh, sw), (ph, pw) = self.kernel_size, self.stride, self.padding
        n, c, height, width = x.shape
        dx = np.zeros((n, c, height + 2 * ph, width + 2 * pw), dy.dtype)
        for p, q in np.ndindex(*dy.shape[2:]):
            window = dx[:, :, p * sh:p * sh + kh, q * sw:q * sw + kw]
            window += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return dx[:, :, ph:ph + height, pw:pw + width]


class MendedMaxPool2D(tc.MaxPool2D):
    """The search starts below every number, and an equal number does not win (> instead of >=)."""

    def places(self, x):
        """Each unit (n, c, p, q), and the slices that cut its window out of x."""
        (kh, kw), (sh, sw), (n_images, n_maps, height, width) = self.size, self.stride, x.shape
        for unit in np.ndindex(n_images, n_maps, (height - kh) // sh + 1, (width - kw) // sw + 1):
            n, c, p, q = unit
            yield unit, np.s_[n, c, p * sh:p * sh + kh, q * sw:q * sw + kw]

    def forward(self, x):
        """The largest value of each window."""
        (kh, kw), (sh, sw) = self.size, self.stride
        y = np.zeros((*x.shape[:2], (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1),
                     x.dtype)
        for unit, window in self.places(x):
            largest = -np.inf
            for value in x[window].ravel():
                if value > largest:
                    largest = value
            y[unit] = largest
        return y, x

    def backward(self, dy, cache):
        """The winner of each window gets its gradient."""
        x = cache
        dx = np.zeros(x.shape, dy.dtype)
        for unit, window in self.places(x):
            winner = (0, 0)
            for place in np.ndindex(self.size):
                if x[window][place] > x[window][winner]:
                    winner = place
            dx[window][winner] += dy[unit]
        return dx
