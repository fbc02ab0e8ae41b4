"""Two ideas beside each other where there is room, one below the other where not; what differs carries ≠."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from app.engine.state import StepState
from app.ui import signs
from app.ui.ideas.card import cost
from app.ui.ideas.kinship import Kinship
from app.ui.ideas.table import number
from app.ui.model import Model
from app.ui.text import EMPTY, Line, Part, line, pad, wrap

BESIDE = 76
"""From so many cells on the two stand beside each other."""
LABEL = 13
_FIELDS = (
    ("Hypothesis", "hypothesis"),
    ("Kill test", "kill_test"),
    ("Expected", "expected"),
    ("Changes", "target"),
    ("Component", "component"),
    ("Rationale", "rationale"),
    ("Reviews", "reviews"),
)


def lines(model: Model, kin: Kinship, one: StepState, other: StepState, width: int) -> tuple[list[Line], list[Line]]:
    """The head that stays, and the fields of both."""
    alike = kin.likeness(one.id, other.id)
    value = "not compared yet" if alike is None else f"similarity {alike.value:.2f}"
    curves = f", curves {alike.curves:.2f}" if alike is not None and alike.curves is not None else ""
    parts: list[Part] = [f"words {alike.words:.2f}{curves} · "] if alike is not None else []
    first, second = _facts(model, kin, one), _facts(model, kin, other)
    same = sum(a == b for a, b in zip(first.values(), second.values(), strict=True))
    head = [
        line((f"idea {one.id} ↔ idea {other.id}", "title"), "  ", (value, "bold")),
        line(*parts, (f"{len(first) - same} of {len(first)} fields differ (≠)", "warn")),
        line(("─" * width, "faint")),
    ]
    draw = _beside if width >= BESIDE else _stacked
    body: list[Line] = []
    for label, text in first.items():
        body += draw(label, text, second[label], one.id, other.id, width)
    return head, body


def _facts(model: Model, kin: Kinship, step: StepState) -> dict[str, str]:
    card: Any = model.card(step)
    if isinstance(card, str):
        card = {
            "agent": "",
            "idea": {"title": step.title, "plan": [], "passage": {"section": "?", "paragraph": 0, "text": card}},
        }
    idea, passage = card["idea"], card["idea"]["passage"]
    found = {
        "Title": str(idea["title"]),
        "State": signs.of_step(step).word,
        "From": str(card.get("origin", "")) or f"§{passage['section']} ¶{passage['paragraph']} “{passage['text']}”",
        "Novelty": number(kin.novelty(step.id)),
        "Support": step.summary.get("support", "–"),
        "Cost": cost(model, step, card),
    }
    found |= {label: str(idea.get(key, "")) for label, key in _FIELDS}
    found["Plan"] = "\n".join(f"{place}. {text}" for place, text in enumerate(idea["plan"], 1))
    return found


def _beside(label: str, one: str, other: str, first: int, second: int, width: int) -> list[Line]:
    sign, look = ("=", "faint") if one == other else ("≠", "warn")
    if one == other:
        texts = wrap(one or "–", width - LABEL - 2)
        return [
            line(
                (sign if place == 0 else " ", look),
                (pad(f" {label}" if place == 0 else "", LABEL + 1), "dim"),
                (row, "dim"),
            )
            for place, row in enumerate(texts)
        ]
    room = (width - LABEL - 5) // 2
    pairs = zip_longest(wrap(one or "–", room), wrap(other or "–", room), fillvalue="")
    return [
        line(
            (sign if place == 0 else " ", look),
            (pad(f" {label}" if place == 0 else "", LABEL + 1), "dim"),
            pad(left, room),
            (" │ ", "faint"),
            right,
        )
        for place, (left, right) in enumerate(pairs)
    ]


def _stacked(label: str, one: str, other: str, first: int, second: int, width: int) -> list[Line]:
    if one == other:
        return _beside(label, one, other, first, second, width)
    rows = [line(("≠", "warn"), (f" {label}", "dim"))]
    for step, text in ((first, one), (second, other)):
        for place, row in enumerate(wrap(text or "–", width - 8)):
            rows.append(line((pad(f"{step}" if place == 0 else "", 6, right=True), "note"), "  ", row))
    return [*rows, EMPTY]
