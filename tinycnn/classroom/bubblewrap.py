"""The command that starts a program in bubblewrap, the sandbox of Flatpak (Linux).

The program is alone: processes, network and users of the grader do not exist for it. It sees the
folders that it may read, and one small folder to write that only exists in memory.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from .process.walls import DEVICES, packages_in

FOLDER = 16 << 20       # bytes that may be written


def wrapped(bubblewrap: str, program: Sequence[str], seen: Sequence[str], own: str) -> list[str]:
    """The whole command.

    Args:
        bubblewrap: path of `bwrap`.
        program: the program, and its arguments.
        seen: files and folders that it may read. Packages in them are hidden, unless they are
            named, too.
        own: the folder that it may write to.
    """
    command = [bubblewrap, "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts",
               "--unshare-cgroup-try", "--die-with-parent", "--cap-drop", "ALL"]
    if os.geteuid() == 0:       # so that it can become another user, which ends these rights
        command += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    # The folders above them, open to all: /root may be closed.
    above = {str(folder) for path in (*seen, own) for folder in Path(path).parents}
    for folder in sorted(above - {"/", *seen}, key=len):
        command += ["--dir", folder]
    hidden = []
    for path in sorted(seen, key=len):     # outer folders before inner ones
        if os.path.islink(path):
            command += ["--symlink", os.path.realpath(path), path]
            continue
        command += ["--ro-bind-try", path, path]
        hidden += packages_in(path)
    named = [path for path in seen if any(path.startswith(f"{h}/") for h in hidden)]
    for path in dict.fromkeys(hidden):
        command += ["--tmpfs", path]
    for path in named:
        command += ["--ro-bind", path, path]
    for path in dict.fromkeys(hidden):
        command += ["--remount-ro", path]
    for path in DEVICES:
        command += ["--dev-bind", path, path]
    if _bounds_folders(bubblewrap):
        command += ["--perms", "0777", "--size", str(FOLDER), "--tmpfs", own]
    else:
        command += ["--bind", own, own]
    return [*command, "--remount-ro", "/", "--chdir", own, "--", *program]


@lru_cache
def _bounds_folders(bubblewrap: str) -> bool:
    """Whether this version can bound a folder in memory (since 0.7)."""
    text = subprocess.run([bubblewrap, "--help"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    return "--size" in text.stdout
