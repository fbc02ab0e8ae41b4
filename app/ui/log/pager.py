"""Which rows of a log are in view: a place in the file, moved by lines of the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from app.ui.log.rows import LogRows, Row


class Place(NamedTuple):
    """The line of the screen at the top: where its row begins, and which line of a wrapped row it is."""

    offset: int = 0
    line: int = 0


class Shown(NamedTuple):
    """One line of the screen: its row, and which line of the row it is."""

    row: Row
    line: int


class Pager:
    """Finds places. Holds none: the log may have changed since the last look.

    Args:
        rows: the log, open.
        lines: how many lines of the screen a row takes.
        height: lines in view.
    """

    def __init__(self, rows: LogRows, lines: Callable[[Row], int], height: int) -> None:
        self._rows, self._lines, self._height = rows, lines, height

    def end(self) -> Place:
        """The place from which the end of the log is just in view."""
        return self._up(Place(self._rows.size), self._height)

    def settled(self, place: Place) -> Place:
        """The place that this one has become: at a row's beginning, and with the view full where there is enough."""
        start = self._rows.start_of(place.offset)
        if start >= self._rows.size:
            return self.end()
        line = place.line if start == place.offset else 0
        kept = Place(start, min(line, self._lines(self._rows.row(start)) - 1))
        return min(kept, self.end())

    def moved(self, place: Place, lines: int) -> Place:
        """The place so many lines further down, or up where negative."""
        if lines < 0:
            return self._up(place, -lines)
        line = place.line + lines
        for row in self._rows.after(place.offset, lines + 1):
            taken = self._lines(row)
            if line < taken:
                return min(Place(row.start, line), self.end())
            line -= taken
        return self.end()

    def around(self, offset: int) -> Place:
        """The place that has the row of a byte in view, with a third of the view above it."""
        return self.settled(self._up(Place(self._rows.start_of(offset)), self._height // 3))

    def shown(self, place: Place) -> Sequence[Shown]:
        """What is in view from a place on."""
        found = [
            Shown(row, line)
            for row in self._rows.after(place.offset, self._height)
            for line in range(place.line if row.start == place.offset else 0, self._lines(row))
        ]
        return found[: self._height]

    def _up(self, place: Place, lines: int) -> Place:
        line = place.line - lines
        if line >= 0:
            return Place(place.offset, line)
        top = 0
        for row in reversed(self._rows.before(place.offset, -line)):
            line += self._lines(row)
            top = row.start
            if line >= 0:
                return Place(top, line)
        return Place(top)
