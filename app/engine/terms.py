"""The confirmed terms of a workspace, and the runs that follow from them.

Terms are read back from the contract card that a human confirmed, never from the working folder. Every list of runs
on a card and every `RunSpec` handed to a keeper is made here, from the same functions, so that what is shown is what
starts.
"""

from __future__ import annotations

import dataclasses
import hashlib
import hmac
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents import contract as contracts
from agents.contract import Contract
from agents.scores import reported_files
from app.engine.cards import Card
from app.engine.events import Purpose
from sandbox.base import Environment, Input, RunSpec

SPLIT_OF: dict[str, str] = {"screening": "valid", "confirmation": "test"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a yes to the contract card fixed."""

    card: str
    """Hash of the contract card."""
    step: int
    contract: Contract
    base: str
    """Commit that every experiment starts from."""
    tree: str
    """Its tree."""
    backend: str
    isolation: str
    environment: Environment
    secret: bytes
    workspace: str
    workdir: Path

    @classmethod
    def of(cls, card: Card, name: str, step: int, secret: bytes, workspace: str, workdir: Path) -> Terms:
        """Read them from a contract card."""
        facts = dict(card["environment"])
        facts["masked"], facts["blind_spots"] = tuple(facts["masked"]), tuple(facts["blind_spots"])
        return cls(
            card=name,
            step=step,
            contract=contracts.parse(card["text"].encode()),
            base=card["base"],
            tree=card["tree"],
            backend=card["backend"],
            isolation=card["isolation"],
            environment=Environment(**facts),
            secret=secret,
            workspace=workspace,
            workdir=workdir,
        )

    def seeds(self, purpose: str) -> tuple[int, ...]:
        """The trials of a purpose: drawn from the workspace's secret, the same for baseline and candidates, so that
        they pair."""
        objective = self.contract.objective
        count = objective.screening_trials if purpose == "screening" else objective.confirmation_trials
        drawn: list[int] = []
        number = 0
        while len(drawn) < count:
            word = hmac.new(self.secret, f"{self.card}:{purpose}:{number}".encode(), hashlib.sha256).digest()
            seed = int.from_bytes(word[:4], "big") >> 1
            if seed not in drawn:
                drawn.append(seed)
            number += 1
        return tuple(drawn)

    def split_secret(self) -> str:
        """What the hidden split is drawn with; known to `prepare` alone."""
        return str(
            int.from_bytes(hmac.new(self.secret, f"{self.card}:split".encode(), hashlib.sha256).digest()[:6], "big")
        )

    def needs_preparation(self) -> bool:
        """Whether data must be prepared before the first run."""
        return self.contract.commands.prepare is not None

    def evaluates(self) -> bool:
        """Whether the metric comes from an evaluator of its own, not from the code under test."""
        return self.contract.commands.evaluate is not None


def planned(contract: Contract, *, backend: str, isolation: str, environment: str, baseline: bool) -> list[Card]:
    """The runs a yes starts, as shown under *Will run*."""
    objective, commands = contract.objective, contract.commands
    shared: Card = {
        "backend": backend,
        "isolation": isolation,
        "environment": environment,
        "limits": dataclasses.asdict(contract.limits.limits()),
        "network": backend == "local",
    }
    rows: list[Card] = []
    if baseline and commands.prepare is not None:
        rows.append({"purpose": "prepare", "command": list(commands.prepare), "trials": 1, **shared})
    for purpose, trials in (("screening", objective.screening_trials), ("confirmation", objective.confirmation_trials)):
        rows.append(
            {"purpose": purpose, "command": list(commands.run), "trials": trials, "split": SPLIT_OF[purpose], **shared}
        )
        if commands.evaluate is not None:
            rows.append(
                {
                    "purpose": "evaluation",
                    "command": list(commands.evaluate),
                    "trials": trials,
                    "split": SPLIT_OF[purpose],
                    **shared,
                }
            )
    return rows


def run_spec(
    terms: Terms,
    *,
    run: int,
    purpose: Purpose,
    split: str,
    tree: str,
    source: Path,
    inputs: tuple[Input, ...],
    seeds: tuple[int, ...],
) -> RunSpec:
    """The record of one run; the only place where a contract's command becomes something that starts."""
    contract = terms.contract
    argv = {
        "prepare": contract.commands.prepare,
        "screening": contract.commands.run,
        "confirmation": contract.commands.run,
        "evaluation": contract.commands.evaluate,
    }[purpose]
    assert argv is not None, "a run was planned for a command that the contract does not have"
    agent_code = purpose in ("screening", "confirmation")
    return RunSpec(
        run=str(run),
        workspace=terms.workspace,
        backend=terms.backend,
        commands=expand(
            argv, seeds=seeds, split=split, secret=terms.split_secret() if purpose == "prepare" else "", terms=terms
        ),
        environment=terms.environment,
        limits=contract.limits.limits(),
        tree=tree,
        source=str(source),
        workdir=str(terms.workdir),
        inputs=inputs + data_inputs(contract),
        seeds=seeds,
        collect=_collected(contract, purpose, seeds),
        collect_bytes=(contract.predictions.max_mb if contract.predictions and agent_code else 1024) << 20,
        network=False,
    )


def expand(
    argv: tuple[str, ...], *, seeds: tuple[int, ...], split: str, secret: str, terms: Terms
) -> tuple[tuple[str, ...], ...]:
    """Fill in the tokens that the engine knows; those of places (`{out}`, `{data}` …) are the backend's."""
    values = {"seeds": ",".join(map(str, seeds)), "split": split, "secret": secret}
    if terms.contract.time_budget is not None:
        values["time_budget"] = f"{terms.contract.time_budget:g}"
    once_per_seed = any("{seed}" in word for word in argv)
    rounds: list[dict[str, Any]] = [{**values, "seed": str(seed)} for seed in seeds] if once_per_seed else [values]
    return tuple(tuple(_fill(word, table) for word in argv) for table in rounds)


def _fill(word: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        word = word.replace("{" + name + "}", value)
    return word


def data_inputs(contract: Contract) -> tuple[Input, ...]:
    """The contract's data outside the tree as {data0}, {data1} …"""
    return tuple(Input(name=f"data{number}", source=path) for number, path in enumerate(contract.data.paths))


def _collected(contract: Contract, purpose: Purpose, seeds: tuple[int, ...]) -> tuple[str, ...]:
    if purpose == "prepare":
        return ("public/**", "hidden/**")
    if purpose == "evaluation":
        return ("scores.json",)
    if contract.predictions is not None:
        return tuple(glob.replace("{seed}", "*") for glob in contract.predictions.files)
    return reported_files(contract.self_reported, seeds) if contract.self_reported is not None else ()
