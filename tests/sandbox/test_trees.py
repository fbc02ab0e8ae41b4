"""Making trees out of trees: edits, patches, and trees on disk."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sandbox.base import SandboxError
from sandbox.repository import inspect
from sandbox.store import Store
from sandbox.trees import branch_name, check_path, slug

ODD_NAMES = ["a b.py", "new\nline.py", "tab\t.py", "ünï/çode.py", '"quoted".py', "-dash.py", ":(top)x.py", "*.py"]


def git(folder: Path, *arguments: str, data: bytes = b"") -> str:
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=True, input=data)
    return done.stdout.decode().strip()


@pytest.fixture
def top(tmp_path: Path) -> Path:
    top = tmp_path / "project"
    (top / "pkg").mkdir(parents=True)
    git(top, "init", "-q", "-b", "main")
    (top / "model.py").write_text("".join(f"line {n}\n" for n in range(30)))
    (top / "pkg" / "run.sh").write_text("#!/bin/sh\n")
    (top / "pkg" / "run.sh").chmod(0o755)
    (top / "pkg" / "deep").symlink_to("../model.py")
    (top / "link").symlink_to("pkg")
    for name in ODD_NAMES:
        (top / name).parent.mkdir(exist_ok=True)
        (top / name).write_text(name)
    (top / os.fsdecode(b"latin\xe9.txt")).write_bytes(b"caf\xe9\n")
    git(top, "add", ".")
    git(top, "-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "-m", "start")
    return top


@pytest.fixture
def store(top: Path) -> Store:
    return Store.create(top / ".mlrc", inspect(top))


@pytest.fixture
def tree(store: Store) -> str:
    return store.tree(store.head())


# --- edits ------------------------------------------------------------------------------------------------------------


def test_an_edit_is_exactly_what_was_asked(store: Store, tree: str) -> None:
    edits = {"pkg/run.sh": b"#!/bin/bash\r\n", "new/deep/file.py": b"", "model.py": None}
    edited = store.edit(tree, edits)
    changed = [
        (change.status, change.path, change.mode_before, change.mode_after) for change in store.changes(tree, edited)
    ]
    assert changed == [
        ("D", "model.py", "100644", "000000"),
        ("A", "new/deep/file.py", "000000", "100644"),
        ("M", "pkg/run.sh", "100755", "100755"),
    ]
    assert store.read(edited, "pkg/run.sh", 100) == b"#!/bin/bash\r\n"
    assert store.edit(edited, {"model.py": store.read(tree, "model.py", 10_000)}) != tree
    assert store.edit(tree, {"model.py": store.read(tree, "model.py", 10_000)}) == tree
    assert store.edit(tree, {}) == tree


def test_a_file_may_become_a_folder_only_when_it_goes(store: Store, tree: str) -> None:
    edited = store.edit(tree, {"model.py": None, "model.py/inner.py": b"x\n"})
    assert "model.py/inner.py" in store.files(edited)
    assert (
        store.files(store.edit(edited, {"model.py/inner.py": None, "model.py": b"y\n"})).keys()
        == store.files(tree).keys()
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/etc/passwd", "absolute"),
        ("../out.py", "`..` part"),
        ("pkg/../../out.py", "`..` part"),
        ("./model.py", "`..` part"),
        ("pkg//x.py", "empty"),
        ("", "empty"),
        ("pkg/", "empty"),
        (".git/hooks/pre-commit", "git's own folder"),
        ("pkg/.GIT/config", "git's own folder"),
        (".git./config", "git's own folder"),
        (".git /config", "git's own folder"),
        ("GIT~1/config", "git's own folder"),
        (".git::$INDEX_ALLOCATION/config", "git's own folder"),
        (".g\u200cit/config", "invisible"),
        ("evil\x1b[2J.py", "invisible"),
        ("evil\u202egnp.py", "invisible"),
        ("new\nline.py", "invisible"),
        ("x" * 256, "longer"),
        ("model.py/x.py", "model.py is a file"),
        ("link/x.py", "link is a link"),
        ("link", "is a link"),
        ("pkg/deep", "is a link"),
        ("pkg", "it is a folder"),
    ],
)
def test_paths_that_are_refused(store: Store, tree: str, path: str, reason: str) -> None:
    with pytest.raises(SandboxError, match=re.escape(reason)):
        store.edit(tree, {path: b"x"})


@pytest.mark.parametrize(
    "path", [".gitignore", ".github/x.yml", "a.git/b", "..x", "ünï/new.py", "-dash.py", "git~2", ":(top)x.py"]
)
def test_their_harmless_neighbours(store: Store, tree: str, path: str) -> None:
    check_path(path)
    assert store.read(store.edit(tree, {path: b"x"}), path, 10) == b"x"


def test_two_edits_that_contradict_each_other(store: Store, tree: str) -> None:
    with pytest.raises(SandboxError, match="not a folder"):
        store.edit(tree, {"new": b"x", "new/inner": b"y"})


def test_edits_that_make_no_sense(store: Store, tree: str) -> None:
    with pytest.raises(SandboxError, match="no such file"):
        store.edit(tree, {"missing.py": None})
    with pytest.raises(SandboxError, match="65 MiB"):
        store.edit(tree, {"big.bin": bytes(65 << 20)})


def test_reading(store: Store, tree: str) -> None:
    assert store.read(tree, "new\nline.py", 100) == b"new\nline.py"
    for path, reason in (("nothing", "not in the tree"), ("link", "not followed")):
        with pytest.raises(SandboxError, match=reason):
            store.read(tree, path, 100)
    with pytest.raises(SandboxError, match="more than the 10"):
        store.read(tree, "model.py", 10)


def test_texts_are_the_readable_files(store: Store, tree: str) -> None:
    edited = store.edit(tree, {"nul.bin": b"a\0b", "large.txt": b"x" * 2000})
    texts = store.texts(edited, 1000)
    assert texts.keys() == {"model.py", "pkg/run.sh", *ODD_NAMES}
    assert store.texts(edited, 2000)["large.txt"] == "x" * 2000


def test_without_hides_by_glob(store: Store, tree: str) -> None:
    hidden = store.without(tree, ["pkg/*", "*.txt"])
    assert store.files(hidden).keys() == store.files(tree).keys() - {
        "pkg/run.sh",
        "pkg/deep",
        os.fsdecode(b"latin\xe9.txt"),
    }
    assert store.without(tree, ["nothing*"]) == tree


# --- patches ----------------------------------------------------------------------------------------------------------


def test_a_patch_round_trips(store: Store, tree: str) -> None:
    latin = os.fsdecode(b"latin\xe9.txt")
    edited = store.edit(
        tree, {"model.py": b"other\n", "ünï/çode.py": None, "new.py": b"no end of line", "pkg/run.sh": b"x\r\n"}
    )
    diff = store.diff(tree, edited)
    assert diff.startswith("diff --git a/model.py b/model.py\nindex ")
    assert store.apply(tree, diff) == edited
    assert store.apply(tree, "") == tree
    assert store.changes(tree, edited)[0].path == "model.py"
    assert latin in store.files(edited)


def test_one_hunk_of_several_with_wrong_counts(store: Store, tree: str) -> None:
    lines = [f"line {n}\n" for n in range(30)]
    lines[2], lines[25] = "early\n", "late\n"
    diff = store.diff(tree, store.edit(tree, {"model.py": "".join(lines).encode()}))
    header, first, second = re.split(r"(?=^@@ )", diff, flags=re.MULTILINE)
    only_late = store.apply(tree, header + second)
    assert store.read(only_late, "model.py", 1000).decode() == "".join([f"line {n}\n" for n in range(25)] + lines[25:])
    longer = header + first.replace("+early\n", "+early\n+and more\n")
    assert b"early\nand more\n" in store.read(store.apply(tree, longer), "model.py", 1000)


def test_a_patch_that_does_not_apply_changes_nothing(store: Store, tree: str) -> None:
    good = store.diff(tree, store.edit(tree, {"pkg/run.sh": b"x\n"}))
    bad = store.diff(tree, store.edit(tree, {"model.py": b"x\n"})).replace("line 7", "line seven")
    with pytest.raises(SandboxError, match=r"does not apply: .*model\.py.*Mend the hunk"):
        store.apply(tree, good + bad)
    with pytest.raises(SandboxError, match="does not apply"):
        store.apply(tree, "these are just words\n")


def new_file(path: str, mode: str, content: str) -> str:
    return (
        f"diff --git a/{path} b/{path}\nnew file mode {mode}\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{content}\n"
    )


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("../out.py", "100644"),
        (".git/config", "100644"),
        ("link/x.py", "100644"),
        ("l", "120000"),
        ("GIT~1/x", "100644"),
    ],
)
def test_a_patch_cannot_do_what_an_edit_cannot(store: Store, tree: str, path: str, mode: str) -> None:
    with pytest.raises(SandboxError):
        store.apply(tree, new_file(path, mode, "/etc/passwd"))
    assert store.read(store.apply(tree, new_file("fine.py", "100644", "x")), "fine.py", 10) == b"x\n"


TEXT = st.lists(
    st.sampled_from(["a\n", "b\n", "\n", "  x\n", "\r\n", "+\n", "-- \n", "@@ -1 +1 @@\n", "é\n", "\xff\t\n"]),
    max_size=12,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=TEXT, after=TEXT, end=st.sampled_from(["", "last"]))
@example(before=["-- \n"], after=["++ \n", "a\n"], end="last")
def test_edit_diff_apply_gives_the_edit(store: Store, tree: str, before: list[str], after: list[str], end: str) -> None:
    old = store.edit(tree, {"f.txt": "".join(before).encode("latin-1")})
    new = store.edit(old, {"f.txt": ("".join(after) + end).encode("latin-1")})
    assert store.apply(old, store.diff(old, new)) == new
    assert store.apply(new, store.diff(new, old)) == old


# --- trees on disk ----------------------------------------------------------------------------------------------------


def test_an_export_is_exact_and_read_only(store: Store, tree: str, top: Path, tmp_path: Path) -> None:
    hostile = store.edit(
        tree, {".gitattributes": b"* text eol=crlf export-ignore export-subst\n", "v.txt": b"$Format:%H$\n"}
    )
    folder = tmp_path / "trees" / hostile
    mask = os.umask(0o077)
    try:
        store.export(hostile, folder)
    finally:
        os.umask(mask)
    for name in ["model.py", "pkg/run.sh", *ODD_NAMES]:
        assert (folder / name).read_bytes() == (top / name).read_bytes()
    assert (folder / "v.txt").read_bytes() == b"$Format:%H$\n"
    assert stat.S_IMODE((folder / "model.py").stat().st_mode) == 0o444
    assert stat.S_IMODE((folder / "pkg" / "run.sh").stat().st_mode) == 0o555
    assert str((folder / "pkg" / "deep").readlink()) == "../model.py"
    assert list((tmp_path / "trees").iterdir()) == [folder]
    # The control: git's own archive obeys the attributes of the tree.
    (top / ".gitattributes").write_text("* text eol=crlf export-subst\npkg export-ignore\n")
    git(top, "add", ".gitattributes")
    git(top, "-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "-m", "attributes")
    git(top, "archive", "--output=tree.tar", "HEAD")
    with tarfile.open(top / "tree.tar") as archive:
        model = archive.extractfile("model.py")
        assert model is not None
        assert model.read().startswith(b"line 0\r\n")
        assert "pkg/run.sh" not in archive.getnames()


def test_an_export_is_reused_and_replaced_when_damaged(store: Store, tree: str, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    store.export(tree, folder)
    first = folder.stat().st_ino
    store.export(tree, folder)
    assert folder.stat().st_ino == first
    (folder / "model.py").chmod(0o644)
    (folder / "model.py").write_text("")
    store.export(tree, folder)
    assert (folder / "model.py").stat().st_size > 0
    (folder / "added.py").write_text("x")
    store.export(tree, folder)
    assert not (folder / "added.py").exists()
    assert sorted(item.name for item in folder.parent.iterdir()) == ["project", "tree"]


def with_link(store: Store, tree: str, **links: str) -> str:
    """A tree with links, as a hostile repository would hold it."""
    entries = "".join(
        f"120000 blob {git(store.folder, 'hash-object', '-w', '--stdin', data=target.encode())}\t{name}\n"
        for name, target in links.items()
    )
    nested = git(store.folder, "mktree", data=entries.encode())
    listed = git(store.folder, "ls-tree", tree) + f"\n040000 tree {nested}\tsub\n"
    return git(store.folder, "mktree", data=listed.encode())


@pytest.mark.parametrize(
    "links",
    [
        {"out": "/etc/passwd"},
        {"out": "../../secret"},
        {"out": "../pkg/../../x"},
        {"d": "..", "out": "d/../x"},
        {"a": "b", "b": "a"},
        {"self": "self/x"},
    ],
)
def test_links_that_leave_are_refused_by_name(store: Store, tree: str, tmp_path: Path, links: dict[str, str]) -> None:
    with pytest.raises(SandboxError, match=r"^sub/\w+ is a link that leaves the tree"):
        store.export(with_link(store, tree, **links), tmp_path / "tree")
    assert not (tmp_path / "tree").exists()


def test_links_that_stay_are_kept(store: Store, tree: str, tmp_path: Path) -> None:
    store.export(
        with_link(store, tree, file="../model.py", d="../pkg", through="d/run.sh", dangling="none"), tmp_path / "tree"
    )
    assert (tmp_path / "tree" / "sub" / "through").read_text() == "#!/bin/sh\n"
    assert str((tmp_path / "tree" / "sub" / "dangling").readlink()) == "none"


def test_a_submodule_is_refused_by_name(store: Store, tree: str, tmp_path: Path) -> None:
    listed = git(store.folder, "ls-tree", tree) + f"\n160000 commit {'1' * 40}\tvendor\n"
    hostile = git(store.folder, "mktree", "--missing", data=listed.encode())
    with pytest.raises(SandboxError, match="vendor is a submodule"):
        store.export(hostile, tmp_path / "tree")
    with pytest.raises(SandboxError, match="vendor is a submodule"):
        store.edit(hostile, {"vendor/x.py": b"x"})


def test_a_tree_that_climbs_out_is_refused(store: Store, tmp_path: Path) -> None:
    blob = git(store.folder, "hash-object", "-w", "--stdin", data=b"x")
    inner = b"100644 escaped\0" + bytes.fromhex(blob)
    subtree = git(store.folder, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=inner)
    raw = b"40000 ..\0" + bytes.fromhex(subtree)
    hostile = git(store.folder, "hash-object", "-t", "tree", "-w", "--literally", "--stdin", data=raw)
    with pytest.raises(SandboxError, match="not a valid path"):
        store.export(hostile, tmp_path / "below" / "tree")
    assert not (tmp_path / "below" / "escaped").exists()


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Odd cubic gate", "odd-cubic-gate"),
        ("Überraschung: 50 %", "uberraschung-50"),
        ("--force", "force"),
        ("../../etc", "etc"),
        ("a.lock", "a-lock"),
        ("a" * 300, "a" * 48),
        ("x" * 47 + "- y", "x" * 47),
        ("🔥🔥", "experiment"),
        ("", "experiment"),
        ("a\x1b[2J\nb", "a-2j-b"),
        ("@{-1}", "1"),
    ],
)
def test_any_title_gives_a_branch_name_that_git_takes(text: str, expected: str, tmp_path: Path) -> None:
    assert slug(text) == expected
    assert git(tmp_path, "check-ref-format", "--branch", branch_name(3, text)) == f"copilot/3-{expected}"


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_slugs_are_plain(text: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug(text))


# --- cost -------------------------------------------------------------------------------------------------------------


def test_cost_of_the_everyday_calls(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Prints milliseconds; the bounds are loose, to notice a call that became linear in something it should not."""
    top = tmp_path / "project"
    for number in range(302):
        place = top / f"pkg{number % 15}" / f"m{number}.py"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"x = {number}\n" * 200)
    git(top, "init", "-q", "-b", "main")
    git(top, "add", ".")
    git(top, "-c", "user.name=a", "-c", "user.email=b", "commit", "-q", "-m", "start")
    store = Store.create(top / ".mlrc", inspect(top))
    base = store.head()
    store.keep(1, base)
    tree = store.tree(base)
    times: dict[str, float] = {}

    def timed(name: str, work: Callable[[int], object]) -> None:
        took = []
        for number in range(3):
            started = time.perf_counter()
            work(number)
            took.append(1000 * (time.perf_counter() - started))
        times[name] = min(took)

    def propose(number: int) -> None:
        edited = store.edit(tree, {"pkg1/m1.py": f"y = {number}\n".encode()})
        store.propose(number, store.commit(edited, base, "change"))

    timed("propose", propose)
    timed("export", lambda number: store.export(tree, tmp_path / f"tree{number}"))
    timed("publish", lambda number: store.publish(store.proposal(number) or "", f"copilot/{number}-x"))
    with capsys.disabled():
        print("\ngit, 302 files: " + ", ".join(f"{name} {spent:.1f} ms" for name, spent in times.items()))
    assert max(times.values()) < 1000
