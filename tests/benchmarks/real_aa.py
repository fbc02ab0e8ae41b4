"""Real A/A experiments: the digits template against itself with a perturbed random stream, through the whole product.

Every candidate is the baseline with one more draw of random numbers in the constructors of `model.py`, so that nothing
differs but luck. Workspace, contract, hidden labels, evaluator, screening and verdict are the product's; the engine is
the product's with a scripted researcher, the backend is `local` for speed. A contract declares five claims, so each
workspace takes five experiments. Run `python tests/benchmarks/real_aa.py [--experiments N]`; exits with 1 when more are
confirmed than luck explains (probability under 1 in 1000), or when an experiment has no verdict.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rig.figures import Bar, heading, judge, median, row
from rig.scripted import Replacement, Scripted
from rig.workspaces import from_template, scratch, scripted_engine, settled

from app.engine import commands as cmd
from app.engine.client import Client

TEMPLATE = "activation_digits"
CLAIMS = 5
ALPHA = 0.05 / CLAIMS
RARE = 0.001
CONSTRUCTOR = "        super().__init__()\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the product says about one experiment."""

    draws: int
    """Random numbers drawn more in each constructor."""
    verdict: dict[str, Any]


def perturbed(draws: int) -> Replacement:
    """The change of one experiment."""
    return Replacement("model.py", CONSTRUCTOR, f"{CONSTRUCTOR}        torch.rand({draws})\n")


def family(folder: Path, draws: Sequence[int]) -> list[Outcome]:
    """The verdicts of one workspace, decided by its own policy from the paper to the last verdict."""
    researcher = Scripted([perturbed(number) for number in draws])
    with (
        from_template(folder, TEMPLATE, "local") as paths,
        scripted_engine(paths, researcher),
        Client(paths) as client,
    ):
        answer = client.ask(cmd.ReadPaper(path=str(folder / "paper.md"), wanted=len(draws)))
        assert answer.status == "done", answer.text
        client.ask(cmd.TurnDial(dial="auto", ideas=len(draws)))
        settled(client, patience=120.0 + 60.0 * len(draws))
        state = client.state()
        found = [e for e in state.experiments.values() if e.idea is not None]
        if len(found) != len(draws) or any(e.verdict is None for e in found):
            why = "; ".join(f"experiment {e.id}: {e.phase} {e.why}" for e in state.experiments.values())
            raise RuntimeError(f"Not every experiment has a verdict: {why}")
        # Ideas are ranked as scripted, so experiments come in the order of the draws.
        return [
            Outcome(draws=number, verdict=experiment.verdict or {})
            for number, experiment in zip(draws, found, strict=True)
        ]


def show(outcome: Outcome) -> None:
    """One line."""
    verdict = outcome.verdict
    figures = "stopped after screening"
    if verdict["pairs"]:
        low, high = (f"{value:+.4f}" if value is not None else "none" for value in (verdict["low"], verdict["high"]))
        figures = f"{verdict['effect']:+.4f} [{low}, {high}] noise {verdict['noise_floor']:.4f}"
    row(f"torch.rand({outcome.draws})", f"{figures:<52}{verdict['word']}")


def luck_allows(experiments: int) -> int:
    """The most confirmations of that many true nulls that are not rarer than `RARE`."""
    tail, allowed = 1.0, -1
    while tail >= RARE:
        allowed += 1
        tail -= math.comb(experiments, allowed) * ALPHA**allowed * (1 - ALPHA) ** (experiments - allowed)
    return allowed


def main() -> int:
    """Print every verdict and the number confirmed; 1 where luck does not explain it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--experiments", type=int, default=20)
    wanted = parser.parse_args().experiments
    heading(f"real A/A on {TEMPLATE}", "effect [98 % interval] noise floor, in test log loss; positive is better")
    started = time.monotonic()
    outcomes: list[Outcome] = []
    with scratch() as place:
        for first in range(1, wanted + 1, CLAIMS):
            outcomes += family(place / f"ws-{first}", range(first, min(first + CLAIMS, wanted + 1)))
            for outcome in outcomes[first - 1 :]:
                show(outcome)
    judged = [outcome.verdict for outcome in outcomes if outcome.verdict["pairs"]]
    words = [verdict["word"] for verdict in judged]
    row("judged, stopped after screening", f"{len(judged)}, {len(outcomes) - len(judged)}")
    row(
        "confirmed, refuted, inconclusive",
        ", ".join(str(words.count(w)) for w in ("confirmed", "refuted", "inconclusive")),
    )
    if judged:
        size = median([abs(verdict["effect"]) for verdict in judged])
        noise = median([verdict["noise_floor"] for verdict in judged])
        row("median size of an effect, as a ratio to the noise floor", f"{size:.4f}, {size / noise:.2f}")
    row("time", f"{time.monotonic() - started:.0f} s")
    allowed = luck_allows(len(judged))
    return judge([Bar(name="confirmed where nothing differs", reached=words.count("confirmed"), limit=allowed)])


if __name__ == "__main__":
    sys.exit(main())
