# %% [markdown]
# # Lesson 7: does a striking curve prove anything?
#
# *About 40 minutes. You need lesson 6: rankings, knockouts, and the error curves of Fig. 2.*
#
# In lesson 6 the error climbs from nearly nothing to nearly everything while ten maps are removed.
# It is tempting to conclude that the ranking has found the maps that matter. But what would the
# curve be for ten *other* maps? A result proves something only if you compare it with a control:
# the same experiment without the thing that is claimed to matter. The paper has no control, and
# only one network. Here you add controls, and more networks.

# %%
import numpy as np
from scipy import stats

import tinycnn as tc
from tinycnn import analysis, figures
from tinycnn.analysis import claims, consistency, controls, sanity
from tinycnn.course import chart, check, show
from tinycnn.paper.study.scorecard import CLAIMS

SEED = 0            # of the first network; the others have the next two numbers
DATA = None         # or the Yale faces: the path of their folder or zip file
DRAWS = 30          # random choices for each control

faces = tc.load_faces(DATA)
train, test = faces.split(seed=0)
x, t, names, K = faces.images, faces.labels, analysis.names_of(faces), faces.n_classes
rng = np.random.default_rng(0)


def trained(seed):
    """The paper's network after 50 epochs on the training faces."""
    net = tc.face_net(K, seed=seed)
    tc.train(net, x[train], t[train], epochs=50, seed=seed)
    return net


nets = [trained(SEED + i) for i in range(3)]
net = nets[0]
for i, other in enumerate(nets):
    wrong = other.predict(x) != t
    print(f"network {SEED + i}: wrong are {wrong[train].sum()} of {len(train)} training faces and "
          f"{wrong[test].sum()} of {len(test)} test faces")

# %% [markdown]
# ## One number for a curve
#
# To compare curves, turn each into one number: the mean error over the removals, the *area* under
# the curve.
#
# ### Exercise 7.1
# Write it. `error[0]` is the intact network.

# %%
def damage(error):
    """The error after 0, 1, ..., S removals, (S+1,) -> the mean error over the S removals."""
    ...


check("7.1", damage)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Before the first removal nothing is damaged yet. That step does not count.
# </details>
#
# In the code below `controls.area` does the same. Here is the damage of the paper's ranking: the
# ten strongest maps of each person are removed, and the error is the one on all images.

# %%
scores = tc.convolutional_gradients(net, x, t)
curves = [curve for curve in tc.knockout_experiments(net, x, t, scores, range(K), weakest=0)
          if curve.end == "strongest"]
ranked = np.array([curve.overall_error for curve in curves])            # (K, 11)
values = controls.area(ranked.T)                                        # (K,)
person = analysis.choose_flow(faces, analysis.choose_identities(faces, scores))
print(f"damage, the maps of person {names[person]}:      {values[person]:.2f}")
print(f"damage, mean over all {K} people: {values.mean():.2f}")

# %% [markdown]
# ## First control: random maps
#
# Would ten random maps do as much? Remove maps in a random order, and do that many times.
#
# **Predict first.** The network has 23 maps. How large is the damage of ten random ones: a tenth of
# the number above, a third, or nearly as much?

# %%
random = np.array([controls.overall_errors(tc.knockout_curve(net, x, t, order[:10]), t)
                   for order in controls.random_orders(scores.features, DRAWS, rng)]).T
of_random = controls.area(random)                                       # (DRAWS,)
print(f"damage of random maps: mean {of_random.mean():.2f}, "
      f"smallest {of_random.min():.2f}, largest {of_random.max():.2f}")

# %% [markdown]
# On average it is much less, but a few draws can be far above the average. So the ranking knows
# something. A common way to say how far a value stands out is its *percentile*: the share of the
# random draws that are below it.
#
# ### Exercise 7.2
# Write it. With few images two errors are often equal. A draw that is equal to the value counts one
# half.

# %%
def percentile(value, draws):
    """A number, the numbers of random draws (D,) -> the share of the draws that are below it."""
    ...


