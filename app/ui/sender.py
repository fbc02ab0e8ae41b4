"""Sends commands and watches the engine, each from threads with connections of their own."""

from __future__ import annotations

import math
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
COUNT_SECONDS = 1.0
"""Between two looks while something is wrong, so that the seconds shown count down."""
FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 2.0, 60.0

Ensure = Callable[[Paths], None]
Tell = Callable[[str, bool], Message]
"""Makes the message to the screen of an answer's text and of whether it is a refusal."""


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

    def send(self, command: Command, tell: Tell | None = None) -> None:
        """Queue a command; its answer comes as an `Answered`, or as the message that `tell` makes of it."""
        made = tell or (lambda text, refused: Answered(text, refused=refused))
        self._start(lambda: self._carry(command, made), "command")

    def watch_engine(self, *, keep: bool) -> None:
        """Report how the engine is, as `EngineSeen`; with `keep`, start one where none runs."""
        self._start(lambda: self._watch(keep), "engine-watch")

    def close(self) -> None:
        """Let the threads end; a command already queued stays queued."""
        self._leaving.set()

    def _start(self, work: Callable[[], None], name: str) -> None:
        # Daemons: nothing that waits for an engine may keep the process of a closed terminal.
        threading.Thread(target=work, name=name, daemon=True).start()

    def _carry(self, command: Command, tell: Tell) -> None:
        try:
            self._ensure(self._paths)
            with Journal.open(self._paths.journal) as journal:
                number = journal.submit(command, self.name)
                process.wake(self._paths)
                self._await(journal, number, tell)
        except (process.EngineUnreachable, JournalError) as error:
            self._post(tell(str(error), True))
        except OSError as error:
            self._post(tell(f"The engine could not be reached ({error}). Try again.", True))

    def _await(self, journal: Journal, number: int, tell: Tell) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            answer = journal.answer_of(number)
            if answer.status != "queued":
                self._post(tell(answer.text, answer.status == "refused"))
                return
            if self._leaving.wait(0.02):
                return
        self._post(tell("The engine has not answered yet; the command stays queued.", True))

    def _watch(self, keep: bool) -> None:
        shown: EngineWord | None = None
        retry = Retry()
        while True:
            word = self._look(keep, retry)
            if word != shown:
                shown = word
                self._post(EngineSeen(word))
            if self._leaving.wait(WATCH_SECONDS if word.look == "good" else COUNT_SECONDS):
                return

    def _look(self, keep: bool, retry: Retry) -> EngineWord:
        there = process.running(self._paths) is not None
        if there and not process.silent(self._paths):
            retry.reset()
            return EngineWord("✔ engine", "good")
        what = "! engine does not answer" if there else "✘ no engine"
        if not keep:
            return EngineWord(what, "bad")
        trouble = ""
        if retry.due():
            # Starting one may take long; what is under way is said first.
            self._post(EngineSeen(EngineWord(f"{what}, retrying", "bad")))
            trouble = self._again(there)
            retry.put_off()
        return EngineWord(f"{what}, retrying in {retry.left()} s", "bad", trouble)

    def _again(self, there: bool) -> str:
        if there:
            process.wake(self._paths)
            return ""
        try:
            self._ensure(self._paths)
        except (process.EngineUnreachable, OSError) as error:
            return str(error)
        return ""


class Retry:
    """When to try again: at once, then after longer and longer times."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.reset()

    def reset(self) -> None:
        """All is well: the next trouble is met at once."""
        self._delay, self._next = FIRST_RETRY_SECONDS, 0.0

    def due(self) -> bool:
        """Whether to try now."""
        return self._clock() >= self._next

    def put_off(self) -> None:
        """It was tried: the next time is later, and the one after that later still."""
        self._next = self._clock() + self._delay
        self._delay = min(2 * self._delay, LAST_RETRY_SECONDS)

    def left(self) -> int:
        """Whole seconds until the next try."""
        return max(1, math.ceil(self._next - self._clock()))
