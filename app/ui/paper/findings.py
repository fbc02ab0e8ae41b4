"""Tasks, gaps and keywords of a paper: a page to choose from, and a few rows below the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui import equations
from app.ui.paper.sheet import Sheet, Spot, banded
from app.ui.text import EMPTY, Line, cells_of, fit, labelled, line, pad, paragraph

if TYPE_CHECKING:
    from agents.research import Finding, Paper

GROUPS = {"tasks": "task", "gaps": "gap", "keywords": "keyword"}
"""Lists of a paper, and what one of each is called."""
_MOST = {"tasks": 1, "gaps": 3}
_WHERE = 13
_KEYWORD_ROWS = 2


def of(paper: Paper, group: str) -> tuple[Finding, ...]:
    """The findings of a group."""
    found: tuple[Finding, ...] = getattr(paper, group)
    return found


def sheet(paper: Paper, width: int, chosen: int) -> Sheet:
    """All of them, each with its passage."""
    rows: list[Line] = []
    spots: list[Spot] = []
    for group in GROUPS:
        found = of(paper, group)
        rows.append(line((group.capitalize(), "bold"), (f"  {len(found)}", "dim")))
        for index, finding in enumerate(found):
            first, passage = len(rows), finding.passage
            label = fit(passage.where(), _WHERE - 1)
            own = labelled(label, equations.readable(finding.text), width, mark="▌ ", indent=_WHERE)
            rows += banded(own, len(spots) == chosen)
            spots.append(Spot(first, len(rows) - 1, group, index, passage.section, passage.paragraph, passage.text))
        rows.append(EMPTY)
    for note in paper.notes:
        rows += paragraph(f"! {note}", width, "warn")
    return Sheet(rows, spots)


def brief(paper: Paper, width: int) -> list[Line]:
    """The first ones in a few rows."""
    rows: list[Line] = []
    for group, most in _MOST.items():
        found = of(paper, group)
        for number, finding in enumerate(found[:most], 1):
            name = GROUPS[group].capitalize()
            rows.append(_row(name if len(found) == 1 else f"{name} {number}", finding, width))
    if paper.keywords:
        names = ", ".join(finding.text for finding in paper.keywords)
        rows += labelled("Keywords", names, width, mark="▌ ", indent=10)[:_KEYWORD_ROWS]
    return rows


def _row(label: str, finding: Finding, width: int) -> Line:
    where = fit(finding.passage.where(), 16)
    room = width - 12 - cells_of(where) - 1
    text = pad(equations.readable(finding.text), room)
    return line(("▌ ", "note"), (pad(label, 10), "dim"), text, " ", (where, "note"))
