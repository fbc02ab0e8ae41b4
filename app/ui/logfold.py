"""A log as a bounded window of clean lines: carriage returns folded, so that a progress bar is one line."""

from __future__ import annotations

import codecs
from collections import deque

from app.sanitise import clean

MAX_LINES = 2000
MAX_WIDTH = 4000
"""Characters kept of one line."""


class LogFold:
    """Takes bytes as they come; `lines` is what to show."""

    def __init__(self, max_lines: int = MAX_LINES) -> None:
        self._lines: deque[str] = deque(maxlen=max_lines)
        self._open = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self.total = 0
        """Lines completed since the beginning, shown or not."""

    def feed(self, data: bytes) -> None:
        """The next bytes of the log."""
        *ended, rest = (self._open + self._decode(data)).split("\n")
        for row in ended:
            self._lines.append(_shown(row))
        self.total += len(ended)
        self._open = _newest(rest)

    def note(self, text: str) -> None:
        """A line of ours between those of the log."""
        self._lines.append(text)
        self.total += 1
        self._open = ""

    @property
    def lines(self) -> tuple[str, ...]:
        """The window, oldest first, with the line that is still being written."""
        return (*self._lines, _shown(self._open)) if self._open else tuple(self._lines)


def _newest(row: str) -> str:
    # Only the last redraw of a progress bar matters; a trailing return announces the next one, which is not there yet.
    parts = row.rsplit("\r", 2)
    kept = "\r".join(parts[-2:]) if row.endswith("\r") else parts[-1]
    return kept[-2 * MAX_WIDTH :]


def _shown(row: str) -> str:
    text = clean(row.rstrip("\r").rsplit("\r", 1)[-1], newlines=False).expandtabs(4)
    return text if len(text) <= MAX_WIDTH else text[:MAX_WIDTH] + "…"
