"""A tree written to disk, byte for byte, for runs to read.

Blobs are written by ourselves: `git archive` and `git checkout-index` change or drop files as attributes say.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections import defaultdict
from pathlib import Path

from sandbox import trees
from sandbox.base import SandboxError
from sandbox.git import Git
from sandbox.trees import FILE, GITLINK, LINK, PROGRAM, Entries

_MODES = {FILE: 0o444, PROGRAM: 0o555}
_LINKS_FOLLOWED = 40


def export(git: Git, entries: Entries, folder: Path) -> None:
    """Write the entries to `folder`, at once or not at all; a folder that holds them already stays.

    Files are 0444 or 0555; folders stay 0755 so that the researcher can remove them. A folder of the same name that no
    longer holds exactly these files (a power failure, somebody's edit) is replaced.

    Raises:
        SandboxError: a submodule, a link that leaves the tree, a path that git should not have let in.
        OSError: the disk is full or not writable.
    """
    if os.path.lexists(folder) and _holds(folder, entries):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name[:32]}-", dir=folder.parent) as scratch:
        fresh = Path(scratch, "tree")
        targets = _targets(git, entries)
        _write(git, entries, targets, fresh)
        if os.path.lexists(folder):
            folder.rename(Path(scratch, "old"))
        try:
            fresh.rename(folder)
        except OSError:
            # Another process was faster; what it wrote must be the same.
            if not _holds(folder, entries):
                raise


def _targets(git: Git, entries: Entries) -> dict[str, str]:
    """Where each link points, after every check that needs no disk."""
    folders = {folder for path in entries for folder in trees.parents(path)}
    for path, entry in entries.items():
        if entry.mode == GITLINK:
            raise SandboxError(
                f"{path} is a submodule; runs of trees with submodules are not supported. Copy its files in."
            )
        if path in folders or any(part in ("", ".", "..") for part in path.split("/")):
            raise SandboxError(f"{path!r} is not a valid path of a tree; run `git fsck --strict` in the repository.")
    links = {path: entry for path, entry in entries.items() if entry.mode == LINK}
    blobs = dict(trees.contents(git, links.values()))
    targets = {path: os.fsdecode(blobs[entry.blob]) for path, entry in links.items()}
    for path in targets:
        if _leaves(path, targets):
            raise SandboxError(
                f"{path} is a link that leaves the tree (to {targets[path]!r:.200}). Replace it by a file."
            )
    return targets


def _leaves(path: str, targets: dict[str, str]) -> bool:
    """Follow a link as the kernel would, through other links of the tree, and say whether it gets out or never ends."""
    at = path.split("/")[:-1]
    ahead = _steps(targets[path])
    followed = 1
    while ahead:
        part = ahead.pop()
        if part == "/" or (part == ".." and not at):
            return True
        if part == "..":
            at.pop()
            continue
        target = targets.get("/".join([*at, part]))
        if target is None:
            at.append(part)
            continue
        followed += 1
        if followed > _LINKS_FOLLOWED:
            return True
        ahead += _steps(target)
    return False


def _steps(target: str) -> list[str]:
    """Parts of a link's target, the next one last; "/" stands for an absolute start."""
    parts = [part for part in target.split("/") if part not in ("", ".")]
    return [*reversed(parts), *(["/"] if target.startswith("/") or "\0" in target else [])]


def _write(git: Git, entries: Entries, targets: dict[str, str], folder: Path) -> None:
    top = os.fspath(folder)
    for name in ("", *sorted({f"/{above}" for path in entries for above in trees.parents(path)})):
        os.mkdir(top + name, 0o755)  # noqa: PTH102 - hundreds of them, and pathlib costs as much as the call
        os.chmod(top + name, 0o755)  # noqa: PTH101
    places: dict[str, list[str]] = defaultdict(list)
    for path, entry in entries.items():
        if entry.mode != LINK:
            places[entry.blob].append(path)
    files = [entry for entry in entries.values() if entry.mode != LINK]
    for blob, content in trees.contents(git, files):
        for path in places[blob]:
            _write_file(f"{top}/{path}", content, _MODES.get(entries[path].mode, 0o444))
    for path, target in targets.items():
        os.symlink(target, f"{top}/{path}")  # noqa: PTH211 - a target is text, not a path of ours


def _write_file(place: str, content: bytes, mode: int) -> None:
    descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(descriptor, view) :]
        os.fchmod(descriptor, mode)
    finally:
        os.close(descriptor)


def _holds(folder: Path, entries: Entries) -> bool:
    """Whether the folder has the same names, kinds, permissions and sizes; content is trusted: the folder is ours."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    wanted = {path: _shape(entry.mode, entry.size) for path, entry in entries.items()}
    found: dict[str, tuple[int, int]] = {}
    pending = [""]
    while pending:
        prefix = pending.pop()
        with os.scandir(folder / prefix) as inside:
            for item in inside:
                path = prefix + item.name
                if item.is_dir(follow_symlinks=False):
                    pending.append(path + "/")
                    continue
                state = item.stat(follow_symlinks=False)
                mode = stat.S_IFLNK if item.is_symlink() else state.st_mode
                found[path] = (mode, state.st_size)
    return found == wanted


def _shape(mode: str, size: int) -> tuple[int, int]:
    return (stat.S_IFLNK if mode == LINK else stat.S_IFREG | _MODES.get(mode, 0o444)), size
