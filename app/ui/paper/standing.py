"""Which steps stand on a paragraph: the ideas drawn from it, and the diffs that test them."""

from __future__ import annotations

from typing import NamedTuple

from app.engine.state import WorkspaceState

_GONE = ("rejected", "stale", "undone")


class Step(NamedTuple):
    """A step that cites a paragraph, and what it is called there."""

    id: int
    label: str


def standing(state: WorkspaceState, paper: int) -> dict[str, list[Step]]:
    """By passage (`§2 ¶1`): each idea of the paper, followed by the diffs of its experiments."""
    diffs: dict[int, list[Step]] = {}
    for experiment in state.experiments.values():
        if experiment.idea is not None and experiment.diff is not None:
            diffs.setdefault(experiment.idea, []).append(Step(experiment.diff, f"exp {experiment.id}"))
    found: dict[str, list[Step]] = {}
    for step in state.steps.values():
        if step.kind == "idea" and step.paper == paper and step.summary.get("where"):
            gone = " ✘" if step.phase in _GONE else ""
            own = found.setdefault(step.summary["where"], [])
            own += [Step(step.id, f"idea {step.id}{gone}"), *diffs.get(step.id, [])]
    return found


def sentence(steps: list[Step]) -> str:
    """The steps in a row, each diff after the idea it tests."""
    text = ""
    for step in steps:
        join = " → " if step.label.startswith("exp") else ", " if text else ""
        text += join + step.label
    return f"◂ {text}" if text else ""
