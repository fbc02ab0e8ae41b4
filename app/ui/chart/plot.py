"""The picture: curves in braille over the baseline's band, with axes, names at the curves' ends, and a cursor.

A curve costs one pass over its points; what is drawn after that is a few dots for each column of the picture.
"""

from __future__ import annotations

from typing import NamedTuple

from app.ui.braille import Canvas
from app.ui.chart.scales import LARGEST, Scale, labels
from app.ui.chart.series import EARLIER, Series
from app.ui.curves import Point
from app.ui.text import EMPTY, Line, Piece, cells_of, fit, line

MIN_LABELLED = 40
"""A picture of fewer columns has no names at the ends of its curves; the legend has them."""
MARGIN = 0.03
"""Share of the range that stays free above and below."""


class Cursor(NamedTuple):
    """The point that is pointed at."""

    step: float
    value: float


class Picture(NamedTuple):
    """What to draw."""

    series: list[Series]
    """The one in front first."""
    broken: list[float] = []
    """Steps at which there was no finite value."""
    log: bool = False
    cursor: Cursor | None = None


def plot(picture: Picture, width: int, height: int) -> list[Line]:
    """The picture in so many cells; the last row is the axis of steps."""
    if not any(series.points for series in picture.series):
        return [line(("no points yet", "dim"))]
    rows = max(2, height - 1)
    low, high = _range(picture)
    up = Scale(low, high, rows * 4, log=picture.log)
    marks = _marks(up, rows)
    axis = max((len(text) for text in marks.values()), default=0)
    named = [one for one in picture.series if one.stroke != EARLIER] if width >= MIN_LABELLED else []
    # Where more than a curve and its baseline are drawn, each name has the sign of its curve.
    signs = len(named) > 2
    ends = [f"{f'{one.stroke.sign} ' if signs else ''}{one.label} {one.last:.4g}" for one in named]
    columns = max(4, width - axis - 2)
    plotted = columns - min(max((cells_of(text) + 1 for text in ends), default=0), columns // 3)
    canvas = Canvas(columns, rows)
    steps = [s for series in picture.series for s in (series.points[0].step, series.points[-1].step)] + picture.broken
    across = Scale(min(steps), max(steps), plotted * 2)
    _draw(canvas, picture, across, up)
    _name_ends(canvas, named, ends, across, up)
    drawn = [
        Line(
            (
                Piece(marks.get(index, "").rjust(axis), "dim"),
                Piece(" ┤" if index in marks else " │", "faint"),
                *row.pieces,
            )
        )
        for index, row in enumerate(canvas.rows_drawn())
    ]
    return [*drawn, _steps(across, axis + 2, plotted, columns)]


def _range(picture: Picture) -> tuple[float, float]:
    values = [value for series in picture.series for _, value, _ in series.points]
    low, high = min(values), max(values)
    # The band may reach below zero, where a logarithm has nothing.
    floor = low / 2 if picture.log else -LARGEST
    edges = [edge for series in picture.series if series.banded for edge in _edges(series)]
    low = max(floor, min([low, *(below for _, below in edges)]))
    high = max([high, *(above for above, _ in edges)])
    if picture.log:
        factor = (high / low) ** MARGIN
        return low / factor or low, high * factor
    margin = high * MARGIN - low * MARGIN
    return low - margin, high + margin


def _edges(series: Series) -> list[tuple[float, float]]:
    """Of the band, at every step: above and below."""
    return [(value + sigma, value - sigma) for _, value, sigma, _ in series.means]


def _marks(up: Scale, rows: int) -> dict[int, str]:
    """Label by row; two ticks never share one."""
    found = up.ticks(max(2, min(7, rows // 2)))
    marks: dict[int, str] = {}
    for value, text in zip(found, labels(found), strict=True):
        row = up.down(value) // 4
        if 0 <= row < rows:
            marks.setdefault(row, text)
    return marks


def _draw(canvas: Canvas, picture: Picture, across: Scale, up: Scale) -> None:
    for series in picture.series:
        if series.banded:
            _draw_band(canvas, series, across, up)
    # The first stands in front of the others.
    for series in reversed(picture.series):
        canvas.stroke(reduced(series.points, across, up), series.stroke.look, series.stroke.dashes)
    if picture.cursor is not None:
        column, row = across.at(picture.cursor.step) // 2, up.down(picture.cursor.value) // 4
        for at in range(canvas.rows):
            canvas.write(column, at, "│", "faint", over=False)
        canvas.write(column, row, "◆", "mark")
    for step in picture.broken:
        canvas.write(across.at(step) // 2, 0, "×", "bad")


def reduced(points: list[Point], across: Scale, up: Scale) -> list[tuple[int, int]]:
    """The dots of a curve: of each column the first, highest, lowest and last, which look like all of them."""
    columns = across.all_at(step for step, _, _ in points)
    rows = up.all_down(value for _, value, _ in points)
    found: list[tuple[int, int]] = []
    column, lowest, highest, last = -1, 0, 0, 0
    for x, y in zip(columns, rows, strict=True):
        if x != column:
            if lowest != highest:
                found += [(column, lowest), (column, highest), (column, last)]
            found.append((x, y))
            column, lowest, highest = x, y, y
        elif y < lowest:
            lowest = y
        elif y > highest:
            highest = y
        last = y
    if lowest != highest:
        found += [(column, lowest), (column, highest), (column, last)]
    return found


def _draw_band(canvas: Canvas, series: Series, across: Scale, up: Scale) -> None:
    """Every other dot between mean − σ and mean + σ."""
    floor = up.low if up.log else -LARGEST
    edges = _edges(series)
    columns = across.all_at(mean.step for mean in series.means)
    tops = up.all_down(above for above, _ in edges)
    bottoms = up.all_down(max(floor, below) for _, below in edges)
    # One step for each column of dots: the first.
    at = dict(reversed(list(zip(columns, zip(tops, bottoms, strict=True), strict=True))))
    known = sorted(at)
    for x0, x1 in zip(known, [*known[1:], known[-1] + 1], strict=True):
        (top0, low0), (top1, low1) = at[x0], at.get(x1, at[x0])
        for x in range(x0, x1):
            part = (x - x0) / (x1 - x0)
            top, bottom = round(top0 + (top1 - top0) * part), round(low0 + (low1 - low0) * part)
            for y in range(top + (x + top) % 2, bottom + 1, 2):
                canvas.dot(x, y, "faint")


def _name_ends(canvas: Canvas, series: list[Series], ends: list[str], across: Scale, up: Scale) -> None:
    taken: set[int] = set()
    for one, text in zip(series, ends, strict=False):
        wanted = min(max(0, up.down(one.last) // 4), canvas.rows - 1)
        row = min((r for r in range(canvas.rows) if r not in taken), key=lambda r: abs(r - wanted), default=None)
        if row is None:
            return
        taken.add(row)
        column = across.at(one.points[-1].step) // 2 + 1
        canvas.write(column, row, fit(f" {text}", canvas.columns - column), one.stroke.look)


def _steps(across: Scale, before: int, plotted: int, columns: int) -> Line:
    """Round steps below their place, and what they are."""
    row = [" "] * columns
    found = [step for step in across.ticks(max(2, plotted // 10)) if step == int(step)]
    ends = -1
    for step, text in zip(found, labels(found), strict=True):
        begin = min(max(0, across.at(step) // 2 - len(text) // 2), columns - len(text))
        if begin > ends:
            row[begin : begin + len(text)] = text
            ends = begin + len(text)
    word = "step"
    if columns - len(word) > ends:
        begin = min(max(ends + 2, plotted - len(word)), columns - len(word))
        row[begin : begin + len(word)] = word
    text = " " * before + "".join(row).rstrip()
    return line((text, "dim")) if text.strip() else EMPTY
