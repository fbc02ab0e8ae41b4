"""The screen on terminals that are slow, stopped, tiny, old, or change their size all the time.

The shown run prints 1,000 lines a second meanwhile. A row fails where the screen ends by itself, does not leave at `q`
in time, or takes more and more memory. Run `python tests/benchmarks/hostile_terminals.py [--stopped 60]`; exits with 1
where a row fails.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from rig.figures import heading, row
from rig.terminal import Terminal

from app.engine import events as ev
from app.engine.journal import Journal
from app.engine.process import locked
from app.paths import Paths

LINES = 1000
"""A second."""
GROWTH_MIB = 15.0
LEAVE_SECONDS = 5.0
SLOW_BYTES = 10_000
"""A second, of the slow reader."""
OPEN = """
import sys
from pathlib import Path
from app.cli.screen import open_workspace
from app.paths import Paths
sys.exit(open_workspace(Paths(Path(sys.argv[1]))))
"""
TERMS = ("xterm", "xterm-256color", "screen", "tmux-256color", "linux", "vt100")
TITLES = {"1": b"1 Paper", "5": b"5 Log"}
LOCALES = ({"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "C.UTF-8"})


class Failure(Exception):
    """What a terminal did to the screen."""


@contextmanager
def study() -> Iterator[Paths]:
    """A workspace whose one run prints all the time; its lock is held, as if an engine ran."""
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
        ended = threading.Event()
        printing = threading.Thread(target=_print, args=(paths.run(1) / "stdout.log", ended))
        printing.start()
        try:
            with locked(paths):
                yield paths
        finally:
            ended.set()
            printing.join()


def _print(log: Path, ended: threading.Event) -> None:
    number, began = 0, time.monotonic()
    with log.open("ab", buffering=0) as file:
        while not ended.wait(max(0.0, began + number / LINES - time.monotonic())):
            lines = (f"step {n:>8}  loss {2 / (1 + n / 900):.5f} {'x' * 40}\n" for n in range(number, number + 50))
            file.write("".join(lines).encode())
            number += 50


@contextmanager
def opened(paths: Paths, **variables: str) -> Iterator[Terminal]:
    """The screen with the log in focus; on leaving the block it must be there still, and end at `q`."""
    with Terminal([sys.executable, "-c", OPEN, str(paths.workspace)], paths.workspace, variables) as terminal:
        terminal.read_until_quiet(0.4, 6.0)
        terminal.type("5")
        terminal.read_for(0.5)
        yield terminal
        if not psutil.pid_exists(terminal.pid) or psutil.Process(terminal.pid).status() == psutil.STATUS_ZOMBIE:
            raise Failure(f"it ended by itself: {terminal.display()[-400:]}")
        _leave(terminal)


def _leave(terminal: Terminal) -> None:
    terminal.type("q")
    began = time.monotonic()
    while psutil.Process(terminal.pid).status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() - began > LEAVE_SECONDS:
            raise Failure("it does not leave")
        terminal.read_for(0.05)


def _memory(terminal: Terminal) -> float:
    return psutil.Process(terminal.pid).memory_info().rss / 2**20


def _grown(terminal: Terminal, before: float) -> str:
    grown = _memory(terminal) - before
    if grown > GROWTH_MIB:
        raise Failure(f"memory grew by {grown:.0f} MiB")
    return f"{grown:+.1f} MiB"


def slow(paths: Paths, seconds: float) -> str:
    """A reader of 10 KB/s, and a key every two seconds: the pane that it chose must be titled as the focused one."""
    with opened(paths) as terminal:
        before, began, taken, times = _memory(terminal), time.monotonic(), 0, []
        while time.monotonic() - began < seconds:
            key = "15"[len(times) % 2]
            asked, first = time.monotonic(), len(terminal.chunks)
            terminal.type(key)
            while time.monotonic() - asked < 2.0:
                taken += terminal.take(max(0, int((time.monotonic() - began) * SLOW_BYTES) - taken))
                if TITLES[key] in b"".join(chunk.data for chunk in terminal.chunks[first:]):
                    break
                time.sleep(0.005)
            times.append(time.monotonic() - asked)
            # The frame that answered also draws the pane that lost the focus; all of it must be read before the next.
            while time.monotonic() - asked < 1.0:
                taken += terminal.take(max(0, int((time.monotonic() - began) * SLOW_BYTES) - taken))
                time.sleep(0.005)
        note = f"keys {sorted(times)[len(times) // 2] * 1e3:.0f} ms median, {max(times) * 1e3:.0f} ms at most"
        return f"{note}, {taken / seconds / 1000:.1f} KB/s taken, {_grown(terminal, before)}"


def stopped(paths: Paths, seconds: float) -> str:
    """A reader that takes nothing for a minute, then everything."""
    with opened(paths) as terminal:
        before = _memory(terminal)
        time.sleep(seconds)
        note = _grown(terminal, before)
        count = terminal.read_for(2.0)
        return f"{count / 1024:.0f} KiB in the two seconds after, {note}"


def resized(paths: Paths, _seconds: float) -> str:
    """Two hundred sizes in two seconds."""
    made = random.Random(1)
    with opened(paths) as terminal:
        before = _memory(terminal)
        for _ in range(200):
            terminal.resize(made.randint(5, 250), made.randint(2, 80))
            terminal.read_for(0.01)
        terminal.resize(200, 50)
        began = time.monotonic()
        while "study" not in terminal.display().splitlines()[0]:
            if time.monotonic() - began > LEAVE_SECONDS:
                raise Failure(f"the header is not where it was:\n{terminal.display()}")
            terminal.read_for(0.5)
        return f"{sum(len(c.data) for c in terminal.chunks) / 1024:.0f} KiB, {_grown(terminal, before)}"


def tiny(paths: Paths, _seconds: float) -> str:
    """Twenty by five cells, then one by one."""
    with opened(paths) as terminal:
        for size in ((20, 5), (1, 1), (20, 5)):
            terminal.resize(*size)
            terminal.read_for(0.4)
            terminal.type("12345?")
            terminal.read_for(0.2)
            terminal.type("\x1b")
            terminal.read_for(0.4)
        return "keys in it too"


def kinds(paths: Paths, _seconds: float) -> str:
    """Terminals of other kinds."""
    for name in TERMS:
        with opened(paths, TERM=name, COLORTERM="") as terminal:
            terminal.type("123456")
            terminal.read_for(0.3)
    return ", ".join(TERMS)


def locales(paths: Paths, _seconds: float) -> str:
    """Locales without UTF-8."""
    for variables in LOCALES:
        with opened(paths, **variables) as terminal:
            terminal.type("123456")
            terminal.read_for(0.3)
    return ", ".join(" ".join(f"{k}={v}" for k, v in found.items()) for found in LOCALES)


def nested(paths: Paths, _seconds: float) -> str:
    """tmux in tmux."""
    tmux = shutil.which("tmux")
    if tmux is None:
        return "no tmux here"
    with tempfile.TemporaryDirectory() as folder:
        outer, inner = ([tmux, "-S", f"{folder}/{name}", "-f", "/dev/null"] for name in ("outer", "inner"))
        program = Path(folder) / "screen.py"
        program.write_text(OPEN)
        command = f"{sys.executable} {program} {paths.workspace}"
        within = " ".join([*inner, "new-session", "-x", "150", "-y", "45", f"'{command}'"])
        environment = {k: v for k, v in os.environ.items() if k != "TMUX"}
        subprocess.run(
            [*outer, "new-session", "-d", "-x", "160", "-y", "50", f"TMUX= {within}"], check=True, env=environment
        )
        try:
            shown = _until(outer, "study")
            subprocess.run([*outer, "send-keys", "5"], check=True)
            shown = _until(outer, "step ")
        finally:
            for command_line in (inner, outer):
                subprocess.run([*command_line, "kill-server"], check=False, capture_output=True)
    return f"{len(shown.splitlines())} rows shown"


def _until(tmux: list[str], wanted: str) -> str:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        shown = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, check=False).stdout
        if wanted in shown:
            return shown
        time.sleep(0.1)
    raise Failure(f"{wanted!r} is not shown")


def killed(paths: Paths, _seconds: float) -> str:
    """The screen is killed; what was in view comes back."""
    command = [sys.executable, "-c", OPEN, str(paths.workspace)]
    with Terminal(command, paths.workspace, {}) as terminal:
        terminal.read_until_quiet(0.4, 6.0)
        terminal.type("6")
        terminal.read_for(4.0)
        psutil.Process(terminal.pid).kill()
    with Journal.open(paths.journal) as journal:
        if '"pane": "chart"' not in journal.draft("screen", "view"):
            raise Failure("the pane is forgotten")
    return "the pane is kept"


CASES: dict[str, Callable[[Paths, float], str]] = {
    "a reader of 10 KB/s": slow,
    "a reader that is stopped": stopped,
    "200 sizes in two seconds": resized,
    "20x5 and 1x1": tiny,
    "kinds of terminals": kinds,
    "locales": locales,
    "tmux in tmux": nested,
    "kill -9": killed,
}


def main() -> int:
    """Print the table; 1 where a row fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stopped", type=float, default=60.0, help="seconds that a reader is slow or stopped")
    parser.add_argument("--only", default="", help="part of a case's name")
    chosen = parser.parse_args()
    heading("hostile terminals", f"one run printing {LINES} lines/s")
    failed = 0
    with study() as paths:
        for name, case in CASES.items():
            if chosen.only not in name:
                continue
            try:
                row(name, f"ok    {case(paths, chosen.stopped)}")
            except Failure as failure:
                failed += 1
                row(name, f"FAILS {failure}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
