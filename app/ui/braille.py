"""A canvas of braille dots, two by four to a cell, each cell in the look of the last curve that touched it."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.text import Line, line

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))


class Canvas:
    """Dots are counted from the upper left corner."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.width, self.height = columns * 2, rows * 4
        self._cells = [[0] * columns for _ in range(rows)]
        self._looks = [[""] * columns for _ in range(rows)]

    def dot(self, x: int, y: int, look: str = "") -> None:
        """One dot; outside of the canvas nothing happens."""
        if 0 <= x < self.width and 0 <= y < self.height:
            self._cells[y // 4][x // 2] |= _DOTS[y % 4][x % 2]
            self._looks[y // 4][x // 2] = look

    def stroke(self, points: Sequence[tuple[int, int]], look: str = "") -> None:
        """A line through the points."""
        if len(points) == 1:
            self.dot(*points[0], look)
        for (x0, y0), (x1, y1) in zip(points, points[1:], strict=False):
            steps = max(abs(x1 - x0), abs(y1 - y0), 1)
            for step in range(steps + 1):
                self.dot(round(x0 + (x1 - x0) * step / steps), round(y0 + (y1 - y0) * step / steps), look)

    def rows_drawn(self) -> list[Line]:
        """One line per row of cells; empty cells are blanks."""
        return [
            line(*((chr(0x2800 + cell) if cell else " ", look) for cell, look in zip(cells, looks, strict=True)))
            for cells, looks in zip(self._cells, self._looks, strict=True)
        ]


class Scale:
    """Maps values to dots; a range without extent is widened, so that a constant curve is a line in the middle."""

    def __init__(self, low: float, high: float, dots: int) -> None:
        if high <= low:
            margin = abs(low) * 0.05 or 0.5
            low, high = low - margin, high + margin
        self.low, self.high, self.dots = low, high, dots

    def at(self, value: float) -> int:
        """The dot of a value, counted from the low end."""
        return round((value - self.low) / (self.high - self.low) * (self.dots - 1))

    def down(self, value: float) -> int:
        """The dot of a value, counted from the high end: rows grow downwards."""
        return self.dots - 1 - self.at(value)
