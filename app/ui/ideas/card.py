"""The card of one idea: what it claims, what it stands on, what is near it, what it costs."""

from __future__ import annotations

from typing import Any

from app.engine.state import StepState
from app.ui import signs
from app.ui.ideas.kinship import Kinship
from app.ui.ideas.listing import support
from app.ui.ideas.table import number
from app.ui.model import Model
from app.ui.text import EMPTY, Line, labelled, line, paragraph, spread, wrap

REMEMBERED_ROWS = 3
PASSAGE_ROWS = 5
"""A longer passage is cut here, stands in full at the end of the card, and in the paper a key away."""
_FIRST = (("Hypothesis", "hypothesis"), ("Kill test", "kill_test"), ("Reviews", "reviews"))
_REST = (("Expected", "expected"), ("Changes", "target"), ("Rationale", "rationale"))


def lines(model: Model, step: StepState, kin: Kinship, width: int) -> list[Line]:
    """The whole card."""
    card = model.card(step)
    if isinstance(card, str):
        return paragraph(card, width, "bad")
    idea, passage = card["idea"], card["idea"]["passage"]
    rows = [
        *paragraph(str(idea["title"]), width, "title"),
        _state(step, card, width, model.now()),
        EMPTY,
        *_passage(str(passage["section"]), int(passage["paragraph"]), str(passage["text"]), width),
        EMPTY,
    ]
    for label, key in _FIRST:
        rows += labelled(label, str(idea[key]), width) if idea[key] else []
    rows += [*_near(step, kin, width), *labelled("Cost", cost(model, step, card), width)]
    rows += _remembered(step, kin, width)
    if step.reason:
        rows += labelled("You said", f"“{step.reason}”", width, look="warn")
    rows.append(EMPTY)
    for label, key in _REST:
        rows += labelled(label, str(idea[key]), width) if idea[key] else []
    for place, text in enumerate(idea["plan"], 1):
        rows += labelled("Plan" if place == 1 else "", f"{place}. {text}", width)
    if idea["evidence"]:
        rows += labelled("Counts", ", ".join(map(str, idea["evidence"])), width, look="dim")
    if len(wrap(str(passage["text"]), width - 4)) > PASSAGE_ROWS:
        rows += labelled("Passage", str(passage["text"]), width, look="dim")
    return [*rows, EMPTY, line((f"card {step.card[:12]}", "faint"))]


def _state(step: StepState, card: Any, width: int, now: float) -> Line:
    sign = signs.of_step(step)
    by = f" by {signs.person(step.by)}" if step.by and step.phase != "proposed" else ""
    value = support(step)
    shares = "" if value is None and "origin" in card else f"support {number(value)} · "
    left = [(f"{sign.text}{by}", sign.look), (f" · {_origin(card)}" if "origin" in card else "", "note")]
    return spread(left, [(f"{shares}{signs.age(step.since, now)}", "dim")], width)


def _origin(card: Any) -> str:
    return f"{card['origin']} by {card['agent']}" if card["origin"] == "written by hand" else str(card["origin"])


def _passage(section: str, number: int, text: str, width: int) -> list[Line]:
    if section == "your own words":
        return [line(("on no passage: your own words", "note"))]
    quoted = wrap(f"“{text}”", width - 4)
    if len(quoted) > PASSAGE_ROWS:
        quoted = [*quoted[: PASSAGE_ROWS - 1], f"{quoted[PASSAGE_ROWS - 1]} …”"]
    return [line((f"§{section} ¶{number}", "note"), ("  the passage it stands on", "dim"))] + [
        line(("▌ ", "note"), (row, "mark")) for row in quoted
    ]


def _near(step: StepState, kin: Kinship, width: int) -> list[Line]:
    near, replaced = kin.nearest(step.id), kin.replaced(step.id)
    parts = [f"idea {near.step}: {near.value:.2f}"] if near else []
    parts += [f"{replaced[0]}, which it replaces: {replaced[1]:.2f}"] if replaced else []
    if not parts:
        return []
    parts.append(f"so novelty {number(kin.novelty(step.id))}")
    return labelled("Closest", " · ".join(parts), width)


def _remembered(step: StepState, kin: Kinship, width: int) -> list[Line]:
    rows: list[Line] = []
    for other, value in kin.rejected_alike(step.id)[:REMEMBERED_ROWS]:
        said = f"“{other.reason}”" if other.reason else "without a reason"
        rows += paragraph(f"You rejected #{other.id}, {value:.2f} alike: {said}", width, "warn")
    return rows


def cost(model: Model, step: StepState, card: Any) -> str:
    """What testing the idea costs, or has cost so far: trials, seconds of runs, tokens."""
    tokens = " · 0 tokens" if "no LLM" in model.state.agent or "no LLM" in str(card["agent"]) else ""
    own = [e for e in model.state.experiments.values() if e.idea == step.id]
    ended = [run for e in own for run in map(model.state.runs.__getitem__, e.runs) if run.phase == "ended"]
    if ended:
        trials = sum(len(run.seeds) for run in ended if run.purpose in signs.SCORED)
        return f"{trials} trials · {signs.duration(sum(run.seconds for run in ended))} spent{tokens}"
    terms = model.card(_contract(model))
    if not isinstance(terms, dict):
        return f"known once there is a contract{tokens}"
    rows = [row for row in terms["will_run"] if row["purpose"] != "prepare"]
    trials_of = " + ".join(str(row["trials"]) for row in rows if row["purpose"] in signs.SCORED)
    longest = signs.duration(sum(float(row["limits"]["wall_seconds"]) for row in rows))
    return f"{trials_of} trials · {_like_the_baseline(model)}≤ {longest}{tokens}"


def _like_the_baseline(model: Model) -> str:
    """What the same trials took without the change, once that was measured: nearer the truth than the limit."""
    baseline = model.state.baseline()
    if baseline is None or baseline.phase != "closed":
        return ""
    took = sum(run.seconds for run in map(model.state.runs.__getitem__, baseline.runs) if run.purpose != "prepare")
    return f"baseline took {signs.duration(took)} · "


def _contract(model: Model) -> StepState | None:
    """The confirmed contract, else the newest one proposed."""
    steps = model.state.steps
    known = steps.get(model.state.contract_step or 0)
    return known or next((s for s in reversed(steps.values()) if s.kind == "contract"), None)
