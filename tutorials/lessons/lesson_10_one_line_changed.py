# %% [markdown]
# # Lesson 10: one line changed
#
# *About 40 minutes. You need lessons 5 to 7: prediction gradients, knockouts, the swap control.*
#
# In lesson 7 a person's strongest maps were hardly that person's own: they damage the others nearly
# as much. Are there no such maps? Or are there, and the ranking does not find them? Here you change
# one line of the backward pass, and find them better. Then you do what is harder than finding:
# you try to break your own result.

# %%
import numpy as np

import tinycnn as tc
from tinycnn import figures
from tinycnn.analysis import claims, controls, sanity
from tinycnn.analysis.activity import gate_slopes, gradient_times_activation
from tinycnn.analysis.knockouts import knockout_sets, labels_without, map_means
from tinycnn.analysis.secant import secant as secant_of_tinycnn
from tinycnn.course import chart, check, show, verdict
from tinycnn.gradients import activations, with_rules

SEED = 0            # of the first network; the others have the next two numbers
DATA = None         # or the Yale faces: the path of their folder or zip file

faces = tc.load_faces(DATA)
train, test = faces.split(seed=0)
x, t, K = faces.images, faces.labels, faces.n_classes


def trained(net, seed, rate=0.1):
    """A network after 50 epochs on the training faces."""
    tc.train(net, x[train], t[train], epochs=50, learning_rate=rate, seed=seed)
    wrong = net.predict(x[test]) != t[test]
    print(f"network {seed}: wrong are {wrong.sum()} of {len(test)} test faces")
    return net


nets = [trained(tc.face_net(K, seed=SEED + i), SEED + i) for i in range(3)]
net = nets[0]

# %% [markdown]
# ## A small change and a large one
#
# A gradient says what a *small* change of an output does. A knockout sets the output to 0: that is
# a large change. Between the two stand the tanh units of the next layers. Take one of them. Its
# input is z, its output tanh(z). The backward pass multiplies by the slope of the *tangent* at z,
# which is 1 - tanh²(z).
#
# **Predict first.** In the figure z = 2, and a knockout takes all of z away, so that it becomes 0.
# How far does the output fall? How far would it fall on the tangent?

# %%
z, at = np.linspace(-1, 3.2, 200), 2.0
o_at, slope = np.tanh(at), 1 - np.tanh(at) ** 2
show(chart({"tanh(z)": (z, np.tanh(z)), "tangent at z = 2": (z, o_at + slope * (z - at)),
            "secant from 0 to 2": (z, o_at / at * z), "this unit": (at, o_at)},
           "input z", "output o"))
print("    z   output   slope of the tangent   of the secant")
for at in (0.1, 0.5, 1, 2, 4):
    o_at = np.tanh(at)
    print(f"{at:5.1f} {o_at:8.3f} {1 - o_at ** 2:18.4f} {o_at / at:18.4f}")

# %% [markdown]
# The output falls by 0.96, from tanh(2) to 0. On the tangent it would hardly fall. For small z the
# two slopes are equal. The *secant* is the line through the unit and the point (0, 0). Its slope
# is tanh(z) / z.
#
# ### Exercise 10.1
# The input falls from `a` to 0. Which share of the true fall of the output does the tangent
# predict?

# %%
a = 1.5
my_share = None         # a number between 0 and 1

check("10.1", my_share, a)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The tangent predicts its slope times the change of the input. The true fall is tanh(a) - 0.
# </details>
#
# Is this rare? A unit is saturated if |o| is near 1.
#
# **Predict first.** Of the units of the last two tanh layers, how many have |o| above 0.9?

# %%
trace = net.forward(x)
print("            |o| above 0.9   mean slope: tangent   secant")
for name in activations(net):
    o, z = trace[name], trace[name.replace("tanh", "conv" if trace[name].ndim == 4 else "dense")]
    print(f"{name:10} {(np.abs(o) > 0.9).mean():14.0%} {(1 - o ** 2).mean():21.2f} "
          f"{np.mean(o / z):8.2f}")

