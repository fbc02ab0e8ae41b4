"""What a run uses: its disk, which no kernel limits here, and samples for the eye (`usage.jsonl`).

A sample also says how long the log and the metrics were at that moment. So every metric has a time and a place in the
log, to the second, without the experiment's help and however long ago it ran (`sandbox.moments`).
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from sandbox import ending
from sandbox.base import Handle, Limits
from sandbox.devices import DeviceWatch
from sandbox.disk import TooDeepError, disk_bytes, free_bytes
from sandbox.ending import Ending

FILE = "usage.jsonl"
KEEP_FREE = 64 << 20
"""Bytes of the host's disk that runs leave alone, so that journal and exit records can still be written."""
_EVERY = 1.0
_SCAN_SHARE = 20
"""A scan of many files may take one part in so many of the time."""


class DiskWatch:
    """Looks how much a run occupies, at once when the free space of the disk falls fast."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        self._folder = folder
        self._limits = limits
        self._next = 0.0
        self._free = free_bytes(folder)
        self.used = 0

    def check(self) -> Ending | None:
        """Why the run must end, or None."""
        free = free_bytes(self._folder)
        if free < KEEP_FREE:
            return ending.host_disk_full(free)
        now = time.monotonic()
        # Half of what it may still write is gone from the disk: perhaps this run took it.
        sudden = self._free - free > (self._limits.disk_bytes - self.used) // 2
        if now < self._next and not sudden:
            return None
        try:
            self.used = disk_bytes((self._folder / "out", self._folder / "work"))
        except TooDeepError:
            return ending.disk_too_deep()
        self._free = free
        done = time.monotonic()
        self._next = done + max(_EVERY, (done - now) * _SCAN_SHARE)
        return ending.disk_limit(self._limits, self.used) if self.used > self._limits.disk_bytes else None


class UsageLog:
    """Appends one sample a second to `usage.jsonl`.

    Its fields are t (Unix seconds), cpu_pct (100 is one core), memory_bytes, disk_bytes, log_bytes and metrics_bytes
    (lengths of the two files), and gpus (`Device.sample`; absent until the driver has answered, empty without one).
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(folder / FILE, flags, 0o600)
        self._next = 0.0
        self._last: tuple[float, float] | None = None
        self.missed = 0
        """Samples that a full disk did not take."""
        self._gpus = DeviceWatch()

    def sample(self, handle: Handle, disk: int) -> None:
        """Take a sample when it is time and the run can be measured."""
        now = time.monotonic()
        if now < self._next:
            return
        usage = handle.usage()
        if usage is None:
            return
        self._next = now + _EVERY
        percent = 0.0
        if self._last is not None:
            seconds, cpu = now - self._last[0], usage.cpu_seconds - self._last[1]
            # Where processes that ended take their seconds with them, the sum must not count backwards.
            percent = round(max(0.0, cpu) / seconds * 100, 1)
        self._last = (now, usage.cpu_seconds)
        # The log is measured last: what was printed before a metric was written is then within it.
        metrics, log = _length(self._folder / "out" / "metrics.jsonl"), _length(self._folder / "stdout.log")
        line = {
            "t": round(time.time(), 3),
            "cpu_pct": percent,
            "memory_bytes": usage.memory_bytes,
            "disk_bytes": disk,
            "log_bytes": log,
            "metrics_bytes": metrics,
            **self._gpu_samples(handle),
        }
        try:
            os.write(self._descriptor, json.dumps(line).encode() + b"\n")
        except OSError:
            self.missed += 1

    def _gpu_samples(self, handle: Handle) -> dict[str, object]:
        devices = self._gpus.devices
        if devices is None:
            return {}
        own = handle.pids() if any(device.processes for device in devices) else frozenset()
        return {"gpus": [device.sample(own) for device in devices]}

    def close(self) -> None:
        """Close the file."""
        self._gpus.close()
        os.close(self._descriptor)


def _length(path: Path) -> int:
    """Bytes of a file that the run may have replaced by anything."""
    try:
        return path.lstat().st_size
    except OSError:
        return 0
