"""The door to git: what a repository can plant is not executed, and each attack is shown to work against plain git."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest

from sandbox.base import SandboxError
from sandbox.git import Git, GitError, executable, oid
from sandbox.repository import inspect, user_identity
from sandbox.store import Store

HOOKS = [
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-push",
    "pre-receive",
    "update",
    "proc-receive",
    "post-receive",
    "post-update",
    "reference-transaction",
    "push-to-checkout",
    "pre-auto-gc",
    "post-rewrite",
    "sendemail-validate",
    "fsmonitor-watchman",
    "post-index-change",
]


def git(folder: Path, *arguments: str, check: bool = True) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=check)
    return done.stdout.strip()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "project"
    top.mkdir()
    git(top, "init", "-q", "-b", "main")
    git(top, "config", "user.name", "Ada")
    git(top, "config", "user.email", "ada@example.org")
    (top / "model.py").write_text("a = 1\nb = 2\nc = 3\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "start")
    return top


@pytest.fixture
def sentinel(tmp_path: Path) -> Path:
    folder = tmp_path / "sentinel"
    folder.mkdir()
    return folder


def script(place: Path, sentinel: Path, name: str) -> str:
    """A program that leaves its name in `sentinel` and passes its input on."""
    place.parent.mkdir(exist_ok=True, parents=True)
    place.write_text(f'#!/bin/sh\ntouch \'{sentinel}/{name}\'\n[ -n "$1" ] && [ -f "$1" ] && exec cat "$1"\nexec cat\n')
    place.chmod(0o755)
    return str(place)


def plant(top: Path, sentinel: Path) -> None:
    """Every way we know to make git start a program from a repository's own files."""
    for hook in HOOKS:
        script(top / ".git" / "hooks" / hook, sentinel, hook)
    programs = {
        "core.fsmonitor": "fsmonitor",
        "core.alternateRefsCommand": "alternate-refs",
        "core.sshCommand": "ssh",
        "diff.external": "external-diff",
        "diff.evil.textconv": "textconv",
        "filter.evil.clean": "clean",
        "filter.evil.smudge": "smudge",
        "merge.evil.driver": "merge-driver",
        "gpg.program": "gpg",
        "core.pager": "pager",
        "core.editor": "editor",
    }
    for key, name in programs.items():
        git(top, "config", key, script(top.parent / "bin" / name, sentinel, name))
    # A name that cannot be spelled with `-c`, and that nobody can guess.
    git(top, "config", "filter.a=b.c.clean", script(top.parent / "bin" / "odd", sentinel, "odd-clean"))
    (top / ".git" / "info" / "attributes").write_text("*.py filter=evil diff=evil merge=evil\n*.txt filter=a=b.c\n")


def ran(sentinel: Path) -> set[str]:
    found = {item.name for item in sentinel.iterdir()}
    for item in sentinel.iterdir():
        item.unlink()
    return found


def touch(top: Path) -> None:
    """Make every file look changed, so that git has to read it."""
    for name in ("model.py", "note.txt"):
        (top / name).write_text((top / name).read_text())


def test_nothing_that_a_repository_plants_is_executed(top: Path, tmp_path: Path, sentinel: Path) -> None:
    (top / "note.txt").write_text("note\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "note")
    state = top / ".mlrc"
    plant(top, sentinel)
    touch(top)

    repository = inspect(top)
    assert user_identity(repository).name == "Ada"
    store = Store.create(state, repository)
    base = store.head()
    store.keep(1, base)
    tree = store.tree(base)
    attributes = b"* filter=evil diff=evil merge=evil text\n"
    edited = store.edit(tree, {"model.py": b"a = 9\r\nb = 2\nc = 3\n", ".gitattributes": attributes})
    commit = store.commit(edited, base, "change")
    store.propose(1, commit)
    assert store.apply(tree, store.diff(tree, edited)) == edited
    assert store.tree(store.revert(commit, commit)) == tree
    store.export(edited, tmp_path / "export")
    assert store.publish(commit, "copilot/1-a") == "copilot/1-a"
    assert store.publish(store.commit(tree, commit, "more"), "copilot/1-a") == "copilot/1-a"
    assert store.check() == ()
    assert ran(sentinel) == set()

    # The permitted neighbour: it all took effect, byte for byte.
    assert (tmp_path / "export" / "model.py").read_bytes() == b"a = 9\r\nb = 2\nc = 3\n"
    (top / ".git" / "config").write_text("[core]\n\tbare = false\n")
    assert git(top, "rev-list", "--count", "copilot/1-a") == "4"

    # The control: in the same repository, plain git does run what was planted.
    plant(top, sentinel)
    touch(top)
    git(
        top, "-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "-a", "--allow-empty", "-m", "more", check=False
    )
    git(top, "diff", "copilot/1-a~1", check=False)
    git(top, "-c", "diff.external=", "log", "-p", "--all", check=False)
    git(top, "update-ref", "refs/heads/copilot/2-b", commit, check=False)
    touch(top)
    git(top, "status")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(top), str(clone))
    git(clone, "push", "-q", str(top), "HEAD:refs/heads/pushed", check=False)
    expected = {"fsmonitor", "clean", "odd-clean", "external-diff", "textconv", "pre-commit", "reference-transaction"}
    assert expected | {"pre-receive", "post-index-change"} <= ran(sentinel)


