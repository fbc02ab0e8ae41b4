"""The screen on what a run prints when it goes wrong: floods, endless lines, bytes that are no text, redrawn bars.

The bytes take the way of a real run (FIFO, log pipe, file). A row fails where a key takes longer than its limit,
memory grows, the file is not byte for byte what was printed, or the log pane does not show what it should. Run
`python tests/benchmarks/hostile_output.py`; exits with 1 where a row fails.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil
from rig import bare_screen
from rig.figures import heading, row
from rig.terminal import Terminal

from app.engine import events as ev
from app.engine.journal import Journal
from app.engine.process import locked
from app.paths import Paths
from sandbox.logpipe import LogPipe

CAP = 1 << 30
GROWTH_MIB = 50.0
P95_LIMIT, FREEZE_LIMIT = 0.1, 0.2
"""Seconds from a key to its answer: of nearly all, and of every one."""
PAUSE = 0.15
TITLES = {"1": b"1 Paper", "5": b"5 Log"}
PRELUDE = """
import hashlib, os, sys, time
sent = hashlib.sha256()
def out(data):
    sent.update(data)
    view = memoryview(data)
    while view:
        view = view[os.write(1, view):]
def paced(count, every, make):
    began = time.monotonic()
    for number in range(count):
        out(make(number))
        time.sleep(max(0.0, began + (number + 1) * every - time.monotonic()))
"""


class Case(NamedTuple):
    """A program that prints, and what the log pane must show when it has ended."""

    program: str
    shown: str
    paused: bool = False
    """Whether the log is paused before, so that it says how much passed by."""


CASES = {
    "1 million lines at 100,000 lines/s": Case(
        "paced(200, 0.05, lambda n: b''.join(b'step %08d loss 0.5 acc 0.9 ' % k + b'x' * 20 + b'\\n' "
        "for k in range(n * 5000, n * 5000 + 5000)))",
        "step 00999999",
    ),
    "the same, while the log is paused": Case(
        "paced(200, 0.05, lambda n: b''.join(b'step %08d\\n' % k for k in range(n * 5000, n * 5000 + 5000)))",
        "+1,000,00",
        paused=True,
    ),
    "a line of 64 MB": Case("paced(64, 0.1, lambda n: b'y' * (1 << 20))", "yyyy"),
    "lines of 1 MB at 10/s": Case("paced(100, 0.1, lambda n: b'%04d' % n + b'z' * (1 << 20) + b'\\n')", "0099zzzz"),
    "lines of 1 MB that are all numbers": Case("paced(100, 0.1, lambda n: b'nan 0.5 ' * (1 << 17) + b'\\n')", "nan"),
    "bytes that are no text": Case(
        "paced(200, 0.05, lambda n: b'\\xff\\xfe bad\\n' + 'utf\\n'.encode('utf-16') + os.urandom(4000) + b'\\n')",
        "‹fffd›",
    ),
    "bars redrawn at 50/s": Case("paced(500, 0.02, lambda n: b'\\r%3d%%|' % (n // 5) + b'#' * 40)", "99%|"),
}


class Failure(Exception):
    """What the output did to the screen."""


@contextmanager
def study() -> Iterator[Paths]:
    """A workspace with one running run; its lock is held, as if an engine ran."""
    with tempfile.TemporaryDirectory() as folder:
        paths = Paths(Path(folder))
        paths.make()
        with Journal.create(paths.journal) as journal:
            journal.append(
                ev.WorkspaceOpened(workspace="w", name="study", path=folder, template=""),
                ev.ExperimentOpened(experiment=1, title="baseline", slug="baseline", base="0" * 40),
                ev.RunQueued(
                    run=1, experiment=1, purpose="screening", split="dev", seeds=(1,), backend="local", step=1
                ),
                ev.RunStarted(run=1),
            )
        paths.run(1).mkdir(parents=True)
        with locked(paths):
            yield paths


def drive(case: Case) -> str:
    """Press keys while the program prints; what was measured.

    Raises:
        Failure: a limit was missed.
    """
    with study() as paths:
        fifo, log = paths.run(1) / "log", paths.run(1) / "stdout.log"
        os.mkfifo(fifo)
        pipe = LogPipe(fifo, log, CAP, lambda: None)
        command = [sys.executable, str(bare_screen.__file__), str(paths.workspace)]
        with Terminal(command, paths.workspace, {"SSH_CONNECTION": ""}) as terminal:
            terminal.read_until_quiet(0.5, 6.0)
            terminal.type("5s" if case.paused else "5")
            terminal.read_for(0.5)
            before = _memory(terminal)
            times, digest = _printed(case, fifo, terminal)
            terminal.read_for(1.5)
            grown, display = _memory(terminal) - before, terminal.display()
        pipe.finish()
        complete = hashlib.sha256(log.read_bytes()).hexdigest() == digest
    note = f"keys {_p95(times) * 1e3:.0f} ms p95, {max(times) * 1e3:.0f} ms at most, n = {len(times)}, {grown:+.1f} MiB"
    wrong = {
        "the file is not what was printed": not complete,
        f"{case.shown!r} is not shown:\n{display}": case.shown not in display,
        "a key took too long": _p95(times) > P95_LIMIT or max(times) > FREEZE_LIMIT,
        "memory grew": grown > GROWTH_MIB,
    }
    if any(wrong.values()):
        raise Failure(f"{note}; {'; '.join(why for why, found in wrong.items() if found)}")
    return f"{note}, file complete"


def _printed(case: Case, fifo: Path, terminal: Terminal) -> tuple[list[float], str]:
    """Key times while the program prints, and the hash of what it printed."""
    code = f"{PRELUDE}\n{case.program}\nprint(sent.hexdigest(), file=sys.stderr)"
    times: list[float] = []
    with fifo.open("r+b", buffering=0) as out:
        program = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=subprocess.PIPE)
        while program.poll() is None:
            terminal.read_for(PAUSE)
            key = "15"[len(times) % 2]
            times.append(terminal.answered(key, TITLES[key], 3.0))
    terminal.type("5")
    assert program.stderr is not None
    return times, program.stderr.read().decode().strip()


def _p95(times: list[float]) -> float:
    return sorted(times)[int(len(times) * 0.95)]


def _memory(terminal: Terminal) -> float:
    return float(psutil.Process(terminal.pid).memory_info().rss) / 2**20


def main() -> int:
    """Print the table; 1 where a row fails."""
    heading("hostile output at 200x50", f"limits: p95 {P95_LIMIT * 1e3:.0f} ms, every key {FREEZE_LIMIT * 1e3:.0f} ms")
    failed = 0
    for name, case in CASES.items():
        began = time.monotonic()
        try:
            text = f"ok    {drive(case)}"
        except Failure as failure:
            failed += 1
            text = f"FAILS {failure}"
        row(name, text, f"{time.monotonic() - began:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
