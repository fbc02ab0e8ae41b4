"""Waits for one letter while everything stays in view."""

from __future__ import annotations

from collections.abc import Set

from textual import events
from textual.screen import ModalScreen


class Letter(ModalScreen[str | None]):
    """Gives the letter that was typed, or None for any other key."""

    def __init__(self, letters: Set[str]) -> None:
        super().__init__()
        self._letters = letters

    def on_key(self, event: events.Key) -> None:
        """One key ends it."""
        event.stop()
        event.prevent_default()
        self.dismiss(event.key if event.key in self._letters else None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """So does the mouse."""
        event.stop()
        self.dismiss(None)
