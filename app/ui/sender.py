"""Sends commands and watches the engine, each from threads with connections of their own."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from textual.message import Message

from app.engine import process
from app.engine.journal import Journal, JournalError
from app.paths import Paths
from app.ui.messages import Answered, EngineSeen
from app.ui.signs import EngineWord

if TYPE_CHECKING:
    from app.engine.commands import Command

PATIENCE_SECONDS = 120.0
WATCH_SECONDS = 2.0
RETRY_SECONDS = 10.0

Ensure = Callable[[Paths], None]


class Sender:
    """The way from the screen to the engine.

    Args:
        paths: the workspace.
        post: hands a message to the app; may be called from any thread.
        ensure: makes sure that an engine runs (`process.ensure`).
    """

    def __init__(self, paths: Paths, post: Callable[[Message], None], ensure: Ensure) -> None:
        self._paths, self._post, self._ensure = paths, post, ensure
        self._leaving = threading.Event()

    @cached_property
    def name(self) -> str:
        """Who asks, as the journal keeps it."""
        import getpass

        return f"{getpass.getuser()} (screen {os.getpid()})"

    def send(self, command: Command) -> None:
        """Queue a command; its answer comes as an `Answered`."""
        self._start(lambda: self._carry(command), "command")

    def watch_engine(self, *, keep: bool) -> None:
        """Report how the engine is, as `EngineSeen`; with `keep`, start one where none runs."""
        self._start(lambda: self._watch(keep), "engine-watch")

    def close(self) -> None:
        """Let the threads end; a command already queued stays queued."""
        self._leaving.set()

    def _start(self, work: Callable[[], None], name: str) -> None:
        # Daemons: nothing that waits for an engine may keep the process of a closed terminal.
        threading.Thread(target=work, name=name, daemon=True).start()

    def _carry(self, command: Command) -> None:
        try:
            self._ensure(self._paths)
            with Journal.open(self._paths.journal) as journal:
                number = journal.submit(command, self.name)
                process.wake(self._paths)
                self._await(journal, number)
        except (process.EngineUnreachable, JournalError) as error:
            self._post(Answered(str(error), refused=True))
        except OSError as error:
            self._post(Answered(f"The engine could not be reached ({error}). Try again.", refused=True))

    def _await(self, journal: Journal, number: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = journal.answer_of(number)
            if answer.status != "queued":
                self._post(Answered(answer.text, refused=answer.status == "refused"))
                return
            if self._leaving.wait(0.02):
                return
        self._post(Answered("The engine has not answered yet; the command stays queued.", refused=True))

    def _watch(self, keep: bool) -> None:
        shown: EngineWord | None = None
        next_try = 0.0
        while True:
            trouble = ""
            if keep and time.monotonic() >= next_try and process.running(self._paths) is None:
                next_try = time.monotonic() + RETRY_SECONDS
                try:
                    self._ensure(self._paths)
                except process.EngineUnreachable as error:
                    trouble = str(error)
            word = self._look(trouble)
            if word != shown and not (shown and shown.sentence and not word.sentence and word.look == shown.look):
                shown = word
                self._post(EngineSeen(word))
            if self._leaving.wait(WATCH_SECONDS):
                return

    def _look(self, trouble: str) -> EngineWord:
        if process.running(self._paths) is None:
            return EngineWord("✘ no engine, retrying", "bad", trouble)
        if process.silent(self._paths):
            return EngineWord("! engine does not answer, retrying", "bad", trouble)
        return EngineWord("✔ engine", "good")
