"""What an explanation says if nothing can be compared, if 0 proves nothing, or if two differ."""

import re

import numpy as np
import pytest
from stepper_nets import every_kind, images

import tinycnn as tc


class Own:
    """A layer without parameters, as a student writes it."""

    def __init__(self):
        self.params = {}

    def parameter_gradients(self, dy, cache):
        return {}

    def forward(self, x):
        return np.tanh(x), np.tanh(x)

    def backward(self, dy, y):
        return dy * (1 - y ** 2)


def net_with(**replaced):
    net = every_kind()
    return tc.Network(net.input_shape, **{**net.layers, **replaced})


def walked(net, to=None, dtype=np.float64, **options):
    stepper = tc.Stepper(net.astype(dtype), *images(), **options)
    with np.errstate(all="ignore"):
        stepper.run(to)
    return stepper


def words(explanation):
    return " ".join(explanation.text.split())


# --- a layer that breaks a rule -----------------------------------------------------------------


class Drops(Own):
    def __init__(self):
        super().__init__()
        self.rng = np.random.default_rng(0)

    def forward(self, x):
        kept = self.rng.random(x.shape) > 0.3
        return x * kept, kept

    def backward(self, dy, kept):
        return dy * kept


class Keeps(Own):
    def __init__(self):
        super().__init__()
        self.kept = {}

    def forward(self, x):
        self.kept["y"] = np.tanh(x)
        return self.kept["y"], None

    def backward(self, dy, cache):
        return dy * (1 - self.kept["y"] ** 2)


def test_a_random_layer_is_the_reason_and_no_other_layer_is_accused():
    stepper = walked(net_with(tanh3=Drops()))
    for name in ("input", "conv1", "conv2.W", "dense3"):
        explanation = stepper.explain(name)
        assert explanation.ok
        assert explanation.nudge.verdict == "incomparable"
        assert "because of tanh3" in words(explanation)
        assert "tanh3, Drops: The same call gives different numbers" in words(explanation)
        assert "kink" not in explanation.text
    assert stepper.explain("tanh3").nudge.verdict == "agrees"       # it comes before the number


def test_explaining_does_not_disturb_what_a_layer_keeps_in_itself():
    ours, theirs = walked(every_kind(), "loss"), walked(net_with(tanh3=Keeps()), "loss")
    for name in theirs.units:
        theirs.explain(name)
    ours.run()
    theirs.run()
    assert all(np.array_equal(ours.parameter_gradients[name], gradient)
               for name, gradient in theirs.parameter_gradients.items())
    assert all(theirs.explain(name).ok for name in (*theirs.units, *theirs.net.params))


class Rough(Own):
    def forward(self, x):
        y = np.tanh(x.astype(np.float32))
        return y, y


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_layer_that_answers_in_float32_in_any_case_cannot_be_nudged_through(dtype):
    stepper = walked(net_with(tanh1=Rough()), dtype=dtype)
    explanations = [stepper.explain("conv1", (0, 1, row, 3)) for row in range(7)]
    assert all(explanation.ok for explanation in explanations)
    found = [one for one in explanations if one.nudge.verdict == "incomparable"]
    assert found
    assert "tanh1, which answers in float32 even if it is given float64" in words(found[0])


# --- float32 ------------------------------------------------------------------------------------


def test_in_float32_almost_all_agrees_and_no_word_of_rounding_is_needed():
    faces = tc.drawn_faces(people=3)
    stepper = tc.Stepper(tc.face_net(n_classes=3, seed=0), faces.images[:2], faces.labels[:2])
    stepper.run()
    found = [stepper.explain(name, (n % 2, n % 5, 3 * n, n)) for name in ("conv1", "tanh1")
             for n in range(12)]
    found += [stepper.explain("conv1.W", (n, 0, n, n)) for n in range(5)]
    assert {one.nudge.verdict for one in found} <= {"agrees", "kink"}
    assert not [one.name for one in found if "rounding, or" in one.text]


def test_where_float32_chooses_another_winner_no_layer_is_wrong():
    """100.000003 is 100 in float32, so the first of a window wins; in float64 the second wins."""
    net = tc.Network((1, 1, 2), conv=tc.Conv2D(1, 1, 1, rng=0), pool=tc.MaxPool2D((1, 2)),
                     flatten=tc.Flatten(), dense=tc.Dense(1, 2, rng=0), softmax=tc.Softmax())
    net.params["conv.W"][...], net.params["conv.b"][...] = 1.5e-6, 100
    net.params["dense.W"][...] = [[0.01, -0.01]]
    stepper = tc.Stepper(net, np.array([[[[1.0, 2.0]]]], np.float32), np.array([0]))
    stepper.run()
    explanation = stepper.explain("conv.W")
    assert explanation.nudge.verdict == "rounded"
    assert explanation.ok
    assert explanation.nudge.exact == pytest.approx(2 * explanation.nudge.gradient)
    assert "backprop in float64" in explanation.text
    assert "no layer is wrong" in words(explanation)


