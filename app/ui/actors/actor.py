"""What every actor has: the screen it acts on, and a method `do_<action>` for each action it carries out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.ui.screens.main import MainScreen


class Actor:
    """Carries out actions that concern more than one pane."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen
        self._model = screen.model

    def act(self, action: str) -> bool:
        """Carry out an action; False where it is none of its own."""
        own = getattr(self, f"do_{action}", None)
        if own is None:
            return False
        own()
        return True
