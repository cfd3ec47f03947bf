# %% [markdown]
# # Lesson 8: a leak in the data
#
# *About 40 minutes. You need lesson 4; nothing here is about gradients.*
#
# A test error is a promise about images that the network has not seen. If some of them were in the
# training set, the promise is worth less. In the Yale faces nine pairs of images are the same pixel
# for pixel, and a random split puts some pairs on both sides. In this lesson you find such images,
# and ask how much they matter here, and how you can know.

# %%
from dataclasses import replace

import numpy as np

import tinycnn as tc
from tinycnn.analysis.claims import interval
from tinycnn.course import chart, check, show
from tinycnn.figures import contact_sheet, histogram

SEED = 0            # of splits, weights and noise; try another
DATA = None         # or the Yale faces: the path of their folder or zip file

YALE_TWINS = [(person, word, "normal") for person, word in
              [(k, "noglasses") for k in (2, 3, 6, 7, 9, 12, 14)] + [(8, "glasses"), (4, "sad")]]


def plant(faces):
    """The same faces, with nine images replaced: the pairs that are the same in the Yale faces."""
    images, digests = faces.images.copy(), list(faces.digests)
    for person, word, source in YALE_TWINS:             # people count from 1 here
        i, j = faces.find(person - 1, word), faces.find(person - 1, source)
        images[i], digests[i] = images[j], digests[j]
    return replace(faces, images=images, digests=tuple(digests))


faces = tc.load_faces(DATA)
if faces.twins():
    print(f"{faces.name}: the twins in them are real")
else:
    faces = plant(faces)
    print(f"{faces.name}: no two are the same, so nine pairs are planted, as in the Yale faces")

# %% [markdown]
# If the data have twins, they stay as they are. The drawn faces have none, so the lesson makes
# some: the picture without glasses of person 2 becomes a copy of the normal one, and so on. In all
# that follows the two cases are treated alike.
#
# ## Find them
#
# Comparing each image with each other one takes N (N - 1) / 2 comparisons of 3600 pixels. There is
# a shorter way. Use the bytes of an image, `image.tobytes()`, as the key of a dictionary, or a
# *hash* of them (hashlib.sha256(...).hexdigest(), 64 letters for any size of the image). Same
# pixels, same key.
#
# ### Exercise 8.1
# Find all pairs (i, j), i < j, of images with the same pixels, in ascending order.

# %%
def same_pixels(images):
    """Images (N, H, W) -> a list of pairs (i, j), i < j, sorted."""
    ...


check("8.1", same_pixels)

# %% [markdown]
# <details><summary>Hint</summary>
#
# First collect, for each key, the list of the images that have it. Then take all pairs of each list
# (`itertools.combinations(group, 2)`). Three images that are the same make three pairs.
# </details>
#
# A data set of tinycnn has a digest (a hash) of each image as it was in the file, and
# `faces.twins()` finds the pairs.

# %%
twins = faces.twins()
for i, j in twins:
    print(f"{faces.people[faces.labels[i]]}: {faces.conditions[i]} = {faces.conditions[j]}")
pairs = np.array(twins[:9]).T
show(contact_sheet(faces.images[pairs, 0], ["one", "the other"],
                   [faces.people[faces.labels[i]] for i in pairs[0]]))

# %% [markdown]
# ## On both sides
#
# **Predict first.** A random split puts 124 images into the training set and 41 into the test set.
# How many of the nine pairs does it tear apart, on average? And how often none?
#
# ### Exercise 8.2
# Write the expected number of torn pairs, for any number of pairs and of images.

# %%
def expected_torn(n_pairs, n_train, n_test):
    """n_pairs pairs among n_train + n_test images -> how many are torn on average."""
    ...


check("8.2", expected_torn)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Take one pair. The first image is a test image with probability n_test / N. Then N - 1 images are
# left for the other one, and n_train of them are training images. It may also be the other way
# round. The expectation of a sum is the sum of the expectations, whether or not the pairs depend on
# each other.
# </details>

