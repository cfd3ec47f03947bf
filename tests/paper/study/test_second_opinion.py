"""The main numbers of a study, computed again in PyTorch by other code, from the weights alone."""

from dataclasses import replace

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis.measures import MEASURES
from tinycnn.paper.study.parts import knockout_table, knockouts, profiles
from tinycnn.paper.study.rows import Numbers
from tinycnn.paper.study.subject import Subject, Training, train_network

torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")

F = torch.nn.functional
pytestmark = pytest.mark.usefixtures("one_thread")
K, REMOVALS, LAYERS = 3, 10, (1, 2, 3)
UNITS = [(layer, m) for layer, maps in zip(LAYERS, (5, 8, 10), strict=True) for m in range(maps)]
GRADIENT, SECANT = "gradient", "secant x activation"


@pytest.fixture(scope="module")
def subject():
    """In float64, so that two ways to add up rank the maps in the same order."""
    faces, training = tc.drawn_faces(36, people=K), Training(epochs=14)
    data = replace(faces, images=faces.images.astype(np.float64))
    found = Subject(data, 1, training, train_network(faces, 1, training)[0])
    vars(found)["net"] = found.net.astype(np.float64)
    return found


@pytest.fixture(scope="module")
def numbers(subject):
    """Two measures and few random draws: the numbers of this test need no more."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(knockouts, "MEASURES", {name: MEASURES[name] for name in (GRADIENT, SECANT)})
        patch.setattr(knockout_table, "DRAWS", 1)
        patch.setattr(profiles, "PERMUTATIONS", 1)
        return Numbers([*knockouts.knockouts(subject), *profiles.profiles(subject)])


class Secant(torch.autograd.Function):
    """tanh, with tanh(z) / z for a derivative."""

    @staticmethod
    def forward(ctx, z):
        ctx.save_for_backward(torch.tanh(z) / z)
        return torch.tanh(z)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0]


def forward(s, x, activate=torch.tanh, removed=()):
    """The outputs of the maps of each layer, and the logits."""
    w = {name: torch.from_numpy(array) for name, array in s.net.params.items()}
    o, maps = torch.from_numpy(x).requires_grad_(), []
    for i in LAYERS:
        kept = torch.tensor([float((i, m) not in removed) for layer, m in UNITS if layer == i])
        maps.append(activate(F.conv2d(o, w[f"conv{i}.W"], w[f"conv{i}.b"])) * kept[:, None, None])
        o = F.max_pool2d(maps[-1], 2)
    hidden = activate(o.flatten(1) @ w["dense4.W"] + w["dense4.b"])
    return maps, hidden @ w["dense5.W"] + w["dense5.b"]


def of_each_map(layers):
    """[(N, maps, ...)] -> (N, all maps, units), with zeros for what smaller maps do not have."""
    flat = [o.detach().flatten(2) for o in layers]
    return torch.cat([F.pad(o, (0, flat[0].shape[2] - o.shape[2])) for o in flat], 1).numpy()


def gradients_of_maps(s, output):
    """(N, all maps, units) of an entry of y for each image."""
    maps, z = forward(s, s.data.images)
    entries = z.softmax(dim=1)[range(len(z)), output]
    return of_each_map(torch.autograd.grad(entries.sum(), maps))


def scores(s, measure):
    """(K, all maps)"""
    x, t = s.data.images, s.data.labels
    if measure == GRADIENT:
        found = gradients_of_maps(s, t)
        return np.array([np.linalg.norm(found[t == k].mean(axis=0), axis=1) for k in range(K)])
    maps, z = forward(s, x, Secant.apply)
    slopes = torch.autograd.grad(z[range(len(z)), t].sum(), maps)
    found = abs(of_each_map([o * g for o, g in zip(maps, slopes, strict=True)]).sum(axis=2))
    return np.array([found[t == k].mean(axis=0) for k in range(K)])


@pytest.fixture(scope="module")
def answers(subject):
    """{measure: (K, removals + 1, N) labels as the strongest maps of each person go}."""
    def along(order):
        removed = [{UNITS[i] for i in order[:n]} for n in range(REMOVALS + 1)]
        return [forward(subject, subject.data.images, removed=gone)[1].argmax(dim=1).numpy()
                for gone in removed]
    return {measure: np.array([along(np.argsort(-row)) for row in scores(subject, measure)])
            for measure in (GRADIENT, SECANT)}


def one(numbers, *what, **where):
    [value] = numbers.find(*what, **where)
    return value


@pytest.mark.parametrize("measure", [GRADIENT, SECANT])
def test_own_minus_others(subject, numbers, answers, measure):
    wrong = answers[measure][:, 1:] != subject.data.labels
    own, others = [], []
    for whose in range(K):
        for image, k in enumerate(subject.data.labels):
            (own if whose == k else others).append(wrong[whose, :, image].mean())
    expected = np.mean(own) - np.mean(others)       # all people have as many images
    where = {"subject": measure, "option": "strongest"}
    assert one(numbers, "swap", "own minus others", **where) == pytest.approx(expected, abs=1e-12)
    assert one(numbers, "swap", "own", **where) == pytest.approx(np.mean(own))
    assert abs(expected) > 0.01


def test_rise_of_the_class_error(subject, numbers, answers):
    own = subject.data.labels == np.arange(K)[:, None]
    wrong = (answers[GRADIENT] != subject.data.labels).swapaxes(1, 2)[own]       # (N, steps)
    [rise] = numbers.curve("knockout", "class error, rise", subject=GRADIENT, option="strongest")
    np.testing.assert_allclose(rise, wrong.mean(axis=0) - wrong[:, 0].mean(), atol=1e-12)
    assert rise.max() > 0.3


def test_lost_first_and_bystanders(subject, numbers, answers):
    """Lost: another answer than the right one is the most frequent (the lowest of equal ones)."""
    t, earlier = subject.data.labels, {True: [], False: []}
    for whose, labels in enumerate(answers[GRADIENT]):
        lost = []
        for k in range(K):
            counts = [[(row[t == k] == answer).sum() for answer in range(K)] for row in labels]
            steps = [step for step, row in enumerate(counts) if row.index(max(row)) != k]
            lost.append(min(steps, default=np.inf))
        for k in range(K):
            earlier[k == whose].append(any(lost[j] < lost[k] for j in range(K)))
    for own, name in ((True, "another is lost first"),
                      (False, "another is lost first, bystanders")):
        assert one(numbers, "paper", name) == pytest.approx(np.mean(earlier[own])), name


def test_matched_auc(subject, numbers):
    t, words = subject.data.labels, np.array(subject.data.conditions)
    same = [np.linalg.norm(gradients_of_maps(subject, k), axis=2) for k in range(K)]
    for name, kinds in (
            (GRADIENT, [np.linalg.norm(gradients_of_maps(subject, t), axis=2)]),
            ("gradient, same output", same),
            ("pixels", [subject.data.images.reshape(len(t), -1)])):
        wins = []
        for rows in kinds:
            rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
            for a in range(len(t)):
                for b in np.flatnonzero((t == t[a]) & (words != words[a])):
                    others = (t != t[a]) & (words == words[b])
                    wins += (rows[others] @ rows[a] < rows[b] @ rows[a]).tolist()
        assert one(numbers, "consistency", "auc", subject=name, option="matched, all images"
                   ) == pytest.approx(np.mean(wins), abs=1e-9), name
