# %% [markdown]
# # Lesson 2: layers
#
# *About 40 minutes. You need lesson 1, and NumPy arrays with more than two axes.*
#
# A network is a chain of layers, and a layer is three short methods. If you can write a layer, you
# can put it into any network of this course, and training, prediction gradients and knockouts work
# with it at once. In this lesson you see what each kind of layer does to a face, and write two of
# your own.

# %%
import inspect
from time import perf_counter

import numpy as np

import tinycnn as tc
from tinycnn.course import check, show
from tinycnn.figures import new_figure
from tinycnn.layers import loops

SEED = 0            # of the weights
DATA = None         # or the Yale faces: the path of their folder or zip file

faces = tc.load_faces(DATA)
x = faces.images[:1].astype(np.float64)     # one face: (images, channels, rows, columns)
print(faces)
print("shape of x:", x.shape)

# %% [markdown]
# ## A function with two derivatives
#
# A layer computes y from x, perhaps with parameters w. Let s be any number that is computed from y
# further on: a loss, or one probability. Then a layer has to answer three questions.
#
#     forward(x)                     ->  y, cache       what comes out?
#     backward(dy, cache)            ->  dx             how does s change with x?
#     parameter_gradients(dy, cache) ->  {"W": dW, ...} how does s change with w?
#
# `dy` is ∂s/∂y, the upstream gradient, and has the shape of y. It is an argument, because the layer
# cannot know what s is. `dx` is ∂s/∂x, and has the shape of x. `cache` is what `forward` saves for
# the other two. Here is tanh, written with loops. It has no parameters, so it uses the third method
# of `Layer`, which returns `{}`.

# %%
print(inspect.getsource(loops.Tanh))

# %% [markdown]
# The layer itself keeps nothing but its parameters. So one forward pass serves any number of
# backward passes, and a second forward pass does not disturb the first.
#
# **Predict first.** Below, another face goes through the same layer between the forward pass and
# the second backward pass. Does `dx` change?

# %%
layer = tc.Tanh()
y, cache = layer.forward(x)
dy = np.random.default_rng(SEED).normal(size=y.shape)
before = layer.backward(dy, cache)
layer.forward(faces.images[-1:])            # somebody else uses the layer
print("the same dx:", np.array_equal(before, layer.backward(dy, cache)))

# %% [markdown]
# It does not. If `forward` wrote its output to `self.y` instead, the second `dx` would belong to
# the other face, and no error would say so. The paper needs one backward pass for each class, all
# of them from one forward pass: that is safe here.
#
# ## What layers do to a face
#
# Here is a convolution with one filter. A person chose this filter; it was not trained. Its weights
# are negative on the left and positive on the right. After it come tanh and max-pooling.
#
# **Predict first.** What will the map of the convolution show? Where will it be white, where black,
# and where grey? And which map looks coarser than the one before it?

# %%
edge = tc.Conv2D(1, 1, 5)
edge.params["W"][0, 0] = np.array([-2, -1, 0, 1, 2]) / 5        # five equal rows
print("the filter", edge.params["W"][0, 0].round(1), sep="\n")

o = x
maps = {"the face": x[0, 0]}
for name, layer in {"convolution": edge, "tanh": tc.Tanh(), "max-pooling": tc.MaxPool2D(2)}.items():
    o, _ = layer.forward(o)
    maps[name] = o[0, 0]

# %%
fig = new_figure(9, 2.7)
for ax, (name, image) in zip(fig.subplots(1, 4), maps.items(), strict=True):
    low = 0 if name == "the face" else -1       # grey is 0 in the maps
    ax.imshow(image, cmap="gray", vmin=low, vmax=1)
    ax.set_title(f"{name}, {image.shape[0]} x {image.shape[1]}\n"
                 f"values {image.min():.2f} to {image.max():.2f}", fontsize=9)
    ax.axis("off")
fig.subplots_adjust(0.01, 0.02, 0.99, 0.82, 0.05)
show(fig)

