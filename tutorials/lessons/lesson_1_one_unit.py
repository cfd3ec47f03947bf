# %% [markdown]
# # Lesson 1: one unit, by hand
#
# *About 40 minutes, with a pencil. You need derivatives and the chain rule, and no network yet.*
#
# Backpropagation is one rule, applied again and again. A number feeds into the next one. How much
# the loss changes with the number is a product: how much the loss changes with the next number,
# times how much the next number changes with this one. In this lesson you apply it to a network so
# small that all of its numbers fit on half a page. In later lessons the networks grow and the rule
# stays the same.

# %%
import numpy as np

import tinycnn as tc
from tinycnn.course import chart, check, show
from tinycnn.stepper.tiny import tiny_stepper

SEED = 119          # another number gives another network; what follows holds for it too
DATA = None         # or the Yale faces: the path of their folder or zip file

stepper = tiny_stepper(SEED)
net, x, t = stepper.net, stepper.forward_pass()["input"], stepper.t
print(net)

# %% [markdown]
# An image of 6 x 6 pixels goes through one filter of 3 x 3 weights. Each unit of the result goes
# through tanh. From each 2 x 2 block only the largest number is kept. These four numbers go to two
# output units, one for each class, and softmax turns them into two probabilities.

# %%
print("the image", x[0, 0], sep="\n")
print("the filter", net["conv"].params["W"][0, 0], sep="\n")
print("and its bias", net["conv"].params["b"])
print("dense: one row for each of the four numbers, one column for each class",
      net["dense"].params["W"], sep="\n")
print("and the biases", net["dense"].params["b"])

# %% [markdown]
# ## Forward: one unit
#
# A unit of the convolution looks at one 3 x 3 window. Its output is
#
#     o = b + Σ_ij w_ij · o'_ij
#
# where o' are the nine numbers in the window, and w and b are the filter and its bias. The unit one
# place to the right has the same w and b, and the next window: that is all a convolution is.
#
# ### Exercise 1.1
# Take a pencil and compute the unit in the second row and third column of the 4 x 4 units. Write
# down your number.

# %%
my_unit = None          # such as 0.123

check("1.1", my_unit, net, x)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The window begins in the second row and third column of the image. Nine products, and the bias.
# Multiply window and filter without turning them, first row with first row. (In mathematics, a
# convolution turns the filter round first.)
# </details>
#
# Now the whole forward pass. `forward` returns a *trace*, which holds the output of every unit of
# every layer.

# %%
trace = net.forward(x)
for name in ("conv", "tanh", "pool", "dense"):
    print(name, trace[name].squeeze().round(3), sep="\n")
print("y, the probabilities of the two classes:", trace.y[0].round(3))

# %% [markdown]
# ## The loss
#
# The true class of this image is t. The network gave it the probability y_t; the loss is
# L = -log y_t. It is 0 if the network was sure and right, and has no upper bound as y_t goes to 0.

# %%
[true_class] = t
loss = -np.log(trace.y[0, true_class])
print(f"true class {true_class}, its probability {trace.y[0, true_class]:.3f}, loss {loss:.3f}")

# %% [markdown]
# **Predict first.** For the loss to fall, one of the two outputs of `dense` has to rise, and the
# other has to fall. Which is which? And can you say, without computing anything, how the two
# gradients are related?
#
# ## Backward: the last layer
#
# The two factors of the chain rule at the end of the network are
#
#     ∂L/∂y_t = -1/y_t        ∂y_k/∂o_j = y_k (δ_kj - y_j)
#
# with δ_kj = 1 if k = j and 0 otherwise. Multiply them, and most factors cancel.
#
# ### Exercise 1.2
# Write ∂L/∂o_j of the outputs of `dense`, in terms of `y` and the true class `t`.

# %%
def gradient_at_dense(y, t):
    """The probabilities y (K,), the true class t -> dL/do (K,) at the units before the softmax."""
    ...


check("1.2", gradient_at_dense)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Only y_t is in the loss, so there is one term: -1/y_t · y_t (δ_tj - y_j).
# </details>
# <details><summary>Hint 2</summary>
#
# Copy `y`, and change one entry. The result is the network's output, minus what it should be.
# </details>
#
# ## Backward: from two units to four
#
# The first of the four pooled numbers feeds into *both* outputs. So its gradient is a sum over both
# paths to the loss. Each term is the gradient at the end of the path, times the weight on the path:
#
#     ∂L/∂o'_a = Σ_b ∂L/∂o_b · w_ab
#
# ### Exercise 1.3
# Write it for all inputs at once.

# %%
def gradient_before_dense(dL_do, W):
    """dL/do (K,) at the outputs, the weights W (A, K) -> dL/do' (A,) at the inputs."""
    ...


check("1.3", gradient_before_dense)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A matrix times a vector. The shapes leave only one way to do it.
# </details>
#
# ## Backward: pooling and tanh
#
# Each pooled number is a copy of the largest unit in its block. If that unit rises a little, the
# pooled number rises by the same amount. If another unit rises, nothing happens. So the largest
# takes the whole gradient, and the others get 0.
#
# Tanh changes each number by itself: o = tanh(o'), and ∂o/∂o' = 1 - o².
#
# **Predict first.** Where is 1 - o² largest, and where is it almost 0? What does that mean for a
# unit whose output is 0.99?
#
# ### Exercise 1.4
# Bring a gradient back through tanh.

# %%
def gradient_before_tanh(dL_do, o):
    """dL/do and the output o of tanh, arrays of one shape -> dL/do' at its input."""
    ...


check("1.4", gradient_before_tanh)

