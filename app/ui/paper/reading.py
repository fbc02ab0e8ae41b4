"""A section as text: paragraphs with their numbers, formulas and tables set, what was looked for marked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import groupby
from typing import NamedTuple

from app.ui import equations, tables
from app.ui.paper.pages import Page
from app.ui.paper.sheet import Sheet, Spot
from app.ui.paper.standing import Step, sentence
from app.ui.text import EMPTY, Line, Part, fit, line, pad, safe, wrap

EDGE = 5
"""Cells of the column with the paragraphs' numbers."""
MEASURE = 100
"""Prose is not set wider than this: the eye loses the row."""
Span = tuple[int, int, str]


class Marks(NamedTuple):
    """What stands out in a text."""

    quotes: tuple[str, ...] = ()
    """Words that an idea or a finding stands on."""
    wanted: str = ""
    """Looked for."""
    current: int = -1
    """Which of its occurrences in the chosen paragraph is the one shown, from 0."""
    typeset: bool = True
    """Formulas are set; else they are shown as their source, which costs nothing."""


def sheet(page: Page, width: int, chosen: int, marks: Marks, steps: Mapping[str, list[Step]]) -> Sheet:
    """The section at this width; the chosen paragraph has a pointer at its number."""
    rows: list[Line] = [line((row, "bold")) for row in wrap(page.name, width)]
    spots: list[Spot] = []
    for number, text in enumerate(page.paragraphs, 1):
        first = len(rows)
        label = ("▸" if number == chosen + 1 else " ") + f"¶{number}"
        look = "key" if number == chosen + 1 else "dim"
        own = marks if number == chosen + 1 else marks._replace(current=-1)
        for index, row in enumerate(paragraph(text, width - EDGE, own)):
            rows.append(Line((*line((pad(label if index == 0 else "", EDGE), look)).pieces, *row.pieces)))
        spot = Spot(first, len(rows) - 1, "paragraph", number - 1, page.where, number)
        if cited := sentence(steps.get(spot.place, [])):
            rows += [line(" " * EDGE, (row, "note")) for row in wrap(cited, width - EDGE)]
        spots.append(spot._replace(last=len(rows) - 1))
        rows.append(EMPTY)
    if not page.paragraphs:
        text = "Only a heading: its text is in the sections below it."
        rows += [line((row, "dim")) for row in wrap(text, width)]
    return Sheet(rows, spots, listed=False)


def paragraph(text: str, width: int, marks: Marks) -> list[Line]:
    """One paragraph: prose, formulas set off from it, or a table."""
    if tables.is_table(text):
        return tables.lines(tables.parse(shown(text, marks)), width, indent=0)
    if not marks.typeset or not equations.has_formula(text):
        return prose(text, width, marks)
    rows: list[Line] = []
    for segment in equations.segments(text):
        rows += _formula(segment.rows, width) if segment.formula else prose(segment.rows[0], width, marks)
        before = len(occurrences(" ".join(segment.rows), marks.wanted))
        marks = marks._replace(current=marks.current - before if marks.current >= before else -1)
    return rows


def shown(text: str, marks: Marks) -> str:
    """A text with its formulas as they are shown."""
    return equations.readable(text) if marks.typeset else text


def _formula(rows: tuple[str, ...], width: int) -> list[Line]:
    indent = "  "
    room = width - len(indent)
    if len(rows) == 1:
        return [line((indent + row, "name")) for row in wrap(rows[0], room)]
    return [line((indent + fit(row, room), "name")) for row in rows]


def prose(text: str, width: int, marks: Marks) -> list[Line]:
    """Wrapped text with what stands out in it."""
    flat = " ".join(safe(text).split())
    spans = _spans(flat, marks)
    rows = wrap(flat, min(width, MEASURE))
    if not spans:
        return [line(row) for row in rows]
    looks = [""] * len(flat)
    for start, end, look in spans:
        looks[start:end] = [look] * (end - start)
    found: list[Line] = []
    at = 0
    for row in rows:
        at = flat.find(row, at)
        found.append(line(*_parts(row, looks[at : at + len(row)])))
        at += len(row)
    return found


def _parts(row: str, looks: list[str]) -> list[Part]:
    return [
        ("".join(letter for letter, _ in run), look)
        for look, run in groupby(zip(row, looks, strict=True), lambda pair: pair[1])
    ]


def _spans(flat: str, marks: Marks) -> list[Span]:
    """Where quotes and the wanted text stand; later ones lie over earlier ones."""
    found: list[Span] = []
    for quote in marks.quotes:
        words = " ".join(safe(shown(quote, marks)).split())
        start = flat.find(words) if words else -1
        if start >= 0:
            found.append((start, start + len(words), "mark"))
        elif words and flat in words:
            found.append((0, len(flat), "mark"))
    for number, start in enumerate(occurrences(flat, marks.wanted)):
        found.append((start, start + len(marks.wanted), "alert" if number == marks.current else "match"))
    return found


def occurrences(text: str, wanted: str) -> list[int]:
    """Where a text stands in another one, whatever its case."""
    return [found.start() for found in re.finditer(re.escape(wanted), text, re.IGNORECASE)] if wanted else []
