"""Search in a log of any size: block by block from a place, in a thread, without holding Python's lock for long.

The case of ASCII letters does not count. Colour sequences are left out, as they are on the screen, and so is what a
progress bar has overwritten since. A match lies within 64 KiB of text.
"""

from __future__ import annotations

import re
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from sandbox.logtail import OpenLog

MOST = 10_000
"""Matches counted at most."""
_BLOCK = 1 << 20
_AHEAD = 64 << 10
"""Read behind a block, for a match that begins in it, and to see whether it was overwritten."""
_TOLD_SECONDS = 0.25
_ESCAPE = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


class Match(NamedTuple):
    """The match that was looked for: its byte, or None; and whether the search went past an end of the log for it."""

    offset: int | None
    round_the_end: bool = False


class Progress(NamedTuple):
    """How much of the log has been searched: 0 to 1."""

    share: float


class Count(NamedTuple):
    """All matches from the first on, at most `MOST`, and whether there are no more."""

    offsets: tuple[int, ...]
    complete: bool

    def place_of(self, offset: int) -> int:
        """Which match this one is, from 1 on."""
        return bisect_right(self.offsets, offset)


News = Match | Progress | Count


class Search:
    """One search: begins when it is made, and ends when it has found what it was asked for, or when it is cancelled.

    Args:
        path: the log.
        query: what to look for; not empty.
        origin: the first match from this byte on is looked for, or the last one before it.
        forward: which of the two.
        count: count all matches then.
        tell: is called in the search's thread with what it found and how far it is.
    """

    def __init__(
        self, path: Path, query: str, origin: int, *, forward: bool, count: bool, tell: Callable[[Search, News], None]
    ) -> None:
        self._path, self._needle = path, query.encode("utf-8", "replace").lower()
        self._origin, self._forward, self._count = origin, forward, count
        self._tell = tell
        self._cancelled = threading.Event()
        # A daemon: a read that hangs on a dead network file system must not keep the process.
        threading.Thread(target=self._run, name="log search", daemon=True).start()

    def cancel(self) -> None:
        """End it; nothing more is told."""
        self._cancelled.set()

    def _say(self, news: News) -> None:
        if not self._cancelled.is_set():
            self._tell(self, news)

    def _run(self) -> None:
        try:
            with OpenLog(self._path) as log:
                walk = _Walk(log, self._needle, self._cancelled, self._say)
                found = walk.first(self._origin, self._forward)
                self._say(found)
                if self._count and found.offset is not None:
                    self._say(walk.count())
        except OSError:
            # The pane, which reads the same file, says what is wrong with it.
            self._say(Match(None))


class _Walk:
    """One way through a log."""

    def __init__(self, log: OpenLog, needle: bytes, cancelled: threading.Event, say: Callable[[News], None]) -> None:
        self._log, self._needle, self._cancelled, self._say = log, needle, cancelled, say
        self._told = time.monotonic()
        self._walked = 0

    def first(self, origin: int, forward: bool) -> Match:
        """The nearest match in one direction; where there is none, the nearest from the other end on."""
        origin, size = min(origin, self._log.size), self._log.size
        parts = [(origin, size), (0, origin)] if forward else [(0, origin), (origin, size)]
        for number, (begin, end) in enumerate(parts):
            for offset in self._matches(begin, end, forward):
                return Match(offset, number > 0)
        return Match(None)

    def count(self) -> Count:
        """All of them."""
        self._walked = 0
        offsets: list[int] = []
        for offset in self._matches(0, self._log.size, forward=True):
            if len(offsets) == MOST:
                return Count(tuple(offsets), complete=False)
            offsets.append(offset)
        return Count(tuple(offsets), complete=True)

    def _matches(self, begin: int, end: int, forward: bool) -> Iterator[int]:
        for at, stop in self._blocks(begin, end, forward):
            if self._cancelled.is_set():
                return
            data = self._log.window(at, min(stop + _AHEAD, self._log.size)).data
            yield from matches(data, self._needle, stop - at, at, forward)
            self._progress(stop - at)

    def _blocks(self, begin: int, end: int, forward: bool) -> Iterator[tuple[int, int]]:
        if forward:
            while begin < end:
                begin = self._log.data_from(begin)
                stop = min(begin + _BLOCK, end, self._log.hole_from(begin))
                if begin < stop:
                    yield begin, stop
                begin = max(stop, begin + 1)
            return
        for hole_begin, hole_end in [*reversed(self._log.holes(1000)), (0, 0)]:
            while end > max(begin, hole_end):
                start = max(begin, hole_end, end - _BLOCK)
                yield start, end
                end = start
            end = min(end, hole_begin)

    def _progress(self, count: int) -> None:
        self._walked += count
        if time.monotonic() - self._told >= _TOLD_SECONDS:
            self._told = time.monotonic()
            self._say(Progress(min(1.0, self._walked / max(1, self._log.size))))


def matches(data: bytes, needle: bytes, within: int, base: int, forward: bool) -> Iterator[int]:
    """Offsets of the visible matches that begin in the first `within` bytes of a block which begins at `base`."""
    cuts = [match.span() for match in _ESCAPE.finditer(data)] if b"\x1b" in data else []
    plain = _ESCAPE.sub(b"", data) if cuts else data
    # Letters are rare in what is looked for in numbers; then no copy is needed.
    folded = plain.lower() if needle.upper() != needle else plain
    places, redraws = _Places(cuts), _Redraws(folded)
    at = folded.find(needle) if forward else folded.rfind(needle)
    while at >= 0:
        original = places.of(at)
        start, seen = redraws.of(at)
        if original < within and at >= seen:
            yield base + original
        elif original >= within and forward:
            return
        if forward:
            at = folded.find(needle, max(at + 1, seen))
        else:
            # All before what is seen of a row was overwritten.
            at = folded.rfind(needle, 0, (at if at > seen else start) + len(needle) - 1)


class _Redraws:
    """What is seen of each row: of several redraws the last one."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._start, self._end, self._seen = 0, 0, 0

    def of(self, at: int) -> tuple[int, int]:
        """Where the row of a place begins, and where what is seen of it does."""
        if not self._start <= at < self._end:
            self._start = self._data.rfind(b"\n", 0, at) + 1
            end = self._data.find(b"\n", at)
            self._end = len(self._data) if end < 0 else end + 1
            stop = len(self._data) if end < 0 else end
            # The returns at a row's end announce a redraw that is not there.
            while stop > self._start and self._data[stop - 1] == 0x0D:
                stop -= 1
            self._seen = max(self._start, self._data.rfind(b"\r", self._start, stop) + 1)
        return self._start, self._seen


class _Places:
    """From places in a text without escape sequences to those in the text with them."""

    def __init__(self, cuts: list[tuple[int, int]]) -> None:
        self._plain: list[int] = []
        self._removed: list[int] = []
        removed = 0
        for begin, end in cuts:
            self._plain.append(begin - removed)
            removed += end - begin
            self._removed.append(removed)

    def of(self, at: int) -> int:
        """The original place."""
        index = bisect_right(self._plain, at)
        return at + (self._removed[index - 1] if index else 0)
