import numpy as np
import pytest

from tinycnn.gradcheck.forms.updates import updates


def report_of(**namespace):
    found = updates(namespace)
    assert len(found) == 1, [f.names for f in found]
    return found[0].check(0)


def cs231n(rule, **defaults):
    """A function in the form of CS231n: (w, dw, config) -> (next w, config)."""
    def update(w, dw, config=None):
        config = {} if config is None else config
        for name, value in defaults.items():
            config.setdefault(name, value)
        return w - rule(dw, config), config

    return update


def keep(config, name, decay, part, value):
    config[name] = decay * config.get(name, 0) + part * value
    return config[name]


def adam(t0=1, m=True, v=True, power=True, swap=False):
    def rule(g, c):
        c["t"] = c.get("t", t0 - 1) + 1
        b1, b2 = (c["beta2"], c["beta1"]) if swap else (c["beta1"], c["beta2"])
        first, second = keep(c, "m", b1, 1 - b1, g), keep(c, "v", b2, 1 - b2, g * g)
        t = c["t"] if power else 1
        first = first / (1 - b1 ** t) if m else first
        second = second / (1 - b2 ** t) if v else second
        return c["learning_rate"] * first / (np.sqrt(second) + c["epsilon"])

    return cs231n(rule, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8)


def momentum(dampened=False, sign=1):
    return cs231n(lambda g, c: sign * c["learning_rate"] * keep(
        c, "v", c["momentum"], 1 - c["momentum"] if dampened else 1, g),
        learning_rate=1e-2, momentum=0.9)


def nesterov():
    return cs231n(lambda g, c: c["lr"] * (g + c["mu"] * keep(c, "v", c["mu"], 1, g)),
                  lr=0.1, mu=0.8)


def rmsprop(root=np.sqrt, eps=1e-8, inside=0.0, square=np.square):
    return cs231n(lambda g, c: c["learning_rate"] * g / (root(inside + keep(
        c, "h", c["decay_rate"], 1 - c["decay_rate"], square(g))) + eps),
        learning_rate=1e-2, decay_rate=0.99)


def adagrad():
    return cs231n(lambda g, c: c["lr"] * g / np.sqrt(keep(c, "h", 1, 1, g * g) + 1e-8), lr=0.01)


@pytest.mark.parametrize(("name", "update", "words"), [
    ("sgd", cs231n(lambda g, c: c["learning_rate"] * g, learning_rate=0.01), "sgd"),
    ("sgd_momentum", momentum(), "v = mu v + g"),
    ("momentum", momentum(dampened=True), "v = mu v + (1 - mu) g"),
    ("nesterov", nesterov(), "nesterov"), ("update", nesterov(), "nesterov"),
    ("adagrad", adagrad(), "adagrad"), ("rmsprop", rmsprop(), "rmsprop"),
    ("rmsprop", rmsprop(eps=0, inside=1e-8), "rmsprop"),
    ("rmsprop", cs231n(lambda g, c: c["lr"] * g / np.sqrt(keep(
        c, "h", c["rho"], 1 - c["rho"], g * g) + c["eps"]), lr=0.01, rho=0.9, eps=1e-4), "rmsprop"),
    ("adam", adam(), "with bias")])
def test_right_rules(name, update, words):
    report = report_of(**{name: update})
    assert report.ok, report.text
    assert words in report.notes[0]


