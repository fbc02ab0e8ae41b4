"""The table of ideas: number, state, novelty, support, title; only the rows in view are made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from app.engine.state import StepState
from app.ui import signs
from app.ui.ideas.kinship import Kinship
from app.ui.text import Line, line, pad

MARK = "◆"
ROOMY, NARROW = 44, 32
"""Widths under which `supp.`, then `novelty` leave the table."""
WORDY = 64
"""Width under which the state is its sign alone: the title needs the room, and the card below says the word."""


class Column(NamedTuple):
    """A column with the sort order that a click on its header asks for; `right` for numbers."""

    head: str
    sort: str
    cells: int
    right: bool = False


def columns(width: int, digits: int) -> tuple[Column, ...]:
    """The columns that a width has room for; the last one takes what is left. `digits` is the length of the longest
    number."""
    found = [Column("#", "number", 1 + max(2, digits), right=True)]
    found.append(Column(" state", "state", 12) if width >= WORDY else Column("", "state", 3))
    if width >= NARROW:
        found.append(Column("novelty", "novelty", 8, right=True))
    if width >= ROOMY:
        found.append(Column("supp.", "support", 6, right=True))
    used = sum(column.cells for column in found)
    return (*found, Column(" idea", "", max(8, width - used)))


def sort_at(x: int, fields: Sequence[Column]) -> str:
    """The sort order of the column at a cell of the header; empty for none."""
    for column in fields:
        if x < column.cells:
            return column.sort
        x -= column.cells
    return ""


def header(fields: Sequence[Column], sort: str) -> Line:
    """Names of the columns; the one sorted by carries ▾, or ▴ where the lowest comes first."""
    parts = []
    for column in fields:
        chosen = column.sort == sort
        sign = ("▴" if sort in ("number", "state") else "▾") if chosen else ""
        head = sign + column.head if column.right else column.head + (f" {sign}" if sign else "")
        parts.append((pad(head, column.cells, right=column.right), "key" if chosen else "dim"))
    return line(*parts)


def row(step: StepState, fields: Sequence[Column], kin: Kinship, *, chosen: bool, marked: bool) -> Line:
    """One idea."""
    sign = signs.of_step(step)
    wordy = any(column.sort == "state" and column.head for column in fields)
    cells = {
        "number": (step.id, "bold" if chosen else ""),
        "state": (f" {sign.text if wordy else sign.sign}", sign.look),
        "novelty": (number(kin.novelty(step.id)), ""),
        "support": (step.summary.get("support", "–"), ""),
        "": (f" {signs.short_title(step)}", "bold" if chosen else ""),
    }
    parts = []
    for column in fields:
        text, look = cells[column.sort]
        parts.append((pad(str(text), column.cells, right=column.right), look))
    first, look = parts[0]
    parts[0:1] = [(MARK if marked else " ", "mark"), (first[1:], look)]
    return line(*parts, band="selected" if chosen else "")


def number(value: float | None) -> str:
    """A share with two decimals."""
    return "–" if value is None else f"{value:.2f}"
