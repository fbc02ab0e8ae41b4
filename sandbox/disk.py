"""What a run occupies on disk, measured from outside: nothing in a container engine caps a bind mount."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

_UNREADABLE = (errno.ENOENT, errno.ENOTDIR, errno.EACCES, errno.ELOOP)


class TooDeepError(Exception):
    """Folders are nested so deep that they have no path, so that what they hold cannot be measured."""


def disk_bytes(folders: tuple[Path, ...]) -> int:
    """Real blocks below the folders, in bytes: a sparse file counts what it occupies, a hard-linked one once.

    Raises:
        TooDeepError: somewhere the path is longer than the system allows.
    """
    total = 0
    linked: set[tuple[int, int]] = set()
    pending = [os.fspath(folder) for folder in folders]
    while pending:
        for state, path in _entries(pending.pop()):
            if stat.S_ISDIR(state.st_mode):
                pending.append(path)
            elif state.st_nlink > 1:
                if (state.st_dev, state.st_ino) in linked:
                    continue
                linked.add((state.st_dev, state.st_ino))
            total += state.st_blocks * 512
    return total


def _entries(path: str) -> list[tuple[os.stat_result, str]]:
    found: list[tuple[os.stat_result, str]] = []
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                try:
                    found.append((entry.stat(follow_symlinks=False), entry.path))
                except FileNotFoundError:
                    # Removed between being listed and being looked at.
                    continue
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise TooDeepError(path[:200]) from error
        # Removed or locked meanwhile. A run under the user's own uid can lock a folder and hide its blocks here, but
        # not from the free space of the file system, which is watched as well.
        if error.errno not in _UNREADABLE:
            raise
    return found


def free_bytes(folder: Path) -> int:
    """Space that an ordinary user may still fill on the file system of a folder."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize
