"""The same curves as a table: for small windows, for reading exact values, and for screen readers."""

from __future__ import annotations

from app.ui.chart.series import Series
from app.ui.text import Line, cells_of, line, pad

Rows = list[list[str]]


def table(series: list[Series]) -> Rows:
    """A heading, then a row for every step that any of the curves has; `–` where a curve has no value."""
    at = [{point.step: point.value for point in one.points} for one in series]
    steps = sorted({step for values in at for step in values})
    heads = ["step", *(one.label for one in series)]
    return [heads, *([f"{step:g}", *(_value(values.get(step)) for values in at)] for step in steps)]


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}" if 1e-3 <= abs(value) < 1e5 or not value else f"{value:.3e}"


def table_lines(series: list[Series], width: int, chosen: float | None = None) -> tuple[Line, list[Line]]:
    """The heading and the rows, numbers below each other; columns that do not fit are left out and counted.

    Args:
        chosen: the step that the cursor is on.
    """
    rows = table(series)
    widths = [max(cells_of(row[column]) for row in rows) + 2 for column in range(len(rows[0]))]
    fitting = next((n for n in range(len(widths), 1, -1) if sum(widths[:n]) <= width), 2)
    hidden = len(widths) - fitting
    head = _text(rows[0], widths[:fitting]) + (f"  +{hidden}" if hidden else "")
    marked = None if chosen is None else f"{chosen:g}"
    body = [line(_text(row, widths[:fitting]), band="selected" if row[0] == marked else "") for row in rows[1:]]
    return line((head, "dim")), body


def _text(row: list[str], widths: list[int]) -> str:
    return "".join(pad(cell, cells, right=True) for cell, cells in zip(row, widths, strict=False))
