"""What a run wrote since the last look, at a bounded cost however much it was: for those who only keep an eye on it.

A look reads at most `LOOK` bytes of the log and of the metrics file each, the newest ones where more came, and parses
at most `SAMPLE` metric lines; numbers that are none are looked for in all bytes read. All of it is the experiment's own
words.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from sandbox import metrics
from sandbox.metrics import MetricRecord, parse_line
from sandbox.nofollow import NotPlainError, open_folder, open_plain

LOOK = 1 << 20
SAMPLE = 48
LINES_KEPT = 5
LINE_BYTES = 400
LOG = "stdout.log"
USAGE = "usage.jsonl"
_USAGE_TAIL = 4 << 10
_NOT_FINITE = re.compile(rb'"\s*:\s*-?(?:nan|inf(?:inity)?)\s*[,}]')
_PRINTED = re.compile(rb"nan\b|inf\b|infinity\b")
_ITS_NAME = re.compile(rb"(?:loss|err|error|metric|nll|mse|ppl|perplexity|grad_norm)[a-z_]*[\"']?\s*[:= ]\s*-?$")
"""What stands before a number that matters."""
_TRIES = 200


class Found(NamedTuple):
    """A line with something in it that a person should see."""

    line: str
    before: tuple[str, ...]
    """Some of the lines before it, oldest first."""
    offset: int
    """Where it begins in its file, in bytes."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Whole lines of a file, from byte `start` on."""

    data: bytes = b""
    start: int = 0

    def line_at(self, position: int) -> Found:
        """The line around a position in the data."""
        begin = self.data.rfind(b"\n", 0, position) + 1
        end = self.data.find(b"\n", begin)
        before = _texts(self.data[max(0, begin - 4 * LINE_BYTES) : begin], LINES_KEPT - 1)
        return Found(_text(self.data[begin:end]), before, self.start + begin)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What one look saw."""

    gap: float | None = None
    """Seconds between this output and the one before; None where there was none, or none was seen before."""
    lines: int = 0
    """New lines of the log."""
    records: tuple[MetricRecord, ...] = ()
    """The newest metric lines, at most `SAMPLE`."""
    not_finite: Found | None = None
    """A metric line with NaN or infinity for a value."""
    printed_not_finite: Found | None = None
    """A line of the log that names a loss or an error and gives it as NaN or infinity."""


@dataclass(slots=True)
class Glance:
    """Looks at the folder of one run again and again."""

    folder: Path
    moved_at: float = 0.0
    """Unix seconds of the last byte; at the first look, what the log file says."""
    step: int = 0
    of: int = 0
    trial: int | None = None
    log_end: int = 0
    """Bytes that the log had at the last look."""
    tail: tuple[str, ...] = ()
    """The last lines of the log."""
    tail_start: int = 0
    metric_tail: tuple[str, ...] = ()
    _log_at: int = 0
    _metrics_at: int = 0
    _looked: bool = False
    _reached: float = field(default=0.0)

    def look(self, seeds: Sequence[int] = ()) -> Look:
        """See what is new; `seeds` are the trials of the run, in their order."""
        log, metric = self._read_log(), self._read_metrics()
        gap = self._note_time(bool(log.data or metric.data))
        if log.data:
            self.tail = _texts(log.data[-LINES_KEPT * LINE_BYTES * 4 :], LINES_KEPT)
            self.tail_start = log.start + log.data.rfind(b"\n", 0, len(log.data) - 1) + 1
        return Look(
            gap=gap,
            lines=log.data.count(b"\n"),
            records=self._note_metrics(metric, seeds),
            not_finite=_not_finite(metric),
            printed_not_finite=_not_finite_printed(log),
        )

    def done(self) -> float:
        """What part of the run is behind it, 0 to 1; 0 where it does not say.

        Several curves of one trial begin anew, so what was reached stays reached.
        """
        return self._reached

    def eta(self, elapsed: float) -> float | None:
        """Seconds that the rest will take at the pace so far; None where nothing tells."""
        return elapsed * (1 - self._reached) / self._reached if self._reached > 0.02 else None

    def disk_bytes(self) -> int:
        """What the run occupies, by its newest usage sample."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            with (self.folder / USAGE).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                rows = os.pread(file.fileno(), _USAGE_TAIL, max(0, size - _USAGE_TAIL)).rpartition(b"\n")[0]
            found = json.loads(rows.rpartition(b"\n")[2] or b"{}").get("disk_bytes", 0)
            return int(found) if isinstance(found, int | float) else 0
        return 0

    def _note_time(self, moved: bool) -> float | None:
        now, before = time.time(), self.moved_at
        first, self._looked = not self._looked, True
        if first:
            # What is there may be old: another engine may have seen it come.
            self.moved_at = min(now, self._log_time() or now)
        elif moved:
            self.moved_at = now
            return now - before
        return None

    def _note_metrics(self, metric: Piece, seeds: Sequence[int]) -> tuple[MetricRecord, ...]:
        if not metric.data:
            return ()
        lines = metric.data.rsplit(b"\n", SAMPLE + 1)[-SAMPLE - 1 : -1]
        self.metric_tail = tuple(_text(row) for row in lines[-LINES_KEPT:])
        records = tuple(_parsed(lines))
        for record in records:
            self.step, self.trial = record.step or 0, record.trial
            self.of = record.of or self.of
            self._reached = max(self._reached, self._share(seeds))
        return records

    def _share(self, seeds: Sequence[int]) -> float:
        if not self.of:
            return 0.0
        trials = max(1, len(seeds))
        before = seeds.index(self.trial) if self.trial in seeds else 0
        return min(1.0, (before + min(1.0, self.step / self.of)) / trials)

    def _read_log(self) -> Piece:
        try:
            descriptor = os.open(self.folder / LOG, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return Piece()
        try:
            self.log_end = os.fstat(descriptor).st_size
            piece, self._log_at = _read_new(descriptor, self._log_at)
        finally:
            os.close(descriptor)
        return piece

    def _read_metrics(self) -> Piece:
        try:
            root = open_folder(self.folder / "out")
            try:
                descriptor, _ = open_plain(root, metrics.FILE)
            finally:
                os.close(root)
        except (NotPlainError, OSError):
            return Piece()
        try:
            piece, self._metrics_at = _read_new(descriptor, self._metrics_at)
        finally:
            os.close(descriptor)
        return piece

    def _log_time(self) -> float:
        with contextlib.suppress(OSError):
            return (self.folder / LOG).stat(follow_symlinks=False).st_mtime
        return 0.0


def _read_new(descriptor: int, offset: int) -> tuple[Piece, int]:
    """Whole lines from an offset on, the newest `LOOK` bytes of them, and the offset to go on from."""
    size = os.fstat(descriptor).st_size
    offset = offset if offset <= size else 0
    start = max(offset, size - LOOK)
    data = os.pread(descriptor, LOOK, start)
    end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
    begin = 0
    if start > offset:
        # Skipped into the middle of a line.
        begin = data.find(b"\n", 0, end) + 1
    if not end and len(data) == LOOK:
        return Piece(), size
    return Piece(data[begin:end], start + begin), start + end


def _parsed(lines: list[bytes]) -> list[MetricRecord]:
    found = []
    for row in lines:
        with contextlib.suppress(ValueError):
            found.append(parse_line(row))
    return found


def _not_finite(metric: Piece) -> Found | None:
    low = metric.data.lower()
    # Searching for plain bytes is many times quicker than the pattern, and hardly ever finds anything.
    match = _NOT_FINITE.search(low) if b"nan" in low or b"inf" in low else None
    return metric.line_at(match.start()) if match else None


def _not_finite_printed(log: Piece) -> Found | None:
    low = log.data.lower()
    if b"nan" not in low and b"inf" not in low:
        return None
    for match in islice(_PRINTED.finditer(low), _TRIES):
        begin = max(low.rfind(b"\n", 0, match.start()) + 1, match.start() - LINE_BYTES)
        if _ITS_NAME.search(low, begin, match.start()):
            return log.line_at(match.start())
    return None


def _texts(data: bytes, count: int) -> tuple[str, ...]:
    rows = [row for row in re.split(rb"[\r\n]+", data) if row.strip()]
    return tuple(_text(row) for row in rows[-count:])


def _text(row: bytes) -> str:
    return row[:LINE_BYTES].decode("utf-8", "replace")
