"""Rows by byte offset: the same from both directions, however the log is made."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.ui.log import rows as rows_module
from app.ui.log.rows import MAX_WIDTH, LogRows, Row


def written(folder: Path, data: bytes) -> LogRows:
    """A log of these bytes."""
    log = folder / "stdout.log"
    log.write_bytes(data)
    return LogRows(log)


def texts(found: LogRows) -> list[str]:
    """All rows from the beginning."""
    with found.open() as log:
        return [row.text for row in log.after(0, 10_000)]


def test_rows_are_read_from_either_end(tmp_path: Path) -> None:
    with written(tmp_path, b"one\ntwo\n\nfour").open() as log:
        rows = log.after(0, 10)
        assert [(row.start, row.end, row.text) for row in rows] == [
            (0, 4, "one"), (4, 8, "two"), (8, 9, ""), (9, 13, "four"),
        ]  # fmt: skip
        assert log.before(log.size, 10) == rows
        assert log.before(8, 1) == rows[1:2] and log.after(4, 2) == rows[1:3]
        assert [log.start_of(offset) for offset in (0, 3, 4, 8, 9, 12, 13, 99)] == [0, 0, 4, 8, 9, 9, 13, 13]


def test_a_log_that_is_not_there_yet_is_empty_and_then_grows(tmp_path: Path) -> None:
    found = LogRows(tmp_path / "stdout.log")
    assert texts(found) == []
    (tmp_path / "stdout.log").write_bytes(b"half a l")
    assert texts(found) == ["half a l"]
    (tmp_path / "stdout.log").write_bytes(b"half a line\nmore\n")
    assert texts(found) == ["half a line", "more"]


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (
            b"start\n" + b"".join(b"\r%3d%%|###" % n for n in range(0, 101, 10)) + b"\nend\n",
            ["start", "100%|###", "end"],
        ),
        (b"a\n 10%\r 20%\r", ["a", " 20%"]),
        (b"a\n 10%\r 20%\r 30", ["a", " 30"]),
        (b"one\r\ntwo\r\n", ["one", "two"]),
        (b"\r\r\n\n", ["", ""]),
        ("Verlust: ½ 数\n".encode(), ["Verlust: ½ 数"]),
        (b"\xff\xfe ok\n", ["\ufffd\ufffd ok"]),
    ],
)
def test_a_redrawn_row_is_its_last_state(tmp_path: Path, data: bytes, shown: list[str]) -> None:
    assert texts(written(tmp_path, data)) == shown


def test_a_long_progress_bar_is_one_row(tmp_path: Path) -> None:
    bar = b"".join(b"\r%7d/180000 [##########          ]  loss 0.5" % n for n in range(180_000))
    assert texts(written(tmp_path, b"go\n" + bar)) == ["go", " 179999/180000 [##########          ]  loss 0.5"]


def test_a_wide_row_is_cut_with_a_mark(tmp_path: Path) -> None:
    wide, next_one = texts(written(tmp_path, b"x" * 3_000_000 + b"\nnext\n"))
    assert wide == "x" * MAX_WIDTH + "…" and next_one == "next"


def test_a_dropped_middle_is_one_row(tmp_path: Path) -> None:
    log = tmp_path / "stdout.log"
    with log.open("wb") as file:
        file.write(b"head\n" * 1000)
        file.seek(1 << 20)
        file.write(b"ail\ntail\n")
    found = LogRows(log)
    with found.open() as rows:
        forwards = rows.after(0, 5000)
        assert forwards == rows.before(rows.size, 5000)
        (hole,) = [row for row in forwards if row.dropped]
        assert hole.end == 1 << 20 and hole.start >= 5000
        assert rows.start_of((1 << 20) - 1) == hole.start
        assert [row.text for row in forwards[-2:]] == ["ail", "tail"]


def test_a_log_that_was_cut_is_read_anew(tmp_path: Path) -> None:
    found = written(tmp_path, b"a" * 200_000 + b"\nb\n")
    assert len(texts(found)) == 2
    found.path.write_bytes(b"new\n")
    assert texts(found) == ["new"]


@pytest.mark.parametrize("seed", range(8))
def test_both_directions_agree_where_rows_are_longer_than_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(rows_module, "LONG", 256)
    monkeypatch.setattr(rows_module, "_BLOCK", 64)
    draw = random.Random(seed)  # noqa: S311
    pieces = [b"x" * draw.choice([0, 1, 63, 64, 100, 255, 256, 257, 700]) for _ in range(40)]
    data = b"\n".join(pieces)
    with written(tmp_path, data).open() as log:
        rows = log.after(0, 10_000)
        assert rows == log.before(log.size, 10_000)
        assert [row.start for row in rows[1:]] == [row.end for row in rows[:-1]]
        assert all(log.start_of(at) == row.start for row in rows for at in (row.start, row.end - 1))
        assert max(row.end - row.start for row in rows) <= 2 * 256
        assert rows[-1].end == len(data)


def test_new_rows_are_counted(tmp_path: Path) -> None:
    with written(tmp_path, b"a\nb\nc\nd").open() as log:
        assert (log.newlines(0, log.size), log.newlines(2, log.size), log.newlines(6, log.size)) == (3, 2, 0)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "stdout.log").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic"), LogRows(tmp_path / "stdout.log").open():
        pass
    with LogRows(tmp_path / "secret").open() as log:
        assert log.row(0) == Row(0, 6, "secret")
