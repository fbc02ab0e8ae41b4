"""Opening what a run wrote, which is hostile: links to the host's files, a pipe named like a result to block readers.

Every component is opened relative to the one before, without following links and without blocking.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path, PurePosixPath

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class NotPlainError(Exception):
    """The path is not a plain file below the folder; the text says what it is."""


def open_folder(path: str | Path, parent: int | None = None) -> int:
    """Descriptor of a real folder (never of a link to one).

    Raises:
        NotPlainError: it is something else, or not readable.
        FileNotFoundError: it is not there.
    """
    try:
        return os.open(path, _FOLDER, dir_fd=parent)
    except FileNotFoundError:
        raise
    except OSError as error:
        kind = "a link or not a folder" if error.errno in (errno.ELOOP, errno.ENOTDIR) else error.strerror
        raise NotPlainError(f"{Path(path).name} is {kind}" if "folder" in str(kind) else str(kind)) from error


def open_plain(root: int, relative: str) -> tuple[int, os.stat_result]:
    """Descriptor and state of the regular file `relative` below the folder `root`.

    Raises:
        NotPlainError: a link, a pipe, a device, a second name of another file, or not readable.
        FileNotFoundError: it is not there.
    """
    parts = PurePosixPath(relative).parts
    if not parts or PurePosixPath(relative).is_absolute() or ".." in parts:
        raise NotPlainError("not a name below the folder")
    folder = os.dup(root)
    try:
        for part in parts[:-1]:
            inner = open_folder(part, folder)
            os.close(folder)
            folder = inner
        return _open_regular(folder, parts[-1])
    finally:
        os.close(folder)


def _open_regular(folder: int, name: str) -> tuple[int, os.stat_result]:
    # Looked at before it is opened, because opening a device can already have an effect.
    before = os.stat(name, dir_fd=folder, follow_symlinks=False)
    _refuse_unless_plain(before)
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError as error:
        if isinstance(error, FileNotFoundError):
            raise
        raise NotPlainError("a link" if error.errno == errno.ELOOP else str(error.strerror)) from error
    state = os.fstat(descriptor)
    try:
        _refuse_unless_plain(state)
    except NotPlainError:
        os.close(descriptor)
        raise
    return descriptor, state


def _refuse_unless_plain(state: os.stat_result) -> None:
    if stat.S_ISLNK(state.st_mode):
        raise NotPlainError("a link")
    if not stat.S_ISREG(state.st_mode):
        raise NotPlainError("not a regular file")
    if state.st_nlink > 1:
        raise NotPlainError("has a second name (hard link); write a copy instead")
