"""Decisions: a yes takes effect only on exactly the card that was seen, and only if the facts still make that card.

The policy (the dial at `auto`) goes through the same door as a human and leaves the same record.
"""

from __future__ import annotations

from app.engine import agreement, cards, diffs
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.cards import Card
from app.engine.context import Context, Refused
from app.engine.state import StepState
from app.engine.terms import Terms
from sandbox import registry
from sandbox.base import SandboxError


def decide(ctx: Context, command: cmd.Decide, by: str) -> str:
    """Carry out a yes or a no; returns the sentence for the client.

    Raises:
        Refused: no such step, decided already, another card, or the facts have moved.
    """
    step = step_of(ctx, command.step)
    _still_open(step, command)
    if command.card != step.card:
        raise Refused(
            f"Step {step.id} has changed since you saw it (you saw {command.card[:12]}, it is "
            f"{step.card[:12]}). Look again: `mlrc show {step.id}`."
        )
    if command.decision == "rejected":
        return _reject(ctx, step, command, by)
    match step.kind:
        case "contract":
            _check_contract(ctx, step)
        case "diff":
            return _accept_diff(ctx, step, command, by)
        case "idea" if not ctx.state.contract:
            raise Refused(
                "The contract is not confirmed yet, so nothing may run. See it with `mlrc inbox`, then accept it first."
            )
        case _:
            cards.read(ctx.paths.cards, step.card)
    ctx.emit(ev.StepDecided(step=step.id, decision="accepted", by=by, card=command.card, reason=command.reason))
    return f"Accepted step {step.id}: {step.title}."


def step_of(ctx: Context, number: int) -> StepState:
    """The step with this number.

    Raises:
        Refused: there is none.
    """
    if number not in ctx.state.steps:
        raise Refused(f"There is no step {number}. See `mlrc steps`.")
    return ctx.state.steps[number]


def _still_open(step: StepState, command: cmd.Decide) -> None:
    if step.phase == "stale":
        raise Refused(f"Step {step.id} is stale: {step.reason}.")
    if step.phase != "proposed":
        raise Refused(
            f"Step {step.id} is already {step.phase} by {step.by}; your {command.decision[:-2]} had no effect."
        )


def _reject(ctx: Context, step: StepState, command: cmd.Decide, by: str) -> str:
    ctx.emit(ev.StepDecided(step=step.id, decision="rejected", by=by, card=command.card, reason=command.reason))
    if step.kind == "verdict":
        return f"Noted at step {step.id}. The computed verdict stays as it is."
    return f"Rejected step {step.id}: {step.title}."


def _check_contract(ctx: Context, step: StepState) -> None:
    now = agreement.contract_card(ctx)
    if cards.digest(now) != step.card:
        why = _difference(cards.read(ctx.paths.cards, step.card), now)
        ctx.emit(ev.StepStale(step=step.id, why=why))
        newer = agreement.propose_contract(ctx)
        raise Refused(
            f"The contract is no longer what you saw: {why}. Look at step {newer.id} instead: `mlrc show {newer.id}`."
        )


def _accept_diff(ctx: Context, step: StepState, command: cmd.Decide, by: str) -> str:
    seen = cards.read(ctx.paths.cards, step.card)
    terms = ctx.terms(seen["contract"])
    assert terms is not None and step.experiment is not None
    check_its_turn(ctx, step)
    if seen["contract"] != ctx.state.contract:
        _stale(ctx, step, "the contract was confirmed anew since it was written")
    commit = ctx.store.proposal(step.id)
    if commit is None:
        raise Refused(
            f"The proposal of step {step.id} is gone from the engine's repository. Reject it; the agent writes "
            "it again."
        )
    now = diffs.card_of(ctx, terms, step.experiment, seen["title"], seen["why"], tuple(seen["notes"]), commit)
    if cards.digest(now) != step.card:
        _stale(ctx, step, _difference(seen, now))
    failed = [f"{name}: {value}" for name, value in now["checks"].items() if value != "ok"]
    if failed:
        raise Refused(
            f"Step {step.id} does not pass its checks. {'; '.join(failed)}. Edit it with `mlrc edit {step.id}`."
        )
    _check_sandbox(terms)
    try:
        branch = ctx.store.publish(now["commit"], now["branch"])
    except SandboxError as error:
        raise Refused(f"Nothing was published: {error}") from None
    ctx.emit(
        ev.StepDecided(step=step.id, decision="accepted", by=by, card=command.card, reason=command.reason),
        ev.StepApplied(step=step.id, commit=now["commit"], branch=branch),
    )
    return f"Accepted step {step.id}: commit {now['commit'][:7]} on {branch}; its runs are queued."


