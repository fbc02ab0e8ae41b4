"""Decisions: a yes takes effect only on exactly the card that was seen, and only if the facts still make that card.

The policy (the dial at `auto`) goes through the same door as a human and leaves the same record.
"""

from __future__ import annotations

from app.engine import agreement, cards, diffs, summary
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.cards import Card
from app.engine.choice import Choice
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
    _still_open(step, command.decision)
    choice = summary.load(command.choice, step) if command.choice else None
    if choice is None or command.decision == "rejected":
        _check_seen(step, command.card)
    if command.decision == "rejected":
        return _reject(ctx, step, command, choice, by)
    match step.kind:
        case "contract":
            _check_contract(ctx, step)
        case "diff":
            return _accept_diff(ctx, step, command, choice, by)
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


def preview(ctx: Context, command: cmd.Preview) -> str:
    """Write the card of what a choice of hunks comes to; returns its hash. Nothing takes effect.

    Raises:
        Refused: the choice cannot be used, or what the step stands on has changed.
    """
    step = step_of(ctx, command.step)
    _still_open(step, "preview")
    choice = summary.load(command.choice, step)
    _check_seen(step, command.card)
    seen, terms, commit = _proposal(ctx, step)
    why = _moved(ctx, step, seen, terms, commit)
    if why:
        raise Refused(
            f"What step {step.id} stands on has changed ({why}), so no part of it can be accepted any more. "
            f"Accept it as a whole to have it written anew, or reject it."
        )
    return cards.write(ctx.paths.cards, summary.card_of(ctx, terms, step, seen, choice))


def _check_seen(step: StepState, card: str) -> None:
    if card != step.card:
        raise Refused(
            f"Step {step.id} has changed since you saw it (you saw {card[:12]}, it is "
            f"{step.card[:12]}). Look again: `mlrc show {step.id}`."
        )


def _still_open(step: StepState, wish: str) -> None:
    if step.phase == "stale":
        raise Refused(f"Step {step.id} is stale: {step.reason}.")
    if step.phase != "proposed":
        raise Refused(
            f"Step {step.id} is already {step.phase} by {step.by}; your {wish.removesuffix('ed')} had no effect."
        )


def _reject(ctx: Context, step: StepState, command: cmd.Decide, choice: Choice | None, by: str) -> str:
    reason = command.reason
    if choice is not None:
        patch = cards.read(ctx.paths.cards, step.card)["patch"]
        reason = "; ".join(filter(None, (reason, summary.remarks(patch, choice))))
    ctx.emit(ev.StepDecided(step=step.id, decision="rejected", by=by, card=command.card, reason=reason))
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


def _accept_diff(ctx: Context, step: StepState, command: cmd.Decide, choice: Choice | None, by: str) -> str:
    now, terms, commit = _proposal(ctx, step)
    why = _moved(ctx, step, now, terms, commit)
    if why:
        _stale(ctx, step, why)
    if choice is not None:
        now = _chosen(ctx, terms, step, now, choice, command.card)
    elif failed := diffs.failures(now):
        raise Refused(
            f"Step {step.id} does not pass its checks. {'; '.join(failed)}. Edit it with `mlrc edit {step.id}`."
        )
    _check_sandbox(terms)
    try:
        branch = ctx.store.publish(now["commit"], now["branch"])
    except SandboxError as error:
        raise Refused(f"Nothing was published: {error}") from None
    happened: list[ev.Event] = [
        ev.StepDecided(step=step.id, decision="accepted", by=by, card=command.card, reason=command.reason),
        ev.StepApplied(step=step.id, commit=now["commit"], branch=branch),
    ]
    if choice is not None:
        happened.insert(0, diffs.narrowed(ctx, step, command.card, by))
    ctx.emit(*happened)
    return f"Accepted {_extent(now)}step {step.id}: commit {now['commit'][:7]} on {branch}; its runs are queued."


def _proposal(ctx: Context, step: StepState) -> tuple[Card, Terms, str]:
    """The card of a diff, its terms, and the commit that stands behind it now."""
    seen = cards.read(ctx.paths.cards, step.card)
    terms = ctx.terms(seen["contract"])
    assert terms is not None
    check_its_turn(ctx, step)
    commit = ctx.store.proposal(step.id)
    if commit is None:
        raise Refused(
            f"The proposal of step {step.id} is gone from the engine's repository. Reject it; the agent writes "
            "it again."
        )
    return seen, terms, commit


def _moved(ctx: Context, step: StepState, seen: Card, terms: Terms, commit: str) -> str:
    """What has changed since the card of a diff was made; empty where it still holds."""
    if seen["contract"] != ctx.state.contract:
        return "the contract was confirmed anew since it was written"
    experiment = step.experiment or 0
    now = diffs.card_of(ctx, terms, experiment, seen["title"], seen["why"], tuple(seen["notes"]), commit)
    return _difference(seen, now) if cards.digest(now) != step.card else ""


def _chosen(ctx: Context, terms: Terms, step: StepState, proposed: Card, choice: Choice, agreed: str) -> Card:
    """The summary that was agreed to, made anew."""
    card = summary.card_of(ctx, terms, step, proposed, choice)
    if cards.digest(card) != agreed:
        raise Refused(
            f"What you chose of step {step.id} comes to another summary now (you saw {agreed[:12]}, it is "
            f"{cards.digest(card)[:12]}). Nothing was applied; look at the summary again."
        )
    cards.write(ctx.paths.cards, card)
    ctx.store.propose(step.id, card["commit"], part=True)
    return card


def _extent(card: Card) -> str:
    facts = card.get("choice")
    return f"{facts['taken']} of {facts['of_pieces']} hunks of " if facts else ""


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