check("7.2", percentile)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The mean of `draws < value` is a share. Add half of another one.
# </details>
#
# ## Second control: random maps of the same layers
#
# *What* does the ranking know? In lesson 6 the first places went to maps of layer 1, for nearly
# everybody. Perhaps it is enough to know that.
#
# ### Exercise 7.3
# Count how many maps of each layer are gone after each step of an order. Row 0 is the intact
# network, so it is all zeros.

# %%
def gone(layers, L):
    """Layers (S,) of the removed maps, 0 to L-1 -> counts after 0, 1, ... steps, (S+1, L)."""
    ...


check("7.3", gone)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `layers[:, None] == np.arange(L)` has a row for each step, with True at the layer of that step.
# `cumsum(axis=0)` adds up. Then put a row of zeros before it.
# </details>
#
# **Predict first.** The layers have 5, 8 and 10 maps. Of four random maps, how many are of layer 1
# on average? How many of the first four maps in the ranking?

# %%
orders = [curve.order for curve in curves]
same_layers = controls.LayerMatched(scores.features, DRAWS, rng)
counts = np.mean([same_layers.counts(order) for order in orders], axis=0)
print("maps that are gone, of layer         1     2     3")
for step in (4, 10):
    print(f"after {step:2} steps: the ranking     ", "".join(f"{n:6.1f}" for n in counts[step]))
    print("                random maps     ", "".join(f"{step * n / 23:6.1f}" for n in (5, 8, 10)))

# %% [markdown]
# The ranking begins with layer 1, and all other layers depend on it. Random orders seldom do that.
# So the two differ in *how many maps of which layer* are removed. The comparison does not say
# whether it matters *which* maps they are. For that, a control must change one thing only: at each
# step it removes as many maps of each layer as the ranking does, but random ones.
#
# **Predict first.** Where will this control be, between random maps and the ranking?

# %%
same_layers.measure(net, x, orders)
matched = np.array([controls.overall_errors(same_layers.labels(order), t) for order in orders])


def band(errors):
    """(11, DRAWS) -> at each step the 5th percentile, the mean and the 95th percentile."""
    low, high = np.percentile(errors, [5, 95], axis=1)
    return np.column_stack([low, errors.mean(axis=1), high])


show(figures.knockout_controls(
    [(f"overall error, the maps of person {names[person]}", {"the ranking": ranked[person]},
      {"random maps": band(random), "of the same layers": band(matched[person])}),
     (f"overall error, mean over {K} people", {"the ranking": ranked.mean(axis=0)},
      {"random maps": band(random), "of the same layers": band(matched.mean(axis=0))})],
    chance=1 - np.bincount(t).max() / len(t)))

# %%
of_layers = matched[:, 1:].mean(axis=1)                                 # (K, DRAWS)
below = [controls.percentile(value, draws) for value, draws in zip(values, of_layers, strict=True)]
share = controls.map_specific_share(values.mean(), of_layers.mean(), of_random.mean())
print("mean damage over all people")
print(f"    the ranking                 {values.mean():.2f}")
print(f"    random, of the same layers  {of_layers.mean():.2f}")
print(f"    random maps                 {of_random.mean():.2f}")
print(f"beyond random maps, due to the maps and not to their layers: {share:.0%}")
print("percentile among random maps of the same layers, person by person: "
      f"{min(below):.0%} to {max(below):.0%}")

# %% [markdown]
# Part of what looked like knowledge about maps is knowledge about layers, in many networks most of
# it. This part needs no gradient: removing maps of layer 1 first does more damage on average than
# removing random maps, no matter which maps of layer 1. What the ranking does beyond that is due to
# the maps themselves. The last two lines say how much it is in this network. It depends on the
# person, too.
#
# ## Third control: other rankings
#
# If the gradient is a good measure, it should find more damage than simpler ones. Some candidates:
#
# - *activation*: the norm of the outputs of a map. It needs no backward pass.
# - *gradient, rms*: the gradient's norm divided by √units, so that large maps have no advantage.
# - *gradient x activation*: what a knockout does to y_t, to first order.
# - *filter*: the norm of the map's weights. It needs no image.
#
# One more thing is corrected here. Up to now maps were ranked on the same images on which the
# damage was measured. In the second column they are ranked on the training images, and the damage
# is measured on the test images.
#
# **Predict first.** Which of the five does most damage? Will the second column be much smaller?

