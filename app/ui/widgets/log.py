"""The log of the shown run: what is in view of a file of any size. It follows the end until the user scrolls up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.message import Message

from app.engine.state import RunState
from app.ui import signs
from app.ui.follow import RunOutput
from app.ui.log import times
from app.ui.log.head import foot_of, head_of
from app.ui.log.pager import Pager, Place
from app.ui.log.window import LogWindow
from app.ui.messages import Said
from app.ui.model import Model
from app.ui.text import Line, Part, Piece, fit, line, paragraph
from app.ui.widgets.lines import FOOT_SHARE
from app.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from app.ui.log.finding import Finding
    from app.ui.log.search import News, Search

SIDEWAYS = 8
WHEEL = 3
KEYS = "s follow  w wrap  t times  / search"


class LogPane(Pane):
    """j and k scroll; s follows again; / searches the file."""

    PANE = "log"

    class Searched(Message):
        """The thread of a search has something to tell."""

        def __init__(self, search: Search, news: News) -> None:
            super().__init__()
            self.search = search
            self.news = news

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._window: LogWindow | None = None
        self._finding: Finding | None = None

    # what is drawn

    def draw(self) -> None:
        """Where the run is above, its output below."""
        run, output, width = self.model.run(), self.model.output, self.text_width
        if run is None:
            self.show(paragraph("No run yet. Accepting a diff or the contract starts what it lists.", width, "dim"))
            self.caption("")
            return
        if output is None or output.run != run.id:
            output = RunOutput(run=run.id)
        stalled = self.model.state.stalled(run)
        head = head_of(run, output, self.model.curves(), self.model.now(), width, stalled=stalled)
        foot = foot_of(run, width, int(self.text_height * FOOT_SHARE), self.model.keys.shown("run_again"))
        window = self._window_of(run, max(1, self.text_height - len(head) - len(foot)))
        try:
            with window.open() as pager:
                body, caption = self._output(window, pager, run), self._caption(window)
        except OSError as error:
            body, caption = paragraph(f"The log cannot be read: {error}.", width, "bad"), ""
        self.show(body, head, foot)
        self.caption(caption)

    def _window_of(self, run: RunState, height: int) -> LogWindow:
        """The window into a run's log, as large as the pane is now."""
        path, view = self.model.paths.run(run.id) / "stdout.log", self.model.view
        if self._window is None or self._window.path != path:
            self._end_search()
            self._window = LogWindow(path)
            if not self._following:
                self._window.place = Place(view.log_at)
        cells = self.text_width - (times.WIDTH if view.times else 0)
        query = self._finding.query if self._finding else ""
        self._window.lay_out(max(1, cells), height, wrap=view.wrap, query=query)
        return self._window

    @property
    def _following(self) -> bool:
        run, view = self.model.run(), self.model.view
        return view.follow or run is None or view.log_run != run.id

    def _output(self, window: LogWindow, pager: Pager, run: RunState) -> list[Line]:
        body = window.draw(pager, at_end=self._following)
        if not self._following:
            self.model.view.log_at = window.start
        if not body:
            return [line(("no output yet" if run.phase != "ended" else "the run printed nothing", "dim"))]
        kind = self.model.view.times
        if not kind:
            return body
        begun = [shown.row.start for shown in window.shown]
        found = times.stamps(window.path.parent, begun, kind, run.started)
        stamps = [stamp if shown.line == 0 else "" for stamp, shown in zip(found, window.shown, strict=True)]
        return [
            Line((Piece(stamp.ljust(times.WIDTH), "faint"), *text.pieces), text.band)
            for stamp, text in zip(stamps, body, strict=True)
        ]

    def _caption(self, window: LogWindow) -> str:
        parts = [f"“{fit(self._finding.query, 16)}” {self._finding.text}".rstrip()] if self._finding else []
        if self._following:
            parts.append("following")
        else:
            parts += [f"{window.end * 100 // max(1, window.size)} % of {signs.size(window.size)}", "paused"]
            parts += [f"+{new} new"] if (new := window.news_since(self.model.view.log_seen)) else []
        text = " · ".join(parts)
        return f" {text} · {KEYS} " if len(text) + len(KEYS) + 5 <= self.text_width else f" {text} "

    def copied(self) -> str:
        """The match or the row that was pointed at, else the rows in view; whole, also where they are cut here."""
        return self._window.text() if self._window is not None else super().copied()

    def hints(self) -> list[Part]:
        """Which run."""
        run = self.model.run()
        return [] if run is None else [(f"run {run.id}", "bold")]

    # moving

    def _move(self, action: str) -> bool:
        window = self._window
        if window is None:
            return super()._move(action)
        page = max(1, window.height - 2)
        rows = {"down": 1, "up": -1, "page_down": page, "page_up": -page}.get(action)
        if rows is not None:
            self._scroll(rows)
        elif action == "first":
            self.pause()
            self._go(Place())
        elif action == "last":
            self._resume()
        elif action in ("left", "right"):
            window.move_left(SIDEWAYS if action == "right" else -SIDEWAYS)
            self.draw()
        else:
            return False
        return True

    def _scroll(self, lines: int) -> None:
        if self._window is None or (lines > 0 and self._following):
            return
        self.pause()
        try:
            with self._window.open() as pager:
                place = pager.moved(pager.settled(self._window.place), lines)
        except OSError:
            place = self._window.place
        self._go(place)

    def _go(self, place: Place) -> None:
        if self._window is not None:
            self._window.place = place
            self.draw()

    def pause(self) -> None:
        """Stop following, and count what comes."""
        run, view = self.model.run(), self.model.view
        if run is not None and self._window is not None and self._following:
            view.follow, view.log_run, view.log_seen = False, run.id, self._window.count_from_here()
            self.draw()

    def _resume(self) -> None:
        self.model.view.follow = True
        if self._window is not None:
            self._window.marked = None
        self.draw()

    def show_offset(self, offset: int) -> None:
        """Show the row that holds a byte of the file, marked."""
        window = self._window
        if window is None:
            return
        self.pause()
        try:
            window.marked = window.start_of(offset)
            if window.marked not in [shown.row.start for shown in window.shown]:
                with window.open() as pager:
                    window.place = pager.around(offset)
        except OSError:
            # Drawing says what is wrong.
            window.marked = None
        self.draw()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel is scrolling too."""
        self._wheel(event, -WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel, the other way."""
        self._wheel(event, WHEEL)

    def _wheel(self, event: events.Event, lines: int) -> None:
        event.stop()
        event.prevent_default()
        self._scroll(lines)

    # keys of its own

    def do_follow(self) -> None:
        """Follow, or stop it."""
        if self._following:
            self.pause()
        else:
            self._resume()

    def do_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.model.view.wrap = not self.model.view.wrap
        if self._window is not None:
            self._window.left = 0
        self.draw()

    def do_times(self) -> None:
        """No times, the time of day, the time since the run began."""
        view, window = self.model.view, self._window
        if window is not None and times.offset_at(window.path.parent, 0.0) is None:
            self.post_message(Said("No times were recorded for this output: its run is older, or has printed nothing."))
            view.times = ""
        else:
            view.times = times.KINDS[(times.KINDS.index(view.times) + 1) % len(times.KINDS)]
        self.draw()

    # search

    def search(self, text: str) -> None:
        """Find a text in the file, from what is in view upwards; an empty one ends the search."""
        from app.ui.log.finding import Finding

        self._end_search()
        if text and self._window is not None:
            self.pause()
            self._finding = Finding(self._window.path, text, self._told)
            self._finding.find(self._window.end, forward=False)
        self.draw()

    def do_next_match(self) -> None:
        """Next match."""
        self._next(forward=True)

    def do_previous_match(self) -> None:
        """Match before."""
        self._next(forward=False)

    def _next(self, *, forward: bool) -> None:
        window = self._window
        if self._finding is None or window is None:
            self.post_message(Said("Nothing is looked for yet: / searches the log.", "warn"))
            return
        self.pause()
        row = next((shown.row for shown in window.shown if shown.row.start == window.marked), None)
        if forward:
            self._finding.find(row.end if row else window.start, forward=True)
        else:
            self._finding.find(row.start if row else window.end, forward=False)
        self.draw()

    def do_end_search(self) -> None:
        """Stop the search under way; where there is none, take its marks away."""
        if self._finding is not None and self._finding.stop():
            self.post_message(Said("The search was stopped."))
        else:
            self._end_search()
        self.draw()

    def _end_search(self) -> None:
        if self._finding is not None:
            self._finding.stop()
            self._finding = None
        if self._window is not None:
            self._window.marked = None

    def _told(self, search: Search, news: News) -> None:
        # From the search's thread: after the loop has ended there is nobody to tell.
        if self.is_running and self.app.is_running:
            self.post_message(self.Searched(search, news))

    def on_log_pane_searched(self, message: Searched) -> None:
        """A search has come further."""
        message.stop()
        finding = self._finding
        if finding is None or not finding.takes(message.search):
            return
        match = finding.take(message.news)
        if said := finding.sentence(message.news):
            self.post_message(said)
        if match is not None:
            self.show_offset(match)
        self.draw()
