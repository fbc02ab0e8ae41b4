"""The live curve of a run, read strictly from `out/metrics.jsonl`.

One JSON object per line: `{"trial": SEED, "step": N, "of": TOTAL, NAME: NUMBER, ...}`. These are the experiment's own
words, shown while it runs and never used for a verdict; so nothing here raises because of what the file contains.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.nofollow import NotPlainError, open_folder, open_plain

FILE = "metrics.jsonl"
MAX_LINE = 16 << 10
MAX_READ = 4 << 20
MAX_VALUES = 64
MAX_NAME = 100
_POSITION = ("trial", "step", "of")
_MAX_INTEGER = 1 << 53


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricRecord:
    """One line: where the trial is and what it measured there."""

    trial: int | None = None
    """The seed."""
    step: int | None = None
    of: int | None = None
    """Steps that the trial will have."""
    values: dict[str, float] = field(default_factory=dict)
    """Finite numbers alone."""
    broken: dict[str, float] = field(default_factory=dict)
    """What was NaN or infinite: no value, but news."""
    at: int = field(default=0, compare=False)
    """Byte of the file at which the line begins."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The records that one reading found, and how many lines it had to skip."""

    records: tuple[MetricRecord, ...] = ()
    skipped: int = 0

    def __iter__(self) -> Iterator[MetricRecord]:
        return iter(self.records)

    def __len__(self) -> int:
        return len(self.records)


class _Refused(ValueError):
    """The line is not a metric record."""


def read_metrics(folder: Path, offset: int = 0) -> tuple[Batch, int]:
    """The records of a run's folder from byte `offset` on, and the offset to go on from.

    At most 4 MiB are read at once: call again as long as the offset moves. A line without its newline is left for the
    next time. A file that got shorter is read from its beginning. A link, a pipe or a missing file has no records.
    """
    try:
        data, offset, middle = _read(folder, offset)
    except (FileNotFoundError, NotPlainError):
        return Batch(), offset
    begin = 0
    if middle:
        # The reading before this one ended inside an over-long line, which it counted.
        begin = data.find(b"\n") + 1
        if not begin:
            return Batch(), offset + len(data)
    end = data.rfind(b"\n") + 1
    rest = len(data) - max(begin, end)
    records, skipped = _parse_lines(data[begin:end], offset + begin)
    if rest > MAX_LINE:
        return Batch(records, skipped + 1), offset + len(data)
    return Batch(records, skipped), offset + max(begin, end)


def _read(folder: Path, offset: int) -> tuple[bytes, int, bool]:
    root = open_folder(folder / "out")
    try:
        descriptor, state = open_plain(root, FILE)
    finally:
        os.close(root)
    try:
        if offset > state.st_size:
            offset = 0
        middle = offset > 0 and os.pread(descriptor, 1, offset - 1) != b"\n"
        return os.pread(descriptor, MAX_READ, offset), offset, middle
    finally:
        os.close(descriptor)


def _parse_lines(data: bytes, at: int) -> tuple[tuple[MetricRecord, ...], int]:
    records: list[MetricRecord] = []
    skipped = 0
    for line in data.split(b"\n"):
        if line.strip():
            try:
                records.append(parse_line(line, at))
            except _Refused:
                skipped += 1
        at += len(line) + 1
    return tuple(records), skipped


def parse_line(line: bytes, at: int = 0) -> MetricRecord:
    """One line, which begins at byte `at` of its file, as a record.

    Raises:
        ValueError: it is not a flat JSON object of numbers with distinct names.
    """
    if len(line) > MAX_LINE:
        raise _Refused("the line is too long")
    try:
        value = json.loads(line, object_pairs_hook=_distinct)
    except RecursionError as error:
        raise _Refused("nested too deep") from error
    except ValueError as error:
        raise _Refused(str(error)) from error
    if not isinstance(value, dict):
        raise _Refused("not an object")
    position = {name: _whole(value.pop(name)) for name in _POSITION if name in value}
    if len(value) > MAX_VALUES:
        raise _Refused("too many values")
    numbers = {_name(name): _number(item) for name, item in value.items()}
    finite = {name: number for name, number in numbers.items() if math.isfinite(number)}
    broken = {} if len(finite) == len(numbers) else {n: v for n, v in numbers.items() if n not in finite}
    return MetricRecord(**position, values=finite, broken=broken, at=at)


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Refused("a name stands there twice")
    return found


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= _MAX_INTEGER:
        raise _Refused("not a whole number")
    return value


def _name(name: str) -> str:
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise _Refused("not a name")
    return name


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _Refused("not a number")
    try:
        return float(value)
    except OverflowError as error:
        raise _Refused("too large") from error