@pytest.mark.parametrize(("name", "update", "key", "words"), [
    ("sgd", cs231n(lambda g, c: -c["lr"] * g, lr=0.01), "climbs", "up"),
    ("sgd", cs231n(lambda g, c: g, lr=0.01), "rate_forgotten", "forgotten"),
    ("sgd", cs231n(lambda g, c: c["lr"] ** 2 * g, lr=0.01), "rate_forgotten", "twice"),
    ("sgd_momentum", momentum(sign=-1), "climbs", "up"),
    ("sgd_momentum", cs231n(lambda g, c: c["lr"] * g, lr=0.01, momentum=0.9), "state_lost", "kept"),
    ("adam", adam(t0=2), "bias_correction", "too large"),
    ("adam", adam(t0=0), "bias_correction", "t is 0"),
    ("adam", adam(power=False), "bias_correction", "power t"),
    ("adam", adam(m=False, v=False), "bias_correction", "is missing"),
    ("adam", adam(v=False), "bias_correction", "Only m"),
    ("adam", adam(m=False), "bias_correction", "Only v"),
    ("adam", adam(swap=True), "betas_swapped", "swapped"),
    ("rmsprop", rmsprop(root=lambda h: h), "root_forgotten", "root"),
    ("rmsprop", rmsprop(square=np.abs), "square_forgotten", "not squared"),
    ("rmsprop", rmsprop(square=np.copy), "square_forgotten", "not squared"),
    ("rmsprop", rmsprop(eps=0), "eps_forgotten", "0 / 0"),
    ("rmsprop", adagrad(), "other_rule", "adagrad"),
    ("nesterov", cs231n(lambda g, c: c["lr"] * keep(c, "v", c["mu"], 1, g), lr=0.1, mu=0.8),
     "other_rule", "momentum"),
    ("sgd", cs231n(lambda g, c: c["lr"] * g ** 3, lr=0.01), "unknown", "none of the known")])
def test_wrong_rules_are_named(name, update, key, words):
    report = report_of(**{name: update})
    assert not report.ok
    assert [cause.key for cause in report.diagnosis] == [key], report.text
    assert words in report.causes[0]


def test_the_first_wrong_step_and_array_are_told():
    class Adam:
        def __init__(self, lr=0.01, beta1=0.9, beta2=0.999):
            self.lr, self.b1, self.b2, self.t = lr, beta1, beta2, 0
            self.m, self.v = {}, {}

        def update(self, params, grads):
            self.t += 1
            for k, g in grads.items():
                self.m[k] = self.b1 * self.m.get(k, 0) + (1 - self.b1) * g
                self.v[k] = self.b2 * self.v.get(k, 0) + (1 - self.b2) * g * g
                step = self.lr * self.m[k] / (1 - self.b1 ** self.t) / (np.sqrt(
                    self.v[k] / (1 - self.b2 ** self.t)) + 1e-8)
                params[k] -= step * (1.1 if self.t == 3 and k == "b1" else 1)

    report = report_of(Adam=Adam)
    failure, = report.failures
    assert failure.message == "step 3 of 5 is wrong"
    assert failure.quantity == "b1"
    assert failure.wrong == 5       # the gradient of one entry is 0
    assert report.causes == ["Only W1, W2, b2 follow adam, with bias correction."]


# --- forms ------------------------------------------------------------------------------------

def in_place(params, grads, lr):
    for p, g in zip(params, grads, strict=True):
        p -= lr * g


def new_weights(weights, gradients, learning_rate=0.1):
    return [w - learning_rate * g for w, g in zip(weights, gradients, strict=True)]


