"""From exec until the newest step of a workspace with 5,000 events stands on the screen, against a minimal Textual app.

Both are started in a pty of 200x50 and seen through a terminal emulator: what counts is the text, not a first frame.
Also the bytes of the first paint, and what an open screen on which nothing happens writes and burns in five seconds.
Run `python tests/benchmarks/first_content.py [--rounds N]`; exits with 1 when the ratio exceeds 1.25, or when an idle
screen writes anything.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rig import minimal_app
from rig.figures import Bar, heading, judge, median, milliseconds, row
from rig.history import NEWEST, lengthen
from rig.terminal import Terminal
from rig.workspaces import from_template, scratch, settled, stop_engine

from app.engine import process
from app.engine.client import Client
from app.engine.journal import Journal
from app.paths import Paths

EVENTS = 5000
RATIO_LIMIT = 1.25
IDLE_SECONDS = 5.0
QUIET_SECONDS = 0.7
MARK = "the text"


class NeverShown(Exception):
    """The text did not appear; the message holds what did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """One start of a program."""

    seconds: float
    paint: int
    """Bytes until the text was there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idle:
    """A screen on which nothing happens."""

    written: int
    processor: float
    """Share of one core."""


def variables(home: Path) -> dict[str, str]:
    """An own home; and bytecode is kept, as that of an installed program is, whatever the caller's shell says of it."""
    return {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""}


def start(command: Sequence[str], folder: Path, text: str, home: Path) -> Start:
    """Start a program, wait until it has painted, end it."""
    with Terminal(command, folder, variables(home)) as terminal:
        terminal.read_until_quiet(QUIET_SECONDS, 20.0)
        chunks = list(terminal.chunks)
        seen = terminal.seen_after(text)
        if seen is None:
            raise NeverShown(f"{command[-1]} never showed {text!r}. Its screen:\n{terminal.display()}")
    return Start(seconds=seen, paint=sum(len(chunk.data) for chunk in chunks if chunk.after <= seen))


def idle(command: Sequence[str], folder: Path, home: Path) -> Idle:
    """Open a screen, let it come to rest, and watch it do nothing."""
    with Terminal(command, folder, variables(home)) as terminal:
        terminal.read_until_quiet(2.0, 20.0)
        before = terminal.processor_seconds()
        written = terminal.read_for(IDLE_SECONDS)
        return Idle(written=written, processor=(terminal.processor_seconds() - before) / IDLE_SECONDS)


def history(paths: Paths) -> None:
    """Make a fresh workspace an old one: its baseline is done, then come the events."""
    process.ensure(paths)
    with Client(paths) as client:
        settled(client)
    stop_engine(paths)
    with Journal.create(paths.journal) as journal:
        lengthen(journal, paths.cards, EVENTS)


def measure(paths: Paths, rounds: int, home: Path) -> tuple[dict[str, list[Start]], dict[str, Idle]]:
    """Starts in turn, then a while of rest for each."""
    mlrc = str(Path(sys.executable).parent / "mlrc")
    programs: dict[str, tuple[list[str], str]] = {
        "minimal": ([sys.executable, str(minimal_app.__file__), MARK], f"6.20 {MARK}"),
        "bare": ([mlrc], NEWEST),
        "open": ([mlrc, "open", str(paths.workspace)], NEWEST),
    }
    # The engine is there already: its own start would fight the screen for the processor after the first paint.
    process.ensure(paths)
    found: dict[str, list[Start]] = {name: [] for name in programs}
    for number in range(rounds + 1):
        for name, (command, text) in programs.items():
            one = start(command, paths.workspace, text, home)
            if number:
                found[name].append(one)
    resting = {name: idle(programs[name][0], paths.workspace, home) for name in ("minimal", "bare")}
    return found, resting


def main() -> int:
    """Print the table; 1 where a bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    heading("first content at 200x50", f"{EVENTS} events, {rounds} starts each in turn, medians")
    with scratch() as place, from_template(place / "ws", "activation_digits", "local") as paths:
        history(paths)
        with tempfile.TemporaryDirectory() as home:
            found, resting = measure(paths, rounds, Path(home))
    seconds = {name: [one.seconds for one in starts] for name, starts in found.items()}
    ratio = {name: median(values) / median(seconds["minimal"]) for name, values in seconds.items()}
    row("minimal Textual app, six Static panes (reference)", milliseconds(seconds["minimal"]))
    row(f"mlrc, until {NEWEST!r} stands there", milliseconds(seconds["bare"]), f"ratio {ratio['bare']:.2f}")
    row("mlrc open DIR, the same", milliseconds(seconds["open"]), f"ratio {ratio['open']:.2f}")
    for name, title in (("minimal", "first paint, minimal app"), ("bare", "first paint, mlrc")):
        row(title, f"{statistics.median(one.paint for one in found[name]) / 1024:9.1f} KiB")
    for name, title in (("minimal", "at rest, minimal app"), ("bare", "at rest, mlrc")):
        rest = resting[name]
        row(title, f"{rest.written:9d} bytes in {IDLE_SECONDS:.0f} s, {100 * rest.processor:.1f} % of a core")
    return judge(
        [
            Bar(name="first content, ratio", reached=ratio["bare"], limit=RATIO_LIMIT),
            Bar(name="written at rest", reached=resting["bare"].written, limit=0, unit=" bytes"),
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
