# %% [markdown]
# # Lesson 6: the paper's experiments
#
# *About 40 minutes. You need lesson 5: the convolutional gradient of a feature map.*
#
# The paper has one number for each feature map and each person. Section V asks whether these
# numbers say something about the network: are they the same in all images of a person, and does the
# network fail without the maps that have large numbers? In this lesson you make its tables and
# figures, and read them with care. Whether they prove anything is the question of lesson 7.

# %%
import numpy as np

import tinycnn as tc
from tinycnn import analysis, figures
from tinycnn.analysis.controls import half_step
from tinycnn.course import check, show

SEED = 0            # another number gives another network, and other curves
DATA = None         # or the Yale faces: the path of their folder or zip file

faces = tc.load_faces(DATA)
train, test = faces.split(seed=0)
x, t, names, K = faces.images, faces.labels, analysis.names_of(faces), faces.n_classes


def trained(seed):
    """The paper's network after 80 epochs on the training faces."""
    net = tc.face_net(K, seed=seed)
    tc.train(net, x[train], t[train], epochs=80, seed=seed)
    return net


net = trained(SEED)
wrong = net.predict(x) != t
print(f"wrong: {wrong[train].sum()} of {len(train)} training faces, "
      f"{wrong[test].sum()} of {len(test)} test faces")

# %% [markdown]
# The paper trains for 250 epochs. 80 are enough here: look at the training errors above. As in the
# paper, all that follows uses all faces, the training faces too.
#
# ## Section V-A: a profile for each person
#
# The profile of an image is its row of 23 convolutional gradients, one for each map. Table II shows
# profiles of three people under three conditions. The paper says: the maps with the highest
# gradients stay similar for one person, so each person has a profile of their own.
#
# **Predict first.** Cover the faces with a hand. Could you say which of the nine profiles belong to
# one person?

# %%
norms, features = tc.map_norms(net, x, t)
scores = tc.convolutional_gradients(net, x, t)
identities = analysis.choose_identities(faces, scores)      # five people, as in the paper
people = sorted(identities[:3])
chosen = np.array([analysis.choose_faces(faces, k, 3) for k in people])
show(figures.gradient_profiles(x[chosen, 0], norms[chosen], features, [names[k] for k in people],
                               [faces.conditions[i] for i in chosen[0]]))

# %% [markdown]
# A picture of nine profiles is not a measurement. "Which maps have the highest gradients" is a
# statement about an order. So compare orders: replace the 23 numbers of each image by their places,
# 1 to 23, and take the correlation of the places. It is 1 if two images have their maps in the same
# order, and about 0 if the two orders have nothing to do with each other.
#
# ### Exercise 6.1
# Write this rank correlation. No two numbers of a profile are equal here.

# %%
def rank_correlation(a, b):
    """Two profiles (n,) -> the correlation of the places of their maps, a number."""
    ...


check("6.1", rank_correlation)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# `np.corrcoef(p, q)[0, 1]` is the correlation of two rows of numbers.
# </details>
# <details><summary>Hint 2</summary>
#
# `a.argsort()` is not the list of places. It says which map comes first, which second, and so on.
# For (30, 10, 20) it gives (1, 2, 0), and the places are (2, 0, 1).
# </details>
#
# **Predict first.** Compare all pairs of images. How large will the mean be for two images of one
# person, which differ in light or expression, and how large for images of two people? Of the 8
# strongest maps of one image, how many are among the 8 strongest of the other? (Two random choices
# of 8 out of 23 share 2.8 on average.)

# %%
places = norms.argsort(axis=1).argsort(axis=1)
alike = np.corrcoef(places)
top = (places >= 23 - 8).astype(int)
shared = top @ top.T
conditions = np.array(faces.conditions)
one_person = (t[:, None] == t) & ~np.eye(len(t), dtype=bool)
two_people = t[:, None] != t
same_condition = two_people & (conditions[:, None] == conditions)
print("                                rank correlation   shared of the 8 strongest")
for what, pairs in (("images of one person", one_person), ("images of two people", two_people),
                    ("  under the same condition", same_condition)):
    print(f"{what:30}  {alike[pairs].mean():16.2f}   {shared[pairs].mean():25.1f}")

