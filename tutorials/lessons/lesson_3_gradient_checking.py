# %% [markdown]
# # Lesson 3: gradient checking
#
# *About 40 minutes. You need lesson 2: what a layer is, and what dy and dx are.*
#
# A wrong gradient raises no error. Its shape is right, the network still learns something, and
# everything that is concluded from its gradients is wrong. This course concludes a lot from
# gradients. So in this lesson you learn to test them, to read what a test says, and to find the
# mistake.

# %%
import inspect

import numpy as np

import tinycnn as tc
from tinycnn.course import chart, check, show
from tinycnn.gradcheck import check_class
from tinycnn.gradcheck.zoo import BUGS

SEED = 0            # of the random inputs and weights
DATA = None         # or the Yale faces: the path of their folder or zip file

# %% [markdown]
# ## Measure it
#
# A gradient says how much s changes when a number x changes. So change x, and look. There are two
# ways: a step of h to one side, or a step to each side.
#
#     to one side:         (s(x + h) - s(x)) / h
#     central difference:  (s(x + h) - s(x - h)) / 2h
#
# **Predict first.** Below is a curve with its true slope at x = 0.5. Which of the two will be
# nearer to it?

# %%
x, h = 0.5, 1.0
left, right = np.tanh(x - h), np.tanh(x + h)
slope, central, one_sided = 1 - np.tanh(x) ** 2, (right - left) / (2 * h), (right - np.tanh(x)) / h
far, near = np.linspace(-0.8, 1.8, 200), np.array([x - h, x + h])
fig = chart({"s(x) = tanh(x)": (far, np.tanh(far)),
             f"the slope at 0.5, {slope:.3f}": (near, np.tanh(x) + slope * (near - x)),
             f"central difference, {central:.3f}": (near, [left, right]),
             f"to one side, {one_sided:.3f}": ([x, x + h], [np.tanh(x), right])}, "x", "s")
fig.axes[0].plot([x - h, x, x + h], [left, np.tanh(x), right], "ok")
show(fig)

# %% [markdown]
# The central difference: the green line is nearly parallel to the orange one, and the pink line is
# not. The curve's bend adds something on one side, and takes about as much away on the other. If h
# is ten times smaller, the error of the central difference is about a hundred times smaller. The
# error of the slope to one side is about ten times smaller.
#
# ### Exercise 3.1
# Write the central difference for a function of an array: one slope for each entry, while the other
# entries stay as they are.

# %%
def central_differences(f, x, h):
    """f: array -> number, an array x, the nudge h -> the gradient, an array like x."""
    ...


check("3.1", central_differences)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `for i in np.ndindex(*x.shape):` goes through the entries of an array with any number of axes.
# </details>
# <details><summary>Hint 2</summary>
#
# Keep `old = x[i]`, and write it back before the next entry. Adding h and taking it away again does
# not always give the old number: computers round.
# </details>
#
# ## How small a nudge?
#
# If computers did not round, a smaller h would always be better. But a float64 has only about 16
# digits, a float32 about 7. The two values of s are nearly the same, and their difference has lost
# most of its digits. Then it is divided by a small number.
#
# **Predict first.** Draw the error against h, from h = 1 down to 10⁻¹², before you look: for
# float64, and for float32. Where is each error smallest?

# %%
def error(h, dtype):
    """Root mean square error of central differences, at 1000 random numbers through tanh."""
    x, h = np.random.default_rng(SEED).normal(size=1000).astype(dtype), dtype(h)
    measured = (np.tanh(x + h) - np.tanh(x - h)) / (2 * h)
    return np.sqrt(np.mean((measured - (1 - np.tanh(x.astype(np.float64)) ** 2)) ** 2))


curves = {}
for dtype, smallest in ((np.float64, -12), (np.float32, -6)):
    nudges = np.logspace(smallest, 0, 80)
    curves[dtype.__name__] = (nudges, [error(h, dtype) for h in nudges])
for dtype in (np.float64, np.float32):
    root = np.cbrt(np.finfo(dtype).eps)
    curves[f"cube root of {dtype.__name__}'s ε"] = (root, error(root, dtype))
