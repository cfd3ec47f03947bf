"""Three layers as students hand them in. Each looks right, runs, trains a little, and is wrong.

What `tinycnn check` says of them is in when_a_gradient_is_wrong.md.
"""

import numpy as np


class MyConv2D:
    """A convolution, window by window."""

    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        pair = lambda v: v if isinstance(v, tuple) else (v, v)      # noqa: E731
        (kh, kw), self.stride, self.padding = pair(kernel_size), pair(stride), pair(padding)
        rng = np.random.default_rng()
        self.params = {"W": rng.normal(size=(out_channels, in_channels, kh, kw)) * 0.1,
                       "b": np.zeros(out_channels)}

    def _windows(self, x):
        """Place (p, q) and pixels of every window of the padded images."""
        (kh, kw), (sh, sw), (ph, pw) = self.params["W"].shape[2:], self.stride, self.padding
        x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
        for p in range((x.shape[2] - kh) // sh + 1):
            for q in range((x.shape[3] - kw) // sw + 1):
                yield p, q, x[:, :, p * sh:p * sh + kh, q * sw:q * sw + kw]

    def forward(self, x):
        """y[n, f, p, q] = b[f] + the sum of W[f] times the window at (p, q)."""
        W, b = self.params["W"], self.params["b"]
        y = {(p, q): np.einsum("ncij,fcij->nf", window, W) + b
             for p, q, window in self._windows(x)}
        rows, columns = max(y)
        y = np.array([[y[p, q] for q in range(columns + 1)] for p in range(rows + 1)])
        return y.transpose(2, 3, 0, 1), x

    def backward(self, dy, cache):
        """Every unit sends dy · W back to the pixels of its window."""
        x, W, (ph, pw) = cache, self.params["W"], self.padding
        kh, kw = W.shape[2:]
        n, c, height, width = x.shape
        dx = np.zeros((n, c, height + 2 * ph, width + 2 * pw), x.dtype)
        for p in range(dy.shape[2]):
            for q in range(dy.shape[3]):
                dx[:, :, p:p + kh, q:q + kw] += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return dx[:, :, ph:ph + height, pw:pw + width]

    def parameter_gradients(self, dy, cache):
        """Every weight sums over all images and positions."""
        W = self.params["W"]
        dW = np.zeros_like(W)
        for p, q, window in self._windows(cache):
            dW += np.einsum("nf,ncij->fcij", dy[:, :, p, q], window)
        return {"W": dW, "b": dy.sum(axis=(0, 2, 3))}


class MyMaxPool2D:
    """The largest value of every window."""

    def __init__(self, size, stride=None):
        pair = lambda v: v if isinstance(v, tuple) else (v, v)      # noqa: E731
        self.size, self.stride = pair(size), pair(size if stride is None else stride)
        self.params = {}

    def _places(self, x):
        """Place (p, q) of every window, and the slices that cut it out."""
        (kh, kw), (sh, sw) = self.size, self.stride
        for p in range((x.shape[2] - kh) // sh + 1):
            for q in range((x.shape[3] - kw) // sw + 1):
                yield p, q, np.s_[:, :, p * sh:p * sh + kh, q * sw:q * sw + kw]

    def forward(self, x):
        """y[n, c, p, q] = the maximum of the window at (p, q)."""
        (kh, kw), (sh, sw) = self.size, self.stride
        y = np.zeros((*x.shape[:2], (x.shape[2] - kh) // sh + 1, (x.shape[3] - kw) // sw + 1),
                     x.dtype)
        for p, q, window in self._places(x):
            y[:, :, p, q] = x[window].max(axis=(2, 3))
        return y, (x, y)

    def backward(self, dy, cache):
        """The gradient goes to the pixel that was the maximum."""
        x, y = cache
        dx = np.zeros_like(x)
        for p, q, window in self._places(x):
            mask = x[window] == y[:, :, p:p + 1, q:q + 1]
            dx[window] += mask * dy[:, :, p:p + 1, q:q + 1]
        return dx


class MySoftmax:
    """Probabilities from logits."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        """y = exp(x) / the row's sum of exp(x)."""
        e = np.exp(x - x.max(axis=1, keepdims=True))
        y = e / e.sum(axis=1, keepdims=True)
        return y, y

    def backward(self, dy, cache):
        """The derivative of the softmax is y (1 - y)."""
        y = cache
        return dy * y * (1 - y)
