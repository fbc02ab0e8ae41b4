"""The application: one screen, our themes, and a clean way out."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.screen import Screen

from app.engine import process
from app.engine.journal import Journal
from app.paths import Paths
from app.ui import terminal
from app.ui.screens.main import MainScreen
from app.ui.sender import Ensure
from app.ui.theme import DARK, LIGHT

if TYPE_CHECKING:
    from textual.command import Provider


def _palette() -> type[Provider]:
    from app.ui.palette import ActionCommands

    return ActionCommands


class CopilotApp(App[int]):
    """The screen of one workspace.

    Args:
        paths: the workspace.
        journal: open, and used by the screen's thread alone.
        read_only: look, and never send a command.
        ensure: makes sure that an engine runs.
        clock: seconds, for the moment in which keys are ignored after the screen moved by itself.
    """

    CSS_PATH = "copilot.tcss"
    TITLE = "mlrc"
    COMMANDS: ClassVar = {_palette}
    ENABLE_COMMAND_PALETTE = True

    def __init__(
        self,
        paths: Paths,
        journal: Journal,
        *,
        read_only: bool = False,
        ensure: Ensure = process.ensure,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.animation_level = "none"
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        # Assigning the theme would have all rules parsed twice: once more as soon as the application runs.
        self.set_reactive(App.theme, DARK.name)
        self.stylesheet.set_variables(self.get_css_variables())
        self._main = MainScreen(
            paths, journal, read_only=read_only, ensure=ensure, clock=clock, slow=bool(os.environ.get("SSH_CONNECTION"))
        )

    def get_default_screen(self) -> Screen[None]:
        """The six panes."""
        return self._main

    def on_mount(self) -> None:
        """Take care of the way out, and collect garbage only after the first paint."""
        if not self.is_headless:
            terminal.leave_on_signals(self._leave)
            terminal.leave_on_hangup(self._leave)
        self.call_after_refresh(_painted)

    def _leave(self, code: int) -> None:
        self._main.keep_view()
        self.exit(code, return_code=code)


def _painted() -> None:
    # What start-up made stays for good; collecting it again and again would only cost.
    gc.freeze()
    gc.enable()
