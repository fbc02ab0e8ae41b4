"""A question whose answer takes effect while it is typed."""

from __future__ import annotations

from collections.abc import Callable

from textual.widgets import Input

from app.ui.screens.ask import Ask


class Filter(Ask):
    """Asks for a filter; Enter keeps it, Esc answers None."""

    def __init__(self, question: str, text: str, tell: Callable[[str], None]) -> None:
        super().__init__(question, text, enter="keep")
        self._tell = tell

    def on_input_changed(self, event: Input.Changed) -> None:
        """Every key."""
        if self.is_current:
            self._tell(event.value)