# %%
torn = [faces.twins_across(faces.split(seed=s)) for s in range(1000)]
counts = np.bincount(torn, minlength=len(twins) + 1)
show(histogram([(str(k), n) for k, n in enumerate(counts)],
               "pairs of twins with one image on each side", "of 1000 random splits"))
print(f"mean {np.mean(torn):.2f}; the split of lesson 4 (seed 0): {torn[0]}")

# %% [markdown]
# More than a third of the pairs: 2 · 0.75 · 0.25 of them, and a little more, because the second
# image is drawn from one image fewer. A split without torn pairs is rare. Nobody has done anything
# wrong here: it is what a random split does.
#
# ## How much does it flatter?
#
# **Predict first.** Three or four test images are known to the network from training. Suppose that
# all of them are right, and that without the twin the network would be wrong on them as often as on
# the others. How much lower is the test error?
#
# Below, three networks are trained on random splits. Test images with a twin in the training set
# are counted separately. Then each is trained again without these twins: the training images that
# are a copy of a test image are left out, and the test images stay the same.

# %%
EPOCHS = 25
partner = {i: j for pair in twins for i, j in (pair, pair[::-1])}


def wrong_of(split, seed):
    """Which test images are wrong if a network is trained on the other part."""
    part, tested = split
    net = tc.face_net(faces.n_classes, seed=seed)
    tc.train(net, faces.images[part], faces.labels[part], epochs=EPOCHS, seed=seed)
    return net.predict(faces.images[tested]) != faces.labels[tested]


def has_copy(split):
    """Which test images have a twin in the training part."""
    known = set(split[0].tolist())
    return np.array([partner.get(i) in known for i in split[1].tolist()])


print("        trained with their twins           trained without them")
print("seed    leaked    the others     all       leaked    the others     all")
for seed in range(SEED, SEED + 3):
    part, tested = faces.split(seed=seed)
    copied = has_copy((part, tested))
    clean = part[~has_copy((tested, part))]         # without the twins of test images
    line = f"{seed:4d}"
    for trained_on in (part, clean):
        wrong = wrong_of((trained_on, tested), seed)
        line += (f"{wrong[copied].sum():7d} of {copied.sum()} {wrong[~copied].sum():7d} of "
                 f"{(~copied).sum()} {wrong.mean():7.1%}")
    print(line)

# %% [markdown]
# The images with a twin in training, the leaked ones, are all right, or nearly all. But the second
# half shows the same images without their twins in training, and most of them are right as well.
# There was not much to gain. The whole test error may move by more than the leaked images can
# explain: two trainings that differ in three or four images end in two networks, which are wrong on
# different images, and one test image is 2.4 %. Three networks cannot tell such a difference from
# chance.
#
# How far from 0 would a difference have to be? A network that is wrong with probability p makes n p
# mistakes in n images on average. Each image adds p (1 - p) to the variance of the number of
# mistakes. So the error has the standard error √(p (1 - p) / n), and for two errors of different
# images, such as the test images of two splits, the variances add.
#
# ### Exercise 8.3
# Write by how many standard errors two test errors differ. As p, use each error as it was measured.

# %%
def standard_errors_apart(wrong_a, n_a, wrong_b, n_b):
    """wrong_a of n_a images, wrong_b of n_b -> (error a - error b) / standard error."""
    ...


check("8.3", standard_errors_apart)

# %% [markdown]
# <details><summary>Hint</summary>
#
# p = wrong / n, the variance of this share is p (1 - p) / n. Add the two variances, and only then
# take the root.
# </details>
#
# For example, 1 of 41 against 5 of 41, five times the mistakes, is only about 1.7 standard errors.
# Below 2, people usually say that it may be chance.
#
# ## A cheaper learner
#
# To see a small effect you need many splits, and a learner that costs nothing: the *nearest
# neighbour*. Its answer is the name of the training image that is nearest, by the root of the mean
# squared difference of the pixels. It learns everything by heart, so twins should flatter it most.

