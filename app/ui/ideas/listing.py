"""Which ideas the table lists, and in what order."""

from __future__ import annotations

from collections.abc import Iterable

from app.engine.state import StepState
from app.ui import signs
from app.ui.ideas.kinship import Kinship

SORTS = ("number", "state", "novelty", "support")
_PHASES = ("proposed", "accepted", "applied", "stale", "undone", "rejected")


def listed(ideas: Iterable[StepState], sort: str, wanted: str, kin: Kinship) -> list[StepState]:
    """The ideas that a filter lets through, sorted: by number or state upwards, by novelty or support downwards."""
    terms = wanted.casefold().split()
    found = [step for step in ideas if _lets_through(step, terms, kin)] if terms else list(ideas)
    if sort == "state":
        found.sort(key=lambda step: (_PHASES.index(step.phase), step.id))
    elif sort == "novelty":
        found.sort(key=lambda step: (-_or_last(kin.novelty(step.id)), step.id))
    elif sort == "support":
        found.sort(key=lambda step: (-_or_last(support(step)), step.id))
    return found


def _or_last(value: float | None) -> float:
    return -1.0 if value is None else value


def _lets_through(step: StepState, terms: list[str], kin: Kinship) -> bool:
    """Whether every word is found; one behind `!` must not be."""
    text = (
        f"{kin.words(step.id) or step.title.casefold()}\n{signs.of_step(step).word}\n{step.summary.get('origin', '')}"
    )
    return all((term.lstrip("!") in text) != term.startswith("!") for term in terms if term != "!")


def support(step: StepState) -> float | None:
    """Support by the paper; None for an idea that a human wrote."""
    try:
        return float(step.summary.get("support", ""))
    except ValueError:
        return None
