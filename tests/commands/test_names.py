"""Names from files on the terminal, which would obey an escape in them."""

import subprocess
import sys

from tinycnn.datasets.drawn import save_drawn_faces

HOSTILE = "a\x1b[31m\u202e$^$"


def test_log_lines_and_errors_are_harmless(tmp_path):
    people = tmp_path / HOSTILE
    save_drawn_faces(people, people=2)
    for data, status in ((people, 0), (tmp_path / f"not {HOSTILE}", 1)):
        done = subprocess.run(
            [sys.executable, "-m", "tinycnn", "reproduce", "--epochs", "1", "--data", data,
             "--out", tmp_path / "results"], capture_output=True, check=False)
        said = (done.stdout + done.stderr).decode()
        assert done.returncode == status, said
        assert "a\N{REPLACEMENT CHARACTER}[31m\N{REPLACEMENT CHARACTER}$^$" in said
        assert "\x1b" not in said
        assert "\u202e" not in said
