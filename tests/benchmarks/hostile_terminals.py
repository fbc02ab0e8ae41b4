"""The screen on terminals that are slow, stopped, lost, tiny, old, or change their size, while a run trains.

The shown run counts 50 steps and prints 1,000 lines a second, in a real engine. Before each row its step rate is taken
without any screen. A row fails where the screen ends by itself, does not leave at `q` in time, takes more and more
memory, or the run counts more than 2 % fewer steps than alone. Run
`python tests/benchmarks/hostile_terminals.py [--stopped 60]`; exits with 1 where a row fails.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from rig.figures import heading, row
from rig.terminal import Terminal
from rig.training import LINES, STEPS, Pace, training
from rig.workspaces import scratch

from app.engine.journal import Journal
from app.paths import Paths

ALONE_SECONDS = 4.0
SLOWER = 0.02
"""Share of the steps that may be missing."""
GROWTH_MIB = 15.0
LEAVE_SECONDS = 5.0
PRESSES = 8
SLOW_BYTES = 10_000
"""A second, of the slow reader."""
OPEN = """
import sys
from pathlib import Path
from app.cli.screen import open_workspace
from app.paths import Paths
sys.exit(open_workspace(Paths(Path(sys.argv[1]))))
"""
MLRC = [str(Path(sys.executable).parent / "mlrc")]
TERMS = ("xterm", "xterm-256color", "screen", "tmux-256color", "linux", "vt100")
TITLES = {"1": b"1 Paper", "5": b"5 Log"}
LOCALES = ({"LC_ALL": "C"}, {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"LC_ALL": "C.UTF-8"})
PLAINLY = ({"TERM": "dumb"}, {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"})


class Failure(Exception):
    """What a terminal did to the screen."""


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


def _keys(terminal: Terminal) -> str:
    """Times of keys, on a screen of 200x50."""
    times = []
    for number in range(PRESSES):
        terminal.read_for(0.1)
        times.append(terminal.answered("15"[number % 2], TITLES["15"[number % 2]], 2.0))
    return f"keys {sorted(times)[PRESSES // 2] * 1e3:.0f} ms median, {max(times) * 1e3:.0f} ms at most"


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
        before, began, taken = _memory(terminal), time.monotonic(), 0
        times: list[float] = []
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


def _caught_up(terminal: Terminal, before: float) -> str:
    """What was taken after a halt, keys and memory."""
    note = _grown(terminal, before)
    count = terminal.read_for(2.0)
    return f"{count / 1024:.0f} KiB in the two seconds after, {_keys(terminal)}, {note}"


def unread(paths: Paths, seconds: float) -> str:
    """A reader that takes nothing for a minute, then everything."""
    with opened(paths) as terminal:
        before = _memory(terminal)
        time.sleep(seconds)
        return _caught_up(terminal, before)


def held(paths: Paths, seconds: float) -> str:
    """The terminal itself holds the output back, as Ctrl-S makes it do where the line discipline listens to it."""
    with opened(paths) as terminal:
        before = _memory(terminal)
        line = os.open(Path(f"/proc/{terminal.pid}/fd/1").readlink(), os.O_RDWR | os.O_NOCTTY)
        try:
            termios.tcflow(line, termios.TCOOFF)
            terminal.read_for(seconds)
            termios.tcflow(line, termios.TCOON)
        finally:
            os.close(line)
        return _caught_up(terminal, before)


def frozen(paths: Paths, seconds: float) -> str:
    """The screen's process is stopped, and goes on."""
    with opened(paths) as terminal:
        before = _memory(terminal)
        os.kill(terminal.pid, signal.SIGSTOP)
        terminal.read_for(seconds)
        os.kill(terminal.pid, signal.SIGCONT)
        return _caught_up(terminal, before)


def pressed(paths: Paths, _seconds: float) -> str:
    """Ctrl-S and Ctrl-Q as keys: they hold nothing back."""
    with opened(paths) as terminal:
        terminal.type("\x13")
        note = _keys(terminal)
        terminal.type("\x11")
        return note


