"""The private copy of a tree that a run works in, and its removal.

Scripts may write beside themselves, so every run has a copy of its own; the exported tree itself stays as approved.
"""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import tempfile
from pathlib import Path

from sandbox.base import SandboxError

BYTECODE = "__pycache__"
"""Never copied: forged bytecode would run in place of the source that was reviewed."""
_NO_KERNEL_COPY = {errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}
_CHUNK = 1 << 20


def make(source: Path, target: Path, owner: tuple[int, int]) -> None:
    """Copy the tree `source` to the new folder `target`: same modes but writable, links as links, owned by `owner`.

    A copy that `lay_ready` has made before is taken instead: a rename, where the copy costs up to 100 ms.

    Raises:
        SandboxError: the tree holds something that is neither file, folder nor link.
        OSError: it could not be read or written.
    """
    if _taken(ready(source), target, owner):
        return
    target.mkdir(mode=0o700)
    _fill(os.fspath(source), os.fspath(target), owner)


def ready(source: Path) -> Path:
    """Where a copy of this tree lies ready for its next run, if there is one."""
    return source.with_name(f"{source.name}.ready")


def lay_ready(source: Path, owner: tuple[int, int]) -> None:
    """Make a copy for the next run of a tree before it is asked for; nothing happens where one lies ready.

    Raises:
        SandboxError: the tree holds something that is neither file, folder nor link.
        OSError: it could not be read or written.
    """
    place = ready(source)
    if place.exists():
        return
    unfinished = Path(tempfile.mkdtemp(dir=source.parent, prefix=f".{source.name}."))
    try:
        _fill(os.fspath(source), os.fspath(unfinished), owner)
        unfinished.rename(place)
    except OSError:
        remove(unfinished)
        raise


def _taken(prepared: Path, target: Path, owner: tuple[int, int]) -> bool:
    try:
        prepared.rename(target)
    except OSError:
        return False
    state = target.stat()
    if (state.st_uid, state.st_gid) == owner:
        return True
    remove(target)
    return False


def _fill(source: str, target: str, owner: tuple[int, int]) -> None:
    change = owner != (os.geteuid(), os.getegid())
    pending = [(source, target)]
    while pending:
        origin, place = pending.pop()
        with os.scandir(origin) as entries:
            for entry in entries:
                if entry.name == BYTECODE:
                    continue
                copy = f"{place}/{entry.name}"
                if entry.is_symlink():
                    # Not by way of Path, which would normalise what the link says.
                    os.symlink(os.readlink(entry.path), copy)  # noqa: PTH115, PTH211
                elif entry.is_dir(follow_symlinks=False):
                    Path(copy).mkdir(0o755)
                    pending.append((entry.path, copy))
                    continue
                elif entry.is_file(follow_symlinks=False):
                    _copy_file(entry.path, copy)
                else:
                    raise SandboxError(
                        f"{entry.path} is neither a file, a folder nor a link; remove it from the tree and start again"
                    )
                if change:
                    os.chown(copy, *owner, follow_symlinks=False)
        if change:
            os.chown(place, *owner, follow_symlinks=False)


def _copy_file(source: str, target: str) -> None:
    reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        state = os.fstat(reader)
        mode = stat.S_IMODE(state.st_mode) & 0o777 | 0o600
        writer = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        try:
            _copy_bytes(reader, writer, state.st_size)
            os.fchmod(writer, mode)
        finally:
            os.close(writer)
    finally:
        os.close(reader)


def _copy_bytes(reader: int, writer: int, size: int) -> None:
    left = size
    try:
        # Inside the kernel, and by reference where the file system can.
        while left > 0:
            copied = os.copy_file_range(reader, writer, left)
            if not copied:
                return
            left -= copied
    except OSError as error:
        if error.errno not in _NO_KERNEL_COPY or left != size:
            raise
        while block := os.read(reader, _CHUNK):
            _write_all(writer, block)


def _write_all(writer: int, block: bytes) -> None:
    view = memoryview(block)
    while view:
        view = view[os.write(writer, view) :]


def remove(folder: Path) -> None:
    """Remove a folder that a run wrote, however deep or locked it is.

    `rm` is used because Python's own removal recurses once per level and a run can nest thousands.

    Raises:
        SandboxError: something could not be removed; the text names it.
    """
    if not os.path.lexists(folder):
        return
    if _remove(folder).returncode == 0:
        return
    # A run under the user's own uid can leave folders without any permission.
    subprocess.run(["chmod", "-R", "u+rwX", "--", folder], capture_output=True, check=False)
    second = _remove(folder)
    if second.returncode != 0:
        reason = second.stderr.decode(errors="replace").strip().splitlines()
        raise SandboxError(f"{folder} could not be removed: {reason[-1] if reason else 'no reason'}; do it by hand")


def _remove(folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["rm", "-rf", "--one-file-system", "--", folder], capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
