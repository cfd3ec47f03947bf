"""A study on the real faces: their twins are found, and left out where it says so."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.analysis.consistency import consistency
from tinycnn.paper.study.parts.profiles import profiles
from tinycnn.paper.study.parts.twins import leaks
from tinycnn.paper.study.parts.units import errors_explained
from tinycnn.paper.study.rows import Numbers
from tinycnn.paper.study.subject import Subject, Training, train_network


@pytest.fixture(scope="module")
def subject(yale_folder):
    data, training = tc.load_faces(yale_folder), Training(epochs=60)
    params, rows = train_network(data, 3, training)
    [error] = Numbers(rows).find("training", "error", option="train")
    assert error < 0.1                  # sixty epochs: it knows the faces
    return Subject(data, 3, training, params)


def test_leaks_of_the_real_faces(subject):
    data, numbers = subject.data, Numbers(leaks(subject))
    [pairs] = numbers.find("leak", "pairs across the split")
    assert pairs == data.twins_across(subject.split) > 0
    for name in ("with twins", "without the leaked twins", "the leaked twins alone"):
        [error] = numbers.find("leak", "test error", subject=name)
        assert 0 <= error < 0.5
    [leaked] = numbers.find("leak", "leaked images")
    [hidden] = numbers.find("leak", "without minus with")
    assert hidden * leaked == pytest.approx(round(hidden * leaked))
    assert -0.5 < hidden < 1


def test_profiles_of_the_real_faces(subject):
    numbers = Numbers(profiles(subject))
    data = subject.data
    single = np.delete(np.arange(165), sorted({j for _, j in data.twins()}))
    assert len(single) == 156           # nine pairs
    pixels = data.images.reshape(165, -1)[single]
    [auc] = numbers.find("consistency", "auc", subject="pixels", option="raw, without twins")
    assert auc == consistency(pixels, data.labels[single], permutations=9).auc
    [with_twins] = numbers.find("consistency", "auc", subject="pixels", option="raw, all images")
    assert auc < with_twins
    auc = {(kind, how): numbers.find("consistency", "auc", subject=kind,
                                     option=f"{how}, all images")[0]
           for kind in ("gradient", "pixels", "gradient, same output",
                        "gradient, same output, untrained") for how in ("raw", "matched")}
    # Light hides people from pixels, but not at equal light.
    assert auc["pixels", "matched"] == pytest.approx(0.883, abs=0.001)
    assert auc["pixels", "raw"] < auc["pixels", "matched"] - 0.05
    assert auc["gradient", "matched"] < auc["pixels", "matched"] - 0.1
    for how in ("raw", "matched"):
        assert auc["gradient, same output", how] > auc["gradient, same output, untrained", how]


def test_mistakes_of_the_real_faces(subject):
    rows = errors_explained(subject)
    [wrong] = Numbers(rows).find("mistakes", "wrong")
    answers = subject.net.predict(subject.data.images)
    assert wrong == (answers != subject.data.labels).sum() > 0
