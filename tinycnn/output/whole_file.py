"""Files that are never seen half-written, even if the program is stopped or the disk is full.

    with whole_file("report.html") as draft:        # one file
        draft.write_text(page)
    with whole_folder(Path("results")) as draft:    # files that belong together
        ...
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

DRAFTS = ".part"        # the folder beside the results in which `whole_folder` collects them
ADVICE = {errno.ENOSPC: "Free some space", errno.EDQUOT: "Free some space",
          errno.EFBIG: "Raise the limit on the size of files (ulimit -f)",
          **dict.fromkeys((errno.EROFS, errno.ENOTDIR, errno.EEXIST), "Name another place"),
          **dict.fromkeys((errno.EACCES, errno.EPERM), "Name a place where you may write, or close "
                          "the program that has it open")}


class NotWrittenError(OSError):
    """A file that could not be written: which one, why, and what to do."""


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """A draft to write to. At the end it replaces `path`; after an error `path` is unchanged.

    Raises:
        NotWrittenError: it names `path`, for any OSError in between.
    """
    path = Path(path)
    target = Path(os.path.realpath(path))       # the file that a link leads to, not the link
    draft = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        if target.exists() and not target.is_file():
            yield target                        # a pipe or /dev/stdout cannot be replaced
        else:
            yield draft
            os.replace(draft, target)
    except OSError as error:
        raise not_written(path, error) from error
    finally:
        with suppress(OSError):         # of a folder that is none, say
            draft.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """A text file in UTF-8, through `whole_file`."""
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8")


@contextmanager
def whole_folder(folder: Path, sometimes: Sequence[str] = ()) -> Iterator[Path]:
    """A draft folder for files that belong together. At the end all of them go into `folder`.

    After an error the files there are those of before: tables, figures and report are always of the
    same run. Other files in `folder` stay.

    Args:
        folder: it is created if necessary.
        sometimes: names of files that not every run writes: one of another run is removed.
    """
    draft = folder / DRAFTS
    try:
        shutil.rmtree(draft, ignore_errors=True)        # of a run that was killed
        try:
            draft.mkdir(parents=True)
        except OSError as error:
            raise not_written(folder, error) from error
        yield draft
        written = sorted(draft.iterdir())
        for file in written:
            try:
                os.replace(file, folder / file.name)
            except OSError as error:
                raise not_written(folder / file.name, error, "Files there may be of this run or of "
                                  "the one before") from error
        for name in set(sometimes) - {file.name for file in written}:
            (folder / name).unlink(missing_ok=True)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def not_written(path: Path, error: OSError, state: str = "") -> NotWrittenError:
    """What to say of a file, or a folder, that could not be written."""
    if isinstance(error, NotWrittenError):      # it says already which
        return error
    if path.parent.name == DRAFTS:
        path = path.parent.parent / path.name
    state = state or ("What was there before is unchanged" if path.is_file() else "")
    reason = error.strerror or str(error)
    return NotWrittenError(". ".join(filter(None, [f"{path}: could not be written ({reason})",
                                                   state, ADVICE.get(error.errno or 0, "")])))
