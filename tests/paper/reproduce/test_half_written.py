"""What a run leaves that could not write, or should not: all of the old results, and what to do."""


import pytest
from small_disk import has_limits, largest_file

import tinycnn as tc
from tinycnn.output.whole_file import NotWrittenError
from tinycnn.paper.reproduce.run import reproduce
from tinycnn.paper.reproduce.settings import Settings

CHECKPOINT = {"checkpoint.npz", "checkpoint.json"}


@pytest.fixture(scope="module")
def faces():
    return tc.drawn_faces(people=2)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@has_limits
def test_a_full_disk_leaves_the_older_results_and_the_training(faces, tmp_path):
    out, other = tmp_path / "out", Settings(data=faces, out=tmp_path / "out", epochs=3, seed=2)
    reproduce(Settings(data=faces, out=out, epochs=2))
    old = contents(out)
    report = len(old.pop("report.html"))
    assert max(map(len, old.values())) < report / 2     # so that the limit stops the report
    old = contents(out)
    with largest_file(report // 2), pytest.raises(NotWrittenError) as caught:
        reproduce(other)
    assert str(caught.value) == (
        f"{out / 'report.html'}: could not be written (File too large). What was there before is "
        "unchanged. Raise the limit on the size of files (ulimit -f). What was done is kept in "
        f"{out / 'checkpoint.npz'}: the same command goes on from there")
    new = contents(out)
    assert {name: new[name] for name in new.keys() - CHECKPOINT} == old
    trained = []
    metrics = reproduce(other, callbacks=[lambda *_: trained.append(1)])
    assert not trained
    assert metrics["training"]["epochs_run"] == 3
    assert contents(out).keys() == old.keys()
    straight = Settings(data=faces, out=tmp_path / "straight", epochs=3, seed=2)
    reproduce(straight)
    same = [name for name in old if name not in ("metrics.json", "report.html", "training.csv")]
    assert len(same) > 10
    for name in same:       # those without seconds
        assert (out / name).read_bytes() == (tmp_path / "straight" / name).read_bytes(), name


@has_limits
def test_no_room_later_on_keeps_the_checkpoint_of_before(faces, tmp_path):
    settings = Settings(data=faces, out=tmp_path, epochs=30)
    limit = largest_file(20_000)

    def fill_the_disk(_, history):
        if len(history) == 3:
            limit.__enter__()
    try:
        with pytest.raises(NotWrittenError, match=r"checkpoint.npz: could not be written.*What "
                           r"was there before is unchanged.*the same command goes on from there"):
            reproduce(settings, callbacks=[fill_the_disk])
    finally:
        limit.__exit__(None, None, None)
    epochs = []
    reproduce(settings, callbacks=[lambda _, history: epochs.append(len(history))])
    assert epochs == list(range(2, 31))