# %%
def distances(a, b):
    """The root of the mean squared difference of each image of a to each of b: (Na, Nb)."""
    a, b = (np.reshape(images, (len(images), -1)).astype(float) for images in (a, b))
    squares = (a ** 2).sum(axis=1)[:, None] + (b ** 2).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0) / a.shape[1]).round(6)     # twins at 0, not at 1e-9


between = distances(faces.images, faces.images)


def neighbour_wrong(split):
    """Which test images the nearest neighbour gets wrong."""
    part, tested = split
    nearest = part[between[np.ix_(tested, part)].argmin(axis=1)]
    return faces.labels[nearest] != faces.labels[tested]


errors = {"with a twin": [], "the others": [], "all": [], "twins, kept together": [],
          "all, twins kept together": []}
for s in range(1000):
    random, together = faces.split(seed=s), faces.split("twins", seed=s)
    wrong, copied = neighbour_wrong(random), has_copy(random)
    errors["with a twin"] += wrong[copied].tolist()
    errors["the others"] += wrong[~copied].tolist()
    errors["all"].append(wrong.mean())
    wrong = neighbour_wrong(together)
    errors["twins, kept together"] += wrong[[i in partner for i in together[1]]].tolist()
    errors["all, twins kept together"].append(wrong.mean())
for name, values in errors.items():
    print(f"{name:25} {np.mean(values):6.1%} wrong")
gain = interval(np.array(errors["all, twins kept together"]) - errors["all"])
print(f"kept together minus random {gain.mean:+.2%}, 95 % interval {gain.low:+.2%} to "
      f"{gain.high:+.2%}")

# %% [markdown]
# Images with a twin in training are never wrong, the others often. Does the leak cause the
# difference? For the most part it does not. Look at the fourth line: the same images, when the twin
# is *not* in the training set. They are mostly right as well. Twins are pictures in ordinary light
# with an ordinary face, and those are easy. The hard ones, lit from the side, have no twins.
#
# So "wrong with a twin against wrong without" compares easy images with hard ones. The fair
# comparison is between the same images, with the twin in training and without it. This comparison,
# and the last line (its interval is over random splits of these same images), show that the nine
# pairs change this error little: by well below one test image of 41. This is one learner; another
# may differ.
#
# ## A leak that is large
#
# What does a large leak look like? Give each test image a copy in the training set, not the same
# pixel for pixel but with a little noise, as if a photo had been saved twice. And to be sure that
# only the leak can help, take names that mean nothing: all names are shuffled.
#
# **Predict first.** With shuffled names there is nothing to learn about people. What is the test
# error of the network without copies, and with them?

# %%
NOISE = 0.03
rng = np.random.default_rng(SEED)
copies = faces.images + NOISE * rng.normal(size=faces.images.shape).astype(np.float32)
nonsense = rng.permutation(faces.labels)
part, tested = faces.split("twins", seed=SEED)
for word, images, names in (
        ("without copies", faces.images[part], nonsense[part]),
        ("with copies", np.concatenate([faces.images[part], copies[tested]]),
         np.concatenate([nonsense[part], nonsense[tested]]))):
    net = tc.face_net(faces.n_classes, seed=SEED)
    history = tc.train(net, images, names, epochs=40, seed=SEED)
    error = (net.predict(faces.images[tested]) != nonsense[tested]).mean()
    print(f"shuffled names, {word + ',':15} training error {history.train_error[-1]:3.0%}, "
          f"test error {error:3.0%}")

