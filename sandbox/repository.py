"""The researcher's repository: found, examined and, in two places only, written (info/exclude and a first commit)."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox import trees
from sandbox.base import SandboxError
from sandbox.git import Git
from sandbox.trees import GITLINK

_UNFINISHED = {
    "MERGE_HEAD": "A merge",
    "rebase-merge": "A rebase",
    "rebase-apply": "A rebase",
    "CHERRY_PICK_HEAD": "A cherry-pick",
    "REVERT_HEAD": "A revert",
    "BISECT_LOG": "A bisection",
}
_LFS = re.compile(rb"^[^#\n]*\sfilter=lfs\b", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who a commit is by."""

    name: str
    email: str


COPILOT = Author(name="MLR-Copilot", email="mlr-copilot@localhost")


@dataclass(frozen=True, slots=True, kw_only=True)
class Repository:
    """What the engine knows about the repository of a workspace, at the moment it was examined."""

    top: Path
    """The folder that holds `.git`."""
    git_dir: Path
    """Where its refs and objects are; shared by linked worktrees."""
    own_dir: Path
    """Where HEAD and the index of this worktree are; `git_dir` itself in the main one."""
    head: str
    branch: str | None
    """None when HEAD is detached."""
    dirty: bool
    """Changed or untracked files exist; they are no part of any experiment."""
    object_format: str
    """`sha1` or `sha256`."""
    notes: tuple[str, ...] = ()
    """What the reader should know, one sentence each."""


def inspect(path: Path) -> Repository:
    """Find the repository of a folder and check that experiments can be built on it. Executes nothing it configures.

    Raises:
        SandboxError: there is none, or it is of a kind that is not supported; the text names it and what to do.
    """
    top, own_dir = _find(path)
    git_dir = _shared(own_dir)
    _check_access(git_dir)
    plain = Git(own_dir)
    if plain.text("rev-parse", "--is-bare-repository", doing=f"read {own_dir}") == "true":
        raise _bare(top)
    answer = plain.attempt("rev-parse", "-q", "--verify", "HEAD^{commit}")
    if answer.code != 0:
        raise SandboxError(f"{top} has no commit yet. Make one (`git add -A && git commit -m start`) and try again.")
    head = answer.out.decode().strip()
    _check_supported(plain, head)
    branch = plain.attempt("symbolic-ref", "-q", "HEAD").out.decode(errors="surrogateescape").strip()
    filters = _filters(plain)
    settings = {name: "false" if name.endswith(".required") else "" for name in filters}
    changed, untracked = _uncommitted(Git(own_dir, work_tree=top, settings=settings))
    return Repository(
        top=top,
        git_dir=git_dir,
        own_dir=own_dir,
        head=head,
        branch=branch.removeprefix("refs/heads/") or None,
        dirty=bool(changed or untracked),
        object_format=plain.text("rev-parse", "--show-object-format", doing="read the object format"),
        notes=_notes(own_dir, head, branch, changed, untracked, filters),
    )


def _find(path: Path) -> tuple[Path, Path]:
    """Top folder and git directory. We look ourselves: git's own discovery obeys what it finds on the way."""
    try:
        start = path.resolve(strict=True)
        if not start.is_dir():
            raise SandboxError(f"{path} is not a folder. Name the folder of a git repository.")
        for folder in (start, *start.parents):
            if (folder / ".git").exists():
                return folder, _git_dir(folder / ".git")
            if _is_git_dir(folder):
                if folder.name == ".git":
                    raise SandboxError(f"{path} is inside git's own folder. Use {folder.parent} instead.")
                raise _bare(folder)
    except FileNotFoundError:
        raise SandboxError(f"{path} does not exist. Name the folder of a git repository.") from None
    except PermissionError as error:
        raise SandboxError(f"{error.filename} cannot be read: permission denied. Ask its owner for access.") from None
    except NotADirectoryError:
        raise SandboxError(f"{path} is not a folder. Name the folder of a git repository.") from None
    raise SandboxError(
        f"{path} is not in a git repository. Make one with `git init` and a first commit, or use `mlrc new`."
    )


