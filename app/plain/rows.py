"""The lines of a log from its bytes as they come; of a progress bar only the last redraw."""

from __future__ import annotations

import codecs

from app.sanitise import clean

LONGEST = 4000
"""Characters kept of one line."""


class Rows:
    """Takes pieces of a log and gives back the lines that they complete."""

    def __init__(self) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._open = ""

    def feed(self, data: bytes) -> list[str]:
        """The lines that these bytes complete."""
        *whole, self._open = (self._open + self._decode(data)).split("\n")
        # A line that never ends must not fill the memory; what a progress bar drew before is drawn over anyway.
        self._open = self._open[-2 * LONGEST :]
        return [_shown(row) for row in whole]

    def rest(self) -> list[str]:
        """The line that was begun and not ended, if there is one."""
        return [_shown(self._open)] if self._open else []


def _shown(row: str) -> str:
    text = clean(row.rstrip("\r").rsplit("\r", 1)[-1], newlines=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
