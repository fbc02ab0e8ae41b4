"""A log of 2 GB on the screen, and `less` on the same file beside it: open, end, beginning, last match of a word.

The cap of a run's log (1 GiB by default) is raised for this: the file is simply laid where a run's log lies. Each
figure is the time from the key until the text it should bring was written to the terminal. Run
`python tests/benchmarks/long_log.py [--gigabytes 2]`; exits with 1 when opening takes 0.2 s or more.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from rig import bare_screen
from rig.figures import Bar, heading, interleaved, judge, milliseconds, row
from rig.terminal import Terminal
from rig.workspaces import scratch

from app.engine import events as ev
from app.engine.journal import Journal
from app.paths import Paths

OPEN_LIMIT = 0.2
ROUNDS = 5
PATIENCE = 20.0
FIRST, LAST, WORD = "the-first-line", "the-last-line", "needle-in-it"
MATCHES = {"one": 0.31, "two": 0.62, "three": 0.93}
"""Where in the file the word stands, as shares of its lines."""


def write_log(path: Path, size: int) -> None:
    """Lines as a training script prints them, until the file has its size; the word stands in three of them."""
    block = "".join(
        f"step {n:>8}  loss {2 / (1 + n / 900):.5f}  accuracy {n % 997 / 997:.4f}  lr 3.0e-04  {'·' * 20}\n"
        for n in range(20_000)
    ).encode()
    blocks = max(4, size // len(block))
    marked = {int(blocks * share): f"chapter {name}: {WORD}\n" for name, share in MATCHES.items()}
    with path.open("wb") as file:
        file.write(f"{FIRST}\n".encode())
        for number in range(blocks):
            file.write(block)
            if number in marked:
                file.write(marked[number].encode())
        file.write(f"{LAST}\n".encode())


def workspace(folder: Path, size: int) -> Paths:
    """A workspace whose one run printed the log."""
    paths = Paths(folder)
    paths.make()
    with Journal.create(paths.journal) as journal:
        journal.append(
            ev.WorkspaceOpened(workspace="w", name="long log", path=str(folder), template="blank"),
            ev.ExperimentOpened(experiment=1, title="baseline", slug="baseline", base="b" * 40, contract="c"),
            ev.RunQueued(run=1, experiment=1, purpose="screening", split="", seeds=(7,), backend="local", step=1),
            ev.RunStarted(run=1),
            ev.RunEnded(run=1, reason="finished", detail="", code=0, seconds=60.0, facts={}),
        )
        journal.save_snapshot(journal.state())
    (paths.run(1) / "out").mkdir(parents=True)
    write_log(paths.run(1) / "stdout.log", size)
    return paths


class Session:
    """One program on the log; keys are answered when their text is there.

    Args:
        terminal: the program.
        end, start, find: keys that go to the end and the beginning, and that find the last match.
    """

    def __init__(self, terminal: Terminal, end: str, start: str, find: str) -> None:
        self._terminal = terminal
        self._keys = {"end": (end, LAST), "beginning": (start, FIRST), "find": (find, f"chapter {[*MATCHES][-1]}")}

    def time(self, name: str) -> float:
        """Seconds that one of the three takes."""
        keys, text = self._keys[name]
        self._terminal.read_for(0.15)
        return self._terminal.shown(keys, text, PATIENCE)


def opening(command: list[str], folder: Path, text: str) -> float:
    """Seconds from exec until the text stands on the screen."""
    with Terminal(command, folder, {}) as terminal:
        terminal.read_until_quiet(0.7, 20.0)
        return terminal.seen_after(text) or PATIENCE


def main() -> int:
    """Print the table; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=2.0)
    size = int(parser.parse_args().gigabytes * (1 << 30))
    with scratch() as place:
        small, large = workspace(place / "small", 1 << 20), workspace(place / "large", size)
        heading("a long log at 200x50", f"{(large.run(1) / 'stdout.log').stat().st_size / (1 << 30):.2f} GiB")
        programs = {name: _screen(paths) for name, paths in (("small", small), ("large", large))}
        opened = interleaved(
            {name: _opening(command, paths) for name, (command, paths) in programs.items()}, rounds=ROUNDS
        )
        ours = _walk(programs["large"][0], place, "G", "g", f"G/{WORD}\r", first=LAST)
        less = shutil.which("less")
        log = str(large.run(1) / "stdout.log")
        theirs = _walk([less, log], place, "G", "g", f"G?{WORD}\r", first=FIRST) if less else {}
    row("screen with a log of 1 MiB, exec to its last line", milliseconds(opened["small"]))
    row("screen with the long log, exec to its last line", milliseconds(opened["large"]))
    for name, title in (("end", "to the end"), ("beginning", "to the beginning"), ("find", "the last match of a word")):
        row(f"mlrc: {title}", milliseconds(ours[name]))
        row(f"less: {title}", milliseconds(theirs[name]) if theirs else "less is not installed")
    extra = min(opened["large"]) - min(opened["small"])
    return judge([Bar(name="what the long log adds to opening", reached=max(0.0, extra), limit=OPEN_LIMIT, unit=" s")])


def _screen(paths: Paths) -> tuple[list[str], Paths]:
    return [sys.executable, str(bare_screen.__file__), str(paths.workspace)], paths


def _opening(command: list[str], paths: Paths) -> Callable[[], float]:
    return lambda: opening(command, paths.workspace, LAST)


def _walk(command: list[str], folder: Path, end: str, start: str, find: str, first: str) -> dict[str, list[float]]:
    """Beginning, end and search in turn, several times, in one program."""
    with Terminal(command, folder, {}) as terminal:
        terminal.read_until_quiet(0.7, 20.0)
        if first == LAST:
            terminal.type("5")
        session = Session(terminal, end, start, find)
        return interleaved(
            {
                "beginning": lambda: session.time("beginning"),
                "end": lambda: session.time("end"),
                "again": lambda: session.time("beginning"),
                "find": lambda: session.time("find"),
            },
            rounds=ROUNDS,
        )


if __name__ == "__main__":
    sys.exit(main())
