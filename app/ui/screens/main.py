"""The six panes side by side, kept in step with the journal. What decides is in `app.ui.actors`.

The first paint has content: sizes follow from the terminal's, so panes are drawn before Textual lays them out, from the
journal's snapshot alone. What is newer, colours of code, and what only keys need come right after it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from textual import events
from textual.app import App
from textual.message import Message

from app.engine.journal import Journal
from app.paths import Paths
from app.ui import keymap
from app.ui.actions import BY_ID, SHORT_TITLES
from app.ui.chart.readings import ChartFollower
from app.ui.chart.series import sources_of
from app.ui.feed import Feed
from app.ui.follow import RunFollower
from app.ui.keeping import DRAFT, KEEP_SECONDS, Keeper, note_places, restore_places
from app.ui.messages import (
    Answered,
    EngineSeen,
    FollowChanged,
    GoExperiment,
    GoLine,
    GoPassage,
    GoStep,
    JournalMoved,
    OutputChanged,
    Previewed,
    PulsesChanged,
    ReadingsChanged,
    Returned,
    Said,
)
from app.ui.model import Model, View
from app.ui.pace import Pace
from app.ui.regions import PANES, PaneName
from app.ui.screens.stage import Stage
from app.ui.sender import Ensure, Sender
from app.ui.terminal.painted import PaintedApp
from app.ui.widgets.diff import DiffPane
from app.ui.widgets.ideas import Ideas
from app.ui.widgets.inbox import Inbox
from app.ui.widgets.pane import Pane
from app.ui.widgets.paper import PaperPane

if TYPE_CHECKING:
    from app.ui.actors.actor import Actor
    from app.ui.actors.appearance import Appearance
    from app.ui.actors.decisions import Decisions
    from app.ui.actors.navigation import Navigation
    from app.ui.actors.news import News
    from app.ui.actors.review import Review
    from app.ui.actors.sizing import Sizing

PULSE_SECONDS = 2.0
"""Between two looks at the running runs; twice that over a slow link."""
ANSWER_SECONDS = 6.0
"""So long an answer stays before events may take its place."""
PAINTED_SECONDS = 0.05
"""So long after the first frame was made, the thread that writes it has Python's lock to itself."""


