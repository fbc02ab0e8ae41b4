"""Workspaces to measure on: made as a person makes them, with an engine that ends with the benchmark."""

from __future__ import annotations

import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rig.scripted import Scripted, Trace, serve

from app.cli.setup import make, make_workspace
from app.engine import commands as cmd
from app.engine import process
from app.engine.client import Client
from app.engine.events import StepKind
from app.engine.state import OPEN_PHASES, StepState, WorkspaceState
from app.paths import Paths
from sandbox import repository, runs

RUN = """# One trial: prints the metric at once.
# change: none
echo "loss: 0.5$1"
"""
CONTRACT = """name = "bench"
editable = ["trial.sh"]

[objective]
metric = "loss"
direction = "minimize"
smallest_effect = 0.05
screening_trials = 3
confirmation_trials = 3
claims = 1000

[commands]
run = ["/bin/sh", "trial.sh", "{seed}"]

[self_reported]
line = "loss"

[limits]
wall_seconds = 3600
memory_mb = 512
processes = 64

[budget]
minutes = 60000
runs = 100000
"""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, also where exported trees in it are read-only."""
    folder = Path(tempfile.mkdtemp(prefix="mlrc-bench-")).resolve()
    # The user of an isolated run looks up the workspace below it.
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def from_template(folder: Path, template: str, sandbox: str) -> Iterator[Paths]:
    """A workspace from a shipped template; its engine is stopped, and every engine started later is in the end."""
    make(folder, template, sandbox)
    with _ended(Paths(folder)) as paths:
        stop_engine(paths)
        yield paths


@contextmanager
def of_files(folder: Path, files: int, sandbox: str) -> Iterator[Paths]:
    """A workspace with `files` tracked files, whose run prints its metric at once; the contract waits for a yes."""
    package = folder / "package"
    package.mkdir(parents=True)
    (folder / "copilot.toml").write_text(CONTRACT)
    (folder / "trial.sh").write_text(RUN)
    (folder / "paper.md").write_text(PAPER)
    for number in range(files - 3):
        body = "".join(f"    total += {line} * x\n" for line in range(30))
        (package / f"part_{number:03}.py").write_text(f"def f(x):\n    total = {number}\n{body}    return total\n")
    repository.initialise(folder, "Start")
    make_workspace(folder, sandbox=sandbox)
    with _ended(Paths(folder)) as paths:
        stop_engine(paths)
        yield paths


PAPER = """# A paper

## Abstract

We study a small script and ask whether it prints a lower loss.

## 1 Introduction

A gap remains: nobody has compared these comments.
"""


@contextmanager
def _ended(paths: Paths) -> Iterator[Paths]:
    try:
        yield paths
    finally:
        for folder in paths.runs.iterdir():
            if runs.state(folder) in ("starting", "running"):
                runs.request_stop(folder, "the end of a benchmark")
        stop_engine(paths)


def stop_engine(paths: Paths) -> None:
    """End the engine of a workspace, if there is one."""
    who = process.running(paths)
    if who is not None:
        process.terminate(paths, who)


@contextmanager
def scripted_engine(paths: Paths, researcher: Scripted) -> Iterator[Callable[[], Trace]]:
    """An engine process whose researcher answers at once; gives a function that ends it and returns what it timed."""
    notes = paths.workspace.parent / f"{paths.workspace.name}.trace"
    spawned = multiprocessing.get_context("spawn").Process(target=serve, args=(paths, researcher, notes))
    spawned.start()

    def up() -> bool:
        if spawned.exitcode is not None:
            raise RuntimeError("The engine of the benchmark ended on an error; it is printed above.")
        return not (process.running(paths) or {"starting": True}).get("starting")

    wait_until(up, "the engine to start")

    def end() -> Trace:
        stop_engine(paths)
        spawned.join()
        return Trace.read(notes)

    try:
        yield end
    finally:
        stop_engine(paths)
        spawned.join()


def accept(client: Client, step: StepState) -> None:
    """Say yes to a step as it is now."""
    answer = client.ask(cmd.Decide(step=step.id, decision="accepted", card=step.card))
    assert answer.status == "done", answer.text


def proposed(state: WorkspaceState, kind: StepKind) -> list[StepState]:
    """Steps of a kind that wait for a decision, oldest first."""
    return [step for step in state.waiting() if step.kind == kind and step.phase == "proposed"]


def settled(client: Client, patience: float = 120.0) -> WorkspaceState:
    """The state once nothing goes on by itself any more."""

    def quiet() -> bool:
        if process.running(client.paths) is None:
            raise RuntimeError("The engine of the benchmark ended on an error; it is printed above.")
        state = client.state()
        busy = any(e.phase in OPEN_PHASES and e.phase != "review" for e in state.experiments.values())
        return not (busy or state.running() or state.queued())

    wait_until(quiet, "the runs to end", patience, 0.05)
    return client.state()


def wait_until(condition: Callable[[], bool], what: str, patience: float = 60.0, every: float = 0.01) -> None:
    """Poll for a condition.

    Raises:
        TimeoutError: it did not come about.
    """
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {patience:.0f} s for {what}")
        time.sleep(every)
