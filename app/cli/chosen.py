"""`mlrc accept STEP --hunks 1,3-4`: the choice that the numbers mean, and the summary that it comes to."""

from __future__ import annotations

import re
from typing import Any

from app.cli.output import FAILED, USAGE, Failure
from app.engine import cards
from app.engine import commands as cmd
from app.engine.choice import Choice, numbered, place
from app.engine.client import Client
from app.engine.state import StepState

_RANGE = re.compile(r"(\d{1,6})(?:-(\d{1,6}))?")


def choice_of(step: StepState, card: cards.Card, wanted: str) -> Choice:
    """The choice of the hunks with these numbers, e.g. `1,3-4`.

    Raises:
        Failure: the step is no diff, or a number means no hunk of it.
    """
    if step.kind != "diff":
        raise Failure(f"Step {step.id} is no diff: it has no hunks. Leave out --hunks.", USAGE)
    known = numbered(card["patch"])
    numbers = _numbers(wanted)
    if strange := sorted(numbers - known.keys()):
        raise Failure(f"Step {step.id} has no hunk {strange[0]}. It has {listed(card)}.", USAGE)
    return Choice(of=step.card, taken=tuple(known[number].id for number in sorted(numbers)))


def _numbers(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            raise Failure(f"`{text}` is no list of hunks. Write numbers and ranges, e.g. 1,3-4.", USAGE)
        first, last = int(match[1]), int(match[2] or match[1])
        # A range holds at most a million numbers; an unknown end is named by the caller.
        found |= set(range(first, last + 1)) or {first, last}
    return found


def listed(card: cards.Card) -> str:
    """The hunks of a diff with their numbers, e.g. `1 model.py:16, 2 train.py:3`."""
    return ", ".join(f"{number} {place(piece)}" for number, piece in numbered(card["patch"]).items())


def summarised(here: Client, step: StepState, choice: Choice) -> tuple[str, cards.Card]:
    """The summary of a choice and its hash, from the engine; nothing takes effect.

    Raises:
        Failure: the engine refuses it, in its sentence.
    """
    answer = here.ask(cmd.Preview(step=step.id, card=step.card, choice=choice.dump()))
    if answer.status == "refused":
        raise Failure(answer.text, FAILED)
    return answer.text, cards.read(here.paths.cards, answer.text)


def choice_lines(facts: dict[str, Any]) -> list[str]:
    """What was taken of a diff and what was not, as plain lines."""
    edited = f", {facts['edited']} edited" if facts["edited"] else ""
    lines = [f"taken: {facts['taken']} of {facts['of_pieces']} hunks{edited}"]
    for one in facts["refused"]:
        why = f": {one['reason']}" if one["reason"] else ""
        lines.append(f"  left out: {one['path']}{':' + str(one['line']) if one['line'] else ''}{why}")
    for one in facts["edits"]:
        lines += [f"  edited: {one['path']}:{one['line']}", *(f"    {row}" for row in one["diff"].splitlines())]
    return lines
