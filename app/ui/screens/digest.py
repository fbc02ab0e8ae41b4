"""What happened since the user left, or in the last day, as a list that scrolls."""

from __future__ import annotations

import time
from pathlib import Path

from textual import events, work
from textual.app import ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen

from app.engine.journal import Journal, JournalError
from app.engine.state import WorkspaceState
from app.ui import digest
from app.ui.text import Line, line, paragraph
from app.ui.widgets.lines import Lines

DAY_SECONDS = 86400.0


class Digest(ModalScreen[None]):
    """Tab changes between the two spans; the keys that open it, Esc or q close it.

    Args:
        journal: the file; it is read in a thread.
        state: names things.
        since: the last event that the user has seen.
    """

    BINDINGS = [
        Binding("escape,q,H,enter", "dismiss(None)", "close", show=False),
        Binding("tab,t", "turn", "other span", show=False),
        Binding("j,down", "move(1)", "down", show=False),
        Binding("k,up", "move(-1)", "up", show=False),
        Binding("pagedown,space", "page(1)", "page down", show=False),
        Binding("pageup", "page(-1)", "page up", show=False),
        Binding("g,home", "first", "first", show=False),
        Binding("G,end", "last", "last", show=False),
    ]

    def __init__(self, journal: Path, state: WorkspaceState, since: int) -> None:
        super().__init__()
        self._journal, self._state, self._since = journal, state, since
        self._day = False
        self._rows: digest.Rows | None = None
        self._word = "reading …"

    def compose(self) -> ComposeResult:
        """One list."""
        yield Lines(id="digest")

    @property
    def _lines(self) -> Lines:
        return self.query_one(Lines)

    def on_resize(self, event: events.Resize) -> None:
        """Draw at the new width, once the list has it."""
        self.call_after_refresh(self._draw)

    def on_mount(self) -> None:
        """Read what is to be told."""
        self._read(self._day)

    @work(thread=True, exclusive=True)
    def _read(self, day: bool) -> None:
        rows: digest.Rows = []
        word = ""
        try:
            with Journal.open(self._journal) as journal:
                since = journal.last_before(time.time() - DAY_SECONDS) if day else self._since
                start = max(since, journal.last() - digest.LIMIT)
                rows = digest.telling(journal.since(start))
        except JournalError as error:
            word = str(error)
        else:
            if start > since:
                word = f"{start - since} events before these are in `mlrc events`."
        self.app.call_from_thread(self._take, rows, word)

    def _take(self, rows: digest.Rows, word: str) -> None:
        self._rows, self._word = rows, word
        self._draw()

    def _draw(self) -> None:
        found = self._lines
        found.border_title = "In the last 24 h" if self._day else "Since you left"
        found.border_subtitle = f" tab {'since you left' if self._day else 'last 24 h'} · Esc closes "
        found.show(self._told(found.text_width))

    def _told(self, width: int) -> list[Line]:
        word = paragraph(self._word, width, "dim") if self._word else []
        if self._rows is None:
            return word
        return [*word, *(digest.lines(self._rows, self._state, width) or [line(("Nothing happened.", "dim"))])]

    def action_turn(self) -> None:
        """The other span."""
        self._day = not self._day
        self._lines.jump(0)
        self._read(self._day)

    def action_move(self, rows: int) -> None:
        """Scroll."""
        self._lines.scroll_relative(y=rows, animate=False)

    def action_page(self, pages: int) -> None:
        """Scroll by a page."""
        self.action_move(pages * max(1, self._lines.body_height - 2))

    def action_first(self) -> None:
        """To the beginning."""
        self._lines.jump(0)

    def action_last(self) -> None:
        """To the end."""
        self._lines.jump(self._lines.max_scroll_y)