# %% [markdown]
# The map is white where the face becomes brighter from left to right, black where it becomes
# darker, and grey where nothing changes. Tanh keeps the order, and brings all values between -1 and
# +1. (The picture of the convolution cuts off the values outside this range, so the two look
# alike.) Pooling keeps the largest value of each 2 x 2 block. Its output has a quarter of the
# units, and thin black lines can get lost: a block has to be dark everywhere to stay dark.
#
# ## How large is the output?
#
# A window of 5 pixels on a row of 60: the first starts at pixel 0, and the last at pixel 55. With a
# *stride* of 2 it moves by two pixels at a time. With a *padding* of 1 there is one more pixel of
# value 0 at each end of the row. A window that does not fit entirely is dropped.
#
# ### Exercise 2.1
# Write the number of units that a row of `size` pixels gives.

# %%
def output_size(size, window, stride, padding):
    """Four whole numbers -> how many places the window has, a whole number."""
    ...


check("2.1", output_size)

# %% [markdown]
# <details><summary>Hint</summary>
#
# How far can the first window move until it touches the end? How many steps is that? `//` divides
# and rounds down.
# </details>
#
# The paper's network has three convolutions with windows of 5 x 5, each followed by max-pooling
# with windows of 2 x 2, and no padding.
#
# **Predict first.** The image has 60 x 60 pixels. How large are the maps of each layer, down to the
# last pooling? Which layer has the most parameters?

# %%
print(tc.face_net(faces.n_classes, SEED))

# %% [markdown]
# 60, 56, 28, 24, 12, 8, 4. And the first dense layer has the most parameters, although the
# convolutions do nearly all of the work: a filter's weights are few, and are used at every place.
#
# ## Loops, as the equations are written
#
# In [tinycnn/layers/loops.py](../../tinycnn/layers/loops.py) each layer is written with one loop
# for every index of its equation. That is slow and easy to read. Compare the convolution with the
# formula in lesson 1: the images n, the filters f, the channels c and the stride are new.

# %%
print(inspect.getsource(loops.Conv2D.forward))

# %% [markdown]
# The layers in [tinycnn/layers](../../tinycnn/layers/conv2d.py) do the same with a few operations
# on whole arrays. Here are both, forward and backward, each with an input like the one that it gets
# in the network.
#
# **Predict first.** By which factor are the loops slower: 3, 30, 300, 3000? For which layer is the
# factor largest?

# %%
def run(layer, x):
    """Forward and both derivatives: a list of arrays, and the seconds that it took."""
    dy = np.random.default_rng(SEED).normal(size=layer.forward(x)[0].shape)
    start = perf_counter()
    y, cache = layer.forward(x)
    arrays = [y, layer.backward(dy, cache), *layer.parameter_gradients(dy, cache).values()]
    return arrays, perf_counter() - start


five = tc.Conv2D(1, 5, 5, rng=SEED).forward(x)[0]         # five maps
row = five[:, :, 3::4, 3::4].reshape(1, -1)
print(f"{'':14}{'units':>7}{'largest difference':>20}{'times as fast':>15}")
for name, arguments, given in (("Conv2D", (1, 5, 5), x), ("Tanh", (), five),
                               ("MaxPool2D", (2,), five), ("Dense", (row.size, 15), row),
                               ("Softmax", (), row[:, :15])):
    weights = {"rng": SEED} if name in ("Conv2D", "Dense") else {}
    fast, seconds = run(getattr(tc, name)(*arguments, **weights), given)
    slow, slow_seconds = run(getattr(loops, name)(*arguments, **weights), given)
    off = max(np.abs(a - b).max() for a, b in zip(fast, slow, strict=True))
    print(f"{name:14}{fast[0].size:7,}{off:20.0e}{slow_seconds / seconds:15,.0f}")

# %% [markdown]
# The numbers are the same except for rounding: a sum in another order has other last digits. The
# convolution gains the most. It has by far the most products, and in Python each of them costs one
# pass of a loop. [Why it is fast](../why_it_is_fast.md) explains the fast one.
#
# So there are two ways to write a layer, and both are fine. Write correct loops first.
#
# ## Your own activation
#
# Many networks have ReLU where the paper has tanh: y = x where x is positive, and 0 elsewhere. At
# x = 0 the function has a kink and no derivative. By convention no gradient passes there.
#
# ### Exercise 2.2
# Write the layer. `check` compares it with tinycnn's own, and its gradients with measured ones.

