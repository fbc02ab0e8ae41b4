"""The self-similarity of all listed ideas as a heat map of signs that fits its pane; the nearest of one in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.engine.state import StepState
from app.ui.ideas.kinship import Kinship
from app.ui.ideas.table import number
from app.ui.text import EMPTY, Line, Part, fit, labelled, line, pad

SHADES = ((0.8, "█"), (0.6, "▓"), (0.4, "▒"), (0.2, "░"), (0.0, "·"))
LABEL = 5
NUMBERS, SHORT, TIGHT = 5, 3, 1
"""Cells of a square: sign and two decimals, sign between blanks, sign alone."""


class Window(NamedTuple):
    """Which rows and columns are in view, and how wide a square is."""

    rows: range
    columns: range
    cells: int


def window(count: int, chosen: int, width: int, height: int) -> Window:
    """The part of a matrix of `count` ideas that fits, around the chosen one."""
    room = max(1, width - LABEL)
    cells = next((size for size in (NUMBERS, SHORT) if count * size <= room), TIGHT)
    return Window(_around(count, chosen, height), _around(count, chosen, room // cells), cells)


def _around(count: int, chosen: int, room: int) -> range:
    first = min(max(0, chosen - room // 2), max(0, count - room))
    return range(first, min(count, first + max(1, room)))


def shade(value: float) -> str:
    """The sign of a similarity."""
    return next(sign for least, sign in SHADES if value >= least)


def legend(width: int) -> Line:
    """What the signs mean: similarity from this number on."""
    whole = _legend(" ≥ {:.1f}  ")
    return whole if whole.width <= width else _legend("≥{:.1f} ")


def _legend(form: str) -> Line:
    parts: list[Part] = []
    for least, sign in SHADES:
        parts += [(sign, "curve"), (form.format(least) if least else " less", "dim")]
    return line(*parts)


def header(steps: Sequence[StepState], shown: Window, chosen: int) -> list[Line]:
    """Numbers of the columns; where a square has one cell, they stand upright."""
    ids = [str(steps[column].id) for column in shown.columns]
    looks = ["bold" if column == chosen else "dim" for column in shown.columns]
    if shown.cells > TIGHT:
        cells = [(pad(text, shown.cells, right=True), look) for text, look in zip(ids, looks, strict=True)]
        return [line(" " * LABEL, *cells)]
    tall = max(map(len, ids), default=1)
    upright = [text.rjust(tall) for text in ids]
    return [
        line(" " * LABEL, *((text[row], look) for text, look in zip(upright, looks, strict=True)))
        for row in range(tall)
    ]


def row(steps: Sequence[StepState], at: int, chosen: bool, shown: Window, kin: Kinship, width: int) -> Line:
    """One idea against those of the columns; its title where there is room."""
    step = steps[at]
    parts: list[Part] = [(pad(f"{'▸' if chosen else ' '}{step.id:>3} ", LABEL), "key" if chosen else "dim")]
    parts += [_square(kin, step, steps[column], shown.cells) for column in shown.columns]
    left = width - LABEL - shown.cells * len(shown.columns) - 2
    if left >= 8:
        parts.append((f"  {fit(step.title, left)}", "" if chosen else "dim"))
    return line(*parts, band="selected" if chosen else "")


def _square(kin: Kinship, one: StepState, other: StepState, cells: int) -> Part:
    if one.id == other.id:
        return (pad("╲", cells, right=True), "faint")
    alike = kin.likeness(one.id, other.id)
    if alike is None:
        return (pad("…", cells, right=True), "faint")
    sign = shade(alike.value)
    text = f"{sign}.{min(99, round(alike.value * 100)):02d}" if cells == NUMBERS else sign
    return (pad(text, cells, right=True), "curve" if alike.value >= 0.6 else "" if alike.value >= 0.2 else "faint")


def nearest(step: StepState, kin: Kinship, titles: dict[int, str], width: int) -> list[Line]:
    """The nearest neighbour of an idea in words."""
    near, replaced = kin.nearest(step.id), kin.replaced(step.id)
    rows = [EMPTY, *labelled(f"Idea {step.id}", step.title, width, look="bold")]
    if near is not None:
        rows += labelled("Nearest", f"idea {near.step}: {near.value:.2f}, {titles.get(near.step, '')}", width)
    if replaced is not None:
        rows += labelled("Replaces", f"{replaced[0]}: {replaced[1]:.2f}", width)
    return [*rows, *labelled("Novelty", f"{number(kin.novelty(step.id))} = 1 − the highest of these", width)]
