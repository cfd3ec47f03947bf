"""Right answers in any form are right, and slips as students write them get their name."""

import numpy as np
import pytest
from helpers_lessons import TUTORIALS, load

from tinycnn.course import Answer, Written, verdict
from tinycnn.course.lookup import exercises
from tinycnn.stepper.tiny import tiny_stepper

SOLUTIONS = {lesson: load(TUTORIALS / f"solutions/lesson_{lesson}.py") for lesson in range(1, 11)}
KNOWN = {number: exercise for lesson in SOLUTIONS for number, exercise in exercises(lesson).items()}
FUNCTIONS = [number for number, exercise in KNOWN.items() if isinstance(exercise, Written)]
VALUES = [number for number, exercise in KNOWN.items() if isinstance(exercise, Answer)]


def given_to(number):
    """What the lesson hands to `check`, made without running it."""
    if number == "4.5":
        return (np.repeat(np.arange(5), [2, 3, 1, 4, 3]),)
    if number not in ("1.1", "1.6"):
        return {"4.1": (15,), "4.4": (124,), "5.4": (15,), "5.6": (0.9, 0.999),
                "9.6": (np.array([0.2, 0.3, 0.1]), np.array([0.05, -0.01, 0.2])), "10.1": (1.5,),
                "10.6": (np.array([[0, 0, 0.1, 0.3], [0.1, 0, 0.2, 0.25]]),
                         np.array([[0.1, 0.05], [0, 0.1]]))}.get(number, ())
    stepper = tiny_stepper(119)
    net, x = stepper.net, stepper.forward_pass()["input"]
    if number == "1.1":
        return net, x
    trace = net.forward(x)
    return (net.parameter_gradients(trace, net.backward(trace, np.array([[1.0, -0.5]]))),)


def nested(value, form):
    """Arrays and lists as lists (or tuples) of numbers; all else as it is."""
    if isinstance(value, (tuple, list, np.ndarray)) and np.ndim(value):
        return form(nested(part, form) for part in value)
    return value


FORMS = {       # one value comes in brackets, too
    "list": lambda value: nested(value, list) if np.ndim(value) else [value],
    "tuple": lambda value: nested(value, tuple) if np.ndim(value) else (value,),
    "array": lambda value: np.asarray(value) if np.ndim(value) else np.array([[value]]),
    "float": lambda value: value if text(value) else np.asarray(value, float).tolist(),
    "float32": lambda value: value if text(value) else np.asarray(value, np.float32),
    "complex": lambda value: value if text(value) else np.asarray(value, complex),
    "scalar": lambda value: value if np.ndim(value) else np.asarray(value)[()],
    "capitals and spaces": lambda value: f" {value.upper().replace(' ', '  ')} "
        if isinstance(value, str) else nested([word.title() for word in value], tuple)
        if text(value) else value,
}


def text(value):
    return np.asarray(value).dtype.kind == "U"


@pytest.mark.parametrize("form", FORMS)
def test_the_solutions_in_every_form_are_right(form):
    assert len(FUNCTIONS) + len(VALUES) == 57       # and four exercises are layers
    for lesson, solutions in SOLUTIONS.items():
        found = [thing for thing in vars(solutions).values()
                 if getattr(thing, "__module__", "") == solutions.__name__]
        for number, solution in zip(exercises(lesson), found, strict=True):
            given = given_to(number)
            if number in FUNCTIONS:
                judged = verdict(number, lambda *case, f=solution: FORMS[form](f(*case)))
            elif number in VALUES:
                judged = verdict(number, FORMS[form](solution(*given)), *given)
            else:
                continue
            assert judged.ok, f"{number} as {form}: {judged.text}"


@pytest.mark.parametrize(("number", "answer"), [
    ("1.1", "about -0.6"), ("1.1", [-0.6, -0.6]), ("1.1", lambda net, x: -0.6), ("2.6", 89),
    ("2.6", 88.73), ("2.6", 87.9), ("3.4", ["dy of ones", "one image", "no ties"]),
    ("3.4", {"dy of ones", "one image", "no ties", "no overlap"}), ("4.4", 3240), ("5.4", 13.1)])
def test_what_is_nearly_right_is_not_right(number, answer):
    assert not verdict(number, answer, *given_to(number)).ok


