"""The rows of a log by byte offset, forwards and backwards from anywhere; cost is that of the rows, not of the file.

A row ends at a newline or at a dropped part of the log. One that is longer than 16 MiB also ends at the multiples of
16 MiB within it that have no newline in the 16 MiB before them: a rule that gives the same rows from both directions.
Of a row that was redrawn with carriage returns, as progress bars are, the last state is its text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from sandbox.logtail import OpenLog

MAX_WIDTH = 4000
"""Characters kept of one row."""
LONG = 16 << 20
_BLOCK = 64 << 10
_BLOCKS = 16
_REMEMBERED = 4096
_MOST_HOLES = 1000


class Row(NamedTuple):
    """One row of a log: where it begins, where the next one does, and what it says (not cleaned)."""

    start: int
    end: int
    text: str = ""
    dropped: bool = False
    """There are no bytes here: they were dropped because the log reached its cap or the disk was full."""


class LogRows:
    """Rows of one log. Everything but `open` needs it open.

    Args:
        path: the file, which may grow, be cut, or not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log = OpenLog(path)
        self._blocks: dict[int, bytes] = {}
        self._holes: list[tuple[int, int]] = []
        self._ends: list[int] = []
        self._long: dict[int, Row] = {}
        """Rows over a block by their start, because finding their ends means reading them."""
        self._long_starts: dict[int, int] = {}
        self.size = 0

    @contextmanager
    def open(self) -> Iterator[LogRows]:
        """The log as it is now.

        Raises:
            OSError: it cannot be read.
        """
        with OpenLog(self.path) as log:
            self._log = log
            holes = log.holes(_MOST_HOLES)
            if holes != self._holes or log.size < self.size or len(self._long) > _REMEMBERED:
                self._long.clear()
                self._long_starts.clear()
            self.size, self._holes, self._ends = log.size, holes, [end for _, end in holes]
            try:
                yield self
            finally:
                self._blocks.clear()

    def after(self, start: int, count: int) -> list[Row]:
        """At most so many rows from the one on that begins at `start`."""
        rows: list[Row] = []
        while start < self.size and len(rows) < count:
            rows.append(self.row(start))
            start = rows[-1].end
        return rows

    def before(self, end: int, count: int) -> list[Row]:
        """At most so many rows up to the one that ends at `end`, in the order of the file."""
        rows: list[Row] = []
        while end > 0 and len(rows) < count:
            rows.append(self.row(self.start_of(end - 1)))
            end = rows[-1].start
        return rows[::-1]

    def start_of(self, offset: int) -> int:
        """Where the row begins that holds a byte; the end of the log for what is behind it."""
        if offset >= self.size:
            return self.size
        if offset in self._long_starts:
            return self._long_starts[offset]
        begin, _, dropped = self._part(offset)
        start = begin if dropped else self._start_in(begin, offset)
        if offset - start > _BLOCK:
            self._long_starts[offset] = start
        return start

    def row(self, start: int) -> Row:
        """The row that begins at an offset."""
        if start in self._long:
            return self._long[start]
        _, end, dropped = self._part(start)
        if dropped:
            return Row(start, end, "", dropped=True)
        end = self._end_in(start, end)
        row = Row(start, end, self._text(start, end))
        if end - start > _BLOCK and end < self.size:
            self._long[start] = row
        return row

    def newlines(self, start: int, end: int) -> int:
        """How many rows end between two offsets; reads all of it."""
        count = 0
        while start < end:
            begin, part_end, dropped = self._part(start)
            stop = min(part_end, end, start + (1 << 20))
            count += 0 if dropped else self._log.window(start, stop).data.count(b"\n")
            start = part_end if dropped else stop
        return count

    def _part(self, offset: int) -> tuple[int, int, bool]:
        """The stretch of data, or the hole, that an offset is in: begin, end, and whether it is a hole."""
        index = bisect_right(self._ends, offset)
        before = self._ends[index - 1] if index else 0
        if index == len(self._holes):
            return before, self.size, False
        begin, end = self._holes[index]
        return (begin, end, True) if offset >= begin else (before, begin, False)

    def _start_in(self, begin: int, offset: int) -> int:
        edge = offset // LONG * LONG
        found = self._rfind(b"\n", max(begin, edge), offset)
        if found is not None:
            return found + 1
        if edge <= begin:
            return begin
        found = self._rfind(b"\n", max(begin, edge - LONG), edge)
        if found is not None:
            return found + 1
        return edge if begin <= edge - LONG else begin

    def _end_in(self, start: int, end: int) -> int:
        limit = min(end, -(-start // LONG) * LONG + LONG)
        at = start
        while at < limit:
            base, data = self._block(at)
            if not data:
                break
            found = data.find(b"\n", at - base, limit - base)
            if found >= 0:
                return base + found + 1
            at = base + len(data)
        return limit

    def _rfind(self, byte: bytes, begin: int, end: int) -> int | None:
        while end > begin:
            base, data = self._block(end - 1)
            found = data.rfind(byte, max(0, begin - base), end - base)
            if found >= 0:
                return base + found
            end = base
        return None

    def _text(self, start: int, end: int) -> str:
        stop = end
        if self._byte(stop - 1) == b"\n":
            stop -= 1
        # The return that ends a redraw announces the next one, which is not there yet.
        while stop > start and self._byte(stop - 1) == b"\r":
            stop -= 1
        redrawn = self._rfind(b"\r", start, stop)
        begin = start if redrawn is None else redrawn + 1
        text = self._bytes(begin, min(stop, begin + 4 * MAX_WIDTH + 4)).decode("utf-8", "replace")
        return text if len(text) <= MAX_WIDTH else text[:MAX_WIDTH] + "…"

    def _byte(self, offset: int) -> bytes:
        base, data = self._block(offset)
        return data[offset - base : offset - base + 1]

    def _bytes(self, start: int, end: int) -> bytes:
        pieces = []
        while start < end:
            base, data = self._block(start)
            pieces.append(data[start - base : end - base])
            if not pieces[-1]:
                break
            start = base + len(data)
        return b"".join(pieces)

    def _block(self, offset: int) -> tuple[int, bytes]:
        base = offset // _BLOCK * _BLOCK
        data = self._blocks.get(base)
        if data is None:
            if len(self._blocks) >= _BLOCKS:
                self._blocks.clear()
            data = self._blocks[base] = self._log.window(base, min(base + _BLOCK, self.size)).data
        return base, data
