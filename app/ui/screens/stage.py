"""The stage: six panes and the bars around them, where they stand, which one has the focus, what the bars say.

Sizes follow from the terminal's, so panes are drawn before Textual lays them out.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.geometry import Size
from textual.screen import Screen

from app.ui import header, hints
from app.ui.model import Model
from app.ui.regions import Arrangement, Box, PaneName, arrange
from app.ui.widgets.bar import Bar
from app.ui.widgets.chart import ChartPane
from app.ui.widgets.diff import DiffPane
from app.ui.widgets.ideas import Ideas
from app.ui.widgets.inbox import Inbox
from app.ui.widgets.log import LogPane
from app.ui.widgets.pane import FRAME, Pane
from app.ui.widgets.paper import PaperPane

SETTLE_SECONDS = 0.4
"""Keys are ignored for so long after the screen moved by itself (interaction.md 3.3)."""
NO_FRAME = Size(0, 0)
ANSWER_SECONDS = 0.05
"""So long after a key, what changed is drawn at once and not with Textual's next frame, which is up to two away."""


class Stage(Screen[None]):
    """Places and draws; knows nothing of threads, keys and the journal.

    Args:
        model: what the panes draw from.
        clock: seconds, for the moment in which keys are ignored after the screen moved by itself.
    """

    AUTO_FOCUS = ""

    def __init__(self, model: Model, clock: Callable[[], float]) -> None:
        super().__init__()
        self.model = model
        self._clock = clock
        self._deaf_until = 0.0
        self._pressed = 0.0
        self.placed: Arrangement | None = None
        self._message: tuple[str, str] = (model.keys.trouble, "warn")
        self._placed_for: Size | None = None
        self.diff, self.paper = DiffPane(model), PaperPane(model)
        self.panes: dict[PaneName, Pane] = {
            "paper": self.paper,
            "ideas": Ideas(model),
            "diff": self.diff,
            "inbox": Inbox(model),
            "log": LogPane(model),
            "chart": ChartPane(model),
        }
        self.bars = {name: Bar(id=name) for name in ("header", "strip", "footer")}

    def pressed(self) -> None:
        """A key came: its answer is drawn without delay."""
        self._pressed = time.monotonic()

    def on_idle(self) -> None:
        """Nothing is left to do but to draw."""
        if time.monotonic() - self._pressed < ANSWER_SECONDS:
            self._on_timer_update()

    def compose(self) -> ComposeResult:
        """Bars and panes; `place` puts them."""
        yield self.bars["header"]
        yield from self.panes.values()
        yield self.bars["strip"]
        yield self.bars["footer"]

    @property
    def pane(self) -> Pane:
        """The focused pane."""
        return self.panes[self.model.view.pane]

    @property
    def deaf(self) -> bool:
        """Whether keys are ignored at the moment."""
        return self._clock() < self._deaf_until

    def drawn(self) -> list[tuple[int, str] | None]:
        """Step and card hash that each pane has on the screen."""
        return [pane.drawn for pane in self.panes.values()]

    @property
    def shown(self) -> tuple[int, str] | None:
        """Step and card hash that the focused pane has on the screen; None where there is nothing to decide."""
        return self.pane.drawn if self.pane.display else None

    def _decidable(self) -> bool:
        return self.shown is not None and self.model.state.steps[self.shown[0]].phase == "proposed"

    def redraw(self) -> None:
        """Draw everything that is in view."""
        for pane in self.panes.values():
            if pane.display and pane.is_attached:
                pane.draw()
        self.draw_bars()

    def deafen(self) -> None:
        """The screen moved by itself: keys typed for what was there before must not reach what is there now."""
        self._deaf_until = self._clock() + SETTLE_SECONDS

    def say(self, text: str, look: str = "") -> None:
        """Show a sentence at the bottom until the next one."""
        self._message = (text, look)
        self.draw_bars()

    def on_resize(self, event: events.Resize) -> None:
        """The terminal has another size, or Textual says once more which one it has."""
        if self.app.size != self._placed_for:
            self.place()

    def place(self) -> None:
        """Put bars and panes where they belong at this size, and draw them."""
        self._placed_for = self.app.size
        placed, view = self._arranged(), self.model.view
        if placed.kind == "tiny" and view.pane != "inbox":
            view.pane = "inbox"
            self.deafen()
        self.placed = placed
        for name, pane in self.panes.items():
            _put(pane, placed.panes.get(name), FRAME)
            pane.choose(name == view.pane)
        for bar, box in (("header", placed.header), ("strip", placed.strip), ("footer", placed.footer)):
            _put(self.bars[bar], box, NO_FRAME)
        self.redraw()

    def _arranged(self) -> Arrangement:
        (width, height), view = self.app.size, self.model.view
        return arrange(width, height, view.pane, view.zoomed, view.sizes)

    def draw_bars(self) -> None:
        """Draw the lines around the panes."""
        if self.placed is None or not self.is_attached:
            return
        width = self.app.size.width
        self.bars["header"].put(header.top(self.model, self.placed.kind, width))
        if self.placed.strip is not None:
            self.bars["strip"].put([header.strip(self.model, width)])
        found = header.bottom(
            self.model,
            self.pane.hints(),
            self._message,
            width,
            decidable=self._decidable(),
            offers=self.pane.offers,
        )
        self.bars["footer"].put(found)

    def go(self, pane: PaneName) -> None:
        """Focus a pane, because the user asked for it."""
        if self.placed is not None and self.placed.kind == "tiny" and pane != "inbox":
            self.say("The terminal is too small for that pane.", "warn")
            return
        self.model.view.pane = pane
        hints.count(self.model)
        if self._message[1] in ("dim", "warn"):
            self._message = ("", "")
        if self._arranged() == self.placed:
            for name, other in self.panes.items():
                other.choose(name == pane)
            self.panes[pane].draw()
            self.draw_bars()
        else:
            self.place()


def _put(widget: Pane | Bar, box: Box | None, frame: Size) -> None:
    widget.display = box is not None
    if box is not None:
        widget.give_room(Size(box.width, box.height) - frame)
        widget.styles.offset = (box.x, box.y)
        widget.styles.width, widget.styles.height = box.width, box.height