# %% [markdown]
# <details><summary>Hint</summary>
#
# You have the output already, so there is no tanh to compute.
# </details>
#
# Here is what a backward pass gives, unit by unit. `seed` is ∂L/∂y, the row the pass starts with:
# -1/y_t at the true class, and 0 at the other.

# %%
seed = np.zeros_like(trace.y)
seed[0, true_class] = -1 / trace.y[0, true_class]
back = net.backward(trace, seed)
for name in ("dense", "pool", "tanh", "conv"):
    print(f"dL/do at {name}", back[name].squeeze().round(3) + 0.0, sep="\n")      # no "-0."

# %% [markdown]
# ## The gradient of a weight
#
# A weight of the filter is used at all sixteen positions. If it changes, sixteen units change, and
# each change works its way to the loss. So there are sixteen terms,
#
#     ∂L/∂w_ij = Σ_pq ∂L/∂o_pq · o'_(p+i, q+j)
#
# (In the paper's equation 2 there is no sum. It is written for a weight that only one unit uses.)
#
# **Predict first.** How many of the sixteen terms are 0 here, for every image? Look at `dL/do at
# conv`.
#
# ### Exercise 1.5
# Write it. Two loops over the position are fine.

# %%
def gradient_of_filter(dL_do, image, size):
    """dL/do (P, Q) at conv, the image (H, W), size of the filter -> dL/dw (size, size)."""
    ...


check("1.5", gradient_of_filter)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Start with zeros. For each position p, q add `dL_do[p, q]` times the window that this unit has
# seen, `image[p:p + size, q:q + size]`.
# </details>
#
# ## Is it true?
#
# A gradient is a claim about what would happen if a number were nudged. So nudge it. Below, the
# weight in the middle of the filter's left column takes many values, and the loss is computed again
# for each. The gradient claims to be the slope of that curve where the weight is now.

# %%
grads = net.parameter_gradients(trace, back)
slope = grads["conv.W"][0, 0, 1, 0]
weight = net["conv"].params["W"][0, 0, 1, 0]


def loss_with(value):
    """The loss if that one weight were `value`."""
    other = net.copy()
    other["conv"].params["W"][0, 0, 1, 0] = value
    return -np.log(other.forward(x).y[0, true_class])


nudge = 1e-5
difference = (loss_with(weight + nudge) - loss_with(weight - nudge)) / (2 * nudge)
print(f"backpropagation says {slope:.6f}, nudging says {difference:.6f}")

# %%
values = np.linspace(weight - 1.5, weight + 1.5, 301)
near = np.array([weight - 0.45, weight + 0.45])
show(chart({"the loss, computed again for each weight": (values, [loss_with(v) for v in values]),
            "what the gradient claims": (near, loss + slope * (near - weight)),
            "where the weight is": (weight, loss)},
           "the weight in the middle of the left column", "loss L"))

# %% [markdown]
# The line touches the curve where it should. Further away the two separate: a gradient is right for
# small changes. The kinks are places where another unit becomes the largest in its block.
#
# ## One step downhill
#
# Training moves every weight a little against its gradient, w ← w - λ ∂L/∂w. (The paper prints a
# plus sign. Try it below.)
#
# **Predict first.** By how much will the loss change, to first order, if every weight moves by
# -λ times its gradient? Can it rise?
#
# ### Exercise 1.6
# To first order the loss changes by a sum over all weights. With λ = 0.01, which number is it?
# `grads` has a gradient for each array of parameters.

# %%
my_change = None        # compute it from grads

check("1.6", my_change, grads)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Each weight changes by -λ g, and this changes the loss by g times that amount.
# </details>

# %%
for learning_rate in (0.01, 0.1, 1.0, 10.0):
    moved = net.copy()
    for name, w in moved.params.items():
        w -= learning_rate * grads[name]
    after = -np.log(moved.forward(x).y[0, true_class])
    print(f"λ = {learning_rate:5.2f}: the loss goes from {loss:.4f} to {after:.4f}")

# %% [markdown]
# ## The same in a network for faces
#
# Does the rule still hold when the image has 3600 pixels, and the network has 14 layers and 15
# classes? `tc.Stepper` takes a network apart, and explains any number in it. Here it explains one
# weight of the first layer, before any training.
#
# **Predict first.** A filter of 5 x 5 weights has 56 x 56 positions on a 60 x 60 image, and pooling
# follows, in blocks of 2 x 2. How many terms does the sum have that are not 0?

# %%
faces = tc.load_faces(DATA)
face_net = tc.face_net(faces.n_classes, seed=0)
face_stepper = tc.Stepper(face_net, faces.images[0], faces.labels[0])
face_stepper.run()
print(face_stepper.explain("conv1.W", (4, 0, 0, 0)).text)

# %% [markdown]
# At most 28 x 28 = 784: one unit in each block gets a gradient, and the others get none. The sum,
# the nudge, the update: nothing is new. There is only more of it.
#
# ## Where you are
#
# You have done by hand what `net.backward` and `net.parameter_gradients` do: three factors,
# ∂L/∂y · ∂y/∂o · ∂o/∂w. That is equation 2 of the paper. In all later lessons, each number of each
# network is computed in this way.
#
# - On paper: `tinycnn step --tiny --seed 7 --sheet hw.pdf` prints a sheet to fill in, and a
#   solution. Every seed gives another exercise.
# - On screen: `tinycnn step --tiny --seed 119` walks through this network step by step, and
#   explains any number. [Step through backprop](../step_through_backprop.md) shows a session with a
#   real one.
# - In the reference: [the network and its three calls](../../tinycnn/network/chain.py),
#   [the stepper](../../tinycnn/stepper/stepper.py).
#
# Solutions: [solutions/lesson_1.py](../solutions/lesson_1.py).
# Next: [layers](lesson_2_layers.ipynb), each of them with loops and without.
