"""Collecting declared files: copies of regular files, never through a link, a FIFO or a second name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sandbox.collect import collect


@pytest.mark.parametrize(
    ("glob", "want"),
    [
        ("*.json", {"a.json"}),
        ("**/*.json", {"a.json", "s/b.json", "s/t/c.json"}),
        ("s/*.json", {"s/b.json"}),
        ("s/**", {"s/b.json", "s/t/c.json", "s/x.txt"}),
        ("?.json", {"a.json"}),
        ("[!b].json", {"a.json"}),
        ("s/[a-c].json", {"s/b.json"}),
        ("s/x.txt", {"s/x.txt"}),
    ],
)
def test_globs_stay_in_their_component(tmp_path: Path, glob: str, want: set[str]) -> None:
    out = tmp_path / "out"
    (out / "s/t").mkdir(parents=True)
    for name in ("a.json", "s/b.json", "s/t/c.json", "s/x.txt", ".hidden"):
        (out / name).write_text(name)
    assert set(collect(out, tmp_path / "kept", (glob,), 1000).kept) == want


def test_links_on_the_way_and_second_names_are_refused(tmp_path: Path) -> None:
    out, hidden = tmp_path / "out", tmp_path / "hidden"
    out.mkdir()
    hidden.mkdir()
    (hidden / "labels.json").write_text("answer")
    (out / "way").symlink_to(hidden)
    os.link(hidden / "labels.json", out / "hard.json")
    (out / "plain.json").write_text("mine")
    names = ("way/labels.json", "hard.json", "../hidden/labels.json", "plain.json")
    # The attack itself works.
    assert (out / "way/labels.json").read_text() == (out / "../hidden/labels.json").read_text() == "answer"
    result = collect(out, tmp_path / "kept", names, 1000)
    assert set(result.kept) == {"plain.json"}
    assert set(result.refused) == set(names) - {"plain.json"}
    assert "hard link" in result.refused["hard.json"]


def test_the_size_counts_for_all_files_together_and_sparse_ones_do_not_expand(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in "abc":
        (out / name).write_bytes(b"x" * 400)
    with (out / "huge").open("wb") as file:
        file.truncate(5 << 40)
    result = collect(out, tmp_path / "kept", ("*",), 1000)
    assert set(result.kept) == {"a", "b"}
    assert set(result.refused) == {"c", "huge"}
