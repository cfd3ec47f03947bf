# %% [markdown]
# # Lesson 7: does a striking curve prove anything?
#
# *About 45 minutes. You need lesson 6: rankings, knockouts, and the error curves of Fig. 2.*
#
# In lesson 6 the error climbs from nearly nothing to nearly everything while ten maps are removed.
# It is tempting to conclude that the ranking has found the maps that matter, and even the maps that
# matter *to this person*. But what would the curve be for ten *other* maps? A result proves
# something only if you compare it with a control: the same experiment without the thing that is
# claimed to matter. The paper has no control, and only one network. Here you add controls, and more
# networks.

# %%
from dataclasses import replace

import numpy as np
from scipy import stats

import tinycnn as tc
from tinycnn import analysis, figures
from tinycnn.analysis import claims, consistency, controls
from tinycnn.course import chart, check, show
from tinycnn.paper.study.claims import CLAIMS

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
# the curve. The intact network does not count. Here is the damage of the paper's ranking: the ten
# strongest maps of each person are removed, and the error is the one on all images.

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
# ### Exercise 7.1
# Write it. With few images two errors are often equal. A draw that is equal to the value counts one
# half.

# %%
def percentile(value, draws):
    """A number, the numbers of random draws (D,) -> the share of the draws that are below it."""
    ...


check("7.1", percentile)

# %% [markdown]
# <details><summary>Hint</summary>
#
# The mean of `draws < value` is a share. Add half of another one.
# </details>
#
# ## Second control: random maps of the same layers
#
# *What* does the ranking know? In lesson 6 maps of layer 1 came first for most people, and all
# other layers depend on layer 1. Random orders seldom begin there. Perhaps it is enough to know the
# layers. For that, a control must change one thing only: at each step it removes as many maps of
# each layer as the ranking does, but random ones.
#
# **Predict first.** Where will this control be, between random maps and the ranking?

# %%
orders = [curve.order for curve in curves]
same_layers = controls.LayerMatched(scores.features, DRAWS, rng)
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
print("mean damage over all people")
print(f"    the ranking                 {values.mean():.2f}")
print(f"    random, of the same layers  {of_layers.mean():.2f}")
print(f"    random maps                 {of_random.mean():.2f}")
print("percentile among random maps of the same layers, person by person: "
      f"{min(below):.0%} to {max(below):.0%}")


def same_set(order, step):
    """How many of the random choices are the ranking's own choice, after so many steps."""
    counts = same_layers.counts(order)[step]
    return np.mean([same_layers.removed(draw, counts) == {*order[:step]} for draw in range(DRAWS)])


for step in (1, 2, 5, 10):
    share_of_draws = np.mean([same_set(order, step) for order in orders])
    print(f"random choices that are the ranking's own, after {step:2} maps: {share_of_draws:.0%}")

# %% [markdown]
# A part of what looked like knowledge about maps is knowledge about layers. This part needs no
# gradient: removing maps of layer 1 first does more damage on average than removing random maps, no
# matter which maps of layer 1. What the ranking does beyond that is due to the maps themselves. How
# large the two parts are depends on the network, and on the person, too. (On the drawn faces the
# first part is larger than on the Yale faces.)
#
# The last lines are a warning. Layer 1 has only five maps. While the ranking takes maps of layer 1,
# a "random" choice of the same layers is now and then the ranking's own choice. So in the first
# steps the control contains a part of what it is compared with, and a percentile says less than it
# seems to.
#
# ## Third control: the maps of somebody else
#
# Both controls so far ask whether the maps matter to *everybody*. But the paper ranks maps for each
# person, and calls the strongest the person's own. So remove the maps of somebody *else*, and look
# at the same person's errors.
#
# `swap_matrix` has the error of each person under each order: in entry (k, j) the maps of person k
# are removed, and the number is the mean error of person j.
#
# **Predict first.** In the column of one person, will the largest number be on the diagonal?

