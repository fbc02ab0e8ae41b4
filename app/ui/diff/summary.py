"""The summary of a choice: what the engine made of the marks, drawn before the yes that applies it."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.ui.diff import facts
from app.ui.text import EMPTY, Line, Part, crop, labelled, line, spread


class Summary(NamedTuple):
    """A summary card, and what it is the summary of."""

    step: int
    of: str
    """Hash of the card that was marked."""
    card: str
    """Its own hash."""
    choice: str
    """The marks as they were sent."""


def head(card: Any, width: int) -> list[Line]:
    """How many pieces are taken, which are refused and why, and the tree that comes of it."""
    choice = card["choice"]
    refused, edited = list(choice["refused"]), int(choice["edited"])
    count = f"{choice['taken']} of {choice['of_pieces']} hunk{'s' if choice['of_pieces'] != 1 else ''}"
    words = [f"Takes {count}", f"{len(refused)} left out", *([f"{edited} edited"] if edited else [])]
    named = f"{', '.join(words)} · tree {str(card['tree'])[:7]}"
    rows = [spread([(named, "bold")], [("● not applied yet", "warn")], width)]
    for one in refused:
        reason: list[Part] = [(f": {one['reason']}", "warn")] if one["reason"] else []
        rows.append(crop(line(("  ✘ ", "bad"), (f"{one['path']}:{one['line']}", "dim"), *reason), width))
    return [*rows, EMPTY]


def foot(card: Any, width: int) -> list[Line]:
    """Checks, runs, and what a yes covers."""
    covers = f"covers exactly tree {str(card['tree'])[:7]} as drawn here, on {card['branch']}, and these runs"
    rows = [line(("─" * width, "faint")), crop(facts.checks(card["checks"]), width)]
    rows += facts.will_run(card["will_run"], width)
    return [*rows, *labelled("Your yes", covers, width, look="note")]
