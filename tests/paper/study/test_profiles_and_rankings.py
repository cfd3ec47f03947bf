"""Profiles, stability, what is learnt, and twins, on a small network: the numbers are what their
names say."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

import tinycnn as tc
from tinycnn.analysis.activity import features_of
from tinycnn.analysis.consistency import consistency, matched_auc
from tinycnn.analysis.measures import CHEAP, MEASURES, PAPER
from tinycnn.paper.study.parts import profiles, rankings, retrained, twins
from tinycnn.paper.study.rows import Numbers
from tinycnn.paper.study.subject import Subject, Training, train_network

TRAINING = Training(epochs=14)
PARTS = (profiles.profiles, rankings.rankings, rankings.weights_shuffled, rankings.first_order,
         retrained.retrain, retrained.shuffled_labels, twins.leaks)


@pytest.fixture(scope="module")
def subject():
    """Four people; two pairs of twins, one of them across the split of seed 1."""
    faces = tc.drawn_faces(36, people=4)
    train, test = faces.split(seed=1)
    images, digests = faces.images.copy(), list(faces.digests)
    same = next((i, j) for i in train[::-1] for j in test if faces.labels[i] == faces.labels[j])
    both = next((i, j) for i in train for j in train
                if i < j and i not in same and faces.labels[i] == faces.labels[j])
    for i, j in (same, both):
        images[j], digests[j] = images[i], digests[i]
    data = replace(faces, images=images, digests=tuple(digests))
    return Subject(data, 1, TRAINING, train_network(data, 1, TRAINING)[0])


@pytest.fixture(scope="module")
def numbers(subject):
    return Numbers(found for part in PARTS for found in part(subject))


def one(numbers, *what, **where):
    [value] = numbers.find(*what, **where)
    return value


def fooled(subject, net):
    """The same study with another network in the place of the trained one."""
    other = Subject(subject.data, subject.seed, TRAINING, subject.params)
    vars(other)["net"] = net
    return other


# --- profiles ---------------------------------------------------------------------------------

def test_profiles_at_equal_conditions(subject, numbers):
    x, t, words = subject.data.images, subject.data.labels, subject.data.conditions
    for name, found in (("gradient", tc.map_norms(subject.net, x, t)[0]),
                        ("pixels", x.reshape(44, -1))):
        for how, expected in (("matched", matched_auc(found, t, words)),
                              ("raw", consistency(found, t, permutations=9).auc)):
            assert one(numbers, "consistency", "auc", subject=name,
                       option=f"{how}, all images") == pytest.approx(expected)
            assert 0 < one(numbers, "consistency", "p", subject=name,
                           option=f"{how}, all images") <= 1
    for net, name in ((subject.net, ""), (subject.untrained(), ", untrained")):
        kinds = [tc.map_norms(net, x, k)[0] for k in range(4)]
        assert one(numbers, "consistency", "auc", subject=f"gradient, same output{name}",
                   option="matched, all images") == pytest.approx(
            np.mean([matched_auc(found, t, words) for found in kinds]))


def test_what_gradients_add_is_at_equal_conditions_if_they_are_known(subject, numbers):
    numbered = replace(subject.data, conditions=tuple(f"{i % 11}" for i in range(44)))
    unknown = Numbers(profiles.profiles(replace(subject, data=numbered)))
    assert not len(unknown.find("consistency", "auc", subject="pixels",
                                option="matched, all images"))
    for found, how in ((numbers, "matched"), (unknown, "raw")):
        auc = {name: one(found, "consistency", "auc", subject=name, option=f"{how}, all images")
               for name in ("gradient", "pixels", "gradient, same output",
                            "gradient, same output, untrained")}
        assert one(found, "consistency", "auc beyond pixels") == pytest.approx(
            auc["gradient"] - auc["pixels"])
        assert one(found, "consistency", "auc beyond pixels, same output") == pytest.approx(
            auc["gradient, same output"] - auc["pixels"])
        assert one(found, "consistency", "auc beyond the untrained network") == pytest.approx(
            auc["gradient, same output"] - auc["gradient, same output, untrained"])


def test_an_untrained_network_has_learnt_nothing(subject):
    """Its own profiles tell people apart perfectly, because each belongs to another output."""
    numbers = Numbers(profiles.profiles(fooled(subject, subject.untrained())))
    assert one(numbers, "consistency", "auc beyond the untrained network") == 0
    assert one(numbers, "consistency", "auc", subject="gradient", option="raw, all images") > 0.95
    assert one(numbers, "consistency", "auc", subject="gradient, same output",
               option="raw, all images") < 0.8


def test_only_profiles_of_ones_own_output_know_who_is_on_noise(subject):
    noise = np.random.default_rng(0).random(subject.data.images.shape, np.float32)
    blind = Subject(replace(subject.data, images=noise), 1, TRAINING, subject.params)
    numbers = Numbers(profiles.profiles(blind))
    assert one(numbers, "consistency", "auc beyond pixels") > 0.3
    for name in ("auc beyond pixels, same output", "auc beyond the untrained network"):
        assert one(numbers, "consistency", name) == pytest.approx(0, abs=0.1)


def test_twins_are_left_out_where_it_says_so(subject, numbers):
    single = np.delete(np.arange(44), [j for _, j in subject.data.twins()])
    assert len(single) == 42
    np.testing.assert_array_equal(twins.one_of_each(subject.data), single)
    pixels, t = subject.data.images.reshape(44, -1)[single], subject.data.labels[single]
    assert one(numbers, "consistency", "auc", subject="pixels", option="raw, without twins"
               ) == consistency(pixels, t, permutations=9).auc
    words = np.array(subject.data.conditions)[single]
    assert one(numbers, "consistency", "auc", subject="pixels", option="matched, without twins"
               ) == pytest.approx(matched_auc(pixels, t, words))


def test_similar_faces_and_profiles(subject, numbers):
    x, t = subject.data.images, subject.data.labels
    pairs = [(j, k) for k in range(4) for j in range(k)]

    def cosines(rows):
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        rows = rows - rows.mean(axis=0)
        return [rows[j] @ rows[k] / np.linalg.norm(rows[j]) / np.linalg.norm(rows[k])
                for j, k in pairs]
    faces = cosines(np.array([x[t == k].mean(axis=0).ravel() for k in range(4)]))
    scores = tc.convolutional_gradients(subject.net, x, t).scores
    assert one(numbers, "consistency", "similar faces, similar profiles") == pytest.approx(
        stats.spearmanr(faces, cosines(scores)).statistic)
    each = []
    for k in range(4):
        norms = tc.map_norms(subject.net, x, k)[0]
        each.append(stats.spearmanr(faces, cosines(np.array(
            [norms[t == j].mean(axis=0) for j in range(4)]))).statistic)
    assert one(numbers, "consistency", "similar faces, similar profiles",
               subject="gradient, same output") == pytest.approx(np.mean(each))
    assert 0 < one(numbers, "consistency", "similar faces, similar profiles, p") <= 1


# --- rankings ---------------------------------------------------------------------------------

def test_halves_without_twins(subject, numbers, monkeypatch):
    seen = []
    monkeypatch.setattr(rankings.sanity, "split_half", lambda measure, net, x, t, rng, draws:
                        seen.append((measure, x, t)) or 0.5)
    faked = Numbers(rankings.rankings(subject))
    assert [measure for measure, *_ in seen] == [MEASURES[name] for name in rankings.HALVED]
    for _, x, t in seen:
        assert len(x) == len(t) == len({image.tobytes() for image in x}) == 42
    times = np.mean([n / (n // 2) for n in np.bincount(seen[0][2])])
    assert one(faked, "sanity", "split half, all images", subject=PAPER) == pytest.approx(
        times * 0.5 / (1 + (times - 1) * 0.5))
    real = one(numbers, "sanity", "split half", subject=PAPER)
    assert -0.5 < real < one(numbers, "sanity", "split half, all images", subject=PAPER) < 1


def test_a_gradient_beside_knockouts_alone(subject, numbers):
    x, t, net = subject.data.images, subject.data.labels, subject.net
    delta = tc.convolutional_gradients(net, x, t).scores
    rows, intact = np.arange(44), net.forward(x)
    fall = np.array([(intact.y - net.forward(x, tc.knockout([f])).y)[rows, t]
                     for f in features_of(net)]).T
    alone = np.array([fall[t == k].mean(axis=0) for k in range(4)])
    assert one(numbers, "first order", "rank correlation with knockout alone") == pytest.approx(
        np.mean([stats.spearmanr(a, b).statistic for a, b in zip(delta, alone, strict=True)]))
    ranks = [np.apply_along_axis(stats.rankdata, 1, found) for found in (delta, alone)]
    left = [r - r.mean(0) - r.mean(1)[:, None] + r.mean() for r in ranks]
    assert one(numbers, "first order", "the same, class-specific") == pytest.approx(
        np.corrcoef(left[0].ravel(), left[1].ravel())[0, 1])


def test_agreement_and_what_the_layers_make_of_it():
    features = tuple((name, i) for name in ("tanh1", "tanh2") for i in range(4))
    rng = np.random.default_rng(0)
    layers = tc.FeatureScores(rng.random((6, 8)) + np.repeat([0, 2], 4), features)
    maps = tc.FeatureScores(np.tile(rng.random(8), (6, 1)), features)
    numbers = Numbers(rankings.agreement_rows(3, {"layers": layers, "maps": maps}))
    within, alone = ([one(numbers, "agreement", name, subject=subject)
                      for subject in ("layers", "maps")]
                     for name in ("between classes", "between classes, layers alone"))
    assert within == pytest.approx([0.76, 1], abs=0.12)
    assert alone[0] == pytest.approx(within[0], abs=0.12)
    assert alone[1] < 0.7
    assert one(numbers, "agreement", "rank correlation", subject="maps", option="maps") == 1
    assert one(numbers, "agreement", "rank correlation", subject="maps", option="layers") == \
        one(numbers, "agreement", "rank correlation", subject="layers", option="maps")


def test_weights_are_shuffled_from_the_top(numbers):
    for name in ("activation", "filter"):       # which do not use the layers after the maps
        found = [one(numbers, "sanity", "shuffled weights", subject=name, option=option, step=step)
                 for step, option in enumerate(("trained", "dense5", "+ dense4", "+ conv3"))]
        assert found[:3] == pytest.approx([1, 1, 1])
        assert found[3] < 1
    gradient = one(numbers, "sanity", "shuffled weights", subject=PAPER, option="dense5", step=1)
    assert gradient < 0.999
    last = one(numbers, "sanity", "shuffled weights", subject=PAPER, option="+ conv1", step=5)
    assert one(numbers, "sanity", "all weights shuffled", subject=PAPER) == last


def test_learnt_is_judged_within_the_layers(subject, numbers):
    x, t, layers = subject.data.images, subject.data.labels, (slice(0, 5), slice(5, 13),
                                                              slice(13, 23))
    trained, before = (tc.convolutional_gradients(net, x, t).scores
                       for net in (subject.net, subject.untrained()))
    assert one(numbers, "sanity", "untrained network", subject=PAPER) == pytest.approx(np.mean(
        [stats.spearmanr(trained[k, own], before[k, own]).statistic
         for k in range(4) for own in layers]))


# --- trained again ----------------------------------------------------------------------------

def test_retrained_networks_lack_the_maps(subject, numbers, monkeypatch):
    seen = []
    monkeypatch.setattr(retrained, "pruned", lambda net, removed: seen.append(set(removed)) or net)
    monkeypatch.setattr(Subject, "trained", lambda self, net, *_: net)
    rows = Numbers(retrained.retrain(subject))
    strongest, same = seen
    assert len(strongest) == len(same) == 10
    layers = [sorted(layer for layer, _ in removed) for removed in seen]
    assert layers[0] == layers[1]
    assert strongest != same
    assert rows.subjects("retrain", "test error") == ["nothing", "strongest",
                                                      "random, same layers"]
    assert one(numbers, "retrain", "strongest minus same layers") == pytest.approx(
        one(numbers, "retrain", "test error", subject="strongest")
        - one(numbers, "retrain", "test error", subject="random, same layers"))


def test_shuffled_labels_are_learnt_and_are_not_the_true_ones(subject, monkeypatch):
    taught = []

    def untaught(self, net, data, images, labels=None):
        taught.append(labels)
        return self.net
    monkeypatch.setattr(Subject, "trained", untaught)
    numbers = Numbers(retrained.shuffled_labels(subject))
    true = subject.data.labels[subject.split[0]]
    assert (np.sort(taught[0]) == np.sort(true)).all()
    assert (taught[0] != true).mean() > 0.5
    assert [one(numbers, "sanity", "shuffled labels", subject=name) for name in CHEAP
            ] == pytest.approx([1] * len(CHEAP))            # the same network


def test_leaks_are_counted_and_trained_again_without_them(subject, numbers):
    x, t, (train, test) = subject.data.images, subject.data.labels, subject.split
    assert one(numbers, "leak", "pairs across the split") == 1
    assert one(numbers, "leak", "leaked images") == 1
    [(i, j)] = [pair for pair in subject.data.twins() if len(set(pair) & set(test.tolist())) == 1]
    leaked, seen = (i, j) if i in test else (j, i)
    wrong = subject.net.predict(x) != t
    others = [image for image in test if image != leaked]
    assert one(numbers, "leak", "test error", subject="the leaked twins alone") == wrong[leaked]
    assert one(numbers, "leak", "test error",
               subject="without the leaked twins") == wrong[others].mean()
    kept = [image for image in train if image != seen]
    net = subject.fresh()
    tc.train(net, x[kept], t[kept], epochs=14, seed=1)
    assert one(numbers, "leak", "test error", subject="the leaked twins, not seen in training"
               ) == (net.predict(x[[leaked]]) != t[leaked]).mean()


def test_what_a_leak_hides_is_measured_on_the_leaked_images(subject, monkeypatch):
    """With its twin the leaked image is the only one that is right, without it the only wrong."""
    [pair] = [p for p in subject.data.twins() if len(set(p) & set(subject.split[1].tolist())) == 1]
    leaked = next(i for i in pair if i in subject.split[1])
    others = [i for i in subject.split[1] if i != leaked]
    answers = (subject.data.labels + 1) % 4

    def oracle(known):
        def predict(x):
            found = [next(i for i in subject.split[1] if np.array_equal(
                subject.data.images[i], image)) for image in x]
            return np.where(np.isin(found, known), subject.data.labels[found], answers[found])
        return SimpleNamespace(predict=predict)
    trained = []
    monkeypatch.setattr(Subject, "trained", lambda self, net, data, images:
                        trained.append(images.tolist()) or oracle(others))
    rows = Numbers(twins.leaks(fooled(subject, oracle([leaked]))))
    assert trained == [[i for i in subject.split[0] if i not in pair]]
    assert one(rows, "leak", "test error", subject="without the leaked twins") == 1
    assert one(rows, "leak", "test error", subject="the leaked twins alone") == 0
    assert one(rows, "leak", "without minus with") == 1


def test_without_a_leak_nothing_is_trained(subject, monkeypatch):
    def trained(*_):
        raise AssertionError("trained again")
    monkeypatch.setattr(Subject, "trained", trained)
    single = replace(subject.data, digests=tuple(map(str, range(44))))
    rows = Numbers(twins.leaks(replace(subject, data=single)))
    assert one(rows, "leak", "leaked images") == one(rows, "leak", "pairs across the split") == 0
    assert np.isnan(one(rows, "leak", "without minus with"))
