"""When a metric was written, and what the log said then.

`metrics.jsonl` has no times, and an experiment's own ones would be its own words. The keeper notes once a second how
long log and metrics are (`usage.jsonl`). So a byte of the metrics lies between two samples: its time is known to the
second, and the part of the log that was written in that second. In it, the line that names the step is looked for.
"""

from __future__ import annotations

import json
import os
import re
from math import inf
from pathlib import Path
from typing import NamedTuple

from sandbox import logtail
from sandbox.gauges import FILE

MAX_SAMPLE = 8 << 10
MAX_PART = 1 << 20
"""Bytes of the log that are searched at most; the last ones of the part."""
_PROGRESS = re.compile(
    rb"(?:\b(?:step|iter|iteration|batch|update|epoch|it)\W{0,3}|(?<![\d.])(?=\d+/\d))(\d+)(?![\d.])", re.I
)
_NUMBER = re.compile(rb"(?<![\w.])\d+(?![\w.])")
_WORD = re.compile(r"[a-z]{2,}")


class Moment(NamedTuple):
    """The sample after which a metric was there, and the log's part since the sample before it."""

    time: float
    """Unix seconds; the metric was written in the second before."""
    log_from: int
    log_to: int


class Place(NamedTuple):
    """A line of the log, by its first byte, and whether it names the step itself."""

    offset: int
    exact: bool


def moment_of(folder: Path, at: int) -> Moment | None:
    """When byte `at` of a run's metrics had been written; None where no sample says (before the first, after the last).

    Samples are in the order of time, so that a dozen of them are read, however long the run was.
    """
    with _Samples(folder / FILE) as samples:
        low, high = 0, samples.size
        # The first sample that has the byte begins in [low, high).
        found: dict[str, float] | None = None
        before: dict[str, float] | None = None
        while low < high:
            begin, end, sample = samples.at((low + high) // 2)
            if sample is not None and sample["metrics_bytes"] > at:
                found, high = sample, begin
            else:
                before, low = sample or before, max(end, low + 1)
    if found is None:
        return None
    return Moment(found["t"], int(before["log_bytes"]) if before else 0, int(found["log_bytes"]))


def place_in_log(folder: Path, at: int, *, step: float, trial: int, name: str) -> Place | None:
    """The line of the log that belongs best to a metric.

    Of the part of the log that was written in the same second (without samples: of its end), the line which names the
    step or the nearest one to it; of several, the one that also names the trial and words of the metric's name.

    Args:
        folder: the run's.
        at: byte of `metrics.jsonl` at which the metric's line begins.
        step: what it reports.
        trial: seed of its trial.
        name: of the metric.
    """
    moment = moment_of(folder, at)
    log = folder / "stdout.log"
    if moment is None:
        window = logtail.tail(log, MAX_PART)
    else:
        begin = max(moment.log_from, moment.log_to - MAX_PART)
        window = logtail.read_from(log, begin, max(0, moment.log_to - begin))
    if not window.data.strip():
        # Nothing was printed in that second: the line before it, if the log has any.
        return Place(max(0, window.start - 1), exact=False) if moment is not None and window.start else None
    return _best(window.data, window.start, round(step), trial, _WORD.findall(name.casefold()))


def _best(data: bytes, start: int, step: int, trial: int, words: list[str]) -> Place:
    best = (inf, 0, 0)
    offset = start
    for row in re.split(rb"(?<=[\r\n])", data):
        text = row.lower()
        numbers = {int(number) for number in _NUMBER.findall(text) if len(number) < 16}
        steps = {int(number) for number in _PROGRESS.findall(text) if len(number) < 16}
        # A line that counts nothing names the step with any number.
        same = step in (steps or numbers)
        distance = 0 if same else min((abs(number - step) for number in steps), default=inf)
        likeness = 2 * (trial in numbers) + sum(word.encode() in text for word in words)
        best = min(best, (distance, -likeness, offset))
        offset += len(row)
    # A part in which no line counts steps has no better line than its first.
    return Place(best[2] if best[0] != inf else start, exact=best[0] == 0)


class _Samples:
    """The lines of `usage.jsonl`, found from any byte."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self.size = 0

    def __enter__(self) -> _Samples:
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except FileNotFoundError:
            return self
        self.size = os.fstat(self._descriptor).st_size
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def at(self, place: int) -> tuple[int, int, dict[str, float] | None]:
        """First byte, end and content of the line that byte `place` belongs to; no content where it is no sample."""
        if self._descriptor is None:
            return place, place + 1, None
        lead = max(0, place - MAX_SAMPLE)
        data = os.pread(self._descriptor, 2 * MAX_SAMPLE, lead)
        inside = place - lead
        begin = data.rfind(b"\n", 0, inside) + 1
        end = data.find(b"\n", inside)
        end = len(data) if end < 0 else end + 1
        return lead + begin, lead + end, _sample(data[begin:end])


def _sample(row: bytes) -> dict[str, float] | None:
    try:
        value = json.loads(row)
        return {key: float(value[key]) for key in ("t", "log_bytes", "metrics_bytes")}
    except (ValueError, TypeError, KeyError):
        return None
