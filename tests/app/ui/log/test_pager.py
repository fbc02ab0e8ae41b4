"""Places in a log: moving by lines of the screen, at the ends, and when the log or the width changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.ui.log.pager import Place
from app.ui.log.window import LogWindow


def numbered(folder: Path, count: int = 100) -> LogWindow:
    """A window of five lines into a log of numbered ones, ten bytes each."""
    (folder / "stdout.log").write_bytes(b"".join(b"line %04d\n" % number for number in range(count)))
    window = LogWindow(folder / "stdout.log")
    window.lay_out(20, 5, wrap=False, query="")
    return window


def drawn(window: LogWindow, *, at_end: bool = False, by: int = 0) -> list[str]:
    """What is in view, after moving."""
    with window.open() as pager:
        if by:
            window.place = pager.moved(window.place, by)
        return [line.plain for line in window.draw(pager, at_end=at_end)]


def lines(first: int, count: int = 5) -> list[str]:
    """Numbered lines."""
    return [f"line {number:04d}" for number in range(first, first + count)]


def test_the_ends_stop_every_move(tmp_path: Path) -> None:
    window = numbered(tmp_path)
    assert drawn(window, at_end=True) == lines(95)
    assert drawn(window, by=3) == lines(95)
    assert drawn(window, by=-3) == lines(92)
    assert drawn(window, by=-1000) == lines(0)
    assert drawn(window, by=50) == lines(50)
    assert drawn(window, by=1000) == lines(95)


def test_the_place_stays_while_the_log_grows_and_the_pane_changes(tmp_path: Path) -> None:
    window = numbered(tmp_path)
    window.place = Place(500)
    assert drawn(window) == lines(50)
    with window.path.open("ab") as file:
        file.write(b"more\n" * 100)
    assert drawn(window) == lines(50)
    window.lay_out(7, 3, wrap=False, query="")
    assert drawn(window) == lines(50, 3)


def test_a_log_that_got_shorter_shows_its_end(tmp_path: Path) -> None:
    window = numbered(tmp_path)
    window.place = Place(500)
    window.path.write_bytes(b"line 0000\nline 0001\n")
    assert drawn(window) == lines(0, 2)


def test_a_place_within_a_row_becomes_its_beginning(tmp_path: Path) -> None:
    window = numbered(tmp_path)
    window.place = Place(507)
    assert drawn(window) == lines(50)
    with window.open() as pager:
        assert pager.around(507) == Place(490)
        assert pager.around(1) == Place(0)
        assert pager.around(999) == Place(950)


def test_wrapped_rows_are_moved_through_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "stdout.log").write_bytes(b"abcdefgh\n" * 3)
    window = LogWindow(tmp_path / "stdout.log")
    window.lay_out(3, 4, wrap=True, query="")
    assert drawn(window, at_end=True) == ["gh", "abc", "def", "gh"]
    assert drawn(window, by=-1) == ["def", "gh", "abc", "def"]
    assert drawn(window, by=-4) == ["abc", "def", "gh", "abc"]
    assert drawn(window, by=4) == ["def", "gh", "abc", "def"]
    # Wider: the row stays at the top, though it has fewer lines now.
    window.lay_out(5, 3, wrap=True, query="")
    assert drawn(window) == ["fgh", "abcde", "fgh"]


def test_sideways_keeps_its_place(tmp_path: Path) -> None:
    (tmp_path / "stdout.log").write_bytes(b"0123456789abcdef\n" + b"short\n" * 20)
    window = LogWindow(tmp_path / "stdout.log")
    window.lay_out(8, 4, wrap=False, query="")
    drawn(window)
    window.move_left(6)
    assert drawn(window)[0] == "6789abcdef"
    window.move_left(6)
    assert drawn(window)[0] == "89abcdef", "no further than the widest line needs"
    assert drawn(window, by=5) == [""] * 4 and window.left == 8
    window.move_left(-8)
    assert drawn(window)[0] == "short"


@pytest.mark.parametrize(("more", "said"), [(b"", ""), (b"x\ny\n", "2"), (b"x\n" * (5 << 20), "10 MiB")])
def test_news_are_counted(tmp_path: Path, more: bytes, said: str) -> None:
    window = numbered(tmp_path)
    drawn(window, at_end=True)
    seen = window.count_from_here()
    with window.path.open("ab") as file:
        file.write(more)
    with window.open():
        assert window.news_since(seen) == said
        assert window.news_since(seen) == said, "counted once"
