# %% [markdown]
# # Lesson 4: training
#
# *About 50 minutes. You need lesson 1, and the layers of lesson 2.*
#
# A network that does not learn gives no error message. It gives numbers, and they look much the
# same whether the code is wrong, the learning rate is wrong, or you stopped too early. In this
# lesson you train the paper's network, and learn to read these numbers: what the loss must be at
# the start, what must work before anything else can, and what a step that is too large does inside
# the network. At the end you find the faults of seven broken networks.

# %%
import numpy as np

import tinycnn as tc
from tinycnn.course import chart, check, show
from tinycnn.course.faults import network
from tinycnn.figures import contact_sheet, training_curve
from tinycnn.network.loss import loss_from_logits

SEED = 0            # of the weights and of the order of the images; try another
DATA = None         # or the Yale faces: the path of their folder or zip file

faces = tc.load_faces(DATA)
few_people = [np.flatnonzero(faces.labels == k)[:11] for k in range(5)]
print(faces)
show(contact_sheet(np.array([faces.images[own, 0] for own in few_people]), faces.people[:5],
                   [faces.conditions[i] for i in few_people[0]]))

# %% [markdown]
# These are five of the people. Whether they are drawn or photographed, the task is the same: say
# who it is. As in the paper, three quarters of the images are for training and one quarter for the
# test, drawn at random.

# %%
train, test = faces.split(seed=0)
x, t = faces.images[train], faces.labels[train]
x_test, t_test = faces.images[test], faces.labels[test]
print(f"{len(x)} images to train on, {len(x_test)} to test, {faces.n_classes} people")
print(f"grey levels from {x.min():.2f} to {x.max():.2f}, mean {x.mean():.2f}")
print(tc.face_net(faces.n_classes, seed=SEED))

# %% [markdown]
# ## Before the first step
#
# The loss is the mean of -log y_t over the images, y_t the probability of the true class.
#
# **Predict first.** The weights are small random numbers, and the network knows nothing. About
# which probability does it give to each class? Then what is the loss?
#
# ### Exercise 4.1
# What is the loss of an answer that gives every class the same probability?

# %%
my_start = None         # from faces.n_classes

check("4.1", my_start, faces.n_classes)

# %% [markdown]
# <details><summary>Hint</summary>
#
# y_t is the same for each image, so the mean is the value for one image. The logarithm is the
# natural one.
# </details>

# %%
for seed in (SEED, SEED + 1, SEED + 2):
    logits = tc.face_net(faces.n_classes, seed=seed).forward(x).logits
    print(f"seed {seed}: loss {loss_from_logits(logits, t)[0]:.3f}, "
          f"logits from {logits.min():.2f} to {logits.max():.2f}")

# %% [markdown]
# All are near the number you should have found, and a little above: the logits are near 0, but not
# exactly 0. This is the first thing to look at in any training. If the loss starts at twice that
# number, the weights or the images are far too large, or something else is wrong.
#
# ## The loss of large logits
#
# y comes out of the softmax, y_k = exp(o_k) / Σ_j exp(o_j). So the loss can be taken from the
# logits o directly,
#
#     L = 1/N Σ_n ( log Σ_k exp(o_nk) - o_nt )
#
# On paper that is the same. In a computer exp(1000) is infinite, and one image with a large logit
# spoils the loss. The solution: if you subtract one number c from all logits of an image, no
# probability changes.
#
# ### Exercise 4.2
# Write the loss such that it is right for logits of any size.

# %%
def loss_of_logits(logits, t):
    """The logits (N, K), the true classes t (N,) -> the mean negative log-likelihood."""
    ...


