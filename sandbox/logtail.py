"""Windows into a log by byte offset, however large it is.

A log that reached its cap has a hole where its middle was dropped. Windows never contain it: a window which begins
further on than was asked for says that the bytes between were dropped.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import NamedTuple


class Window(NamedTuple):
    """The bytes of a log from offset `start` up to offset `end`."""

    data: bytes
    start: int
    end: int


def tail(path: Path, max_bytes: int) -> Window:
    """The last bytes of a log, at most `max_bytes`; empty while there is no log."""
    with OpenLog(path) as log:
        start = max(0, log.size - max_bytes)
        hole = log.hole_from(start)
        # Newest first: of a window with a hole in it, the part behind the hole.
        while hole < log.size:
            start = log.data_from(hole)
            hole = log.hole_from(start)
        return log.window(start, log.size)


def read_from(path: Path, offset: int, max_bytes: int) -> Window:
    """At most `max_bytes` from `offset` on; empty at the end. In a log that got shorter it starts over."""
    with OpenLog(path) as log:
        start = log.data_from(offset if offset <= log.size else 0)
        return log.window(start, min(start + max_bytes, log.hole_from(start)))


class OpenLog:
    """A log for as long as it is looked at; an absent one is empty. Links are not followed.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self.size = 0
        """Bytes it had when it was opened."""

    def __enter__(self) -> OpenLog:
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return self
        self.size = os.fstat(self._descriptor).st_size
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)

    def data_from(self, offset: int) -> int:
        """The first offset from this one on that is not in a hole; the size where there is none."""
        return self._seek(offset, os.SEEK_DATA)

    def hole_from(self, offset: int) -> int:
        """Where the next hole begins; the size where there is none."""
        return self._seek(offset, os.SEEK_HOLE)

    def _seek(self, offset: int, what: int) -> int:
        if self._descriptor is None or offset >= self.size:
            return self.size
        try:
            return min(os.lseek(self._descriptor, offset, what), self.size)
        except OSError as error:
            # No data behind this offset: the hole reaches to the end.
            if error.errno == errno.ENXIO:
                return self.size
            raise

    def holes(self, most: int) -> list[tuple[int, int]]:
        """Begin and end of the dropped parts, at most so many."""
        found: list[tuple[int, int]] = []
        begin = self.hole_from(0)
        while begin < self.size and len(found) < most:
            end = self.data_from(begin)
            found.append((begin, end))
            begin = self.hole_from(end)
        return found

    def window(self, start: int, end: int) -> Window:
        """The bytes between two offsets; those of a hole are zeros."""
        if self._descriptor is None or start >= end:
            return Window(b"", start, start)
        data = os.pread(self._descriptor, end - start, start)
        return Window(data, start, start + len(data))
