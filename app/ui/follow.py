"""Follows how long the shown run's log is, from a thread of its own, at most a few times a second. The log itself is
read by the pane, and only what is in view of it; metrics and usage are read for the chart (`app.ui.chart.readings`)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOutput:
    """What a run has written so far, as far as its log pane needs it."""

    run: int
    log_size: int = 0
    """Bytes of its log."""
    trouble: str = ""
    """Why its log cannot be read; empty while it can."""


class RunFollower:
    """Publishes a `RunOutput` whenever the run wrote something, and at once when another run is followed.

    Args:
        folder: gives the folder of a run.
        publish: is called in the thread.
        interval: seconds between looks.
    """

    def __init__(self, folder: Callable[[int], Path], publish: Callable[[RunOutput], None], interval: float) -> None:
        self._folder, self._publish = folder, publish
        self.interval = interval
        """Seconds between looks; may be changed at any time."""
        self._changed = threading.Event()
        self._run: int | None = None
        self._ended = False
        self._thread: threading.Thread | None = None

    def watch(self, run: int | None) -> None:
        """Follow this run from now on."""
        if run == self._run:
            return
        self._run = run
        self._changed.set()
        if self._thread is None and run is not None:
            # A daemon: a read that hangs on a dead network file system must not keep the process.
            self._thread = threading.Thread(target=self._loop, name="run-follower", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._ended = True
        self._changed.set()

    def _loop(self) -> None:
        published: RunOutput | None = None
        while not self._ended:
            run = self._run
            if run is not None:
                try:
                    output = RunOutput(run=run, log_size=_size(self._folder(run) / "stdout.log"))
                except OSError as error:
                    output = RunOutput(run=run, trouble=f"The run's log cannot be read: {error}.")
                if output != published:
                    self._publish(output)
                    published = output
            self._changed.wait(self.interval)
            self._changed.clear()


def _size(log: Path) -> int:
    try:
        return log.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return 0