def lost(paths: Paths, _seconds: float) -> str:
    """The connection is lost in the middle; the process must be gone."""
    command = [sys.executable, "-c", OPEN, str(paths.workspace)]
    with Terminal(command, paths.workspace, {}) as terminal:
        terminal.read_until_quiet(0.4, 6.0)
        process = psutil.Process(terminal.pid)
        began = time.monotonic()
        terminal.end()
        took = time.monotonic() - began
    if process.is_running() or took > 2.5:
        raise Failure(f"it is still there after {took:.1f} s")
    return f"gone after {took * 1e3:.0f} ms"


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
        while "ws" not in terminal.display().splitlines()[0]:
            if time.monotonic() - began > LEAVE_SECONDS:
                raise Failure(f"the header is not where it was:\n{terminal.display()}")
            terminal.read_for(0.5)
        written = sum(len(c.data) for c in terminal.chunks) / 1024
        return f"{written:.0f} KiB, {_keys(terminal)}, {_grown(terminal, before)}"


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
    notes = []
    for name in TERMS:
        with opened(paths, TERM=name, COLORTERM="") as terminal:
            notes.append(f"{name}: {_keys(terminal)}")
    return "; ".join(notes)


def plain(paths: Paths, _seconds: float) -> str:
    """Where a screen makes no sense, `mlrc` speaks in lines without control sequences."""
    for variables in PLAINLY:
        with Terminal(MLRC, paths.workspace, variables) as terminal:
            terminal.read_for(1.5)
            terminal.type("status\n")
            terminal.read_for(1.5)
            written = b"".join(chunk.data for chunk in terminal.chunks)
        if b"\x1b" in written or b"study" not in written and b"bench" not in written:
            raise Failure(f"{variables}: {written[-400:]!r}")
        if "LC_ALL" in variables and not written.isascii():
            raise Failure(f"{variables}: letters that the locale does not know")
    return "lines without control sequences"


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
            shown = _until(outer, "6 Chart")
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
    "200 sizes in two seconds": resized,
    "20x5 and 1x1": tiny,
    "TERM=dumb and LANG=C: plain lines": plain,
    "kinds of terminals": kinds,
    "locales": locales,
    "tmux in tmux": nested,
    "Ctrl-S as a key": pressed,
    "the link is lost": lost,
    "kill -9": killed,
    "a reader of 10 KB/s": slow,
    "a reader that takes nothing": unread,
    "output held back by the terminal (Ctrl-S)": held,
    "the screen's process stopped (Ctrl-Z)": frozen,
}


def judged(case: Callable[[Paths, float], str], paths: Paths, run: int, seconds: float) -> str:
    """What a case says, and the step rate meanwhile.

    Raises:
        Failure: of the case, or because the run was held up.
    """
    alone = Pace(paths, run)
    time.sleep(ALONE_SECONDS)
    expected, beside = alone.rate(), Pace(paths, run)
    said = case(paths, seconds)
    reached = beside.rate()
    steps = f"steps {reached / expected - 1:+.1%} ({reached:.2f}/s, alone {expected:.2f}/s)"
    if reached < expected * (1 - SLOWER):
        raise Failure(f"{steps}; {said}")
    return f"{steps}; {said}"


def main() -> int:
    """Print the table; 1 where a row fails."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stopped", type=float, default=60.0, help="seconds that a reader is slow or stopped")
    parser.add_argument("--only", default="", help="part of a case's name")
    chosen = parser.parse_args()
    heading("hostile terminals", f"one run, {STEPS} steps and {STEPS * LINES} lines/s")
    failed = 0
    with scratch() as place, training(place) as (paths, run):
        for name, case in CASES.items():
            if chosen.only not in name:
                continue
            try:
                row(name, f"ok    {judged(case, paths, run, chosen.stopped)}")
            except Failure as failure:
                failed += 1
                row(name, f"FAILS {failure}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
