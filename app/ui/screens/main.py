"""The six panes side by side, kept in step with the journal. What decides is in `app.ui.actors`.

The first paint has content: sizes follow from the terminal's, so panes are drawn before Textual lays them out, from the
journal's snapshot alone. What is newer, colours of code, and what only keys need come right after it.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.screen import Screen

from app.engine.journal import Journal, JournalError
from app.paths import Paths
from app.ui import header
from app.ui.actions import BY_ID, KEYS, SHORT_TITLES, meant
from app.ui.feed import POLL_SECONDS, Feed
from app.ui.follow import RunFollower
from app.ui.messages import Answered, EngineSeen, GoExperiment, GoLine, GoPassage, GoStep, OutputChanged, Said
from app.ui.model import Model, View
from app.ui.regions import PANES, Arrangement, Box, PaneName, arrange
from app.ui.sender import Ensure, Sender
from app.ui.widgets.bar import Bar
from app.ui.widgets.chart import ChartPane
from app.ui.widgets.diff import DiffPane
from app.ui.widgets.ideas import Ideas
from app.ui.widgets.inbox import Inbox
from app.ui.widgets.log import LogPane
from app.ui.widgets.pane import FRAME, Pane
from app.ui.widgets.paper import PaperPane

if TYPE_CHECKING:
    from app.ui.actors.actor import Actor
    from app.ui.actors.decisions import Decisions
    from app.ui.actors.navigation import Navigation

SETTLE_SECONDS = 0.4
"""Keys are ignored for so long after the screen moved by itself (interaction.md 3.3)."""
ANSWER_SECONDS = 6.0
"""So long an answer stays before events may take its place."""
DRAFT = ("screen", "view")
NO_FRAME = Size(0, 0)
PAINTED_SECONDS = 0.05
"""So long after the first frame was made, the thread that writes it has Python's lock to itself."""


