"""An app whose frames are differences (`painter`), at most one of them on its way to the terminal (`writer`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from textual.app import App
from textual.screen import Screen

from app.ui.terminal.driver import CopilotDriver, wanted
from app.ui.terminal.painter import Painter

if TYPE_CHECKING:
    from rich.console import RenderableType


class PaintedApp(App[int]):
    """Draws as any app of Textual's; writes less, and never waits for the terminal.

    Args:
        paced: a frame also waits until the terminal has drawn the one before, where it can say so.
        options: Textual's own.
    """

    def __init__(self, *, paced: bool = False, **options: Any) -> None:
        super().__init__(driver_class=wanted(), **options)
        self._paced = paced
        self._painter = Painter()

    def on_mount(self) -> None:
        """After another program had the terminal, nothing is known of what it shows."""
        self.app_resume_signal.subscribe(self, lambda _: self.repaint())

    @property
    def driver(self) -> CopilotDriver | None:
        """The driver, where there is a terminal."""
        return self._driver if isinstance(self._driver, CopilotDriver) else None

    @property
    def held_up(self) -> bool:
        """Whether the terminal takes long to draw what it gets."""
        return self.driver is not None and self.driver.writer.slow

    def repaint(self) -> None:
        """Write every cell again: another program had the terminal, or it lost what it showed."""
        self._painter.forget()
        self._paint()

    def _display(self, screen: Screen[Any], renderable: RenderableType | None) -> None:
        # What Textual writes for every change is replaced by the cells that differ from what the terminal shows.
        if self._batch_count or self.driver is None or not self._painter.take(renderable):
            super()._display(screen, renderable)
            return
        self._paint()
        self.post_display_hook()

    def _paint(self) -> None:
        driver = self.driver
        if driver is None or not self._running or self._closed or not driver.turn(self._paint):
            return
        x, y = self.screen.outer_size.clamp_offset(self.cursor_position)
        frame = self._painter.frame(self.console._color_system or ColorSystem.TRUECOLOR, x, y)
        if frame:
            driver.draw(frame, asks=self._paced)
