"""Every key, from the one declaration of actions; those of the focused pane first."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from app.ui.actions import TITLES, Action, everywhere, of_pane
from app.ui.regions import PaneName
from app.ui.text import EMPTY, Line, labelled, line
from app.ui.widgets.lines import Lines


class Help(ModalScreen[None]):
    """Closed by the keys that open it, Esc or q."""

    BINDINGS = [
        Binding("escape,q,question_mark,f1,enter", "dismiss(None)", "close", show=False),
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
    ]

    def __init__(self, pane: PaneName) -> None:
        super().__init__()
        self._pane = pane

    def compose(self) -> ComposeResult:
        """One list."""
        yield Lines(id="help")

    def on_resize(self) -> None:
        """Draw at the new width, once the list has it."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        found = self.query_one(Lines)
        found.border_title = "Keys"
        width = found.text_width
        own = _rows(f"In {TITLES[self._pane]}", of_pane(self._pane), width)
        found.show([*own, EMPTY, *_rows("Everywhere", everywhere(), width)])

    def action_move(self, rows: int) -> None:
        """Scroll."""
        self.query_one(Lines).scroll_relative(y=rows, animate=False)


def _rows(title: str, actions: list[Action], width: int) -> list[Line]:
    rows = [line((title, "title"))]
    for action in actions:
        rows += labelled(action.shown, action.help, width, indent=11)
    return rows
