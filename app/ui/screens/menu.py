"""A short list at the bottom of the screen, one key for each line; everything above stays in view."""

from __future__ import annotations

from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.screen import ModalScreen

from app.ui.text import crop, line
from app.ui.widgets.bar import Bar


class Choice(NamedTuple):
    """One line of a menu."""

    key: str
    label: str
    help: str


class Menu(ModalScreen[str | None]):
    """Gives the key of the chosen line; None for any other key."""

    def __init__(self, title: str, choices: tuple[Choice, ...]) -> None:
        super().__init__()
        self._title, self._choices = title, choices

    def compose(self) -> ComposeResult:
        """Title and lines."""
        with Vertical(id="question"):
            yield Bar(id="menu-text")

    def on_resize(self) -> None:
        """Draw at the new width."""
        bar = self.query_one(Bar)
        cells = max(len(choice.label) for choice in self._choices) + 2
        rows = [line((one.key, "key"), f"  {one.label.ljust(cells)}", (one.help, "dim")) for one in self._choices]
        bar.styles.height = len(rows) + 1
        head = line((self._title, "bold"), ("   Esc stays", "dim"))
        bar.put([crop(row, self.app.size.width - 4) for row in (head, *rows)])

    def on_key(self, event: events.Key) -> None:
        """One key ends it."""
        event.stop()
        event.prevent_default()
        self.dismiss(event.key if event.key in {choice.key for choice in self._choices} else None)
