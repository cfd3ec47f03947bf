# %% [markdown]
# # Lesson 9: your own network
#
# *About 40 minutes. You need lessons 4, 6 and 7: training, knockouts and controls.*
#
# Up to now there was one network, the paper's, and one way to train it. Now you build your own, for
# other images, with what most networks have today: ReLU, batch norm, dropout and Adam. None of them
# is in the paper. Each of them can also go wrong in a way that no error message tells. At the end
# you ask your network the paper's question: do its strongest maps matter more than others?

# %%
import numpy as np

import tinycnn as tc
from tinycnn import figures
from tinycnn.analysis import claims, controls
from tinycnn.course import chart, check, show

SEED = 0            # of the first network; the others have the next two numbers
EPOCHS = 25

data = tc.digits()  # 1,797 digits of 8 x 8 pixels; they come with scikit-learn
x, t, K = data.images, data.labels, data.n_classes
print(data)
show(figures.contact_sheet(np.array([x[t == k][:12, 0] for k in range(K)]), data.people, [""] * 12))

# %% [markdown]
# ## Three parts
#
# A training has many choices: the learning rate, the number of epochs, the layers. Whoever tries
# many of them, and keeps what does best on the test images, has looked at the test images many
# times. So there are three parts here. The network learns from the *training* images. The
# *validation* images choose. The *test* images are looked at once, at the end, and choose nothing.

