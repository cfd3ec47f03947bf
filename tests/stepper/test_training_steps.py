"""Commands that go from one training step to another: again, undo, batch, watch."""

import re

import numpy as np
import pytest
from debugger_session import Session
from stepper_nets import every_kind, images

import tinycnn as tc


@pytest.fixture
def session():
    return Session(tc.Stepper(every_kind(), *images(2), learning_rate=0.02))


@pytest.fixture(scope="module")
def history():
    return tc.train(every_kind(), *images(7), epochs=40, batch_size=2, stop=(2, 2))


@pytest.fixture
def inside(history):
    """In epoch 2, batch 2 of 4."""
    return Session(tc.Stepper.into(history))


def bits(session):
    return {name: w.tobytes() for name, w in session.stepper.net.params.items()}


def test_again_says_what_the_loss_was_and_is(session):
    answer = session.type("again")
    before, after = map(float, re.search(r"L: (\S+) → (\S+)", answer).groups())
    assert before == pytest.approx(session.stepper.losses[0], 1e-3)
    session.type("until loss")
    assert after == pytest.approx(session.stepper.loss, 1e-3)


def test_again_n_has_a_line_for_each_step(session):
    lines = session.type("again 3").splitlines()
    assert [line.split(":")[0] for line in lines] == [
        "step 1", "step 2", "step 3", "The updated parameters are in. L"]
    assert len(session.type("again 40").splitlines()) == 11
    assert len(session.stepper.losses) == 43


@pytest.mark.parametrize(("command", "part"), [
    ("again x", "again 'x': expected a whole number"), ("again 0", "expected 1 or more"),
    ("again 2 3", "expected a whole number"), ("undo", "no `again` to undo"),
    ("back again", "no `again` to undo"), ("back again x", "back again 'x': expected"),
    ("batch", "not in a training: `tinycnn step --at 3:5`"), ("batch 3:5", "not in a training"),
    ("back batch", "not in a training"), ("batch x", "batch 'x': expected a whole number"),
    ("watch tanh1", "tanh1 is 2 x 3 x 7 x 10 numbers; give an index, or `watch norm(tanh1)`"),
    ("watch norm(conv9)", "did you mean conv"), ("compare", "nothing to compare with"),
])
def test_a_wrong_command_says_what_is_possible_and_changes_nothing(session, command, part):
    before = bits(session)
    assert part in session.said(command)
    assert session.debugger.failed
    assert bits(session) == before


def test_a_breakpoint_stops_again_and_the_rest_is_said(session):
    session.type("break update conv1")
    assert "0 of 3 training steps are done; `again 3` goes on" in session.type("again 3")
    assert session.stepper.step.name == "update conv1"
    assert "1 of 3 training steps are done; `again 2` goes on" in session.type("again 3")
    session.type("clear", "again")
    assert (len(session.stepper.losses), session.stepper.position) == (2, 0)


def test_undo_gives_the_same_numbers(session):
    session.type("again 2", "continue")
    before, loss = bits(session), session.stepper.loss
    session.type("again 3")
    assert bits(session) != before
    assert "back at the end of step 3; L = " in session.type("undo 3")
    assert (bits(session), session.stepper.loss) == (before, loss)
    assert "only 2 training steps before this one" in session.type("undo 9")
    assert "back at the end of step 1" in session.type("back again 2")


def test_batches_of_a_training(inside):
    start = bits(inside)
    answer = inside.said("batch 2")
    assert "epoch 2, batch 4 of 4, before its update: images" in answer
    assert "epoch 3, batch 1 of 4" in inside.said("batch")
    assert "epoch 2, batch 2 of 4" in inside.said("back batch 3")
    assert bits(inside) == start
    assert "epoch 2, batch 1 of 4" in inside.said("watch L", "back batch")
    inside.type("undisplay L")
    answer = inside.said("batch 1:3")
    moment = inside.stepper.moment
    assert f"images {', '.join(map(str, moment.chosen))} of the training; L = " in answer
    inside.type("until loss")
    assert float(answer.split()[-1]) == pytest.approx(inside.stepper.loss, 1e-3)
    assert "expected an epoch from 1 to 40, and a batch from 1 to 4" in inside.said("batch 2:5")
    assert (moment.epoch, moment.batch) == (1, 3)