@pytest.mark.parametrize("limit", [88, 88.7, 88.72, 88.723, np.log(np.finfo(np.float32).max)])
def test_a_limit_may_be_rounded_but_not_to_where_exp_is_infinite(limit):
    assert verdict("2.6", limit).ok


@pytest.mark.parametrize("answer", [lambda *case: 0.5, lambda *case: 1j + 1, lambda *case: {1: 2},
                                    lambda *case: "holds or not", lambda *case: object()])
def test_a_function_may_return_anything(answer):
    for number in FUNCTIONS:
        assert not verdict(number, answer).ok, number


def unlike_in_shape(value):
    """(N, 1) for (N,), which broadcasts to something else further on."""
    return np.asarray(value)[..., None]


def test_a_column_is_no_row():
    for number in FUNCTIONS:
        right = KNOWN[number].right
        shape = np.shape(right(*KNOWN[number].cases(np.random.default_rng(0))[0]))
        judged = verdict(number, lambda *case, f=right: unlike_in_shape(f(*case)))
        assert judged.ok == (shape == ()), number
        assert shape == () or "their shape is not" in judged.text, judged.text


def equals_for_plus(dL_do, image, size):
    gradient = np.zeros((size, size))
    for p, q in np.ndindex(*dL_do.shape):
        gradient = dL_do[p, q] * image[p:p + size, q:q + size]
    return gradient


def p_and_q_exchanged(dL_do, image, size):
    gradient = np.zeros((size, size))
    for p, q in np.ndindex(*dL_do.shape):
        gradient += dL_do[p, q] * image[q:q + size, p:p + size]
    return gradient


def same_array(f, x, h):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        xp, xm = x, x
        xp[i] += h
        xm[i] -= h
        gradient[i] = (f(xp) - f(xm)) / (2 * h)
    return gradient


def minus_from_plus(f, x, h):
    gradient = np.zeros(x.shape)
    for i in np.ndindex(*x.shape):
        xp = x
        xp[i] = x[i] + h
        above = f(xp)
        xm = x
        xm[i] = x[i] - h
        gradient[i] = (above - f(xm)) / (2 * h)
    return gradient


def columns_of_all(y, t):
    seed = np.zeros_like(y)
    seed[:, t] = -1 / (len(y) * y[:, t])
    return seed


def rows_by_class(y, t):
    seed = np.zeros_like(y)
    seed[t] = -1 / (len(y) * y[t])
    return seed


def without_root(dy_do, t):
    return [(dy_do[t == k].mean(axis=0) ** 2).sum(axis=(1, 2)) for k in range(max(t) + 1)]


def plain_auc(alike, t):
    """Rivals under any condition."""
    won = []
    for a in range(len(t)):
        for b in range(len(t)):
            if a != b and t[a] == t[b]:
                rivals = alike[a, t != t[a]]
                won += [*(alike[a, b] > rivals) + (alike[a, b] == rivals) / 2]
    return np.mean(won)


def one_batch(w, gradient, order, batch_size, learning_rate):
    for start in range(0, len(order), batch_size):
        return w - learning_rate * gradient(w, order[start:start + batch_size])
    return w


