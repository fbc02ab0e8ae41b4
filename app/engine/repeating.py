"""A run that ended without a score is done again, under the yes that covered it, or under a new one.

What a human approved is an experiment's tree and the terms of its contract. The tree lies in the engine's repository
and cannot move; whether the terms still hold is looked up here, at the moment of the effect.
"""

from __future__ import annotations

import json

from app.engine import agreement, cards
from app.engine import events as ev
from app.engine.context import Context, Refused
from app.engine.state import OPEN_PHASES, ExperimentState, RunState

TERMS = ("text", "environment", "backend", "isolation", "data")
"""What of a contract card a run depends on; the base is the experiment's own."""
_WORDS = {"text": "copilot.toml"}


def run_again(ctx: Context, number: int, by: str) -> str:
    """Let an experiment go on from a run that left no score; returns the sentence for the client.

    Raises:
        Refused: there is no such run, it may not be done again, or the terms have moved, which asks for a new yes.
    """
    run = ctx.state.runs.get(number)
    if run is None:
        raise Refused(f"There is no run {number}. See `mlrc status`.")
    experiment = ctx.state.experiments[run.experiment]
    if why := refusal(ctx, experiment, run):
        raise Refused(f"Run {number} is not done again: {why}")
    if moved := _moved(ctx, experiment):
        raise Refused(f"Run {number} was not started: {moved}. {_ask_anew(ctx, experiment, moved)}")
    waiting = [] if experiment.idea is not None else _held_up(ctx, experiment)
    ctx.emit(
        ev.ExperimentResumed(experiment=experiment.id, by=by, run=run.id),
        *(ev.ExperimentResumed(experiment=other.id, by=by) for other in waiting),
        *_void_verdicts(ctx, experiment, f"run {run.id} is done again"),
    )
    return f"Run {run.id} ({run.purpose} of {experiment.title}) is done again, under the yes to step {run.step}."


def refusal(ctx: Context, experiment: ExperimentState, run: RunState) -> str:
    """Why a run may not be done again, as the rest of a sentence; empty where it may."""
    counted = ctx.state.runs.get(run.evaluates or run.id, run)
    if run.phase != "ended" or experiment.phase in OPEN_PHASES:
        return f"experiment {experiment.id} is still under way."
    if run.repeated:
        return f"that was asked for already; experiment {experiment.id} is {experiment.phase}."
    if counted.scored or (run.ended_well and run.purpose == "prepare"):
        return "it ended well, and what it measured stands."
    if experiment.phase in ("undone", "closed"):
        return f"experiment {experiment.id} is {experiment.phase}. Accept an idea instead."
    return ""


def _moved(ctx: Context, experiment: ExperimentState) -> str:
    """What is no longer as it was when the runs were approved; empty where all is."""
    if experiment.contract != ctx.state.contract:
        return "the contract was confirmed anew since its yes"
    seen = cards.read(ctx.paths.cards, experiment.contract)
    now = json.loads(cards.dump(agreement.contract_card(ctx)))
    moved = [_WORDS.get(key, key) for key in TERMS if seen.get(key) != now.get(key)]
    return f"{', '.join(moved)} changed since its yes" if moved else ""


def _ask_anew(ctx: Context, experiment: ExperimentState, why: str) -> str:
    """Put before the human what needs a new yes; says which steps these are."""
    asked = agreement.propose_contract(ctx) if experiment.contract == ctx.state.contract else None
    first = f"Decide on the present terms, step {asked.id}" if asked is not None else "The newer contract is in force"
    if experiment.idea is None:
        return f"{first}; a yes to a contract starts its baseline."
    ctx.emit(
        ev.ExperimentClosed(experiment=experiment.id, why=f"not run again: {why}"),
        *_void_verdicts(ctx, experiment, why),
        ev.StepReopened(step=experiment.idea, by="the engine"),
    )
    return f"{first}, then on the idea again, step {experiment.idea}; its diff is written anew."


def _void_verdicts(ctx: Context, experiment: ExperimentState, why: str) -> list[ev.Event]:
    """Verdicts that nobody has looked at yet, about what is done again."""
    own = (s for s in ctx.state.steps.values() if s.kind == "verdict" and s.experiment == experiment.id)
    return [ev.StepStale(step=step.id, why=why) for step in own if step.phase == "proposed"]


def _held_up(ctx: Context, baseline: ExperimentState) -> list[ExperimentState]:
    """Experiments that failed for want of this baseline: approved, and without a run of their own."""
    return [
        one
        for one in ctx.state.experiments.values()
        if one.phase == "failed" and one.contract == baseline.contract and one.commit and not one.runs
    ]
