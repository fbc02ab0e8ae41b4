"""The journal at 5,000 events: one durable append, the replay of everything, and the start from a snapshot.

Each is compared with what it cannot do without: a bare SQLite insert with the same settings, and parsing the same rows.
Run `python tests/benchmarks/journal_and_fold.py [--events N]`. There is no bar; the figures are for the reader.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from rig.figures import heading, interleaved, median, milliseconds, row
from rig.history import lengthen
from rig.workspaces import scratch

from app.engine import events as ev
from app.engine.fold import fold
from app.engine.journal import Journal, encode

APPENDS = 300
ROUNDS = 15
EVENT = ev.StepDecided(step=17, decision="accepted", by="somebody (cli 4711)", card="c" * 64, reason="looks right")


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """The seconds that it takes."""

    def measure() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return measure


def appends(folder: Path) -> dict[str, list[float]]:
    """One event each, by the journal and by SQLite alone; both durable when they return."""
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, time REAL, type TEXT, data TEXT) STRICT")
    text = encode(EVENT)
    insert = "INSERT INTO events (time, type, data) VALUES (?, ?, ?)"
    with Journal.create(folder / "appends.db") as journal:
        found = interleaved(
            {
                "ours": timed(lambda: journal.append(EVENT)),
                "bare": timed(lambda: bare.execute(insert, (time.time(), "StepDecided", text))),
            },
            APPENDS,
            warm_up=20,
        )
    bare.close()
    return found


def replays(path: Path) -> dict[str, list[float]]:
    """The state by folding everything, from the snapshot, and the parsing of all rows alone."""
    with Journal.open(path) as journal:
        rows = sqlite3.connect(path)

        def parse() -> list[object]:
            return [json.loads(data) for (data,) in rows.execute("SELECT data FROM events ORDER BY seq")]

        def start() -> object:
            with Journal.open(path) as fresh:
                return fresh.state()

        whole, short = fold(journal.since(0)), journal.state()
        assert whole == short, "the snapshot with the rest is not the full fold"
        found = interleaved(
            {
                "fold": timed(lambda: fold(journal.since(0))),
                "parse": timed(parse),
                "snapshot": timed(journal.state),
                "start": timed(start),
            },
            ROUNDS,
            warm_up=2,
        )
        rows.close()
    return found


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=5000)
    count = parser.parse_args().events
    heading("journal and fold", "medians of interleaved repetitions")
    with scratch() as place:
        (place / "cards").mkdir()
        written = appends(place)
        with Journal.create(place / "journal.db") as journal:
            journal.append(ev.WorkspaceOpened(workspace="w", name="bench", path=str(place)))
            lengthen(journal, place / "cards", count)
            last = journal.last()
            snapshot = journal.load_snapshot()
        found = replays(place / "journal.db")
        size = (place / "journal.db").stat().st_size
    ratio = median(written["ours"]) / median(written["bare"])
    row("append one event, durable", milliseconds(written["ours"]), f"ratio {ratio:.2f}")
    row("reference: the same insert by SQLite alone", milliseconds(written["bare"]))
    print(f"a journal of {last} events ({size / 1e6:.1f} MB), newest snapshot after {snapshot.seq if snapshot else 0}")
    parse = median(found["parse"])
    row("replay of everything", milliseconds(found["fold"]), f"ratio {median(found['fold']) / parse:.2f}")
    row("reference: parse the rows alone", milliseconds(found["parse"]))
    row("state from the snapshot and the rest", milliseconds(found["snapshot"]))
    share = median(found["start"]) / median(found["fold"])
    row("the same with opening the file", milliseconds(found["start"]), f"{share:.2f} of the replay")
    return 0


if __name__ == "__main__":
    sys.exit(main())