class MainScreen(Screen[None]):
    """Owns the model, the feed and the threads; widgets draw, threads post messages."""

    AUTO_FOCUS = ""
    # All keys are the screen's: focus follows a moment after a pane was chosen, and a key typed in between counts too.
    BINDINGS = [Binding(key, f"press('{key}')", show=False) for key in KEYS]

    def __init__(
        self,
        paths: Paths,
        journal: Journal,
        *,
        read_only: bool,
        ensure: Ensure,
        clock: Callable[[], float],
        slow: bool,
    ) -> None:
        super().__init__()
        self.feed = Feed(journal)
        self.model = Model(paths, self.feed.state, View.load(journal.draft(*DRAFT)), time.time, read_only=read_only)
        self.model.settle()
        self.sender = Sender(paths, self._post, ensure)
        self.follower = RunFollower(paths.run, lambda output: self._post(OutputChanged(output)), 0.5 if slow else 0.25)
        self._clock = clock
        self._deaf_until = 0.0
        self._answered_until = 0.0
        self.zoomed = False
        self.placed: Arrangement | None = None
        self._message: tuple[str, str] = ("", "")
        self._placed_for: Size | None = None
        model = self.model
        self.diff = DiffPane(model)
        self.panes: dict[PaneName, Pane] = {
            "paper": PaperPane(model),
            "ideas": Ideas(model),
            "diff": self.diff,
            "inbox": Inbox(model),
            "log": LogPane(model),
            "chart": ChartPane(model),
        }
        self.bars = {name: Bar(id=name) for name in ("header", "strip", "footer")}

    @cached_property
    def decisions(self) -> Decisions:
        """What decides."""
        from app.ui.actors.decisions import Decisions

        return Decisions(self)

    @cached_property
    def navigation(self) -> Navigation:
        """What moves from pane to pane."""
        from app.ui.actors.navigation import Navigation

        return Navigation(self)

    @cached_property
    def actors(self) -> tuple[Actor, ...]:
        """What carries out actions beyond a single pane."""
        from app.ui.actors import actors

        return actors(self)

    # life

    def compose(self) -> ComposeResult:
        """Bars and panes; `place` puts them."""
        yield self.bars["header"]
        yield from self.panes.values()
        yield self.bars["strip"]
        yield self.bars["footer"]

    def on_mount(self) -> None:
        """Place and draw everything, then start looking at the journal."""
        self.place()
        self.pane.focus(scroll_visible=False)
        self.set_interval(POLL_SECONDS, self.poll, name="poll")
        self.set_interval(60.0, self.redraw)
        self.call_after_refresh(self.set_timer, PAINTED_SECONDS, self._begin)

    def _begin(self) -> None:
        self.poll()
        self.diff.colour()
        self.follower.watch(self.model.target())
        self.sender.watch_engine(keep=not self.model.read_only)

    def on_unmount(self) -> None:
        """Let the threads go."""
        self.sender.close()
        self.follower.close()

    def keep_view(self) -> None:
        """Keep what is selected, so that it comes back."""
        # A journal that cannot be written costs the next start its selection and nothing else.
        with contextlib.suppress(JournalError):
            if not self.model.read_only:
                self.feed.journal.keep_draft(*DRAFT, self.model.view.dump())

    def _post(self, message: Message) -> None:
        # From threads: after the loop has ended there is nobody to tell.
        if self.is_running and self.app.is_running:
            self.post_message(message)

    # state

    @property
    def pane(self) -> Pane:
        """The focused pane."""
        return self.panes[self.model.view.pane]

    def poll(self) -> None:
        """Fold new events; nothing is drawn when nothing changed."""
        if not self.feed.poll():
            return
        if self.feed.trouble:
            self.say(self.feed.trouble, "bad")
            return
        drawn = self._drawn()
        if self.feed.last and self._clock() >= self._answered_until:
            self.say(self.feed.last, "dim")
        moved = self.model.settle()
        self.redraw()
        if moved or any(before and before != now for before, now in zip(drawn, self._drawn(), strict=True)):
            self.deafen()
        self.follower.watch(self.model.target())

    def _drawn(self) -> list[tuple[int, str] | None]:
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
        self._draw_bars()

    def deafen(self) -> None:
        """The screen moved by itself: keys typed for what was there before must not reach what is there now."""
        self._deaf_until = self._clock() + SETTLE_SECONDS

    def say(self, text: str, look: str = "") -> None:
        """Show a sentence at the bottom until the next one."""
        self._message = (text, look)
        self._draw_bars()

    def on_output_changed(self, message: OutputChanged) -> None:
        """The shown run wrote something."""
        self.model.output = message.output
        for name in ("log", "chart"):
            if self.panes[name].display:
                self.panes[name].draw()

    def on_engine_seen(self, message: EngineSeen) -> None:
        """The engine came, went or fell silent."""
        self.model.engine = message.word
        if message.word.sentence:
            self.say(message.word.sentence, "bad")
        self._draw_bars()

    def on_answered(self, message: Answered) -> None:
        """The engine answered a command of ours."""
        self._answered_until = self._clock() + ANSWER_SECONDS
        self.say(("✘ " if message.refused else "✔ ") + message.text, "bad" if message.refused else "good")

    def on_said(self, message: Said) -> None:
        """A pane has something to tell."""
        self.say(message.text, message.look)

    def on_go_step(self, message: GoStep) -> None:
        """A pane points at a step."""
        self.navigation.go_step(message.step)

    def on_go_experiment(self, message: GoExperiment) -> None:
        """A pane points at an experiment."""
        self.navigation.go_experiment(message.experiment)

    def on_go_passage(self, message: GoPassage) -> None:
        """A pane points into the paper."""
        self.navigation.go_passage(message.section, message.paragraph)

    def on_go_line(self, message: GoLine) -> None:
        """A pane points into a log."""
        self.navigation.go_line(message.run, message.offset)

    # places

    def on_resize(self, event: events.Resize) -> None:
        """The terminal has another size, or Textual says once more which one it has."""
        if self.app.size != self._placed_for:
            self.place()

    def place(self) -> None:
        """Put bars and panes where they belong at this size, and draw them."""
        self._placed_for = self.app.size
        width, height = self._placed_for
        placed = arrange(width, height, self.model.view.pane, self.zoomed)
        if placed.kind == "tiny" and self.model.view.pane != "inbox":
            self.model.view.pane = "inbox"
            self.panes["inbox"].focus(scroll_visible=False)
            self.deafen()
        self.placed = placed
        for name, pane in self.panes.items():
            _put(pane, placed.panes.get(name), FRAME)
        for bar, box in (("header", placed.header), ("strip", placed.strip), ("footer", placed.footer)):
            _put(self.bars[bar], box, NO_FRAME)
        self.redraw()

    def _draw_bars(self) -> None:
        if self.placed is None or not self.is_attached:
            return
        width, pane = self.app.size.width, self.model.view.pane
        rows = [header.header(self.model, width)]
        if self.placed.kind == "narrow":
            rows = [header.tabs(self.model, pane, width), header.status(self.model, width)]
        elif self.placed.kind == "tiny":
            rows = [header.too_small(width)]
        self.bars["header"].put(rows)
        if self.placed.strip is not None:
            self.bars["strip"].put([header.strip(self.model, width)])
        actions = header.actions_line(pane, self.pane.hints(), self._decidable(), width)
        self.bars["footer"].put([actions, header.keys_line(self._message, width)])

    # actions

    def action_press(self, key: str) -> None:
        """What the key means in the pane that was chosen last."""
        self.action_act(meant(key, self.model.view.pane).id)

    def action_act(self, action: str) -> None:
        """Any action of the one declaration; the door that every key and palette entry goes through."""
        if self._clock() < self._deaf_until:
            return
        if action.startswith("go_"):
            self.go(_named(action.removeprefix("go_")))
        elif BY_ID[action].panes and self.model.view.pane not in BY_ID[action].panes:
            self.say(
                f"`{BY_ID[action].label}` works in {', '.join(SHORT_TITLES[p] for p in BY_ID[action].panes)}.", "warn"
            )
        elif not any(actor.act(action) for actor in self.actors):
            self.pane.act(action)
        self._draw_bars()

    def go(self, pane: PaneName) -> None:
        """Focus a pane, because the user asked for it."""
        if self.placed is not None and self.placed.kind == "tiny" and pane != "inbox":
            self.say("The terminal is too small for that pane.", "warn")
            return
        self.model.view.pane = pane
        self.place()
        self.panes[pane].focus(scroll_visible=False)

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A click moved the focus."""
        if isinstance(event.widget, Pane) and self.model.view.pane != event.widget.PANE:
            self.model.view.pane = event.widget.PANE
            self._draw_bars()

    def on_pane_clicked(self, message: Pane.Clicked) -> None:
        """A click on a row selects it."""
        pane = message.pane
        if isinstance(pane, Inbox) and pane.click(message.y):
            pane.do_open()
        elif isinstance(pane, Ideas) and (step := pane.row_step(message.y)):
            self.model.view.idea = step.id
            pane.draw()
        self._draw_bars()


def _put(widget: Pane | Bar, box: Box | None, frame: Size) -> None:
    widget.display = box is not None
    if box is not None:
        widget.give_room(Size(box.width, box.height) - frame)
        widget.styles.offset = (box.x, box.y)
        widget.styles.width, widget.styles.height = box.width, box.height


def _named(name: str) -> PaneName:
    return next(pane for pane in PANES if pane == name)
