"""Steps: how a proposal becomes a card, and how a human's edit replaces it. Nothing here takes effect on anything."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

from agents import contract as contracts
from agents import edits, validate_agent
from agents.contract import Contract
from agents.research import Change, Idea, Paper, Passage, Verdict
from agents.researcher import NothingToPropose
from app.engine import cards, editing
from app.engine import events as ev
from app.engine.cards import Card
from app.engine.context import Context, Refused
from app.engine.state import ExperimentState, StepState
from app.engine.terms import Terms, planned
from sandbox import environment, registry
from sandbox.base import SandboxError
from sandbox.trees import branch_name

# contract


def contract_card(ctx: Context) -> Card:
    """The terms as they stand in the working folder now: contract text, base commit, environment, backend, runs.

    Raises:
        Refused: the contract, the interpreter or the isolation cannot be used.
    """
    path = ctx.paths.workspace / contracts.FILE_NAME
    try:
        contract = contracts.read(path)
        text = path.read_text()
        python = contract.environment.python or ctx.settings.python
        described = environment.describe(Path(python))
        sandbox = registry.choose(ctx.settings.sandbox or None, allow_local=allows_local(ctx))
    except (contracts.ContractError, SandboxError) as error:
        raise Refused(str(error)) from None
    base = ctx.store.head()
    return {
        "kind": "contract",
        "text": text,
        "base": base,
        "tree": ctx.store.tree(base),
        "environment": dataclasses.asdict(described),
        "backend": sandbox.name,
        "isolation": sandbox.isolation,
        "data": {source: hash_of(Path(source)) for source in contract.data.paths},
        "budget": contract.budget.model_dump(),
        "will_run": planned(
            contract, backend=sandbox.name, isolation=sandbox.isolation, environment=described.digest, baseline=True
        ),
    }


def unconfirmed_contract(ctx: Context) -> Contract:
    """The contract as it lies in the working folder: enough to read a paper by, not to run anything.

    Raises:
        Refused: it cannot be used.
    """
    try:
        return contracts.read(ctx.paths.workspace / contracts.FILE_NAME)
    except contracts.ContractError as error:
        raise Refused(str(error)) from None


def allows_local(ctx: Context) -> bool:
    """`local` is for trees that a shipped template, the offline agent and the human wrote, or by explicit switch
    (decisions.md, Sandbox)."""
    offline = ctx.researcher.name.startswith("offline")
    return ctx.settings.sandbox == "local" or (bool(ctx.state.template) and offline)


def hash_of(path: Path) -> str:
    """sha256 of a file, or of a folder's file names and contents.

    Raises:
        Refused: it is not there.
    """
    if not path.is_absolute() or not path.exists():
        raise Refused(f"[data] paths: {path} is not an absolute path of something that exists. Mend copilot.toml.")
    whole = hashlib.sha256()
    files = sorted(f for f in path.rglob("*") if f.is_file()) if path.is_dir() else [path]
    for file in files:
        whole.update(str(file.relative_to(path) if path.is_dir() else file.name).encode() + b"\0")
        with file.open("rb") as content:
            whole.update(hashlib.file_digest(content, "sha256").digest())
    return whole.hexdigest()


def propose_contract(ctx: Context) -> StepState:
    """Propose the contract card where it differs from the newest one; returns its step."""
    card = cards.write(ctx.paths.cards, contract_card(ctx))
    known = [s for s in ctx.state.steps.values() if s.kind == "contract"]
    for step in known:
        if step.card == card and step.phase in ("proposed", "accepted"):
            return step
    for step in known:
        if step.phase == "proposed":
            ctx.emit(
                ev.StepStale(
                    step=step.id, why="copilot.toml, the base commit or the environment changed; see the newer one"
                )
            )
    number = ctx.next_step()
    facts = cards.read(ctx.paths.cards, card)
    contract = contracts.parse(facts["text"].encode())
    ctx.emit(
        ev.StepProposed(
            step=number,
            kind="contract",
            title=f"contract of {contract.name}: {contract.objective.metric}, {contract.objective.direction}",
            card=card,
            summary={
                "metric": contract.objective.metric,
                "direction": contract.objective.direction,
                "smallest effect": f"{contract.objective.smallest_effect:g}",
                "budget": f"{contract.budget.minutes:g} min",
                "backend": facts["backend"],
                "isolation": facts["isolation"],
                "base": facts["base"][:7],
            },
        )
    )
    return ctx.state.steps[number]


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


# diffs


def propose_diff(ctx: Context, terms: Terms, experiment: ExperimentState, idea: Idea, change: Change) -> str:
    """Commit the change as a proposal in the engine's own repository and put it before the human."""
    files = ctx.store.texts(terms.tree)
    failures = edits.check(change, terms.contract, files)
    if failures:
        raise NothingToPropose(
            f"The change for “{idea.title}” was not usable: {' '.join(f.sentence for f in failures)}"
        )
    content = {edit.path: edit.content.encode() if edit.content is not None else None for edit in change.edits}
    tree = ctx.store.edit(terms.tree, content)
    if any(_tree_of_step(ctx, s) == tree for s in _rejected_diffs(ctx, experiment.id)):
        raise NothingToPropose(
            f"The agent has no other change for “{idea.title}” than the one you rejected. Write it yourself with "
            f"`mlrc edit {experiment.diff}`, or accept another idea."
        )
    number = ctx.next_step()
    card = _store_diff(ctx, terms, experiment, number, idea.title, change.why, change.notes, tree)
    experiments_export(ctx, terms, tree)
    ctx.emit(
        ev.StepProposed(
            step=number,
            kind="diff",
            title=idea.title,
            card=card,
            idea=experiment.idea,
            experiment=experiment.id,
            summary=_diff_summary(ctx, card),
        )
    )
    return f"Diff proposed as step {number}."


