"""A container as its keeper holds it, whichever engine made it."""

from __future__ import annotations

import os
import select
import time
from typing import Any, Protocol

from sandbox import cgroups, launch
from sandbox.base import Outcome, SandboxError, Usage

_LOOK_SECONDS = 1.0
_RUNNING = ("created", "running", "paused", "restarting", "configured", "initialized")


class Engine(Protocol):
    """What a handle needs of a container engine; all raise SandboxError where the engine does not answer."""

    def inspect(self, container: str) -> dict[str, Any] | None:
        """All that the engine knows of a container; None where it has gone."""
        ...

    def stop(self, container: str, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL; nothing where it has gone."""
        ...

    def remove(self, container: str) -> None:
        """Remove it, running or not; nothing where it has gone."""
        ...


class ContainerHandle:
    """A started container."""

    def __init__(self, engine: Engine, container: str, facts: dict[str, str]) -> None:
        self._engine = engine
        self._container = container
        self._facts = facts
        self._init: int | None = None
        self._next_look = 0.0
        self._group: cgroups.Group | None = None

    def identity(self) -> dict[str, str]:
        """The container's id."""
        return {"container": self._container}

    def poll(self) -> Outcome | None:
        """Asks the engine only when the container's first process has ended, or once a second."""
        if self._init is not None and not _ended(self._init) and time.monotonic() < self._next_look:
            return None
        found = self._engine.inspect(self._container)
        if found is None:
            raise SandboxError("The container of the run was removed from outside. Start the run again.")
        state = found["State"]
        if state["Status"] in _RUNNING:
            self._watch(int(state["Pid"]))
            return None
        self._unwatch()
        code, signal = launch.status(int(state["ExitCode"]))
        killed = bool(state["OOMKilled"])
        facts = dict(self._facts)
        if killed:
            facts["memory"] = "the kernel ended a process of the run for want of memory"
        if state.get("Error"):
            facts["engine error"] = str(state["Error"])
        # A child that was killed for memory sets the flag even where its parent coped and ended well.
        return Outcome(code=code, signal=signal, out_of_memory=killed and code != 0, facts=facts)

    def usage(self) -> Usage | None:
        """Read from the container's control group: the engine's own statistics take a second or two."""
        if self._group is None:
            self.poll()
        return None if self._group is None else self._group.usage()

    def pids(self) -> frozenset[int]:
        """From the container's control group."""
        return frozenset() if self._group is None else self._group.members()

    def stop(self, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL; the end of its first process is the end of all others in the container."""
        self._engine.stop(self._container, grace_seconds)

    def close(self) -> None:
        """Remove the container."""
        self._unwatch()
        self._engine.remove(self._container)

    def _watch(self, pid: int) -> None:
        self._next_look = time.monotonic() + _LOOK_SECONDS
        if self._init is not None or pid == 0:
            return
        try:
            self._init = os.pidfd_open(pid)
        except OSError:
            # The engine may number processes in a machine of its own; then only it can tell when one ends.
            return
        self._group = cgroups.of_process(pid)

    def _unwatch(self) -> None:
        if self._init is not None:
            os.close(self._init)
        self._init = self._group = None


def _ended(descriptor: int) -> bool:
    """Whether the process behind a pidfd has ended."""
    return bool(select.select([descriptor], [], [], 0)[0])
