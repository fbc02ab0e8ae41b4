"""A run that is a child of its keeper: how it is watched, measured and ended with everything it started."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time

import psutil

from sandbox import launch
from sandbox.base import Outcome, Usage
from sandbox.cgroups import Group
from sandbox.processes import start_time

_LOOK_SECONDS = 0.25
_KILL_SECONDS = 2.0


class ChildHandle:
    """A child process with everything below it.

    Args:
        process: the outermost process, leader of its own session.
        wrapper: name of processes that only hold the run (they are not asked to end, they end with it).
        end: signal that makes the outermost process take the rest with it.
        memory_bytes: limit watched here, for want of a control group; 0 where the kernel does it.
        facts: what is known of the run already.
        group: its control group.
    """

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        *,
        wrapper: str,
        end: signal.Signals,
        memory_bytes: int,
        facts: dict[str, str],
        group: Group | None = None,
    ) -> None:
        self._process = process
        self._wrapper = wrapper
        self._end = end
        self._memory_bytes = memory_bytes
        self._facts = facts
        self._group = group
        self._identity = {"pid": str(process.pid), "start": str(start_time(process.pid) or 0)}
        self._next_look = 0.0
        self._over = False
        self._seen: dict[int, psutil.Process] = {}

    def identity(self) -> dict[str, str]:
        """Process number and start time (clock ticks since boot) of the session's leader."""
        return dict(self._identity)

    def poll(self) -> Outcome | None:
        """Looks at the child and, where nobody else does, at the memory of all processes together."""
        status = self._process.poll()
        if status is None:
            self._watch_memory()
            return None
        code, number = launch.status(status)
        killed = self._over or (self._group is not None and self._group.out_of_memory())
        return Outcome(code=code, signal=number, out_of_memory=killed and code != 0, facts=dict(self._facts))

    def usage(self) -> Usage | None:
        """From the control group, else summed over the processes (what ended has taken its processor time with it)."""
        if self._process.poll() is not None:
            return None
        if self._group is not None:
            return self._group.usage()
        seconds, memory = 0.0, 0
        for process in self._tree():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                seconds += times.user + times.system
                memory += process.memory_info().rss
        return Usage(cpu_seconds=seconds, memory_bytes=memory)

    def pids(self) -> frozenset[int]:
        """From the control group, else the child and all below it."""
        if self._group is not None:
            return self._group.members()
        return frozenset(process.pid for process in self._tree())

    def stop(self, grace_seconds: float) -> None:
        """SIGTERM to the run's own processes, then the end of all."""
        if self._process.poll() is None:
            if grace_seconds > 0:
                self._ask_to_end()
                self._wait(grace_seconds)
            self._tree()
            if self._process.poll() is None:
                self._process.send_signal(self._end)
                self._wait(_KILL_SECONDS)
        self._kill_rest()

    def close(self) -> None:
        """Remove the control group."""
        if self._group is not None:
            self._group.remove()

    def _ask_to_end(self) -> None:
        for process in self._tree():
            with contextlib.suppress(psutil.Error):
                if process.name() != self._wrapper and process.pid != self._process.pid:
                    process.terminate()

    def _tree(self) -> list[psutil.Process]:
        """The child and all below it; remembered, because who outlives its parent leaves the tree."""
        try:
            root = psutil.Process(self._process.pid)
            found = [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []
        self._seen.update({process.pid: process for process in found})
        return found

    def _watch_memory(self) -> None:
        if not self._memory_bytes or time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + _LOOK_SECONDS
        usage = self.usage()
        if usage is not None and usage.memory_bytes > self._memory_bytes:
            self._over = True
            self.stop(0.0)

    def _wait(self, seconds: float) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def _kill_rest(self) -> None:
        """Whatever is left of the processes once seen; the loop ends when they are gone, or after two seconds."""
        if self._process.poll() is None:
            self._process.kill()
            self._wait(_KILL_SECONDS)
        until = time.monotonic() + _KILL_SECONDS
        while rest := [process for process in self._seen.values() if _alive(process)]:
            for process in rest:
                with contextlib.suppress(psutil.Error):
                    process.kill()
            if time.monotonic() > until:
                break
            time.sleep(0.005)


def _alive(process: psutil.Process) -> bool:
    """Exactly this process (numbers are used again), and not merely its entry in the table."""
    return process.is_running() and start_time(process.pid) is not None
