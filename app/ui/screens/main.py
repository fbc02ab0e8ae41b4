"""The six panes side by side, kept in step with the journal. What decides is in `app.ui.decisions`."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.message import Message
from textual.screen import Screen

from app.engine.journal import Journal, JournalError
from app.engine.state import ExperimentState, StepState
from app.paths import Paths
from app.ui import header
from app.ui.actions import BY_ID, SHORT_TITLES, everywhere
from app.ui.decisions import Decisions
from app.ui.feed import POLL_SECONDS, Feed
from app.ui.follow import RunFollower
from app.ui.messages import Answered, EngineSeen, OutputChanged
from app.ui.model import Model, View
from app.ui.regions import PANES, Arrangement, Box, PaneName, arrange
from app.ui.screens.ask import Ask
from app.ui.screens.help import Help
from app.ui.sender import Ensure, Sender
from app.ui.widgets.bar import Bar
from app.ui.widgets.chart import ChartPane
from app.ui.widgets.diff import DiffPane
from app.ui.widgets.ideas import Ideas
from app.ui.widgets.inbox import Inbox
from app.ui.widgets.log import LogPane
from app.ui.widgets.pane import Pane
from app.ui.widgets.paper import PaperPane

SETTLE_SECONDS = 0.4
"""Keys are ignored for so long after the screen moved by itself (interaction.md 3.3)."""
ANSWER_SECONDS = 6.0
"""So long an answer stays before events may take its place."""
DRAFT = ("screen", "view")


class MainScreen(Screen[None]):
    """Owns the model, the feed and the threads; widgets draw, threads post messages."""

    AUTO_FOCUS = ""
    BINDINGS = [
        Binding(key, f"act('{action.id}')", action.label, show=False, priority=False)
        for action in everywhere()
        for key in action.keys.split(",")
    ]

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
        self.decisions = Decisions(self)
        self._clock = clock
        self._deaf_until = 0.0
        self._answered_until = 0.0
        self._zoomed = False
        self._placed: Arrangement | None = None
        self._message: tuple[str, str] = ("", "")
        model = self.model
        self.panes: dict[PaneName, Pane] = {
            "paper": PaperPane(model),
            "ideas": Ideas(model),
            "diff": DiffPane(model),
            "inbox": Inbox(model),
            "log": LogPane(model),
            "chart": ChartPane(model),
        }

    # life

    def compose(self) -> ComposeResult:
        """Bars and panes; `place` puts them."""
        yield Bar(id="header")
        yield from self.panes.values()
        yield Bar(id="strip")
        yield Bar(id="footer")

    def on_mount(self) -> None:
        """Place everything, then start looking at the journal."""
        self.place()
        self.pane.focus(scroll_visible=False)
        self.set_interval(POLL_SECONDS, self.poll, name="poll")
        self.set_interval(60.0, self.redraw)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
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
        return [pane.drawn for pane in self.panes.values() if isinstance(pane, Ideas | DiffPane)]

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

    # places

    def on_resize(self, event: events.Resize) -> None:
        """The terminal has another size."""
        self.place()

    def place(self) -> None:
        """Put bars and panes where they belong at this size."""
        width, height = self.app.size
        placed = arrange(width, height, self.model.view.pane, self._zoomed)
        if placed.kind == "tiny" and self.model.view.pane != "inbox":
            self.model.view.pane = "inbox"
            self.panes["inbox"].focus(scroll_visible=False)
            self.deafen()
        self._placed = placed
        for name, pane in self.panes.items():
            _put(pane, placed.panes.get(name))
        _put(self.query_one("#header", Bar), placed.header)
        _put(self.query_one("#footer", Bar), placed.footer)
        _put(self.query_one("#strip", Bar), placed.strip)
        self.call_after_refresh(self.redraw)

    def _draw_bars(self) -> None:
        if self._placed is None or not self.is_attached:
            return
        width, pane = self.app.size.width, self.model.view.pane
        rows = [header.header(self.model, width)]
        if self._placed.kind == "narrow":
            rows = [header.tabs(self.model, pane, width), header.status(self.model, width)]
        elif self._placed.kind == "tiny":
            rows = [header.too_small(width)]
        self.query_one("#header", Bar).put(rows)
        self.query_one("#strip", Bar).put([header.strip(self.model, width)])
        actions = header.actions_line(pane, self.pane.hints(), self.decisions.open(), width)
        self.query_one("#footer", Bar).put([actions, header.keys_line(self._message, width)])

    # actions

    def action_act(self, action: str) -> None:
        """Any action of the one declaration; the door that every key and palette entry goes through."""
        if self._clock() < self._deaf_until:
            return
        if action.startswith("go_"):
            self.go(_named(action.removeprefix("go_")))
        elif own := getattr(self, f"do_{action}", None):
            own()
        elif BY_ID[action].panes and self.model.view.pane not in BY_ID[action].panes:
            self.say(
                f"`{BY_ID[action].label}` works in {', '.join(SHORT_TITLES[p] for p in BY_ID[action].panes)}.", "warn"
            )
        elif not self.decisions.act(action):
            self.pane.act(action)
        self._draw_bars()

    def go(self, pane: PaneName) -> None:
        """Focus a pane, because the user asked for it."""
        if self._placed is not None and self._placed.kind == "tiny" and pane != "inbox":
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
            self.do_open()
        elif isinstance(pane, Ideas) and (step := pane.row_step(message.y)):
            self.model.view.idea = step.id
            pane.draw()
        self._draw_bars()

    def do_next_pane(self) -> None:
        """Tab."""
        self._step_pane(1)

    def do_previous_pane(self) -> None:
        """Shift+tab."""
        self._step_pane(-1)

    def _step_pane(self, move: int) -> None:
        placed = self._placed
        shown = [n for n in PANES if placed is None or placed.kind in ("narrow", "tiny") or n in placed.panes]
        self.go(shown[(shown.index(self.model.view.pane) + move) % len(shown)])

    def do_next_needed(self) -> None:
        """The next item that needs the human."""
        step = self.model.next_needed()
        if step is None:
            self.say("Nothing needs you.", "good")
            return
        self.show_step(step)

    def show_step(self, step: StepState) -> None:
        """Show a step in the pane where it is decided."""
        self.model.view.item = f"step {step.id}"
        self.go(self.model.select(step))

    def do_open(self) -> None:
        """Enter: an inbox item, an experiment, or the passage of an idea."""
        pane = self.pane
        if isinstance(pane, Inbox):
            chosen = pane.selected()
            if isinstance(chosen, StepState):
                self.show_step(chosen)
            elif isinstance(chosen, ExperimentState):
                self._show_experiment(chosen)
        elif isinstance(pane, Ideas):
            card = self.model.card(self.model.idea())
            paper = self.panes["paper"]
            if isinstance(card, dict) and isinstance(paper, PaperPane):
                passage = card["idea"]["passage"]
                self.go("paper")
                if not paper.to_passage(str(passage["section"]), int(passage["paragraph"])):
                    self.say("The passage is not in the shown paper.", "warn")

    def _show_experiment(self, experiment: ExperimentState) -> None:
        if not experiment.runs:
            self.say(f"Experiment {experiment.id} has no run yet.", "warn")
            return
        newest = self.model.state.runs
        self.model.view.run = None if experiment.runs[-1] == max(newest) else experiment.runs[-1]
        self.follower.watch(self.model.target())
        if self._placed is None or "log" not in self._placed.panes or self._placed.kind != "wide":
            self.go("log")
        self.redraw()

    def do_zoom(self) -> None:
        """Let the pane fill the screen, or put it back."""
        self._zoomed = not self._zoomed
        self.place()

    def do_search(self) -> None:
        """Ask for a text and show its first match."""
        pane = self.pane
        if not isinstance(pane, PaperPane | LogPane):
            return

        def found(text: str | None) -> None:
            if text is not None:
                count = pane.search(text)
                self.say(f"{count} match{'es' if count != 1 else ''} for “{text}”." if text else "", "dim")

        self.app.push_screen(Ask(f"Search in {SHORT_TITLES[pane.PANE].lower()}"), found)

    def do_palette(self) -> None:
        """The command palette."""
        self.app.action_command_palette()

    def do_help(self) -> None:
        """The keys."""
        self.app.push_screen(Help(self.model.view.pane))

    def do_detach(self) -> None:
        """Close the screen; work goes on."""
        self.keep_view()
        self.app.exit(0)


def _put(widget: Pane | Bar, box: Box | None) -> None:
    widget.display = box is not None
    if box is not None:
        widget.styles.offset = (box.x, box.y)
        widget.styles.width, widget.styles.height = box.width, box.height


def _named(name: str) -> PaneName:
    return next(pane for pane in PANES if pane == name)
