"""What we add to a step of an agent that costs nothing, from the yes to an idea until its diff lies before the human.

A real engine process works on a real journal and a real git store; a clock stands before both. A step begins when the
engine has the command in hand; the client's part before that is shown apart. Run
`python tests/benchmarks/step_overhead.py [--steps N]`; exits with 1 when our own part exceeds 5 ms.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rig.figures import Bar, heading, judge, median, milliseconds, row
from rig.scripted import Replacement, Scripted, Trace
from rig.workspaces import accept, of_files, proposed, scratch, scripted_engine, settled, wait_until

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.client import Client

LIMIT_SECONDS = 0.005
WRITES = 5
"""Durable writes that a step cannot do without: the decision, the experiment, the card, the proposal, the answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of an agent, in seconds."""

    request: float
    """From the client's call until the engine has the command."""
    whole: float
    agent: float
    git: float
    journal: float
    pickup: float
    """From the agent's answer until the engine takes it up."""

    @property
    def own(self) -> float:
        """What is neither the agent nor git."""
        return self.whole - self.agent - self.git


def steps(client: Client, count: int) -> Iterator[tuple[float, float]]:
    """Accept one idea after the other; begin of the request and time of the proposal that came of it."""
    for _ in range(count):
        before = client.state()
        # An engine between two rounds is asleep, as it is when a person thinks.
        time.sleep(0.1)
        start = time.time()
        accept(client, proposed(before, "idea")[0])
        yield start, _proposal(client, before.seq)


def _proposal(client: Client, since: int) -> float:
    """When the engine wrote down the proposal that comes after an event."""
    found: list[float] = []

    def arrived() -> bool:
        found[:] = [when for _, when, event in client.events(since) if isinstance(event, ev.StepProposed)]
        return bool(found)

    wait_until(arrived, "a diff")
    return found[0]


def read(trace: Trace, start: float, written: float) -> Step:
    """Where the time of one step went."""
    received = min(c.end for c in trace.calls if c.name == "pending" and c.start >= start)
    end = next(c.end for c in trace.calls if c.name == "append" and c.start <= written <= c.end)
    change = next(c for c in trace.calls if c.name == "change" and start <= c.start <= end)
    taken_up = min(c.start for c in trace.calls if c.part == "git" and c.start >= change.end)
    return Step(
        request=received - start,
        whole=end - received,
        agent=change.end - change.start,
        git=trace.within("git", received, end),
        journal=trace.within("journal", received, end),
        pickup=taken_up - change.end,
    )


def durable_writes(folder: Path) -> float:
    """Seconds of the writes alone: the same number of small files, written and synchronised."""
    start = time.perf_counter()
    for number in range(WRITES):
        descriptor = os.open(folder / str(number), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.write(descriptor, b"x" * 2000)
        os.fsync(descriptor)
        os.close(descriptor)
    return time.perf_counter() - start


def measure(files: int, count: int) -> tuple[list[Step], Trace, float]:
    """Steps in a workspace of so many files, the engine's trace, and the median of the bare writes."""
    changes = [Replacement("trial.sh", "# change: none", f"# change: {number}") for number in range(count + 1)]
    with scratch() as place, of_files(place / "ws", files, "local") as paths:
        with scripted_engine(paths, Scripted(changes)) as end, Client(paths) as client:
            accept(client, proposed(client.state(), "contract")[0])
            settled(client)
            answer = client.ask(cmd.ReadPaper(path=str(paths.workspace / "paper.md"), wanted=count + 1))
            assert answer.status == "done", answer.text
            windows = list(steps(client, count + 1))[1:]
            trace = end()
        bare = median([durable_writes(place) for _ in range(count)])
    return [read(trace, *window) for window in windows], trace, bare


def show(files: int, found: Sequence[Step], trace: Trace, bare: float) -> float:
    """Print one workspace's table; returns the median of our own part."""
    own = median([step.own for step in found])
    print(f"a workspace of {files} files")
    row("client's call -> engine has the yes to the idea", milliseconds([step.request for step in found]))
    row("engine has it -> diff proposed, all of it", milliseconds([step.whole for step in found]))
    row("the agent", milliseconds([step.agent for step in found]))
    row("git (store, export, publish)", milliseconds([step.git for step in found]))
    calls = trace.names("git", 0.0, float("inf"))
    counts = {name: sum(1 for c in trace.calls if c.part == "git" and c.name == name) for name in calls}
    longest = [f"{name} {calls[name] / counts[name] * 1e3:.1f}" for name in list(calls)[:5]]
    row("  the longest calls, mean ms each", "  " + ", ".join(longest))
    row("our own part", milliseconds([step.own for step in found]), f"ratio to bare durable writes {own / bare:.2f}")
    row("  of it: journal", milliseconds([step.journal for step in found]))
    row("  of it: agent's answer waits to be taken up", milliseconds([step.pickup for step in found]))
    row(f"reference: {WRITES} small files written and synchronised", f"{bare * 1e3:9.2f} ms")
    return own


def main() -> int:
    """Print the tables; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--steps", type=int, default=15)
    count = parser.parse_args().steps
    heading("overhead of an agent's step (agent of no cost, local backend)", f"{count} steps each, medians")
    bars = []
    for files in (10, 300):
        found, trace, bare = measure(files, count)
        own = show(files, found, trace, bare)
        bars.append(Bar(name=f"own part, {files} files", reached=own * 1e3, limit=LIMIT_SECONDS * 1e3, unit=" ms"))
    return judge(bars)


if __name__ == "__main__":
    sys.exit(main())