# %% [markdown]
# Without copies the test error is about that of guessing. With them the network seems to recognise
# people by names that are wrong. That is a test for a leak: **shuffle the labels, and train again.
# If the result is then better than guessing, there is a leak.** But if it is not better, a leak is
# still possible. Here each copy was made after the shuffle, and has the same false name as its
# original. A copy that is already in the data usually gets another false name than its original,
# and the test cannot see it. (The training error may stay above 0 %: twins whose shuffled names
# differ cannot both be right.)
#
# The nearest neighbour shows how the leak grows with the share of test images that have a copy.

# %%
to_copies = distances(faces.images, copies)


def error_with_copies(share, names):
    """The mean error of the nearest neighbour over 30 splits, if that share has a copy."""
    found = []
    for s in range(30):
        part, tested = faces.split("twins", seed=s)
        leaked = np.random.default_rng(s).permutation(tested)[:round(share * len(tested))]
        near = np.hstack([between[np.ix_(tested, part)], to_copies[np.ix_(tested, leaked)]])
        answers = names[np.concatenate([part, leaked])][near.argmin(axis=1)]
        found.append((answers != names[tested]).mean())
    return 100 * np.mean(found)


shares = np.linspace(0, 1, 11)
show(chart({"the true names": (100 * shares, [error_with_copies(q, faces.labels) for q in shares]),
            "shuffled names": (100 * shares, [error_with_copies(q, nonsense) for q in shares])},
           "test images with a noisy copy in the training set (%)", "test error (%)"))

# %% [markdown]
# Both lines fall in a straight line to 0, or nearly. So a leak helps most where the task is hard.
# Where a learner is right anyway, a leak can add little. In the Yale faces twins are few, and easy:
# that is why their leak is hard to see. You should still remove it.
#
# ## Nearly twins
#
# Noisy copies have different pixels, so hashing misses all of them. To find them you need a
# distance.
#
# ### Exercise 8.4
# For each test image, write how far the nearest training image is: the smallest root of the mean
# squared difference of pixels.

# %%
def nearest_distance(test_images, train_images):
    """Test images (M, H, W), training images (N, H, W) -> distances (M,)."""
    ...


check("8.4", nearest_distance)

# %% [markdown]
# <details><summary>Hint</summary>
#
# For one test image: `((train_images - image) ** 2).mean(axis=(1, 2))` has a number for each
# training image. Take the root, and the smallest of them. Then do the same for all test images.
# </details>
#
# These are the closest pairs across a random split, one above the other. (Do not pass on a
# notebook that shows the Yale faces.)

# %%
part, tested = faces.split(seed=SEED)
near = between[np.ix_(tested, part)]
closest = near.min(axis=1).argsort(kind="stable")[:9]
pairs = np.array([tested[closest], part[near[closest].argmin(axis=1)]])
show(contact_sheet(faces.images[pairs, 0], ["test image", "nearest in training"],
                   [f"{d:.3f}" for d in near[closest].min(axis=1)]))
for i, j, d in list(zip(*pairs, near[closest].min(axis=1), strict=True))[:6]:
    print(f"{d:.3f}  {faces.people[faces.labels[i]]} {faces.conditions[i]:12} "
          f"{faces.people[faces.labels[j]]} {faces.conditions[j]}")

# %% [markdown]
# The pairs at 0.000 are twins. Then come pairs of the same person that differ only a little. There
# is no gap between the distances of copies and of other pairs. So a person has to look at a list
# like this.
#
# ## A split that keeps together what belongs together
#
# Images that must stay together get the same group number: twins, frames of one film, pictures of
# one day. Then the split divides groups, not images.
#
# ### Exercise 8.5
# Write such a split. Go through the groups in the given order. A group whose images all fit into
# what is left of the test part goes there; a group that does not fit goes to training, and the next
# one is tried. Return the test images, ascending.

# %%
def grouped_test_part(group_of, order, n_test):
    """The group of each image (N,), the groups in order, at most n_test -> test images, sorted."""
    ...


