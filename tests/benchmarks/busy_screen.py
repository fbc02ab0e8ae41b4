"""The screen at 200x50 on 5,000 events while four runs print 1,000 lines a second each: keys, bytes and memory.

A key counts as answered when the title of the pane it chose is drawn as the focused one: not with the next output, for
a log writes anyway. Beside it, in the same run: the same for a minimal Textual app that has nothing to do, and the
bytes of a RichLog that is given the lines of one of the four runs as they come. Afterwards the runs are stopped, and
the screen must not write a byte in ten seconds.

Run `python tests/benchmarks/busy_screen.py [--minutes 5]`; exits with 1 where a bar is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from rig import minimal_app, naive_log
from rig.figures import Bar, heading, judge, row
from rig.history import lengthen
from rig.scripted import Replacement, Scripted
from rig.terminal import Terminal
from rig.workspaces import accept, of_files, proposed, scratch, scripted_engine, settled, stop_engine, wait_until

from app import config
from app.engine import commands as cmd
from app.engine.client import Client
from app.engine.journal import Journal
from app.engine.state import WorkspaceState
from app.paths import Paths

EVENTS = 5000
RUNS = 4
LINES = 1000
"""Lines a second of each run."""
SPAN_SECONDS = 20.0
REST_SECONDS = 10.0
PRESSES = 60
KEY_LIMIT = 0.033
FULL_LIMIT, LOW_LIMIT = 80.0, 40.0
"""KiB a second."""
GROWTH_LIMIT = 50.0
"""MiB over the whole watch."""
NOISY = f"""exec {sys.executable} - <<'END'
import json, os, sys, time
start = time.monotonic()
with open(os.environ["MLRC_OUT"] + "/metrics.jsonl", "a", buffering=1) as metrics:
    for tick in range(36000):
        for line in range({LINES} // 20):
            step = tick * {LINES} // 20 + line
            loss = 2 / (1 + step / 900)
            print(f"step {{step:>8}}  loss {{loss:.5f}}  accuracy {{step % 997 / 997:.4f}}  {{'x' * 40}}")
        print(json.dumps({{"trial": 1, "step": tick, "of": 36000, "loss": loss}}), file=metrics)
        sys.stdout.flush()
        time.sleep(max(0.0, start + (tick + 1) * 0.05 - time.monotonic()))
END"""
TITLES = {"1": "1 Paper", "3": "3 Diff", "6": "6 Chart"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """What one client did while the runs printed."""

    keys: list[float]
    rate: float
    """KiB a second."""
    memory: tuple[float, float]
    """MiB of the process at the beginning and at the end."""


@contextmanager
def four_runs(place: Path) -> Iterator[Paths]:
    """A workspace with a long history and four runs that print."""
    changes = [Replacement("trial.sh", "# change: none", f"# number {number}\n{NOISY}") for number in range(RUNS)]
    with of_files(place / "ws", 4, "local") as paths:
        config.keep(paths, parallel=str(RUNS))
        with scripted_engine(paths, Scripted(changes)), Client(paths) as client:
            wait_until(lambda: bool(proposed(client.state(), "contract")), "the contract")
            accept(client, proposed(client.state(), "contract")[0])
            settled(client)
        stop_engine(paths)
        with Journal.create(paths.journal) as journal:
            lengthen(journal, paths.cards, EVENTS)
        with scripted_engine(paths, Scripted(changes)), Client(paths) as client:
            _begin(client, paths)
            yield paths


def _begin(client: Client, paths: Paths) -> None:
    before = set(client.state().steps)
    answer = client.ask(cmd.ReadPaper(path=str(paths.workspace / "paper.md"), wanted=RUNS))
    assert answer.status == "done", answer.text

    def fresh(state: WorkspaceState, kind: str) -> list[int]:
        return [s.id for s in state.waiting() if s.kind == kind and s.id not in before]

    for kind in ("idea", "diff"):
        wait_until(lambda kind=kind: len(fresh(client.state(), kind)) >= RUNS, f"{RUNS} steps of kind {kind}")  # type: ignore[misc]
        for number in fresh(client.state(), kind):
            accept(client, client.state().steps[number])
    wait_until(lambda: len(client.state().running()) >= RUNS, f"{RUNS} runs at once")


def watch(terminal: Terminal, seconds: float, presses: int) -> Busy:
    """Keys first, then bytes of a screen that nobody touches."""
    terminal.read_until_quiet(1.0, 8.0)
    process = psutil.Process(terminal.pid)
    before = process.memory_info().rss / 2**20
    keys = [press(terminal, key) for key in _rotation(presses)]
    began = time.monotonic()
    count = terminal.read_for(seconds)
    rate = count / 1024 / (time.monotonic() - began)
    return Busy(keys=keys, rate=rate, memory=(before, process.memory_info().rss / 2**20))


def _rotation(count: int) -> Iterator[str]:
    keys = list(TITLES)
    for number in range(count):
        yield keys[number % len(keys)]


def press(terminal: Terminal, key: str) -> float:
    """Seconds from a key until the title of its pane is drawn anew."""
    terminal.read_for(0.11)
    wanted = TITLES[key].encode()
    return terminal.answered(key, wanted, 3.0)


def settle_at_log(terminal: Terminal) -> None:
    """Let the log have the focus, as during training."""
    terminal.type("5")
    terminal.read_for(1.0)


def minimal_keys(place: Path) -> list[float]:
    """Keys of a Textual app that has nothing to do: each writes a line into a pane."""
    command = [sys.executable, str(minimal_app.__file__), "the text"]
    with Terminal(command, place, {}) as terminal:
        terminal.read_until_quiet(0.7, 20.0)
        found = []
        for number in range(PRESSES):
            terminal.read_for(0.11)
            found.append(terminal.answered("x", f"touched {number + 1}".encode(), 3.0))
        return found


def naive_rate(paths: Paths) -> float:
    """KiB a second of a RichLog on the first of the four runs."""
    log = paths.run(_running(paths)[0]) / "stdout.log"
    with Terminal([sys.executable, str(naive_log.__file__), str(log)], paths.workspace, {}) as terminal:
        terminal.read_until_quiet(0.2, 4.0)
        began = time.monotonic()
        count = terminal.read_for(SPAN_SECONDS)
        return count / 1024 / (time.monotonic() - began)


def _running(paths: Paths) -> list[int]:
    with Client(paths) as client:
        return [run.id for run in client.state().running()]


def at_rest(command: Sequence[str], paths: Paths, variables: dict[str, str]) -> int:
    """Bytes in ten seconds once nothing runs any more."""
    with Client(paths) as client:
        client.ask(cmd.StopRuns())
        settled(client)
    with Terminal(command, paths.workspace, variables) as terminal:
        terminal.read_until_quiet(3.0, 30.0)
        return terminal.read_for(REST_SECONDS)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which so large a share lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def show(name: str, keys: Sequence[float]) -> None:
    """A row of key times."""
    text = f"{statistics.median(keys) * 1e3:7.1f} ms median, {percentile(keys, 0.95) * 1e3:.1f} ms p95, n = {len(keys)}"
    row(name, text)


def main() -> int:
    """Print the table; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="how long memory is watched")
    minutes = parser.parse_args().minutes
    heading("a busy screen at 200x50", f"{EVENTS} events, {RUNS} runs printing {LINES} lines/s each")
    mlrc = [str(Path(sys.executable).parent / "mlrc")]
    with scratch() as place, tempfile.TemporaryDirectory() as home, four_runs(place) as paths:
        full = {"HOME": home, "SSH_CONNECTION": "", "PYTHONDONTWRITEBYTECODE": ""}
        low = {**full, "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}
        resting = minimal_keys(place)
        with Terminal(mlrc, paths.workspace, low) as terminal:
            slow = watch(terminal, SPAN_SECONDS, 9)
        naive = naive_rate(paths)
        with Terminal(mlrc, paths.workspace, full) as terminal:
            busy = watch(terminal, max(SPAN_SECONDS, minutes * 60), PRESSES)
        written = at_rest(mlrc, paths, full)
    show("key of a minimal Textual app, nothing to do (reference)", resting)
    show("key of mlrc, four runs printing", busy.keys)
    row("bytes of a RichLog on one of the runs (reference)", f"{naive:8.1f} KiB/s")
    row("bytes of mlrc", f"{busy.rate:8.1f} KiB/s")
    row("bytes of mlrc, low-bandwidth profile", f"{slow.rate:8.1f} KiB/s")
    row("memory of mlrc, at the beginning and at the end", f"{busy.memory[0]:.0f} MiB, {busy.memory[1]:.0f} MiB")
    row("bytes of mlrc at rest", f"{written:8d} in {REST_SECONDS:.0f} s")
    return judge(
        [
            Bar(
                name="key to output, p95", reached=percentile(busy.keys, 0.95) * 1e3, limit=KEY_LIMIT * 1e3, unit=" ms"
            ),
            Bar(name="bytes, four runs printing", reached=busy.rate, limit=FULL_LIMIT, unit=" KiB/s"),
            Bar(name="bytes, low-bandwidth profile", reached=slow.rate, limit=LOW_LIMIT, unit=" KiB/s"),
            Bar(name="bytes at rest", reached=written, limit=0, unit=" bytes"),
            Bar(
                name=f"growth of memory in {minutes:g} minutes",
                reached=busy.memory[1] - busy.memory[0],
                limit=GROWTH_LIMIT,
                unit=" MiB",
            ),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
