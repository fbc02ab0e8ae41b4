"""Follows the shown run's log, metrics and usage from a thread of its own, at most a few times a second."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from app.ui.curves import Curves
from app.ui.logfold import LogFold
from sandbox import logtail

FIRST_WINDOW = 256 << 10
CATCH_UP = 1 << 20
"""Bytes read at once; a log that grew by more since the last look is shown from its end on."""
USAGE_TAIL = 4 << 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutput:
    """What a run has written so far, as far as a screen needs it."""

    run: int
    lines: tuple[str, ...] = ()
    total: int = 0
    """Lines seen, including those that left the window."""
    curves: Curves = field(default_factory=Curves)
    reference: Curves = field(default_factory=Curves)
    """Curves of the baseline's run of the same purpose."""
    usage: dict[str, float] = field(default_factory=dict)


class Target(NamedTuple):
    """The run to follow, whose curves to draw (an evaluation has none of its own), and the baseline's run."""

    run: int
    curves_of: int
    reference: int | None = None


class _Reading:
    """Where one target has been read up to."""

    def __init__(self, folder: Callable[[int], Path], target: Target) -> None:
        self.target = target
        self._folder = folder
        self._log = folder(target.run) / "stdout.log"
        self._fold = LogFold()
        self._offset: int | None = None
        self._metrics = {number: 0 for number in (target.curves_of, target.reference) if number is not None}
        self._curves = {number: Curves() for number in self._metrics}
        self._usage: dict[str, float] = {}

    def read(self) -> bool:
        """Read on; True if there was anything new."""
        moved = self._read_log()
        for number in self._metrics:
            moved |= self._read_metrics(number)
        return self._read_usage() or moved

    def _read_log(self) -> bool:
        if self._offset is None:
            window = logtail.tail(self._log, FIRST_WINDOW)
            if window.start:
                self._fold.note(f"… {window.start} bytes before this are in the file only")
        else:
            window = logtail.read_from(self._log, self._offset, CATCH_UP)
            if len(window.data) == CATCH_UP:
                window = logtail.tail(self._log, FIRST_WINDOW)
                self._fold.note(f"… {window.start - self._offset} bytes were skipped to keep up; the file has them")
        moved = window.end != (self._offset or 0)
        self._offset = window.end
        if window.data:
            self._fold.feed(window.data)
        return moved

    def _read_metrics(self, number: int) -> bool:
        from sandbox.metrics import read_metrics

        begin = self._metrics[number]
        while True:
            batch, offset = read_metrics(self._folder(number), self._metrics[number])
            self._curves[number].add(batch)
            if offset == self._metrics[number]:
                return offset != begin
            self._metrics[number] = offset

    def _read_usage(self) -> bool:
        tail = logtail.tail(self._folder(self.target.run) / "usage.jsonl", USAGE_TAIL).data
        rows = tail[: tail.rfind(b"\n") + 1].splitlines()
        if not rows:
            return False
        try:
            row = json.loads(rows[-1])
        except ValueError:
            return False
        usage = {key: float(value) for key, value in row.items() if isinstance(value, int | float)}
        changed = usage != self._usage
        self._usage = usage
        return changed

    def output(self) -> RunOutput:
        """All of it."""
        reference = self.target.reference
        return RunOutput(
            run=self.target.run,
            lines=self._fold.lines,
            total=self._fold.total,
            curves=self._curves[self.target.curves_of].copy(),
            reference=self._curves[reference].copy() if reference is not None else Curves(),
            usage=dict(self._usage),
        )


class RunFollower:
    """Publishes a `RunOutput` whenever the target wrote something, and at once when the target changes.

    Args:
        folder: gives the folder of a run.
        publish: is called in the thread.
        interval: seconds between looks.
    """

    def __init__(self, folder: Callable[[int], Path], publish: Callable[[RunOutput], None], interval: float) -> None:
        self._folder, self._publish, self._interval = folder, publish, interval
        self._changed = threading.Event()
        self._target: Target | None = None
        self._ended = False
        self._thread: threading.Thread | None = None

    def watch(self, target: Target | None) -> None:
        """Follow this run from now on."""
        if target == self._target:
            return
        self._target = target
        self._changed.set()
        if self._thread is None and target is not None:
            # A daemon: a read that hangs on a dead network file system must not keep the process.
            self._thread = threading.Thread(target=self._loop, name="run-follower", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._ended = True
        self._changed.set()

    def _loop(self) -> None:
        reading: _Reading | None = None
        while not self._ended:
            target = self._target
            fresh = reading is None or reading.target != target
            if target is None:
                reading = None
            else:
                if reading is None or fresh:
                    reading = _Reading(self._folder, target)
                try:
                    if reading.read() or fresh:
                        self._publish(reading.output())
                except OSError as error:
                    self._publish(RunOutput(run=target.run, lines=(f"The log cannot be read: {error}.",)))
                    self._changed.wait(5.0)
            self._changed.wait(self._interval)
            self._changed.clear()