def by_layer(parameters, grads, learning_rate):
    for n in range(1, len(parameters) // 2 + 1):
        for name in (f"W{n}", f"b{n}"):
            parameters[name] = parameters[name] - learning_rate * grads["d" + name]
    return parameters


def with_velocity(parameters, grads, v, beta, learning_rate):
    for name in parameters:
        v["d" + name] = beta * v["d" + name] + (1 - beta) * grads["d" + name]
        parameters[name] = parameters[name] - learning_rate * v["d" + name]
    return parameters, v


def with_state(params, grads, state, learning_rate):
    state = {k: 0.9 * (state or {}).get(k, 0) + g for k, g in grads.items()}
    return {k: w - learning_rate * state[k] for k, w in params.items()}, state


def with_empty_state(w, dw, state, lr, momentum=0.9):
    state["v"] = momentum * state["v"] + dw if "v" in state else dw
    return w - lr * state["v"]


class ByKey:
    def __init__(self, lr=1e-3, momentum=0.9):
        self.lr, self.momentum, self.v = lr, momentum, {}

    def update(self, key, w, dw):
        self.v[key] = self.momentum * self.v.get(key, 0) + dw
        return w - self.lr * self.v[key]


class OfLayers:
    def __init__(self, layers, lr=0.1):
        self.layers, self.lr = layers, lr

    def step(self):
        for layer in self.layers:
            layer.W -= self.lr * layer.dW
            layer.b = layer.b - self.lr * layer.db


class OfArrays:
    def __init__(self, learning_rate=0.01, momentum=0.0):
        self.learning_rate, self.momentum, self.v = learning_rate, momentum, None

    def update(self, w, grad_wrt_w):
        self.v = np.zeros_like(w) if self.v is None else self.v
        self.v = self.momentum * self.v + (1 - self.momentum) * grad_wrt_w
        return w - self.learning_rate * self.v


class OfParameters:
    def __init__(self, parameters, lr, momentum=0.9):
        self.parameters, self.lr, self.momentum = list(parameters), lr, momentum
        self.v = [np.zeros_like(p.data) for p in self.parameters]

    def step(self):
        for i, p in enumerate(self.parameters):
            self.v[i] = self.momentum * self.v[i] + p.grad
            p.data = p.data - self.lr * self.v[i]


class OfPairs:
    def __init__(self, parameters, learning_rate=0.01):
        self.parameters, self.learning_rate = parameters, learning_rate

    def step(self):
        for w, g in self.parameters:
            w -= self.learning_rate * g


class OfLayer:
    def __init__(self, learning_rate=1.0, decay=0.0, momentum=0.0):
        self.learning_rate = self.current_learning_rate = learning_rate
        self.decay, self.momentum, self.iterations = decay, momentum, 0

    def pre_update_params(self):
        self.current_learning_rate = self.learning_rate / (1 + self.decay * self.iterations)

    def update_params(self, layer):
        if not hasattr(layer, "weight_momentums"):
            layer.weight_momentums = np.zeros_like(layer.weights)
            layer.bias_momentums = np.zeros_like(layer.biases)
        layer.weight_momentums = (self.momentum * layer.weight_momentums
                                  - self.current_learning_rate * layer.dweights)
        layer.bias_momentums = (self.momentum * layer.bias_momentums
                                - self.current_learning_rate * layer.dbiases)
        layer.weights += layer.weight_momentums
        layer.biases += layer.bias_momentums

    def post_update_params(self):
        self.iterations += 1


class OfNet:
    def __init__(self, lr=0.01):
        self.lr = lr

    def step(self, net):
        for param, grad in net.params_and_grads():
            param -= self.lr * grad


@pytest.mark.parametrize(("name", "update", "words"), [
    ("update", in_place, "sgd"), ("update", new_weights, "sgd"),
    ("update_parameters", by_layer, "sgd"),
    ("update_parameters_with_momentum", with_velocity, "(1 - mu)"),
    ("momentum_update", with_state, "momentum"), ("momentum", with_empty_state, "momentum"),
    ("SGD", OfArrays, "sgd"),
    ("SGD", OfParameters, "momentum"), ("SGD", OfPairs, "sgd"), ("Optimizer_SGD", OfLayer, "sgd"),
    ("SGD", OfNet, "sgd"), ("SGD", OfLayers, "sgd"), ("SGD", ByKey, "momentum")])
def test_forms(name, update, words):
    report = report_of(**{name: update})
    assert report.ok, report.text
    assert words in report.notes[0]


def test_a_momentum_that_is_off_by_default_is_checked_too():
    for cls in (OfArrays, OfLayer):
        assert list(report_of(SGD=cls).checks) == ["steps", "steps with momentum=0.9"]

    class Climbs(OfLayer):
        def update_params(self, layer):
            self.current_learning_rate *= -1 if self.momentum else 1
            super().update_params(layer)

    assert list(report_of(SGD=Climbs).checks.values()) == [True, False]


def changed(base, **methods):
    return type(base.__name__, (base,), methods)


def shared(self, params, grads):
    for k in params:
        self.v = 0.9 * getattr(self, "v", 0) - self.lr * grads[k]
        params[k] += self.v


def zipped(self, params, grads):
    for w, g in zip(params.values(), grads.values(), strict=True):
        w -= self.lr * g


def counts(self, params, grads):
    self.t, self.m, self.s = getattr(self, "t", 0), getattr(self, "m", {}), getattr(self, "s", {})
    for k, g in [(k, grads[k]) for k in params]:
        self.t += 1
        self.m[k] = 0.9 * self.m.get(k, 0) + 0.1 * g
        self.s[k] = 0.999 * self.s.get(k, 0) + 0.001 * g * g
        params[k] -= self.lr * self.m[k] / (1 - 0.9 ** self.t) / (
            np.sqrt(self.s[k] / (1 - 0.999 ** self.t)) + 1e-8)


def rebinds(self, params, grads):
    for w, g in zip(params, grads, strict=True):
        w = w - self.lr * g


@pytest.mark.parametrize(("name", "method", "key"), [
    ("Momentum", shared, "state_shared"), ("SGD", zipped, "wrong_gradient"),
    ("Adam", counts, "bias_correction"), ("SGD", rebinds, "not_in_place")])
def test_slips_of_classes(name, method, key):
    report = report_of(**{name: changed(OfNet, step=method)})
    assert [cause.key for cause in report.diagnosis] == [key], report.text
    assert not report.ok


def test_what_is_not_known_is_not_judged():
    class Lookahead(OfNet):
        def step(self, params, grads):
            for k in params:
                params[k] -= self.lr * grads[k] ** 3

    class Decays(OfArrays):
        def __init__(self, learning_rate=0.01, decay=0.1):
            super().__init__(learning_rate)
            self.decay = decay

        def update(self, w, dw):
            self.learning_rate /= 1 + self.decay
            return super().update(w, dw)

    for namespace, words in (
            ({"SGD": Decays}, "decay"),
            ({"Nadam": OfNet}, "tinycnn knows sgd"), ({"Adadelta": OfNet}, "tinycnn knows sgd"),
            ({"LookaheadOptimizer": Lookahead}, "no rule"),
            ({"SGD": changed(OfNet, step=lambda self, model: model.do())}, "no do"),
            ({"SGD": changed(OfNet, step=lambda self, params, grads: params.clear())}, "reshape"),
            ({"momentum": lambda w, dw: w - 0.123 * dw ** 3}, "usual numbers")):
        report = report_of(**namespace)
        assert not report.checks
        assert words in report.notes[0]


def test_what_is_no_update_is_left_alone():
    class Dense:
        def forward(self, x):
            return x

        def backward(self, dy):
            return dy

        def update(self, lr):
            pass

    class Accuracy:
        def update(self, targets, predictions):
            pass

    assert not updates({"DenseUpdate": Dense, "Accuracy": Accuracy, "CosineScheduler": OfNet,
                        "Manager": OfNet,
                        "sgd": lambda net, x, t, epochs: net, "update_metrics": lambda a, b: a,
                        "update_params": lambda w, b, dw, db, lr: (w - lr * dw, b - lr * db)})


@pytest.mark.parametrize(("sign", "key"), [(1, None), (-1, "sign")])
def test_a_state_that_is_made_at_the_first_step(sign, key):
    def adam(params, grads, state, lr, b1=0.9, b2=0.999, eps=1e-8):
        if state is None:
            state = {"t": 0, "m": {n: 0 * w for n, w in params.items()},
                     "v": {n: 0 * w for n, w in params.items()}}
        state["t"] += 1
        new = {}
        for n, g in grads.items():
            state["m"][n] = b1 * state["m"][n] + (1 - b1) * g
            state["v"][n] = b2 * state["v"][n] + (1 - b2) * g * g
            step = state["m"][n] / (1 - b1 ** state["t"]) / (
                np.sqrt(state["v"][n] / (1 - b2 ** state["t"])) + eps)
            new[n] = params[n] - sign * lr * step
        return new, state

    report = report_of(adam=adam)
    assert report.ok == (key is None), report.text
    assert report.checks, report.text
