"""What every part of the engine works with: the journal and its fold, the git store, the researcher, the keepers and
the jobs."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agents.researcher import Researcher
from app.config import ConfigError, Settings, in_force
from app.engine import cards, process
from app.engine.events import Event
from app.engine.fold import fold
from app.engine.journal import Journal
from app.engine.state import WorkspaceState
from app.engine.terms import Terms
from app.paths import Paths
from sandbox.repository import Repository
from sandbox.runs import KeeperPool
from sandbox.store import Store


class Refused(Exception):
    """A command that cannot be done; the text says why and what to do instead."""


@dataclass(slots=True, kw_only=True)
class Job:
    """Slow work in a thread, and what the engine does with its result on its own thread."""

    about: str
    """What it works on, e.g. `ideas of paper 1`; no two jobs share it."""
    future: Future[Any]
    then: Callable[[Future[Any]], str | None]
    """Called on the engine's thread; returns the answer to the command, or None where a later job answers."""
    command: int | None = None


@dataclass(kw_only=True)
class Context:
    """One engine's world. Everything here belongs to the engine's thread; jobs get plain values only."""

    paths: Paths
    journal: Journal
    state: WorkspaceState
    repository: Repository
    store: Store
    researcher: Researcher
    pool: KeeperPool
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(2, thread_name_prefix="job"))
    aside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, thread_name_prefix="aside"))
    """For what takes milliseconds and can be done while the engine's thread waits for git; never for jobs."""
    jobs: dict[str, Job] = field(default_factory=dict)
    adopted: dict[int, float] = field(default_factory=dict)
    """Run -> monotonic time at which a new keeper was last sent to it."""
    parsed: dict[tuple[str, str], str | None] = field(default_factory=dict)
    """(tree, path) -> why the file does not parse."""
    _terms: dict[str, Terms] = field(default_factory=dict)

    def emit(self, *happened: Event) -> None:
        """Write events and fold them; call it after the effect is durable."""
        self.journal.append(*happened)
        # Folding the journal's own rows keeps the engine's state equal to every client's, clock included.
        fold(self.journal.since(self.state.seq), self.state)

    def begin(
        self, about: str, work: Callable[[], Any], then: Callable[[Future[Any]], str | None], command: int | None = None
    ) -> None:
        """Start a job unless one about the same thing is under way."""
        if about not in self.jobs:
            future = self.threads.submit(work)
            self.jobs[about] = Job(about=about, future=future, then=then, command=command)
            # Otherwise an answer would lie until the engine looks by itself, a twentieth of a second later.
            future.add_done_callback(lambda _: process.wake(self.paths))

    def terms(self, card: str = "") -> Terms | None:
        """The terms of a contract card (default: the confirmed one); None before any was confirmed."""
        name = card or self.state.contract
        if not name:
            return None
        if name not in self._terms:
            step = next((s.id for s in self.state.steps.values() if s.kind == "contract" and name in s.cards), 0)
            self._terms[name] = Terms.of(
                cards.read(self.paths.cards, name), name, step, self.secret, self.state.workspace, self.paths.workspace
            )
        return self._terms[name]

    @cached_property
    def secret(self) -> bytes:
        """The workspace's secret: seeds and the hidden split are drawn from it."""
        if not self.paths.secret.exists():
            fresh = self.paths.secret.with_suffix(".new")
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(32))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.paths.secret)
        return self.paths.secret.read_bytes()

    @property
    def settings(self) -> Settings:
        """The settings in force now.

        Raises:
            Refused: a settings file or variable cannot be used.
        """
        try:
            return in_force(self.paths)
        except ConfigError as error:
            raise Refused(str(error)) from None

    def next_step(self) -> int:
        """A free step number."""
        return max(self.state.steps, default=0) + 1

    def next_experiment(self) -> int:
        """A free experiment number."""
        return max(self.state.experiments, default=0) + 1

    def next_run(self) -> int:
        """A free run number."""
        return max(self.state.runs, default=0) + 1
