"""Text that nobody reads any more: writing it raises nothing, in a process of its own."""

import io
import os
import subprocess
import sys

import pytest

from tinycnn.output.patient import lost, patient

SAY = """
import sys
from tinycnn.output.any_terminal import printable
from tinycnn.output.patient import lost, patient
sys.{0} = patient(sys.{0})
assert patient(sys.{0}) is sys.{0}
printable(sys.{0})
for _ in range(3):
    print("é" * 50_000, file=sys.{0})
open({1!r}, "w").write(str(lost(sys.{0})))
"""


@pytest.mark.skipif(os.name != "posix", reason="pipes and shells of Unix")
@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("options", ["", "-u"])
@pytest.mark.parametrize(("where", "said"), [
    ("| head -c 3 >/dev/null", "[Errno 32] Broken pipe"), (">&-", "None"), ("| cat > all", "None"),
    *[("> /dev/full", "[Errno 28] No space left on device")] * os.path.exists("/dev/full")])
def test_it_goes_on(name, options, where, said, tmp_path):
    number = {"stdout": "", "stderr": "2"}[name]
    to = f"2>&1 >/dev/null {where}" if number and where[0] == "|" else number + where
    code = SAY.format(name, str(tmp_path / "said"))
    done = subprocess.run(["bash", "-c", f'set -o pipefail; "$0" {options} -c "$1" {to}',
                           sys.executable, code], cwd=tmp_path, check=False, timeout=60,
                          env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "",
                               "PYTHONPATH": os.pathsep.join(sys.path)})
    assert done.returncode == 0
    assert (tmp_path / "said").read_text() == said
    if "all" in where:
        assert (tmp_path / "all").read_text("utf-8") == ("é" * 50_000 + "\n") * 3


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
def test_a_short_text_is_lost_too_and_the_first_error_is_told(monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as pipe, open(os.devnull, encoding="utf-8") as other:
        monkeypatch.setattr(sys, "__stdout__", pipe)
        ours = patient(pipe)
        for _ in range(2):
            print("text", file=ours)
            assert isinstance(lost(ours), BrokenPipeError)
            os.dup2(other.fileno(), writer)     # from now on another error


@pytest.mark.skipif(os.name != "posix", reason="pipes of Unix")
def test_what_is_not_buffered_comes_through_at_once(monkeypatch):
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    with open(reader, "rb", 0) as end, io.TextIOWrapper(io.FileIO(writer, "w"), "utf-8",
                                                        write_through=True) as pipe:
        monkeypatch.setattr(sys, "__stdout__", pipe)
        ours = patient(pipe)
        ours.write("a")
        assert end.read() == b"a"


def test_streams_of_others_stay_as_they_are():
    mine = io.StringIO()
    assert patient(mine) is mine
    assert lost(mine) is None


def test_a_stream_that_python_does_not_have():
    with patient(None) as nowhere:
        print("text", file=nowhere)
        assert lost(nowhere) is None
