"""How the screen talks to a terminal: Textual's driver, with output that never blocks and a mouse that says little."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual._ansi_sequences import SYNC_END, SYNC_START
from textual.drivers.linux_driver import LinuxDriver
from textual.messages import TerminalSupportsSynchronizedOutput

from app.ui.terminal.writer import Writer

if TYPE_CHECKING:
    from textual.app import App
    from textual.message import Message

QUESTION = "\x1b[?2026$p"
"""Asks whether synchronized output is on: harmless, and a terminal that knows it answers in the order of writing."""
MOUSE = (1000, 1002, 1006)
"""Buttons, motion while one is held, and positions in decimal. Never any motion (1003): it costs a report per cell."""
LAST_WORD_SECONDS = 1.5
ANSWER_PATIENCE_SECONDS = 0.3


class CopilotDriver(LinuxDriver):
    """Writes frames, at most one of them under way."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self._writer: Writer | None = None
        self._answers = False
        """The terminal knows synchronized output and answers questions about it."""

    @property
    def writer(self) -> Writer:
        """The thread that writes; a new one after the terminal was lent to another program."""
        if self._writer is None:
            assert self._file is not None
            self._writer = Writer(self._file.fileno(), self._file.encoding or "utf-8")
            self._writer.start()
        return self._writer

    def write(self, data: str) -> None:
        """Write what is no frame."""
        self.writer.write(data)

    def draw(self, frame: str, *, asks: bool) -> None:
        """Write a frame, whole where the terminal can.

        Args:
            frame: what to write.
            asks: it is under way until the terminal says that it has drawn it: over a distant link, what was written
                may lie in buffers for long.
        """
        if self._answers:
            frame = f"{SYNC_START}{frame}{SYNC_END}"
        asks = asks and self._answers
        self.writer.frame(frame + QUESTION if asks else frame, asks=asks)

    def turn(self, callback: Callable[[], None]) -> bool:
        """Whether a frame may be drawn now; if not, the callback is called, in the loop's thread, when it may."""
        return self.writer.turn(lambda: self._soon(callback))

    def _soon(self, callback: Callable[[], None]) -> None:
        loop: asyncio.AbstractEventLoop = self._loop
        if not loop.is_closed():
            loop.call_soon_threadsafe(callback)

    def process_message(self, message: Message) -> None:
        """Take the answers to our questions; everything else is Textual's."""
        if isinstance(message, TerminalSupportsSynchronizedOutput):
            self._answers = True
            self.writer.answered()
            return
        super().process_message(message)

    @property
    def takes_mouse(self) -> bool:
        """Whether the mouse is the screen's."""
        return self._mouse

    def report_mouse(self, on: bool) -> None:
        """Take the mouse, or leave it to the terminal's own selection."""
        if on:
            self._mouse = True
            self._enable_mouse_support()
        else:
            self._disable_mouse_support()
            self._mouse = False

    def _enable_mouse_support(self) -> None:
        if self._mouse:
            self.write("".join(f"\x1b[?{mode}h" for mode in MOUSE))

    def _disable_mouse_support(self) -> None:
        if self._mouse:
            self.write("".join(f"\x1b[?{mode}l" for mode in MOUSE))

    def _enable_mouse_pixels(self) -> None:
        # Positions finer than a cell are of no use here, and cost a report each.
        return

    def stop_application_mode(self) -> None:
        """Give the terminal back, without waiting for a frame that it is slow to take."""
        self.writer.cut_short()
        self.writer.settled(ANSWER_PATIENCE_SECONDS)
        super().stop_application_mode()

    def close(self) -> None:
        """End the output."""
        super().close()
        if self._writer is not None:
            self._writer.close(LAST_WORD_SECONDS)
            self._writer = None


def report_mouse(app: App[Any], on: bool) -> None:
    """Take the mouse or leave it to the terminal, where the app is on one."""
    if isinstance(app._driver, CopilotDriver):
        app._driver.report_mouse(on)


def wanted() -> type[CopilotDriver] | None:
    """The driver for a terminal of our own; None where Textual is told by its variable to use another."""
    return None if os.environ.get("TEXTUAL_DRIVER") else CopilotDriver