check("4.2", loss_of_logits)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Take c as the largest logit of the image: `logits.max(axis=1, keepdims=True)`. Then the largest
# number that goes into exp is 0.
# </details>
# <details><summary>Hint 2</summary>
#
# Do not compute y and then its logarithm: y may be so small that it is 0. Take the logarithm of the
# sum, and the logit of the true class: `shifted[np.arange(len(t)), t]`.
# </details>
#
# ## One epoch
#
# An epoch goes once through all training images, in a random order, batch by batch. After each
# batch every parameter moves against the gradient of this batch's loss, w ← w - λ ∂L/∂w. (The
# paper prints a plus sign, which would climb.) λ is the learning rate; the paper has 0.1.
#
# ### Exercise 4.3
# Write an epoch. There is one array of weights `w`. `gradient(w, batch)` gives ∂L/∂w of the images
# whose numbers are in `batch`; as in tinycnn, the loss of a batch is already a mean. The order is
# given. The last batch may be smaller than the others.

# %%
def epoch(w, gradient, order, batch_size, learning_rate):
    """The weights, the gradient, the order of the images, ... -> the weights after the epoch."""
    ...


check("4.3", epoch)

# %% [markdown]
# <details><summary>Hint</summary>
#
# `for start in range(0, len(order), batch_size)`. A slice that reaches beyond the end of an array
# stops at the end, which gives the smaller batch for free.
# </details>
#
# ### Exercise 4.4
# How many updates does the paper's training make? It has 250 epochs; the batches here have 10
# images.

# %%
my_updates = None       # from len(x)

check("4.4", my_updates, len(x))

# %% [markdown]
# ## Twenty faces first
#
# Before a long training, try a short one that must work: learn twenty images by heart. A network
# that fails here has a bug, or a learning rate that is wrong. More images or more patience will not
# help. (This rule is in doubt: first weights that are too small, or too large, look the same. With
# first weights half as large, and no bug, about half of the twenty faces stay wrong after the
# training below. With all faces the same network learns everything: 0 % wrong.)
#
# **Predict first.** The network has 6,683 parameters, and each of the twenty images has 3600
# pixels. Suppose the twenty names are shuffled, so that most of them are wrong. Can it learn them?

# %%
few = np.arange(20) * len(x) // 20
shuffled = np.random.default_rng(SEED).permutation(t[few])
for word, names in (("the true names", t[few]), ("shuffled names", shuffled)):
    net = tc.face_net(faces.n_classes, seed=SEED)
    history = tc.train(net, x[few], names, epochs=80, seed=SEED)
    losses = "  ".join(f"{history.loss[e]:5.2f}" for e in (0, 19, 39, 59, 79))
    print(f"{word}: loss after 1, 20, 40, 60, 80 epochs {losses}, "
          f"error {100 * history.train_error[-1]:3.0f} %")

# %% [markdown]
# With the true names the loss goes towards 0, as it must. With the shuffled names it falls as well:
# there the network learns names that mean nothing. So a training error of 0 % shows only that the
# training works. It does not show that the network learnt anything that is true of other images.
# The test images are there to show that.
#
# ## The real training
#
# `tc.train` does what you wrote above, for all parameters. It returns a `History`, with the loss
# and the errors of each epoch. The paper trains for 250 epochs; 50 are enough to see how it goes.
#
# **Predict first.** Which of the two errors reaches 0 %, and what does the other one do then?

# %%
EPOCHS = 50
histories = []
for seed in (SEED, SEED + 1):
    net = tc.face_net(faces.n_classes, seed=seed)
    histories.append(tc.train(net, x, t, epochs=EPOCHS, seed=seed, test=(x_test, t_test)))
history = histories[0]
show(training_curve(history.loss, history.train_error, history.test_error))

# %% [markdown]
# The loss begins at the number of exercise 4.1, falls slowly at first, and then faster. The
# training error reaches 0 %, and the loss goes on falling, because the probabilities can still come
# closer to 1. The test error goes down in steps of one image and then stays about where it is.

# %%
for seed, history in zip((SEED, SEED + 1), histories, strict=True):
    wrong = round(history.test_error[-1] * len(test))
    print(f"seed {seed}: {wrong} of {len(test)} test faces wrong, "
          f"{100 * history.test_error[-1]:.2f} %; best epoch on the way: "
          f"{100 * min(history.test_error):.2f} %")
