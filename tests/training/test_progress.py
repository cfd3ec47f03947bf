"""One line that is rewritten on a terminal, plain lines elsewhere."""

import io

from tinycnn import History, Progress
from tinycnn.training.progress import clock


class Terminal(io.StringIO):
    def isatty(self):
        return True


def run(stream, epochs=20):
    progress, history = Progress(stream), History(epochs)
    for _ in range(epochs):
        history.loss.append(0.5)
        history.train_error.append(0.25)
        history.test_error.append(0.125)
        history.seconds.append(0.01)
        progress(None, history)
    return stream.getvalue()


def test_a_terminal_gets_one_line():
    first, *others = run(Terminal()).splitlines()
    assert first.startswith("epoch  1/20")
    assert len(others) >= 1
    up_and_clear = "\x1b[1A\x1b[2K"
    assert all(line.startswith(up_and_clear) for line in others)
    last = others[-1].removeprefix(up_and_clear)
    assert last == ("epoch 20/20  loss 0.5000  train error 25.00%, test error 12.50%  0:00 left")
    assert len(last) < 80


def test_a_log_gets_plain_lines():
    lines = run(io.StringIO()).splitlines()
    assert len(lines) == 10
    assert lines[0].startswith("epoch  2/20  loss 0.5000")
    assert not any("\r" in line or "\x1b" in line for line in lines)


def test_the_time_left_is_that_of_the_epochs_left(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("tinycnn.training.progress.time.monotonic", lambda: now[0])
    stream = io.StringIO()
    progress = Progress(stream)
    for _ in range(2):          # a second training starts from nothing
        history = History(100, loss=[1.0] * 40, train_error=[0.5] * 40, seconds=[9.0] * 40)
        for _ in range(10):     # it goes on from a checkpoint at epoch 40; an epoch takes 2 s
            now[0] += 2
            history.loss.append(1.0)
            history.train_error.append(0.5)
            history.seconds.append(2.0)
            progress(None, history)
        now[0] += 1000
    lines = stream.getvalue().splitlines()
    assert [line.split()[-2] for line in lines] == ["1:40", "1:40"]      # 50 epochs of 2 s


def test_a_terminals_second_training_has_a_line_of_its_own():
    stream = Terminal()
    progress = Progress(stream)
    for _ in range(2):
        progress(None, History(5, loss=[1.0], train_error=[0.5], seconds=[1.0]))
    assert "\x1b" not in stream.getvalue()


def test_time_left():
    assert [clock(s) for s in (7.4, 754, 3723)] == ["0:07", "12:34", "1:02:03"]
