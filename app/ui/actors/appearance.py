"""How the screen looks: zoom, palette, help."""

from __future__ import annotations

from app.ui.actors.actor import Actor


class Appearance(Actor):
    """Changes what is seen and nothing else."""

    def do_zoom(self) -> None:
        """Let the pane fill the screen, or put it back."""
        self._screen.zoomed = not self._screen.zoomed
        self._screen.place()

    def do_palette(self) -> None:
        """The command palette."""
        self._screen.app.action_command_palette()

    def do_help(self) -> None:
        """The keys."""
        from app.ui.screens.help import Help

        self._screen.app.push_screen(Help(self._model.view.pane))
