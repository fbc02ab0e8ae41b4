"""Finding and examining the researcher's repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.base import SandboxError
from sandbox.repository import COPILOT, exclude, initialise, inspect, user_identity


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make(top: Path, *options: str) -> Path:
    top.mkdir()
    git(top, "init", "-q", "-b", "main", *options)
    git(top, "config", "user.name", "Ada")
    git(top, "config", "user.email", "ada@example.org")
    (top / "model.py").write_text("a = 1\n")
    (top / "sub").mkdir()
    (top / "sub" / "data.txt").write_text("data\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "start")
    return top


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return make(tmp_path / "project")


def test_a_clean_repository(top: Path) -> None:
    found = inspect(top / "sub")
    assert (found.top, found.git_dir, found.own_dir) == (top, top / ".git", top / ".git")
    assert (found.head, found.branch, found.dirty) == (git(top, "rev-parse", "HEAD"), "main", False)
    assert (found.object_format, found.notes) == ("sha1", ())


def test_a_sha256_repository(tmp_path: Path) -> None:
    assert inspect(make(tmp_path / "p", "--object-format=sha256")).object_format == "sha256"


def test_uncommitted_work_is_noted_and_left_alone(top: Path) -> None:
    (top / "model.py").write_text("a = 2\n")
    (top / "sub" / "data.txt").write_text("staged\n")
    git(top, "add", "sub")
    (top / "new.py").write_text("b\n")
    before = (top / ".git" / "index").read_bytes()
    found = inspect(top)
    assert found.dirty
    assert "2 changed and 1 untracked" in found.notes[0]
    assert found.head[:10] in found.notes[0]
    assert (top / ".git" / "index").read_bytes() == before


def test_a_file_that_was_only_touched_is_not_dirty(top: Path) -> None:
    os.utime(top / "model.py", (1, 1))
    assert not inspect(top).dirty


def test_a_detached_head(top: Path) -> None:
    git(top, "checkout", "-q", "--detach")
    found = inspect(top)
    assert found.branch is None
    assert "detached" in found.notes[0]


def test_a_linked_worktree(top: Path, tmp_path: Path) -> None:
    git(top, "worktree", "add", "-q", "-b", "side", str(tmp_path / "side"))
    found = inspect(tmp_path / "side")
    assert (found.top, found.git_dir, found.branch) == (tmp_path / "side", top / ".git", "side")
    assert found.own_dir == top / ".git" / "worktrees" / "side"


def test_a_merge_in_progress_is_noted(top: Path) -> None:
    git(top, "checkout", "-q", "-b", "other")
    git(top, "commit", "-q", "--allow-empty", "-m", "other")
    git(top, "checkout", "-q", "main")
    git(top, "merge", "--no-commit", "--no-ff", "other")
    assert any("A merge is in progress" in note for note in inspect(top).notes)


def test_filters_are_named_because_they_are_not_run(top: Path) -> None:
    git(top, "config", "filter.nb.strip.clean", "cat")
    assert any("nb.strip" in note for note in inspect(top).notes)


def test_a_shallow_clone_is_allowed(top: Path, tmp_path: Path) -> None:
    git(top, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{top}", str(tmp_path / "clone"))
    assert inspect(tmp_path / "clone").head == git(top, "rev-parse", "HEAD")


def refusal(path: Path) -> str:
    with pytest.raises(SandboxError) as refused:
        inspect(path)
    return str(refused.value)


def test_no_repository(tmp_path: Path) -> None:
    assert "git init" in refusal(tmp_path)


def test_no_such_folder(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "missing")


def test_a_file_is_not_a_folder(top: Path) -> None:
    assert "not a folder" in refusal(top / "model.py")
    assert "not a folder" in refusal(top / "model.py" / "below")


def test_a_bare_repository(top: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--bare", str(top), "bare")
    assert "Clone it" in refusal(tmp_path / "bare")
    git(top, "config", "core.bare", "true")
    assert "Clone it" in refusal(top)


def test_inside_the_git_folder(top: Path) -> None:
    assert f"Use {top}" in refusal(top / ".git" / "refs")


def test_no_commit(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    assert "git commit" in refusal(tmp_path)


def test_a_partial_clone(top: Path, tmp_path: Path) -> None:
    git(top, "config", "uploadpack.allowFilter", "true")
    git(tmp_path, "clone", "-q", "--filter=blob:none", f"file://{top}", "partial")
    assert "partial clone" in refusal(tmp_path / "partial")
    git(tmp_path, "clone", "-q", f"file://{top}", "whole")
    assert inspect(tmp_path / "whole").branch == "main"


def test_git_lfs_in_any_folder(top: Path) -> None:
    (top / "sub" / ".gitattributes").write_text("# filter=lfs is not used\n*.txt text\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "attributes")
    inspect(top)
    (top / "sub" / ".gitattributes").write_text("*.txt filter=lfs diff=lfs merge=lfs -text\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "lfs")
    assert "sub/.gitattributes" in refusal(top)


def test_a_submodule(top: Path) -> None:
    git(top, "update-index", "--add", "--cacheinfo", f"160000,{git(top, 'rev-parse', 'HEAD')},vendor/lib")
    git(top, "commit", "-q", "-m", "submodule")
    assert "vendor/lib is a submodule" in refusal(top)


def test_a_pointer_to_nothing(top: Path, tmp_path: Path) -> None:
    (top / ".git").rename(tmp_path / "away")
    (top / ".git").write_text("gitdir: /nowhere\n")
    assert "git worktree repair" in refusal(top)


def test_no_permission(top: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read and write everything; run the tests as an ordinary user for this one")
    (top / ".git" / "refs").chmod(0o500)
    assert "not readable and writable" in refusal(top)


def test_identity_is_the_users_own(top: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository = inspect(top)
    assert (user_identity(repository).name, user_identity(repository).email) == ("Ada", "ada@example.org")
    git(top, "config", "author.name", "A. <Lovelace>")
    assert user_identity(repository).name == "A. Lovelace"
    for key in ("user.name", "user.email", "author.name"):
        git(top, "config", "--unset", key)
    assert user_identity(repository) == COPILOT
    (tmp_path / "global").write_text("[user]\n\tname = Grace\n\temail = grace@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "global"))
    assert user_identity(repository).name == "Grace"


def test_exclude_is_written_once(top: Path) -> None:
    place = top / ".git" / "info" / "exclude"
    place.write_bytes(b"# mine\n*.log")
    exclude(inspect(top), ".mlrc/")
    exclude(inspect(top), ".mlrc/")
    assert place.read_bytes() == b"# mine\n*.log\n.mlrc/\n"
    (top / ".mlrc").mkdir()
    (top / ".mlrc" / "x").write_text("x")
    assert not inspect(top).dirty


def test_initialise_commits_exact_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "new"
    (folder / ".mlrc").mkdir(parents=True)
    (folder / ".mlrc" / "journal.db").write_text("state")
    (folder / "a.py").write_bytes(b"a\r\n")
    (folder / ".gitignore").write_text("*.tmp\n")
    (folder / "b.tmp").write_text("ignored")
    found = initialise(folder, "Start", excluded=[".mlrc/"])
    assert (found.branch, found.dirty) == ("main", False)
    assert git(folder, "ls-tree", "-r", "--name-only", "HEAD").split() == [".gitignore", "a.py"]
    shown = subprocess.run(["git", "show", "HEAD:a.py"], cwd=folder, capture_output=True, check=True)
    assert shown.stdout == b"a\r\n"
    assert git(folder, "log", "--format=%an <%ae> %s") == "MLR-Copilot <mlr-copilot@localhost> Start"
    assert git(folder, "status", "--short") == ""
    assert not (folder / ".git" / "hooks").exists()


def test_initialise_refuses_what_is_there(top: Path, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="mlrc init"):
        initialise(top, "Start")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SandboxError, match="no file to commit"):
        initialise(tmp_path / "empty", "Start")
