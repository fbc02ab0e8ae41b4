"""The sections at a glance: a strip above the text, and a page with what was found in each and which steps cite it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.ui.paper.pages import Page
from app.ui.paper.sheet import Sheet, Spot, banded
from app.ui.paper.standing import Step, sentence
from app.ui.text import Line, cells_of, fit, line, pad

if TYPE_CHECKING:
    from agents.research import Paper

STRIP_ROWS = 3
_LONGEST = 26
_PARAGRAPHS, _FINDINGS, _STEPS = 4, 6, 12
_WIDEST = 100
"""Cells of a row: figures stand near the name they are of."""


def strip(pages: list[Page], chosen: int, width: int, most: int = STRIP_ROWS) -> list[Line]:
    """Names of the sections in at most so many rows; the row of the shown one is always among them."""
    rows: list[list[tuple[str, str]]] = [[]]
    used, at = 0, 0
    for index, page in enumerate(pages):
        name = ("▾ " if index == chosen else "▸ ") + fit(page.name, min(_LONGEST, width - 4))
        size = cells_of(name) + 2
        if used and used + size > width:
            rows.append([])
            used = 0
        if index == chosen:
            at = len(rows) - 1
        rows[-1].append((name + "  ", "key" if index == chosen else "dim"))
        used += size
    first = at if most == 1 else min(max(0, at - 1), max(0, len(rows) - most))
    return [line(*row) for row in rows[first : first + most]]


def sheet(paper: Paper, pages: list[Page], width: int, chosen: int, steps: Mapping[str, list[Step]]) -> Sheet:
    """One row for each section: paragraphs, tasks, gaps and keywords found in it, and the steps that stand on it."""
    findings = (*paper.tasks, *paper.gaps, *paper.keywords)
    found = Counter(finding.passage.section for finding in findings)
    cited = _by_section(steps)
    room = min(width, _WIDEST) - _PARAGRAPHS - _FINDINGS - (_STEPS if cited else 0)
    head = line((pad("Section", room) + _figures("¶", "found") + ("  cited by" if cited else ""), "dim"))
    rows: list[Line] = []
    for index, page in enumerate(pages):
        if page.kind == "text":
            name = "  " * (min(page.level, 4) - 1) + page.name
            figures = _figures(_number(len(page.paragraphs)), _number(found[page.where]))
            names = _steps(cited.get(page.where, []))
        else:
            name, names = page.name, ""
            count = len(findings) if page.kind == "findings" else len(page.paragraphs)
            figures = _figures("", _number(count))
        row = line(
            (pad(name, room), "bold" if page.level == 1 else ""),
            (figures, "dim"),
            (f"  {names}" if names else "", "note"),
        )
        rows += banded([row], index == chosen)
    spots = [Spot(index, index, "section", index, page.where, 1) for index, page in enumerate(pages)]
    return Sheet(rows, spots, (head,))


def _by_section(steps: Mapping[str, list[Step]]) -> dict[str, list[Step]]:
    found: dict[str, list[Step]] = {}
    for place, cited in steps.items():
        found.setdefault(place.removeprefix("§").rpartition(" ¶")[0], []).extend(cited)
    return found


def _figures(first: str, second: str) -> str:
    return f"{first:>{_PARAGRAPHS}}{second:>{_FINDINGS}}"


def _steps(cited: list[Step]) -> str:
    return f"◂ {len(cited)} steps" if len(cited) > 1 else fit(sentence(cited), _STEPS - 2)


def _number(count: int) -> str:
    return str(count) if count else "–"