show(chart(curves, "nudge h", "error of the measured slope", logx=True, logy=True))
for name in ("float64", "float32"):
    best = int(np.argmin(curves[name][1]))
    print(f"{name}: the smallest error is {curves[name][1][best]:.0e}, at h = "
          f"{curves[name][0][best]:.0e}")

# %% [markdown]
# Two straight lines meet. On the right h is too large, and the error falls with h². This is the
# *truncation error*, from the bend of the curve. On the left the error rises with 1/h. This is the
# *rounding error*, ε/h, where ε is the distance from 1 to the next number
# (`np.finfo(np.float64).eps`).
#
# ### Exercise 3.2
# Suppose that the error is h² + ε/h. For which h is it smallest in float64?

# %%
my_h = None             # such as 1e-3

check("3.2", my_h)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Where the sum is smallest, its derivative with respect to h is 0.
# </details>
#
# In float32 even the best h leaves an error of more than 10⁻⁶. There, a gradient that is nearly
# right looks like a right one. So tinycnn always checks in float64, with h = 10⁻⁵, even if your
# network uses float32.
#
# ## A number from an array: dy
#
# A layer gives an array, and a slope needs one number s. So the output is weighted with some dy and
# added up, s = Σ dy · y. The backward pass starts with the same dy. If all dy are 1, s is the sum
# of the outputs.
#
# **Predict first.** Here is a softmax whose backward pass is wrong: the factor y is missing. The
# right one is `y * (dy - ...)`. Which dy shows the mistake?