def _bare(folder: Path) -> SandboxError:
    return SandboxError(f"{folder} is a bare repository, without files to work on. Clone it and use the clone.")


def _is_git_dir(folder: Path) -> bool:
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir() and (folder / "refs").is_dir()


def _git_dir(dot_git: Path) -> Path:
    """Follow the `.git` file of a linked worktree."""
    if dot_git.is_dir():
        return dot_git.resolve()
    with dot_git.open("rb") as file:
        text = os.fsdecode(file.read(8192))
    target = dot_git.parent / text.removeprefix("gitdir: ").rstrip("\n")
    if not text.startswith("gitdir: ") or not (target / "HEAD").is_file():
        raise SandboxError(f"{dot_git} points to no git directory. Run `git worktree repair` or clone again.")
    return target.resolve()


def _shared(own_dir: Path) -> Path:
    try:
        return (own_dir / (own_dir / "commondir").read_text().strip()).resolve()
    except FileNotFoundError:
        return own_dir


def _check_access(git_dir: Path) -> None:
    for needed in (git_dir, git_dir / "objects", git_dir / "refs"):
        if not os.access(needed, os.R_OK | os.W_OK | os.X_OK):
            raise SandboxError(
                f"{needed} is not readable and writable for you. Ask its owner, or clone it and use the clone."
            )


def _check_supported(git: Git, head: str) -> None:
    partial = git.attempt(
        "config", "--get-regexp", r"^(extensions\.partialclone|remote\..*\.(promisor|partialclonefilter))$"
    )
    if partial.code == 0:
        raise SandboxError(
            "This is a partial clone: files may be missing. Clone again without --filter and use that clone."
        )
    entries = trees.listing(git, head)
    submodule = next((path for path, entry in entries.items() if entry.mode == GITLINK), None)
    if submodule is not None:
        raise SandboxError(
            f"{submodule} is a submodule, which is not supported. Use a repository that holds the files itself."
        )
    attributes = {path: entry for path, entry in entries.items() if path.split("/")[-1] == ".gitattributes"}
    with_lfs = {blob for blob, content in trees.contents(git, attributes.values()) if _LFS.search(content)}
    for path, entry in attributes.items():
        if entry.blob in with_lfs:
            raise SandboxError(
                f"{path} puts files into Git LFS (filter=lfs), which is not supported: commits hold only pointers. "
                "Use a repository that holds the files itself, or keep data outside and name it under [data]."
            )


def _filters(git: Git) -> list[str]:
    """Names of the settings that would make git start a program on every file it compares."""
    keys = r"^filter\..*\.(clean|smudge|process|required)$"
    answer = git.attempt("config", "-z", "--name-only", "--get-regexp", keys)
    return answer.out.decode(errors="surrogateescape").split("\0")[:-1]


def _uncommitted(git: Git) -> tuple[int, int]:
    """Number of changed and of untracked files, with the filters of the repository set to nothing."""
    options = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules=all")
    doing = "compare the files with the last commit"
    unstaged = git.run("diff", *options, doing=doing).split(b"\0")[:-1]
    staged = git.run("diff", "--cached", *options, "HEAD", doing=doing).split(b"\0")[:-1]
    others = ("ls-files", "--others", "--exclude-standard", "--directory", "--no-empty-directory", "-z")
    untracked = git.run(*others, doing="look for untracked files").count(b"\0")
    return len({*unstaged, *staged}), untracked


