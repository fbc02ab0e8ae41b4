"""Reads what charts and gauges are drawn from, in a thread of its own, at most once a second."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from app.ui.curves import Curves
from sandbox import logtail

USAGE_TAIL = 8 << 10
TROUBLED_SECONDS = 5.0


class Sources(NamedTuple):
    """What to read: the run whose usage counts, and the runs whose curves are drawn, the shown one first."""

    usage: int
    curves: tuple[int, ...]


class Bounds(NamedTuple):
    """What a run may use; 0 where its record does not say."""

    memory_bytes: int = 0
    disk_bytes: int = 0
    wall_seconds: float = 0.0


class GpuUse(NamedTuple):
    """One GPU, or one slice of one, as the keeper saw it last."""

    number: int
    name: str
    slice: str
    percent: int | None
    used: int
    total: int
    own: int | None
    """Bytes that the run uses; None where the driver does not say."""
    others: int
    """Processes of other runs and other people."""


class Usage(NamedTuple):
    """The keeper's last sample of a run."""

    cpu_percent: float
    memory_bytes: int
    disk_bytes: int
    gpus: tuple[GpuUse, ...] | None
    """None where the keeper did not look, or has no answer yet."""


@dataclass(frozen=True, slots=True)
class Readings:
    """All that has been read; never changed once it was published."""

    sources: Sources
    curves: dict[int, Curves] = field(default_factory=dict)
    usage: Usage | None = None
    bounds: Bounds = Bounds()
    trouble: str = ""


class _Reading:
    """Where one set of sources has been read up to."""

    def __init__(self, folder: Callable[[int], Path], sources: Sources) -> None:
        self.sources = sources
        self._folder = folder
        self._growing = {run: Curves() for run in sources.curves}
        self._offsets = dict.fromkeys(sources.curves, 0)
        self._published: dict[int, Curves] = {}
        self._usage: Usage | None = None
        self._bounds = _bounds_of(folder(sources.usage))

    def watch(self, sources: Sources) -> None:
        """Read other sources from now on; what was read of runs that stay is kept."""
        if sources.usage != self.sources.usage:
            self._usage, self._bounds = None, _bounds_of(self._folder(sources.usage))
        self.sources = sources
        self._growing = {run: self._growing.get(run) or Curves() for run in sources.curves}
        self._offsets = {run: self._offsets.get(run, 0) for run in sources.curves}
        self._published = {run: made for run, made in self._published.items() if run in sources.curves}

    def read(self) -> bool:
        """Read on; True if there was anything new."""
        moved = [run for run in self.sources.curves if self._read_metrics(run)]
        for run in moved:
            self._published.pop(run, None)
        usage = _usage_of(self._folder(self.sources.usage))
        moved_on = bool(moved) or usage != self._usage
        self._usage = usage
        return moved_on

    def _read_metrics(self, run: int) -> bool:
        from sandbox.metrics import read_metrics

        begin = self._offsets[run]
        while True:
            batch, offset = read_metrics(self._folder(run), self._offsets[run])
            if offset < self._offsets[run]:
                # The file was begun anew.
                self._growing[run] = Curves()
            self._growing[run].add(batch)
            if offset == self._offsets[run]:
                return offset != begin
            self._offsets[run] = offset

    def readings(self) -> Readings:
        """All of it, in copies that stay as they are."""
        for run in self.sources.curves:
            if run not in self._published:
                self._published[run] = self._growing[run].copy()
        return Readings(self.sources, dict(self._published), self._usage, self._bounds)


class ChartFollower:
    """Publishes `Readings` whenever the sources wrote something, and at once when they change.

    Args:
        folder: gives the folder of a run.
        publish: is called in the thread.
        interval: seconds between looks; may be set at any time.
    """

    def __init__(self, folder: Callable[[int], Path], publish: Callable[[Readings], None], interval: float) -> None:
        self.interval = interval
        self._folder, self._publish = folder, publish
        self._changed = threading.Event()
        self._sources: Sources | None = None
        self._ended = False
        self._thread: threading.Thread | None = None

    def watch(self, sources: Sources | None) -> None:
        """Read these from now on."""
        if sources == self._sources:
            return
        self._sources = sources
        self._changed.set()
        if self._thread is None and sources is not None:
            # A daemon: a read that hangs on a dead network file system must not keep the process.
            self._thread = threading.Thread(target=self._loop, name="chart-follower", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._ended = True
        self._changed.set()

    def _loop(self) -> None:
        reading: _Reading | None = None
        while not self._ended:
            sources, pause = self._sources, self.interval
            if sources is not None:
                try:
                    fresh = reading is None or reading.sources != sources
                    if reading is None:
                        reading = _Reading(self._folder, sources)
                    elif fresh:
                        reading.watch(sources)
                    if reading.read() or fresh:
                        self._publish(reading.readings())
                except OSError as error:
                    reading, pause = None, TROUBLED_SECONDS
                    self._publish(Readings(sources, trouble=f"The metrics cannot be read: {error}."))
            self._changed.wait(pause)
            self._changed.clear()


def _bounds_of(folder: Path) -> Bounds:
    try:
        limits = json.loads((folder / "spec.json").read_bytes())["limits"]
        return Bounds(int(limits["memory_bytes"]), int(limits["disk_bytes"]), float(limits["wall_seconds"]))
    except (OSError, ValueError, TypeError, KeyError):
        # A damaged record is the engine's to tell; the gauges go without limits.
        return Bounds()


def _usage_of(folder: Path) -> Usage | None:
    rows = logtail.tail(folder / "usage.jsonl", USAGE_TAIL).data.split(b"\n")[:-1]
    try:
        row = json.loads(rows[-1]) if rows else None
    except ValueError:
        return None
    if not isinstance(row, dict):
        return None
    gpus = row.get("gpus")
    return Usage(
        float(_number(row, "cpu_pct") or 0.0),
        int(_number(row, "memory_bytes") or 0),
        int(_number(row, "disk_bytes") or 0),
        tuple(_gpu(item) for item in gpus if isinstance(item, dict)) if isinstance(gpus, list) else None,
    )


def _gpu(item: dict[str, object]) -> GpuUse:
    percent, own = _number(item, "pct"), _number(item, "own")
    return GpuUse(
        number=int(_number(item, "gpu") or 0),
        name=str(item.get("name", "")),
        slice=str(item.get("slice", "")),
        percent=None if percent is None else int(percent),
        used=int(_number(item, "used") or 0),
        total=int(_number(item, "total") or 0),
        own=None if own is None else int(own),
        others=int(_number(item, "others") or 0),
    )


def _number(row: dict[str, object], key: str) -> int | float | None:
    value = row.get(key)
    return value if isinstance(value, int | float) else None