print(f"paper, 250 epochs: 4.88 %, which is 2 of 41 ({100 * 2 / 41:.2f} %)")

# %% [markdown]
# With 41 test images, one image more or less is 2.4 %. Look at how much the networks differ, and at
# how much one network differs from epoch to epoch. [Reproduce the paper](../reproduce_the_paper.md)
# has ten seeds for each set of faces, and there the seed also chooses the test images: 0 to 7 of 41
# wrong for the drawn faces, 1 to 6 for the Yale faces. So the paper's number is one draw out of
# such a range, and so are ours. The best epoch on the way was chosen by looking at the test images,
# so its error is too low: lesson 8 comes back to that. Whoever wants to choose an epoch takes a
# third set of images for it, `train(..., validation=...)`, as in lesson 9.
#
# ## The learning rate
#
# **Predict first.** With a learning rate that is three or five times too large, what does the loss
# do? Does it rise without end? Does it become NaN?

# %%
curves, answers = {}, {}
for rate in (0.01, 0.1, 0.3, 0.5):
    net = tc.face_net(faces.n_classes, seed=SEED)
    loss = tc.train(net, x, t, epochs=12, learning_rate=rate, seed=SEED).loss
    curves[f"λ = {rate:g}"] = (np.arange(1, 13), loss)
    answers[rate] = len(set(net.predict(x)))
curves["log K, knowing nothing"] = ([1, 12], [np.log(faces.n_classes)] * 2)
show(chart(curves, "epoch", "training loss"))
for rate, n in answers.items():
    print(f"λ = {rate:4g}: {n:2d} of {faces.n_classes} names given to the training faces")

# %% [markdown]
# At 0.01 the network learns slowly, at 0.1 faster. At the two large rates the loss does not rise
# without end, and there is no NaN: it moves up and down *above* log K, and the network gives the
# same answer to all faces. That is worse than knowing nothing.
#
# `tc.train` watches for NaN and infinity, and stops with a message that names the epoch, the batch
# and the layer. Why does it not stop here? An output of tanh has a size of at most 1. The same is
# true of the gradient at the logits, y - e_t (e_t is 1 at the true class and 0 elsewhere). So an
# update moves no weight of the last layer by more than λ, and the logits stay finite. How large
# must λ be for the message?

# %%
for rate in (100.0, 1e10, 1e39):
    try:
        loss = tc.train(tc.face_net(faces.n_classes, seed=SEED), x, t, epochs=1,
                        learning_rate=rate, seed=SEED).loss[-1]
        print(f"λ = {rate:g}: loss {loss:.2g}, all numbers finite")
    except tc.NotFiniteError as error:
        print(f"λ = {rate:g}: {str(error).partition('. ')[0]}")

# %% [markdown]
# The last one is larger than any number that float32 can hold. So with tanh do not wait for a NaN.
# Look at the loss, and compare it with log K.
#
# ## A puzzle: one image at a time
#
# The paper does not say how many images a batch has. Textbooks often update after each single
# image. With the paper's learning rate of 0.1, this happens:
#
# ### Exercise 4.5
# Suppose that training ends in a network that gives the same answer to every face. What is the
# smallest test error that such a network can have? Compute it from the labels `t_test`, as a share.

# %%
my_constant_error = None

check("4.5", my_constant_error, t_test)

# %% [markdown]
# <details><summary>Hint</summary>
#
# A network that always gives one name is right about the images of this person.
# `np.bincount(t_test)` counts the images of each.
# </details>

# %%
alone = {}
for rate in (0.1, 0.01):
    net = tc.face_net(faces.n_classes, seed=SEED)
    alone[rate] = history = tc.train(net, x, t, epochs=10, batch_size=1, learning_rate=rate,
                                     seed=SEED, test=(x_test, t_test))
    losses = "  ".join(f"{history.loss[e]:.2f}" for e in (0, 2, 4, 6, 9))
    print(f"λ = {rate:4g}: loss after 1, 3, 5, 7, 10 epochs {losses}")
    print(f"          test error {100 * history.test_error[-1]:.1f} %, "
          f"names given: {len(set(net.predict(x)))}")