def test_batches_stop_at_breakpoints(inside):
    inside.type("tbreak backward conv1")
    assert "0 of 3 training steps are done; `batch 3` goes on" in inside.said("batch 3")
    assert inside.stepper.step.name == "backward conv1"
    assert "epoch 3, batch 1 of 4" in inside.said("batch 3")


def test_last_is_that_of_the_batch_before(inside):
    inside.type("break if last > 0 and L > 0")
    answer = inside.type("continue")
    assert f"last = {inside.stepper.moment.last:.6g}" in answer


def test_watch_notes_numbers_at_every_step(session):
    watched = "norm(dL/dconv1.W)"
    session.type("again", f"watch {watched} conv1.b[0]", "again", "continue")
    norm = np.sqrt((session.stepper.parameter_gradients["conv1.W"].astype(float) ** 2).sum())
    bias = session.stepper.updated["conv1.b"][0]
    session.type("again")
    head, *rows = session.type("watch").splitlines()
    assert head.split() == ["L", watched, "conv1.b[0]"]
    assert [row.split()[:2] for row in rows] == [["step", str(n)] for n in (1, 2, 3, 4)]
    assert len(rows[0].split()) == 3                                # L only: watched later
    assert rows[2].split()[3:] == [f"{norm:.6g}", f"{bias:.6g}"]
    assert rows[3].split()[2:] == [f"{bias:.6g}"]                   # of step 4 nothing else yet
    session.type("undo 2")
    assert session.type("watch").splitlines()[1:] == rows[:2]
    session.type("undisplay conv1.b[0]")
    assert session.type("watch").splitlines()[0].split() == ["L", watched]


def test_watch_over_the_batches_of_a_training(inside):
    inside.type("watch norm(dL/dconv1.W) max(tanh1) min(tanh1) mean(tanh1)", "batch 4")
    lines = inside.type("watch").splitlines()
    assert [line.split()[0] for line in lines] == [
        "L", "2:2", "2:3", "2:4", "3:1", "L", "2:2", "2:3", "2:4", "3:1"]
    assert lines[5].split() == ["L", "mean(tanh1)"]                 # three fit beside each other
    assert max(map(len, lines)) <= 79


def test_in_a_smaller_batch_an_image_that_is_not_there_is_blank_and_stops_nothing(inside):
    for what in ("", " if o < 2"):
        inside.type(f"break tanh1[1,2,3,4]{what}", f"tbreak tanh1[1:]{what}")
    inside.type("watch tanh1[1,2,3,4]", "display tanh1[1,2,3,4]", "batch 2:4")      # one image
    assert "tanh1[1,2,3,4]: no such index in this batch" in inside.type("until loss")
    assert "31/31" in inside.type("continue")
    assert len(inside.type("watch").splitlines()[1].split()) == 2
    assert not inside.debugger.failed
    assert inside.type("batch", "continue").count("stopped by") == 4


def test_places_that_were_only_passed_have_no_row(inside):
    inside.type("watch norm(tanh1)", "batch 2:3", "batch 2:4", "until loss")
    assert len(inside.type("watch").splitlines()) == 2


def test_what_is_far_away_is_said(inside):
    assert "149 batches away: this may take a while" in inside.said("batch 39:3")
    assert "away" not in inside.said("batch -2")
    assert "999 batches back: only 152 were before this one" in inside.said("batch -999")


def test_a_long_table_shows_its_end(session):
    assert "the last 30 of 35 training steps" in session.type("again 35", "watch")


def test_an_empty_line_repeats_again(session):
    session.type("again", "")
    assert len(session.stepper.losses) == 2