# %%
class MySoftmax(tc.Softmax):
    """A mistake is planted in it."""

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x."""
        y = cache
        return dy - (dy * y).sum(axis=1, keepdims=True)


def largest_error(layer, x, dy):
    """The largest difference between dx and central differences of s = Σ dy · y."""
    dx = layer.backward(dy, layer.forward(x)[1])
    measured, h = np.zeros(x.shape), 1e-5
    for i in np.ndindex(*x.shape):
        nudge = np.zeros(x.shape)
        nudge[i] = h
        above, below = layer.forward(x + nudge)[0], layer.forward(x - nudge)[0]
        measured[i] = (dy * (above - below)).sum() / (2 * h)
    return np.abs(dx - measured).max()


rng = np.random.default_rng(SEED)
x = rng.normal(size=(2, 4))
for name, dy in {"dy = 1": np.ones(x.shape), "a random dy": rng.normal(size=x.shape)}.items():
    print(f"{name:12} right layer: {largest_error(tc.Softmax(), x, dy):.0e}   "
          f"wrong layer: {largest_error(MySoftmax(), x, dy):.0e}")

# %% [markdown]
# With dy = 1 the wrong layer passes: both answers are 0 (lesson 2 told why). A random dy has no
# such blind spot, since a backward pass is linear in dy: a mistake that shows for at least one dy
# shows for almost every random one.
#
# ## The report
#
# `tc.check_layer(layer, x)` does this for every entry of x and of the parameters, with a random dy.
# It also checks that the layer is pure (lesson 2). Here is a convolution with a planted mistake.
#
# **Predict first.** Each window overwrites in `dx` what the windows before it have written, because
# it has = instead of +=. Which entries of `dx` will be right all the same? Think of an image of 5 x
# 6 pixels, and a window of 3 x 3.

# %%
class MyConv2D(tc.Conv2D):
    """A mistake is planted in it."""

    def backward(self, dy, cache):
        """Every unit sends dy · W back to the pixels of its window."""
        dx, W, (kh, kw) = np.zeros_like(cache), self.params["W"], self.kernel_size
        for p, q in np.ndindex(*dy.shape[2:]):
            dx[:, :, p:p + kh, q:q + kw] = np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return dx


x = rng.normal(size=(2, 1, 5, 6))
print(tc.check_layer(MyConv2D(1, 2, 3, rng=SEED), x).text)

# %% [markdown]
# Read it from top to bottom.
#
# - **What failed, and what did not.** Only `input_gradient` failed. So `forward` and the gradients
#   of the parameters are right, and the mistake is in `backward`.
# - **The likely cause.** The checker knows some hundred mistakes. It computes what each of them
#   would give with your numbers, and names those that give the same as your layer.
# - **The map.** One channel of one image; # is wrong and . is right. Only the four corners belong
#   to a single window. Everywhere else dx should be a sum, and only one term of it is left.
# - **One entry**, the one with the largest error: what your layer says, what was measured, and the
#   *ratio* of the two. It differs from entry to entry here, since each entry misses other terms.
#
# Map and ratio are worth more than the size of the error. A few patterns:
#
# | what you see | where to look |
# |---|---|
# | the same ratio everywhere, such as 2, -1, or 1/N | a factor, a sign, a mean instead of a sum |
# | wrong at the border only | the range of a loop, the padding |
# | wrong in some cases only, such as a stride of 2 | what the code leaves out in these cases |
# | right for one image, wrong for several | a sum over the batch that is missing, or an `=` |
# | right at first, wrong after another forward pass | something kept in `self` |
#
# ### Exercise 3.3
# This layer takes a mean instead of the sum. Which ratio (what it says, divided by what is right)
# will the report show for db, at the x below? Answer first, then run `tc.check_layer` and see.

# %%
class MeanConv2D(tc.Conv2D):
    """A mistake is planted in it."""

    def parameter_gradients(self, dy, cache):
        """∂s/∂y -> {"W": ∂s/∂W, "b": ∂s/∂b}."""
        grads = super().parameter_gradients(dy, cache)
        return {"W": grads["W"], "b": dy.mean(axis=(0, 2, 3))}


mean_conv, x = MeanConv2D(1, 2, 3, rng=SEED), rng.normal(size=(3, 1, 6, 8))
my_ratio = None         # such as 0.123, or 1 / 7

check("3.3", my_ratio)

# %% [markdown]
# <details><summary>Hint</summary>
#
# What is the shape of dy? Which of its axes does the mean run over, and how many numbers is that?
# </details>
#
# ## What a check does not see
#
# A gradient check compares `backward` with `forward`. If both are wrong in the same way, they
# agree. Here is tanh as some networks have it, 1.7159 tanh(2x/3), with the right derivative.
#
# **Predict first.** Does it pass as a layer? Does it pass as a *tanh*?

# %%
class ScaledTanh:
    """Not tanh but another function, with its own right derivative."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        """x -> y, cache."""
        o = np.tanh(2 * x / 3)
        return 1.7159 * o, o

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x."""
        return dy * 1.7159 * 2 / 3 * (1 - cache ** 2)

    def parameter_gradients(self, dy, cache):
        """There are no parameters."""
        return {}


print(tc.check_layer(ScaledTanh(), rng.normal(size=(2, 3))).text.splitlines()[0])
print(check_class(ScaledTanh, "tanh").text.splitlines()[0])

# %% [markdown]
# As a layer it is right: the derivative fits the function. `check_class(cls, kind)` also compares
# what `forward` gives with tinycnn's own layer of that kind. And it builds the layer in a dozen
# ways (one image and more, strides, padding, windows that are not square) since a single input does
# not show everything. That is what the next exercise is about.
#
# ### Exercise 3.4
# Here are four wrong layers, and five weak checks. A good check has three images that are not
# square, some equal numbers, pools whose windows overlap, and a random dy. Each weak check lacks
# one of these. Each of the four layers passes exactly one of the weak checks, as if it were right.
# Which?

# %%
class LayerA(tc.Dense):
    def parameter_gradients(self, dy, cache):
        return {"W": cache.T @ np.ones_like(dy), "b": dy.sum(axis=0)}


class LayerB(tc.Dense):
    def parameter_gradients(self, dy, cache):
        return {"W": cache.T @ dy, "b": dy.mean(axis=0)}


