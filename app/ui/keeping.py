"""What comes back at the next start: the view, kept as a draft from a thread while the screen is used.

A disk that is slow or locked costs nobody a key, and a screen that is killed loses the last few seconds alone.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable
from pathlib import Path

from app.engine.journal import Journal, JournalError
from app.ui.model import View
from app.ui.widgets.pane import Pane

DRAFT = ("screen", "view")
KEEP_SECONDS = 3.0
LAST_SECONDS = 0.8
"""Less than what a lost terminal leaves (`terminal.leaving`)."""
OWN_PLACE = ("log",)
"""Panes that keep their place themselves: it is one in a file."""


class Keeper:
    """Writes the newest draft, and leaves out those that were overtaken."""

    def __init__(self, path: Path, kept: str) -> None:
        self._path, self._kept = path, kept
        self._next: str | None = None
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._ended = False

    def keep(self, draft: str) -> None:
        """Keep this one soon, unless it is what is kept already."""
        with self._changed:
            if draft == self._kept:
                return
            self._kept = self._next = draft
            if self._thread is None:
                self._thread = threading.Thread(target=self._write, name="view-keeper", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Give the last one a moment."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(LAST_SECONDS)

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._next is not None or self._ended)
                draft, self._next = self._next, None
            if draft is None:
                return
            # A journal that cannot be written costs the next start its selection and nothing else.
            with contextlib.suppress(JournalError), Journal.open(self._path) as journal:
                journal.keep_draft(*DRAFT, draft)


def note_places(view: View, panes: Iterable[Pane]) -> None:
    """Note how far each pane is scrolled, and what it shows there."""
    for pane in panes:
        if pane.PANE not in OWN_PLACE and pane.display and pane.is_attached:
            view.places[pane.PANE] = [_content(view, pane), round(pane.scroll_x), round(pane.scroll_y)]


def restore_places(view: View, panes: Iterable[Pane]) -> None:
    """Scroll each pane to where it was, if it shows the same thing as then."""
    for pane in panes:
        content, x, y = view.places.get(pane.PANE, ["", 0, 0])
        if (x or y) and pane.display and content == _content(view, pane):
            pane.jump(y, x)


def _content(view: View, pane: Pane) -> str:
    if pane.PANE == "paper":
        return f"{view.paper}/{view.section}"
    return f"{pane.drawn[0]}/{pane.drawn[1]}" if pane.drawn else ""
