"""Every command that the README and the guides show is run, page by page, as a reader would."""

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers_pages import blocks
from PIL import Image

from tinycnn.commands.main import parser
from tinycnn.datasets import load_images

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "datasets/README.md",
         *sorted((ROOT / "tutorials").glob("*.md"))]

# Commands that differ from others in what they read only.
CHOOSES = r"tinycnn reproduce --data \w+ --(label|labels|exclude) .*"

# What takes minutes, or needs what a test has not: run there instead, in small.
ELSEWHERE = {
    r"(pip install .* && )?python tutorials/build\.py site": "tests/tutorials/test_site.py",
    r"pip install .*|tinycnn reproduce": ".ci/run",
    r"tinycnn study.*": "tests/commands/test_study.py",
    r"tinycnn reproduce --data digits.*": "tests/paper/test_networks.py",
    CHOOSES: "tests/tutorials/test_commands.py",        # below
    r"tinycnn bench.*": "tests/commands/test_bench.py",
    r"python tutorials/build\.py notebooks": "tests/tutorials/test_notebooks.py",
    r"docker (build|run) .*": "tests/classroom/test_class.py",
    r"tinycnn grade .*--(roster|moodle|canvas) .*": "tests/classroom/test_grade_command.py",
    r"sudo apt-get install bubblewrap": "tests/classroom/test_attacks.py",
    r"tinycnn check tutorials/code_you_have.*": "tests/commands/test_check.py",
    r"for seed in .*": "tests/paper/reproduce/test_yale.py",
}
SHORTER = {"reproduce": "--epochs 1 --data few"}    # the same command, on three people
CONDITIONS = ("happy", "sad", "wink", "normal")
FINDS_FAULT = ("tinycnn check tutorials/three_wrong_layers.py",
               "tinycnn check hw1")         # where nothing is written yet


def commands(page):
    """The commands of a page, lines that go on joined, comments left out."""
    text = re.sub(r"\\\n *", "", page.read_text("utf-8"))
    return [re.sub(r"\s+# .*", "", line).strip()
            for _, block in blocks(text, "sh")
            for line in block.splitlines() if line.strip()]


def elsewhere(command):
    return next((place for pattern, place in ELSEWHERE.items() if re.fullmatch(pattern, command)),
                None)


@pytest.fixture
def folder(tmp_path):
    """A copy of what a reader has: the tutorials, faces in a zip, and homework handed in."""
    shutil.copytree(ROOT / "tutorials", tmp_path / "tutorials",
                    ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "datasets", tmp_path / "datasets")
    (tmp_path / "few").mkdir()
    for face in (ROOT / "datasets/drawn").glob("subject0[123]*"):
        shutil.copy(face, tmp_path / "few")
    shutil.make_archive(str(tmp_path / "yalefaces"), "zip", tmp_path / "few")
    (tmp_path / "submissions").mkdir()
    shutil.copy(ROOT / "tutorials/homework_of_alice.py", tmp_path / "submissions/alice.py")
    own_images(tmp_path)
    return tmp_path


def own_images(folder):
    """The data of "Your own images", four pictures of each of two classes."""
    for i in range(8):
        face = Image.open(ROOT / f"datasets/drawn/subject0{1 + i % 2}.{CONDITIONS[i // 2]}.png")
        who, small = ("anna", "ben")[i % 2], face.resize((48, 40))
        for name in (f"photos/{who}/{i}.jpg", f"people/{'ab'[i // 4]}/{who}/{i}.png",
                     f"jaffe/K{'AL'[i // 4]}.{('AN', 'HA')[i % 2]}{i}.{i}.tiff",
                     f"img_align_celeba/00000{i}.jpg",
                     f"CroppedYale/{who}/{who}_P00A+00{i}E+00.pgm",
                     f"CroppedYale/{who}/{who}_P00_Ambient.pgm"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (face if "Ambient" in name else small).save(folder / name)
    (folder / "identity_CelebA.txt").write_text(
        "".join(f"00000{i}.jpg {2880 + i % 2}\n" for i in range(8)), "utf-8")
    digits = np.arange(8 * 28 * 28, dtype=np.uint8).reshape(8, 28, 28)
    np.savez(folder / "mnist.npz", x_train=digits[:6], y_train=np.arange(6) % 2,
             x_test=digits[6:], y_test=np.arange(2))


@pytest.mark.parametrize("page", [page for page in PAGES if commands(page)],
                         ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_commands_of_a_page(page, folder):
    for command in commands(page):
        if elsewhere(command):
            continue
        program, *words = shlex.split(command)
        assert program in ("tinycnn", "python", "pytest"), command
        options = shlex.split(SHORTER.get(words[0], ""))
        if {"--data", "tutorials/drawn_faces.npz"} & {*words}:     # 15 people
            options = options[:2]
        module = ["-m", program] if program != "python" else []
        done = subprocess.run([sys.executable, *module, *words, *options], cwd=folder, text=True,
                              input="quit\n", capture_output=True, timeout=120)
        expected = 1 if command in FINDS_FAULT else 0
        assert done.returncode == expected, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr


def test_what_commands_choose_is_read_as_the_page_says(folder, monkeypatch):
    monkeypatch.chdir(folder)
    page = ROOT / "tutorials/reproduce_the_paper.md"
    found = {}
    for command in commands(page):
        if re.fullmatch(CHOOSES, command):
            options = parser().parse_args(shlex.split(command)[1:])
            data = load_images(options.data, size=20, label=options.label, labels=options.labels,
                               exclude=options.exclude)
            found[options.data] = (len(data), *data.people)
    assert found == {"people": (8, "anna", "ben"), "jaffe": (8, "AN", "HA"),
                     "img_align_celeba": (8, "2880", "2881"), "CroppedYale": (8, "anna", "ben")}


def test_what_is_run_elsewhere_is_there():
    for place in ELSEWHERE.values():
        assert (ROOT / place).exists(), place


def test_commands_are_found():
    assert len(commands(ROOT / "README.md")) >= 8
    assert any(elsewhere(command) is None for command in commands(ROOT / "README.md"))