def experiments_export(ctx: Context, terms: Terms, tree: str) -> None:
    """Write the tree out now, so that a yes does not wait for it."""
    from app.engine.experiments import exported

    exported(ctx, terms, tree, agent_code=True)


def _rejected_diffs(ctx: Context, experiment: int) -> list[StepState]:
    return [
        s for s in ctx.state.steps.values() if s.kind == "diff" and s.experiment == experiment and s.phase == "rejected"
    ]


def _tree_of_step(ctx: Context, step: StepState) -> str:
    return str(cards.read(ctx.paths.cards, step.card)["tree"])


def _store_diff(
    ctx: Context,
    terms: Terms,
    experiment: ExperimentState,
    step: int,
    title: str,
    why: str,
    notes: tuple[str, ...],
    tree: str,
) -> str:
    message = f"{title}\n\n{why}\n\nCopilot-Experiment: {experiment.id}\nCopilot-Step: {step}\n"
    commit = ctx.store.commit(tree, terms.base, message)
    ctx.store.keep(experiment.id, terms.base)
    ctx.store.propose(step, commit)
    return cards.write(ctx.paths.cards, diff_card(ctx, terms, experiment.id, title, why, notes, commit))


def diff_card(
    ctx: Context, terms: Terms, experiment: int, title: str, why: str, notes: tuple[str, ...], commit: str
) -> Card:
    """The whole of a diff proposal, every fact taken from git, the terms and the machine as they are now."""
    tree = ctx.store.tree(commit)
    described = environment.describe(Path(terms.environment.python))
    changes = ctx.store.changes(terms.tree, tree)
    return {
        "kind": "diff",
        "experiment": experiment,
        "branch": branch_name(experiment, ctx.state.experiments[experiment].slug),
        "title": title,
        "why": why,
        "notes": list(notes),
        "contract": terms.card,
        "base": terms.base,
        "tree": tree,
        "commit": commit,
        "patch": ctx.store.diff(terms.tree, tree),
        "checks": check_tree(ctx, terms.contract, [c.path for c in changes], tree),
        "data": {source: hash_of(Path(source)) for source in terms.contract.data.paths},
        "environment": described.digest,
        "will_run": planned(
            terms.contract,
            backend=terms.backend,
            isolation=terms.isolation,
            environment=described.digest,
            baseline=False,
        ),
        "budget": terms.contract.budget.model_dump(),
    }


def check_tree(ctx: Context, contract: Contract, paths: list[str], tree: str) -> dict[str, str]:
    """The checks that run before a yes: applies, parses, protected files untouched. Values are `ok` or the failure."""
    protected = [path for path in paths if not contract.may_edit(path)]
    present = ctx.store.files(tree)
    broken = [f"{path}: {why}" for path in paths if path in present and (why := _syntax(ctx, tree, path))]
    return {
        "applies": "ok",
        "parses": "; ".join(broken) or "ok",
        "protected files untouched": "ok" if not protected else f"not editable: {', '.join(protected)}",
    }