# %%
def mean_damage(net, measure, rank_on, measure_on):
    """The damage to the overall error by ten removals, mean over all people."""
    found = analysis.MEASURES[measure](net, x[rank_on], t[rank_on])
    curves = tc.knockout_experiments(net, x[measure_on], t[measure_on], found, range(K), weakest=0)
    return np.mean([controls.area(c.overall_error) for c in curves if c.end == "strongest"])


everyone = np.arange(len(t))
print("damage                   all images   ranked on training, measured on test images")
for name in ("gradient", "activation", "gradient, rms", "gradient x activation", "filter"):
    print(f"{name:24} {mean_damage(net, name, everyone, everyone):10.2f} "
          f"{mean_damage(net, name, train, test):13.2f}")

# %% [markdown]
# The second column is not smaller, or only a little. So the ranking does not depend on the images
# on which its damage is measured. (For rankings that do little damage it is larger, because the
# test error is larger from the start.) The activation needs no backward pass, and does nearly as
# much damage as the gradient, or more: that depends on the network. And without its advantage for
# large maps the gradient loses most of its damage: compare it with the random maps above.
#
# ## Three networks
#
# All of this is about one network. If you train another one, the maps, the ranking and the numbers
# change. What remains? Here is what the ranking does beyond random maps of the same layers, in each
# of the three networks, ranked on training and measured on test images.
#
# **Predict first.** The three networks differ in their first weights and in the order of the
# images, and in nothing else. Will the three numbers be alike?

# %%
def beyond_same_layers(net):
    """The ranking's damage minus that of random maps of the same layers, mean over all people."""
    found = tc.convolutional_gradients(net, x[train], t[train])
    orders = [found.strongest(k, 10) for k in range(K)]
    control = controls.LayerMatched(found.features, DRAWS, rng)
    control.measure(net, x[test], orders)
    errors = [controls.overall_errors(control.labels(order), t[test]) for order in orders]
    return mean_damage(net, "gradient", train, test) - np.mean([error[1:] for error in errors])


gains = np.array([beyond_same_layers(other) for other in nets])
for i, gain in enumerate(gains):
    print(f"network {SEED + i}: {gain:+.2f}")

# %% [markdown]
# They are seldom alike, although the faces, the split and the training are the same. How well do
# so few numbers determine the mean over *all* networks that one could train? The usual answer is
# the 95 % confidence interval by Student's t,
#
#     mean ± q · s / √n
#
# with s the standard deviation of the n numbers (n - 1 in its denominator), and q the 97.5 %
# quantile of Student's t with n - 1 degrees of freedom: `stats.t.ppf(0.975, n - 1)`.
#
# ### Exercise 7.4
# Write it.

# %%
def t_interval(values):
    """Numbers (n,) -> the lower and the upper end of the 95 % interval of their mean."""
    ...


check("7.4", t_interval)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `values.std(ddof=1)` divides by n - 1.
# </details>
#
# **Predict first.** For a sample of ten, q is 2.26. How large is it for three, and for two?

# %%
n = np.arange(2, 21)
q = stats.t.ppf(0.975, n - 1)
for size in (2, 3, 5, 10, 20):
    print(f"n = {size:2}: q = {q[size - 2]:5.2f}, half of the interval is "
          f"{q[size - 2] / size ** 0.5:.2f} s")
fig = chart({"q / √n, Student's t": (n, q / np.sqrt(n)), "1.96 / √n": (n, 1.96 / np.sqrt(n))},
            "number n of networks", "half of the interval, in units of s")
fig.axes[0].set_xticks(n[::2])
show(fig)