# %% [markdown]
# About half of them. The gradient of a map has to pass through these units, and there it nearly
# vanishes. So the map gets a low score, although it may be the map that holds those units where
# they are.
#
# ## The line
#
# tinycnn can go back through a network by other rules, with `with_rules(net, {layer: rule})`. The
# new network has the same weights and the same outputs. Only its backward pass differs. A rule for
# the layer `tanh` gets all that is known there. Its tangent would be this:
#
#     def tangent(layer, z, o, dy, cache):
#         return dy * (1 - o ** 2)
#
# ### Exercise 10.2
# Write the rule with the slope of the secant. Let an input of exactly 0 have the right slope, too:
# where do both slopes meet?

# %%
def secant(layer, z, o, dy, cache):
    """Input z, output o, the gradient dy at o, all of one shape -> the gradient at z."""
    ...


check("10.2", secant)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.where(z == 0, 1, z)` is z without zeros. What is o where z is 0, and which slope do you want
# there?
# </details>
#
# From here on your rule is used, if it is right; otherwise tinycnn's own.

# %%
rule = secant if verdict("10.2", secant).ok else secant_of_tinycnn


def with_secants(net):
    """The same network, with the secant as the slope of each tanh."""
    return with_rules(net, dict.fromkeys(activations(net), rule))


ruled = with_secants(net)
print(f"largest difference of the outputs: {np.abs(ruled.forward(x).y - trace.y).max()}")
for words, other in (("tangents", net), ("secants", ruled)):
    back = other.backward(other.forward(x), np.eye(K)[t], of="logit")
    print(f"mean |gradient| of the logit, with {words:8}: " + ", ".join(
        f"{name} {np.abs(back[name]).mean():.4f}" for name in tc.feature_layers(net)))

# %% [markdown]
# With secants, more of the gradient reaches the first layers. (The gradients are of the logit, not
# of the probability. Lesson 5 says why that is a choice: the softmax makes the gradients of an
# answer small if the network is sure of it, and here we want to change one thing at a time.)
#
# What you have written is known by two names. With outputs multiplied by it, it is *LRP-0*
# (layer-wise relevance propagation, Bach et al. 2015). It is also the rescale rule of *DeepLIFT*
# (Shrikumar et al. 2017), if all outputs are compared with 0.
#
# ## Four rankings
#
# How should the gradients g of a map's units become one number? The paper takes their norm. But to
# first order a knockout changes the logit by the sum of the *products* o · g: an output that is
# near 0 loses little.
#
# ### Exercise 10.3
# Write this score. For each image and map, sum the products over the map's units, and take the
# absolute value. Then take the mean over the images of each person.

# %%
def products(o, g, t):
    """Outputs and gradients (N, C, H, W), labels t (N,) of K people -> scores (K, C)."""
    ...


check("10.3", products)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `(o * g).sum(axis=(2, 3))` has one number for each image and map. The number of people is
# `t.max() + 1`.
# </details>
#
# Two slopes, and two ways to make a number, give four rankings.
#
# Each person's ten strongest maps are removed. The *swap control* of lesson 7 says whose maps they
# are. Entry (k, j) of its matrix is the mean error of person j while the maps of person k are
# removed. So the diagonal has the damage to the person whose maps go (*own*), and the rest of each
# column has the damage that the maps of other people do to the same person.
#
# **Predict first.** Which of the four does most damage to the person? For which of them is that
# more than the maps of other people do?

# %%
FOUR = ["tangent, norm", "secant, norm", "tangent, product", "secant, product"]


def rankings(net):
    """The four rankings of a network's maps, in the order of FOUR."""
    both = (net, with_secants(net))
    return [tc.convolutional_gradients(it, x, t, of="logit") for it in both] + [
        gradient_times_activation(it, x, t, of="logit") for it in both]


def swap(net, scores, fill=None):
    """(K, K) areas: whose ten strongest maps are removed, whose error it is."""
    orders = {k: scores.strongest(k, 10) for k in range(K)}
    labels = labels_without(net, x, controls.order_sets(orders.values()), fill=fill)
    return controls.swap_matrix({k: np.array([labels[gone] for gone in knockout_sets(order)])
                                 for k, order in orders.items()}, t)


swaps = [[swap(it, scores) for scores in rankings(it)] for it in nets]
own = np.array([[areas.diagonal().mean() for areas in four] for four in swaps])         # (3, 4)
beyond = np.array([[controls.own_minus_others(areas) for areas in four] for four in swaps])
print("                         damage to the person        own maps minus others' maps")
print("network              " + "".join(f"{SEED + i:7}" for i in range(3)) + "       "
      + "".join(f"{SEED + i:9}" for i in range(3)))
for i, words in enumerate(FOUR):
    print(f"{words:21}" + "".join(f"{value:7.2f}" for value in own[:, i]) + "       "
          + "".join(f"{value:+9.2f}" for value in np.round(beyond[:, i], 2) + 0.0))  # no "-0.00"

# %%
found = [claims.interval(values) for values in beyond.T]
show(figures.intervals(
    [("", [(words, values, (it.mean, it.low, it.high))
           for words, values, it in zip(FOUR, beyond.T, found, strict=True)])],
    "own maps minus others' maps: mean error of a person", [(0, "not the person's")],
    xlim=(-0.3, 0.6)))

# %% [markdown]
# Look at the two halves of the table separately. With secants, both rankings do more damage to the
# person. But the norm with secants finds maps that *everybody* needs: the maps of other people do
# as much. With products the maps are more the person's own, and with both changes most of all. So
# there are maps of one person, and the paper's ranking finds little of that.
#
# ### Exercise 10.4
# Is it the slope, or the product, or do they need each other? From the four numbers of one network,
# compute what the secant alone adds (with the norm), what the product alone adds (with the
# tangent), and what both add *beyond the sum* of these two.

# %%
def effects(four):
    """The four numbers in the order of FOUR -> secant alone, product alone, beyond the sum."""
    ...


check("10.4", effects)

# %% [markdown]
# <details><summary>Hint</summary>
#
# All three are differences from the first of the four numbers, or are made from such differences.
# </details>

# %%
print("own minus others       secant alone   product alone   beyond the sum")
for i, (norm, secant_norm, product, both) in enumerate(beyond):
    print(f"network {SEED + i} {secant_norm - norm:+24.2f} {product - norm:+15.2f} "
          f"{both - secant_norm - product + norm:+16.2f}")

# %% [markdown]
# In most networks the secant alone adds nothing, or takes something away; the product alone adds
# something; and both together add more than the sum. (We tried four networks on the drawn faces,
# and four on the Yale faces. The first was so in seven of the eight, the second in all, the third
# in seven.) Whoever changes two things at once, and shows the result of both, cannot know this.
#
# ## Does it know better what a knockout does?
#
# If the secant is the slope of a large change, its products should say better by how much a logit
# falls. For one map the prediction is its product, for ten maps the sum of ten products.
#
# **Predict first.** For which is the secant's advantage larger, for one map or for ten?

# %%
def falls(net, sets):
    """By how much each image's own logit falls without these sets of maps, (N, len(sets))."""
    trace, rows = net.forward(x), np.arange(len(x))
    return np.column_stack([trace.logits[rows, t] - net.regate(trace, tc.knockout(gone)).logits[
        rows, t] for gone in sets])


features = rankings(net)[0].features
rng = np.random.default_rng(0)
ones = [[i] for i in range(len(features))]
tens = [rng.permutation(len(features))[:10] for _ in range(40)]
print("                     rank correlation with the true fall   predicted size / true size")
for words, sets in (("one map", ones), ("ten random maps", tens)):
    true = falls(net, [[features[i] for i in gone] for gone in sets])
    for slopes, other in (("tangent", net), ("secant", ruled)):
        each = gate_slopes(other, x, t, of="logit")         # (N, maps), the products
        told = np.column_stack([each[:, gone].sum(axis=1) for gone in sets])
        rho = np.mean([sanity.spearman(p, q) for p, q in zip(told, true, strict=True)])
        size = np.abs(told).mean() / np.abs(true).mean()
        print(f"{words:16} {slopes:8} {rho:24.2f} {size:28.1f}")

# %% [markdown]
# For one map the secant is not much better, and in some networks worse. For ten it is much better.
# This fits: without one map most units move only a little, and there a tangent is fine. Neither is
# right about the *size*: the tangent predicts too little, and the secant too much. So the products
# are no measurement of a knockout. They are good for an order.
#
# ## Try to break it: knockouts to the mean
#
# A removed map need not be 0. It can be set to its mean output over all images instead. Then the
# next layers get what they usually get, and only the *differences* between images are lost.
#
# **Predict first.** Does the secant keep its lead over the tangent?

# %%
FEW = FOUR[2:]                  # both with products
beyond_mean = np.array([[controls.own_minus_others(swap(it, scores, map_means(
    it, x, tc.feature_layers(it)))) for scores in rankings(it)[2:]] for it in nets])
print("own minus others            removed: set to 0          set to the mean")
for i, words in enumerate(FEW):
    print(f"{words:20}" + "".join(f"{value:+8.2f}" for value in beyond[:, 2 + i]) + "   "
          + "".join(f"{value:+8.2f}" for value in beyond_mean[:, i]))
print("lead of the secant  " + "".join(f"{value:+8.2f}" for value in beyond[:, 3] - beyond[:, 2])
      + "   " + "".join(f"{value:+8.2f}" for value in beyond_mean[:, 1] - beyond_mean[:, 0]))

# %% [markdown]
# The lead shrinks, and in most networks it is gone or turned round. The secant goes to 0. So it
# answers the question "what if this were 0?", and that is the question which the first knockout
# asks. A ranking that wins a test that asks its own question has won something, but not everything.
# (All numbers are smaller here. Ten maps at their mean are hard for everybody, so there is less
# room between the person and the others.)
#
# ## Try to break it: less saturation
#
# Is it really because of the saturated units? Then the lead must go if there are fewer of them.
# Below the tanh is twice as wide and twice as high, 2 tanh(z / 2). It has the same slope at 0, and
# saturates later. Three networks are trained with it.
#
# **Predict first.** Which of the two rankings will change, the one with tangents or the one with
# secants? How?

# %%
class WideTanh(tc.Tanh):
    """2 tanh(z / 2)."""

    def forward(self, z):
        o = 2 * np.tanh(z / 2)
        return o, o

    def backward(self, do, o):
        return do * (1 - (o / 2) ** 2)


def with_activation(layer, seed):
    """The paper's network, with another layer in place of each tanh."""
    layers = tc.face_net(K, seed=seed).layers
    return tc.Network((1, 60, 60), **{name: layer() if name.startswith("tanh") else own
                                      for name, own in layers.items()})


def of_products(net):
    """Own minus others, of both rankings with products."""
    return [controls.own_minus_others(swap(net, scores)) for scores in rankings(net)[2:]]


wide_nets = [trained(with_activation(WideTanh, SEED + i), SEED + i) for i in range(3)]
wide = np.array([of_products(it) for it in wide_nets])
print("own minus others            tanh(z)                   2 tanh(z / 2)")
for i, words in enumerate(FEW):
    print(f"{words:20}" + "".join(f"{value:+8.2f}" for value in beyond[:, 2 + i]) + "   "
          + "".join(f"{value:+8.2f}" for value in wide[:, i]))

# %% [markdown]
# With fewer saturated units the *tangent* finds more, in most networks as much as the secant or
# more than that. This is the best evidence here that blindness at saturated units is a part of the
# reason. But the networks were trained with this other tanh, so their weights have changed, too.
#
# A ReLU never comes near 1: it passes an input above 0 as it is, and gives 0 for all others.
#
# **Predict first.** What is the secant of a ReLU, compared with its tangent?

# %%
relu_net = trained(with_activation(tc.ReLU, SEED), SEED, rate=0.03)
backs = [it.backward(it.forward(x), np.eye(K)[t], of="logit")
         for it in (relu_net, with_secants(relu_net))]
print("largest difference of the gradients, with tangents and with secants: "
      f"{max(np.abs(backs[0][name] - backs[1][name]).max() for name in backs[0]):.1e}")
print(f"own minus others, product: {of_products(relu_net)[0]:+.2f}")

# %% [markdown]
# They are the same: for z > 0 both slopes are 1, and below 0 both are 0. In a ReLU network the line
# changes nothing. And its product finds less than the secant found in most of the tanh networks,
# although no unit is saturated. So saturation is not the whole story. (Or this network is broken by
# anybody's ten maps, which leaves no room. A comparison of two kinds of networks changes more than
# one thing.)
#
# ## Try to break it: the same network, other weights
#
# In a ReLU network you can multiply all weights of one map by 16, and divide by 16 the weights that
# the next layer has for it. The map's outputs are 16 times as large, and the answers of the network
# are the same to the last bit, with every knockout.
#
# ### Exercise 10.5
# What happens to the scores of this map? Give two factors: for the norm of its gradient, and for
# its product.

# %%
my_factors = [
    None,       # the norm's: the new one divided by the old one
    None,       # the product's
]

check("10.5", my_factors)

# %% [markdown]
# <details><summary>Hint</summary>
#
# If an output that is 16 times as large moves by 1, how much does the next layer see of it?
# </details>

# %%
person = 0
of_relu = [rankings(relu_net)[i] for i in (0, 2)]
places = [int(scores.ranks()[person][5:13].argmin()) for scores in of_relu]
scaled = relu_net.copy()
for a in {*places}:                     # the person's strongest map of layer 2, by each ranking
    scaled["conv2"].params["W"][a] *= 16
    scaled["conv2"].params["b"][a] *= 16
    scaled["conv3"].params["W"][:, a] /= 16
difference = scaled.forward(x).y - relu_net.forward(x).y
print(f"largest difference of the outputs: {np.abs(difference).max()}")
again = [rankings(scaled)[i] for i in (0, 2)]
for words, before, after, a in zip(("norm", "product"), of_relu, again, places, strict=True):
    was, now = (it.ranks()[person, 5 + a] for it in (before, after))
    print(f"{words:8} place of map {a + 1} of layer 2 among all maps: before {was:.0f}, after "
          f"{now:.0f}")

# %% [markdown]
# By the norm the map falls to a far place, and nothing has changed that anybody could see from
# outside. So the norm of a gradient also measures how the weights happen to be scaled. The product
# does not. This is a reason for the product that needs no statistics. A tanh network cannot be
# scaled like this, so it is no proof for the networks above.
#
# ## What may be concluded
#
# ### Exercise 10.6
# Which of these sentences do your numbers support? Answer each with "yes" or "no".
#
# - a. In each of these three networks, the maps that "secant, product" finds are more the person's
#   own than those that "tangent, product" finds, if removed maps are set to 0.
# - b. The same is true in each of them if removed maps are set to their means.
# - c. The reason is settled: the tangent is blind at saturated units, and nothing else makes the
#   difference.
# - d. Some maps matter more to one person than to the others in these networks, and a ranking can
#   find them.
# - e. The secant is a better measure of how much a map matters, whatever "matters" means.

# %%
my_sentences = [
    "",     # a
    "",     # b
    "",     # c
    "",     # d
    "",     # e
]

check("10.6", my_sentences, beyond, beyond_mean)

# %% [markdown]
# <details><summary>Hint</summary>
#
# a and b only need the printed numbers. For c, ask of each control: does it speak for this reason,
# or against it? For e, what was asked in each test?
# </details>
#
# ## Where you are
#
# One line makes a ranking that finds more of a person's own maps than the paper's does: when the
# maps are set to 0, and together with the product. That much is seen in all networks that were
# tried. The reason is not settled. That the tangent is blind at saturated units explains why it
# predicts ten knockouts badly, and why it catches up when the tanh is wider. It does not explain
# why the lead goes when maps are set to their means, nor what the ReLU network does.
#
# - The rankings above were made and measured on the same images. Rank on `train`, and measure on
#   `test`. (In our eight networks the secant was ahead of the tangent on the test images of all
#   four with drawn faces, and of two of the four with Yale faces.)
# - Let the secant go to another point: from the mean input m, its slope is (tanh(z) - tanh(m)) /
#   (z - m). Does this ranking do better if maps are set to their means?
# - All four rankings are in `analysis.MEASURES`, as "gradient, logit", "secant", "gradient x
#   activation, logit" and "secant x activation". So a study compares them over many networks: [Do
#   the paper's claims hold?](../do_the_claims_hold.md)
# - In the reference: [backward rules](../../tinycnn/gradients/rules.py), [the
#   secant](../../tinycnn/analysis/secant.py), [LRP with an
#   ε](../../tinycnn/analysis/relevance.py), [the swap
#   control](../../tinycnn/analysis/controls.py).
#
# Solutions: [solutions/lesson_10.py](../solutions/lesson_10.py).
