"""Writes to the terminal from a thread of its own, so that a slow, stopped or distant one never holds up a key.

At most one frame is under way. Who wants to write the next one asks for its turn; what changes meanwhile is part of
that next frame, so nothing queues up however slow the reader is.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable

PIECE = 2048
"""Bytes per write; a frame can be cut short between two."""
ANSWER_SECONDS = 5.0
"""So long a frame waits for the terminal to say that it has drawn the one before."""
SLOW_SECONDS = 0.5
"""A frame that took longer than this was held up on its way."""
CANCEL = b"\x18\x1b[0m"
"""Ends a control sequence that was cut in the middle (CAN), and its colours."""


class Writer(threading.Thread):
    """The only one that writes to the terminal.

    Args:
        descriptor: the terminal's.
        encoding: the terminal's; what it cannot say becomes a question mark.
    """

    def __init__(self, descriptor: int, encoding: str) -> None:
        super().__init__(name="terminal-writer", daemon=True)
        self._descriptor, self._encoding = descriptor, encoding
        self._changed = threading.Condition()
        self._queue: deque[tuple[bytes, bool]] = deque()
        """What is to be written, each with whether it is a frame."""
        self._frame = False
        """A frame is waiting, being written, or not answered yet."""
        self._asked = self._ended = self._cut = False
        self._turn: Callable[[], None] | None = None
        self._took = self._began = 0.0

    def write(self, text: str) -> None:
        """Write soon; what is small and belongs to no frame."""
        self._put(text, frame=False)

    def frame(self, text: str, *, asks: bool) -> None:
        """Write a frame; with `asks` its end is a question, and it is under way until `answered`."""
        with self._changed:
            self._frame, self._asked, self._cut = True, asks, False
            self._began = time.monotonic()
            self._put(text, frame=True)

    def _put(self, text: str, *, frame: bool) -> None:
        with self._changed:
            self._queue.append((text.encode(self._encoding, "replace"), frame))
            self._changed.notify_all()

    def turn(self, callback: Callable[[], None]) -> bool:
        """Whether a frame may be written now; if not, the callback is called, in the thread, when it may."""
        with self._changed:
            if self._frame:
                self._turn = callback
            return not self._frame

    def answered(self) -> None:
        """The terminal answered the question at the end of a frame."""
        with self._changed:
            self._asked = False
            self._changed.notify_all()

    def settled(self, seconds: float) -> bool:
        """Wait until no answer is due, so that none arrives in the hands of another program; False if it is late."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._asked, seconds)

    def cut_short(self) -> None:
        """Give up what is left of the frame under way: something more important follows."""
        with self._changed:
            self._cut = self._frame

    @property
    def slow(self) -> bool:
        """Whether the last frame, or the one under way, was held up."""
        with self._changed:
            return max(self._took, time.monotonic() - self._began if self._frame else 0.0) > SLOW_SECONDS

    def close(self, seconds: float) -> None:
        """Write what is waiting and end; a terminal that takes nothing is given up after so many seconds."""
        with self._changed:
            self._ended, self._asked = True, False
            self._changed.notify_all()
        self.join(seconds)

    def run(self) -> None:
        """Write what comes."""
        while found := self._next():
            data, frame = found
            try:
                self._write(data, cuttable=frame)
            except OSError:
                # The terminal is gone; who watches for that ends the program (`leaving`).
                return
            self._finish()

    def _next(self) -> tuple[bytes, bool] | None:
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._ended)
            return self._queue.popleft() if self._queue else None

    def _write(self, data: bytes, *, cuttable: bool) -> None:
        view = memoryview(data)
        while view:
            if cuttable and self._cut:
                view = memoryview(CANCEL)
                cuttable = False
            view = view[os.write(self._descriptor, view[:PIECE]) :]

    def _finish(self) -> None:
        with self._changed:
            if not self._frame or self._queue:
                return
            self._changed.wait_for(lambda: not self._asked or self._queue, ANSWER_SECONDS)
            if self._asked and self._queue:
                return
            self._frame = self._asked = False
            self._took = time.monotonic() - self._began
            turn, self._turn = self._turn, None
        if turn is not None:
            turn()
