"""Lines from a human or a script, read so that waiting for something else can be ended by a line."""

from __future__ import annotations

import codecs
import os
import select
import time


class Listener:
    """Reads lines from a descriptor. The terminal's own line editing is used: nothing is ever drawn twice.

    Args:
        descriptor: of standard input.
        encoding: of what comes; bytes that are not of it become a replacement sign.
        human: whether somebody types; a script's lines end no waiting, because they are there from the beginning.
    """

    def __init__(self, descriptor: int, encoding: str, *, human: bool) -> None:
        self._descriptor = descriptor
        self._decode = codecs.getincrementaldecoder(encoding)("replace").decode
        self._text = ""
        self._ended = False
        self.human = human

    def line(self) -> str | None:
        """The next line without its end; None where there is no more."""
        while "\n" not in self._text and not self._ended:
            data = os.read(self._descriptor, 1 << 14)
            # A terminal may have more lines after its end-of-file key; whoever pressed it wants to leave.
            self._ended = not data
            self._text += self._decode(data, self._ended)
        row, mark, self._text = self._text.partition("\n")
        return row if row or mark else None

    def called(self, seconds: float) -> bool:
        """Wait a little; True where a human entered a line (taken) or hung up."""
        if not self.human:
            time.sleep(seconds)
            return False
        if "\n" not in self._text and not self._ended and not select.select([self._descriptor], [], [], seconds)[0]:
            return False
        self.line()
        return True
