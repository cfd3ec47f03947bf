# %% [markdown]
# # Lesson 5: prediction gradients
#
# *About 40 minutes. You need lesson 1, and lesson 4 for how the network is trained.*
#
# Training asks how a weight must change for the loss to fall. You can ask the same network another
# question: how much does each *unit* move each *prediction*? The answer is the prediction gradient
# of the paper. No new machinery is needed for it, only another row to start the backward pass with.

# %%
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

import tinycnn as tc
from tinycnn.analysis import choose_faces, gradient_cost, names_of
from tinycnn.course import chart, check, show
from tinycnn.figures import gradient_profiles, new_figure
from tinycnn.network.loss import negative_log_likelihood_gradient

SEED = 0            # another number gives another network; all equations below hold for it too
DATA = None         # or the Yale faces: the path of their folder or zip file

faces = tc.load_faces(DATA)
train, test = faces.split(seed=0)


def trained(seed):
    """The paper's network after 60 epochs on the training faces."""
    net = tc.face_net(faces.n_classes, seed=seed)
    tc.train(net, faces.images[train], faces.labels[train], epochs=60, seed=seed)
    return net


net = trained(SEED)
for part, of_part in (("training", train), ("test", test)):
    wrong = (net.predict(faces.images[of_part]) != faces.labels[of_part]).sum()
    print(f"{wrong} of {len(of_part)} {part} faces wrong")

# %% [markdown]
# ## Three factors, three calls
#
# Equation 2 of the paper writes the gradient of a weight w as a product of three factors,
#
#     ∂L/∂w = ∂L/∂y · ∂y/∂o · ∂o/∂w
#
# and tinycnn has one call for each step on that way. Below they act on six faces, in float64, so
# that an equation can be checked to many digits.
#
# **First call.** `forward` computes the output o of every unit and keeps them all.

