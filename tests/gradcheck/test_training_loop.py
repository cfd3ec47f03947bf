"""Training loops as students write them: no right one is called wrong, each wrong one is named."""

# ruff: noqa: NPY002 (students use the global generator)

import sys

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.gradcheck.training_loop import check_training, looks_like_training
from tinycnn.network.loss import loss_from_logits, negative_log_likelihood_gradient
from tinycnn.training import sgd_update

RIGHT, WRONG = [], []


def right(train):
    RIGHT.append(pytest.param(train, id=train.__name__))
    return train


def wrong(*checks, says=""):
    def note(train):
        WRONG.append(pytest.param(train, checks, says, id=train.__name__))
        return train
    return note


def gradients(net, x, t):
    trace = net.forward(x)
    _, seed = loss_from_logits(trace.logits, t)
    return net.parameter_gradients(trace, net.backward(trace, seed, of="logit"))


def batches(x, size, rng=np.random):
    order = rng.permutation(len(x))
    return [order[i:i + size] for i in range(0, len(x), size)]


# --- right -----------------------------------------------------------------------------------

@right
def tinycnns_own(net, x, t, epochs=5):
    return tc.train(net, x, t, epochs=epochs, batch_size=2)


@right
def the_whole_batch(net, x, t, epochs=10, learning_rate=0.1):
    for _ in range(epochs):
        grads = gradients(net, x, t)
        for name, w in net.params.items():
            w -= learning_rate * grads[name]


@right
def with_remainder(net, X, y, n_epochs, lr, rng):
    for _ in range(n_epochs):
        for b in batches(X, 3, rng):
            sgd_update(net.params, gradients(net, X[b], y[b]), lr)


