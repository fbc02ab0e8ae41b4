"""How the screen looks: zoom, theme, mouse, palette, help."""

from __future__ import annotations

from app.ui.actors.actor import Actor
from app.ui.colours import THEMES
from app.ui.preferences import without_colour


class Appearance(Actor):
    """Changes what is seen and nothing else."""

    def do_zoom(self) -> None:
        """Let the pane fill the screen, or put it back."""
        self._model.view.zoomed = not self._model.view.zoomed
        self._screen.place()

    def do_next_theme(self) -> None:
        """The theme after this one."""
        names = list(THEMES)
        now = self._screen.app.theme
        self.choose_theme(names[(names.index(now) + 1) % len(names)] if now in names else names[0])

    def choose_theme(self, name: str) -> None:
        """Draw in this theme, now and when the workspace is opened again."""
        if without_colour():
            self._screen.say("NO_COLOR is set, so no theme has a colour. Unset it to choose one.", "warn")
            return
        self._model.view.theme = name
        self._screen.app.theme = name
        self._screen.say(f"Theme: {name}. {self._model.keys.shown('next_theme')} for the next.", "dim")

    def do_mouse(self) -> None:
        """Give the mouse to the terminal, or take it back."""
        from app.ui.terminal.painted import PaintedApp

        app = self._screen.app
        driver = app.driver if isinstance(app, PaintedApp) else None
        if driver is None:
            self._screen.say("There is no terminal here that has a mouse to give away.", "warn")
            return
        on = not driver.takes_mouse
        driver.report_mouse(on)
        self._model.view.mouse = "on" if on else "off"
        key = self._model.keys.shown("mouse")
        said = "is the screen's: click, scroll, drag borders" if on else "is the terminal's: select and copy as usual"
        self._screen.say(f"The mouse {said}. {key} switches.", "dim")

    def do_palette(self) -> None:
        """The command palette."""
        self._screen.app.action_command_palette()

    def do_help(self) -> None:
        """The keys."""
        from app.ui.screens.help import Help

        self._screen.app.push_screen(Help(self._model.keys, self._model.view.pane))
