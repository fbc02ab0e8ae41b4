"""Folds new events into the app's state: looks ten times a second and reads only what changed."""

from __future__ import annotations

from app.engine.journal import Journal, JournalError
from app.engine.state import WorkspaceState

POLL_SECONDS = 0.1


class Feed:
    """One reader of the journal, used from the thread of the screen.

    It begins with the snapshot, which is what the first paint shows; the first `poll` folds what is newer.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.state: WorkspaceState = journal.load_snapshot() or journal.state()
        self.last = ""
        """The newest event worth telling, as a sentence; what was there before the screen is not told."""
        self.trouble = ""
        self._version: int | None = None

    def poll(self) -> bool:
        """Fold what is new; True if there was anything, or if the journal came or went."""
        try:
            version = self.journal.version()
            if version == self._version and not self.trouble:
                return False
            rows = list(self.journal.since(self.state.seq))
        except JournalError as error:
            before, self.trouble = self.trouble, str(error)
            return before != self.trouble
        recovered, first = bool(self.trouble), self._version is None
        self._version, self.trouble = version, ""
        if rows:
            # Imported with the first event, because a first paint from a fresh snapshot has none.
            from app import narrate
            from app.engine import events as ev
            from app.engine.fold import fold

            for row in rows:
                fold([row], self.state)
                if not (first or isinstance(row[2], ev.EngineStarted | ev.EngineStopped | ev.WorkspaceOpened)):
                    self.last = narrate.sentence(row[2], self.state)
        return bool(rows) or recovered