class LayerC(tc.MaxPool2D):
    def forward(self, x):
        return super().forward(x)[0], x

    def backward(self, dy, cache):
        dx, (kh, kw), (sh, sw) = np.zeros_like(cache), self.size, self.stride
        for n, c, p, q in np.ndindex(*dy.shape):
            window = np.s_[n, c, p * sh:p * sh + kh, q * sw:q * sw + kw]
            best = (0, 0)
            for place in np.ndindex(kh, kw):
                if cache[window][place] >= cache[window][best]:
                    best = place
            dx[window][best] += dy[n, c, p, q]
        return dx


class LayerD(tc.MaxPool2D):
    def forward(self, x):
        return super().forward(x)[0], x

    def backward(self, dy, cache):
        dx, (kh, kw), (sh, sw) = np.zeros_like(cache), self.size, self.stride
        for n, c, p, q in np.ndindex(*dy.shape):
            window = np.s_[n, c, p * sh:p * sh + kh, q * sw:q * sw + kw]
            best = np.unravel_index(cache[window].argmax(), (kh, kw))
            dx[window][best] = dy[n, c, p, q]
        return dx


# Each is one of: "dy of ones", "one image", "no ties", "no overlap", "square images"
my_missed = None        # for A, B, C, D, such as ["no ties", "no ties", "one image", "no overlap"]

check("3.4", my_missed)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# For each layer, find the one line that is wrong. Then ask for which inputs it gives the right
# result anyway.
# </details>
# <details><summary>Hint 2</summary>
#
# Or try it: `tc.check_layer(LayerD(2, 1), x)` takes a random dy, and the x that you give it.
# </details>
#
# ## Where there is no derivative
#
# At x = 0 a ReLU has a kink. A layer has to return something there, and by the rule it is 0. What
# does a central difference measure?
#
# **Predict first.** Draw the slope of ReLU as measured with h = 10⁻⁵, for x from -3h to 3h. What is
# it at 0?

# %%
h = 1e-5
near = np.linspace(-3 * h, 3 * h, 601)
measured = (np.maximum(near + h, 0) - np.maximum(near - h, 0)) / (2 * h)
relu = tc.ReLU()
claimed = relu.backward(np.ones(near.shape), relu.forward(near)[1])
show(chart({"ReLU's backward, with dy = 1": (near / h, claimed),
            "central difference": (near / h, measured)}, "x / h", "slope of ReLU"))

# %% [markdown]
# One half at 0, and something between the two slopes wherever x - h and x + h are on different
# sides of the kink. The layer is not wrong: there is no slope to measure. Max-pooling has such
# places wherever two pixels of a window are equal, or nearly so. The checks find them (the slopes
# to the left and to the right differ) and compare with the rule instead. The report then has a
# note:

# %%
x = rng.integers(0, 3, size=(1, 1, 6, 6)).astype(float)         # whole numbers: many are equal
print(tc.check_layer(tc.MaxPool2D(2), x).text)

# %% [markdown]
# ## A whole network
#
# With a wrong layer in a network, every gradient before it is wrong as well: each layer passes on
# what it is given. `tc.check_network` checks each layer by itself, at the input that it has in this
# network. It also checks the gradients of all weights end to end.
#
# **Predict first.** Below, `conv2` is the wrong convolution from above: its `dx` is wrong, and its
# weights' gradients are right. Which of these are wrong end to end: the weights of dense, of conv2,
# of conv1?

# %%
faces = tc.load_faces(DATA)
small, t = faces.images[::60, :, ::4, ::4], faces.labels[::60]      # three faces of 15 x 15 pixels
net = tc.Network(conv1=tc.Conv2D(1, 3, 4, rng=SEED), tanh1=tc.Tanh(), pool1=tc.MaxPool2D(2),
                 conv2=MyConv2D(3, 4, 3, rng=SEED), tanh2=tc.Tanh(), flatten=tc.Flatten(),
                 dense=tc.Dense(64, faces.n_classes, rng=SEED), softmax=tc.Softmax())
print(tc.check_network(net, small, t, rng=SEED).table)

