"""Trees of a git repository: reading them, and making new ones through a temporary index, without any file on disk.

A tree is hostile input as well: its paths and links come from whoever wrote the repository or the patch.
"""

from __future__ import annotations

import re
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from sandbox.base import SandboxError
from sandbox.git import Git

FILE, PROGRAM, LINK, GITLINK = "100644", "100755", "120000", "160000"
FILE_BYTES = 64 << 20
"""Largest file that an edit may hold."""
_GROUP_BYTES = 32 << 20
_ABSENT = "000000"
_HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}

Entries = dict[str, "Entry"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a tree."""

    mode: str
    """`100644`, `100755`, `120000` for a link, `160000` for a submodule."""
    size: int
    """Bytes; 0 for a submodule."""
    blob: str


@dataclass(frozen=True, slots=True)
class Changed:
    """One file that differs between two trees."""

    status: str
    """A added, D deleted, M modified, T changed its kind."""
    path: str
    mode_before: str
    """`000000` where there is no file."""
    mode_after: str


def listing(git: Git, tree: str) -> Entries:
    """Every file of a tree by its path; bytes that are not UTF-8 appear as surrogates."""
    printed = git.run("ls-tree", "-r", "-z", "-l", "--full-tree", tree, doing=f"list the files of {tree[:12]}")
    entries: Entries = {}
    for record in printed.split(b"\0")[:-1]:
        facts, path = record.split(b"\t", 1)
        mode, _, blob, size = facts.decode().split()
        if size != "-" and not size.isdigit():
            raise SandboxError(f"A file of the tree is missing from the repository ({blob}). Run `git fsck` in it.")
        entries[path.decode(errors="surrogateescape")] = Entry(mode, 0 if size == "-" else int(size), blob)
    return entries


def changes(git: Git, before: str, after: str) -> list[Changed]:
    """The files that differ, in the order of their paths; a rename is a deletion and an addition."""
    arguments = ("diff-tree", "-r", "-z", "--raw", "--no-renames", "--no-abbrev", before, after)
    fields = git.run(*arguments, doing="compare two trees").split(b"\0")[:-1]
    found = []
    for facts, path in zip(fields[::2], fields[1::2], strict=True):
        mode_before, mode_after, _, _, status = facts.decode().removeprefix(":").split()
        found.append(Changed(status[0], path.decode(errors="surrogateescape"), mode_before, mode_after))
    return found


def contents(git: Git, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
    """Exact content of each blob, with its name. At most 32 MiB, or one blob, are held at a time."""
    group: list[str] = []
    waiting = 0
    for entry in {entry.blob: entry for entry in entries}.values():
        if group and waiting + entry.size > _GROUP_BYTES:
            yield from _batch(git, group)
            group, waiting = [], 0
        group.append(entry.blob)
        waiting += entry.size
    if group:
        yield from _batch(git, group)


def _batch(git: Git, blobs: list[str]) -> Iterator[tuple[str, bytes]]:
    printed = git.run("cat-file", "--batch", "--buffer", data="\n".join([*blobs, ""]).encode(), doing="read files")
    at = 0
    for blob in blobs:
        end = printed.index(b"\n", at)
        facts = printed[at:end].split()
        if len(facts) != 3 or facts[1] != b"blob":
            raise SandboxError(f"A file of the tree is missing from the repository ({blob}). Run `git fsck` in it.")
        size = int(facts[2])
        yield blob, printed[end + 1 : end + 1 + size]
        at = end + 2 + size


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether the path is named by one of the globs, in which `*` crosses folders as in `copilot.toml`."""
    return any(fnmatchcase(path, glob) for glob in globs)


def check_path(path: str) -> None:
    """Refuse a path that a reader cannot see, that leaves the tree or that reaches git's own folder.

    Raises:
        SandboxError: with the path and what is wrong with it.
    """
    parts = path.split("/")
    problem = ""
    if any(unicodedata.category(character) in _HIDDEN for character in path):
        problem = "has control or invisible characters in its name"
    elif path.startswith("/"):
        problem = "is absolute; paths are relative to the top of the repository"
    elif any(part in ("", ".", "..") for part in parts):
        problem = "has an empty, `.` or `..` part"
    elif any(_is_git_folder(part) for part in parts):
        problem = "reaches into git's own folder"
    elif len(path.encode()) > 4000 or any(len(part.encode()) > 255 for part in parts):
        problem = "is longer than file systems allow"
    if problem:
        raise SandboxError(f"{path!r:.200} cannot be written: it {problem}. Choose another path.")


def _is_git_folder(part: str) -> bool:
    # Other file systems fold case, compatibility forms, trailing dots and spaces, and NTFS has streams and short names.
    plain = unicodedata.normalize("NFKC", part).casefold().split(":")[0].rstrip(" .")
    return plain in (".git", "git~1")


def edited(git: Git, tree: str, entries: Entries, edits: Mapping[str, bytes | None], scratch: Path) -> str:
    """The tree with some files written (bytes) or deleted (None); a file keeps its mode, a new one is not executable.

    Raises:
        SandboxError: a path that `check_path` refuses, a link, a submodule, a folder, a missing file to delete.
    """
    for path, content in edits.items():
        check_path(path)
        _check_target(path, content, entries, edits)
    written = {path: content for path, content in edits.items() if content is not None}
    with _folder(scratch) as folder:
        for number, content in enumerate(written.values()):
            (folder / str(number)).write_bytes(content)
        names = "".join(f"{number}\n" for number in range(len(written))).encode()
        command = ("hash-object", "-w", "--no-filters", "--stdin-paths")
        blobs = (
            git.run(*command, data=names, folder=folder, doing="store the edited files").decode().split()
            if written
            else []
        )
    changed: Entries = {path: entry for path, entry in entries.items() if path not in edits}
    for path, blob in zip(written, blobs, strict=True):
        changed[path] = Entry(entries[path].mode if path in entries else FILE, len(written[path]), blob)
    return built(git, changed, scratch) if changed != entries else tree


def _check_target(path: str, content: bytes | None, entries: Entries, edits: Mapping[str, bytes | None]) -> None:
    old = entries.get(path)
    if old is None and content is None:
        raise SandboxError(f"{path} cannot be deleted: the tree has no such file.")
    if old is not None and old.mode in (LINK, GITLINK):
        raise SandboxError(f"{path} is a {_kind(old)}; only files can be edited.")
    if content is not None and len(content) > FILE_BYTES:
        raise SandboxError(
            f"{path} would be {len(content) >> 20} MiB; a file of a proposal holds at most {FILE_BYTES >> 20}."
        )
    if content is None:
        return
    for folder in parents(path):
        above = entries.get(folder)
        if (above is not None or folder in edits) and edits.get(folder, b"") is not None:
            raise SandboxError(f"{path} cannot be written: {folder} is a {_kind(above)}, not a folder.")
    inside = next(
        (other for other in entries if other.startswith(path + "/") and edits.get(other, b"") is not None), None
    )
    if inside is not None:
        raise SandboxError(f"{path} cannot be written: it is a folder (it holds {inside}).")


def _kind(entry: Entry | None) -> str:
    return {LINK: "link", GITLINK: "submodule"}.get(entry.mode if entry else FILE, "file")


def parents(path: str) -> list[str]:
    """Every folder above a path, the outermost first."""
    parts = path.split("/")
    return ["/".join(parts[:depth]) for depth in range(1, len(parts))]


def built(git: Git, entries: Entries, scratch: Path) -> str:
    """Write the tree that holds exactly these entries."""
    with _folder(scratch) as folder:
        index = {"GIT_INDEX_FILE": str(folder / "index")}
        lines = (f"{entry.mode} {entry.blob}\t{path}\0" for path, entry in entries.items())
        listed = "".join(lines).encode(errors="surrogateescape")
        git.run("update-index", "-z", "--index-info", data=listed, extra=index, doing="list the files of a new tree")
        return git.run("write-tree", extra=index, doing="write a tree").decode().strip()


def patched(git: Git, tree: str, patch: str, scratch: Path) -> str:
    """The tree with a unified diff applied, whole or not at all; wrong line counts of an edited hunk are mended.

    Raises:
        SandboxError: it does not apply (git's reason is quoted), or touches what edits may not.
    """
    if not patch.strip():
        return tree
    data = patch if patch.endswith("\n") else patch + "\n"
    with _folder(scratch) as folder:
        index = {"GIT_INDEX_FILE": str(folder / "index")}
        git.run("read-tree", tree, extra=index, doing="read a tree")
        command = ("apply", "--cached", "--recount", "--whitespace=nowarn", "-p1", "-")
        answer = git.attempt(*command, data=data.encode(errors="surrogateescape"), extra=index)
        if answer.code != 0:
            raise SandboxError(
                f"The edited diff does not apply: {answer.reason}. Mend the hunk it names, or take the diff back."
            )
        result = git.run("write-tree", extra=index, doing="write a tree").decode().strip()
    for change in changes(git, tree, result):
        check_path(change.path)
        if unusual := {change.mode_before, change.mode_after} - {FILE, PROGRAM, _ABSENT}:
            raise SandboxError(
                f"{change.path}: a diff may change files only, not links or submodules (mode {min(unusual)})."
            )
    return result


def difference(git: Git, before: str, after: str, context: int) -> str:
    """The canonical unified diff, as text whatever attributes say; bytes that are not UTF-8 appear as surrogates."""
    options = (
        "--text",
        "--no-textconv",
        "--no-ext-diff",
        "--no-renames",
        "--full-index",
        "--no-color",
        "--no-relative",
    )
    style = (
        "--src-prefix=a/",
        "--dst-prefix=b/",
        "--diff-algorithm=histogram",
        "--indent-heuristic",
        f"--unified={context:d}",
    )
    printed = git.run("diff-tree", "-r", "-p", *options, *style, before, after, doing="compare two trees")
    return printed.decode(errors="surrogateescape")


def as_text(content: bytes) -> str | None:
    """The content if it is UTF-8 text."""
    if b"\0" in content:
        return None
    try:
        return content.decode()
    except UnicodeDecodeError:
        return None


@contextmanager
def _folder(scratch: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="edit-", dir=scratch) as name:
        yield Path(name)


def slug(text: str) -> str:
    """Letters, digits and single dashes of any text, at most 48, safe in a branch name; `experiment` if none."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain)[:48].strip("-") or "experiment"


def branch_name(number: int, text: str) -> str:
    """The branch of an experiment: `copilot/NUMBER-SLUG`."""
    return f"copilot/{number:d}-{slug(text)}"
