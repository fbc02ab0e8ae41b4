"""Coming and going: leave the screen while work goes on."""

from __future__ import annotations

from app.ui.actors.actor import Actor


class Session(Actor):
    """What concerns the terminal and this client of it."""

    def do_detach(self) -> None:
        """Close the screen; work goes on."""
        self._screen.keep_view()
        self._screen.app.exit(0)