check("8.5", grouped_test_part)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Keep a list `chosen`. For each group of the order, `np.flatnonzero(group_of == group)` are its
# images; take them if `len(chosen)` plus their number is at most `n_test`.
# </details>
#
# `faces.split("twins")` works like this. But what belongs together? It depends on the question. If
# the network has to recognise people in a light that it has not seen, a whole condition has to be
# left out.
#
# **Predict first.** Which condition is the hardest to leave out, and what is the error of the
# easiest?

# %%
left_out = {word: neighbour_wrong(faces.split(f"leave:{word}")).mean()
            for word in sorted(set(faces.conditions))}
for word, error in sorted(left_out.items(), key=lambda item: -item[1])[:11]:
    print(f"left out {word:12} nearest neighbour {error:4.0%} wrong")
print(f"a random quarter: {np.mean(errors['all']):.0%} wrong")

# %% [markdown]
# The learner and the faces are the same, but the errors go from almost none to most of the images.
# Each of them is the right answer to some question. "The test error" alone answers no question. You
# must add which images it was tested on, and which it was trained on.
#
# ## What else leaks
#
# - **Choosing.** If you try twenty networks and report the best on the test set, you have used the
#   test set to choose. If you keep the best epoch, or the learning rate with the lowest test error,
#   you have done the same.
# - **Preparing.** A mean image, a scale or a choice of features that was computed with the test
#   images.
# - **The session.** Pictures of one person from one sitting share the shirt, the hair, the lamp. A
#   network that learnt the shirt passes a random split.
#
# The first one can be counted without any network. Twenty networks, all equally good: each is wrong
# with probability 8 % in each of 41 test images. The best of them is reported.

# %%
best = np.random.default_rng(SEED).binomial(41, 0.08, size=(2000, 20)).min(axis=1) / 41
print(f"true error 8.0 %; the best of twenty shows {best.mean():.1%} on average")

# %% [markdown]
# Nothing was learnt from the test images, and yet the error is far too low. Real networks are less
# independent than coins: they find the same faces hard. We trained twenty on the drawn faces, with
# other first weights and on one split. Their test error was 7.4 % on average, and 2.4 % in the
# best. (Coins would have come down to 1.1 %.) All of their mistakes were on 8 of the 41 faces. So
# choosing does less than with coins, and still a lot.
#
# For this reason, split the data into three parts: one to learn from, one to choose with, one to
# report. Look at the third part only once.
#
# ## Where you are
#
# You can find images that are on both sides of a split, by hash and by distance; say how many to
# expect; and separate their effect from chance, and from the effect of easy images. In short: look
# at the closest pairs, split by groups, shuffle the labels, and compare like with like.
#
# - In the reference: [Dataset, twins and splits](../../tinycnn/datasets/dataset.py),
#   [intervals](../../tinycnn/analysis/claims.py).
# - About the Yale faces and their twins: [datasets/README.md](../../datasets/README.md).
#
# ### The end of the paper
#
# You have taken a network apart down to its last product, written its layers, checked them, trained
# it, asked each of its units what it does for each answer, repeated a paper, and doubted it with
# controls. From here:
#
# - **A network of your own**, for other images, with what most networks have today:
#   [lesson 9](lesson_9_your_own_network.ipynb).
# - **One line changed**: the ranking that does what the paper's promises, and how to doubt it:
#   [lesson 10](lesson_10_one_line_changed.ipynb).
# - **The whole paper**: `tinycnn reproduce`, and `tinycnn reproduce --split twins` for this
#   lesson's question. [README](../../README.md)
# - **Ten networks and all controls**: `tinycnn study`, about ten minutes; what comes out is in
#   [Do the paper's claims hold?](../do_the_claims_hold.md)
# - **Something of your own**: [add a layer](../add_a_layer.md), or
#   [add a measure](../add_a_measure.md) and put it beside the paper's.
# - **Teaching it**: [homework for a class](../homework_for_a_class.md).
#
# Solutions: [solutions/lesson_8.py](../solutions/lesson_8.py).
# All lessons: [the course](../README.md).