# %% [markdown]
# With two networks the interval reaches nine standard deviations to each side, and with three
# networks two and a half. With ten it is less than one. Two or three networks can show that results
# differ. They can hardly show anything else.
#
# ## What a verdict is
#
# Before looking at the numbers, say which number tests a claim, and from which value on you would
# believe it. tinycnn's scorecard has two thresholds for each claim, and four verdicts:
#
# - *holds*: the whole interval is at or above the threshold `holds`;
# - *does not hold*: the whole interval is below the milder threshold `partly`;
# - *holds in part*: neither of these, and the whole interval is at or above `partly`;
# - *cannot be told*: in all other cases.
#
# ### Exercise 7.5
# Write the function, for a claim that is supported by large numbers.

# %%
def verdict(low, high, holds, partly):
    """The ends of an interval, two thresholds with holds > partly -> one of the four, as a text."""
    ...


check("7.5", verdict)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The whole interval is above a threshold if `low` is. It is below a threshold if `high` is.
# </details>
#
# "Does not hold" and "cannot be told" are not the same. The first is a result. The second says that
# more networks are needed.
#
# Below are your three networks, two at a time and all three. The last row has the ten networks of
# `tinycnn study` on the *drawn* faces, trained for 250 epochs. Their numbers are from [Do the
# claims hold?](../do_the_claims_hold.md). The claim holds from 0.10 on, and in part from 0.03 on.
#
# **Predict first.** How wide will the rows be? What is the verdict on each?

# %%
def row(*which):
    """One row of the figure: these networks, and the interval of their mean."""
    found = claims.interval(gains[list(which)])
    name = "networks " + " and ".join(str(SEED + i) for i in which)
    return name, gains[list(which)], (found.mean, found.low, found.high)


study = "ten networks, drawn faces", [], (0.13, 0.05, 0.20)
show(figures.intervals(
    [("", [row(0, 1), row(0, 2), row(1, 2), row(0, 1, 2), study])],
    "mean error beyond random maps of the same layers", [(0.03, "in part"), (0.1, "holds")],
    xlim=(-0.6, 0.8)))

# %% [markdown]
# A row that ends in an arrow continues beyond the figure. An interval from two networks is a matter
# of luck: it is narrow if the two happen to be alike, and the third network can be far outside.
# tinycnn gives no verdict on fewer than three, and you see how little three can tell. From only the
# best of the three networks you would conclude that the ranking finds the right maps. From only the
# worst you would conclude that it finds little more than the right layers. Ten networks say: holds
# in part.
#
# ## A check that a measure can fail
#
# The paper takes Table II as evidence that each person has a gradient profile in the network.
# Evidence of what the network *learnt* has to disappear if nothing was learnt. So ask the same of a
# network with the weights of each layer shuffled, and of one that was never trained.
#
# How well do profiles tell people apart? Take a pair of images of one person and a pair of images
# of two people. How often is the first pair more alike? This chance is called AUC: 0.5 is guessing,
# and 1 is perfect.
#
# ### Exercise 7.6
# Write it. If the two are equally alike, count one half.

# %%
def chance(within, between):
    """Likenesses of pairs of one person (n,), of two people (m,) -> the AUC, a number."""
    ...


check("7.6", chance)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Compare each with each: `within[:, None] > between` has shape (n, m).
# </details>
#
# In the first column each image is asked about its own true class, ∂y_t/∂o, as in Table II. In the
# second all images are asked about the same class, for several classes in turn. The third says how
# far the ranking of maps agrees with that of the trained network (the rank correlation of exercise
# 6.1, averaged over people).
#
# **Predict first.** Which of the networks has the highest number in the first column?

# %%
def auc(profiles):
    """How well profiles (N, d) tell people apart, with the cosine as likeness."""
    return consistency.consistency(profiles, t, permutations=9).auc


shuffled = sanity.shuffled_weights(net, sanity.layers_from_the_top(net), rng)
print("                  own class    same class    ranking agrees")
for name, other in (("trained", net), ("weights shuffled", shuffled),
                    ("never trained", tc.face_net(K, seed=SEED))):
    same = np.mean([auc(tc.map_norms(other, x, k)[0]) for k in range(0, K, 4)])
    agrees = sanity.rank_correlation(scores, tc.convolutional_gradients(other, x, t))
    print(f"{name:17} {auc(tc.map_norms(other, x, t)[0]):9.2f} {same:13.2f} {agrees:17.2f}")
