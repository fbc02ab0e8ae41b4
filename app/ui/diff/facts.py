"""What stands below a payload: why, checks, what a yes would run, and what it covers."""

from __future__ import annotations

from typing import Any

from app.engine.state import StepState
from app.ui import signs
from app.ui.text import EMPTY, Line, Part, crop, labelled, line, safe

WHY_ROWS = 2


def size(step: StepState) -> str:
    """Files and lines that change."""
    return step.summary.get("size", "")


def checks(found: dict[str, str]) -> Line:
    """What was checked before a yes."""
    parts: list[Part] = [("Checks      ", "dim")]
    for name, value in found.items():
        passed = value == "ok"
        parts += [(f"✔ {name}" if passed else f"✘ {name}: {value}", "good" if passed else "bad"), "   "]
    return line(*parts)


def checks_row(found: dict[str, str], width: int) -> Line:
    """As `checks`, in one row."""
    return crop(checks(found), width)


def will_run(rows: list[Any], width: int) -> list[Line]:
    """What a yes would start: where, with which limits, how often."""
    if not rows:
        return labelled("Will run", "nothing", width)
    first = rows[0]
    limits = first["limits"]
    where = (
        f"{first['backend']} ({first['isolation']}) · env {str(first['environment'])[:8]} · "
        f"≤ {limits['wall_seconds']:g} s · {int(limits['memory_bytes']) >> 20} MiB"
        f"{' · network of the host' if first['network'] else ''}"
    )
    trials = ", ".join(f"{row['purpose']} {row['trials']}" for row in rows)
    return [*labelled("Will run", where, width), *labelled("", f"trials: {trials}", width, look="dim")]


def commands(rows: list[Any], width: int) -> list[Line]:
    """Each command that a yes would start, in full."""
    found = [line(("What would run, in full", "bold"))] if rows else []
    for row in rows:
        found += labelled(str(row["purpose"]), " ".join(map(safe, row["command"])), width, indent=14)
    return found


def in_full(card: Any, width: int) -> list[Line]:
    """What the foot shortens or leaves out."""
    rows = [*labelled("Why", str(card["why"]), width, indent=14)]
    for note in card["notes"]:
        rows += labelled("Note", str(note), width, look="warn", indent=14)
    for name, value in card["checks"].items():
        if value != "ok":
            rows += labelled("Check failed", f"{name}: {value}", width, look="bad", indent=14)
    return [*rows, EMPTY, *commands(card["will_run"], width)]


def shortened(label: str, text: str, width: int) -> list[Line]:
    """A text in two rows at most; `in_full` has all of it."""
    rows = labelled(label, text, width)
    return (
        rows if len(rows) <= WHY_ROWS else [*rows[: WHY_ROWS - 1], crop(line(*rows[WHY_ROWS - 1].pieces, " …"), width)]
    )


def covered(step: StepState, card: Any, width: int) -> list[Line]:
    """What a yes would cover, or what it led to."""
    if step.commit:
        done = f"commit {step.commit[:7]} on {step.branch}, accepted by {signs.person(step.by)}"
        return labelled("Applied" if step.phase == "applied" else step.phase, done, width, look="good")
    covers = f"covers tree {str(card['tree'])[:7]} on {card['branch']} and these runs, nothing else"
    return labelled("Your yes", covers, width, look="note")


def least(step: StepState, card: Any, width: int) -> list[Line]:
    """What a yes would do, in two rows: for a pane with little room, where the rest scrolls."""
    rows = [will_run(card["will_run"], width), covered(step, card, width)]
    return [crop(line(*row[0].pieces, " …"), width) if len(row) > 1 else row[0] for row in rows]


def said(step: StepState, width: int) -> list[Line]:
    """What the human said of it, or why it can no longer be decided."""
    if step.phase == "stale":
        return labelled("Stale", f"{step.reason}; a yes is refused", width, look="bad")
    return labelled("You said", f"“{step.reason}”", width, look="warn") if step.reason else []
