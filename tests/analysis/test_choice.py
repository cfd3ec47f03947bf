"""Whom to show, on the Yale faces and elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from tinycnn import Dataset, FeatureScores
from tinycnn.analysis import choose_faces, choose_flow, choose_identities, names_of
from tinycnn.analysis.choice import spread

CONDITIONS = ("glasses", "happy", "normal", "wink")


def make(name="some faces", n_people=15):
    n = n_people * len(CONDITIONS)
    return Dataset(name, np.zeros((n, 1, 4, 4), np.float32),
                   np.repeat(np.arange(n_people), len(CONDITIONS)),
                   tuple(f"subject{k + 1:02d}" for k in range(n_people)), CONDITIONS * n_people,
                   ("",) * n, tuple(map(str, range(n))))


def scores_with(largest):
    features = (("tanh1", 0), ("tanh1", 1))
    return FeatureScores(np.array([[0.0, value] for value in largest]), features)


def test_the_papers_five_on_the_yale_faces():
    scores = scores_with(np.arange(15))
    assert choose_identities(make("Yale faces"), scores) == [14, 13, 6, 9, 11]


def test_a_yale_identity_without_images_is_left_out():
    largest = np.arange(15.0)
    largest[6] = np.nan
    chosen = choose_identities(make("Yale faces"), scores_with(largest))
    assert chosen == [14, 13, 9, 11]
    assert choose_flow(make("Yale faces"), chosen) in chosen


def test_fig_3_removes_the_features_of_the_papers_identity_7_or_of_the_middle_one():
    assert choose_flow(make("Yale faces"), [14, 13, 6, 9, 11]) == 6
    assert choose_flow(make("Yale faces"), [6, 9, 11]) == 6
    assert choose_flow(make(), [4, 3, 2]) == 3


def test_elsewhere_five_over_the_whole_range():
    largest = np.random.default_rng(0).permutation(np.arange(1.0, 14.0))
    chosen = choose_identities(make(n_people=13), scores_with(largest))
    assert largest[chosen].tolist() == [13, 10, 7, 4, 1]


def test_few_people_and_unknown_ones():
    assert choose_identities(make(n_people=3), scores_with([1, 3, 2])) == [1, 2, 0]
    assert choose_identities(make(n_people=3), scores_with([1, np.nan, 2])) == [2, 0]


def test_ordinary_faces_come_first():
    data = make()
    assert [data.conditions[i] for i in choose_faces(data, 4, 3)] == ["normal", "happy", "glasses"]
    assert all(data.labels[i] == 4 for i in choose_faces(data, 4, 9))


@pytest.mark.parametrize(("people", "names"), [
    (("subject01", "subject10"), ["1", "10"]), (("s1", "subject02"), ["s1", "2"]),
    (("1", "subject01", "subject02"), ["1", "subject01", "subject02"]),     # not "1" twice
    (("subject1", "subject01"), ["subject1", "subject01"])])
def test_names(people, names):
    assert names_of(replace(make(n_people=len(people)), people=people)) == names


def test_a_sample_is_spread_from_the_first_to_the_last():
    assert spread(5, 5).tolist() == [0, 1, 2, 3, 4] == spread(5, 9).tolist()
    assert spread(9, 3).tolist() == [0, 4, 8]
    assert len(set(spread(201, 200).tolist())) == 200