# %% [markdown]
# Both numbers are higher for one person, and here the paper is right. Both are also high for two
# people, whether or not the condition is the same: most of an order is the same for everybody.
# Three people under three conditions cannot show how much of a profile is the person's own. Lesson
# 7 comes back to this.
#
# ## Section V-B: the strongest and the weakest maps
#
# For each person the gradients are averaged over the person's images. The norm of this mean over a
# map, as in lesson 5, ranks the maps.
#
# ### Exercise 6.2
# Write the ranking. Scores can be equal, for instance if two maps are dead. An order that is left
# to chance then changes from machine to machine. So if two maps have equal scores, the one that is
# first in the network comes first.

# %%
def strongest(scores, n):
    """Scores (M,) of M maps, in the network's order -> the numbers (from 0) of the n strongest."""
    ...


check("6.2", strongest)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.argsort(..., kind="stable")` leaves equal numbers in the order in which they came. It sorts
# from small to large.
# </details>
#
# Table III has the 8 strongest and the 8 weakest maps of five people. Here are three of them, from
# the largest gradients to the smallest.
#
# **Predict first.** Will the three have the same strongest map?

# %%
by_size = sorted(identities, key=lambda k: -scores.scores[k].max())


def ends(k):
    """A row of Table III."""
    return {"identity": names[k], "face": x[analysis.choose_faces(faces, k, 1)[0], 0],
            "scores": scores.scores[k],
            "strongest": [(f, scores.value(k, f)) for f in scores.strongest(k, 8)],
            "weakest": [(f, scores.value(k, f)) for f in scores.weakest(k, 8)]}


show(figures.strongest_weakest([ends(k) for k in by_size[::2]], features))

# %%
logit = tc.convolutional_gradients(net, x, t, of="logit").scores.max(axis=1)
prob = scores.scores.max(axis=1)
first = {scores.strongest(k, 1)[0] for k in range(K)}
common = [len({*scores.strongest(k, 8)} & {*scores.strongest(j, 8)})
          for k in range(K) for j in range(k)]
leads = sum(scores.strongest(k, 1)[0][0] == "tanh1" for k in range(K))
print(f"different maps in first place, all {K} people:        {len(first)}")
print(f"people whose first place is a map of layer 1:      {leads}")
print(f"of the 8 strongest, two people share on average:   {np.mean(common):.1f}")
print(f"largest gradient, largest person over smallest:    {prob.max() / prob.min():.0f}")
print(f"the same for the gradients of the logits:          {logit.max() / logit.min():.1f}")

# %% [markdown]
# The paper says that each identity has a set of strongest maps of its own. The sets do differ, but
# two sets have half of their maps in common, or more; by chance it would be 2.8 of 8. In the
# paper's own table it is 4.3, and identities 7 and 12 have the same eight. In most networks a few
# maps of layer 1 come first for nearly everybody. Lesson 5 gives a reason: they have the most
# units, and the norm adds up their squares.
#
# The size of the gradients differs widely between people, as in the paper. It differs much less
# without the softmax. So most of the difference is about how sure the network is, and not about how
# much a map matters.
#
# ## Section V-C: knockouts
#
# If a map matters, the network should miss it. A knockout sets all outputs of the map to 0, and the
# next layers work with what is left. In tinycnn a map has a *gate*, a factor for its outputs. Gates
# are an argument of `forward`. The network itself stays as it is.

# %%
[strong], [weak] = scores.strongest(by_size[2], 1), scores.weakest(by_size[2], 1)
for what, feature in (("strongest", strong), ("weakest", weak)):
    print(f"{what} map of person {names[by_size[2]]}: {feature}, which is layer, unit "
          f"{figures.feature_name(feature, figures.layers_of(features))}")
    for factor in (1, 0.5, 0):
        y = net.forward(x, gates=tc.knockout([feature], factor)).y
        print(f"    times {factor}: {(y.argmax(axis=1) != t).sum()} of {len(t)} faces wrong")

# %% [markdown]
# Code counts maps from 0, and the paper counts layers and units from 1.
#
# ### Exercise 6.3
# Do it without gates. Go through the network layer by layer, and set the map to 0 after its layer.

# %%
def without(net, x, layer, number):
    """A network, images (N, ...), a layer's name, a map's number from 0 -> y (N, K) without it."""
    ...


check("6.3", without)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `net.layers` has the names in order, and `o, _ = net[name].forward(o)` is one layer. After the
# right one, change `o`. Its axes are images, maps, rows, columns.
# </details>
#
# In the paper knockouts add up: first the strongest map is removed, then the second as well, and so
# on. `tc.knockout_curve` gives the predicted label of every image after every step. Two errors are
# computed from these labels. The *class error* is the error on the images of the person whose maps
# are removed. The *overall error* is the error on all images.
#
# ### Exercise 6.4
# Write both.

# %%
def two_errors(labels, t, k):
    """Predictions (S, N), true labels (N,), a person k -> class and overall error, (S,) each."""
    ...


check("6.4", two_errors)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `labels != t` compares each row with `t`. `labels[:, t == k]` has the columns of the person.
# Return two arrays: `return first, second`.
# </details>
#
# ## Section V-D: what the paper saw
#
# Fig. 2 shows both errors for five people, while their 10 strongest maps (left) or their 20 weakest
# maps (right) are removed. The network has 23 maps.
#
# **Predict first.** Write down four numbers. How many of a person's strongest maps must be removed
# before the network gets most images of *that person* wrong? How many before it gets most images of
# *everybody* wrong? And how many of the weakest?

# %%
curves = tc.knockout_experiments(net, x, t, scores, identities)
errors = {k: {c.end: {"class_error": c.class_error, "overall_error": c.overall_error}
              for c in curves if c.identity == k} for k in identities}
show(figures.knockout_errors(errors, names, chance=1 - np.bincount(t).max() / len(t)))

# %%
print("removed maps until more than half of the images are wrong (11 strongest, 21 weakest: never)")
print("            strongest              weakest")
print("person      own    everybody's     own    everybody's")
for k in identities:
    steps = [half_step(errors[k][end][error]) for end in ("strongest", "weakest")
             for error in ("class_error", "overall_error")]
    print(f"{names[k]:>6}   {steps[0]:6} {steps[1]:14} {steps[2]:7} {steps[3]:14}")

# %% [markdown]
# The large difference between left and right is what the paper reports, and it is there: for most
# people a few strong maps are enough, but it takes ten or more of the weak ones. Also as in the
# paper, the curves are not smooth, and an error can fall when another map is removed.
#
# Look at the overall error on the left. Most of the curves are much alike at the beginning, because
# their first maps are the same. Removing the strongest maps *of one person* harms the answers for
# everybody.
#
# One network is one case. Here are means over all people, for this network and for another one.
#
# **Predict first.** The paper says that the network can handle the loss of one or two of the
# strongest maps, and that three or more have a strong impact. Will both networks agree with it?

# %%
def summary(net):
    """Mean errors over all people: class and overall, strongest first; overall, weakest first."""
    scores = tc.convolutional_gradients(net, x, t)
    curves = tc.knockout_experiments(net, x, t, scores, range(K))
    strong, weak = ([c for c in curves if c.end == end] for end in ("strongest", "weakest"))
    return (np.mean([c.class_error for c in strong], axis=0),
            np.mean([c.overall_error for c in strong], axis=0),
            np.mean([c.overall_error for c in weak], axis=0))


for seed, other in ((SEED, net), (SEED + 1, trained(SEED + 1))):
    own, overall, overall_weak = (100 * error for error in summary(other))
    print(f"network {seed}             after " + "".join(f"{s:6}" for s in (0, 1, 2, 3, 5, 10, 15)))
    for what, error in (("strongest, own error", own), ("strongest, everybody's", overall),
                        ("weakest, everybody's", overall_weak)):
        steps = [f"{error[s]:5.0f}%" if s < len(error) else "" for s in (0, 1, 2, 3, 5, 10, 15)]
        print(f"  {what:22}    " + "".join(steps))

# %% [markdown]
# They agree on this: without one strong map most answers are still right, and removing ten weak
# maps does far less damage than removing ten strong ones. What two or three strong maps do depends
# on the network: compare these columns, and try other seeds. There are networks where removing
# three is not yet a disaster. The paper also says that the error of all people seems to grow slower
# than that of the person. In the means the two rows are not far apart. Does a person lose more from
# the removal of their own strongest maps than from that of another person's? Lesson 7 measures it.
#
# ## Why the curves stop at the dotted line
#
# The paper speaks of an error near 100 %. In the lower panels the curves rise to the dotted line
# and no further. Some end on it, others below.
#
# **Predict first.** What does a network say about a face if nearly nothing of the face reaches its
# last layer?
#
# ### Exercise 6.5
# A broken network gives the same answer to every image. What is the lowest overall error that it
# can have? Write it for people with different numbers of images.

# %%
def constant_error(t):
    """The true labels t (N,), 0 to K-1 -> the lowest error of a constant answer, a number."""
    ...


check("6.5", constant_error)

# %% [markdown]
# <details><summary>Hint</summary>
#
# If the answer is always k, it is right for the images of person k. `np.bincount(t)` counts them.
# </details>
#
# With 15 people and 11 images of each, every constant answer has the error 14/15 = 93.3 %. To be
# wrong more often, a network would have to *avoid* the right answer. So near 100 % is possible for
# the class error, and not for the overall error of a network that has lost everything.
#
# **Predict first.** If the answer is constant, one person is always recognized. What is the class
# error of that person? So what must happen in Fig. 2, if the network ends up with the name of the
# person whose maps are removed?

# %%
everybody = [c for c in tc.knockout_experiments(net, x, t, scores, range(K), weakest=0)
             if c.end == "strongest"]
best = min(everybody, key=lambda c: c.class_error[-1])
print(f"the lowest class error after ten strongest maps is that of person {names[best.identity]}:")
print(f"    own error        {best.class_error[-1]:4.0%}")
print(f"    everybody's      {best.overall_error[-1]:4.0%}")
count = np.bincount(best.labels[-1], minlength=K)
print(f"the answers to all {len(t)} faces:")
for k in np.argsort(-count, kind="stable")[:3]:
    print(f"    {count[k]:3} times person {names[k]}")

# %% [markdown]
# If the own error above is small, look at the answers: that name is given to many more faces than
# the person has. The network does not recognize that person any more; it gives one of the few names
# that it has left. (A network that knows only two names, with 11 images of each person, has an
# error of at least 13/15 = 86.7 %. Some curves end there.) There is such a person in most networks,
# but not in all. So a low class error is no evidence that a network still works. Both errors are
# needed. It is even better to look at the answers themselves.
#
# ## Where the answers go
#
# Fig. 3 of the paper shows it. For each person and each step it takes the answer that the person's
# images get most often, the *mode*.
#
# ### Exercise 6.6
# Write it for one step. If several answers are equally frequent, take the lowest label.

# %%
def modes(labels, t, K):
    """Predicted labels (N,), true labels (N,), K people -> for each person the mode, (K,)."""
    ...


check("6.6", modes)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `np.bincount` counts how often each label occurs, and `argmax` takes the first of the largest
# counts.
# </details>
#
# A line in the figure shows the images of one person. Its row is the name that the network gives to
# most of them. The thick line is the person whose maps are removed.
#
# **Predict first.** Is that person lost first? In how many rows will the lines end?

# %%
flow = next(c for c in curves if c.identity == analysis.choose_flow(faces, identities)
            and c.end == "strongest")
moved = flow.modes(K)
show(figures.prediction_flow(moved, names, flow.order, features, highlight=flow.identity))

# %%
print("removals                             " + "".join(f"{s:4}" for s in range(len(moved))))
print("people whose mode is another person  "
      + "".join(f"{n:4}" for n in (moved != np.arange(K)).sum(axis=1)))
print("different names among the modes      "
      + "".join(f"{len(set(row)):4}" for row in moved.tolist()))
lost_at = np.array([curve.lost_at(K) for curve in everybody])   # each experiment, each person
first = np.array([[np.delete(steps, k).min() < steps[k] for k in range(K)] for steps in lost_at])
print(f"of {K} such experiments, one for each person: in {np.diag(first).sum()}, somebody else is "
      "lost first")
print("somebody else is lost before a person whose maps are *not* removed: in "
      f"{K * first[~np.eye(K, dtype=bool)].mean():.1f} of {K}, on average")

# %% [markdown]
# The lines run together in a few rows, sometimes in one: the names that a broken network gives. For
# the person in the figure, see who is lost first. The paper finds it interesting that another
# person is lost before the one whose maps are removed. The last lines count how often that happens.
# They need each other: of fifteen people somebody is lost first, and it is seldom one given person.
# To people whose maps are *not* removed it happens about as often. So it says nothing about whose
# maps they are.
#
# ## Section V-E: maps that nobody needs
#
# The paper calls a map irrelevant if its gradient is weak for most people, and suspects that such
# maps are dead or saturated (always near -1 or 1), or even harmful. `problematic_units` asks for
# each map: is it in the last third of the ranking for at least half of the people? What are its
# outputs? And what does it cost to remove only this map?
#
# **Predict first.** How many of the *other* maps can be removed, one at a time, at no cost?

# %%
units = analysis.problematic_units(net, x, t, scores)
weak_for_most = [unit for unit in units if unit.weak_for >= 0.5]
others = [unit for unit in units if unit.weak_for < 0.5]
print("                      maps   dead or saturated   costs less than 2 % alone")
for what, group in (("weak for most people", weak_for_most), ("the others", others)):
    odd = sum(unit.spread < 0.05 or unit.saturated > 0.5 for unit in group)
    print(f"{what:22}{len(group):4}{odd:20}{sum(unit.alone < 0.02 for unit in group):28}")

# %% [markdown]
# What the paper says of the weak maps is right, as far as it goes: if you remove one of them, the
# network does not miss it. But it does not miss most of the others either, one at a time. So this
# is not special to the weak maps. They are not dead or saturated either. That can be seen from
# their outputs without any gradient. It is no evidence against the paper: this network starts from
# small random weights, where nothing is saturated, and how the paper's started is not known.
#
# ## All of it in one command
#
#     tinycnn reproduce
#     tinycnn reproduce --data yalefaces.zip --out results-yale
#
# trains for 250 epochs, makes Fig. 1 to 3, Tables II and III, the table of weak maps and what the
# gradients cost, and puts them on one page, next to the paper's numbers: `results/report.html`. It
# takes about a quarter of a minute. [Reproduce the paper](../reproduce_the_paper.md) says what is
# in the folder, and what came out for ten networks on both sets of faces.
#
# ## Where you are
#
# You can make each table and figure of section V, and you know what they show: strong maps do
# break the network, and weak ones do far less. You also know four traps: profiles that are alike
# for everybody, an overall error that ends at 93.3 %, a class error that is small in a network that
# knows nothing, and a count without the count that chance gives.
#
# - Try another `SEED`, and `DATA`. Which of your sentences above are still true?
# - Try `of="logit"`, `reduce="mean_of_norms"` or `norm="rms"` in `tc.convolutional_gradients`, and
#   draw Fig. 2 again. The norm that does not favour large maps changes more than you may expect.
# - In the reference: [knockouts](../../tinycnn/analysis/knockouts.py), [scores and
#   rankings](../../tinycnn/gradients/convolutional.py), [the
#   report](../../tinycnn/paper/reproduce/sections.py), [weak
#   maps](../../tinycnn/analysis/problematic.py). [From the paper to the code](../paper.md) has the
#   rest, section by section.
#
# Solutions: [solutions/lesson_6.py](../solutions/lesson_6.py). Next: [does a striking curve prove
# anything?](lesson_7_controls.ipynb), with random maps beside the strongest.