# --- kinks --------------------------------------------------------------------------------------


def kinked(x, *layers, **more):
    """∂L/∂ of the first pixel, where it meets a kink."""
    net = tc.Network(**dict(layers), flatten=tc.Flatten(),
                     dense=tc.Dense(more["units"], 2, rng=0), softmax=tc.Softmax())
    stepper = tc.Stepper(net, np.array(x, float).reshape(1, 1, 1, 2), np.array([0]))
    stepper.run()
    return stepper.explain("input[0,0,0,0]")


@pytest.mark.parametrize(("x", "units", "layers", "said"), [
    ([1, 1], 1, [("tanh", tc.Tanh()), ("pool", tc.MaxPool2D((1, 2)))],
     "It is pool that bends, at pool[0,0,0,0]: 2 values of its window are equal"),
    ([0, 3], 2, [("relu", tc.ReLU())],
     "It is relu that bends, at relu[0,0,0,0]: input[0,0,0,0] is 0."),
])
def test_a_kink_is_laid_to_the_layer_that_bends(x, units, layers, said):
    explanation = kinked(x, *layers, units=units)
    assert explanation.nudge.verdict == "kink"
    assert explanation.ok
    assert said in words(explanation)


class Leaky(Own):
    def forward(self, x):
        return np.where(x > 0, x, 0.1 * x), x > 0

    def backward(self, dy, on):
        return np.where(on, dy, 0.1 * dy)


def test_why_a_layer_of_no_known_kind_bends_is_not_known():
    explanation = kinked([0, 3], ("own", Leaky()), units=2)
    assert explanation.ok
    assert "It is own that bends, at own[0,0,0,0]: why is not known." in words(explanation)


# --- 0 proves nothing ---------------------------------------------------------------------------


def test_the_loser_of_a_window_says_who_won():
    stepper = walked(every_kind())
    o = stepper.trace["tanh1"][0, 0, :3, :3]
    winner = "tanh1[0,0,{},{}]".format(*np.unravel_index(o.argmax(), o.shape))
    row, column = np.unravel_index(o[:2, :2].argmin(), (2, 2))      # in no other window
    for name in ("tanh1", "conv1"):
        explanation = stepper.explain(name, (0, 0, int(row), int(column)))
        assert explanation.nudge.gradient == 0
        assert "Both are 0, which proves nothing" in words(explanation)
        assert f"won no window of pool1. {winner} won one: `explain {winner}`" in words(explanation)


def test_a_unit_before_a_relu_that_is_off_says_so():
    stepper = walked(every_kind())
    unit = tuple(map(int, np.argwhere(stepper.trace["conv2"] < 0)[0]))
    said = words(stepper.explain("conv2", unit))
    assert f"relu2[{','.join(map(str, unit))}] is off. `explain conv2` takes one that" in said


# --- what differs -------------------------------------------------------------------------------


class Negative(Own):
    def backward(self, dy, y):
        return super().backward(-dy, y)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_what_differs_says_what_to_type_next(dtype):
    stepper = walked(net_with(tanh3=Negative()), dtype=dtype)
    for name, where in (("conv1", "a layer after it"), ("conv2.W", "conv2 or in a layer after it")):
        said = words(stepper.explain(name))
        assert f"THEY DIFFER: backprop is wrong in {where}." in said
        nearest = re.search(r"Nearest to the loss, (\S+) differs: `explain \1`", said)
        assert nearest[1].startswith("dense3[")         # what goes into the wrong layer
        assert "`check` names the wrong layer" in said
    assert stepper.explain("tanh3").ok


# --- the number that matters most ---------------------------------------------------------------


@pytest.mark.parametrize(("where", "name"), [("conv2", "conv2"), ("conv2[1]", "conv2[1]"),
                                             ("conv2[2,1:3]", "conv2[2,1:3]"),
                                             ("dL/dconv2[1,:,2]", "dL/dconv2[1,:,2]")])
