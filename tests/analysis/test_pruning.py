"""A pruned network does what knocking out does."""

import numpy as np

import tinycnn as tc
from tinycnn.analysis.pruning import first_removable, overall_order, pruned


def test_the_papers_network_can_be_trained_without_its_maps():
    net = pruned(tc.face_net(3, seed=1), [("tanh1", 4), ("tanh2", 0), ("tanh3", 9)])
    data = tc.drawn_faces(people=3)
    history = tc.train(net, data.images, data.labels, epochs=2)
    assert history.loss[1] < history.loss[0]
    assert net["conv2"].params["W"].shape == (7, 4, 5, 5)


def test_every_class_counts_alike_in_the_overall_order():
    features = (("a", 0), ("a", 1), ("b", 0))
    scores = tc.FeatureScores(np.array([[300.0, 100, 0], [0, 1, 0.9], [np.nan] * 3]), features)
    assert overall_order(scores) == [("a", 1), ("a", 0), ("b", 0)]


def test_one_map_of_each_layer_stays():
    order = [("a", 1), ("a", 0), ("b", 2), ("b", 0), ("b", 1)]
    assert first_removable(order, 3) == [("a", 1), ("b", 2), ("b", 0)]
    assert first_removable(order, 9) == [("a", 1), ("b", 2), ("b", 0)]
