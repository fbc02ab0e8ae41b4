"""Idea and verdict steps, and how a human's edit replaces what a step says. Nothing here takes effect on anything."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from agents import validate_agent
from agents.grammar import catalogue
from agents.research import Idea, Passage, Verdict
from app.engine import cards, diffs, editing, idea_form
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.cards import Card
from app.engine.context import Context, Refused
from app.engine.state import ExperimentState, StepState
from app.engine.terms import Terms

# ideas


def propose_ideas(ctx: Context, paper: int, ideas: tuple[Idea, ...]) -> str:
    """One step per idea, best supported first."""
    for rank, idea in enumerate(ideas, 1):
        card = cards.write(ctx.paths.cards, idea_card(ctx, paper, idea))
        ctx.emit(
            ev.StepProposed(
                step=ctx.next_step(),
                kind="idea",
                title=idea.title,
                card=card,
                paper=paper,
                summary=_idea_summary(idea, rank),
            )
        )
    return f"{len(ideas)} idea{'s' if len(ideas) != 1 else ''} proposed."


def propose_own(ctx: Context, command: cmd.WriteIdea, by: str) -> str:
    """An idea that a human wrote, as a step like any other: what was read from the form is shown, and accepting that
    is what the yes is bound to.

    Raises:
        Refused: the form cannot be read, or a parent or paper is not there.
    """
    from app.engine import papers

    state, parents = ctx.state, tuple(command.merged)
    if missing := [n for n in parents if n not in state.steps or state.steps[n].kind != "idea"]:
        raise Refused(f"There is no idea {missing[0]} to merge. See `mlrc steps`.")
    paper = papers.paper_of(ctx, command.paper) if command.paper in state.papers and command.paper else None
    try:
        idea = idea_form.read(command.text, paper, tuple(catalogue()))
    except editing.EditError as error:
        raise Refused(str(error)) from None
    author = by.split(" (")[0]
    origin = f"merged from {' and '.join(map(str, parents))}" if parents else "written by hand"
    content = {**idea_card(ctx, command.paper or 0, idea), "agent": author, "origin": origin, "merged": list(parents)}
    step = ctx.next_step()
    summary = _idea_summary(idea, 0) | {"author": author, "origin": origin, "support": "–"}
    ctx.emit(
        ev.StepProposed(
            step=step,
            kind="idea",
            title=idea.title,
            card=cards.write(ctx.paths.cards, content),
            paper=command.paper if paper else None,
            summary=summary,
        )
    )
    return f"Your idea is step {step}; accept it like any other."


def idea_card(ctx: Context, paper: int, idea: Idea) -> Card:
    """Everything the human sees of an idea."""
    return {
        "kind": "idea",
        "paper": paper,
        "agent": ctx.researcher.name,
        "idea": json.loads(json.dumps(dataclasses.asdict(idea))),
    }


def _idea_summary(idea: Idea, rank: int) -> dict[str, str]:
    return {
        "rank": str(rank),
        "component": idea.component,
        "slug": idea.slug,
        "support": f"{idea.score:.2f}",
        "where": idea.passage.where(),
        "passage": idea.passage.text,
        "target": idea.target,
    }


def idea_of(ctx: Context, step: StepState) -> Idea:
    """The idea a step proposes, as its current card says."""
    return idea_from(cards.read(ctx.paths.cards, step.card)["idea"])


def idea_from(values: dict[str, Any]) -> Idea:
    """An idea from a card's dictionary."""
    plain = dict(values)
    plain["passage"] = Passage(**plain["passage"])
    plain["plan"], plain["evidence"] = tuple(plain["plan"]), tuple(plain["evidence"])
    return Idea(**plain)


# verdicts


def verdict_step(ctx: Context, terms: Terms, experiment: ExperimentState, result: Verdict) -> ev.StepProposed:
    """The step that puts a computed verdict before the human, who may annotate but not change it."""
    text = validate_agent.explain(result, terms.contract.objective, experiment.title)
    card: Card = {
        "kind": "verdict",
        "experiment": experiment.id,
        "verdict": json.loads(json.dumps(dataclasses.asdict(result))),
        "text": text,
    }
    return ev.StepProposed(
        step=ctx.next_step(),
        kind="verdict",
        title=f"{experiment.title}: {result.word}",
        card=cards.write(ctx.paths.cards, card),
        idea=experiment.idea,
        experiment=experiment.id,
        summary={"verdict": result.word, "why": result.why},
    )


# a human's edit


def revise(ctx: Context, step: StepState, text: str, by: str, path: str = "") -> str:
    """Replace a proposal by what the human wrote; it has to be accepted again. With `path`, a diff becomes what makes
    that file this text.

    Raises:
        Refused: the text cannot be used; the proposal is untouched.
    """
    match step.kind:
        case "idea":
            return _revise_idea(ctx, step, text, by)
        case "diff":
            return diffs.revise(ctx, step, text, by, path)
        case "contract":
            raise Refused("The contract is edited as a file: change copilot.toml, then run `mlrc init`.")
        case "verdict":
            raise Refused("A verdict is computed and cannot be edited. Reject it with a reason to annotate it.")


def _revise_idea(ctx: Context, step: StepState, text: str, by: str) -> str:
    before = cards.read(ctx.paths.cards, step.card)
    old = idea_from(before["idea"])
    try:
        new = editing.idea_from_text(text, old)
    except editing.EditError as error:
        raise Refused(str(error)) from None
    if new == old:
        return "Nothing was changed."
    # Who proposed it and from what stays on the card.
    card = cards.write(ctx.paths.cards, before | {"idea": idea_card(ctx, step.paper or 0, new)["idea"]})
    summary = step.summary | {"slug": new.slug}
    ctx.emit(ev.StepRevised(step=step.id, card=card, by=by, title=new.title, summary=summary))
    return f"Step {step.id} holds your text now; accept it with `mlrc accept {step.id}`."
