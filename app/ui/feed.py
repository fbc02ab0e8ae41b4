"""Folds new events into the app's state: looks ten times a second and reads only what changed."""

from __future__ import annotations

from app import narrate
from app.engine import events as ev
from app.engine.journal import Journal, JournalError
from app.engine.state import WorkspaceState, fold

POLL_SECONDS = 0.1
_QUIET = (ev.EngineStarted, ev.EngineStopped, ev.WorkspaceOpened)


class Feed:
    """One reader of the journal, used from the thread of the screen."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.state: WorkspaceState = journal.state()
        self.last = ""
        """The newest event worth telling, as a sentence."""
        self.trouble = ""
        self._version = journal.version()

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
        recovered = bool(self.trouble)
        self._version, self.trouble = version, ""
        for row in rows:
            fold([row], self.state)
            if not isinstance(row[2], _QUIET):
                self.last = narrate.sentence(row[2], self.state)
        return bool(rows) or recovered
