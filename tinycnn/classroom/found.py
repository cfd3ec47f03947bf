"""What was handed in: the submissions of a class, found in a folder, and a name for each.

    for submission in find_submissions([Path("submissions")]):
        with opened(submission) as found:
            print(found.student, found.paths)

It knows the names that Moodle and Canvas give to what a teacher downloads. Nothing is read here,
and nothing that is found can stop the search.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from .blanks import FILE, NOTEBOOK
from .names import distinct, plain_name
from .unpacked import CODE, is_left_out, unpacked

MOST = 4                # files that may be the work of one student; the best of them counts
DEEPEST = 20            # folders in folders
LARGEST = 5000          # entries of a student's folder that are looked at
HANDOUT = {FILE, NOTEBOOK, "test_layers.py"}
MOODLE = re.compile(r"(.+?)_(\d+)_assignsubmission_([a-z]+)_?(.*)", re.DOTALL)
CANVAS = re.compile(r"([^_]*)(_LATE)?_(\d+)_\d+_(.+)", re.DOTALL)


@dataclass(frozen=True)
class Submission:
    """What one student handed in.

    Attributes:
        student: a name, from the file or the folder; no two submissions have the same.
        paths: the files that may be the work, the likeliest first; or the zips that have them.
        reason: why there is none, if this is the student's own doing; else "".
        ungraded: why a teacher has to look first, else "".
        number: how Moodle or Canvas numbers the student, else "".
        upload: what it calls a file for this student, up to the file's own name; else "".
        late: what Canvas says about it, for the teacher; "" if all was in time.
        id, email: from the roster, if there is one.
        missing: nothing was handed in; the roster has the name.
    """

    student: str
    paths: tuple[Path, ...] = ()
    reason: str = ""
    ungraded: str = ""
    number: str = ""
    upload: str = ""
    late: str = ""
    id: str = ""
    email: str = ""
    missing: bool = False


def find_submissions(targets: Iterable[Path]) -> list[Submission]:
    """One submission for each file, and for each entry of a folder; students' names are unique.

    A folder with nothing but a handout's files is one submission. In any other folder, each entry
    (a .py, .ipynb or .zip file, or a folder) is one submission.

    Raises:
        FileNotFoundError: a target does not exist.
    """
    found: list[Submission] = []
    for target in targets:
        if not target.exists() and not target.is_symlink():
            raise FileNotFoundError(f"{target}: there is no such file or folder")
        if not _is_folder(target) or _is_one(target):
            found.append(one_submission(target))
        else:
            found += [_grouped(*group) for group in _groups(_entries(target)[0])]
    names = distinct([s.student for s in found])
    return [replace(s, student=name) for s, name in zip(found, names, strict=True)]


def strays(targets: Iterable[Path]) -> list[str]:
    """What lies in folders of submissions and is none: worksheets, pictures, notes."""
    return [plain_name(path.name) for target in targets
            if _is_folder(target) and not _is_one(target) for path in _entries(target)[1]]


def one_submission(path: Path) -> Submission:
    """One student's submission: a file, or a folder with everything that was handed in."""
    if _is_folder(path):
        return _chosen(Submission(plain_name(path.resolve().name)), _walk(path), path)
    return Submission(plain_name(path.stem), (path,))


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _is_one(folder: Path) -> bool:
    """Whether a folder is a handout that came back, not a class of which one file is layers.py."""
    there = [path for path in folder.iterdir() if not is_left_out(PurePosixPath(path.name))]
    if not {path.name for path in there} & {FILE, NOTEBOOK}:
        return False
    return not any(path.is_dir() or (path.suffix in CODE and path.name not in HANDOUT)
                   for path in there)


def _entries(folder: Path) -> tuple[list[Path], list[Path]]:
    """(what is a submission, what is a stray) of a folder."""
    there = sorted(folder.iterdir())
    hidden = [path for path in there if is_left_out(PurePosixPath(path.name))]
    there = [path for path in there if path not in hidden]
    from_canvas = _is_from_canvas(there)
    ours: list[Path] = []
    others = [path for path in hidden if path.suffix.lower() in CODE]
    for path in there:
        known = path.suffix.lower() in (*CODE, ".zip") and path.name not in HANDOUT - {
            FILE, NOTEBOOK}
        named = MOODLE.fullmatch(path.name) or (from_canvas and CANVAS.fullmatch(path.name))
        (ours if _is_folder(path) or known or named else others).append(path)
    return ours, others


def _is_from_canvas(paths: Sequence[Path]) -> bool:
    """Whether all code has the names that Canvas gives: one file alone may have one by chance."""
    code = [path for path in paths if path.suffix.lower() in CODE]
    return bool(code) and all(CANVAS.fullmatch(path.name) for path in code)


def _groups(paths: list[Path]) -> list[tuple[str, list[Path]]]:
    """(platform or "", the entries of one student): a platform may give several files of one."""
    from_canvas = _is_from_canvas([path for path in paths if not _is_folder(path)])
    groups: dict[tuple[str, str], list[Path]] = {}
    for path in paths:
        moodle = MOODLE.fullmatch(path.name)
        canvas = CANVAS.fullmatch(path.name) if from_canvas and not _is_folder(path) else None
        key = ("moodle", moodle[2]) if moodle else ("canvas", canvas[3]) if canvas else (
            "", path.name)
        groups.setdefault(key, []).append(path)
    return [(platform, paths) for (platform, _), paths in groups.items()]


