"""Every way in which PyTorch is timed computes what tinycnn computes (extra `oracle`)."""

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.bench import jobs

torch = pytest.importorskip("torch", reason="needs the extra 'oracle' (PyTorch)")

from tinycnn.bench import torch_jobs, torch_knockout  # noqa: E402
from tinycnn.bench.rivals import rivals  # noqa: E402
from tinycnn.bench.torch_net import TorchFaceNet, as_tensor, torch_threads  # noqa: E402


def assert_close(theirs, ours, name):
    """In float32, except for rare windows in which two maxima differ only by rounding."""
    close = np.isclose(theirs, ours, 1e-3, 1e-4 * np.abs(ours).max())
    assert close.shape == ours.shape, name
    assert close.mean() > 0.9995, name


def test_training_takes_the_same_steps(task):
    # All images in one batch: their order does not matter.
    batch = len(task.train_part)
    ours = jobs.trained_copy(task, 2, batch, 0.1).params
    ways = torch_jobs.epochs(task, batch, 0.1, n=2)
    assert len(ways) == 8
    for name, run in ways.items():
        for key, w in run().params.items():
            w = w.detach().numpy().T if key.startswith("dense") else w.detach().numpy()
            assert_close(w - task.net.params[key], ours[key] - task.net.params[key],
                         f"{name}: {key}")


def test_training_goes_through_all_images_in_batches(task):
    seen = []

    def learn(net, x, t):
        seen.append(x.sum(dim=(1, 2, 3)))
        return torch_jobs.learn_by_hand(net, x, t)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(torch_jobs.LEARN, "by hand", learn)
        run = torch_jobs.epochs(task, 10, 1e-9)["contiguous, native, by hand"]
    run()
    assert [len(batch) for batch in seen] == [10, 10, 5]
    np.testing.assert_allclose(np.sort(torch.cat(seen)),
                               np.sort(task.x[task.train_part].sum(axis=(1, 2, 3))), 1e-5)


def test_gradients_of_the_true_class(task):
    ours = list(tc.prediction_gradients(task.net, task.x, classes=task.t).values())
    ways = torch_jobs.true_class(task)
    assert len(ways) == 2 * 2 * 2 * 4
    for name, run in ways.items():
        parts, _, gradients = zip(*run(), strict=True)
        assert [i for part in parts for i in range(len(task.x))[part]] == list(range(len(task.x)))
        for theirs, array in zip(zip(*gradients, strict=True), ours, strict=True):
            assert_close(torch.cat(theirs), array, name)


def test_gradients_of_all_classes(task):
    ours = list(tc.prediction_gradients(task.net, task.x).values())
    ways = torch_jobs.gradient_ways(task, torch_jobs.ALL)
    assert set(ways) == set(torch_jobs.all_classes(task))
    assert len(ways) == 2 * 2 * 3 * 4
    for name, blocks in ways.items():
        theirs = [np.full_like(array, np.nan) for array in ours]
        for part, k, gradients in blocks():
            for array, gradient in zip(theirs, gradients, strict=True):
                if k is None:       # all at once, with the classes as first axis
                    array[part] = gradient.movedim(0, 1)
                else:
                    array[part, k] = gradient
        for a, b in zip(theirs, ours, strict=True):
            assert_close(a, b, name)


def test_labels_of_fig_2(task):
    scores = jobs.feature_scores(task)
    orders = jobs.orders(task, scores)[:2]
    ours = jobs.knockouts(task, scores).run()[:2]
    assert len(np.unique(ours[0])) > 1          # else the check below says nothing
    ways = torch_knockout.knockouts(task, orders)
    assert len(ways) == 2 * 2 * 2 * 2
    for name, run in ways.items():
        for labels, theirs in zip(ours, run(), strict=True):
            assert theirs.shape == labels.shape
            # Rounding may decide a tie either way.
            assert (labels != theirs).mean() < 0.01, name


def test_one_channel_images_have_the_strides_of_their_layout(task):
    x = as_tensor(task.x)
    assert x[2:5].stride() == (1296, 1296, 36, 1)
    assert TorchFaceNet(task.net, False).laid_out(x[2:5]).stride() == (1296, 1296, 36, 1)
    assert TorchFaceNet(task.net, True).laid_out(x[2:5]).stride() == (1296, 1, 36, 1)


def test_each_job_has_its_rival(task):
    scores = jobs.feature_scores(task)
    theirs = rivals(task, task, scores, (1, 8), 10, 3, 0.1)
    assert [len(rival.trial) for rival in theirs] == [8, 8, 8, 32, 48, 16]
    for rival in theirs:
        name = next(iter(rival.trial))
        assert list(rival.final([name])) == [name]
    labels = next(iter(theirs[-1].final(list(theirs[-1].trial)[:1]).values()))()
    assert [len(curve) for curve in labels] == [11, 21] * 3


def test_the_number_of_threads_is_put_back():
    before = torch.get_num_threads()
    with torch_threads(2):
        assert torch.get_num_threads() == 2
    assert torch.get_num_threads() == before
