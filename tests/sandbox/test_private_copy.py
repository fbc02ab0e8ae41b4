"""The private copy a run works in, made on the spot or laid ready, and its removal."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox import private_copy
from sandbox.base import SandboxError
from sandbox.disk import TooDeepError, disk_bytes

OWN = (os.geteuid(), os.getegid())


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    source = tmp_path / "tree"
    (source / "pkg/__pycache__").mkdir(parents=True)
    (source / "pkg/mod.py").write_text("x = 1\n")
    (source / "pkg/__pycache__/mod.cpython-311.pyc").write_bytes(b"forged")
    (source / "run.sh").write_text("#!/bin/sh\n")
    (source / "run.sh").chmod(0o555)
    (source / "pkg/mod.py").chmod(0o444)
    (source / "link").symlink_to("./pkg//mod.py")
    (source / "dangling").symlink_to("/nowhere")
    (source / "empty").mkdir()
    return source


def test_the_copy_is_writable_and_keeps_modes_and_links(tree: Path, tmp_path: Path) -> None:
    copy = tmp_path / "work"
    private_copy.make(tree, copy, OWN)
    assert (copy / "pkg/mod.py").read_text() == "x = 1\n"
    assert stat.S_IMODE((copy / "pkg/mod.py").stat().st_mode) == 0o644
    assert stat.S_IMODE((copy / "run.sh").stat().st_mode) == 0o755
    assert os.readlink(copy / "link") == "./pkg//mod.py"  # noqa: PTH115
    assert (copy / "dangling").readlink() == Path("/nowhere")
    assert (copy / "empty").is_dir()
    assert not (copy / "pkg/__pycache__").exists(), "bytecode could hide what was not reviewed"
    (copy / "pkg/mod.py").write_text("x = 2\n")
    assert (tree / "pkg/mod.py").read_text() == "x = 1\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_the_copy_belongs_to_the_uid_of_the_run(tree: Path, tmp_path: Path) -> None:
    private_copy.make(tree, tmp_path / "work", (61234, 61234))
    owners = {
        (path.lstat().st_uid, path.lstat().st_gid) for path in [tmp_path / "work", *(tmp_path / "work").rglob("*")]
    }
    assert owners == {(61234, 61234)}
    assert tree.stat().st_uid == 0


def test_a_pipe_in_the_tree_is_refused_by_name(tree: Path, tmp_path: Path) -> None:
    os.mkfifo(tree / "pkg/pipe")
    with pytest.raises(SandboxError, match="pkg/pipe"):
        private_copy.make(tree, tmp_path / "work", OWN)


def test_three_thousand_nested_folders_can_be_measured_or_named_and_removed(tmp_path: Path) -> None:
    deep = tmp_path / "work"
    deep.mkdir()
    subprocess.run(
        [sys.executable, "-c", "import os\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')"], cwd=deep, check=True
    )
    with pytest.raises(TooDeepError):
        disk_bytes((deep,))
    private_copy.remove(deep)
    assert not deep.exists()
    private_copy.remove(deep)


def test_disk_use_is_measured_in_blocks(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(1 << 40)
    assert disk_bytes((tmp_path,)) == 0
    (tmp_path / "real").write_bytes(b"x" * 1_000_000)
    once = disk_bytes((tmp_path,))
    assert 1_000_000 <= once < 1_100_000
    os.link(tmp_path / "real", tmp_path / "again")
    (tmp_path / "away").symlink_to("/usr")
    assert disk_bytes((tmp_path, tmp_path / "absent")) == once


def test_a_copy_laid_ready_is_taken_once_and_equals_one_made_on_the_spot(tree: Path, tmp_path: Path) -> None:
    private_copy.lay_ready(tree, OWN)
    waiting = private_copy.ready(tree).stat().st_ino
    private_copy.lay_ready(tree, OWN)
    assert private_copy.ready(tree).stat().st_ino == waiting, "the second call found one"
    private_copy.make(tree, tmp_path / "first", OWN)
    assert (tmp_path / "first").stat().st_ino == waiting
    private_copy.make(tree, tmp_path / "second", OWN)
    assert (tmp_path / "second").stat().st_ino != waiting
    listed = [
        sorted((str(path.relative_to(copy)), path.lstat().st_mode) for path in copy.rglob("*"))
        for copy in (tmp_path / "first", tmp_path / "second")
    ]
    assert listed[0] == listed[1]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_copy_laid_ready_for_somebody_else_is_not_taken(tree: Path, tmp_path: Path) -> None:
    private_copy.lay_ready(tree, (61234, 61234))
    private_copy.make(tree, tmp_path / "work", OWN)
    assert (tmp_path / "work").stat().st_uid == os.geteuid()
    assert not private_copy.ready(tree).exists()
    assert not [path.name for path in tree.parent.iterdir() if path.name.startswith(".")]
