"""The pulse of every running run: how far it is and when it last wrote, looked at from a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from app.engine.state import RunState
from app.ui import signs
from app.ui.progress import KNOWN_FROM

if TYPE_CHECKING:
    from sandbox.glance import Glance

SILENT_SECONDS = 60.0
"""A silence shorter than this is not worth a word."""
QUIET_PURPOSES = ("prepare", "evaluation")


class Pulse(NamedTuple):
    """One run as it was at the last look."""

    run: int
    started: float
    share: float
    """Of the whole run, 0 to 1; 0 where it does not say."""
    trial: int
    """From 1 on."""
    trials: int
    step: int
    of: int
    """Steps of a trial; 0 where it does not say."""
    wrote_at: float
    """Unix seconds of the last byte of log or metrics."""

    def words(self, now: float) -> list[str]:
        """Where it is, and how long it will take or has been silent."""
        words = [f"trial {self.trial}/{self.trials}"] if self.trials > 1 and self.of else []
        if self.of:
            words.append(f"step {self.step}/{self.of}")
        wrote = max(self.wrote_at, self.started)
        if now - wrote >= SILENT_SECONDS:
            words.append(f"silent {signs.age(wrote, now)}")
        elif self.share > KNOWN_FROM:
            elapsed = max(0.0, now - self.started)
            words.append(f"ETA {signs.duration(elapsed * (1 - self.share) / self.share)}")
        return words


class PulseWatch:
    """Publishes the pulses of the watched runs whenever one of them changed.

    Args:
        folder: gives the folder of a run.
        publish: is called in the thread, with the pulses by run.
        interval: seconds between looks.
    """

    def __init__(
        self, folder: Callable[[int], Path], publish: Callable[[dict[int, Pulse]], None], interval: float
    ) -> None:
        self._folder, self._publish, self._interval = folder, publish, interval
        self._changed = threading.Event()
        self._runs: tuple[RunState, ...] = ()
        self._glances: dict[int, Glance] = {}
        self._ended = False
        self._thread: threading.Thread | None = None

    def watch(self, runs: Iterable[RunState]) -> None:
        """Look at these runs from now on."""
        before, self._runs = self._runs, tuple(runs)
        if [r.id for r in before] == [r.id for r in self._runs]:
            return
        self._changed.set()
        if self._thread is None:
            # A daemon: a look that hangs on a dead network file system must not keep the process.
            self._thread = threading.Thread(target=self._loop, name="pulse", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._ended = True
        self._changed.set()

    def _loop(self) -> None:
        shown: dict[int, Pulse] = {}
        while not self._ended:
            found = {run.id: self._look(run) for run in self._runs}
            self._glances = {run: glance for run, glance in self._glances.items() if run in found}
            if found != shown:
                shown = found
                self._publish(found)
            # Without a running run there is nothing to look at, and nothing to wake up for.
            self._changed.wait(self._interval if found else None)
            self._changed.clear()

    def _look(self, run: RunState) -> Pulse:
        from sandbox.glance import Glance

        glance = self._glances.setdefault(run.id, Glance(self._folder(run.id)))
        glance.look(run.seeds)
        trial = run.seeds.index(glance.trial) + 1 if glance.trial in run.seeds else 1
        known = run.purpose not in QUIET_PURPOSES
        return Pulse(
            run=run.id,
            started=run.started,
            share=glance.done() if known else 0.0,
            trial=trial,
            trials=len(run.seeds),
            step=glance.step,
            of=glance.of if known else 0,
            wrote_at=glance.moved_at,
        )