# %%
exact = net.astype(np.float64)
six = np.arange(6) * (len(faces) // 6)          # six different people
x, t = faces.images[six], faces.labels[six]
trace = exact.forward(x)
print("tanh1:", trace["tanh1"].shape, "images, maps, rows, columns")
print("y:    ", trace.y.shape, "images, classes")

# %% [markdown]
# **Second call.** `backward` takes a *seed*, one row for each image, and multiplies it with ∂y/∂o
# at every unit. Seeded with ∂L/∂y it gives what training needs, ∂L/∂o.
#
# ### Exercise 5.1
# Write that seed. L is the mean of -log y_t over the images of the batch.

# %%
def seed_of_training(y, t):
    """The probabilities y (N, K), the true classes t (N,) -> dL/dy (N, K)."""
    ...


check("5.1", seed_of_training)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Start with zeros. Each row gets one entry, at its true class: `seed[np.arange(N), t]`. It is the
# derivative of -log y_t, divided by the number of images, because L is a mean.
# </details>

# %%
dL_dy = negative_log_likelihood_gradient(trace.y, t)
back = exact.backward(trace, dL_dy)
print("∂L/∂o at tanh1:", back["tanh1"].shape, "one number for each unit of each image")

# %% [markdown]
# **Third call.** `parameter_gradients` multiplies with ∂o/∂w, and adds up over the images and over
# the places that share a weight.

# %%
grads = exact.parameter_gradients(trace, back)
for name in ("conv1.W", "conv1.b", "dense5.W"):
    print(f"∂L/∂w of {name}: {grads[name].shape}")

# %% [markdown]
# The prediction gradient is the factor in the middle. The second call never shows it by itself: it
# is multiplied by ∂L/∂y, and summed over the classes.
#
# ## Another seed
#
# **Predict first.** `backward` computes Σ_k seed_k · ∂y_k/∂o. Which seed leaves ∂y_3/∂o, and
# nothing else?
#
# ### Exercise 5.2
# Write equation 1 of the paper: ∂y_k/∂o for all classes k, at every unit of one layer. Use
# `net.forward` and `net.backward`, and nothing else of tinycnn.

# %%
def all_classes(net, x, layer):
    """A network, N images, a layer's name -> ∂y_k/∂o, (N, K, *shape of the layer's units)."""
    ...


check("5.2", all_classes)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# A seed of zeros, with ones in column k: the one-hot row, for every image. One forward pass is
# enough; each class needs a backward pass of its own.
# </details>
# <details><summary>Hint 2</summary>
#
# `np.stack(list, axis=1)` puts K arrays of shape (N, ...) side by side as (N, K, ...).
# </details>
#
# `tc.prediction_gradients` does this, for as many layers as you like.

# %%
dy_do = tc.prediction_gradients(exact, x, ["tanh1"])["tanh1"]
print("∂y/∂o at tanh1:", dy_do.shape, "images, classes, and then the units")

# %% [markdown]
# Is this true? Nudge one unit and look. `rest` is the part of the network after tanh1. Its input
# is the outputs of tanh1, and one of them is changed. Code counts classes from 0: y_0 belongs to
# the first person.

# %%
rest = tc.Network(**{name: exact[name] for name in list(exact.layers)[2:]})
o, nudge = trace["tanh1"][:1], np.zeros((1, *trace["tanh1"].shape[1:]))
place = np.unravel_index(np.abs(dy_do[0, t[0]]).argmax(), o.shape[1:])
nudge[0][place] = 1e-5
slope = (rest.forward(o + nudge).y - rest.forward(o - nudge).y)[0] / 2e-5
for k in np.argsort(-trace.y[0])[:3]:
    print(f"y_{k}: nudging says {slope[k]:+.7f}, the gradient says {dy_do[0, k][place]:+.7f}")

# %% [markdown]
# ## Three equations that always hold
#
# **Predict first.** The probabilities of an image add up to 1, for any output of a unit. What do
# the K gradients ∂y_k/∂o of the unit add up to?

# %%
print("largest |∂y_k/∂o|    ", f"{np.abs(dy_do).max():.1e}")
print("largest |Σ_k ∂y_k/∂o|", f"{np.abs(dy_do.sum(axis=1)).max():.1e}")
assert np.abs(dy_do.sum(axis=1)).max() < 1e-12

# %% [markdown]
# To 0, at every unit: what one class gains, the others lose. So the vector of K gradients holds
# only K - 1 independent numbers.
#
# **Predict first.** Can the gradient of training be put together from prediction gradients? With
# which weights?

# %%
total = np.einsum("nk,nk...->n...", dL_dy, dy_do)
print("largest |∂L/∂o|                      ", f"{np.abs(back['tanh1']).max():.1e}")
print("largest |Σ_k ∂L/∂y_k ∂y_k/∂o - ∂L/∂o|", f"{np.abs(total - back['tanh1']).max():.1e}")
assert np.allclose(total, back["tanh1"], 1e-9, 1e-15)

# %% [markdown]
# Yes. The weights are the seed, and the sum is the chain rule.
#
# But ∂L/∂y_k is 0 for all classes except the true one. Only one term of the sum is left. For one
# image, with L = -log y_t,
#
#     ∂L/∂o = -1/y_t · ∂y_t/∂o        and so        ∂y_t/∂o = -y_t · ∂L/∂o

# %%
alone = exact.forward(x[:1])
back_alone = exact.backward(alone, negative_log_likelihood_gradient(alone.y, t[:1]))
claimed = -alone.y[0, t[0]] * back_alone["tanh1"][0]
print("largest |-y_t ∂L/∂o - ∂y_t/∂o|", f"{np.abs(claimed - dy_do[0, t[0]]).max():.1e}")
assert np.allclose(claimed, dy_do[0, t[0]], 1e-9, 1e-15)

# %% [markdown]
# So training computes ∂y_t/∂o in every step, up to a factor that is known.
#
# ### Exercise 5.3
# Do the same for a batch: compute ∂y_t/∂o of every image from the gradient of training. L is again
# the mean over the batch.

# %%
def gradient_for_free(dL_do, y, t):
    """dL/do (N, C, H, W), y (N, K), the true classes t (N,) -> ∂y_t/∂o (N, C, H, W)."""
    ...


check("5.3", gradient_for_free)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# The mean has put 1/N into every entry of dL/do. Remove it again.
# </details>
# <details><summary>Hint 2</summary>
#
# `y[np.arange(N), t]` has shape (N,). To multiply it with (N, C, H, W), give it three more axes:
# `[:, None, None, None]`.
# </details>
#
# ## What it costs
#
# The paper concludes from equation 2 that the prediction gradient needs no additional effort. You
# have seen what is true of it: the *true class's entry* needs none. The paper uses only that entry
# in its analyses. Each of the other classes needs a backward pass.
#
# ### Exercise 5.4
# Training has just made its forward and its backward pass for an image. Now you want ∂y_k/∂o for
# all K classes. How many further backward passes do you need at least? Use both of the equations
# above.

# %%
my_passes = None        # a number, for the K classes of these faces

check("5.4", my_passes, faces.n_classes)

# %% [markdown]
# <details><summary>Hint</summary>
#
# You already have one entry. And if all entries but one are known, what is the last one?
# </details>
#
# The paper also says that the gradients of a whole data set take no longer than one epoch of
# training.
#
# **Predict first.** An epoch makes one backward pass for each training image. How many backward
# passes does the true class's entry need, for all images? How many do all classes need, one for
# each? Will the time be proportional to the number of passes?

# %%
cost = gradient_cost(net, faces.images, faces.labels, train, rounds=3)
n, K = len(faces), faces.n_classes
print("                        backward passes   measured")
print(f"one epoch of training   {len(train):15d}   1 epoch")
print(f"∂y_t/∂o, true class     {n:15d}   {cost.true_class_epochs:.1f} epochs")
print(f"∂y_k/∂o, all classes    {n * K:15d}   {cost.all_classes_epochs:.0f} epochs")

# %% [markdown]
# For the true class the paper is right. But it is not free: training changes the weights after
# every batch, so for the finished network the faces have to pass once more. For all classes the
# paper is not right: that takes several epochs. It takes fewer epochs than the number of passes
# suggests, because the backward pass is only a part of an epoch. An epoch also makes a forward
# pass, which the K passes share, and computes the gradients of the weights, which are not needed
# here.
#
# ## What it looks like
#
# Take a face that the network gets right without being sure: the probabilities of the true class
# and of the second class have the largest product. Draw ∂y_k/∂o for both classes, at the pixels and
# at the units of the first layer. The units are taken after the pooling, where each block of 2 x 2
# has become one.
#
# **Predict first.** The K gradients add up to 0. If these two classes have nearly all of the
# probability between them, how do their two gradients relate?

# %%
y = net.predict_proba(faces.images)
y_t = y[np.arange(n), faces.labels]
second = np.sort(y, axis=1)[:, -2]
face = np.argmax(np.where(y.argmax(axis=1) == faces.labels, y_t * second, 0))
k_true, k_second = np.argsort(-y[face])[:2]
at = tc.prediction_gradients(exact, faces.images[[face]], ["input", "pool1"])
names = names_of(faces)
print(f"image {face}, person {names[k_true]}:",
      *(f"y of {names[k]} is {y[face, k]:.2f}" for k in (k_true, k_second)), sep="   ")
print("correlation of the two gradients at pool1:",
      f"{np.corrcoef(at['pool1'][0, k_true].ravel(), at['pool1'][0, k_second].ravel())[0, 1]:.2f}")

# %%
scale = LinearSegmentedColormap.from_list("signed", ["#D55E00", "white", "#0072B2"])
titles = ["the face", "pixels", *(f"layer 1, unit {a + 1}" for a in range(5))]
fig = new_figure(8.8, 2.7)
axes = fig.subplots(2, 7, subplot_kw={"xticks": [], "yticks": []})
fig.subplots_adjust(left=0.03, right=0.99, top=0.9, bottom=0.02, wspace=0.06, hspace=0.08)
for row, k in zip(axes, (k_true, k_second), strict=True):
    row[0].imshow(faces.images[face, 0], cmap="gray")
    row[0].set_ylabel(f"y of {names[k]}", fontsize=9)
    for ax, units in zip(row[1:], [at["input"][0, k, 0], *at["pool1"][0, k]], strict=True):
        largest = np.abs(units).max()
        ax.imshow(units, cmap=scale, vmin=-largest, vmax=largest)
for ax, title in zip(axes[0], titles, strict=True):
    ax.set_title(title, fontsize=9)
show(fig)

# %% [markdown]
# Blue: if this unit rises, the probability of that class rises. Orange: it falls. Each picture has
# its own scale. The lower row is close to the upper one with blue and orange exchanged: what moves
# the face away from one of the two moves it towards the other. The more probability the remaining
# classes have, the less exact this is.
#
# A gradient says what *would* happen if a unit moved. It does not say that the unit is active. Blue
# does not mark where the face resembles the person.
#
# ## From images to people: the class gradient
#
# The class gradient (equation 3) is the mean of ∂y_t/∂o over the images X_t of a person. The
# equation says that it is also the gradient of the mean prediction: take one pass with a seed of
# 1/|X_t| at the true class of each image, and sum over the images.
#
# **Predict first.** Is the second an approximation of the first?

# %%
x, t = faces.images, faces.labels
left = tc.class_gradients(exact, x, t, side="mean_of_gradients")
right = tc.class_gradients(exact, x, t, side="gradient_of_mean")
print({name: array.shape for name, array in left.items()})
for name in left:
    print(f"{name}: largest {np.abs(left[name]).max():.1e}, "
          f"largest difference of the two sides {np.abs(left[name] - right[name]).max():.1e}")
    assert np.allclose(left[name], right[name], 1e-9, 1e-15)

# %% [markdown]
# No. The order of a mean and a derivative can be exchanged, and only the seed differs.
#
# ## From units to feature maps: the convolutional gradient
#
# All units of a feature map share one filter. Section III-D of the paper makes one number from
# them, the Frobenius norm of their gradients: the root of the sum of their squares. The three
# layers have 5 + 8 + 10 = 23 maps, so the class gradient of a person gives 23 numbers.
#
# ### Exercise 5.5
# Write that for one layer.

# %%
def convolutional_gradient(dy_do, t):
    """∂y_t/∂o (N, C, H, W), labels t (N,) of K classes -> (K, C), norms of the class gradients."""
    ...


check("5.5", convolutional_gradient)

# %% [markdown]
# <details><summary>Hint</summary>
#
# First the class gradient of each class k: the mean of `dy_do[t == k]` over the images. K is
# `t.max() + 1`. Then the norm of each of its maps: square, sum over the last two axes, root.
# </details>
#
# You could also take the norm first: a norm for each image, and then their mean. The paper's
# captions say that maps are ranked by the class gradient, as above. But section V-B says that
# features are averaged over images, and that may be either. tinycnn can do both.
#
# **Predict first.** Which is larger, the norm of the mean or the mean of the norms? Always, or most
# of the time?

# %%
scores = tc.convolutional_gradients(net, x, t)
norms_first = tc.convolutional_gradients(net, x, t, reduce="mean_of_norms")
share = scores.scores / norms_first.scores
print(scores.scores.shape, "classes, feature maps")
print(f"norm of mean / mean of norms: smallest {share.min():.2f}, median {np.median(share):.2f}, "
      f"largest {share.max():.2f}")

# %% [markdown]
# The norm of the mean is never larger. That is the triangle inequality. If a unit's gradient is
# positive in one image and negative in another, the two cancel in the mean, but not in the norms of
# single images. So the difference shows how much a person's images disagree. Which of the two made
# the paper's Table III is not known. Networks like the paper's come nearer to its numbers if the
# mean is taken first, so this is what tinycnn does if nothing else is asked for.
#
# `scores` is a `FeatureScores`. It knows the maps by name, and ranks them. In code they are counted
# from 0, such as ("tanh1", 3). In what people read they are counted from 1, as in the paper: layer
# 1, unit 4.

# %%
rms = tc.convolutional_gradients(net, x, t, norm="rms")
print("       strongest                                weakest")
for k in range(3):
    row = [f"{layer}[{unit}] {scores.value(k, (layer, unit)):.4f}"
           for layer, unit in scores.strongest(k, 2) + scores.weakest(k, 2)]
    print(f"{names[k]:>5}", *(f"{entry:>18}" for entry in row))
for name, measure in (("norm", scores), ("norm / √units", rms)):
    first = {measure.strongest(k, 1)[0] for k in range(K)}
    layers = [sum(layer == one for layer, _ in first) for one in tc.feature_layers(net)]
    print(f"{name}: {len(first)} different maps in first place for {K} people, of layers 1 to 3:",
          *layers)

# %% [markdown]
# Two things to note. With the norm as it is, few maps share the first places of all people. It is
# the same in the paper's Table III: three maps for five people. And which map comes first depends
# on the norm. A map of layer 1 has 56 x 56 units and one of layer 3 only 8 x 8, and a sum of
# squares grows with the number of its terms. Divided by √units, the first places go to layer 3, and
# to more maps. The paper does not divide.
#
# ## A profile for each person?
#
# Here are the 23 numbers of single images, drawn as in the paper's Table II.
#
# **Predict first.** Two images of one person, or two people in one condition: which two profiles
# are more alike?

# %%
people, of_each = [0, 1, 2], 3
chosen = np.array([choose_faces(faces, k, of_each) for k in people])
norms, features = tc.map_norms(net, x, t)
show(gradient_profiles(x[chosen, 0], norms[chosen], features, [names[k] for k in people],
                       [faces.conditions[i] for i in chosen[0]]))

# %%
alike = np.corrcoef(norms)
same_person = (t[:, None] == t) & ~np.eye(n, dtype=bool)
conditions = np.array(faces.conditions)
same_condition = (t[:, None] != t) & (conditions[:, None] == conditions)
print("mean correlation of two profiles")
print(f"same person, another condition  {alike[same_person].mean():.2f}")
print(f"another person, same condition  {alike[same_condition].mean():.2f}")

# %% [markdown]
# Profiles of one person are more alike, as the paper says. But the profiles of two people are alike
# too: some maps matter for everybody. What all profiles have in common says nothing about one
# person.
#
# ## Why some people have larger gradients
#
# White is the largest gradient *of the same image* above, and there is a reason. In the paper's
# Table III the strongest map of identity 15 has 0.25153, and that of identity 14 has 0.00202: 124
# times less. Do the network's units matter so little to identity 14?
#
# Let z be the logits, the numbers before the softmax. By the chain rule, exactly,
#
#     ∂y_t/∂o = y_t (1 - y_t) · (∂z_t/∂o - m)
#
# where m is the mean of ∂z_j/∂o over the other classes, weighted with their probabilities. For the
# logit of the true class itself the bracket is 1:
#
#     ∂y_t/∂z_t = y_t (1 - y_t)
#
# ### Exercise 5.6
# The network gives the true class of one face 0.9, and that of another face 0.999. How many times
# larger is ∂y_t/∂z_t for the first face?

# %%
my_factor = None        # a number

check("5.6", my_factor, 0.9, 0.999)

# %% [markdown]
# <details><summary>Hint</summary>
#
# y_t (1 - y_t) for both. Near 1, the second factor is the one that matters.
# </details>
#
# So if the network is more sure, all gradients of the probability are smaller. That is confidence,
# not relevance. `of="logit"` starts the pass before the softmax and gives ∂z_t/∂o.
#
# **Predict first.** How many times larger is the strongest map of one person than that of another,
# at most? With `of="prob"`, and with `of="logit"`? For another network, trained from another seed?

# %%
def strongest_of_each(net, of):
    """The largest convolutional gradient of each person, (K,)."""
    return tc.convolutional_gradients(net, x, t, of=of).scores.max(axis=1)


for seed, one_net in ((SEED, net), (SEED + 1, trained(SEED + 1))):
    gaps = {of: strongest_of_each(one_net, of) for of in ("prob", "logit")}
    print(f"seed {seed}: largest / smallest person", *(f"of={of!r} {gap.max() / gap.min():5.1f}"
                                                       for of, gap in gaps.items()), sep="   ")

# %%
unsure = np.array([(y_t * (1 - y_t))[t == k].mean() for k in range(K)])
order = np.argsort(-unsure)
curves = {"mean of y_t (1 - y_t)": unsure,
          "gradient of the probability": strongest_of_each(net, "prob"),
          "gradient of the logit": strongest_of_each(net, "logit")}
show(chart({name: (np.arange(1, K + 1), curve[order] / curve.max())
            for name, curve in curves.items()},
           "people, from the one of whom the network is least sure", "relative to the largest",
           logy=True))
for of in ("prob", "logit"):
    together = np.corrcoef(np.log(unsure), np.log(strongest_of_each(net, of)))[0, 1]
    print(f"correlation of the logarithms, y_t (1 - y_t) and gradient: of={of!r} {together:.2f}")

# %% [markdown]
# The gradient of the probability goes down with y_t (1 - y_t) from person to person. The gradient
# of the logit stays within a small factor. Most of the gap is the network's confidence. (How much
# of it remains in the gradient of the logit differs between data sets.) This does not make the
# logit the better choice: a unit that raises all logits alike changes no probability, and the
# gradient of one logit does not see that.
#
# ## Saturation, and where o is
#
# The paper takes o to be the output of a unit, so after tanh. The input o' of the tanh has a
# gradient too:
#
#     ∂y_t/∂o' = ∂y_t/∂o · (1 - o²)
#
# **Predict first.** A unit with |o| = 0.99 is saturated. Is its ∂y_t/∂o small? Is its ∂y_t/∂o'?

# %%
trace = net.forward(x)
back = net.backward(trace, np.eye(K)[t], down_to="conv3")
largest_in_block = back["tanh3"] != 0           # pooling passes nothing to the other units
o = np.abs(trace["tanh3"][largest_in_block])
behind_tanh, before_tanh = (np.abs(back[layer][largest_in_block]) for layer in ("tanh3", "conv3"))
print(f"layer 3, share of these units with |o| above 0.9: {(o > 0.9).mean():.2f}")

# %%
edges = np.array([0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.98, 1])
part = np.digitize(o, edges[1:-1])
middle = (edges[1:] + edges[:-1]) / 2
fig = chart({name: (middle, [np.median(gradient[part == b]) for b in range(len(middle))])
             for name, gradient in (("|∂y_t/∂o|, after tanh: median", behind_tanh),
                                    ("|∂y_t/∂o'|, before tanh: median", before_tanh))},
            "size of the output, |o|", "size of the gradient", logy=True)
for gradient, line in zip((behind_tanh, before_tanh), fig.axes[0].lines[:2], strict=True):
    fig.axes[0].plot(o[::15], gradient[::15], ".", color=line.get_color(), alpha=0.25, markersize=3,
                     zorder=0)
show(fig)

# %% [markdown]
# After tanh, saturation has almost no effect on the gradient. Before tanh, the gradient is
# multiplied by 1 - o², and falls. A saturated unit can have a large prediction gradient, although
# its input can hardly move it. Saturation makes the gradients of the units *before* it small.
#
# The paper suspects that weak maps may be saturated (section V-E). Its measure is taken after tanh,
# so the number of a map does not say whether that map itself is saturated.
#
# ## Where you are
#
# One backward pass gives seed · ∂y/∂o at every unit. Seeded with ∂L/∂y it trains; seeded with a
# one-hot row it gives the prediction gradient. The true class's entry comes for free with training,
# and the others cost a pass each. Means over images and norms over maps turn it into 23 numbers for
# each person. They say how much a map would move the prediction, on a scale that confidence sets.
#
# - In the reference: [prediction and class gradients](../../tinycnn/gradients/prediction.py),
#   [convolutional gradients and their ranking](../../tinycnn/gradients/convolutional.py),
#   [what they cost](../../tinycnn/analysis/cost.py).
# - The same on the command line: `tinycnn reproduce --of logit`.
# - Another measure of your own: [Add a measure](../add_a_measure.md).
# - The words used here: [Glossary](../glossary.md).
#
# Solutions: [solutions/lesson_5.py](../solutions/lesson_5.py).
# Next: [the paper](lesson_6_the_paper.ipynb), with its tables and its knockouts.
