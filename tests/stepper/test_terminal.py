"""Sessions in a terminal of 80 columns: keys are typed, and the screen is read back."""

import os
import re
import select
import signal
import sys
import time

import pytest

pty = pytest.importorskip("pty", reason="there are pseudo-terminals on Unix only")
pyte = pytest.importorskip("pyte", reason="reads the screen: pip install -e '.[dev]'")

COLUMNS, ROWS = 80, 50


class Terminal:
    """`tinycnn step` in a pseudo-terminal."""

    def __init__(self, *arguments, **environment):
        self.screen = pyte.HistoryScreen(COLUMNS, ROWS, history=500)
        self.stream = pyte.ByteStream(self.screen)
        self.raw = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.pop("NO_COLOR", None)
            os.environ.pop("COLORTERM", None)
            os.environ |= {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(ROWS),
                           "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1", **environment}
            os.execv(sys.executable, [sys.executable, "-m", "tinycnn", "step", *arguments])
        import fcntl
        import struct
        import termios
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def read_until(self, pattern, seconds=30):
        """Read what the program writes until the last line on the screen matches the pattern."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if re.search(pattern, self.last_line()):
                return
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:         # the program has ended
                    return
                self.raw += data
                self.stream.feed(data)
        raise AssertionError(f"no {pattern!r} on the screen:\n" + self.text())

    def type(self, keys, prompt=r"^\(\d+/\d+\) $"):
        """Type a line, wait for the next prompt, and return what is on the screen."""
        self.screen.reset()
        self.raw = b""
        os.write(self.fd, keys.encode() + b"\n")
        self.read_until(prompt)
        return self.text()

    def last_line(self):
        """The cursor's line, up to the cursor."""
        return self.screen.display[self.screen.cursor.y][:self.screen.cursor.x]

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display).strip()

    def close(self):
        """End the program and return its exit status."""
        os.write(self.fd, b"quit\n")
        for _ in range(100):
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    os.read(self.fd, 65536)
                except OSError:
                    time.sleep(0.05)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError("`quit` did not end the program")


@pytest.fixture
def start():
    terminals = []

    def make(*arguments, **environment):
        terminals.append(Terminal(*arguments, **environment))
        terminals[-1].read_until(r"^\(0/\d+\) $")
        return terminals[-1]

    yield make
    for terminal in terminals:
        assert terminal.close() == 0


def test_a_session_from_the_first_step_to_a_knockout(start):
    terminal = start()
    assert "drawn faces: subject01 centerlight (image 0, class 0)" in terminal.text()
    assert "Type `help`" in terminal.text()
    assert "1/39  forward conv1   Conv2D(1, 5, 5)" in terminal.type("next")
    assert "2/39  forward tanh1" in terminal.type("")             # Enter does it once more
    assert "1/39  forward conv1" in terminal.type("back")
    assert "28/39  backward tanh1" in terminal.type("until backward tanh1")
    explained = terminal.type("explain tanh1[0,4,21,13]")
    assert "o = tanh(b + Σ w·o')" in explained
    assert "They agree." in explained
    assert "y[0,0]" in terminal.type("knock tanh1 4")
    assert "all restored" in terminal.type("restore")
    assert "did you mean next?)" in terminal.type("nxt")
    assert "they are numbered 1 to 39" in terminal.type("until 40")


def test_tab_completes_and_arrows_go_back_in_the_history(start, two_people):
    pytest.importorskip("readline", reason="completion needs the readline module")
    terminal = start("--data", two_people)
    assert "26/39  backward conv2" in terminal.type("unt\t backw\t conv2")
    assert "conv1.W[0,0,1,1] = " in terminal.type("print dL/dconv1.\x15print conv1.W\t[0,0,1,1]")
    assert "conv1.W[0,0,1,1] = " in terminal.type("\x1b[A")


def test_ctrl_c_drops_the_line_and_no_more(start, two_people):
    terminal = start("--data", two_people)
    terminal.type("next")
    os.write(terminal.fd, b"explain someth")
    time.sleep(0.2)
    assert "`quit` leaves" in terminal.type("\x03")
    assert "2/39  forward tanh1" in terminal.type("next")


@pytest.mark.parametrize("environment", [
    {"COLORTERM": "truecolor"}, {}, {"NO_COLOR": "1"}, {"TERM": "dumb"}],
    ids=["truecolor", "256", "NO_COLOR", "dumb"])
def test_a_map_is_drawn_as_the_terminal_can(start, two_people, environment):
    terminal = start("--data", two_people, **environment)
    terminal.type("next")
    shown = terminal.type("show conv1 3")
    colours = {cell.fg for row in terminal.screen.buffer.values() for cell in row.values()}
    if "NO_COLOR" in environment or "TERM" in environment:
        assert colours == {"default"}
        assert "▀" not in shown
        assert re.search(r"[-=+*#%@]{40}", shown)
        assert "' ' is 0.35" in shown
    else:
        rows = [line for line in shown.splitlines() if "▀" in line]
        assert [len(row.rstrip()) for row in rows] == [56] * 28     # half blocks: 56 x 56 units
        assert len(colours) > 10
        assert "white" in shown
        assert (b"38;2;" in terminal.raw) == ("COLORTERM" in environment)


@pytest.mark.parametrize("colour", ["always", "never"])
def test_nothing_is_wider_than_the_terminal(start, two_people, colour):
    terminal = start("--data", two_people, "--color", colour, "--image", "0", "1", "2")
    for command in ("help", "next", "show conv1", "until gradients conv3", "list", "grad conv2",
                    "show conv3.W", "show y", "print tanh2", "explain dL/dtanh3[2,9,7,7]",
                    "explain conv3.W[9,7,4,4]", "knock tanh2 3", "where", "show dL/dtanh3",
                    "explain conv1[2,4,55,55]", "trouble"):
        terminal.type(command)
        plain = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", terminal.raw).decode()
        widest = max(plain.splitlines(), key=len)
        assert len(widest) <= COLUMNS, f"{command}: {widest}"


def test_a_terminal_without_unicode_gets_plain_characters(start):
    terminal = start("--tiny", LC_ALL="C", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    shown = terminal.type("next") + terminal.type("continue") + terminal.type("explain conv[0,1,1]")
    assert "sum_ij" in shown or "sum w*o'" in shown
    assert "?" not in shown