def test_a_replaced_git_folder_is_not_obeyed(top: Path, tmp_path: Path, sentinel: Path) -> None:
    evil = tmp_path / "evil"
    git(tmp_path, "clone", "-q", "--bare", str(top), str(evil))
    git(evil, "config", "core.bare", "false")
    git(evil, "config", "core.fsmonitor", script(tmp_path / "bin" / "fsmonitor", sentinel, "fsmonitor"))
    (top / ".git").rename(tmp_path / "away")
    (top / ".git").write_text(f"gitdir: {evil}\n")
    assert inspect(top).git_dir == evil
    assert ran(sentinel) == set()
    git(top, "status")
    assert "fsmonitor" in ran(sentinel)


def test_a_redirected_worktree_is_not_followed(top: Path, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "model.py").write_text("precious\n")
    git(top, "config", "core.worktree", str(victim))
    repository = inspect(top)
    assert (repository.top, repository.dirty) == (top, False)
    # The control: plain git looks at, and overwrites, the other folder.
    assert "M model.py" in git(top, "status", "--short")
    git(top, "checkout", "-q", "--", ":/")
    assert (victim / "model.py").read_text() != "precious\n"


def test_attributes_of_the_tree_cannot_hide_a_change(top: Path) -> None:
    (top / ".gitattributes").write_text("*.py -diff\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "hide")
    repository = inspect(top)
    store = Store.create(top / ".mlrc", repository)
    tree = store.tree(store.head())
    edited = store.edit(tree, {"model.py": b"a = 1\nb = 'evil'\nc = 3\n"})
    assert "+b = 'evil'" in store.diff(tree, edited)
    (top / "model.py").write_text("a = 1\nb = 'evil'\nc = 3\n")
    assert "Binary files" in git(top, "diff")


def test_the_callers_environment_does_not_reach_git(
    top: Path, tmp_path: Path, sentinel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "init", "-q", str(other))
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_CONFIG_PARAMETERS", f"'core.fsmonitor={script(tmp_path / 'x', sentinel, 'fsmonitor')}'")
    assert inspect(top).branch == "main"
    assert ran(sentinel) == set()
    # The control: the same variables send plain git to the other repository, which has no commit.
    assert git(top, "rev-parse", "--absolute-git-dir") == str(other / ".git")


def test_a_failure_is_a_sentence_with_gits_reason(top: Path) -> None:
    with pytest.raises(GitError, match=r"^git could not look: .*[Nn]ot a valid object name nothing.*\.$"):
        Git(top / ".git").run("cat-file", "commit", "nothing", doing="look")


def test_a_call_that_takes_too_long_is_ended(top: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    subprocess.run(["mkfifo", str(fifo)], check=True)
    started = time.monotonic()
    with pytest.raises(GitError, match="did not end in time"):
        # It waits for a writer that never comes.
        Git(top / ".git").run("hash-object", "--no-filters", str(fifo), doing="wait", seconds=0.3)
    assert time.monotonic() - started < 5


def test_more_input_than_a_pipe_holds(top: Path) -> None:
    here = Git(top / ".git")
    content = b"x" * (3 << 20)
    blob = here.run("hash-object", "-w", "--stdin", data=content, doing="store").decode().strip()
    assert here.run("cat-file", "blob", blob, doing="read") == content


@pytest.mark.parametrize("name", ["HEAD", "--help", "a" * 39, "A" * 40, "a" * 40 + "\n", "-" * 40, ""])
def test_only_full_object_names_are_taken(name: str) -> None:
    with pytest.raises(SandboxError, match="not a full git object name"):
        oid(name)


@pytest.mark.parametrize("length", [40, 64])
def test_full_object_names(length: int) -> None:
    assert oid("a" * length) == "a" * length


def test_git_is_found_once_by_its_absolute_path() -> None:
    assert Path(executable()).is_absolute()