# %% [markdown]
# With 0.01 it learns. With 0.1 it does not: it gives one answer to all. Compare the loss with log
# K. Compare the test error with your number, or with the error of another constant answer (14/15 =
# 93.3 % if all classes have the same share).
#
# What goes wrong, and when? Look inside after a few updates, at four numbers over all training
# images:
#
# - how many outputs of `tanh4`, the 20 hidden units, are *saturated*, here beyond 0.99 or -0.99;
# - how much these units differ between images (standard deviation over the images, mean over
#   units);
# - the size of the gradient at `conv1.W`, the first weights, and at `dense5.W`, the last;
# - the loss.
#
# **Predict first.** After how many of the 124 updates of the first epoch is the harm done?

# %%
def size(g):
    """The length of a gradient: the square root of the sum of its squares."""
    return np.sqrt((g ** 2).sum())


def look_inside(net):
    """The four numbers of `net`, over all training images."""
    trace = net.forward(x)
    loss, seed = loss_from_logits(trace.logits, t)
    grads = net.parameter_gradients(trace, net.backward(trace, seed, of="logit"))
    hidden = trace["tanh4"]
    print(f"{(abs(hidden) > 0.99).mean():9.0%} {hidden.std(axis=0).mean():13.4f} "
          f"{size(grads['conv1.W']):14.5f} {size(grads['dense5.W']):9.3f} {loss:8.2f}")


order = np.random.default_rng(SEED).permutation(len(x))
for rate in (0.1, 0.01):
    print(f"λ = {rate:g}\nupdates saturated  differ by  gradient conv1    dense5     loss")
    net = tc.face_net(faces.n_classes, seed=SEED)
    for update, i in enumerate(order):
        if update in (0, 1, 2, 5, 10, 20, 50, 100):
            print(f"{update:5d}", end="  ")
            look_inside(net)
        tc.train(net, x[i:i + 1], t[i:i + 1], epochs=1, batch_size=1, learning_rate=rate)

# %% [markdown]
# At 0.1 the harm is done after ten or twenty updates. The hidden units are driven to +1 and -1,
# and to the *same* side for all faces: the third column falls to a small part of what it was. From
# then on the last layer gets the same 20 numbers for every face, and can only give one answer to
# all. And the gradient that could change this has to pass through these units, each with the factor
# 1 - o² of lesson 1: at conv1 it is far smaller than at the start most of the time, while the last
# layer's gradient is larger. At 0.01 none of this happens.
#
# ### Exercise 4.6
# A unit that is saturated in some images still gets a gradient from the others. Write the share of
# units that are beyond the limit, on either side, in *every* image.

# %%
def stuck_share(o, limit):
    """The outputs o (N, units) of tanh, a limit such as 0.99 -> the share of units."""
    ...


check("4.6", stuck_share)

# %% [markdown]
# <details><summary>Hint</summary>
#
# First true or false for each image and unit, then for each unit (`all` over the images), then the
# mean over the units.
# </details>
#
# ## Why is the loss above log K?
#
# A constant answer can have a loss of log K, if it gives each class the same probability. This one
# has a larger loss. Here is an explanation that can be tested. If the hidden units h are the same
# for all faces, only the last layer is left of the network, with a constant input. An update after
# an image of class t moves the logits by λ (1 + |h|²) (e_t - y), where e_t is 1 for class t and 0
# for the others. If all 20 hidden units are at ±1, |h|² is 20, and the step is 21 λ = 2.1. So each
# face lifts the logit of its own name by up to 2.1, and the next face is another person.
#
# The test uses fifteen numbers and no image at all, with this step and the same order of names as
# in the training above. Is the loss the same?

