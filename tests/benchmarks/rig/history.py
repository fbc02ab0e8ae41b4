"""A long history: the events and cards that a workspace of a few months has, in a real journal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.engine import cards
from app.engine import events as ev
from app.engine.journal import Journal
from app.engine.state import WorkspaceState
from app.engine.supervisor import SNAPSHOT_EVERY

NEWEST = "Gate 5000"
"""Title of the step of the last event; short enough to stand whole in a narrow column."""
SEEDS = tuple(range(901, 914))
PATCH = """diff --git a/model.py b/model.py
--- a/model.py
+++ b/model.py
@@ -18,7 +18,8 @@ class LinearBlock(nn.Module):
         self.linear = nn.Linear(inputs, outputs)
-        self.act = nn.ReLU()
+        # {title}
+        self.act = nn.SiLU()

     def forward(self, x: torch.Tensor) -> torch.Tensor:
"""


def lengthen(journal: Journal, folder: Path, count: int) -> None:
    """Bring a journal to `count` events, with cards in `folder`; the last event proposes the diff called `NEWEST`.

    As in an engine, a snapshot is kept about every hundred events; the newest one is about fifty events old.
    """
    state = journal.state()
    paper = max(state.papers, default=1)
    left = count - state.seq - 4
    number = 0
    while left >= len(batch := list(experiment(state, folder, number, paper))):
        append(journal, state, batch)
        left -= len(batch)
        number += 1
    for filler in range(left):
        append(journal, state, [ev.NoticeGiven(about="paper 1", text=f"A sentence of section {filler} was unclear.")])
    append(journal, state, newest(state, folder, number, paper))


def append(journal: Journal, state: WorkspaceState, batch: list[ev.Event]) -> None:
    """Write events and keep the state and its snapshot up to date."""
    from app.engine.fold import fold

    journal.append(*batch)
    before = state.seq
    fold(journal.since(before), state)
    middle = SNAPSHOT_EVERY // 2
    if (before + middle) // SNAPSHOT_EVERY != (state.seq + middle) // SNAPSHOT_EVERY:
        journal.save_snapshot(state)


def newest(state: WorkspaceState, folder: Path, number: int, paper: int) -> list[ev.Event]:
    """An accepted idea and its diff, which waits for a person."""
    return list(experiment(state, folder, number, paper, title=NEWEST))[:4]


def experiment(state: WorkspaceState, folder: Path, number: int, paper: int, title: str = "") -> Iterator[ev.Event]:
    """Everything that happens around one idea, from its proposal to the yes to its verdict."""
    step = max(state.steps, default=0) + 1
    identity = max(state.experiments, default=0) + 1
    title = title or f"Gated cubic activation {number}"
    idea = cards.write(folder, idea_card(number, paper, title))
    diff = cards.write(folder, diff_card(identity, title, state.contract))
    summary = {"rank": "1", "component": f"activation:{number}", "slug": f"gate-{number}", "support": "0.42"}
    yield ev.StepProposed(step=step, kind="idea", title=title, card=idea, paper=paper, summary=summary)
    yield ev.StepDecided(step=step, decision="accepted", by="somebody", card=idea)
    yield ev.ExperimentOpened(
        experiment=identity, title=title, slug=f"gate-{number}", base="b" * 40, idea=step, contract=state.contract
    )
    size = {"size": "1 file +2 −1", "branch": f"copilot/{identity}-gate-{number}", "tree": "a" * 7}
    yield ev.StepProposed(
        step=step + 1, kind="diff", title=title, card=diff, idea=step, experiment=identity, summary=size
    )
    yield ev.StepDecided(step=step + 1, decision="accepted", by="somebody", card=diff)
    yield ev.StepApplied(step=step + 1, commit="c" * 40, branch=size["branch"])
    yield from _runs(state, identity, step + 1)
    verdict: dict[str, object] = {
        **{"word": "inconclusive", "why": "13 pairs cannot tell whether it is better.", "effect": 0.01},
        **{"low": -0.02, "high": 0.06, "level": 0.98, "pairs": 13, "noise_floor": 0.03, "smallest_effect": 0.05},
    }
    text = cards.write(
        folder, {"kind": "verdict", "experiment": identity, "verdict": verdict, "text": str(verdict["why"])}
    )
    yield ev.VerdictReached(experiment=identity, verdict=verdict)
    yield ev.StepProposed(
        step=step + 2, kind="verdict", title=f"{title}: inconclusive", card=text, idea=step, experiment=identity
    )
    yield ev.StepDecided(step=step + 2, decision="accepted", by="somebody", card=text)


def _runs(state: WorkspaceState, identity: int, step: int) -> Iterator[ev.Event]:
    run = max(state.runs, default=0)
    for purpose, split in (("screening", "valid"), ("confirmation", "test")):
        seeds = SEEDS[:3] if purpose == "screening" else SEEDS
        run += 1
        train = run
        yield ev.RunQueued(
            run=run,
            experiment=identity,
            purpose=purpose,  # type: ignore[arg-type]
            split=split,
            seeds=seeds,
            backend="local",
            step=step,
        )
        yield ev.RunStarted(run=run)
        yield ev.RunEnded(run=run, reason="finished", detail="", code=0, seconds=4.2, facts={"python": "3.11.7"})
        run += 1
        yield ev.RunQueued(
            run=run,
            experiment=identity,
            purpose="evaluation",
            split=split,
            seeds=seeds,
            backend="local",
            step=step,
            evaluates=train,
        )
        yield ev.RunStarted(run=run)
        yield ev.RunEnded(run=run, reason="finished", detail="", code=0, seconds=0.1, facts={"python": "3.11.7"})
        yield ev.RunScored(run=train, scores={str(seed): 0.4 + seed / 9000 for seed in seeds})


def idea_card(number: int, paper: int, title: str) -> dict[str, Any]:
    """As the engine writes it."""
    passage = {"section": "1", "paragraph": 2, "text": "Gated activations remain unexplored in small networks."}
    return {
        "kind": "idea",
        "paper": paper,
        "agent": "offline agent (no LLM)",
        "idea": {
            "title": title,
            "slug": f"gate-{number}",
            "component": f"activation:{number}",
            "passage": passage,
            "hypothesis": "A gated activation lowers the test log loss by at least 0.05.",
            "rationale": "The paper names it as an open question.",
            "expected": "Lower test log loss.",
            "plan": ["Replace nn.ReLU.", "Train the confirmation seeds."],
            "kill_test": "Three screening seeds.",
            "score": 0.42,
            "evidence": ["gate", "activation"],
            "reviews": "not reviewed (no LLM)",
            "target": "model.py:18 nn.ReLU",
        },
    }


def diff_card(identity: int, title: str, contract: str) -> dict[str, Any]:
    """As the engine writes it."""
    limits = {"wall_seconds": 120.0, "memory_bytes": 2 << 30, "cpus": 2.0, "processes": 64}
    shared = {"backend": "local", "isolation": "none", "environment": "e" * 64, "limits": limits, "network": True}
    return {
        "kind": "diff",
        "experiment": identity,
        "branch": f"copilot/{identity}-gate",
        "title": title,
        "why": "It replaces the activation as the idea says.",
        "notes": [],
        "contract": contract,
        "base": "b" * 40,
        "tree": "a" * 40,
        "commit": "c" * 40,
        "patch": PATCH.format(title=title),
        "checks": {"applies": "ok", "parses": "ok", "protected files untouched": "ok"},
        "data": {},
        "environment": "e" * 64,
        "will_run": [
            {"purpose": purpose, "command": ["{python}", "train.py"], "trials": trials, "split": split, **shared}
            for purpose, trials, split in (("screening", 3, "valid"), ("confirmation", 13, "test"))
        ],
        "budget": {"minutes": 60.0, "runs": 200},
    }
