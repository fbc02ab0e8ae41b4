"""What the user should hear of: while away (a call, a digest on return), and until noted (alerts)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.message import Message

from app.engine import commands as cmd
from app.engine.journal import Journal, JournalError
from app.ui import digest, notify
from app.ui.actors.actor import Actor
from app.ui.caller import Caller
from app.ui.messages import PulsesChanged, Returned
from app.ui.model import LEFT
from app.ui.pulse import PulseWatch

if TYPE_CHECKING:
    from app.ui.screens.main import MainScreen

AWAY_SECONDS = 1800.0
"""Who did not touch a key for so long was away, though the screen stayed open."""
_DECISIONS = ("accept", "reject")


class News(Actor):
    """Begins right after the first paint.

    Args:
        screen: whose news it is.
        post: hands a message to the screen; may be called from any thread.
        interval: seconds between two looks at the running runs.
    """

    def __init__(self, screen: MainScreen, post: Callable[[Message], None], interval: float) -> None:
        super().__init__(screen)
        self._post = post
        self._caller: Caller | None = None
        self._since = 0
        """The last event seen before the user left."""
        self._returned: Returned | None = None
        """What is to be told as soon as the state has caught up with it."""
        folder = self._model.paths.run
        self._pulses = PulseWatch(folder, lambda found: post(PulsesChanged(found)), interval)

    # life

    def begin(self) -> None:
        """Say what happened since the user left, and start to look out."""
        from app.ui.app import CopilotApp

        view = self._model.view
        if view.seen_at:
            self._return(view.seen_seq, self._model.now() - view.seen_at)
        else:
            self._see()
        if isinstance(self._screen.app, CopilotApp):
            self._caller = Caller(self._screen.app, self._model, notify.chosen(self._model.paths))
        self.changed()

    def changed(self) -> None:
        """The state moved on."""
        if self._caller is not None:
            self._caller.look()
            self._pulses.watch(self._model.state.running())
        self._tell()

    def touched(self, action: str) -> None:
        """The user pressed a key: what is on the screen is seen now."""
        if self._caller is None:
            return
        self._caller.typed()
        seq, away = self._model.view.seen_seq, self._model.now() - self._model.view.seen_at
        self._see()
        if action in _DECISIONS:
            self._dismiss_left()
        elif away > AWAY_SECONDS and self._returned is None and not self._model.left:
            self._return(seq, away)

    def _see(self) -> None:
        self._model.view.seen_seq, self._model.view.seen_at = self._model.state.seq, self._model.now()

    def close(self) -> None:
        """Stop looking out."""
        self._pulses.close()
        if self._caller is not None:
            self._caller.close()

    # since the user left

    def _return(self, seq: int, away: float) -> None:
        """Have the events since then read, by a thread: disks may be slow."""
        self._since = seq

        def read() -> None:
            try:
                with Journal.open(self._model.paths.journal) as journal:
                    rows = list(journal.since(max(seq, journal.last() - digest.LIMIT)))
            except JournalError:
                # The feed reads the same file and says what is wrong with it.
                return
            if rows:
                self._post(Returned(rows, away))

        threading.Thread(target=read, name="since-you-left", daemon=True).start()

    def returned(self, message: Returned) -> None:
        """The events were read."""
        self._returned = message
        self._tell()

    def _tell(self) -> None:
        found, state = self._returned, self._model.state
        if found is None or state.seq < found.rows[-1][0]:
            return
        self._returned = None
        self._model.left = digest.summary(found.rows, state, found.away)
        if self._model.left:
            self._model.view.item = LEFT
            self._screen.redraw()

    def _dismiss_left(self) -> None:
        if self._model.left:
            self._model.left = ""
            self._screen.redraw()

    # actions

    def do_digest(self) -> None:
        """Everything that happened since the user left."""
        from app.ui.screens.digest import Digest

        since = self._since or self._model.view.seen_seq
        self._screen.app.push_screen(Digest(self._model.paths.journal, self._model.state, since))

    def do_dismiss(self) -> None:
        """Take note of the selected alert, or of what happened meanwhile."""
        kind, _, number = self._model.view.item.partition(" ")
        if kind == "alert" and self._model.read_only:
            self._screen.say("This screen is read-only; take note of alerts on another one.", "warn")
        elif kind == "alert":
            self._screen.sender.send(cmd.SeeAlert(alert=int(number)))
        elif self._model.left:
            self._dismiss_left()
        else:
            self._screen.say("Select an alert to dismiss it. What needs you is decided, not dismissed.", "warn")