def _notes(own_dir: Path, head: str, branch: str, changed: int, untracked: int, filters: list[str]) -> tuple[str, ...]:
    notes = []
    if not branch:
        notes.append(f"HEAD is detached; experiments start from {head[:10]}.")
    if changed or untracked:
        counts = " and ".join(f"{n} {word}" for n, word in ((changed, "changed"), (untracked, "untracked")) if n)
        notes.append(
            f"Not committed: {counts} path(s). Experiments start from the last commit, {head[:10]}, without them."
        )
    for what in dict.fromkeys(what for name, what in _UNFINISHED.items() if (own_dir / name).exists()):
        notes.append(f"{what} is in progress; experiments start from {head[:10]} and leave it alone.")
    names = sorted({name.split(".", 1)[1].rsplit(".", 1)[0] for name in filters})
    if names:
        notes.append(f"Filters are not run ({', '.join(names)}); files are taken as git stores them.")
    return tuple(notes)


def user_identity(repository: Repository) -> Author:
    """The author that the user configured (author.* before user.*); ours where there is none."""
    return _identity(repository.own_dir)


def _identity(own_dir: Path) -> Author:
    keys = r"^(author|user)\.(name|email)$"
    answer = Git(own_dir, personal=True).attempt("config", "-z", "--includes", "--get-regexp", keys)
    found = {}
    for record in answer.out.decode(errors="replace").split("\0")[:-1]:
        key, _, value = record.partition("\n")
        found[key] = clean(value)
    name = found.get("author.name") or found.get("user.name")
    email = found.get("author.email") or found.get("user.email")
    return Author(name=name or COPILOT.name, email=email or COPILOT.email)


def clean(value: str) -> str:
    """A name or address that can stand in the header of a commit."""
    return "".join(character for character in value if character.isprintable() and character not in "<>").strip()


def exclude(repository: Repository, pattern: str) -> None:
    """Add a line to the repository's own info/exclude, once; no file of the working tree changes."""
    _exclude(repository.git_dir, pattern)


def _exclude(git_dir: Path, pattern: str) -> None:
    place = git_dir / "info" / "exclude"
    place.parent.mkdir(exist_ok=True)
    with place.open("a+b") as file:
        file.seek(0)
        content = file.read()
        if pattern.encode() in content.splitlines():
            return
        file.write((b"" if content.endswith(b"\n") or not content else b"\n") + pattern.encode() + b"\n")


def initialise(folder: Path, message: str, excluded: Sequence[str] = ()) -> Repository:
    """Make a repository of a folder that we created: branch `main`, one commit of every file that is not ignored.

    Raises:
        SandboxError: it is a repository already, or has no file to commit.
    """
    own_dir = folder.resolve() / ".git"
    if os.path.lexists(own_dir):
        raise SandboxError(f"{folder} is a git repository already. Use `mlrc init` in it.")
    here = Git(own_dir, work_tree=folder.resolve())
    here.run("init", "-q", "--template=", "--initial-branch=main", doing=f"make a repository in {folder}")
    for pattern in excluded:
        _exclude(own_dir, pattern)
    here.run("add", "--all", doing="add the files")
    if not here.run("ls-files", "-z", doing="list the files"):
        raise SandboxError(f"{folder} holds no file to commit. Put the code there first.")
    tree = here.text("write-tree", doing="write the first tree")
    commit = written_commit(here, tree, (), message, _identity(own_dir))
    here.run("update-ref", "refs/heads/main", commit, doing="make the first commit")
    return inspect(folder)


def written_commit(git: Git, tree: str, commits: Sequence[str], message: str, author: Author, when: str = "") -> str:
    """Write a commit by `author`, now or at a time as git stores it (`1700000000 +0100`).

    Control characters other than line ends and tabs leave the message.
    """
    lines = "".join(character for character in message if character in "\n\t" or character.isprintable())
    name, email = clean(author.name) or COPILOT.name, clean(author.email) or COPILOT.email
    who = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", name), ("EMAIL", email), *((("DATE", when),) if when else ()))
    }
    parents = [part for commit in commits for part in ("-p", commit)]
    text = lines.strip().encode(errors="replace") + b"\n"
    return (
        git.run("commit-tree", tree, *parents, "-F", "-", data=text, extra=who, doing="write a commit").decode().strip()
    )
