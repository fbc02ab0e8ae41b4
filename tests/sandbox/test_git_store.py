"""The engine's store beside a user's repository: what it keeps, what it publishes, and what it leaves alone."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.base import SandboxError
from sandbox.repository import Author, exclude, inspect
from sandbox.store import Store


def git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make(top: Path, *options: str) -> Path:
    top.mkdir(parents=True)
    git(top, "init", "-q", "-b", "main", *options)
    git(top, "config", "user.name", "Ada")
    git(top, "config", "user.email", "ada@example.org")
    (top / "model.py").write_text("".join(f"line {n}\n" for n in range(20)))
    (top / "data.txt").write_text("data\n")
    git(top, "add", ".")
    git(top, "commit", "-q", "-m", "start")
    return top


def opened(top: Path) -> Store:
    store = Store.create(top / ".mlrc", inspect(top))
    store.keep(1, store.head())
    return store


@pytest.fixture
def top(tmp_path: Path) -> Path:
    return make(tmp_path / "project")


@pytest.fixture
def store(top: Path) -> Store:
    return opened(top)


def change(store: Store, text: str, parent: str | None = None, path: str = "model.py") -> str:
    """A commit on top of `parent` (the base) that writes one file."""
    parent = parent or store.head()
    return store.commit(store.edit(store.tree(parent), {path: text.encode()}), parent, f"change {path}")


def tips(top: Path) -> dict[str, str]:
    return dict(line.split() for line in git(top, "for-each-ref", "--format=%(refname) %(objectname)").splitlines())


def everything(top: Path) -> dict[str, bytes]:
    """Every byte of the repository and its files, but objects and what we are allowed to write."""
    allowed = (".mlrc/", ".git/objects/", ".git/refs/mlrc/", ".git/refs/heads/copilot/", ".git/info/exclude")
    found = {str(path.relative_to(top)): path for path in top.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(allowed)}


def test_a_session_leaves_the_users_repository_as_it_was(top: Path, tmp_path: Path) -> None:
    (top / "data.txt").write_text("stashed\n")
    git(top, "stash")
    git(top, "checkout", "-q", "-b", "other")
    (top / "data.txt").write_text("theirs\n")
    git(top, "commit", "-q", "-a", "-m", "other")
    git(top, "checkout", "-q", "main")
    (top / "data.txt").write_text("mine\n")
    git(top, "commit", "-q", "-a", "-m", "mine")
    merge = subprocess.run(["git", "merge", "other"], cwd=top, capture_output=True, check=False)
    assert merge.returncode == 1
    (top / "new.py").write_text("staged\n")
    git(top, "add", "new.py")
    (top / "model.py").write_text("unsaved work\n")
    before = everything(top)

    repository = inspect(top)
    exclude(repository, ".mlrc/")
    store = opened(top)
    commit = change(store, "proposal\n")
    store.propose(1, commit)
    store.export(store.tree(commit), tmp_path / "export")
    store.publish(commit, "copilot/1-a")
    store.publish(change(store, "more\n", commit), "copilot/1-a")

    assert everything(top) == before
    assert {"refs/heads/copilot/1-a", "refs/mlrc/keep/1"} == tips(top).keys() - {
        "refs/heads/main",
        "refs/heads/other",
        "refs/stash",
    }
    # Nothing that was published depends on the store.
    shutil.rmtree(store.folder)
    assert git(top, "fsck", "--strict", "--no-dangling") == ""
    assert git(top, "show", "copilot/1-a:model.py") == "more"


def test_a_proposal_is_by_the_user_and_found_again(top: Path, store: Store) -> None:
    commit = change(store, "new\n")
    assert store.propose(7, commit) == "refs/mlrc/proposals/7"
    again = Store.open(top / ".mlrc", inspect(top))
    assert (again.proposal(7), again.proposal(8)) == (commit, None)
    assert again.read(again.tree(commit), "model.py", 100) == b"new\n"
    shown = git(store.folder, "log", "-1", "--format=%an %ae %cn %ce|%s", commit)
    assert shown == "Ada ada@example.org Ada ada@example.org|change model.py"
    assert again.check() == ()


def test_headers_and_messages_cannot_be_forged(store: Store) -> None:
    hostile = Author(name="Eve\n<x@y> 0 +0000\ncommitter Root", email="<a@b>\x1b[2J")
    commit = store.commit(store.tree(store.head()), store.head(), "one\x1b]52;c;x\x07\n\ntwo\ttab\0", hostile)
    raw = git(store.folder, "cat-file", "commit", commit)
    headers, message = raw.split("\n\n", 1)
    assert [line.split()[0] for line in headers.splitlines()] == ["tree", "parent", "author", "committer"]
    assert "<a@b[2J>" in headers
    assert message == "one]52;c;x\n\ntwo\ttab"


def test_create_and_open_say_what_is_wrong(top: Path, tmp_path: Path, store: Store) -> None:
    with pytest.raises(SandboxError, match="exists already"):
        Store.create(top / ".mlrc", inspect(top))
    with pytest.raises(SandboxError, match="missing or damaged"):
        Store.open(tmp_path / "nothing", inspect(top))
    other = make(tmp_path / "other", "--object-format=sha256")
    with pytest.raises(SandboxError, match="sha1 store, but .* is sha256"):
        Store.open(top / ".mlrc", inspect(other))


def test_sha256_from_proposal_to_branch(tmp_path: Path) -> None:
    top = make(tmp_path / "p", "--object-format=sha256")
    store = opened(top)
    commit = change(store, "new\n")
    assert len(commit) == 64
    store.propose(1, commit)
    assert store.publish(commit, "copilot/1-a") == "copilot/1-a"
    assert git(top, "rev-parse", "copilot/1-a") == commit


@pytest.mark.parametrize("name", ['sp ace "quoted" \\ back', "new\nline", "ünï#code"])
def test_any_path_of_a_workspace(tmp_path: Path, name: str) -> None:
    store = opened(make(tmp_path / name / "p"))
    commit = change(store, "new\n")
    store.propose(1, commit)
    assert store.publish(commit, "copilot/1-a") == "copilot/1-a"
    store.export(store.tree(commit), tmp_path / name / "export")
    assert (tmp_path / name / "export" / "model.py").read_text() == "new\n"


def test_a_workspace_that_was_moved(top: Path, tmp_path: Path, store: Store) -> None:
    store.propose(1, change(store, "new\n"))
    top.rename(tmp_path / "moved")
    again = Store.open(tmp_path / "moved" / ".mlrc", inspect(tmp_path / "moved"))
    assert again.check() == ()


def test_a_linked_worktree_has_a_store_of_its_own(top: Path, tmp_path: Path) -> None:
    side = tmp_path / "side"
    git(top, "worktree", "add", "-q", "-b", "side", str(side))
    (side / "data.txt").write_text("side\n")
    git(side, "commit", "-q", "-a", "-m", "side")
    store = opened(side)
    assert store.head() == git(side, "rev-parse", "HEAD") != git(top, "rev-parse", "HEAD")
    assert store.publish(change(store, "new\n"), "copilot/1-a") == "copilot/1-a"
    assert git(top, "show", "copilot/1-a:data.txt") == "side"


def test_a_shallow_clone(top: Path, tmp_path: Path) -> None:
    git(top, "commit", "-q", "--allow-empty", "-m", "second")
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{top}", str(tmp_path / "clone"))
    store = opened(tmp_path / "clone")
    commit = change(store, "new\n")
    store.propose(1, commit)
    assert store.publish(commit, "copilot/1-a") == "copilot/1-a"
    assert store.check() == ()


def collect_garbage(top: Path) -> None:
    git(top, "reflog", "expire", "--expire=now", "--all")
    git(top, "gc", "-q", "--prune=now")


def test_the_base_survives_amend_and_gc(top: Path, store: Store) -> None:
    base, commit = store.head(), change(store, "new\n")
    store.propose(1, commit)
    git(top, "commit", "-q", "--amend", "-m", "rewritten")
    collect_garbage(top)
    assert store.check() == ()
    assert store.publish(commit, "copilot/1-a") == "copilot/1-a"
    # The control: without the kept ref the base is gone.
    git(top, "update-ref", "-d", "refs/mlrc/keep/1")
    git(top, "branch", "-q", "-D", "copilot/1-a")
    collect_garbage(top)
    with pytest.raises(SandboxError, match=f"read the commit {base[:12]}"):
        store.tree(base)


def test_a_proposal_owns_what_the_users_gc_takes(top: Path, store: Store) -> None:
    stray = subprocess.run(
        ["git", "hash-object", "-w", "--stdin"], cwd=top, input=b"found\n", capture_output=True, check=True
    )
    owned, borrowed = change(store, "found\n"), change(store, "found\n", path="other.py")
    store.propose(1, owned)
    collect_garbage(top)
    gone = subprocess.run(["git", "cat-file", "-e", stray.stdout.strip()], cwd=top, capture_output=True, check=False)
    assert gone.returncode != 0
    assert store.read(store.tree(owned), "model.py", 100) == b"found\n"
    assert store.check() == ()
    assert store.read(store.tree(borrowed), "other.py", 100) == b"found\n"


def test_without_a_proposal_the_users_gc_does_take_it(top: Path, store: Store) -> None:
    subprocess.run(["git", "hash-object", "-w", "--stdin"], cwd=top, input=b"found\n", capture_output=True, check=True)
    commit = change(store, "found\n")
    collect_garbage(top)
    with pytest.raises(SandboxError, match="missing from the repository"):
        store.read(store.tree(commit), "model.py", 100)


def test_without_a_kept_base_a_proposal_is_copied_whole(top: Path) -> None:
    store = Store.create(top / ".mlrc", inspect(top))
    store.propose(1, change(store, "new\n"))
    (store.folder / "objects" / "info" / "alternates").unlink()
    assert store.check() == ()


def test_publishing_again_after_a_crash(top: Path, store: Store) -> None:
    first = change(store, "one\n")
    store.publish(first, "copilot/1-a")
    # Killed after the user's ref was written and before we remembered it.
    git(store.folder, "update-ref", "-d", "refs/mlrc/published/copilot/1-a")
    assert store.publish(first, "copilot/1-a") == "copilot/1-a"
    assert store.publish(change(store, "two\n", first), "copilot/1-a") == "copilot/1-a"


def test_a_branch_moves_forward_from_where_we_left_it(top: Path, store: Store) -> None:
    first = change(store, "one\n")
    second = change(store, "two\n", first)
    assert store.publish(first, "copilot/1-a") == "copilot/1-a"
    assert store.publish(first, "copilot/1-a") == "copilot/1-a"
    assert store.publish(second, "copilot/1-a") == "copilot/1-a"
    assert git(top, "rev-parse", "copilot/1-a") == second
    # Backwards and sideways is somewhere else.
    assert store.publish(first, "copilot/1-a") == "copilot/1-a-2"
    assert git(top, "rev-parse", "copilot/1-a") == second


def test_a_branch_that_the_user_moved_stays(top: Path, store: Store) -> None:
    first = change(store, "one\n")
    store.publish(first, "copilot/1-a")
    git(top, "update-ref", "refs/heads/copilot/1-a", store.head())
    assert store.publish(change(store, "two\n", first), "copilot/1-a") == "copilot/1-a-2"
    assert git(top, "rev-parse", "copilot/1-a") == store.head()


def test_a_branch_of_the_users_own_stays(top: Path, store: Store) -> None:
    git(top, "branch", "copilot/1-a")
    assert store.publish(change(store, "one\n"), "copilot/1-a") == "copilot/1-a-2"
    assert git(top, "rev-parse", "copilot/1-a") == store.head()


def test_a_checked_out_branch_stays(top: Path, tmp_path: Path, store: Store) -> None:
    first = change(store, "one\n")
    second = change(store, "two\n", first)
    store.publish(first, "copilot/1-a")
    git(top, "worktree", "add", "-q", str(tmp_path / "side"), "copilot/1-a")
    assert store.publish(second, "copilot/1-a") == "copilot/1-a-2"
    assert git(tmp_path / "side", "status", "--short") == ""
    git(top, "symbolic-ref", "HEAD", "refs/heads/copilot/2-unborn")
    assert store.publish(second, "copilot/2-unborn") == "copilot/2-unborn-2"


def test_a_branch_in_a_rebase_stays(top: Path, store: Store) -> None:
    first = change(store, "one\n")
    store.publish(first, "copilot/1-a")
    git(top, "checkout", "-q", "copilot/1-a")
    git(top, "-c", "sequence.editor=sed -i 1ibreak", "rebase", "-i", "main", "--no-ff")
    assert (top / ".git" / "rebase-merge").is_dir()
    assert store.publish(change(store, "two\n", first), "copilot/1-a") == "copilot/1-a-2"
    git(top, "rebase", "--continue")


def test_names_in_the_way(top: Path, store: Store) -> None:
    commit = change(store, "one\n")
    git(top, "branch", "copilot/1-a/mine")
    assert store.publish(commit, "copilot/1-a") == "copilot/1-a-2"
    git(top, "branch", "-D", "copilot/1-a/mine", "copilot/1-a-2")
    git(top, "branch", "copilot")
    with pytest.raises(SandboxError, match="`copilot` is in the way"):
        store.publish(commit, "copilot/1-a")


@pytest.mark.parametrize(
    "name", ["main", "copilot/", "copilot/../main", "--force", "copilot/a.lock", "copilot/a b", ""]
)
def test_only_branches_of_experiments_are_written(top: Path, store: Store, name: str) -> None:
    before = tips(top)
    with pytest.raises(SandboxError, match="nothing was published"):
        store.publish(change(store, "one\n"), name)
    assert tips(top) == before


def test_an_amended_commit_is_the_same_whenever_it_is_made(top: Path, store: Store) -> None:
    commit = change(store, "one\n")
    tree = store.edit(store.tree(commit), {"data.txt": b"two\n"})
    amended = store.amended(commit, tree, "Some of it")
    git(top, "config", "user.name", "Somebody else")
    assert Store.open(top / ".mlrc", inspect(top)).amended(commit, tree, "Some of it") == amended != commit
    facts = "--format=%P %an %ae %ad %cd"
    assert git(store.folder, "log", "-1", facts, amended) == git(store.folder, "log", "-1", facts, commit)
    assert store.tree(amended) == tree and store.amended(commit, tree, "Another") != amended
    store.propose(7, commit)
    store.propose(7, amended, part=True)
    assert store.proposal(7) == commit and store.check() == ()


def test_files_are_taken_from_another_tree_with_mode_and_absence(store: Store) -> None:
    base = store.tree(store.head())
    patch = "diff --git a/model.py b/model.py\nold mode 100644\nnew mode 100755\n"
    new = {"new.py": b"x = 1\n", "other.py": b"", "data.txt": None}
    other = store.edit(store.apply(base, patch), new)
    mixed = store.take(base, other, ["model.py", "new.py", "data.txt"])
    assert {path: entry.mode for path, entry in store.files(mixed).items()} == {
        "model.py": "100755",
        "new.py": "100644",
    }
    assert store.take(base, other, []) == base
    assert store.take(base, other, [*new, "model.py"]) == other


def test_revert_undoes_under_later_changes(store: Store) -> None:
    lines = [f"line {n}\n" for n in range(20)]
    first = change(store, "".join(["FIRST\n", *lines[1:]]))
    second = change(store, "".join(["FIRST\n", *lines[1:19], "LAST\n"]), first)
    undone = store.revert(first, second)
    assert store.read(store.tree(undone), "model.py", 1000).decode() == "".join([*lines[:19], "LAST\n"])
    assert git(store.folder, "log", "-1", "--format=%s %P", undone) == f'Revert "change model.py" {second}'
    again = store.revert(undone, undone)
    assert store.tree(again) == store.tree(second)


def test_revert_refuses_with_a_reason(store: Store) -> None:
    first = change(store, "one\n")
    second = change(store, "two\n", first)
    with pytest.raises(SandboxError, match=r"same lines of model\.py"):
        store.revert(first, second)
    with pytest.raises(SandboxError, match="not exactly one parent"):
        store.revert(store.head(), second)
    undone = store.revert(second, second)
    with pytest.raises(SandboxError, match="Nothing to undo"):
        store.revert(second, undone)


def test_check_finds_damage(store: Store) -> None:
    store.propose(1, change(store, "new\n"))
    assert store.check() == ()
    blob = store.files(store.tree(store.proposal(1) or ""))["model.py"].blob
    (store.folder / "objects" / blob[:2] / blob[2:]).unlink()
    assert any(blob in problem for problem in store.check())
