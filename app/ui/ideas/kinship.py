"""How near the ideas of a workspace are to each other: learned bit by bit, so that drawing never waits for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from app.engine.state import StepState
from app.ui.model import Model

if TYPE_CHECKING:
    from agents.novelty import Likeness, Sketch

REMEMBERED = 0.5
"""A rejected idea at least as near as this is worth a word on the card."""


class _Known(NamedTuple):
    card: str
    sketch: Sketch
    words: str
    """What a filter looks through."""
    replaced: float | None
    """How near it is to the code it would replace."""


class Near(NamedTuple):
    """An idea and how near it is."""

    step: int
    value: float


class Kinship:
    """Likeness between ideas, and the nearest neighbour of each.

    Taking in one idea compares it with all others once. `learn` does as much of that as fits in its time; `rounds`
    grows whenever something was learned.
    """

    def __init__(self, model: Model) -> None:
        self._model = model
        self._known: dict[int, _Known] = {}
        self._nearest: dict[int, Near] = {}
        self._pairs: dict[tuple[str, str], Likeness] = {}
        self.rounds = 0

    def complete(self) -> bool:
        """Whether all ideas are taken in as they are now."""
        return self._unknown() is None

    def _unknown(self) -> StepState | None:
        known = self._known
        return next((s for s in self._model.ideas() if s.id not in known or known[s.id].card != s.card), None)

    def learn(self, seconds: float) -> bool:
        """Take in what is new or was edited, for about so long; True where there is more."""
        deadline = time.perf_counter() + seconds
        todo = [s for s in self._model.ideas() if s.id not in self._known or self._known[s.id].card != s.card]
        for count, step in enumerate(todo, 1):
            self._take(step)
            self.rounds += 1
            if time.perf_counter() > deadline:
                return count < len(todo)
        return False

    def _take(self, step: StepState) -> None:
        from agents.novelty import likeness_to_replaced, sketch

        edited = step.id in self._known
        card = self._model.card(step)
        idea = card["idea"] if isinstance(card, dict) else {"title": step.title}
        words = f"{step.title}\n{idea.get('hypothesis', '')}\n{idea.get('component', '')}".casefold()
        drawn = sketch(idea)
        self._known[step.id] = _Known(step.card, drawn, words, likeness_to_replaced(drawn))
        self._compare(step.id)
        if edited:
            for other in [other for other, near in self._nearest.items() if near.step == step.id]:
                self._compare(other)

    def _compare(self, step: int) -> None:
        """Find the nearest neighbour of an idea, and be it to those that it is nearer to than theirs."""
        from agents.novelty import likeness

        mine, best = self._known[step].sketch, None
        for other, known in self._known.items():
            if other == step:
                continue
            value = likeness(mine, known.sketch).value
            if best is None or value > best.value:
                best = Near(other, value)
            theirs = self._nearest.get(other)
            if theirs is None or value > theirs.value:
                self._nearest[other] = Near(step, value)
        if best is not None:
            self._nearest[step] = best

    # asking

    def words(self, step: int) -> str:
        """What a filter looks through, in small letters; empty for one not taken in yet."""
        known = self._known.get(step)
        return known.words if known else ""

    def nearest(self, step: int) -> Near | None:
        """The nearest other idea."""
        return self._nearest.get(step)

    def replaced(self, step: int) -> tuple[str, float] | None:
        """What the idea would replace, and how near it is to that; None where that cannot be computed."""
        known = self._known.get(step)
        return (known.sketch.replaces, known.replaced) if known and known.replaced is not None else None

    def novelty(self, step: int) -> float | None:
        """1 − the highest likeness to another idea or to what it replaces; None where there is nothing to compare."""
        near, replaced = self._nearest.get(step), self.replaced(step)
        values = [near.value] if near else []
        values += [replaced[1]] if replaced else []
        return max(0.0, 1 - max(values)) if values else None

    def likeness(self, one: int, other: int) -> Likeness | None:
        """How near two ideas are; None where one is not taken in yet."""
        from agents.novelty import likeness

        first, second = self._known.get(one), self._known.get(other)
        if first is None or second is None:
            return None
        pair = (min(first.card, second.card), max(first.card, second.card))
        if pair not in self._pairs:
            self._pairs[pair] = likeness(first.sketch, second.sketch)
        return self._pairs[pair]

    def rejected_alike(self, step: int) -> list[tuple[StepState, float]]:
        """Rejected ideas that this one is much like, the nearest first."""
        found = []
        for other in self._model.ideas():
            if other.phase == "rejected" and other.id != step:
                alike = self.likeness(step, other.id)
                if alike is not None and alike.value >= REMEMBERED:
                    found.append((other, alike.value))
        return sorted(found, key=lambda pair: -pair[1])
