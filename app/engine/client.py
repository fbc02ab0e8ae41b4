"""How a client talks to an engine: put a command into the journal, wake the engine, wait for its answer, read
events."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.engine import process
from app.engine.journal import Answer, Journal
from app.engine.state import WorkspaceState
from app.paths import Paths, find_workspace

if TYPE_CHECKING:
    from app.engine.commands import Command
    from app.engine.events import Event

POLL_SECONDS = 0.02
FOLLOW_SECONDS = 0.1


class NoWorkspace(Exception):
    """There is no workspace here; the text says how to make one."""


def locate(folder: Path, state: Path | None = None) -> Paths:
    """The workspace at or above a folder.

    Raises:
        NoWorkspace: there is none.
    """
    if state is not None:
        return Paths(folder.resolve(), state.resolve())
    found = find_workspace(folder.resolve())
    if found is None:
        raise NoWorkspace(
            f"{folder.resolve()} is not a workspace. Make one here with `mlrc init`, a new one with `mlrc new "
            "DIR`, or try `mlrc demo`."
        )
    return Paths(found)


class Client:
    """One client's view of a workspace. Use as a context manager."""

    def __init__(self, paths: Paths) -> None:
        import getpass

        self.paths = paths
        self.journal = Journal.open(paths.journal)
        self.name = f"{getpass.getuser()} (cli {os.getpid()})"

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.journal.close()

    def state(self) -> WorkspaceState:
        """The state now."""
        return self.journal.state()

    def ask(self, command: Command, *, patience: float = 120.0) -> Answer:
        """Have a command carried out; starts an engine where none runs.

        Raises:
            process.EngineUnreachable: no engine, or it did not answer in time. The command stays queued.
        """
        number = self.send(command)
        deadline = time.monotonic() + patience
        look = time.monotonic() + 1.0
        while time.monotonic() < deadline:
            answer = self.journal.answer_of(number)
            if answer.status != "queued":
                return answer
            if time.monotonic() > look:
                look += 1.0
                self._check_alive()
            time.sleep(POLL_SECONDS)
        hung = "it gives no sign of life" if process.silent(self.paths) else "it is still at work"
        raise process.EngineUnreachable(
            f"The engine has not answered within {patience:.0f} s ({hung}). The command stays queued; see "
            f"`mlrc status` and {self.paths.engine_log}."
        )

    def _check_alive(self) -> None:
        if process.running(self.paths) is None:
            said = process.last_word(self.paths)
            raise process.EngineUnreachable(f"{said} The command stays queued: any verb starts a new engine.")

    def resume(self) -> None:
        """Start an engine where work is under way and none is left to look after it: it was killed, or the power went.

        Raises:
            process.EngineUnreachable: it does not start.
        """
        if process.running(self.paths) is None and (self.journal.pending() or self.state().under_way()):
            process.ensure(self.paths)

    def send(self, command: Command) -> int:
        """Queue a command without waiting; returns its number."""
        process.ensure(self.paths)
        number = self.journal.submit(command, self.name)
        process.wake(self.paths)
        return number

    def events(self, since: int) -> list[tuple[int, float, Event]]:
        """Events after a sequence number."""
        return list(self.journal.since(since))

    def follow(self, since: int) -> Iterator[list[tuple[int, float, Event]]]:
        """Events as they come; an empty list now and then, so that the caller can look at other things."""
        while True:
            rows = self.events(since)
            if rows:
                since = rows[-1][0]
            yield rows
            if not rows:
                time.sleep(FOLLOW_SECONDS)
