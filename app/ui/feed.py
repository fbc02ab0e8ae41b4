"""Folds new events into the app's state: a thread reads only what changed, the screen's thread folds it.

Reading may take long on a slow disk, and on a network file system it waits for whoever writes; keys must not.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from app.engine.journal import Journal, JournalError
from app.engine.state import WorkspaceState

if TYPE_CHECKING:
    from app.engine import events as ev

POLL_SECONDS = 0.1
STALLED_SECONDS = 5.0


class _Look(NamedTuple):
    """What one look at the journal gave."""

    rows: list[tuple[int, float, ev.Event]]
    trouble: str = ""
    told: bool = True
    """Whether the rows are news; what was there before the screen is not."""


class Feed:
    """The screen's view of the journal.

    It begins with the snapshot, which is what the first paint shows; after `start`, `poll` folds what is newer.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        """For the screen's thread; the reading thread has a connection of its own."""
        self.state: WorkspaceState = journal.load_snapshot() or journal.state()
        self.last = ""
        """The newest event worth telling, as a sentence; what was there before the screen is not told."""
        self.trouble = ""
        self._looks: deque[_Look] = deque()
        self._ended = threading.Event()
        self._asked_at: float | None = None

    def start(self, moved: Callable[[], None]) -> None:
        """Look ten times a second from now on; `moved` is called in the thread when there is something to `poll`."""
        # A daemon: a read that hangs on a dead disk must not keep the process.
        threading.Thread(target=self._watch, args=(moved, self.state.seq), name="journal-reader", daemon=True).start()

    def close(self) -> None:
        """Stop looking."""
        self._ended.set()

    @property
    def stalled(self) -> bool:
        """Whether the disk has not answered for long."""
        asked = self._asked_at
        return asked is not None and time.monotonic() - asked > STALLED_SECONDS

    def _watch(self, moved: Callable[[], None], seq: int) -> None:
        journal: Journal | None = None
        version: int | None = None
        trouble = ""
        while not self._ended.is_set():
            self._asked_at = time.monotonic()
            try:
                journal = journal or Journal.open(self.journal.path)
                now = journal.version()
                rows = [] if now == version and not trouble else [*journal.since(seq)]
                look = _Look(rows, "", version is not None)
                version = now
            except JournalError as error:
                look = _Look([], str(error))
            self._asked_at = None
            if look.rows or look.trouble != trouble:
                trouble, seq = look.trouble, look.rows[-1][0] if look.rows else seq
                self._looks.append(look)
                moved()
            self._ended.wait(POLL_SECONDS)
        if journal is not None:
            journal.close()

    def poll(self) -> bool:
        """Fold what was read; True if there was anything, or if the journal came or went."""
        moved = bool(self._looks)
        while self._looks:
            look = self._looks.popleft()
            self.trouble = look.trouble
            if look.rows:
                self._fold(look)
        return moved

    def _fold(self, look: _Look) -> None:
        # Imported with the first event, because a first paint from a fresh snapshot has none.
        from app import narrate
        from app.engine import events as ev
        from app.engine.fold import fold

        for row in look.rows:
            fold([row], self.state)
            if look.told and not isinstance(row[2], ev.EngineStarted | ev.EngineStopped | ev.WorkspaceOpened):
                self.last = narrate.sentence(row[2], self.state)