SLIPS = [
    ("1.3", lambda d, W: d @ W, "not W.T"),
    ("1.4", lambda d, o: -d * (1 - o ** 2), "the sign is wrong"),
    ("1.5", equals_for_plus, "+= is needed"),
    ("1.5", p_and_q_exchanged, "p and q are exchanged in the window"),
    ("1.5", lambda *case: KNOWN["1.5"].right(*case).T, "rows and columns are exchanged"),
    ("2.1", lambda n, w, s, p: (n + 2 * p - w) / s + 1, "round down"),
    ("2.5", lambda dy, y: y * (dy - np.sum(dy * y)), "the whole batch"),
    ("2.5", lambda dy, y: y * ((dy * y).sum(1, keepdims=True) - dy), "the sign is wrong"),
    ("2.5", lambda dy, y: y * (dy - (dy * y).sum(axis=1)), "keepdims"),
    ("3.1", lambda f, x, h: KNOWN["3.1"].right(f, x, h) * 2 * h / 2 * h, "write / (2 * h)"),
    ("3.1", same_array, "all slopes are 0"),
    ("3.1", minus_from_plus, "not from x: xp = x is no copy"),
    ("4.2", lambda o, t: np.mean(np.log(np.exp(o).sum(1)) - o[np.arange(len(t)), t]), "overflows"),
    ("4.3", one_batch, "return stands in the loop"),
    ("5.1", columns_of_all, "[:, t] is a column"),
    ("5.1", rows_by_class, "[t] is a row"),
    ("5.3", lambda d, y, t: -len(t) * d * y[:, t][:, None, None, None], "y[:, t] has N x N"),
    ("5.3", lambda d, y, t: -len(t) * y[t] * d, "y[t] has two axes"),
    ("5.3", lambda d, y, t: -len(t) * d * y[np.arange(len(t)), t], "three more axes"),
    ("5.5", without_root, "the root is missing"),
    ("7.1", lambda value, draws: 100 * KNOWN["7.1"].right(value, draws), "100 times"),
    ("7.2", lambda areas: np.mean(np.diag(areas) - areas.mean(axis=0)), "among the others"),
    ("7.3", lambda of_maps, all_of_it: np.mean(of_maps / all_of_it), "mean of the ratios"),
    ("7.6", lambda alike, t, c: plain_auc(alike, t), "the condition can decide again"),
    ("8.1", lambda images: KNOWN["8.1"].right(images)[::-1], "their order is not"),
    ("8.5", lambda *case: KNOWN["8.5"].right(*case)[::-1], "their order is not"),
    ("10.2", lambda layer, z, o, dy, cache: dy * o / z, "0 / 0"),
    ("10.2", lambda layer, z, o, dy, cache: layer.backward(dy, cache), "that is the tangent"),
    ("10.3", lambda o, g, t: [np.abs((o * g)[t == k]).sum(axis=(2, 3)).mean(axis=0)
                              for k in range(max(t) + 1)], "no two units cancel"),
    ("10.4", lambda four: four[1:] - four[0], "subtract what each of them adds alone"),
]


@pytest.mark.parametrize(("number", "slip", "says"), SLIPS)
def test_a_slip_as_it_is_written_is_named_once(number, slip, says):
    judged = verdict(number, slip)
    assert not judged.ok
    assert says in judged.text, judged.text
    assert judged.text.count("Likely cause") + judged.text.count("In all") == 1


@pytest.mark.parametrize(("answer", "says"), [
    (0.1, "row and column are exchanged"), (-0.9, "counted from 0"), (0.6, "the sign is wrong")])
def test_a_slip_in_reading_the_units_is_named(answer, says):
    assert says in verdict("1.1", answer, *given_to("1.1")).text


def test_what_no_mistake_explains_gets_no_cause():
    rng = np.random.default_rng(1)
    for number in FUNCTIONS:
        if not np.shape(KNOWN[number].right(*KNOWN[number].cases(np.random.default_rng(0))[0])):
            continue

        def noisy(*case, right=KNOWN[number].right):
            return np.asarray(right(*case), float) + rng.normal(size=np.shape(right(*case)))

        judged = verdict(number, noisy)
        assert not judged.ok
        assert "ause" not in judged.text, judged.text
        assert "In all" not in judged.text, judged.text


def test_an_error_is_explained_only_by_the_same_shapes():
    def fails(dL_do, y, t):
        raise ValueError("something else")

    assert "raises ValueError: something else." in verdict("5.3", fails).text
    assert "cause" not in verdict("5.3", fails).text


def test_a_forgotten_return_is_not_called_unwritten():
    def forgets(dL_do, o):
        dL_do * (1 - o ** 2)

    assert "a `return` may be missing" in verdict("1.4", forgets).text


def test_an_answer_that_spoils_what_it_is_given_gets_its_cause():
    def spoils(net, x, layer, number):
        y = KNOWN["6.3"].right(net, x, layer, number - 1)
        net["conv"].params["W"][:] = 0
        return y

    assert "counted from 0" in verdict("6.3", spoils).text


def test_a_wrong_layer_gets_the_cause_that_its_exercise_knows():
    for reason, mistake in KNOWN["2.4"].mistakes.items():
        said = " ".join(verdict("2.4", mistake).text.split())
        assert reason in said
        assert said.count("ikely cause") == 1