def _grouped(platform: str, paths: list[Path]) -> Submission:
    """The submission of one student from all entries of hers."""
    first = paths[0]
    try:
        if not platform:
            return one_submission(first)
        files = [file for path in paths for file in (_walk(path) if _is_folder(path) else [path])]
        who = replace(_named(platform, first.name), late=_late(platform, paths))
        return _chosen(who, files, first.parent)
    except Exception as error:      # a folder that we cannot look into must not stop the others
        return Submission(plain_name(first.stem), ungraded=f"{plain_name(first.name)} cannot be "
                          f"looked into: {type(error).__name__}")


def _named(platform: str, name: str) -> Submission:
    """Who handed it in, from the name that a platform gives to a file or a folder."""
    if platform == "moodle" and (match := MOODLE.fullmatch(name)):
        student, number = plain_name(match[1].replace("_", " ")), match[2]
        return Submission(student, number=number,
                          upload=f"{student}_{number}_assignsubmission_file_/")
    match = CANVAS.fullmatch(name)
    assert match is not None
    return Submission(plain_name(match[1]), number=match[3],
                      upload=plain_name(name.removesuffix(match[4])))


def _late(platform: str, paths: Sequence[Path]) -> str:
    """What was handed in late. Canvas says it of each file, and any of them may be the one."""
    late = [path for path in paths if platform == "canvas"
            and (match := CANVAS.fullmatch(path.name)) and match[2]]
    if 0 < len(late) < len(paths):
        names = ", ".join(plain_name(path.name, 80) for path in late[:MOST])
        return f"one of the files was handed in late: {names}" if len(late) == 1 else (
            f"{len(late)} of the files were handed in late: {names}")
    return "handed in late" if late else ""


def _walk(folder: Path) -> list[Path]:
    """The files of a folder, without links to folders and without what is hidden."""
    found, waiting, looked_at = [], [(folder, 0)], 0
    while waiting and looked_at < LARGEST:
        here, depth = waiting.pop()
        try:
            with os.scandir(here) as entries:
                there = sorted(entries, key=lambda entry: entry.name)
        except OSError:         # no permission, or a path that is too long
            continue
        for entry in there:
            looked_at += 1
            if is_left_out(PurePosixPath(entry.name)):
                continue
            if not entry.is_dir(follow_symlinks=False):
                found.append(Path(entry.path))
            elif depth < DEEPEST:
                waiting.append((Path(entry.path), depth + 1))
    return sorted(found, key=lambda path: (len(path.parts), path.name))


def _chosen(who: Submission, files: list[Path], top: Path) -> Submission:
    """The submission with those of the files that may be the work, or why there is none."""
    code = [f for f in files if f.suffix.lower() in CODE]
    zips = [f for f in files if f.suffix.lower() == ".zip"]
    if not code and zips:
        return replace(who, paths=tuple(zips[:MOST]))
    return _of_code(who, code, files, top)


@contextmanager
def opened(submission: Submission) -> Iterator[Submission]:
    """A submission whose zips, if that is all there is, are unpacked for as long as it is needed.

    Nobody's zip has to wait for room that another one takes.

    Raises:
        OSError: there is no room for a temporary folder.
    """
    zips = [path for path in submission.paths if path.suffix.lower() == ".zip"]
    if not zips:
        yield submission
        return
    who = replace(submission, paths=())
    with TemporaryDirectory(ignore_cleanup_errors=True) as name:
        try:
            found = _of_code(who, unpacked(zips, Path(name)), zips, Path(name))
        except ValueError as error:
            found = replace(who, reason=plain_name(str(error), 300))
        except OSError as error:        # our disk is full: no fault of the student
            found = replace(who, ungraded=plain_name(f"{zips[0].name} cannot be unpacked on this "
                                                     f"machine: {error.strerror or error}", 300))
        yield found


def _of_code(who: Submission, code: list[Path], files: list[Path], top: Path) -> Submission:
    """The submission with the work among its code, or why there is none."""
    work = [f for f in code if not _is_test(f)]
    if not work:
        others = [f for f in files if not _is_online_text(f)]
        there = ", ".join(plain_name(f.name, 80) for f in others[:5])
        if len(others) < len(files):    # the code may be in it
            return replace(who, ungraded="there is only text from Moodle's own field"
                           f"{f', beside {there}' if there else ''}; look whether it is the work")
        return replace(who, reason=f"expected a file {FILE}; there is no .py and no .ipynb file "
                       f"with work{f', only {there}' if there else ''}")
    named = [f for f in work if _own_name(f).casefold() in (FILE, NOTEBOOK)]
    twice = [name for name, count in Counter(f.name for f in named).items() if count > 1]
    if twice or (len(work) > MOST and not named):
        shown = ", ".join(plain_name(f.relative_to(top).as_posix() if f.is_relative_to(top) else
                                     f.name, 80) for f in (named if twice else work)[:6])
        return replace(who, ungraded=f"it is not clear which file is the work: {shown}. Leave one, "
                       "or, if this is a folder of several students, name it in place of its own "
                       "folder")
    work.sort(key=lambda f: (f not in named, f.suffix != ".py"))
    return replace(who, paths=tuple(work[:MOST]))


def _own_name(path: Path) -> str:
    """The name that the student gave, without what a platform puts before it."""
    match = MOODLE.fullmatch(path.name) or CANVAS.fullmatch(path.name)
    return match[4] if match and match[4] else path.name


def _is_test(path: Path) -> bool:
    name = _own_name(path)
    return name.startswith("test_") or name == "conftest.py"


def _is_online_text(path: Path) -> bool:
    """Whether a student typed it into Moodle's field "Online text"."""
    return any((match := MOODLE.fullmatch(name)) and match[3] == "onlinetext"
               for name in (path.name, path.parent.name))