# %%
logits, blind = np.zeros((1, faces.n_classes)), []
for e in range(10):
    losses = []
    for i in np.random.default_rng([SEED, e]).permutation(len(x)):      # the order of tc.train
        loss, gradient = loss_from_logits(logits, t[i:i + 1])
        logits -= 0.1 * 21 * gradient
        losses.append(loss)
    blind.append(np.mean(losses))
show(chart({"the network, one face at a time": (np.arange(1, 11), alone[0.1].loss),
            "fifteen numbers that see no face": (np.arange(1, 11), blind),
            "log K, knowing nothing": ([1, 10], [np.log(faces.n_classes)] * 2)},
           "epoch", "training loss"))

# %% [markdown]
# The two curves are close together, including the ups and downs. So this loss does not depend on
# the faces at all. It comes from moving towards the newest name each time.
#
# ## Why does a batch help?
#
# **Predict first.** If the gradients of ten faces had nothing to do with each other, how much
# shorter would their mean be than one of them?

# %%
net = tc.face_net(faces.n_classes, seed=SEED)
rng = np.random.default_rng(SEED)
for n in (1, 10, len(x)):
    sizes = []
    for _ in range(20):
        batch = rng.permutation(len(x))[:n]
        trace = net.forward(x[batch])
        seed = loss_from_logits(trace.logits, t[batch])[1]
        grads = net.parameter_gradients(trace, net.backward(trace, seed, of="logit"))
        sizes.append([size(grads[name]) for name in ("conv1.W", "dense4.W", "dense5.W")])
    first, hidden, last = np.mean(sizes, axis=0)
    print(f"{n:3d} images: gradient at conv1 {first:.2f}, dense4 {hidden:.2f}, dense5 {last:.2f}")

# %% [markdown]
# About three times, √10 = 3.2: at the start the faces pull in many directions, and most of it
# cancels in the mean. So with the same λ, the step of a single face is about three times as long as
# the step of a batch of ten, and there are ten such steps instead of one. λ and the size of the
# batch belong together; the paper names only one of them.
#
# ## What the grey levels do
#
# No grey level is negative. So the gradient of a unit of `conv1` pushes all 25 weights of its
# filter in the same direction. Subtract the mean from each image, and train at the rate of 0.3 that
# failed above:

# %%
centred = x - x.mean(axis=(2, 3), keepdims=True)
for seed in (SEED, SEED + 1):
    net = tc.face_net(faces.n_classes, seed=seed)
    history = tc.train(net, centred, t, epochs=12, learning_rate=0.3, seed=seed)
    print(f"seed {seed}: loss {history.loss[-1]:.2f}, "
          f"names given: {len(set(net.predict(centred)))}")

# %% [markdown]
# With the mean subtracted, the rate that failed in the figure above works in these runs: the loss
# falls, and the answers differ. This shows one thing only: which rates work depends on the grey
# levels. Whether the test error gets better is another question. To ask it, load the faces with
# `tc.load_faces(DATA, grey="standardised")`, which divides by the standard deviation as well.
#
# ## Find the fault
#
# Here are seven networks, A to G. Each has one fault. None of them gives an error message. You have
# a debugger: `tc.Stepper` takes a network, images, labels and the learning rate, and goes through
# one update. `run()` does all of it. Then you can ask:
#
# - `sizes()` prints one line for each layer, with root mean squares: o, its output; ∂L/∂o; w, its
#   weights; the update, compared with the weights. `dead` is the share of maps or units whose ∂L/∂o
#   is 0 in all images. `saturated` is the share of outputs near ±1.
# - `troubles()` looks for NaN, for dead maps, and for layers that get what they should not get.
# - `check()` computes all gradients in another way, as in lesson 3, and compares.
#
# This is a healthy network:

# %%
net, images, labels, rate = network()
stepper = tc.Stepper(net, images, labels, learning_rate=rate)
stepper.run()
print(stepper.sizes().text)