def test_of_a_layer_or_a_range_the_largest_gradient_is_explained(where, name):
    stepper = walked(every_kind())
    explanation = stepper.explain(where)
    numbers = stepper.value(where if where.startswith("dL") else f"dL/d{where}")
    assert abs(explanation.nudge.gradient) == np.abs(numbers).max()
    assert explanation.text.splitlines()[0].endswith(f"   the largest |∂L/∂o| of {name}")
    assert stepper.explain(explanation.name).chosen == ""


def test_before_backprop_the_largest_number_is_explained():
    stepper = walked(every_kind(), "loss")
    for name, letter in (("conv2", "o"), ("conv2.W", "w")):
        explanation = stepper.explain(name)
        assert abs(explanation.value) == np.abs(stepper.value(name)).max()
        assert (f"the largest |{letter}| of {name}; backprop has not reached it yet"
                in explanation.text)
    stepper.run()
    explanation = stepper.explain("conv2.W")
    assert abs(explanation.nudge.gradient) == np.abs(stepper.parameter_gradients["conv2.W"]).max()


# --- a loss of one's own ------------------------------------------------------------------------


def squares(y, t):
    e = y - np.eye(y.shape[1])[t]
    return float((e ** 2).sum() / len(y)), 2 * e / len(y)


def no_mean(y, t):
    return squares(y, t)[0], squares(y, t)[1] * len(y)


def test_a_network_without_softmax_and_with_a_loss_of_ones_own():
    layers = every_kind().layers
    del layers["softmax"]
    net = tc.Network((2, 13, 11), **layers)
    stepper = walked(net, loss=squares)
    for name in (*stepper.units, *stepper.net.params):
        explanation = stepper.explain(name)
        assert explanation.ok, explanation.text
        assert explanation.nudge.verdict in ("agrees", "kink"), explanation.text
    assert "The loss is your own" in stepper.explain("dense4").text
    assert "The loss is your own" in stepper.explain("L").text
    stepper = walked(net, loss=no_mean)
    for name in ("dense4", "conv1"):
        assert "the loss is your own, and at dense4[" in words(stepper.explain(name))
        assert not stepper.explain(name).ok


def takes_float32(y, t):
    return squares(y.astype(np.float32), t)


def gives_float32(y, t):
    return np.float32(squares(y, t)[0]), squares(y, t)[1]


@pytest.mark.parametrize("loss", [takes_float32, gives_float32])
def test_a_loss_that_computes_in_float32_cannot_be_nudged(loss):
    layers = every_kind().layers
    del layers["softmax"]
    stepper = walked(tc.Network((2, 13, 11), **layers), loss=loss)
    explanations = [stepper.explain(name) for name in stepper.units]
    assert {one.nudge.verdict for one in explanations} <= {"agrees", "incomparable"}
    assert any("because of the loss, which computes in float32" in words(one)
               for one in explanations)


def test_a_y_too_small_for_its_precision_is_not_compared():
    net = tc.Network((2,), dense=tc.Dense(2, 2, rng=0), softmax=tc.Softmax())
    net.params["dense.b"][0] = 90
    stepper = tc.Stepper(net, np.ones((1, 2)), np.array([1]))
    stepper.run()
    assert 0 < stepper.value("y[0,1]") < np.finfo(np.float32).tiny
    explanation = stepper.explain("softmax[0,1]")
    assert explanation.nudge.verdict == "incomparable"
    assert "because of y of the true class" in words(explanation)
    assert stepper.explain("dense[0,1]").nudge.verdict == "agrees"


def test_where_the_output_is_a_picture_there_are_no_classes():
    net = tc.Network((1, 4, 4), conv=tc.Conv2D(1, 1, 3, rng=0), tanh=tc.Tanh())
    stepper = tc.Stepper(net, np.ones((2, 1, 4, 4)), np.zeros((2, 1, 2, 2)),
                         loss=lambda y, t: (float((y ** 2).sum()), 2 * y))
    stepper.run()
    assert stepper.explain("conv").ok
    for ask in (lambda: stepper.factors("conv"), lambda: stepper.value("dy0/dconv")):
        with pytest.raises(ValueError, match=r"output of tanh is \(2, 1, 2, 2\)[\s\S]*\(N, K\)"):
            ask()


def test_a_nan_accuses_nobody():
    net = every_kind()
    net.params["conv2.W"][0, 0, 0, 0] = np.nan
    stepper = walked(net)
    for name in (*stepper.units, *stepper.net.params):
        explanation = stepper.explain(name)
        assert explanation.ok
        assert explanation.nudge.verdict == "nan"
