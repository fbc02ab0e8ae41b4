"""What earlier reviews teach the agent: which hunks were refused and why, which were rewritten, and when a new diff
brings back what was refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Any

from app.engine import cards, hunks
from app.engine.context import Context
from app.engine.state import StepState

ALIKE = 0.9
"""Share of matching characters from which two changes count as the same one."""
COMPARED = 4000
"""Characters of a change that are compared."""


def learned(ctx: Context) -> tuple[str, ...]:
    """What humans said of hunks of applied diffs, oldest first: `path:line: reason`; edits as a diff of the diff."""
    said = []
    for _, facts in _reviews(ctx):
        said += [f"{one['path']}:{one['line']}: {one['reason']}" for one in facts["refused"] if one["reason"]]
        said += [f"{one['path']}:{one['line']}: {one['comment']}" for one in facts["comments"]]
        said += [f"{one['path']}:{one['line']} was rewritten:\n{one['diff']}" for one in facts["edits"]]
    return tuple(said)


def repeated(ctx: Context, patch: str) -> tuple[str, ...]:
    """A note for each hunk of a new diff that is nearly one that was refused."""
    found = []
    fresh = [(file.path, hunk, _change_of(hunks.text_of(hunk))) for file in hunks.read(patch) for hunk in file.hunks]
    for step, facts in _reviews(ctx):
        for refused in facts["refused"]:
            before = _change_of(refused["text"])
            for path, hunk, now in fresh:
                if path == refused["path"] and before and _alike(before, now):
                    why = f": “{refused['reason']}”" if refused["reason"] else ""
                    found.append(f"{path}:{hunk.start} is nearly the hunk that was refused in step {step.id}{why}")
    return tuple(dict.fromkeys(found))


def _reviews(ctx: Context) -> Iterator[tuple[StepState, dict[str, Any]]]:
    for step in ctx.state.steps.values():
        if step.kind == "diff" and step.phase in ("applied", "undone") and len(step.cards) > 1:
            # What a damaged card would have taught is lost; it must not keep the agent from writing.
            with contextlib.suppress(cards.CardError):
                card = cards.read(ctx.paths.cards, step.card)
                if "choice" in card:
                    yield step, card["choice"]


def _change_of(text: str) -> str:
    """The rows of a hunk's text that change something, without their indentation."""
    rows = (row for row in text.split("\n")[1:] if row[:1] in ("+", "-") and row[1:].strip())
    return "".join(f"{row[:1]}{row[1:].strip()}\n" for row in rows)


def _alike(before: str, now: str) -> bool:
    matcher = SequenceMatcher(None, before[:COMPARED], now[:COMPARED], autojunk=False)
    return matcher.quick_ratio() >= ALIKE and matcher.ratio() >= ALIKE
