"""The reference of two benchmarks: the smallest Textual app with six panes of text. Started as a program."""

from __future__ import annotations

import sys

from textual.app import App, ComposeResult
from textual.widgets import Static


class Minimal(App[None]):
    """Six bordered panes, three above and three below."""

    BINDINGS = [("x", "touch", "write into the first pane")]
    CSS = "Screen { layout: grid; grid-size: 3 2; } Static { border: round grey; }"

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text
        self._touched = 0

    def compose(self) -> ComposeResult:
        """The same text in each pane, a line of its own in each row."""
        for pane in range(1, 7):
            yield Static("\n".join(f"{pane}.{line} {self._text}" for line in range(1, 21)), markup=False)

    def action_touch(self) -> None:
        """Answer a key."""
        self._touched += 1
        self.query(Static).first().update(f"touched {self._touched}")


if __name__ == "__main__":
    Minimal(sys.argv[1]).run()