# %% [markdown]
# Only the weights of conv1 are wrong. The table runs from the loss backward, as the gradient does,
# so the first line that says WRONG is the layer to repair. The gradients of conv2's own weights are
# right: they need dy, which comes from the next layer, and not the wrong dx. The layers before
# conv2 are right, each by itself.
#
# ## Find the bug
#
# Now it is your turn. Both layers below run, and both are wrong. `check` prints the report. Read
# the code before you read what the report says.
#
# ### Exercise 3.5
# Repair this convolution.

# %%
class MendedConv2D(tc.Conv2D):
    """Repair it."""

    def backward(self, dy, cache):
        """Every unit sends dy · W back to the pixels of its window."""
        x, W = cache, self.params["W"]
        (kh, kw), (sh, sw), (ph, pw) = self.kernel_size, self.stride, self.padding
        n, c, height, width = x.shape
        dx = np.zeros((n, c, height + 2 * ph, width + 2 * pw), dy.dtype)
        for p, q in np.ndindex(*dy.shape[2:]):
            window = dx[:, :, p * sh:p * sh + kh, q * sw:q * sw + kw]
            window += np.einsum("nf,fcij->ncij", dy[:, :, p, q], W)
        return dx[:, :, :height, :width]


check("3.5", MendedConv2D)

# %% [markdown]
# <details><summary>Hint</summary>
#
# In which cases is it wrong, and what do they have in common? Where in the padded array does the
# image begin?
# </details>
#
# ### Exercise 3.6
# There are two mistakes in this pooling.

# %%
class MendedMaxPool2D(tc.MaxPool2D):
    """Repair it."""

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
            for value in x[window].ravel():
                if value > y[unit]:
                    y[unit] = value
        return y, x

    def backward(self, dy, cache):
        """The winner of each window gets its gradient."""
        x = cache
        dx = np.zeros(x.shape, dy.dtype)
        for unit, window in self.places(x):
            winner = (0, 0)
            for place in np.ndindex(self.size):
                if x[window][place] >= x[window][winner]:
                    winner = place
            dx[window][winner] += dy[unit]
        return dx


check("3.6", MendedMaxPool2D)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `y` begins as zeros. What comes out of a window in which all numbers are negative? After a ReLU
# nobody would ever notice.
# </details>
# <details><summary>Hint 2</summary>
#
# The check that is called `ties` looks at windows with equal values. Which of them has to win?
# </details>
#
# ## A hundred more
#
# tinycnn has a zoo of wrong layers. The cell below prints one of them without its name and without
# the sentence that names the mistake. Choose a number, find the mistake, and then set `SOLVE =
# True`. (`pad`, `crop`, `window` and `windows` are helpers, all of them right; they are in
# [textbook.py](../../tinycnn/gradcheck/zoo/textbook.py).)

# %%
NUMBER = 23             # from 0 up to the number of bugs
SOLVE = False

bug = BUGS[NUMBER % len(BUGS)]
code = inspect.getsource(bug.subject).replace(bug.name, "Broken").splitlines()
print(f"number {NUMBER} of {len(BUGS)}: it should be a {bug.kind}\n")
print("\n".join(line for line in code if '"""' not in line))
if SOLVE:
    print(check_class(bug.subject, bug.kind).text)

# %% [markdown]
# ## Where you are
#
# You can measure a gradient, and you know with which nudge, with which dy and in which precision.
# You know what such a check cannot see, and how to read what it says. From here on the course
# relies on the gradients of tinycnn: they have passed all of these checks.
#
# - [When a gradient is wrong](../when_a_gradient_is_wrong.md) goes through three more reports, and
#   shows the same on the command line (`tinycnn check my_layers.py`) and in pytest.
# - In the reference: [numeric gradients](../../tinycnn/gradcheck/numeric.py),
#   [the checks](../../tinycnn/gradcheck/checks.py),
#   [the known mistakes](../../tinycnn/gradcheck/causes.py).
#
# Solutions: [solutions/lesson_3.py](../solutions/lesson_3.py).
# Next: [training](lesson_4_training.ipynb), where the gradients are put to use.