# %% [markdown]
# Nothing here is very large or very small. From the last layer back to the first, ∂L/∂o becomes
# smaller: it is spread over more and more units. The update moves the weights by some per cent.
#
# `again(n)` makes n updates, here with the same ten images. Does each network learn them by heart?

# %%
for letter in ("", *"ABCDEFG"):
    net, images, labels, rate = network(letter)
    stepper = tc.Stepper(net, images, labels, learning_rate=rate)
    stepper.again(100)
    losses = "  ".join(f"{stepper.losses[n]:5.2f}" for n in (0, 10, 50, 99))
    print(f"{letter or 'healthy':7}: loss after 0, 10, 50, 99 updates {losses}")

# %% [markdown]
# The healthy network learns the ten faces. One of the others does, too, and still has a fault. The
# loss of the rest shows that something is wrong, but hardly what it is.
#
# These are the kinds of faults, and the layer to name:
#
# | kind | what is wrong | layer |
# |---|---|---|
# | first weights | all weights are much too small at the start | none |
# | learning rate | λ is much too large | none |
# | grey levels | the pixels go from 0 to 255, not from 0 to 1 | none |
# | dead units | a ReLU is 0 at all units, in all images | this ReLU |
# | backward | a layer's `backward` is wrong | this layer |
# | parameter gradients | a layer's `parameter_gradients` is wrong | this layer |
# | too many layers | there is a layer that should not be there | this layer |
#
# **Predict first.** Which of these kinds change the sizes of the numbers? With which kinds are the
# sizes as usual, and the numbers wrong?
#
# ### Exercise 4.7
# Which fault does each network have? Write the layer and the kind, for example "none, learning
# rate". Begin with one network; leave the others "". To look at the next one, change the letter.

# %%
net, images, labels, rate = network("A")
stepper = tc.Stepper(net, images, labels, learning_rate=rate)
stepper.run()
# Look at it here: print(stepper.sizes().text), print(stepper.check().text), print(net), ...
# In a terminal, tc.debug(net, images, labels, learning_rate=rate) opens the debugger.

my_faults = [
    "",     # A: the layer (or none), the kind
    "",     # B
    "",     # C
    "",     # D
    "",     # E
    "",     # F
    "",     # G
]

check("4.7", my_faults)

# %% [markdown]
# <details><summary>Hint 1</summary>
#
# Ask `sizes()` first. If a line has a word at its end, it is explained below the table. Compare the
# line with that of the healthy network. Is this layer the cause, or does it only show what comes
# from somewhere else?
# </details>
# <details><summary>Hint 2</summary>
#
# If `sizes()` says that nothing is unusual, ask `check()`. It names a layer. If dx is wrong, the
# fault is in `backward`, and all layers before this one get a wrong gradient. If dW or db is wrong,
# it is in `parameter_gradients`, and the other layers get the right gradients.
# </details>
#
# ## Where you are
#
# When a network does not learn, ask in this order:
#
# 1. Is the loss near log K before the first update?
# 2. Does it learn twenty images by heart? If not: check the gradients ([lesson
#    3](lesson_3_gradient_checking.ipynb)), and the size of the first weights.
# 3. Is the loss above log K later on? Then the steps are too large.
# 4. Are there different answers? Do the units still differ between images, or are they saturated?
# 5. Does the debugger see something, `sizes()` or `check()`?
# 6. Only then: is the test error what it should be, and how much does it change with the seed?
#
# - In the reference: [the update](../../tinycnn/training/plan.py) and
#   [the loop](../../tinycnn/training/descent.py),
#   [the loss](../../tinycnn/network/loss.py), [History](../../tinycnn/training/history.py),
#   [the network of section IV-A](../../tinycnn/network/paper_net.py).
# - [Step through backprop](../step_through_backprop.md) goes through one update, number by number,
#   and finds seven faults like these.
#
# Solutions: [solutions/lesson_4.py](../solutions/lesson_4.py).
# Next: [prediction gradients](lesson_5_prediction_gradients.ipynb), what each unit of the trained
# network does for each answer.
