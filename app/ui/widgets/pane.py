"""What the six panes have in common: number and title in the border, and the model they draw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import events
from textual.content import Content
from textual.geometry import Size
from textual.message import Message

from app.ui import hints
from app.ui.actions import TITLES
from app.ui.model import Model
from app.ui.regions import PANES, PaneName
from app.ui.text import Part
from app.ui.widgets.lines import Lines

FRAME = Size(4, 2)
"""What border, padding and scroll bar take of a pane, as `copilot.tcss` has it."""


class Pane(Lines):
    """One of the six. Draws the model when asked to; holds no state but its scroll position."""

    PANE: ClassVar[PaneName]

    class Clicked(Message):
        """The user clicked on a row."""

        def __init__(self, pane: Pane, y: int) -> None:
            super().__init__()
            self.pane = pane
            self.y = y

    def __init__(self, model: Model) -> None:
        super().__init__(id=self.PANE)
        self.model = model
        self.drawn: tuple[int, str] | None = None
        """Step and card hash of what is on the screen: a yes from here means this one."""
        self.add_class("pane")
        self._chosen = False
        self._numbered = f"{PANES.index(self.PANE) + 1} {TITLES[self.PANE]}"
        self.border_title = Content(self._numbered)

    def choose(self, chosen: bool) -> None:
        """Frame the pane as the one that keys go to, or as another.

        Styles of its own instead of Textual's focus: a rule for `:focus` has the whole screen laid out anew.
        """
        if chosen == self._chosen:
            return
        self._chosen = chosen
        color = self.app.theme_variables["primary"]
        self.styles.border = ("heavy", color) if chosen else None
        self.styles.border_title_color = color if chosen else None
        self.styles.border_title_style = "bold" if chosen else None

    def notify_style_update(self) -> None:
        """The theme changed."""
        super().notify_style_update()
        if self._chosen:
            self._chosen = False
            self.choose(True)

    def draw(self) -> None:
        """Draw the model as it is now."""
        raise NotImplementedError

    def copied(self) -> str:
        """What `Y` copies of this pane: the lines in view, without the space after them."""
        return "\n".join(row.plain.rstrip() for row in self.in_view()).strip("\n")

    def hints(self) -> list[Part]:
        """What the keys do here, for the action line, where they depend on what is selected."""
        return []

    def offers(self, action: str) -> bool:
        """Whether an action does something for what is shown; the action line leaves out the others."""
        return not hints.is_empty(self.model)

    def targets(self) -> list[int]:
        """Rows of the widget, in view now, on which a click chooses something; jump mode gives each a letter."""
        return []

    def tag(self, rows: Mapping[int, str], letter: str = "") -> None:
        """Show the letters of jump mode: one in the border for the pane, others on rows; none takes them away."""
        self.put_letters(rows)
        parts: list[str | tuple[str, str]] = [(f" {letter} ", "bold reverse"), " "] if letter else []
        self.border_title = Content.assemble(*parts, self._numbered)

    def caption(self, text: str) -> None:
        """The text in the lower border."""
        content = Content(text)
        if self.border_subtitle != content:
            self.border_subtitle = content

    def act(self, action: str) -> bool:
        """Carry out an action that concerns this pane alone; False where it is none of its own."""
        own = getattr(self, f"do_{action}", None)
        if own is None:
            return self._move(action)
        own()
        return True

    def _move(self, action: str) -> bool:
        page = max(1, self.body_height - 2)
        rows = {"down": 1, "up": -1, "page_down": page, "page_up": -page}.get(action)
        if rows is not None:
            self.scroll_relative(y=rows, animate=False)
        elif action == "first":
            self.jump(0)
        elif action == "last":
            self.jump(self.max_scroll_y)
        elif action in ("left", "right"):
            self.scroll_relative(x=8 if action == "right" else -8, animate=False)
        else:
            return False
        return True

    def on_click(self, event: events.Click) -> None:
        """Focus is given by Textual; the row is for the screen."""
        self.post_message(self.Clicked(self, event.get_content_offset_capture(self).y))
