"""The application: one screen, our themes, and a clean way out."""

from __future__ import annotations

import gc
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.screen import Screen

from app.engine import process
from app.engine.journal import Journal
from app.paths import Paths
from app.sanitise import clean
from app.ui import pace
from app.ui.colours import THEMES
from app.ui.preferences import in_force, without_colour
from app.ui.screens.main import MainScreen
from app.ui.sender import Ensure
from app.ui.terminal import leaving
from app.ui.terminal.painted import PaintedApp

if TYPE_CHECKING:
    from textual.command import Provider


def _palette() -> type[Provider]:
    from app.ui.palette import ActionCommands

    return ActionCommands


class CopilotApp(PaintedApp):
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
        self.pace = pace.chosen(paths)
        # No colour at all is what Textual makes of NO_COLOR for themes of the terminal alone; others turn grey.
        super().__init__(paced=self.pace.low, ansi_color=True if without_colour() else None)
        self.animation_level = "none"
        for theme in THEMES.values():
            self.register_theme(theme)
        self._main = MainScreen(paths, journal, read_only=read_only, ensure=ensure, clock=clock, pace=self.pace)
        view = self._main.model.view
        self.preferences = in_force(paths, view.theme, view.mouse)
        if self.preferences.problem:
            self._main.say(self.preferences.problem, "warn")
        # Assigning the theme would have all rules parsed twice: once more as soon as the application runs.
        self.set_reactive(App.theme, self.preferences.theme)
        self.stylesheet.set_variables(self.get_css_variables())
        # For the same reason nothing has told the filter yet whether the theme's colours are the terminal's.
        self._refresh_truecolor_filter(self.ansi_theme)

    def get_default_screen(self) -> Screen[None]:
        """The six panes."""
        return self._main

    @property
    def typed(self) -> dict[str, str]:
        """Half-typed answers by their questions; kept with the view."""
        return self._main.model.view.typed

    def on_mount(self) -> None:
        """Take care of the way out, and collect garbage only after the first paint."""
        if self.driver is not None:
            leaving.leave_on_signals(self._leave)
            leaving.leave_on_hangup(self._leave)
            if not self.preferences.mouse:
                self.driver.report_mouse(False)
        self.call_after_refresh(_painted)

    @property
    def fault(self) -> Exception | None:
        """What ended the screen, if it was a fault of ours."""
        return self._exception

    def _fatal_error(self) -> None:
        # Textual would print the traceback, with locals, over the user's shell; who started us keeps it in a file.
        self._close_messages_no_wait()

    def farewell(self) -> str:
        """What goes on after the screen is closed, and how to come back."""
        workspace, state = self._main.model.paths.workspace, self._main.model.state
        running, queued = len(state.running()), len(state.queued())
        counts = [f"{running} run{'s' if running != 1 else ''} go{'es' if running == 1 else ''} on"] if running else []
        counts += [f"{queued} queued"] if queued else []
        here = Path.cwd().is_relative_to(workspace)
        back = "mlrc" if here else f"mlrc open {shlex.quote(clean(str(workspace), newlines=False))}"
        return f"detached; {', '.join(counts) or 'nothing is running'}; {back} to come back"

    def _leave(self, code: int) -> None:
        self._main.keep_view()
        self.exit(code, return_code=code)


def _painted() -> None:
    # What start-up made stays for good; collecting it again and again would only cost.
    gc.freeze()
    gc.enable()
