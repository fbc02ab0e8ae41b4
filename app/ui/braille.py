"""A canvas of braille dots, two by four to a cell, each cell in the look of the last curve that touched it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from app.ui.text import Line, line

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Canvas:
    """Dots are counted from the upper left corner; text written on it stands above them."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.width, self.height = columns * 2, rows * 4
        self._cells = [[0] * columns for _ in range(rows)]
        self._looks = [[""] * columns for _ in range(rows)]
        self._texts: dict[tuple[int, int], tuple[str, str]] = {}

    def dot(self, x: int, y: int, look: str = "") -> None:
        """One dot; outside of the canvas nothing happens."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
            self._looks[y // 4][x // 2] = look

    def stroke(self, points: Sequence[tuple[int, int]], look: str = "", dashes: tuple[int, int] = (1, 0)) -> None:
        """A line through the points, drawn for `dashes[0]` columns of dots and then left out for `dashes[1]`."""
        drawn, period = dashes[0], sum(dashes)
        if len(points) == 1:
            self.dot(*points[0], look)
        for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
            if x0 == x1:
                # What most pieces of a long curve are.
                if x0 % period < drawn:
                    for y in range(min(y0, y1), max(y0, y1) + 1):
                        self.dot(x0, y, look)
                continue
            steps = max(abs(x1 - x0), abs(y1 - y0))
            for step in range(steps + 1):
                x = round(x0 + (x1 - x0) * step / steps)
                if x % period < drawn:
                    self.dot(x, round(y0 + (y1 - y0) * step / steps), look)

    def write(self, column: int, row: int, text: str, look: str = "", *, over: bool = True) -> None:
        """Text of one cell per character; without `over` only where no dot is."""
        for at, sign in enumerate(text, column):
            inside = 0 <= at < self.columns and 0 <= row < self.rows
            if inside and (over or not self._cells[row][at]):
                self._texts[row, at] = (sign, look)

    def rows_drawn(self) -> list[Line]:
        """One line per row of cells; empty cells are blanks."""
        return [self._row(row) for row in range(self.rows)]

    def _row(self, row: int) -> Line:
        cells = [
            self._texts.get((row, at)) or ((chr(0x2800 + cell), look) if cell else (" ", ""))
            for at, (cell, look) in enumerate(zip(self._cells[row], self._looks[row], strict=True))
        ]
        # Neighbours of one look are one piece: that is what is written to the terminal.
        return line(*(("".join(sign for sign, _ in same), look) for look, same in groupby(cells, lambda cell: cell[1])))