# %%
rest, test = data.split("stratified", seed=0)
rest = np.random.default_rng(0).permutation(rest)
validation, train = rest[:len(rest) // 4], rest[len(rest) // 4:]
print(f"{len(train)} images to train, {len(validation)} to choose, {len(test)} to test")

# %% [markdown]
# ## The network
#
# It has two convolutions with ReLU, and about 2,000 parameters. ReLU sets about half of its inputs
# to 0. To make up for that, `init="he"` draws larger first weights than the paper's network has.
# `norm1` and `norm2` are batch norms: you will see below what they do.

# %%
def own_net(seed):
    """A network for digits, with new first weights."""
    rng = np.random.default_rng(seed)
    return tc.Network(
        (1, 8, 8),
        conv1=tc.Conv2D(1, 8, 3, padding=1, init="he", rng=rng), norm1=tc.BatchNorm(8),
        relu1=tc.ReLU(), pool1=tc.MaxPool2D(2),
        conv2=tc.Conv2D(8, 16, 3, padding=1, init="he", rng=rng), norm2=tc.BatchNorm(16),
        relu2=tc.ReLU(), pool2=tc.MaxPool2D(2),
        flatten=tc.Flatten(), dense3=tc.Dense(64, K, rng=rng), softmax=tc.Softmax())


print(own_net(SEED))

# %% [markdown]
# ## Adam
#
# Gradient descent moves each weight by λ times its gradient. So a weight with small gradients
# hardly moves, and one rate has to do for all. *Adam* divides by the size that the gradients of
# this weight had lately. In step n, with the gradient g and the rate λ:
#
#     m ← 0.9 m + 0.1 g                 a mean of the last gradients
#     v ← 0.999 v + 0.001 g²            a mean of their squares
#     w ← w - λ m̂ / (√v̂ + 10⁻⁸)         with m̂ = m / (1 - 0.9ⁿ) and v̂ = v / (1 - 0.999ⁿ)
#
# m and v start at 0, so at first they are too small. The two divisions correct this.
#
# **Predict first.** In the first step, n = 1, how far does a weight move whose gradient is 5? And
# one whose gradient is 0.005?
#
# ### Exercise 9.1
# Write one step, with λ = 0.01. It returns the new w, m and v. The arguments are not changed.

# %%
def adam_step(w, g, m, v, n):
    """Weights, gradient, the two means, all (P,), the step n = 1, 2, ... -> the new w, m, v."""
    ...


check("9.1", adam_step)

# %% [markdown]
# <details><summary>Hint</summary>
#
# m and v go on as they are. Only the step of w uses the corrected ones.
# </details>
#
# In the first step m̂ is g and v̂ is g², so each weight moves by λ, whatever the size of its
# gradient. tinycnn has this as `tc.adam()`. An update takes its state (here m, v and n) and hands
# it back, so it remembers nothing by itself.
#
# **Predict first.** Below are three updates. Which one is fastest in the first epochs?

# %%
curves = {}
for name, update, rate in (("plain, λ = 0.1", None, 0.1),
                           ("momentum 0.9, λ = 0.02", tc.momentum(0.9), 0.02),
                           ("Adam, λ = 0.01", tc.adam(), 0.01)):
    net = own_net(SEED)
    loss = tc.train(net, x[train], t[train], epochs=8, batch_size=32, learning_rate=rate,
                    update=update, seed=SEED).loss
    curves[name] = (np.arange(1, 9), loss)
show(chart(curves, "epoch", "training loss", logy=True))

# %% [markdown]
# Do not conclude from this figure that one update is the best. Each of them has a rate of its own,
# and these three rates were not chosen with equal care. What can be said: all three learn.
#
# ## Batch norm, and why it has to be frozen
#
# A batch norm brings each map to mean 0 and variance 1, over the images of the batch. Then the next
# layer always gets numbers of the same size. But look at what this means for one image. Here it is
# in two batches, with other images each time.

# %%
net = own_net(SEED)
tc.train(net, x[train], t[train], epochs=3, batch_size=32, learning_rate=0.01, update=tc.adam(),
         seed=SEED)
one = test[22]
many, zeros = test[100:131], test[(t[test] == 0) & (test != one)][:31]
for words, others in (("many digits", many), ("zeros only", zeros)):
    y = net.forward(x[[one, *others]]).y[0]
    print(f"a {t[one]} among {words}: probability of {t[one]} is {y[t[one]]:.3f}")
try:
    net.predict(x[test])
except ValueError as error:
    print(error)

# %% [markdown]
# The same image, the same weights, another answer. In training this does no harm, as the batches
# are drawn at random. But "what does the network say about this image" has no answer, and neither
# has ∂y/∂o: it would depend on the other images, too. So `predict` and `prediction_gradients`
# refuse such a network.
#
# The solution: measure mean and variance of each map once, over all training images, and keep them
# fixed. What is left of
#
#     y = γ (x - mean) / √(variance + 10⁻⁵) + β
#
# is a factor and a bias for each map.
#
# ### Exercise 9.2
# Which factor a and which bias c give the same y = a x + c?

# %%
def fixed_norm(gamma, beta, mean, variance):
    """Four numbers of each map, all (C,) -> the factors a (C,) and the biases c (C,)."""
    ...


check("9.2", fixed_norm)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Multiply out. The part with x gives a; all else is c.
# </details>
#
# `net.frozen(x[train])` does this, for all batch norms of the network. (Other frameworks keep a
# running average of mean and variance during the training, and have a switch between the two ways
# of computing. A switch can be forgotten.)

# %%
fixed = net.frozen(x[train])
print(fixed)
for words, others in (("many digits", many), ("zeros only", zeros)):
    y = fixed.forward(x[[one, *others]]).y[0]
    print(f"a {t[one]} among {words}: probability of {t[one]} is {y[t[one]]:.3f}")

# %% [markdown]
# ## Dropout: knockouts as a training
#
# In each batch some maps are switched off at random. So the network cannot rely on any single map.
# In tinycnn this is nothing new: these are the gates of lesson 6, drawn again for each batch. With
# p = 0.2 a map has the gate 0 with probability 0.2, and 1 / 0.8 = 1.25 else. On average that is 1,
# so after the training nothing has to be corrected.
#
# ## The real training
#
# `validation=` gives the images that choose, and `patience=8` ends the training when their error
# has not become smaller for 8 epochs (*early stopping*). `test=` is only measured. The batch norms
# are frozen for each of these measurements.

# %%
def trained(seed):
    """A network as it was in the epoch that the validation images chose, and its history."""
    net = own_net(seed)
    history = tc.train(
        net, x[train], t[train], epochs=EPOCHS, batch_size=32, learning_rate=0.01, update=tc.adam(),
        dropout={"relu2": 0.2}, validation=(x[validation], t[validation]), patience=8,
        test=(x[test], t[test]), seed=seed)
    for name, w in net.params.items():
        w[...] = history.best[name]     # `train` itself keeps the last epoch
    return net, history


nets, histories = zip(*(trained(SEED + i) for i in range(3)), strict=True)
show(histories[0].plot())

# %% [markdown]
# The training error is measured while maps are dropped, so it can be above the others.
#
# **Predict first.** The validation error is lowest in some epoch. Is the test error of this epoch
# the lowest as well?
#
# ### Exercise 9.3
# Which test error may be reported? Write it, from the errors of all epochs. If two epochs are
# equally good, take the first. (`tc.train` takes the one with the smaller validation loss.)

# %%
def reported(validation_error, test_error):
    """The errors after each epoch, two lists of the same length -> one test error."""
    ...


check("9.3", reported)

# %%
print("         chosen        test error   lowest test   validation error")
print("          epoch     of this epoch         error      of this epoch")
for i, history in enumerate(histories):
    e = history.best_epoch - 1
    print(f"seed {SEED + i}: {e + 1:7d} {100 * history.test_error[e]:15.2f} % "
          f"{100 * min(history.test_error):11.2f} % {100 * history.validation_error[e]:16.2f} %")

# %% [markdown]
# The lowest test error on the way can only be below the reported one, or equal. It is no result:
# the test images chose it. The validation error of the chosen epoch has the same fault, for the
# same reason. Only the first of the three errors is of images that have chosen nothing.
#
# ## What does it confuse?

# %%
net, fixed = nets[0], nets[0].frozen(x[train])
found = fixed.evaluate(x[test], t[test])
print(f"loss {found.loss:.3f}, error {100 * found.error:.2f} %: "
      f"{round(found.error * len(test))} of {len(test)}")
print("true \\ predicted" + "".join(f"{k:5d}" for k in range(K)))
for k, row in enumerate(found.confusion):
    print(f"{k:16d}" + "".join(f"{n:5d}" for n in row))

# %% [markdown]
# This is the confusion matrix. Row k has the images whose true class is k, column j those that the
# network calls j.
#
# ### Exercise 9.4
# One error for all classes can hide that one of them is never recognised. Write the error of each
# class: the share of its images that get another label.

# %%
def class_errors(confusion):
    """The confusion matrix (K, K) -> the error of each true class (K,)."""
    ...


check("9.4", class_errors)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `confusion.diagonal()` has the right ones, and `confusion.sum(axis=1)` the images of each class.
# </details>
#
# ## Four reports
#
# Four people evaluate this training. Each reports one test error. The code of each is below.

# %%
def report_a():
    """The trained network, on batches of 32 test images in the order of their labels."""
    order = test[np.argsort(t[test], kind="stable")]
    y = np.concatenate([net.forward(x[order[i:i + 32]]).y for i in range(0, len(order), 32)])
    return (y.argmax(axis=1) != t[order]).mean()


def report_b():
    """A network is kept after each epoch, and the test images tell which is the best."""
    return min(histories[0].test_error)


def report_c():
    """Mean and variance are those of the images that the network is asked about."""
    return (net.frozen(x[test]).predict(x[test]) != t[test]).mean()


def report_d():
    """Mean and variance of the training images; the epoch that validation chose."""
    return (net.frozen(x[train]).predict(x[test]) != t[test]).mean()


for letter, report in zip("ABCD", (report_a, report_b, report_c, report_d), strict=True):
    print(f"{letter}: {100 * report():.2f} %")

# %% [markdown]
# ### Exercise 9.5
# What is wrong with each report? The words are "honest" (nothing), "not frozen", "chosen by the
# test" and "frozen on the test images". A number that looks good is no reason to believe it.

# %%
my_reports = [
    "",     # A
    "",     # B
    "",     # C
    "",     # D
]

check("9.5", my_reports)

# %% [markdown]
# <details><summary>Hint</summary>
#
# Ask of each report: would the answer for one test image change if the other test images were
# different ones? And did anybody look at the test labels to choose something?
# </details>
#
# ## Which maps matter?
#
# Now the paper's question. It needs the frozen network: the convolutional gradient of a map is
# taken after its ReLU, and there are 8 + 16 maps. For each digit they are ranked on the training
# images.

# %%
fixed_nets = [net.frozen(x[train]) for net in nets]
scores = [tc.convolutional_gradients(net, x[train], t[train]) for net in fixed_nets]
norms, features = tc.map_norms(fixed_nets[0], x, t)
chosen = np.array([np.flatnonzero(t == k)[:3] for k in (1, 3, 8)])
show(figures.gradient_profiles(x[chosen, 0], norms[chosen], features, ["1", "3", "8"],
                               ["first", "second", "third"]))

# %% [markdown]
# Five maps are removed, for each digit in the order of its ranking, and the error on the test
# images is measured after each. The two controls are those of lesson 7: random maps, and random
# maps of the same layers.
#
# **Predict first.** Of the five strongest maps, how many are of layer 1? What will the second
# control show then?

# %%
STEPS, DRAWS = 5, 30


def curves_of(net, found, rng):
    """Error after 0 to 5 removals: strongest, weakest, random, random of the same layers."""
    def error(order):
        return controls.overall_errors(tc.knockout_curve(net, x[test], t[test], order), t[test])

    orders = [found.strongest(k, STEPS) for k in range(K)]
    control = controls.LayerMatched(found.features, DRAWS, rng)
    control.measure(net, x[test], orders)
    return [np.mean([error(order) for order in orders], axis=0),
            np.mean([error(found.weakest(k, STEPS)) for k in range(K)], axis=0),
            np.array([error(order[:STEPS]) for order in
                      controls.random_orders(found.features, DRAWS, rng)]),
            np.mean([controls.overall_errors(control.labels(order), t[test]) for order in orders],
                    axis=0).T]


rng = np.random.default_rng(0)
measured = [curves_of(net, found, rng) for net, found in zip(fixed_nets, scores, strict=True)]
for i, found in enumerate(scores):
    layers = [layer for k in range(K) for layer, _ in found.strongest(k, STEPS)]
    print(f"seed {SEED + i}: of the {len(layers)} strongest maps of all digits, "
          f"{layers.count('relu1')} are in layer 1")


def band(errors):
    """(draws, steps) -> at each step the 5th percentile, the mean and the 95th percentile."""
    low, high = np.percentile(errors, [5, 95], axis=0)
    return np.column_stack([low, errors.mean(axis=0), high])


show(figures.knockout_controls(
    [(f"overall error, seed {SEED + i}", {"strongest": strongest, "weakest": weakest},
      {"random maps": band(random), "of the same layers": band(same)})
     for i, (strongest, weakest, random, same) in enumerate(measured)],
    chance=1 - np.bincount(t[test]).max() / len(test)))

# %%
beyond_random = np.array([controls.area(s) - controls.area(r.mean(axis=0))
                          for s, _, r, _ in measured])
beyond_same = np.array([controls.area(s) - controls.area(m.mean(axis=0))
                        for s, _, _, m in measured])
for words, gains in (("random maps", beyond_random),
                     ("random maps of the same layers", beyond_same)):
    found = claims.interval(gains)
    print(f"mean error beyond {words}: " + ", ".join(f"{gain:+.2f}" for gain in gains))
    mean, low, high = np.round([found.mean, found.low, found.high], 2) + 0.0    # + 0.0: no "-0.00"
    print(f"    three networks: {mean:+.2f}, 95 % interval {low:+.2f} to {high:+.2f}")

# %% [markdown]
# The first line has the damage beyond that of random maps, in each of these three networks; the
# interval below it says what three networks can tell about all such networks. But look at the
# printed counts: the ranking begins with layer 1. Its maps have 64 units each, those of layer 2
# have 16, and a sum over more units tends to be larger. And layer 2 depends on layer 1. So a part
# of the damage is due to the choice of the layer alone. The second control takes this part away;
# what is left is due to the choice of the maps. In the figure, see whether the blue curve leaves
# the hatched band, which holds nine in ten random choices from the same layers. If it stays inside,
# a random choice could have done as well.
#
# ### Exercise 9.6
# Which of these sentences do your numbers support? Answer each with "yes" or "no".
#
# - a. In each of these three networks, removing the strongest maps does more damage than removing
#   random maps.
# - b. In each of these three networks, removing the strongest maps does more damage than removing
#   random maps of the same layers.
# - c. The mean over all networks that could be trained like these (on the same images, with other
#   first weights) is above that of random maps of the same layers (95 %).
# - d. The ranking shows what the network has learnt about digits.
# - e. For digits of people whose handwriting was not in the training, the error is about the test
#   error.

# %%
my_sentences = [
    "",     # a
    "",     # b
    "",     # c
    "",     # d
    "",     # e
]

check("9.6", my_sentences, beyond_random, beyond_same)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# a and b speak of three numbers, c of an interval: lesson 7 has both. Three networks make a wide
# interval.
# </details>
# <details><summary>Hint 2</summary>
#
# For d, which network would have to be compared? Lesson 7 has it. For e, read `help(tc.digits)`.
# </details>
#
# ## Where you are
#
# You can build a network of your own, train it with other updates, choose with validation images,
# and say what its errors and its maps show, and what not.
#
# - Change something: `tc.AvgPool2D`, `tc.Sigmoid`, another p for the dropout, `weight_decay=1e-3`.
#   Choose by the validation error, and look at the test error once.
# - Without a softmax at the end, a network needs `loss=`: the losses are in
#   [losses.py](../../tinycnn/network/losses.py).
# - The commands take your network, too: `tinycnn reproduce --net FILE.py:function` ([Reproduce the
#   paper](../reproduce_the_paper.md)). One that is trained in PyTorch can be taken over ([A network
#   from PyTorch](../from_pytorch.md)).
# - In the reference: [updates](../../tinycnn/training/updates.py), [batch
#   norm](../../tinycnn/layers/batchnorm.py), [freezing it](../../tinycnn/network/freezing.py), [the
#   loop](../../tinycnn/training/descent.py), [the digits](../../tinycnn/datasets/handwritten.py).
# - Which blocks of other courses tinycnn has: [Your course on
#   tinycnn](../your_course_on_tinycnn.md).
# - One line of the backward pass changed, and what that finds: [lesson
#   10](lesson_10_one_line_changed.ipynb).
#
# Solutions: [solutions/lesson_9.py](../solutions/lesson_9.py).
