"""The paper's numbers beside ours: the right ones, in the right cells."""

from types import SimpleNamespace

import numpy as np
import pytest

from tinycnn import FeatureScores, KnockoutCurve
from tinycnn.analysis import published, table_iii
from tinycnn.paper.reproduce import comparison
from tinycnn.paper.reproduce.comparison import beside_the_paper, knockout_claims, printed_table

FEATURES = tuple((f"tanh{layer}", i) for layer, n in ((1, 5), (2, 8), (3, 10)) for i in range(n))
SUMS = {
    15: (1.72806, 183, 0.76739, 231),
    14: (0.01128, 277, 0.0048, 196),
    7: (0.15088, 162, 0.08676, 224),
    10: (0.02456, 211, 0.0129, 212),
    12: (0.51908, 162, 0.24595, 258),
}


def results(name, identities, curves=()):
    data = SimpleNamespace(name=name, n_classes=15)
    scores = FeatureScores(np.random.default_rng(0).random((15, 23)), FEATURES)
    return SimpleNamespace(data=data, identities=identities, scores=scores, curves=curves)


def rows_of(r):
    return [{"identity": str(k + 1),
             **{end: [(f, r.scores.value(k, f)) for f in getattr(r.scores, end)(k, 8)]
                for end in ("strongest", "weakest")}} for k in r.identities]


@pytest.mark.parametrize(("name", "identities", "beside"), [
    ("Yale faces", [14, 13, 6, 9, 11], [15, 14, 7, 10, 12]),
    ("Yale faces", [14, 13, 9, 11], [15, 14, 10, 12]),          # one without scores is left out
    ("drawn faces", [0, 1, 2, 3, 4], [15, 12, 7, 10, 14])])     # the paper's, largest first
def test_table_3_line_by_line(name, identities, beside):
    r = results(name, identities)
    rows = rows_of(r)
    header, body = beside_the_paper(r, rows)
    assert len(body) == 8 * len(identities)
    for i, line in enumerate(body):
        assert len(line) == len(header)
        row, (strong, weak), place = rows[i // 8], published.TABLE_III[beside[i // 8]], i % 8
        assert line[0] == (row["identity"] if place == 0 else "")
        assert line[1] == place + 1
        assert line[-1] == (beside[i // 8] if place == 0 else "")
        for cells, ours, (layer, unit, gradient) in (
                (line[2:6], row["strongest"][place], strong[place]),
                (line[6:10], row["weakest"][place], weak[place])):
            (layer_name, number), value = ours
            assert cells == [f"{layer_name[-1]}, {number + 1}", f"{value:.5f}",
                             f"{layer}, {unit}", f"{gradient:.5f}"]


@pytest.fixture
def like_the_paper(monkeypatch):
    """A network whose norm of mean is the paper's table, and its mean of norms another."""
    rng = np.random.default_rng(5)
    paper = rng.random((15, 23))
    for k, ends in published.TABLE_III.items():
        paper[k - 1] = (ends[0][-1][2] + ends[1][-1][2]) / 2
        for layer, unit, gradient in [*ends[0], *ends[1]]:
            paper[k - 1, table_iii.UNITS.index((layer, unit))] = gradient
    asked = []

    def gradients(net, x, t, **how):
        asked.append((len(x), how))
        return FeatureScores(paper if how["reduce"] == "norm_of_mean" else rng.random((15, 23)),
                             FEATURES)
    monkeypatch.setattr(comparison, "convolutional_gradients", gradients)
    data = SimpleNamespace(name="Yale faces", n_classes=15, images=np.zeros(9), labels=np.zeros(9))
    return SimpleNamespace(
        data=data, net=None, of="prob", identities=[14, 13, 6, 9, 11], train=np.arange(5),
        test=np.arange(5, 9), settings=SimpleNamespace(images="train", norm="rms")), asked


def test_the_reading_that_prints_the_papers_table_is_nearer(like_the_paper):
    r, asked = like_the_paper
    section = printed_table(r, None)
    assert "norm of mean is nearer to the paper in 10 of 10 statistics, the mean of norms in 0." \
        in section.text[1]
    header, body = section.table
    assert header == ["statistic", "paper", "norm of mean here", "mean of norms here"]
    assert len(body) == 10
    for _, theirs, same, other in body:
        assert theirs == same != other
    assert [(n, how["norm"], how["of"]) for n, how in asked] == [(5, "rms", "prob")] * 2


@pytest.mark.parametrize("change", [{"of": "logit"}, {"identities": [1, 2, 3]}])
def test_the_printed_table_speaks_without_a_network(like_the_paper, change):
    r, asked = like_the_paper
    vars(r).update(change)
    section = printed_table(r, None)
    assert section.table[0] == ["statistic", "paper"]
    assert not asked
    [text] = section.text
    for words in ("84% to 94% of the maps", "54% of their eight strongest", "7 and 12 have the ",
                  "0.53 to 0.68", "Weak for all five are 2, 2; 2, 4; 3, 2; 3, 6.",
                  "1, 1 is in neither list of identity 12",
                  "3, 9 is number 7 of the strongest of 14"):
        assert words in text


def test_the_claims_are_held_against_the_right_steps():
    t = np.repeat([0, 1], 10)

    def curve(identity, end, steps, wrong):
        labels = np.tile(t, (steps, 1))
        for step in range(steps):       # wrong[k](step): how many images of person k are
            for k in (0, 1):
                labels[step, 10 * k:10 * k + wrong[k](step)] = 2
        return KnockoutCurve(identity, end, FEATURES[:steps - 1], labels, t)
    curves = [curve(0, "strongest", 11, (lambda s: s, lambda s: 0)),
              curve(1, "strongest", 11, (lambda s: 0, lambda s: s // 2)),
              curve(0, "weakest", 21, (lambda s: s // 5, lambda s: s // 3)),
              curve(1, "weakest", 21, (lambda s: 0, lambda s: 0))]
    _, rows = knockout_claims(results("drawn faces", [0, 1], curves))
    assert [row[-1] for row in rows] == ["10% to 30%", "50% to 100%", "25% to 50%",
                                         "0% to 25%", "0% to 40%"]
    assert [row[0] for row in rows] == [f"{n} {end}" for n, end in (
        (3, "strongest"), (10, "strongest"), (10, "strongest"), (10, "weakest"), (15, "weakest"))]


def test_no_digit_of_the_papers_table_has_slipped():
    """Sums over the printed table: of the gradients, and of 10 · layer + unit, for both ends."""
    sums = {k: tuple(value for ranked in ends for value in (
        round(sum(g for *_, g in ranked), 5), sum(10 * layer + unit for layer, unit, _ in ranked)))
        for k, ends in published.TABLE_III.items()}
    assert sums == SUMS