class MainScreen(Stage):
    """Owns the model, the feed and the threads; widgets draw, threads post messages."""

    def __init__(
        self,
        paths: Paths,
        journal: Journal,
        *,
        read_only: bool,
        ensure: Ensure,
        clock: Callable[[], float],
        pace: Pace,
    ) -> None:
        self.feed = Feed(journal)
        draft = journal.draft(*DRAFT)
        model = Model(paths, self.feed.state, View.load(draft), time.time, read_only=read_only)
        model.keys = keymap.load()
        model.low_bandwidth = pace.low
        model.drafts = journal
        model.settle()
        super().__init__(model, clock)
        self.keeper = Keeper(journal.path, draft)
        self.sender = Sender(paths, self._post, ensure)
        self.follower = RunFollower(paths.run, lambda output: self._post(OutputChanged(output)), pace.log)
        self.charts = ChartFollower(paths.run, lambda found: self._post(ReadingsChanged(found)), pace.charts)
        self._pace = pace
        self._answered_until = 0.0

    @cached_property
    def decisions(self) -> Decisions:
        """What decides."""
        from app.ui.actors.decisions import Decisions

        return Decisions(self)

    @cached_property
    def review(self) -> Review:
        """What marks hunks."""
        from app.ui.actors.review import Review

        return Review(self)

    @cached_property
    def navigation(self) -> Navigation:
        """What moves from pane to pane."""
        from app.ui.actors.navigation import Navigation

        return Navigation(self)

    @cached_property
    def appearance(self) -> Appearance:
        """What changes how the screen looks."""
        from app.ui.actors.appearance import Appearance

        return Appearance(self)

    @cached_property
    def sizing(self) -> Sizing:
        """What gives panes other sizes."""
        from app.ui.actors.sizing import Sizing

        return Sizing(self)

    @cached_property
    def news(self) -> News:
        """What the user should hear of."""
        from app.ui.actors.news import News

        return News(self, self._post, PULSE_SECONDS * (2 if self._pace.low else 1))

    @cached_property
    def actors(self) -> tuple[Actor, ...]:
        """What carries out actions beyond a single pane."""
        from app.ui.actors import actors

        return actors(self)

    # life

    def on_mount(self) -> None:
        """Place and draw everything, then start looking at the journal."""
        self.place()
        self.set_interval(KEEP_SECONDS, self._look_after)
        self.set_interval(60.0, self.redraw)
        self.call_after_refresh(self.set_timer, PAINTED_SECONDS, self._begin)

    def _begin(self) -> None:
        restore_places(self.model.view, self.panes.values())
        self.feed.start(lambda: self._post(JournalMoved()))
        self.diff.colour()
        self.paper.typeset()
        self.follow()
        self.sender.watch_engine(keep=not self.model.read_only)
        self.news.begin()

    def on_unmount(self) -> None:
        """Let the threads go."""
        self.news.close()
        self.keeper.close()
        self.feed.close()
        self.sender.close()
        self.follower.close()
        self.charts.close()

    def keep_view(self) -> None:
        """Keep what is selected and in view, so that it comes back."""
        if not self.model.read_only:
            note_places(self.model.view, self.panes.values())
            self.keeper.keep(self.model.view.dump())

    def _post(self, message: Message) -> None:
        # From threads: after the loop has ended there is nobody to tell.
        if self.is_running and self.app.is_running:
            self.post_message(message)

    # state

    def _look_after(self) -> None:
        self.keep_view()
        if self.feed.stalled:
            self.say("The disk of this workspace does not answer; what is shown may be old.", "bad")

    def on_journal_moved(self) -> None:
        """Fold new events; nothing is drawn when nothing changed."""
        if not self.feed.poll():
            return
        if self.feed.trouble:
            self.say(self.feed.trouble, "bad")
            return
        drawn = self.drawn()
        if self.feed.last and self._clock() >= self._answered_until:
            self.say(self.feed.last, "dim")
        moved = self.model.settle()
        self.redraw()
        if moved or any(before and before != now for before, now in zip(drawn, self.drawn(), strict=True)):
            self.deafen()
        self.follow()
        self.news.changed()

    def follow(self) -> None:
        """Let the threads read what is shown now."""
        run = self.model.run()
        self.follower.watch(run.id if run else None)
        self.charts.watch(sources_of(self.model))

    def on_output_changed(self, message: OutputChanged) -> None:
        """The shown run wrote something."""
        self.model.output = message.output
        self.follower.interval = self._pace.held if _held_up(self.app) else self._pace.log
        if self.panes["log"].display:
            self.panes["log"].draw()

    def on_readings_changed(self, message: ReadingsChanged) -> None:
        """A run in the chart measured something."""
        self.model.readings = message.readings
        # The log's head says how far the run is by its metrics.
        for name in ("log", "chart"):
            if self.panes[name].display:
                self.panes[name].draw()

    def on_pulses_changed(self, message: PulsesChanged) -> None:
        """Running runs are further than before."""
        self.model.pulses = message.pulses
        if self.panes["inbox"].display:
            self.panes["inbox"].draw()

    def on_returned(self, message: Returned) -> None:
        """It is known what happened while the user was away."""
        self.news.returned(message)

    def on_follow_changed(self, message: FollowChanged) -> None:
        """Other runs are looked at."""
        self.follow()

    def on_engine_seen(self, message: EngineSeen) -> None:
        """The engine came, went or fell silent."""
        self.model.engine = message.word
        if message.word.sentence:
            self.say(message.word.sentence, "bad")
        self.draw_bars()

    def on_answered(self, message: Answered) -> None:
        """The engine answered a command of ours."""
        self._answered_until = self._clock() + ANSWER_SECONDS
        self.say(("✘ " if message.refused else "✔ ") + message.text, "bad" if message.refused else "good")

    def on_previewed(self, message: Previewed) -> None:
        """The engine has the summary of marks, or says why not."""
        self.review.previewed(message)

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

    # actions

    def on_key(self, event: events.Key) -> None:
        """What the key means in the pane that was chosen last.

        All keys are the screen's: focus follows a moment after a pane was chosen, and a key typed in between counts.
        """
        self.pressed()
        asked = self.app.screen
        if asked is not self:
            # Typed ahead of a question that is not drawn yet: it belongs to the answer, and never is an action here.
            from app.ui.screens.ask import Ask, TypedAhead

            event.stop()
            if isinstance(asked, Ask):
                asked.post_message(TypedAhead(event))
            return
        action = self.model.keys.meant(event.key, self.model.view.pane)
        if action is not None:
            event.stop()
            event.prevent_default()
            self.action_act(action.id)

    def action_act(self, action: str) -> None:
        """Any action of the one declaration; the door that every key and palette entry goes through."""
        if self.deaf:
            return
        self.news.touched(action)
        if action.startswith("go_"):
            self.go(_named(action.removeprefix("go_")))
        elif BY_ID[action].panes and self.model.view.pane not in BY_ID[action].panes:
            self.say(
                f"`{BY_ID[action].label}` works in {', '.join(SHORT_TITLES[p] for p in BY_ID[action].panes)}.", "warn"
            )
        elif not any(actor.act(action) for actor in self.actors):
            self.pane.act(action)
        self.draw_bars()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The border between two panes can be dragged."""
        self.sizing.grab(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """The border goes with the mouse."""
        if event.button:
            self.sizing.drag(event)

    def on_mouse_up(self, event: events.MouseUp) -> None:
        """The border stays here."""
        self.sizing.drop()

    def on_pane_clicked(self, message: Pane.Clicked) -> None:
        """A click chooses the pane and selects its row."""
        pane = message.pane
        self.go(pane.PANE)
        if isinstance(pane, Inbox) and pane.click(message.y):
            pane.do_open()
        elif isinstance(pane, PaperPane | DiffPane):
            pane.click(message.y)
        elif isinstance(pane, Ideas) and (step := pane.row_step(message.y)):
            self.model.view.idea = step.id
            pane.draw()
        self.draw_bars()


def _held_up(app: App[Any]) -> bool:
    return isinstance(app, PaintedApp) and app.held_up


def _named(name: str) -> PaneName:
    return next(pane for pane in PANES if pane == name)
