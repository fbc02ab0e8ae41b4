"""What a run uses: its disk, which no kernel limits here, and samples for the eye (`usage.jsonl`)."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

from sandbox import ending
from sandbox.base import Handle, Limits
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

    Its fields are t (Unix seconds), cpu_pct (100 is one core), memory_bytes and disk_bytes.
    """

    def __init__(self, folder: Path) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        self._descriptor = os.open(folder / FILE, flags, 0o600)
        self._next = 0.0
        self._last: tuple[float, float] | None = None
        self.missed = 0
        """Samples that a full disk did not take."""

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
        line = {
            "t": round(time.time(), 3),
            "cpu_pct": percent,
            "memory_bytes": usage.memory_bytes,
            "disk_bytes": disk,
        }
        try:
            os.write(self._descriptor, json.dumps(line).encode() + b"\n")
        except OSError:
            self.missed += 1

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)
