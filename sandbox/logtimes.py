"""When each part of a log was printed: a side file of pairs of time and offset, written by the keeper beside the log.

A pair says that the bytes from this offset on began to arrive at this time. A new one is due a quarter of a second
after the last, and only while output comes; after every 65,536 pairs the distance doubles, so that the file stays
small however long the run is: 2 MB for ten hours, 8 MB for a month. It may be absent or shorter than the log: runs of
earlier versions have none, and a full disk costs the times and nothing else.
"""

from __future__ import annotations

import os
import stat
import struct
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import contextmanager
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "stdout.times"
FIRST_GAP = 0.25
"""Seconds between two pairs, at first."""
GAP_DOUBLES = 1 << 16
"""Pairs after which the distance doubles."""
_PAIR = struct.Struct("<dQ")
_FLAGS = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


class TimesLog:
    """Appends pairs to the side file of a log; goes on behind what an earlier keeper wrote.

    Args:
        path: the side file; made when missing.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor: int | None = None
        self._count = 0
        self._last = float("-inf")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _FLAGS, 0o600)
            self._count = os.fstat(self._descriptor).st_size // _PAIR.size
            if self._count:
                self._last = _Pairs(self._descriptor, self._count)[-1][0]
        except OSError:
            self.close()

    def note(self, now: float, offset: int) -> None:
        """Bytes from this offset on arrive now (Unix time); not written down while the last pair is too near."""
        # Nor while a clock that was set back is behind the last pair: pairs are found by their order.
        if self._descriptor is None or now - self._last < FIRST_GAP * 2 ** (self._count // GAP_DOUBLES):
            return
        try:
            written = os.pwrite(self._descriptor, _PAIR.pack(now, offset), self._count * _PAIR.size)
        except OSError:
            return
        # A pair that did not fit is overwritten by the next one.
        if written == _PAIR.size:
            self._count, self._last = self._count + 1, now

    def close(self) -> None:
        """Give the descriptor back."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


class _Pairs(Sequence[tuple[float, int]]):
    """The pairs of a file, read one by one: a search looks at few of them."""

    def __init__(self, descriptor: int, count: int) -> None:
        self._descriptor, self._count = descriptor, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> tuple[float, int]: ...
    @overload
    def __getitem__(self, index: slice) -> list[tuple[float, int]]: ...
    def __getitem__(self, index: int | slice) -> tuple[float, int] | list[tuple[float, int]]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(self._count))]
        number = index + self._count if index < 0 else index
        if not 0 <= number < self._count:
            raise IndexError(index)
        data = os.pread(self._descriptor, _PAIR.size, number * _PAIR.size)
        time, offset = _PAIR.unpack(data.ljust(_PAIR.size, b"\0"))
        return time, offset


@contextmanager
def _pairs(folder: Path) -> Iterator[Sequence[tuple[float, int]]]:
    try:
        descriptor = os.open(folder / FILE, os.O_RDONLY | _FLAGS)
    except OSError:
        yield ()
        return
    try:
        found = os.fstat(descriptor)
        yield _Pairs(descriptor, found.st_size // _PAIR.size) if stat.S_ISREG(found.st_mode) else ()
    finally:
        os.close(descriptor)


def times_of(folder: Path, offsets: Sequence[int]) -> list[float | None]:
    """When the bytes at these offsets of a run's log were printed (Unix time, to a quarter of a second at best).

    None for what was printed before the first pair, and for all where none were recorded.
    """
    with _pairs(folder) as pairs:
        found = [bisect_right(pairs, offset, key=itemgetter(1)) for offset in offsets]
        return [pairs[index - 1][0] if index else None for index in found]


def offset_at(folder: Path, time: float) -> int | None:
    """Where a run's log had got to at a time (Unix): the offset of what was printed then, or last before.

    The first byte where the time lies before all output; None where no times were recorded.
    """
    with _pairs(folder) as pairs:
        if not pairs:
            return None
        return pairs[max(0, bisect_right(pairs, time, key=itemgetter(0)) - 1)][1]