def check_its_turn(ctx: Context, step: StepState) -> None:
    """An experiment has one diff at a time and one commit: its verdict is about the runs of exactly that one.

    Raises:
        Refused: the diff has a successor, or its experiment a commit.
    """
    experiment = ctx.state.experiments[step.experiment or 0]
    if experiment.diff != step.id:
        raise Refused(f"Step {step.id} has a successor, step {experiment.diff}. Decide on that one.")
    if experiment.commit:
        raise Refused(f"Experiment {experiment.id} has its commit already, {experiment.commit[:7]}.")


def _check_sandbox(terms: Terms) -> None:
    """The approved sandbox, or none (decisions.md, What one yes covers, 3)."""
    try:
        registry.choose(terms.backend, allow_local=terms.backend == registry.UNPROTECTED)
    except SandboxError as error:
        raise Refused(
            f"Nothing was applied: {error} What you accept runs in {terms.backend}; no other sandbox takes its place."
        ) from None


def _stale(ctx: Context, step: StepState, why: str) -> None:
    """Void a diff and open its idea again, whose next diff is written under the terms in force then."""
    experiment = ctx.state.experiments[step.experiment or 0]
    idea = ctx.state.steps[experiment.idea or 0]
    ctx.emit(
        ev.StepStale(step=step.id, why=why),
        ev.ExperimentClosed(experiment=experiment.id, why=f"its diff was void: {why}"),
        ev.StepReopened(step=idea.id, by="the engine"),
    )
    raise Refused(
        f"Step {step.id} was not applied: {why}. Nothing was published or started. Confirm the present terms with "
        f"`mlrc init`, then accept the idea again (step {idea.id}); its diff is written anew."
    )


def _difference(seen: Card, now: Card) -> str:
    moved = [key for key in sorted(seen) if seen.get(key) != now.get(key)]
    return f"{', '.join(moved).replace('_', ' ')} changed" if moved else "its content changed"


# undo


def undo(ctx: Context, number: int, by: str) -> str:
    """Take a decision back.

    Raises:
        Refused: there is nothing to take back.
    """
    step = step_of(ctx, number)
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


# the policy


def apply_policy(ctx: Context) -> None:
    """With the dial at `auto`: decide what waits, as far as the policy reaches, then turn the dial back."""
    if ctx.state.dial != "auto":
        return
    for step in ctx.state.waiting():
        if reaches(ctx, step):
            try:
                decide(ctx, cmd.Decide(step=step.id, decision="accepted", card=step.card), ev.POLICY)
            except (Refused, SandboxError, cards.CardError) as refusal:
                ctx.emit(ev.NoticeGiven(about=f"step {step.id}", text=str(refusal), failed=True))
                if ctx.state.steps[step.id].phase == "stale":
                    continue
                ctx.emit(ev.DialTurned(dial="gated", by=f"{ev.POLICY}: a step was refused"))
                return


def reaches(ctx: Context, step: StepState) -> bool:
    """Whether the policy may decide this step: never a contract, ideas up to the number asked for."""
    if step.kind == "contract" or step.phase != "proposed" or step.summary.get("blank"):
        return False
    if step.kind != "idea":
        return True
    return bool(ctx.state.contract) and taken(ctx) < ctx.state.auto_ideas


def taken(ctx: Context) -> int:
    """Ideas the policy has accepted since the dial was last turned to it."""
    return ctx.state.taken_by_policy() - ctx.state.taken_before
