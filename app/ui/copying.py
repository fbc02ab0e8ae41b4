"""The exact text behind what a pane draws: what `Y` copies where the lines in view are cut, wrapped or shortened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.ui.model import Model

if TYPE_CHECKING:
    from app.ui.chart.series import Series


def step_text(model: Model, drawn: tuple[int, str] | None) -> str:
    """The patch of a diff, an idea as a person edits it, a contract's file; empty for anything else.

    Args:
        model: of the screen.
        drawn: step and card hash on the screen.
    """
    if drawn is None:
        return ""
    step = model.state.steps[drawn[0]]
    card = model.card(step)
    if not isinstance(card, dict) or step.card != drawn[1]:
        return ""
    if step.kind == "contract":
        return str(card["text"])
    if step.kind in ("diff", "idea"):
        from app.ui.actors.decisions import text_of_step

        return text_of_step(step, card)[0]
    return ""


def page_text(model: Model) -> str:
    """The shown page of a paper with its heading, a paragraph a line; empty where it is no text."""
    from app.ui.paper.pages import pages

    paper = model.paper()
    if paper is None or isinstance(paper, str):
        return ""
    found = pages(paper)
    page = found[min(max(0, model.view.section), len(found) - 1)]
    return "\n\n".join((page.name, *page.paragraphs)) + "\n" if page.kind == "text" else ""


def series_text(series: Sequence[Series]) -> str:
    """Curves as a table for a spreadsheet: a row per step, columns between tabs; empty without any."""
    from app.ui.chart.table import table

    return "".join("\t".join(row) + "\n" for row in table(list(series))) if series else ""
