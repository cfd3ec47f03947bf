"""A student's own layers step like ours; a mistake is seen where it is made."""

import numpy as np
import pytest
from stepper_nets import every_kind, images

import tinycnn as tc
from tinycnn.stepper import StepError


class MyTanh:
    """The contract, and nothing inherited."""

    def __init__(self):
        self.params = {}

    def forward(self, x):
        y = np.tanh(x)
        return y, y

    def backward(self, dy, cache):
        return dy * (1 - cache ** 2)

    def parameter_gradients(self, dy, cache):
        return {}


class Swish:
    """A layer unknown to tinycnn: o = o' · sigmoid(beta · o'), with a parameter of its own."""

    def __init__(self):
        self.params = {"beta": np.array([0.7, 1.1, 1.3])}

    def forward(self, x):
        """o = o' · sigmoid(beta_c · o')"""
        beta = self.params["beta"].reshape(-1, 1, 1)
        s = 1 / (1 + np.exp(-beta * x))
        return x * s, (x, s, beta)

    def backward(self, dy, cache):
        x, s, beta = cache
        return dy * (s + beta * x * s * (1 - s))

    def parameter_gradients(self, dy, cache):
        x, s, _ = cache
        return {"beta": (dy * x * x * s * (1 - s)).sum(axis=(0, 2, 3))}


def net_with(**replaced):
    """The network of all kinds with some layers replaced by a student's."""
    net = every_kind()
    return tc.Network(net.input_shape, **{**net.layers, **replaced})


def walked(net, dtype=np.float64):
    stepper = tc.Stepper(net.astype(dtype), *images())
    stepper.run()
    return stepper


def verdicts(stepper, layer, n=8):
    rng = np.random.default_rng(5)
    shape = stepper.trace[layer].shape
    units = [tuple(int(rng.integers(size)) for size in shape) for _ in range(n)]
    return [stepper.explain(layer, unit) for unit in units]


def test_a_students_tanh_is_explained_like_ours():
    ours, theirs = walked(every_kind()), walked(net_with(tanh1=MyTanh()))
    a, b = ours.explain("tanh1", (0, 1, 2, 3)), theirs.explain("tanh1", (0, 1, 2, 3))
    assert a.text == b.text
    assert "tanh(b + Σ w·o')" in a.text


def test_a_layer_of_no_known_kind_is_explained_by_what_it_does():
    stepper = walked(net_with(tanh1=Swish()))
    assert stepper.taken[1].formula == "o = o' · sigmoid(beta_c · o')"
    for explanation in verdicts(stepper, "conv1"):      # what it feeds is the unknown layer
        assert explanation.ok, explanation.text
        assert explanation.nudge.verdict == "agrees"
        assert "measured" in explanation.text
    for channel in range(3):
        explanation = stepper.explain("tanh1.beta", (channel,))
        assert explanation.ok, explanation.text
        assert explanation.nudge.verdict == "agrees"
    value = stepper.explain("tanh1", (0, 1, 2, 3)).parts[0].sums[0]
    assert [value.factors[1].name(i) for i in range(len(value.terms))] == ["conv1[0,1,2,3]"]


class ForgotTheSquare(tc.Tanh):
    def backward(self, dy, cache):
        return dy * (1 - cache)


class ForgotThePadding(tc.Conv2D):
    def backward(self, dy, cache):
        return np.roll(super().backward(dy, cache), 1, axis=2)


class ForgotTheBias(tc.Dense):
    def forward(self, x):
        y, cache = super().forward(x)
        return y - self.params["b"], cache


class GivesAllToTheLast(tc.MaxPool2D):
    def backward(self, dy, cache):
        return super().backward(dy[..., ::-1], cache)


class SumsOneImage(tc.Conv2D):
    def parameter_gradients(self, dy, cache):
        dy = dy.copy()
        dy[1:] = 0
        return super().parameter_gradients(dy, cache)


