"""One real run that trains: it prints, counts steps at a fixed rate, and never makes up for one that was held up."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.scripted import Replacement, Scripted
from rig.workspaces import accept, of_files, proposed, scripted_engine, wait_until

from app import config
from app.engine import commands as cmd
from app.engine.client import Client
from app.paths import Paths

STEPS = 50
"""A second."""
LINES = 20
"""Of output with each step."""
PROGRAM = f"""exec {sys.executable} - <<'END'
import json, os, sys, time
due = time.monotonic()
with open(os.environ["MLRC_OUT"] + "/metrics.jsonl", "a", buffering=1) as metrics:
    for step in range(10**6):
        loss = 2 / (1 + step / 900)
        for line in range({LINES}):
            print(f"step {{step:>8}}  loss {{loss:.5f}}  accuracy {{line / {LINES}:.4f}}  {{'x' * 40}}")
        sys.stdout.flush()
        print(json.dumps({{"trial": 1, "step": step, "of": 10**6, "loss": loss}}), file=metrics)
        due = max(due + 1 / {STEPS}, time.monotonic())
        time.sleep(due - time.monotonic() if due > time.monotonic() else 0)
END"""


@contextmanager
def training(place: Path) -> Iterator[tuple[Paths, int]]:
    """A workspace whose engine has a run under way, and the number of that run."""
    researcher = Scripted([Replacement("trial.sh", "# change: none", PROGRAM)])
    with of_files(place / "ws", 4, "local") as paths:
        config.keep(paths, parallel="1")
        with scripted_engine(paths, researcher), Client(paths) as client:
            _say_yes(client, "contract")
            wait_until(lambda: not client.state().running() and not client.state().queued(), "the baseline", every=0.05)
            answer = client.ask(cmd.ReadPaper(path=str(paths.workspace / "paper.md"), wanted=1))
            assert answer.status == "done", answer.text
            for kind in ("idea", "diff"):
                _say_yes(client, kind)
            wait_until(lambda: any(steps(paths, run.id) for run in client.state().running()), "the run to train")
            yield paths, client.state().running()[0].id


def _say_yes(client: Client, kind: str) -> None:
    wait_until(lambda: bool(proposed(client.state(), kind)), f"a step of kind {kind}")  # type: ignore[arg-type]
    accept(client, proposed(client.state(), kind)[0])  # type: ignore[arg-type]


def steps(paths: Paths, run: int) -> int:
    """Steps that a run has written down."""
    try:
        return (paths.run(run) / "out" / "metrics.jsonl").read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


class Pace:
    """How fast a run counts its steps from now on."""

    def __init__(self, paths: Paths, run: int) -> None:
        self._paths, self._run = paths, run
        self._begun = self._mark()

    def rate(self) -> float:
        """Steps a second since the beginning."""
        (before, began), (after, ended) = self._begun, self._mark()
        return (after - before) / (ended - began)

    def _mark(self) -> tuple[int, float]:
        """The count just after a step, so that no part of one is counted."""
        count = steps(self._paths, self._run)
        wait_until(lambda: steps(self._paths, self._run) > count, "a step", every=0.001)
        return steps(self._paths, self._run), time.monotonic()
