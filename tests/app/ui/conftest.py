"""A workspace in the middle of a study, made by appending events to a real journal and writing real cards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.engine import cards
from app.engine import events as ev
from app.engine.journal import Journal
from app.paths import Paths
from app.ui.app import CopilotApp

PATCH = "".join(
    f"{row}\n"
    for row in (
        "diff --git a/model.py b/model.py",
        "index 1111111..2222222 100644",
        "--- a/model.py",
        "+++ b/model.py",
        "@@ -1,4 +1,6 @@",
        " from torch import nn",
        " ",
        "+class Leaky(nn.Module):",
        "+    slope = 0.1",
        " ",
        " ACT = 1",
        "@@ -20,3 +22,3 @@ class Block(nn.Module):",
        "     def __init__(self) -> None:",
        "-        self.act = nn.ReLU()",
        "+        self.act = Leaky()",
        "         self.done = True",
    )
)
PAPER = {
    "title": "On small activations",
    "abstract": "We study activations under one pass.",
    "sections": [
        {
            "number": "1",
            "title": "Introduction",
            "level": 1,
            "paragraphs": ["ReLU is common.", "Its gradient vanishes."],
        },
        {"number": "2", "title": "Questions", "level": 1, "paragraphs": ["Nobody compared slopes in one pass."]},
    ],
    "tasks": [{"text": "classify digits", "passage": {"section": "1", "paragraph": 1, "text": "ReLU is common."}}],
    "gaps": [
        {
            "text": "slopes not compared",
            "passage": {"section": "2", "paragraph": 1, "text": "Nobody compared slopes in one pass."},
        }
    ],
    "keywords": [],
    "references": ["[1] A. Author. A paper."],
}
WILL_RUN = [
    {
        "purpose": "screening",
        "command": ["{python}", "train.py", "--seeds", "{seeds}"],
        "trials": 3,
        "backend": "docker",
        "isolation": "container",
        "environment": "e" * 64,
        "limits": {"wall_seconds": 60.0, "memory_bytes": 1 << 30},
        "network": False,
    }
]


class Study:
    """A workspace that tests put events into."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder)
        self.paths.make()
        self.journal = Journal.create(self.paths.journal)
        self.add(ev.WorkspaceOpened(workspace="w", name="study", path=str(folder), template="activation_digits"))

    def add(self, *events: Any) -> None:
        """Append events."""
        self.journal.append(*events)

    def paper(self, **changes: Any) -> None:
        """Paper 1."""
        record = {**PAPER, **changes}
        (self.paths.papers / "1.json").write_text(json.dumps(record))
        self.add(ev.PaperRead(paper=1, title=record["title"], source="p.md", file="papers/1.json", sha256="0" * 64))

    def idea_card(self, title: str) -> str:
        """The card of an idea."""
        idea = {
            "title": title,
            "slug": "idea",
            "component": "",
            "passage": {"section": "2", "paragraph": 1, "text": "Nobody compared slopes in one pass."},
            "hypothesis": f"{title} lowers the loss",
            "rationale": "the gradient stays",
            "expected": "0.05",
            "plan": ["change it", "run it"],
            "kill_test": "three trials",
            "score": 0.5,
            "evidence": ["slope"],
            "reviews": "not reviewed (no LLM)",
            "target": "model.py:20",
        }
        return cards.write(self.paths.cards, {"kind": "idea", "paper": 1, "agent": "offline", "idea": idea})

    def idea(self, step: int, title: str) -> str:
        """Propose an idea; returns its card's hash."""
        card = self.idea_card(title)
        summary = {"support": "0.50", "where": "§2 ¶1"}
        self.add(ev.StepProposed(step=step, kind="idea", title=title, card=card, paper=1, summary=summary))
        return card

    def diff_card(self, patch: str = PATCH, **changes: Any) -> str:
        """The card of a diff."""
        card = {
            "kind": "diff",
            "experiment": 2,
            "branch": "copilot/2-leaky",
            "title": "leaky slope",
            "why": "keeps a gradient",
            "notes": [],
            "contract": "c",
            "base": "b" * 40,
            "tree": "7" * 40,
            "commit": "d" * 40,
            "patch": patch,
            "checks": {"applies": "ok", "parses": "ok"},
            "data": {},
            "environment": "e" * 64,
            "will_run": WILL_RUN,
            "budget": {},
        }
        return cards.write(self.paths.cards, {**card, **changes})

    def diff(self, step: int, card: str) -> None:
        """Open experiment 2 and propose its diff."""
        self.add(
            ev.ExperimentOpened(experiment=2, title="leaky slope", slug="leaky", base="b" * 40, idea=2, contract="c"),
            ev.StepProposed(step=step, kind="diff", title="leaky slope", card=card, idea=2, experiment=2),
        )

    def baseline_run(self, log: bytes) -> None:
        """Experiment 1 with a running run 1 that has written a log and metrics."""
        folder = self.paths.run(1)
        (folder / "out").mkdir(parents=True)
        (folder / "stdout.log").write_bytes(log)
        rows = [{"trial": 7, "step": step, "of": 40, "loss": 2.0 / step} for step in range(1, 21)]
        (folder / "out" / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        self.add(
            ev.ExperimentOpened(experiment=1, title="baseline", slug="baseline", base="b" * 40, contract="c"),
            ev.RunQueued(
                run=1, experiment=1, purpose="screening", split="valid", seeds=(7, 8, 9), backend="docker", step=1
            ),
            ev.RunStarted(run=1),
        )


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """A paper, two open ideas, an open diff and a running baseline."""
    made = Study(tmp_path / "study")
    made.paper()
    made.idea(2, "leaky slope")
    made.idea(3, "learned slope")
    made.baseline_run(b"step 1 loss 2.0\nstep 2 loss 1.0\n")
    made.diff(4, made.diff_card())
    yield made
    made.journal.close()


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """Seconds as the app sees them."""
    return Clock()


@pytest.fixture
def app(study: Study, clock: Clock) -> Iterator[CopilotApp]:
    """The screen of the study, without an engine: commands stay in the journal's queue."""
    journal = Journal.open(study.paths.journal)
    yield CopilotApp(study.paths, journal, ensure=lambda paths: None, clock=clock)
    journal.close()
