"""The other two that the pane shows: a contract to confirm, a verdict to note."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.engine.state import StepState
from app.ui import highlight, signs
from app.ui.diff import facts
from app.ui.text import EMPTY, Line, Piece, labelled, line, paragraph, spread


class Page(NamedTuple):
    """What the pane shows, and what its lower border says."""

    head: Sequence[Line]
    body: Sequence[Line]
    foot: Sequence[Line]
    caption: str


def contract(step: StepState, card: Any, width: int, colour: highlight.Colour) -> Page:
    """The file, the baseline runs that a yes would start, and their commands in full."""
    sign = signs.of_step(step)
    named = f"contract · base {str(card['base'])[:7]} · environment {str(card['environment']['digest'])[:8]}"
    rows = colour("copilot.toml", str(card["text"]).rstrip("\n").split("\n"))
    body = [Line((Piece(f"{number:>4}  ", "faint"), *row)) for number, row in enumerate(rows, 1)]
    body = [*body, EMPTY, *facts.commands(card["will_run"], width)]
    foot = [line(("─" * width, "faint")), *facts.will_run(card["will_run"], width)]
    covers = "confirms these terms and starts the baseline runs above, nothing else"
    foot += [*labelled("Your yes", covers, width, look="note"), *facts.said(step, width)]
    head = [spread([(named, "bold")], [(sign.text, sign.look)], width), EMPTY]
    return Page(head, body, foot, f" step {step.id} · {len(body)} lines · card {step.card[:8]} ")


def verdict(step: StepState, card: Any, width: int) -> Page:
    """The computed values in a sentence, and what was written about them."""
    from app.narrate import verdict_line
    from app.ui import markdown

    values = card["verdict"]
    found, sign = signs.of_verdict(str(values["word"])), signs.of_step(step)
    head = [spread([(f"exp {card['experiment']} · verdict", "bold")], [(sign.text, sign.look)], width), EMPTY]
    body = [
        line((f"{found.sign} {found.word.upper()}", found.look)),
        *paragraph(verdict_line(values), width, "bold"),
        EMPTY,
        *markdown.lines(str(card["text"]), width),
    ]
    covers = "says that you have seen it; a computed value never changes"
    foot = [EMPTY, *labelled("Your yes", covers, width, look="note"), *facts.said(step, width)]
    return Page(head, body, foot, f" step {step.id} · computed, not written by a model ")
