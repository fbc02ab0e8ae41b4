"""The contract step: the terms as they stand in the working folder, put before the human as one card."""

from __future__ import annotations

import dataclasses
import hashlib
from pathlib import Path

from agents import contract as contracts
from agents.contract import Contract
from app.engine import cards
from app.engine import events as ev
from app.engine.cards import Card
from app.engine.context import Context, Refused
from app.engine.state import StepState
from app.engine.terms import planned
from sandbox import environment, registry
from sandbox.base import SandboxError


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
