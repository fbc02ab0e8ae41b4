"""Logs as lines: folded, bounded, clean; however the bytes are cut."""

from __future__ import annotations

import pytest

from app.ui.logfold import MAX_WIDTH, LogFold


def folded(data: bytes, size: int) -> LogFold:
    """The log fed in pieces."""
    fold = LogFold(max_lines=5)
    for at in range(0, len(data), size):
        fold.feed(data[at : at + size])
    return fold


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_progress_bars_are_one_line(size: int) -> None:
    bar = b"".join(b"\r%3d%%|###" % n for n in range(0, 101, 10))
    assert folded(b"start\n" + bar + b"\nend\n", size).lines == ("start", "100%|###", "end")


@pytest.mark.parametrize("size", [1, 4, 1000])
def test_an_open_progress_bar_is_shown(size: int) -> None:
    assert folded(b"a\n 10%\r 20%\r", size).lines == ("a", " 20%")
    assert folded(b"a\n 10%\r 20%\r 30", size).lines == ("a", " 30")


def test_windows_line_ends_keep_their_text() -> None:
    assert folded(b"one\r\ntwo\r\n", 3).lines == ("one", "two")


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_characters_cut_in_two_arrive_whole(size: int) -> None:
    assert folded("Verlust: ½ 数\n".encode(), size).lines == ("Verlust: ½ 数",)


def test_the_window_is_bounded_and_counts_on() -> None:
    fold = folded(b"".join(b"%d\n" % n for n in range(100)), 64)
    assert fold.lines == ("95", "96", "97", "98", "99")
    assert fold.total == 100


def test_an_endless_line_is_cut() -> None:
    fold = LogFold()
    for _ in range(50):
        fold.feed(b"x" * 1000)
    assert len(fold.lines) == 1 and len(fold.lines[0]) <= MAX_WIDTH + 1


def test_nothing_that_commands_a_terminal_stays() -> None:
    (row,) = folded(b"a\x1b]0;title\x07b\x1b[31mred\x1b[0m\x00\n", 4).lines
    assert row == "abred␀"
    assert folded(b"\xff\xfe ok\n", 9).lines[0].endswith(" ok")
