"""The workflow for GitHub: it runs the public checks, and can do nothing else."""

import re

from tinycnn import __version__
from tinycnn.classroom.github import PATH, WORKFLOW
from tinycnn.commands.main import main


def test_the_workflow_is_in_the_handout_if_it_is_asked_for(tmp_path, capsys):
    assert main(["handout", "tanh", "--out", str(tmp_path / "hw"), "--github"]) == 0
    assert PATH in capsys.readouterr().out
    assert (tmp_path / "hw" / PATH).read_text("utf-8") == WORKFLOW
    assert main(["handout", "tanh", "--out", str(tmp_path / "plain")]) == 0
    assert not (tmp_path / "plain" / ".github").exists()


def test_it_runs_the_public_checks_without_secrets_and_may_only_read():
    assert re.findall(r"^      - run: (.*)$", WORKFLOW, re.MULTILINE) == [
        'pip install "$TINYCNN"', "tinycnn check ."]
    assert f"TINYCNN: tinycnn=={__version__} " in WORKFLOW
    assert re.search(r"^permissions:\n  contents: read\n\w", WORKFLOW, re.MULTILINE)
    assert "secrets." not in WORKFLOW
    assert "\t" not in WORKFLOW