print(f"{'pixels':17} {auc(x.reshape(len(x), -1)):9.2f}")

# %% [markdown]
# The networks that know nothing tell people apart best, by the first column. This has a simple
# reason. In such a network the gradient of y_t depends on t, that is on which output is asked for,
# and hardly on the image. Two images of one person are asked the same question and give the same
# profile. So Table II would look even better without any training. It is no evidence that profiles
# were learnt.
#
# The second column takes that away: all images are asked the same. Now the profile can only tell
# people apart by their images, and here the trained network is ahead. That supports the paper's
# idea, but not its table. Compare it with the last row, too: pixels, without any network, do less
# well than that on the drawn faces, and about as well on the Yale faces. **This comparison is in
# doubt.** Two images of one person always differ in condition, and images of two people may share
# it. If both pairs have the same two conditions, pixels do better than profiles.
#
# The third column is between 0 and 1. So a part of the ranking is there without any learning. The
# sizes of the layers, for instance, are the same in all three networks.
#
# ## The scorecard
#
# `tinycnn study` trains ten networks and asks all of this, and more, of each. It takes about nine
# minutes, so it is not run here. Each claim is listed with the number that tests it and with its
# thresholds. Some of them:

# %%
asked = ["against random", "against same layers", "map-specific", "beyond activation",
         "learnt, profiles"]
for claim in (claim for claim, *_ in CLAIMS if claim.key in asked):
    print(f"{claim.key}: {claim.number}\n    {claim.thresholds}")

# %% [markdown]
# What ten networks gave, mean and 95 % interval:
#
# | claim | drawn faces | Yale faces |
# |---|---|---|
# | against random | 0.45 (0.40 to 0.49) | 0.33 (0.22 to 0.45) |
# | against same layers | 0.15 (0.07 to 0.22) | 0.15 (0.04 to 0.27) |
# | map-specific | 32 % (17 % to 47 %) | 33 % (6 % to 60 %) |
# | beyond activation | 0.02 (-0.05 to 0.08) | -0.11 (-0.25 to 0.03) |
# | learnt, profiles | -0.30 (-0.32 to -0.28) | -0.30 (-0.32 to -0.29) |
#
# **Predict first.** Write down the ten verdicts, with your function or by hand. Then look them up
# in [Do the claims hold?](../do_the_claims_hold.md), which has all 39 claims, the verdicts, and
# what to distrust in them.
#
# Strong maps beat random maps: that holds. They beat random maps of the same layers in part.
# Two things cannot be told with certainty: whether at least a quarter of the effect comes from the
# maps and not from their layers, and whether gradients beat activations. The claim that profiles,
# as Table II shows them, are learnt does not hold by this number. But the number is in doubt, as
# the first column above is. By the second column, where all images are asked the same, the trained
# network is ahead.
#
# ## Where you are
#
# A curve looks striking as long as there is nothing to compare it with. You have compared it with
# random maps, with random maps of the same layers, with simpler measures, with images that it was
# not ranked on, with networks that learnt nothing, and with other networks. Most of these took
# something away, and something was left. What is left is the result.
#
# - Choose another claim of the paper. Which number would test it, and what would come out if it
#   were wrong?
# - A measure of your own has the form `measure(net, x, t) -> FeatureScores`: [how to add
#   it](../add_a_measure.md).
# - In the reference: [controls](../../tinycnn/analysis/controls.py),
#   [measures](../../tinycnn/analysis/measures.py), [sanity
#   checks](../../tinycnn/analysis/sanity.py), [claims and
#   verdicts](../../tinycnn/analysis/claims.py), [the
#   scorecard](../../tinycnn/paper/study/scorecard.py).
#
# Solutions: [solutions/lesson_7.py](../solutions/lesson_7.py).
# Next: [a leak in the data](lesson_8_twins.ipynb), where the error itself is not what it seems.