def like(cls, layer):
    """The same layer as another class."""
    made = cls(**layer.config())
    made.params = layer.params
    return made


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize(("name", "cls", "before", "after"), [
    ("tanh1", ForgotTheSquare, "conv1", "pool1"),
    ("conv2", ForgotThePadding, "pool1", "relu2"),
    ("pool1", GivesAllToTheLast, "tanh1", "conv2"),
])
def test_a_wrong_backward_is_seen_at_the_units_before_it_and_not_after(name, cls, before, after,
                                                                       dtype):
    stepper = walked(net_with(**{name: like(cls, every_kind()[name])}), dtype)
    right = walked(every_kind(), dtype)
    wrong = []
    for explanation in verdicts(stepper, before, 20):
        other = right.explain(explanation.name).nudge.gradient
        if abs(other - explanation.nudge.gradient) > 1e-3 * abs(other):
            wrong.append(explanation)
            assert explanation.nudge.verdict == "differs"       # and no excuse, such as a kink
        else:
            assert explanation.nudge.verdict == "agrees"
    assert len(wrong) >= 5
    for explanation in wrong:
        feeds = next(part for part in explanation.parts if name in part.heading)
        assert not feeds.sums[0].ok
        assert not explanation.ok
        assert "NOT THE SAME" in explanation.text
        assert "THEY DIFFER" in explanation.text
        assert "`check` names the wrong layer" in " ".join(explanation.text.split())
    found = [e.nudge.verdict for e in verdicts(stepper, after, 20)]
    assert set(found) <= {"agrees", "kink"}
    assert found.count("agrees") >= 10


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_wrong_forward_does_not_add_up(dtype):
    stepper = walked(net_with(dense3=like(ForgotTheBias, every_kind()["dense3"])), dtype)
    explanation = stepper.explain("dense3", (0, 1))
    assert not explanation.ok
    assert "in the pass: NOT THE SAME" in explanation.text
    assert stepper.explain("dense4", (0, 1)).ok


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_wrong_parameter_gradient_is_seen_at_its_parameters(dtype):
    stepper = walked(net_with(conv2=like(SumsOneImage, every_kind()["conv2"])), dtype)
    explanation = stepper.explain("conv2.W", (1, 2, 0, 1))
    assert explanation.nudge.verdict == "differs"
    assert not explanation.ok
    assert stepper.explain("conv1.W", (1, 1, 0, 1)).ok
    assert all(e.ok for e in verdicts(stepper, "conv2"))


# --- exceptions and wrong answers -------------------------------------------------------------


class Raises(MyTanh):
    def backward(self, dy, cache):
        return dy * (1 - cache[:, :2] ** 2)     # this very line


class WritesToItsInput(MyTanh):
    def forward(self, x):
        x *= 0.5
        return np.tanh(x), x


def test_an_exception_stops_at_the_step_with_layer_shapes_and_line():
    stepper = tc.Stepper(net_with(tanh1=Raises()), *images())
    with pytest.raises(StepError) as caught:
        stepper.run()
    error, text = caught.value, str(caught.value)
    assert stepper.step.name == "backward pool1"        # the one before it is done and stays
    assert (error.step, error.layer, error.method) == ("backward tanh1", "tanh1", "backward")
    assert error.file == __file__
    assert error.code == "return dy * (1 - cache[:, :2] ** 2)     # this very line"
    assert error.shapes == {"dy": (3, 3, 7, 10)}
    assert "Raises raised ValueError: operands could not be broadcast" in text
    assert "dy (3, 3, 7, 10)" in text
    assert "test_student_layers.py, line" in text
    assert isinstance(error.__cause__, ValueError)
    with pytest.raises(StepError):      # and may be tried again
        stepper.next()
    assert stepper.explain("tanh1", (0, 1, 2, 3)).value == stepper.trace["tanh1"][0, 1, 2, 3]


def test_a_layer_that_writes_to_its_input_is_stopped_there():
    stepper = tc.Stepper(net_with(tanh1=WritesToItsInput()), *images())
    with pytest.raises(StepError, match=r"read-only[\s\S]*x \*= 0\.5"):
        stepper.run()
    assert stepper.step.name == "forward conv1"


class Answers(MyTanh):
    """Returns what it was told to return."""

    def __init__(self, method, answer):
        super().__init__()
        self.params = {"w": np.zeros(3)} if method == "parameter_gradients" else {}
        self.method, self.answer = method, answer

    def forward(self, x):
        return self.answer if self.method == "forward" else super().forward(x)

    def backward(self, dy, cache):
        return self.answer if self.method == "backward" else super().backward(dy, cache)

    def parameter_gradients(self, dy, cache):
        return self.answer


@pytest.mark.parametrize(("method", "answer", "step", "part"), [
    ("forward", None, "forward tanh1", r"must return \(y, cache\), got NoneType"),
    ("forward", np.zeros((3, 3)), "forward tanh1", r"must return \(y, cache\), got ndarray"),
    ("forward", (np.zeros((2, 3)), 0), "forward tanh1", r"each of the 3 images, got y .*\(2, 3\)"),
    ("forward", ("text", 0), "forward tanh1", "array of numbers as y, got str"),
    ("backward", np.zeros((3, 3, 7, 9)), "backward tanh1",
     r"dx of shape \(3, 3, 7, 10\), got \(3, 3, 7, 9\)"),
    ("backward", None, "backward tanh1", "array of numbers as dx, got NoneType"),
    ("parameter_gradients", {}, "gradients tanh1", "gradient} for w; got an empty dict"),
    ("parameter_gradients", None, "gradients tanh1", "for w; got NoneType"),
    ("parameter_gradients", {"w": np.zeros(4)}, "gradients tanh1",
     r"dw of shape \(3,\), got \(4,\)"),
])
def test_a_wrong_answer_stops_at_the_step(method, answer, step, part):
    stepper = tc.Stepper(net_with(tanh1=Answers(method, answer)), *images())
    with pytest.raises(StepError, match=part) as caught:
        stepper.run()
    assert caught.value.step == step
    assert stepper.steps[stepper.position] == step