@right
def without_remainder(net, x, t, epochs=3):
    for _ in range(10):
        order = np.random.permutation(len(x))
        xs, ts = x[order], t[order]
        for k in range(len(x) // 32):
            b = slice(32 * k, 32 * k + 32)
            sgd_update(net.params, gradients(net, xs[b], ts[b]), 0.1)


@right
def momentum(model, images, labels, epochs=20, lr=0.3, mu=0.9):
    v = {name: np.zeros_like(w) for name, w in model.params.items()}
    for _ in range(epochs):
        for b in batches(images, 2):
            grads = gradients(model, images[b], labels[b])
            for name, w in model.params.items():
                v[name] = mu * v[name] - lr * grads[name]
                w += v[name]


@right
def adam(net, x, t, epochs=20, eta=0.05):
    m, v = (dict.fromkeys(net.params, 0) for _ in range(2))
    for k in range(1, epochs + 1):
        grads = gradients(net, x, t)
        for name, w in net.params.items():
            m[name] = 0.9 * m[name] + 0.1 * grads[name]
            v[name] = 0.999 * v[name] + 0.001 * grads[name] ** 2
            w -= eta * m[name] / (1 - 0.9 ** k) / (np.sqrt(v[name] / (1 - 0.999 ** k)) + 1e-8)


@right
def both_decays(net, X, y, num_epochs=20, learning_rate=0.3, weight_decay=1e-3):
    for epoch in range(num_epochs):
        order = np.random.permutation(len(X))
        X, y = X[order], y[order]
        for i in range(0, len(X), 2):
            grads = gradients(net, X[i:i + 2], y[i:i + 2])
            for name, w in net.params.items():
                w -= learning_rate * 0.95 ** epoch * (grads[name] + weight_decay * w)


@right
def two_factors(net, x, t, epochs=20, alpha=0.1):
    for _ in range(epochs):
        trace = net.forward(x)
        back = net.backward(trace, negative_log_likelihood_gradient(trace.y, t))
        sgd_update(net.params, net.parameter_gradients(trace, back), alpha)


@right
def squares_of_one_hot_rows(net, x, t, epochs=20, lr=0.1):
    for _ in range(epochs):
        trace = net.forward(x)
        back = net.backward(trace, 2 * (trace.y - t) / len(x))
        sgd_update(net.params, net.parameter_gradients(trace, back), lr)


@right
def layer_by_layer(net, x, t, epochs=20, lr=0.1):
    layers = list(net.layers.values())
    for _ in range(epochs):
        y, caches = x, []
        for layer in layers:
            y, cache = layer.forward(y)
            caches.append(cache)
        dy = y.copy()
        dy[np.arange(len(t)), t] -= 1
        for layer, cache in zip(layers[-2::-1], caches[-2::-1], strict=True):
            grads, dx = layer.parameter_gradients(dy, cache), layer.backward(dy, cache)
            for key in layer.params:
                layer.params[key] = layer.params[key] - lr * grads[key] / len(t)
            dy = dx


@right
def image_by_image(net, x, t, epochs=8, lr=0.1):
    for _ in range(epochs):
        total = {name: 0 * w for name, w in net.params.items()}
        for i in range(len(x)):
            for name, grad in gradients(net, x[i:i + 1], t[i:i + 1]).items():
                total[name] += grad / len(x)
        sgd_update(net.params, total, lr)


@right
def scales_itself(net, images, labels, epochs=20, lr=0.1):
    images = images.astype(np.uint8) / 255
    the_whole_batch(net, images, labels, epochs, lr)


@right
def standardises_and_adds_noise(net, images, labels, epochs=10, lr=0.1):
    images = (images - images.mean()) / images.std()
    for _ in range(epochs):
        the_whole_batch(net, images + np.random.normal(0, 0.1, images.shape), labels, 1, lr)


@right
def trains_a_copy_and_keeps_the_best(net, x, t, epochs=20, lr=0.1):
    net = net.copy()
    best, least = net, 9
    for _ in range(epochs):
        the_whole_batch(net, x, t, 1, lr)
        loss = loss_from_logits(net.forward(x).logits, t)[0]
        if loss < least:
            best, least = net.copy(), loss
        best.predict(x)
    return best


@right
def quick(net, x, t, epochs=20, lr=1.0):
    the_whole_batch(net, x, t, epochs, lr)


@right
def slow(net, x, t, epochs=20, lr=1e-4):
    the_whole_batch(net, x, t, epochs, lr)


@right
def builds_its_own(x_train, y_train, x_test, y_test, epochs=20):
    net = tc.Network(flatten=tc.Flatten(), dense1=tc.Dense(784, 12), tanh=tc.Tanh(),
                     dense2=tc.Dense(12, 10), softmax=tc.Softmax())
    return net, tc.train(net, x_train, y_train, epochs=epochs, test=(x_test, y_test)).loss


@right
def one_layer_from_zeros(x, t, epochs=20):
    net = tc.Network(flatten=tc.Flatten(), dense=tc.Dense(784, 10), softmax=tc.Softmax())
    for w in net.params.values():
        w[...] = 0
    the_whole_batch(net, x, t, epochs)
    return net


class TwoLayers:
    """A student's own network, with ReLU."""

    def __init__(self, n_in=784, hidden=16, n_out=10):
        rng = np.random.default_rng(0)
        self.W1, self.b1 = rng.normal(0, 0.05, (n_in, hidden)), np.zeros(hidden)
        self.W2, self.b2 = rng.normal(0, 0.2, (hidden, n_out)), np.zeros(n_out)

    def forward(self, x):
        self.x = x.reshape(len(x), -1)
        self.h = np.maximum(0, self.x @ self.W1 + self.b1)
        e = np.exp(self.h @ self.W2 + self.b2)
        return e / e.sum(axis=1, keepdims=True)

    def backward(self, d):
        self.dW2, self.db2 = self.h.T @ d, d.sum(axis=0)
        d = d @ self.W2.T * (self.h > 0)
        self.dW1, self.db1 = self.x.T @ d, d.sum(axis=0)

    def update(self, lr, names=("W1", "b1", "W2", "b2")):
        for name in names:
            setattr(self, name, getattr(self, name) - lr * getattr(self, f"d{name}"))

    def fit(self, X, y, epochs=20, lr=0.1):
        for _ in range(epochs):
            self.backward(cross_entropy(self.forward(X), y)[1])
            self.update(lr)


def cross_entropy(y, t):
    d = y.copy()
    d[np.arange(len(t)), t] -= 1
    return -np.log(y[np.arange(len(t)), t]).mean(), d / len(t)


@right
def own_class(model, x, y, epochs=20, lr=0.1):
    for _ in range(epochs):
        for b in batches(x, 2):
            model.backward(cross_entropy(model.forward(x[b]), y[b])[1])
            model.update(lr)


@right
def own_class_inside(x, t, epochs=20):
    model = TwoLayers()
    model.fit(x, t, epochs)


RIGHT.append(pytest.param(TwoLayers().fit, id="a method"))


def init_params():
    return {"W": np.random.default_rng(0).normal(0, 0.05, (784, 5)), "b": np.zeros(5)}


def probabilities(params, x):
    e = np.exp(x @ params["W"] + params["b"])
    return e / e.sum(axis=1, keepdims=True)


@right
def new_params_in_each_step(params, x, y, epochs=20, lr=0.1):
    losses = []
    for _ in range(epochs):
        p = probabilities(params, x)
        losses.append(-np.log((p * y).sum(axis=1)).mean())
        d = (p - y) / len(x)
        params = {"W": params["W"] - lr * x.T @ d, "b": params["b"] - lr * d.sum(axis=0)}
    return params, losses


# --- wrong -----------------------------------------------------------------------------------

@wrong("pairing", says="line")
def shuffles_x_only(net, x, t, epochs=20, lr=0.1):
    for _ in range(epochs):
        x = x[np.random.permutation(len(x))]
        the_whole_batch(net, x, t, 1, lr)


@wrong("pairing")
def shuffles_x_in_place(net, x, t, epochs=20, lr=0.1):
    np.random.shuffle(x)
    tc.train(net, x, t, epochs=epochs, learning_rate=lr)


@wrong("pairing")
def always_the_first_labels(net, x, t, epochs=20, lr=0.1, batch_size=2):
    for _ in range(epochs):
        for i in range(0, len(x), batch_size):
            the_whole_batch(net, x[i:i + batch_size], t[:batch_size], 1, lr)


@wrong("pairing")
def own_class_apart(model, x, y, epochs=20, lr=0.1):
    for _ in range(epochs):
        x = x[np.random.permutation(len(x))]
        model.backward(cross_entropy(model.forward(x), y)[1])
        model.update(lr)


@wrong("weights", says="no weight changes")
def makes_new_arrays(net, x, t, epochs=20, lr=0.1):
    for _ in range(epochs):
        grads = gradients(net, x, t)
        for name, w in net.params.items():
            w = w - lr * grads[name]


@wrong("weights", says="no weight changes")
def updates_copies(net, x, t, epochs=20, lr=0.1):
    params = {name: w.copy() for name, w in net.params.items()}
    for _ in range(epochs):
        sgd_update(params, gradients(net, x, t), lr)


@wrong("weights", says="does not change conv.b, dense.b")
def forgets_the_biases(net, x, t, epochs=20, lr=0.1):
    for _ in range(epochs):
        grads = gradients(net, x, t)
        for name in net.params:
            if name.endswith("W"):
                net.params[name] -= lr * grads[name]


@wrong("weights", says="does not change b1")
def own_class_stands_still(x, t, epochs=20, lr=0.1):
    model = TwoLayers()
    for _ in range(epochs):
        model.backward(cross_entropy(model.forward(x), t)[1])
        model.update(lr, ("W1", "W2", "b2"))


@wrong("cleared")
def not_cleared(net, x, t, epochs=20, lr=0.1):
    total = {name: np.zeros_like(w) for name, w in net.params.items()}
    for _ in range(epochs):
        for b in batches(x, 2):
            for name, grad in gradients(net, x[b], t[b]).items():
                total[name] += grad
            sgd_update(net.params, total, lr)


@wrong("cleared")
def not_cleared_with_both_decays(net, x, t, epochs=20, lr=0.05):
    total = {name: np.zeros_like(w) for name, w in net.params.items()}
    for epoch in range(epochs):
        for name, grad in gradients(net, x, t).items():
            total[name] += grad
            net.params[name] -= lr * 0.98 ** epoch * (total[name] + 1e-3 * net.params[name])


@wrong("downhill", "loss", says="the update adds the gradient")
def uphill(net, x, t, epochs=20, lr=0.1):
    for _ in range(epochs):
        for name, grad in gradients(net, x, t).items():
            net.params[name] += lr * grad


@wrong("downhill", "loss", says="the gradient of the loss has the wrong sign")
def sign_of_the_seed(net, x, t, epochs=20, lr=0.1):
    for _ in range(epochs):
        trace = net.forward(x)
        seed = (np.eye(5)[t] - trace.y) / len(t)
        back = net.backward(trace, seed, of="logit")
        sgd_update(net.params, net.parameter_gradients(trace, back), lr)


@wrong("loss")
def own_class_uphill(x, t, epochs=20):
    TwoLayers().fit(x, t, epochs, -0.1)


@wrong("softmax", says="line")
def loss_of_probabilities(net, x, t, epochs=20, lr=0.1):
    for _ in range(epochs):
        trace = net.forward(x)
        back = net.backward(trace, loss_from_logits(trace.y, t)[1])
        sgd_update(net.params, net.parameter_gradients(trace, back), lr)


@wrong("softmax")
def softmax_once_more(net, x, t, epochs=20, lr=0.1):
    for _ in range(epochs):
        trace = net.forward(x)
        seed = np.exp(trace.y) / np.exp(trace.y).sum(axis=1, keepdims=True)
        seed[np.arange(len(t)), t] -= 1
        back = net.backward(trace, seed / len(t), of="logit")
        sgd_update(net.params, net.parameter_gradients(trace, back), lr)


@wrong("softmax")
def two_softmax_layers(x, t, epochs=20):
    net = tc.Network(flatten=tc.Flatten(), dense=tc.Dense(784, 10), softmax=tc.Softmax(),
                     softmax2=tc.Softmax())
    tc.train(net, x, t, epochs=epochs)


@wrong("pixels", says="networks learn from numbers of about 1")
def pixels_up_to_255(net, x, t, epochs=20, lr=0.01):
    the_whole_batch(net, x * 255, t, epochs, lr)


@wrong("pixels", says="all pixels that go in are 0")
def whole_numbers(net, x, t, epochs=20, lr=0.1):
    the_whole_batch(net, (x / 255).astype(np.uint8), t, epochs, lr)


@wrong("rate", says="too large: the first step is")
def rate_10(net, x, t, epochs=20, lr=10.0):
    tc.train(net, x, t, epochs=epochs, learning_rate=lr)


@wrong("rate", says="too small")
def rate_of_nearly_nothing(net, x, t, epochs=20, lr=1e-9):
    the_whole_batch(net, x, t, epochs, lr)


# --- the tests -------------------------------------------------------------------------------

@pytest.mark.parametrize("train", RIGHT)
def test_a_right_loop_is_right(train):
    report = check_training(train)
    assert report.ok, report.text
    assert len(report.checks) >= 5, report.text


@pytest.mark.parametrize(("train", "checks", "says"), WRONG)
def test_what_is_wrong_is_named(train, checks, says):
    report = check_training(train, seed=1)
    failed = {name for name, passed in report.checks.items() if not passed}
    assert set(checks) <= failed <= {*checks, "loss", "weights"}, report.text
    assert says in " ".join(report.text.split())


def test_of_a_right_loop_all_is_checked():
    report = check_training(the_whole_batch)
    assert set(report.checks) == {"loss", "pairing", "weights", "cleared", "downhill", "softmax",
                                  "pixels", "rate"}
    assert not report.notes


def test_what_cannot_be_seen_is_not_checked():
    report = check_training(adam)
    assert report.ok
    assert "cleared" not in report.checks
    assert report.unseen == ["cleared"]


def needs_an_optimizer(net, x, t, optimizer):
    raise AssertionError("it is not called")


def raises(net, x, t):
    net.forwrd(x)


def fails_after_the_training(net, x, t):
    the_whole_batch(net, x, t)
    raise OSError("no file")


def does_nothing(net, x, t):
    pass


@pytest.mark.parametrize(("train", "says"), [
    (needs_an_optimizer, "what optimizer is in needs_an_optimizer(net, x, t, optimizer) is not"),
    (raises, "no attribute 'forwrd' (line"), (fails_after_the_training, "OSError: no file"),
    (does_nothing, "no image goes into a network")])
def test_a_loop_that_cannot_be_judged_is_not_checked(train, says):
    report = check_training(train)
    assert not report.checks
    assert not report.failures
    assert f"{train.__name__} was not checked" in report.notes[0]
    assert says in report.notes[0]


def test_a_function_that_calls_the_loop_says_what_is_not_understood():
    assert check_training(lambda net, x, t: momentum(net, x, t, mu=0.5)).ok


def test_a_network_and_images_of_ones_own_are_not_changed():
    faces, net = tc.drawn_faces(people=3), tc.face_net(3)
    x, before = faces.images.copy(), net.copy()
    report = check_training(with_remainder, net=net, x=x, t=faces.labels)
    assert report.ok, report.text
    np.testing.assert_array_equal(x, faces.images)
    for name, w in before.params.items():
        np.testing.assert_array_equal(net.params[name], w)
    assert not check_training(shuffles_x_only, net=net, x=x, t=faces.labels).checks["pairing"]


def test_random_numbers_and_the_profile_are_as_before():
    np.random.seed(3)
    expected = np.random.random()
    np.random.seed(3)
    check_training(without_remainder)
    assert np.random.random() == expected
    assert sys.getprofile() is None


def test_training_loops_are_known_by_name_and_arguments():
    def train(model, X_train, y_train): ...
    def train_network(net, x, labels, lr): ...
    def training_data(x): ...
    def forward(x, t): ...
    assert all(map(looks_like_training, (train, train_network, tc.train, TwoLayers().fit)))
    assert not any(map(looks_like_training, (training_data, forward, TwoLayers, 3, print)))


def normed(end=True):
    last = {"softmax": tc.Softmax()} if end else {}
    return tc.Network((1, 28, 28), conv=tc.Conv2D(1, 3, 3, stride=2, rng=1), norm=tc.BatchNorm(3),
                      relu=tc.ReLU(), pool=tc.AvgPool2D(None), flatten=tc.Flatten(),
                      dense=tc.Dense(3, 5, rng=1), **last)


def squares(net, x, t, epochs=20, learning_rate=0.1):
    target = np.eye(5)[t]
    for _ in range(epochs):
        trace = net.forward(x)
        grads = net.parameter_gradients(trace, net.backward(trace, (trace.y - target) / len(x)))
        for name, w in net.params.items():
            w -= learning_rate * grads[name]


@pytest.mark.parametrize(("train", "net"), [
    (the_whole_batch, normed()), (momentum, normed()), (the_whole_batch, normed(end=False)),
    (squares, normed(end=False))])
def test_loops_over_batch_norms_and_without_a_softmax_are_right(train, net):
    report = check_training(train, net=net)
    assert report.ok, report.text
    assert len(report.checks) >= 4, report.text
    assert ("downhill" in report.checks) == (net.logits_layer is not None)


def test_a_loop_over_a_batch_norm_that_climbs_is_wrong():
    def climbs(net, x, t, epochs=20, learning_rate=0.1):
        for _ in range(epochs):
            grads = gradients(net, x, t)
            for name, w in net.params.items():
                w += learning_rate * grads[name]

    assert not check_training(climbs, net=normed()).checks["downhill"]
