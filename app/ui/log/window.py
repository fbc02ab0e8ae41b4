"""What is in view of one log: its place in the file, and the lines of the screen that are drawn from there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from app.ui import signs
from app.ui.log.pager import Pager, Place, Shown
from app.ui.log.paint import from_cell, painted_row, query_pattern, wrapped
from app.ui.log.rows import LogRows, Row
from app.ui.text import Line

COUNTED_BYTES = 8 << 20
"""News of more than this is stated in bytes: counting its rows would mean reading all of it."""
_KEPT = 500


class LogWindow:
    """Draws from one log. What it looks like is set by `lay_out`; every look at the file is within `open`.

    Args:
        path: the log.
    """

    def __init__(self, path: Path) -> None:
        self._rows = LogRows(path)
        self.path = path
        self.place = Place()
        self.left = 0
        """Cells scrolled sideways."""
        self.marked: int | None = None
        """Start of the row that something pointed at."""
        self.shown: Sequence[Shown] = ()
        """What was in view at the last look."""
        self.cells, self.height = 80, 1
        self._wrap, self._query = False, ""
        self._pattern: re.Pattern[str] | None = None
        self._lines: dict[Row, list[Line]] = {}
        self._counted = (0, 0)
        """Up to which byte new rows were counted, and how many there are."""

    @property
    def size(self) -> int:
        """Bytes of the log at the last look."""
        return self._rows.size

    @property
    def start(self) -> int:
        """Byte at which the first row in view begins."""
        return self.place.offset

    @property
    def end(self) -> int:
        """Byte behind the last row in view."""
        return self.shown[-1].row.end if self.shown else 0

    def lay_out(self, cells: int, height: int, *, wrap: bool, query: str) -> None:
        """Say how many cells and lines there are for the rows, and which matches are marked."""
        if (cells, wrap, query) != (self.cells, self._wrap, self._query) or len(self._lines) > _KEPT:
            self._lines = {}
        self.cells, self.height, self._wrap, self._query = cells, height, wrap, query
        self._pattern = query_pattern(query)

    @contextmanager
    def open(self) -> Iterator[Pager]:
        """Look at the file as it is now.

        Raises:
            OSError: it cannot be read.
        """
        with self._rows.open() as rows:
            yield Pager(rows, lambda row: len(self._laid(row)) if self._wrap else 1, self.height)

    def draw(self, pager: Pager, *, at_end: bool) -> list[Line]:
        """The lines in view, at the end of the log or at the place; needs it open."""
        self.place = pager.end() if at_end else pager.settled(self.place)
        self.shown = pager.shown(self.place)
        return [self._line(shown) for shown in self.shown]

    def start_of(self, offset: int) -> int:
        """Where the row of a byte begins.

        Raises:
            OSError: the log cannot be read.
        """
        with self._rows.open() as rows:
            return rows.start_of(offset)

    def move_left(self, cells: int) -> None:
        """Scroll sideways, where lines are cut."""
        widest = max((self._laid(shown.row)[shown.line].width for shown in self.shown), default=0)
        # Rows that are gone may have been wider; the position stays until the user moves it.
        most = max(self.left, widest - self.cells)
        self.left = 0 if self._wrap else max(0, min(self.left + cells, most))

    def text(self) -> str:
        """Clean text of the marked row where it is in view, else of all rows in view; whole, to be copied."""
        rows = list(dict.fromkeys(shown.row for shown in self.shown))
        marked = [row for row in rows if row.start == self.marked]
        return "\n".join(painted_row(row).plain.rstrip() for row in marked or rows)

    def news_since(self, seen: int) -> str:
        """How many rows came after a byte, or how much where that is a lot; empty where nothing did. Needs it open."""
        seen = min(seen, self.size)
        upto, count = self._counted
        if not seen <= upto <= self.size:
            upto, count = seen, 0
        if self.size - upto > COUNTED_BYTES:
            return signs.size(self.size - seen)
        self._counted = self.size, count + self._rows.newlines(upto, self.size)
        return f"{self._counted[1]:,}" if self._counted[1] else ""

    def count_from_here(self) -> int:
        """Count news from now on; returns the size of the log, for `news_since`."""
        self._counted = self.size, 0
        return self.size

    def _laid(self, row: Row) -> list[Line]:
        found = self._lines.get(row)
        if found is None:
            whole = painted_row(row, self._pattern)
            found = self._lines[row] = wrapped(whole, self.cells) if self._wrap else [whole]
        return found

    def _line(self, shown: Shown) -> Line:
        found = self._laid(shown.row)[shown.line]
        if not self._wrap:
            found = from_cell(found, self.left)
        return found._replace(band="selected") if shown.row.start == self.marked else found