# %%
areas = controls.swap_matrix({curve.identity: curve.labels for curve in curves}, t)
shown = range(0, K, max(1, K // 5))
print("mean error of person      " + "".join(f"{names[j]:>6}" for j in shown))
for k in shown:
    print(f"without the maps of {names[k]:>6}" + "".join(f"{areas[k, j]:6.2f}" for j in shown))

# %% [markdown]
# ### Exercise 7.2
# Make one number from it: a person's mean error without the person's own maps, minus the mean error
# without the maps of the others. Average over all people. 0 means: anybody's maps do as much.

# %%
def own_minus_others(areas):
    """(K, K) errors: row k whose maps are removed, column j whose error -> one number."""
    ...


check("7.2", own_minus_others)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `areas.diagonal()` has the own ones. In a column of K numbers, K - 1 are those of the others.
# </details>

# %%
for i, other in enumerate(nets):
    found = tc.convolutional_gradients(other, x, t)
    swapped = controls.swap_matrix(
        {c.identity: c.labels for c in tc.knockout_experiments(other, x, t, found, range(K),
                                                               weakest=0)
         if c.end == "strongest"}, t)
    print(f"network {SEED + i}: mean error without the own maps {swapped.diagonal().mean():.2f}, "
          f"own minus others {round(controls.own_minus_others(swapped), 2) + 0.0:+.2f}")

# %% [markdown]
# That is little, compared with the error itself; in some networks it is below 0. A person needs the
# maps that everybody needs. This does not say that there are no maps of one person. It says that
# this ranking hardly finds them. In [lesson 10](lesson_10_one_line_changed.ipynb) another one does.
#
# With this in mind, look again at Fig. 3. The paper finds it interesting that often *another*
# person is lost before the one whose maps are removed.
#
# **Predict first.** Ask the same of a bystander, somebody whose maps nobody has touched: how often
# is another person lost before the bystander?

# %%
own = [curve.another_is_lost_first(K) for curve in curves]
bystanders = [replace(curve, identity=j).another_is_lost_first(K)
              for curve in curves for j in range(K) if j != curve.identity]
print(f"another person is lost first: before the one whose maps are removed {np.mean(own):.0%}, "
      f"before a bystander {np.mean(bystanders):.0%}")

# %% [markdown]
# The two numbers are close to each other, here and in other networks, and both depend much on the
# network. If they are large, that is because there are 14 others, of whom one is lost earlier. So
# the first number *says nothing* about the claim. The claim is neither right nor wrong.
#
# ## Three networks
#
# If you train another network, the maps, the ranking and the numbers change. What remains? Here is
# what the ranking does beyond each of the first two controls, in each of the three networks. One
# more thing is corrected: maps are ranked on the training images, and the damage is measured on the
# test images.
#
# **Predict first.** The three networks differ in their first weights and in the order of the
# images, and in nothing else. Will their numbers be alike?

# %%
def gains(net):
    """The ranking's damage beyond random maps, and beyond random maps of the same layers."""
    found = tc.convolutional_gradients(net, x[train], t[train])
    orders = [found.strongest(k, 10) for k in range(K)]
    control = controls.LayerMatched(found.features, DRAWS, rng)
    control.measure(net, x[test], orders)
    by_rank = np.mean([controls.area(controls.overall_errors(
        tc.knockout_curve(net, x[test], t[test], order), t[test])) for order in orders])
    by_chance = np.mean([controls.area(controls.overall_errors(
        tc.knockout_curve(net, x[test], t[test], order[:10]), t[test]))
        for order in controls.random_orders(found.features, DRAWS, rng)])
    by_layers = np.mean([controls.area(controls.overall_errors(control.labels(order), t[test]))
                         for order in orders])
    return by_rank - by_chance, by_rank - by_layers


beyond_random, beyond_layers = np.array([gains(other) for other in nets]).T
print("            beyond random maps   beyond the same layers   share due to the maps")
for i, (all_of_it, of_maps) in enumerate(zip(beyond_random, beyond_layers, strict=True)):
    print(f"network {SEED + i} {all_of_it:+20.2f} {of_maps:+24.2f} {of_maps / all_of_it:23.0%}")

# %% [markdown]
# The last column says how much of the gain comes from the maps and not from their layers. How large
# is this share for such networks in general? One may average the last column. But a network in
# which the ranking gains little has a share that can be anything, and it would count as much as the
# others. It is better to average first and divide after.
#
# ### Exercise 7.3
# Write the share for several networks.

# %%
def share(of_maps, all_of_it):
    """Gains beyond the same layers and beyond random maps, both (n,) -> one share."""
    ...


check("7.3", share)

# %% [markdown]
# ## How much three networks can tell
#
# How well do so few numbers determine the mean over *all* networks that one could train? The usual
# answer is the 95 % confidence interval by Student's t,
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
fig = chart({"q / √n, Student's t": (n, q / np.sqrt(n)), "1.96 / √n": (n, 1.96 / np.sqrt(n))},
            "number n of networks", "half of the interval, in units of s")
fig.axes[0].set_xticks(n[::2])
show(fig)
print(", ".join(f"n = {size}: q = {q[size - 2]:.2f}" for size in (2, 3, 5, 10, 20)))

# %% [markdown]
# With two networks the interval reaches nine standard deviations to each side, and with three
# networks two and a half. With ten it is less than one. Two or three networks can show that results
# differ. They can hardly show anything else.
#
# ## What a verdict is
#
# Before looking at the numbers, say which number tests a claim, and from which value on you would
# believe it. tinycnn's scorecard has two thresholds for each claim, and judges by the interval:
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
# "Does not hold" and "cannot be told" are not the same. The first is a result. The second can have
# two reasons: the interval is too wide (more networks make it narrower), or the mean is *on the
# threshold*, and then more networks hardly help. tinycnn says which of the two it is.
#
# A fifth verdict needs a control: a claim that would hold *says nothing* if the control does as
# well. You have seen one, of the bystanders.
#
# Below are your three networks, two at a time and all three. The last two rows are from [Do the
# claims hold?](../do_the_claims_hold.md): ten networks of `tinycnn study`, and a hundred others, on
# the *drawn* faces, trained for 250 epochs. The claim holds from 0.10 on, and in part from 0.03 on.
#
# **Predict first.** How wide will the rows be? What is the verdict on each?

# %%
def row(*which):
    """One row of the figure: these networks, and the interval of their mean."""
    found = claims.interval(beyond_layers[list(which)])
    name = "networks " + " and ".join(str(SEED + i) for i in which)
    return name, beyond_layers[list(which)], (found.mean, found.low, found.high)


ten = "ten networks, drawn faces", [], (0.13, 0.05, 0.20)
hundred = "a hundred networks", [], (0.12, 0.10, 0.14)
show(figures.intervals(
    [("", [row(0, 1), row(0, 2), row(1, 2), row(0, 1, 2), ten, hundred])],
    "mean error beyond random maps of the same layers", [(0.03, "in part"), (0.1, "holds")],
    xlim=(-0.6, 0.8)))

# %% [markdown]
# A row that ends in an arrow continues beyond the figure. An interval from two networks is a matter
# of luck: it is narrow if the two happen to be alike, and the third network can be far outside.
# tinycnn gives no verdict on fewer than three, and you see how little three can tell. If you show
# only the best of your networks, you have chosen the result.
#
# ## A check that a measure can fail
#
# The paper takes Table II as evidence that each person has a gradient profile in the network. How
# well do profiles tell people apart? Take a pair of images of one person and a pair of images of
# two people. How often is the first pair more alike? This chance is called AUC: 0.5 is guessing,
# and 1 is perfect.
#
# There is a trap in it. Two images of one person always differ in their *condition*: another light,
# with glasses, a smile. Two images of two people can have the same condition. So whatever sees the
# light well, such as the pixels, looks worse than it is. The remedy is to compare under *equal*
# conditions. Take an image of a person under one condition. Compare it with two others, both under
# one other condition: one is of the same person, the other of somebody else. How often is the first
# more alike?
#
# ### Exercise 7.6
# Write it. Count all such comparisons, and let equal ones count one half.

# %%
def matched_auc(alike, t, c):
    """How alike two images are (N, N), their people (N,), their conditions (N,) -> the share."""
    ...


check("7.6", matched_auc)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Two loops: over all images a, and over all images b of the same person with another condition. Who
# are the competitors of b? Images of others, under the condition of *b*.
# </details>
# <details><summary>Hint 2</summary>
#
# `rivals = alike[a, (t != t[a]) & (c == c[b])]`. Count how many are below `alike[a, b]`, and how
# many rivals there are in all.
# </details>
#
# A second trap is the question itself. In Table II each image is asked about its *own* class,
# ∂y_t/∂o. So two people differ already because two different outputs are asked. Instead, ask all
# images about the same class (for several classes in turn). And evidence of what the network
# *learnt* has to disappear if nothing was learnt, so ask a network that was never trained, too.
#
# **Predict first.** Which row has the highest number in the second column?

# %%
def both(profiles):
    """How well profiles (N, d), or several kinds of them, tell people apart: plain and matched."""
    known = consistency.conditions_known(t, faces.conditions)
    return (consistency.consistency(profiles, t, permutations=9).auc,
            consistency.matched_auc(profiles, t, faces.conditions) if known else np.nan)


untrained = tc.face_net(K, seed=SEED)
asked = {"pixels": x.reshape(len(x), -1)}
for words, other in (("trained", net), ("never trained", untrained)):
    asked[f"{words}, own class"] = tc.map_norms(other, x, t)[0]
for words, other in (("trained", net), ("never trained", untrained)):
    asked[f"{words}, same class"] = np.array([tc.map_norms(other, x, k)[0]
                                              for k in range(0, K, 4)])
print("                                 AUC   at equal conditions")
for words, profiles in asked.items():
    print(f"{words:26} {both(profiles)[0]:9.2f} {both(profiles)[1]:21.2f}")

# %% [markdown]
# Three things can be read from it.
#
# - **At equal conditions, pixels tell people apart better than the profiles of Table II.** On the
#   drawn faces it looked the other way round in the first column. That was the light.
# - **Asked about its own class, the network that knows nothing is the best of all.** In such a
#   network the gradient of y_t depends on t, that is on which output is asked for, and hardly on
#   the image. So Table II would look even better without any training. It is no evidence that
#   profiles were learnt.
# - **Asked about the same class, the trained network is ahead of the untrained one.** Now only the
#   image can tell people apart. So something about people *is* learnt: the paper's idea is right,
#   and its table is not the evidence for it.
#
# A control has to change one thing and nothing else. A comparison of own classes changes two: what
# was learnt, and how strongly the question gives the answer away. It is easy to conclude from it
# that nothing was learnt, and that would be wrong.
#
# ## The scorecard
#
# `tinycnn study` trains ten networks and asks all of this, and more, of each. It takes some
# minutes, so it is not run here. Each claim is listed with the number that tests it and with its
# thresholds. Some of them:

# %%
listed = ["against random", "against same layers", "map-specific", "own features found",
          "lost first", "beyond pixels", "learnt, profiles"]
for claim in (entry.claim for entry in CLAIMS if entry.claim.key in listed):
    print(f"{claim.key}: {claim.number}\n    {claim.thresholds}")

# %% [markdown]
# What a hundred networks gave, mean and 95 % interval:
#
# | claim | drawn faces | Yale faces |
# |---|---|---|
# | against random | 0.36 (0.34 to 0.38) | 0.22 (0.21 to 0.24) |
# | against same layers | 0.13 (0.11 to 0.15) | 0.12 (0.10 to 0.14) |
# | map-specific | 35 % (31 to 40) | 53 % (48 to 58) |
# | own features found | 0.01 (0.00 to 0.02) | 0.02 (0.02 to 0.03) |
# | lost first | 74 % (70 to 77); control 75 % | 78 % (76 to 81); control 81 % |
# | beyond pixels | -0.21 (-0.21 to -0.20) | -0.17 (-0.17 to -0.17) |
# | learnt, profiles | 0.17 (0.16 to 0.17) | 0.12 (0.11 to 0.12) |
#
# **Predict first.** Write down the verdicts, with your function or by hand. Then look them up in
# [Do the claims hold?](../do_the_claims_hold.md), which has all claims, the verdicts, and what to
# distrust in them. Of so many claims some would pass by luck alone; the page says what is done
# about that.
#
# ### Exercise 7.7
# Six conclusions that go too far. Which control would show it? The words are "random maps", "same
# layers", "maps of others", "more networks", "untrained network" and "equal conditions".
#
# - A. *The ten strongest maps are removed, and the error is 80 %. So these maps are important.*
# - B. *The ranking does more damage than random maps. So it knows which maps of a layer matter.*
# - C. *Without her strongest maps, Anna's error is 80 %. So these maps are Anna's.*
# - D. *In my network the ranking is far beyond the same layers. So it is in such networks.*
# - E. *By their profiles, people are told apart well. So the network has learnt these profiles.*
# - F. *Profiles tell people apart better than pixels do. So they know more about people.*

# %%
my_controls = [
    "",     # A
    "",     # B
    "",     # C
    "",     # D
    "",     # E
    "",     # F
]

check("7.7", my_controls)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Each word is used once. For each conclusion, what would you change, and only that, so that the
# number should fall if the conclusion is right?
# </details>
#
# ## Where you are
#
# A curve looks striking as long as there is nothing to compare it with. You have compared it with
# random maps, with random maps of the same layers, with the maps of other people, with bystanders,
# with a network that learnt nothing, under equal conditions, and with other networks. Most of these
# took something away, one turned a result round, and something was left. What is left is the
# result.
#
# - Choose another claim of the paper. Which number would test it, and what would come out if it
#   were wrong?
# - Do simpler rankings do as well? `analysis.MEASURES` has *activation*, the norm of a map's
#   outputs, which needs no backward pass. A measure of your own has the form `measure(net, x, t) ->
#   FeatureScores`: [how to add it](../add_a_measure.md).
# - In the reference: [controls](../../tinycnn/analysis/controls.py),
#   [profiles](../../tinycnn/analysis/consistency.py),
#   [intervals](../../tinycnn/analysis/intervals.py), [claims and
#   verdicts](../../tinycnn/analysis/claims.py), [the claims of a
#   study](../../tinycnn/paper/study/claims/of_the_paper.py).
#
# Solutions: [solutions/lesson_7.py](../solutions/lesson_7.py).
# Next: [a leak in the data](lesson_8_twins.ipynb), where the error itself is not what it seems.
