"""The diff step: a change as a commit in the engine's own repository, as a card, and as a human edits it."""

from __future__ import annotations

from pathlib import Path

from agents import edits
from agents.contract import Contract
from agents.research import Change, Idea
from agents.researcher import NothingToPropose
from app.engine import agreement, cards, lessons
from app.engine import events as ev
from app.engine.cards import Card
from app.engine.context import Context, Refused
from app.engine.state import ExperimentState, StepState
from app.engine.terms import Terms, planned
from sandbox import environment, registry, runs
from sandbox.base import SandboxError
from sandbox.trees import branch_name

LARGEST_FILE = 200_000
"""Characters of a file that a blank diff carries."""


def propose(ctx: Context, terms: Terms, experiment: ExperimentState, idea: Idea, change: Change) -> str:
    """Commit the change as a proposal in the engine's own repository and put it before the human."""
    files = ctx.store.texts(terms.tree)
    failures = edits.check(change, terms.contract, files)
    if failures:
        raise NothingToPropose(
            f"The change for “{idea.title}” was not usable: {' '.join(f.sentence for f in failures)}"
        )
    content = {edit.path: edit.content.encode() if edit.content is not None else None for edit in change.edits}
    tree = ctx.store.edit(terms.tree, content)
    # The tree holds exactly what was just checked, so its card need not parse it again.
    ctx.parsed |= {(tree, edit.path): None for edit in change.edits if edit.content is not None}
    if any(_tree_of_step(ctx, s) == tree for s in _rejected_diffs(ctx, experiment.id)):
        raise NothingToPropose(
            f"The agent has no other change for “{idea.title}” than the one you rejected. Write it yourself with "
            f"`mlrc edit {experiment.diff}`, or accept another idea."
        )
    number = ctx.next_step()
    notes = (*change.notes, *lessons.repeated(ctx, ctx.store.diff(terms.tree, tree)))
    card = _store_diff(ctx, terms, experiment, number, idea.title, change.why, notes, tree)
    _lay_out(ctx, terms, tree)
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


def propose_blank(ctx: Context, terms: Terms, experiment: ExperimentState, idea: Idea, reason: str) -> str:
    """Put a diff without a change before the human, who writes it: the agent cannot write this idea.

    It holds the editable files, so that a client needs no git to open one of them in an editor; a yes is refused until
    something is changed.
    """
    number = ctx.next_step()
    card = _store_diff(ctx, terms, experiment, number, idea.title, idea.hypothesis, (reason,), terms.tree)
    ctx.emit(
        ev.StepProposed(
            step=number,
            kind="diff",
            title=idea.title,
            card=card,
            idea=experiment.idea,
            experiment=experiment.id,
            summary=_diff_summary(ctx, card) | {"size": "nothing yet", "blank": "yes"},
        )
    )
    return f"Step {number} waits for the change you write: press e on it, or use `mlrc edit {number}`."


def _lay_out(ctx: Context, terms: Terms, tree: str) -> None:
    """Write the tree out and copy it for its first run now, so that a yes waits for neither."""
    from app.engine.experiments import exported

    folder = exported(ctx, terms, tree, agent_code=True)
    if terms.backend != registry.UNPROTECTED:
        # What goes wrong here goes wrong again, and is said, when the run makes its own copy.
        ctx.threads.submit(runs.lay_ready, folder, terms.workspace)


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
    return cards.write(ctx.paths.cards, card_of(ctx, terms, experiment.id, title, why, notes, commit))


def card_of(
    ctx: Context, terms: Terms, experiment: int, title: str, why: str, notes: tuple[str, ...], commit: str
) -> Card:
    """The whole of a diff proposal, every fact taken from git, the terms and the machine as they are now."""
    # The environment is stamped while git works.
    stamp = ctx.aside.submit(environment.describe, Path(terms.environment.python))
    tree = ctx.store.tree(commit)
    changes = ctx.store.changes(terms.tree, tree)
    patch = ctx.store.diff(terms.tree, tree)
    described = stamp.result()
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
        "patch": patch,
        "checks": check_tree(ctx, terms.contract, [c.path for c in changes], tree),
        "data": {source: agreement.hash_of(Path(source)) for source in terms.contract.data.paths},
        "environment": described.digest,
        "will_run": planned(
            terms.contract,
            backend=terms.backend,
            isolation=terms.isolation,
            environment=described.digest,
            baseline=False,
        ),
        "budget": terms.contract.budget.model_dump(),
        **({} if changes else {"files": _editable(ctx, terms)}),
    }


