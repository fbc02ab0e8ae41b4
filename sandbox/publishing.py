"""Objects on their way between the store and the researcher's repository, and the branches under `copilot/`.

Objects first, then one ref with its old value: a crash in between leaves unreachable objects and the old ref, and the
next try succeeds. Never `git push`, which runs four kinds of hook of the receiving repository.
"""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from sandbox.base import SandboxError
from sandbox.git import Git

PUBLISHED = "refs/mlrc/published/"
_BRANCH = re.compile(r"copilot/[a-z0-9][a-z0-9-]{0,99}")
_NAMES = 1000


def publish(store: Git, user: Git, git_dir: Path, commit: str, branch: str, held: list[str]) -> str:
    """Make `branch`, or a free name like it, point to `commit` in the user's repository; returns the name used.

    An existing branch is moved only forward, only from where we left it, and only while no worktree has it checked out.
    `held` are commits whose history the user's repository holds. Repeating it after a crash gives the same name.

    Raises:
        SandboxError: the name is not ours to write, or git could not write.
    """
    if not _BRANCH.fullmatch(branch):
        raise SandboxError(
            f"{branch!r:.120} is not a branch of an experiment (copilot/NUMBER-NAME); nothing was published."
        )
    _bring_objects(store, user, commit, held)
    for number in range(1, _NAMES):
        name = branch if number == 1 else f"{branch}-{number}"
        if _point(store, user, git_dir, name, commit):
            store.run("update-ref", PUBLISHED + name, commit, doing=f"remember the branch {name}")
            return name
    raise SandboxError(
        f"{_NAMES} branches named like {branch} exist. Delete some of them (`git branch -D`) and try again."
    )


def _bring_objects(store: Git, user: Git, commit: str, held: list[str]) -> None:
    with tempfile.TemporaryFile() as pack:
        store.run(
            "pack-objects", "--revs", "--stdout", "-q", data=_range(commit, held), sink=pack, doing="pack the commit"
        )
        user.run("unpack-objects", "-q", "--strict", data=pack, doing="write the commit into your repository")


def own(store: Git, commit: str, held: list[str]) -> None:
    """Copy what a commit of the store borrows beyond the history of `held`.

    git does not write an object that the user's repository happens to hold, say from a dropped stash, and the user's gc
    would take it away from us.
    """
    wanted = _range(commit, held)
    listed = store.run("rev-list", "--objects", "--no-object-names", "--stdin", data=wanted, doing="list a proposal")
    objects = store.git_dir / "objects"
    if all((objects / name[:2] / name[2:]).exists() for name in listed.decode().split()):
        return
    store.run("pack-objects", "--revs", "-q", str(objects / "pack" / "pack"), data=wanted, doing="copy a proposal")


def _range(commit: str, held: list[str]) -> bytes:
    return "\n".join([commit, *(f"^{tip}" for tip in held), ""]).encode()


def _point(store: Git, user: Git, git_dir: Path, name: str, commit: str) -> bool:
    """Whether the branch now points to the commit; False where it is not ours to move."""
    ref = f"refs/heads/{name}"
    there = _at_or_below(user, ref)
    now = there.get(ref)
    if now == commit:
        return True
    if ref in _in_use(user, git_dir) or there.keys() - {ref}:
        return False
    if now is not None:
        ours = resolve(store, PUBLISHED + name) == now
        forward = ours and store.attempt("merge-base", "--is-ancestor", now, commit).code == 0
        if not forward:
            return False
    answer = user.attempt("update-ref", ref, commit, now or "0" * len(commit))
    if answer.code == 0:
        return True
    if resolve(user, ref) != now:
        # Somebody moved it between our look and our write: it stays theirs.
        return False
    hint = " A branch named `copilot` is in the way; rename it." if resolve(user, "refs/heads/copilot") else ""
    raise SandboxError(f"The branch {name} could not be written: {answer.reason}.{hint or ' Mend that and try again.'}")


def resolve(git: Git, ref: str) -> str | None:
    """The object that a full ref name points to, if it exists."""
    answer = git.attempt("rev-parse", "-q", "--verify", "--end-of-options", ref)
    return answer.out.decode().strip() if answer.code == 0 else None


def _at_or_below(user: Git, ref: str) -> dict[str, str]:
    """The ref and those it would be a folder of, each with what it points to; at most two of them."""
    listed = user.run("for-each-ref", "--count=2", "--format=%(refname) %(objectname)", ref, doing="list the branches")
    rows = (line.rsplit(" ", 1) for line in listed.decode(errors="surrogateescape").splitlines())
    return {name: points_to for name, points_to in rows}


def _in_use(user: Git, git_dir: Path) -> set[str]:
    """Branches that a worktree has checked out, born or not, or is rebasing or bisecting."""
    printed = user.run("worktree", "list", "--porcelain", "-z", doing="list the worktrees")
    records = printed.decode(errors="surrogateescape").split("\0")
    used = {record.removeprefix("branch ") for record in records if record.startswith("branch ")}
    for own_dir in (git_dir, *git_dir.glob("worktrees/*")):
        for place in ("rebase-merge/head-name", "rebase-apply/head-name", "BISECT_START"):
            try:
                name = (own_dir / place).read_text(errors="surrogateescape").strip()
            except (FileNotFoundError, NotADirectoryError):
                continue
            used.add(name if name.startswith("refs/") else f"refs/heads/{name}")
    return used