# %%
class MyReLU:
    """y = max(x, 0), element by element."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        """x of any shape -> y of the same shape, and what backward will need."""
        raise NotImplementedError

    def backward(self, dy, cache):
        """∂s/∂y -> ∂s/∂x."""
        raise NotImplementedError

    def parameter_gradients(self, dy, cache):
        """There are no parameters."""
        return {}


check("2.2", MyReLU)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `return y, cache` returns two things. Do not write to `x`: it belongs to the layer before.
# </details>
# <details><summary>Hint 2</summary>
#
# The sign of x decides whether the gradient passes, not the sign of dy. The cache may be x itself,
# or an array of True and False.
# </details>
#
# ## Who gets the gradient of a pool?
#
# In lesson 1 the largest of each block took the whole gradient. What if there are several? Where a
# photograph is black all over, or white, a block has four equal numbers.

# %%
blocks = faces.images.reshape(-1, 30, 2, 30, 2).swapaxes(2, 3).reshape(-1, 4)
several = (blocks == blocks.max(axis=1, keepdims=True)).sum(axis=1) > 1
print(f"{several.mean():.0%} of the 2 x 2 blocks in these images have their largest value twice or "
      "more")

# %% [markdown]
# It is a few per cent in the drawn faces, and far more in the Yale faces, whose background is
# white. So there has to be a rule: the first in reading order wins.
#
# ### Exercise 2.3
# Write it for one window.

# %%
def gradient_of_window(window, dy):
    """The pixels (kh, kw), the gradient dy of their maximum -> the gradient of each (kh, kw)."""
    ...


check("2.3", gradient_of_window)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `window.argmax()` counts along the rows, and gives the first of several equal numbers.
# `np.unravel_index(number, window.shape)` turns it into a row and a column.
# </details>
#
# ## Your own pooling
#
# Instead of the largest number of its block, a unit could give the mean. Then no pixel loses.
#
# **Predict first.** ∂y/∂x of max-pooling depends on x: you must know which pixel won. What does
# average-pooling need in its cache?
#
# ### Exercise 2.4
# Write the layer for square windows that do not overlap. You may assume that `size` divides H and
# W.

# %%
class AveragePool2D:
    """y[n, c, p, q] = the mean of a window of size x size pixels; the next one starts after it."""

    def __init__(self, size):
        self.size = size
        self.params = {}

    def forward(self, x):
        """x (N, C, H, W) -> y (N, C, H/size, W/size), and what backward will need."""
        raise NotImplementedError

    def backward(self, dy, cache):
        """∂s/∂y (N, C, H/size, W/size) -> ∂s/∂x (N, C, H, W)."""
        raise NotImplementedError

    def parameter_gradients(self, dy, cache):
        """There are no parameters."""
        return {}


check("2.4", AveragePool2D)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# With loops: for each p and q, the window is `x[:, :, p * s:(p + 1) * s, q * s:(q + 1) * s]` with
# s = size. Without: `reshape` can cut the axis of H pixels into two, (H/s, s). An array that
# you make with `np.zeros` needs `dtype=x.dtype`, or a float32 network becomes float64 from there
# on.
# </details>
# <details><summary>Hint 2</summary>
#
# y is Σ x / size². How much does y change with one of these x? `np.repeat` writes each number
# several times along an axis.
# </details>
#
# The cache may stay empty here: a pixel's share of the mean is the same for every value.
#
# ## Softmax: everybody moves everybody
#
# In the layers that you have written a unit depends on one number, or on a few. In a softmax each
# y_k depends on all x_j, since the probabilities have to sum to 1:
#
#     y_k = exp(x_k) / Σ_j exp(x_j)        ∂y_k/∂x_j = y_k (δ_kj - y_j)
#
# In lesson 1 the loss asked for one y only. Now let dy be anything.
#
# ### Exercise 2.5
# Write `backward` of a softmax: Σ_k dy_k · ∂y_k/∂x_j for each j, image by image.

# %%
def softmax_backward(dy, y):
    """∂s/∂y (N, K) and the output y (N, K) -> ∂s/∂x (N, K)."""
    ...


check("2.5", softmax_backward)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The sum has two parts. In the first, δ_kj leaves one term. In the second, -y_j multiplies a sum
# over k that is the same for all j: one number for each image. `keepdims=True` keeps its axis.
# </details>
#
# **Predict first.** What is `dx` if dy is 1 everywhere?

# %%
softmax = tc.Softmax()
y, cache = softmax.forward(np.random.default_rng(SEED).normal(size=(2, 4)))
random_dy = np.random.default_rng(SEED + 1).normal(size=y.shape)
for name, dy in {"dy = 1": np.ones_like(y), "a random dy": random_dy}.items():
    print(f"{name:12} dx of image 1:", softmax.backward(dy, cache)[0].round(3) + 0.0)

# %% [markdown]
# It is 0, up to rounding. With dy = 1 the number s is the sum of the probabilities, and that is 1
# for every x. So a test of a softmax with dy = 1 shows nothing: a layer that always returns 0 would
# pass, too. A random dy is a real test. Lesson 3 builds on this.
#
# ## Why softmax subtracts the largest
#
# exp grows fast. The largest number that float32 can hold is about 3.4 · 10³⁸.
#
# ### Exercise 2.6
# Up to which x is exp(x) finite in float32? `np.finfo(np.float32).max` is the largest number.

# %%
my_limit = None         # such as 12.3

check("2.6", my_limit)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Which function undoes exp?
# </details>
#
# The numbers that go into a softmax can be larger than that. But y stays the same if you subtract
# one number c from all x, because exp(x - c) = exp(x) / exp(c), and exp(c) cancels. If c is the
# largest x, no exponent is above 0.

# %%
large = np.array([[1000, 999, 0]], np.float32)
with np.errstate(over="ignore", invalid="ignore"):
    print("as the formula is written: ", (np.exp(large) / np.exp(large).sum())[0])
print("with the largest subtracted:", softmax.forward(large)[0][0].round(3))

# %% [markdown]
# Infinity divided by infinity is nan, "not a number". One nan in a network makes everything after
# it nan.
#
# ## Into a network
#
# `tc.Network` takes any object with the three methods and `params`. Here is a network with one
# convolution, once with tanh and once with ReLU. If you have written `MyReLU` or `AveragePool2D`,
# put them in place of tinycnn's own.
#
# **Predict first.** Pooling gives the gradient of a block to one of its four units. So for tanh,
# what share of the units before it gets a gradient of 0? Is it more with ReLU, or less?

# %%
def small_net(activation, pool):
    """Five maps, an activation, a pooling by 2 x 2, and a dense layer."""
    rng = np.random.default_rng(SEED)
    return tc.Network((1, 60, 60), conv=tc.Conv2D(1, 5, 5, rng=rng), active=activation, pool=pool,
                      flatten=tc.Flatten(), dense=tc.Dense(5 * 28 * 28, faces.n_classes, rng=rng),
                      softmax=tc.Softmax()).astype(np.float64)


for name, layer in {"tanh": tc.Tanh(), "ReLU": tc.ReLU()}.items():
    net = small_net(layer, tc.MaxPool2D(2))
    dy_do = tc.prediction_gradients(net, x, ["conv", "active"], classes=faces.labels[:1])
    zero = {where: np.mean(gradient == 0) for where, gradient in dy_do.items()}
    print(f"{name}: gradient 0 at {zero['active']:.0%} of the units after it, "
          f"and at {zero['conv']:.0%} of those before it")

# %% [markdown]
# With tanh it is three quarters, before and after: pooling lets one unit in four through, and tanh
# stops none. With ReLU the share before it is larger: where the winner of a block is not above 0,
# nothing passes at all. With average-pooling and tanh, no unit is left out.
#
# `tc.prediction_gradients` is the measure of the paper. It computed the gradients at two layers.
# One of them may be yours, and nobody had to explain to it how that layer works.
#
# ## Where you are
#
# You have written layers: a forward pass, and two derivatives that start from the upstream
# gradient. A network consists of nothing else. The tests of tinycnn compare each fast layer with
# its loops.
#
# - The layers, one a file: [Conv2D](../../tinycnn/layers/conv2d.py),
#   [MaxPool2D](../../tinycnn/layers/maxpool2d.py), [Tanh](../../tinycnn/layers/tanh.py),
#   [ReLU](../../tinycnn/layers/relu.py), [Dense](../../tinycnn/layers/dense.py),
#   [Softmax](../../tinycnn/layers/softmax.py), and [what a layer is](../../tinycnn/layers/base.py).
# - The same in [loops](../../tinycnn/layers/loops.py), and [why it is fast](../why_it_is_fast.md).
# - To go on: [add a layer](../add_a_layer.md) of your own.
#
# Solutions: [solutions/lesson_2.py](../solutions/lesson_2.py).
# Next: [gradient checking](lesson_3_gradient_checking.ipynb), which finds what is wrong in a layer.