def _editable(ctx: Context, terms: Terms) -> dict[str, str]:
    """The files a human may change, with their text; large ones are edited as a diff."""
    found = {path: text for path, text in ctx.store.texts(terms.tree).items() if terms.contract.may_edit(path)}
    return {path: text for path, text in found.items() if len(text) <= LARGEST_FILE}


def check_tree(ctx: Context, contract: Contract, paths: list[str], tree: str) -> dict[str, str]:
    """The checks that run before a yes: applies, parses, protected files untouched. Values are `ok` or the failure."""
    protected = [path for path in paths if not contract.may_edit(path)]
    present = ctx.store.files(tree)
    broken = [f"{path}: {why}" for path in paths if path in present and (why := _syntax(ctx, tree, path))]
    checks = {
        "applies": "ok",
        "parses": "; ".join(broken) or "ok",
        "protected files untouched": "ok" if not protected else f"not editable: {', '.join(protected)}",
    }
    return checks if paths else checks | {"changes something": "nothing yet; edit it and write the change"}


def failures(card: Card) -> list[str]:
    """The checks of a diff's card that failed."""
    return [f"{name}: {value}" for name, value in card["checks"].items() if value != "ok"]


def narrowed(ctx: Context, step: StepState, card: str, by: str) -> ev.StepRevised:
    """The step holds what a human took of it: the first card says what was proposed, this one what is applied."""
    facts = cards.read(ctx.paths.cards, card)["choice"]
    taken = {"taken": f"{facts['taken']} of {facts['of_pieces']} hunks"}
    return ev.StepRevised(step=step.id, card=card, by=by, title=step.title, summary=_diff_summary(ctx, card) | taken)


def _syntax(ctx: Context, tree: str, path: str) -> str | None:
    """Why a file of a tree does not parse; a tree never changes, so the answer is kept from its proposal to its yes."""
    from agents import code_map

    if (tree, path) not in ctx.parsed:
        try:
            ctx.parsed[tree, path] = code_map.parses(path, ctx.store.read(tree, path, 4 << 20).decode())
        except UnicodeDecodeError:
            ctx.parsed[tree, path] = None
    return ctx.parsed[tree, path]


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


def revise(ctx: Context, step: StepState, text: str, by: str, path: str = "") -> str:
    """Replace a proposed diff by the one a human wrote, or, with `path`, by what makes that file this text.

    Raises:
        Refused: it does not apply, changes nothing or fails a check; the proposal is untouched.
    """
    old = cards.read(ctx.paths.cards, step.card)
    terms = ctx.terms(old["contract"])
    assert terms is not None
    if text == old["patch"]:
        return "Nothing was changed."
    try:
        tree = _with_file(ctx, terms, path, text) if path else ctx.store.apply(terms.tree, text)
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
    # What a blank diff notes is that the agent wrote nothing; that is over now.
    notes = (*([] if "files" in old else old["notes"]), f"edited by {by}")
    card = _store_diff(ctx, terms, experiment, step.id, step.title, old["why"], notes, tree)
    _lay_out(ctx, terms, tree)
    ctx.emit(ev.StepRevised(step=step.id, card=card, by=by, title=step.title, summary=_diff_summary(ctx, card)))
    return f"Step {step.id} holds your diff now; accept it with `mlrc accept {step.id}`."


def _with_file(ctx: Context, terms: Terms, path: str, text: str) -> str:
    if not terms.contract.may_edit(path):
        raise Refused(f"{path} is protected: copilot.toml allows {', '.join(terms.contract.editable)}.")
    return ctx.store.edit(terms.tree, {path: text.encode("utf-8", "surrogateescape")})
