"""Decisions taken back, and taken again: undo and redo. Never a reset: a branch only gets further commits."""

from __future__ import annotations

from app.engine import events as ev
from app.engine.context import Context, Refused
from app.engine.state import StepState
from sandbox.base import SandboxError


def undo(ctx: Context, step: StepState, by: str) -> str:
    """Take a decision back.

    Raises:
        Refused: there is nothing to take back.
    """
    if step.phase == "applied":
        return _revert(ctx, step, by)
    if step.phase == "rejected" or (step.phase == "accepted" and step.kind == "verdict"):
        _no_successor(ctx, step)
        ctx.emit(ev.StepReopened(step=step.id, by=by))
        return f"Step {step.id} is open again: {step.title}."
    if step.phase == "accepted" and step.kind == "idea":
        return _withdraw(ctx, step, by)
    raise Refused(f"Step {step.id} is {step.phase}; there is nothing to undo.")


def _no_successor(ctx: Context, step: StepState) -> None:
    later = [
        s.id
        for s in ctx.state.steps.values()
        if s.kind == "diff" and s.experiment == step.experiment and s.id > step.id
    ]
    if step.kind == "diff" and later:
        raise Refused(f"Step {step.id} has a successor, step {later[-1]}. Decide on that one.")


def _withdraw(ctx: Context, step: StepState, by: str) -> str:
    experiment = next((e for e in reversed(ctx.state.experiments.values()) if e.idea == step.id), None)
    if experiment is None:
        ctx.emit(ev.StepReopened(step=step.id, by=by))
        return f"Step {step.id} is open again: {step.title}."
    if experiment.commit:
        raise Refused(f"Its diff was applied already. Undo that one: `mlrc undo {experiment.diff}`.")
    happened: list[ev.Event] = [ev.ExperimentClosed(experiment=experiment.id, why=f"withdrawn by {by}")]
    diff = ctx.state.steps.get(experiment.diff or 0)
    if diff is not None and diff.phase == "proposed":
        happened.append(ev.StepStale(step=diff.id, why=f"its idea was withdrawn by {by}"))
    ctx.emit(*happened, ev.StepReopened(step=step.id, by=by))
    return f"Experiment {experiment.id} is withdrawn; step {step.id} is open again: {step.title}."


def _revert(ctx: Context, step: StepState, by: str) -> str:
    experiment = ctx.state.experiments[step.experiment or 0]
    try:
        commit = ctx.store.revert(step.commit, experiment.commit)
        branch = ctx.store.publish(commit, step.branch)
    except SandboxError as error:
        raise Refused(f"Nothing was undone: {error}") from None
    why = f"Not started: its code was undone by {by}."
    waiting = [r for r in ctx.state.queued() if r.experiment == experiment.id]
    ctx.emit(
        ev.StepUndone(step=step.id, commit=commit, branch=branch, by=by),
        *(ev.RunEnded(run=run.id, reason="stopped", detail=why, code=None, seconds=0.0) for run in waiting),
    )
    return f"Step {step.id} is undone by commit {commit[:7]} on {branch}. Its runs are kept, marked “code undone”."


def redo(ctx: Context, step: StepState, by: str) -> str:
    """Apply an undone diff again: the tree is the one that was accepted, on top of the commit that undid it.

    Its runs are kept; those that the undo kept from starting wait again, under the yes that covered them.

    Raises:
        Refused: it is not undone, or later work stands on the undone state.
    """
    if step.phase != "undone":
        raise Refused(f"Step {step.id} is {step.phase}, not undone; there is nothing to redo.")
    experiment = ctx.state.experiments[step.experiment or 0]
    tip, tree = ctx.store.tip(step.branch), ctx.store.tree(step.commit)
    # A branch that holds the tree already was brought there by a redo that could not be written down, or by hand.
    there = tip if tip is not None and ctx.store.tree(tip) == tree else None
    if there is None and tip not in (None, experiment.commit):
        raise Refused(
            f"Later work stands on {step.branch} (it is at {str(tip)[:7]}, the undo is {experiment.commit[:7]}), so "
            f"step {step.id} is not applied again. Take it yourself: `git cherry-pick {step.commit[:10]}`."
        )
    later = [e.id for e in ctx.state.experiments.values() if e.base == experiment.commit and e.id != experiment.id]
    if later:
        raise Refused(
            f"Experiment {later[0]} starts from the undone state, {experiment.commit[:7]}. "
            f"Accept the idea of step {step.id} again instead."
        )
    message = f"Redo “{step.title}”\n\nThis applies commit {step.commit} again.\n\nCopilot-Step: {step.id}\n"
    try:
        commit = there or ctx.store.commit(tree, experiment.commit, message)
        branch = ctx.store.publish(commit, step.branch)
    except SandboxError as error:
        raise Refused(f"Nothing was applied: {error}") from None
    ctx.emit(ev.StepRedone(step=step.id, commit=commit, branch=branch, by=by))
    return f"Step {step.id} is applied again by commit {commit[:7]} on {branch}."