def _syntax(ctx: Context, tree: str, path: str) -> str | None:
    from agents import code_map

    try:
        return code_map.parses(path, ctx.store.read(tree, path, 4 << 20).decode())
    except UnicodeDecodeError:
        return None


def _diff_summary(ctx: Context, card: str) -> dict[str, str]:
    facts = cards.read(ctx.paths.cards, card)
    lines = facts["patch"].splitlines()
    added = sum(1 for line in lines if line.startswith("+") and not line.startswith("+++"))
    removed = sum(1 for line in lines if line.startswith("-") and not line.startswith("---"))
    files = sum(1 for line in lines if line.startswith("diff --git"))
    return {
        "size": f"{files} file{'s' if files != 1 else ''} +{added} −{removed}",
        "branch": facts["branch"],
        "tree": facts["tree"][:7],
    }


# verdicts


def propose_verdict(ctx: Context, terms: Terms, experiment: ExperimentState, result: Verdict) -> None:
    """Put the computed verdict before the human, who may annotate but not change it."""
    text = validate_agent.explain(result, terms.contract.objective, experiment.title)
    card: Card = {
        "kind": "verdict",
        "experiment": experiment.id,
        "verdict": json.loads(json.dumps(dataclasses.asdict(result))),
        "text": text,
    }
    ctx.emit(
        ev.StepProposed(
            step=ctx.next_step(),
            kind="verdict",
            title=f"{experiment.title}: {result.word}",
            card=cards.write(ctx.paths.cards, card),
            idea=experiment.idea,
            experiment=experiment.id,
            summary={"verdict": result.word, "why": result.why},
        )
    )


# a human's edit


def revise(ctx: Context, step: StepState, text: str, by: str) -> str:
    """Replace a proposal by what the human wrote; it has to be accepted again.

    Raises:
        Refused: the text cannot be used; the proposal is untouched.
    """
    match step.kind:
        case "idea":
            return _revise_idea(ctx, step, text, by)
        case "diff":
            return _revise_diff(ctx, step, text, by)
        case "contract":
            raise Refused("The contract is edited as a file: change copilot.toml, then run `mlrc init`.")
        case "verdict":
            raise Refused("A verdict is computed and cannot be edited. Reject it with a reason to annotate it.")


def _revise_idea(ctx: Context, step: StepState, text: str, by: str) -> str:
    old = idea_of(ctx, step)
    try:
        new = editing.idea_from_text(text, old)
    except editing.EditError as error:
        raise Refused(str(error)) from None
    if new == old:
        return "Nothing was changed."
    card = cards.write(ctx.paths.cards, idea_card(ctx, step.paper or 0, new))
    summary = step.summary | {"slug": new.slug}
    ctx.emit(ev.StepRevised(step=step.id, card=card, by=by, title=new.title, summary=summary))
    return f"Step {step.id} holds your text now; accept it with `mlrc accept {step.id}`."


def _revise_diff(ctx: Context, step: StepState, text: str, by: str) -> str:
    old = cards.read(ctx.paths.cards, step.card)
    terms = ctx.terms(old["contract"])
    assert terms is not None
    if text == old["patch"]:
        return "Nothing was changed."
    try:
        tree = ctx.store.apply(terms.tree, text)
    except SandboxError as error:
        raise Refused(str(error)) from None
    if tree == terms.tree:
        raise Refused("The edited diff changes nothing. Reject the step instead.")
    changed = [c.path for c in ctx.store.changes(terms.tree, tree)]
    failed = [
        f"{name}: {value}" for name, value in check_tree(ctx, terms.contract, changed, tree).items() if value != "ok"
    ]
    if failed:
        raise Refused(f"The edited diff was not taken. {'; '.join(failed)}")
    experiment = ctx.state.experiments[step.experiment or 0]
    card = _store_diff(
        ctx, terms, experiment, step.id, step.title, old["why"], (*old["notes"], f"edited by {by}"), tree
    )
    experiments_export(ctx, terms, tree)
    ctx.emit(ev.StepRevised(step=step.id, card=card, by=by, title=step.title, summary=_diff_summary(ctx, card)))
    return f"Step {step.id} holds your diff now; accept it with `mlrc accept {step.id}`."


def paper_of(ctx: Context, number: int) -> Paper:
    """The paper as it was read, with the human's corrections."""
    from agents.paper import paper_from_json

    return paper_from_json(json.loads((ctx.paths.state / ctx.state.papers[number].file).read_text()))
