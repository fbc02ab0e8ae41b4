"""What a keeper does for one run: prepare its folder, start it, watch its limits, and write down how it ended.

The exit record is written last, when nothing of it can be lost any more: the run is dead, its output is on disk, the
declared files are copied. Only then is the container removed, so that a keeper which dies before can be replaced.
"""

from __future__ import annotations

import errno
import os
import select
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sandbox import ending, private_copy, records
from sandbox.base import Exit, Handle, Outcome, RunSpec, Sandbox, SandboxError
from sandbox.closing import close_lost, reserve, stop_request, write_exit
from sandbox.collect import Collected, collect
from sandbox.ending import Ending
from sandbox.gauges import DiskWatch, UsageLog
from sandbox.logpipe import LogPipe
from sandbox.processes import boot_id, start_time
from sandbox.records import KeeperRecord

T = TypeVar("T")

STOP_GRACE = 5.0
"""Seconds between asking a run to end and ending it, when a person stops it: time to save a checkpoint."""
TIMEOUT_GRACE = 2.0
_TICK = 0.25
_POLL_SECONDS = 1.0
_POLL_SILENT_SECONDS = 0.01
_BACKEND_PATIENCE = 120.0


class Bell:
    """Wakes the keeper; may be rung by a signal handler and by any thread, where a lock could block for ever."""

    def __init__(self) -> None:
        self._descriptor = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    def ring(self) -> None:
        """Wake the sleeper, now or at its next wait."""
        os.eventfd_write(self._descriptor, 1)

    def wait(self, seconds: float) -> bool:
        """Sleep until it rings; False when the time is over."""
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, seconds))
        if ready:
            os.eventfd_read(self._descriptor)
        return bool(ready)

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._descriptor)


class Supervision:
    """One run in the hands of one keeper.

    Args:
        folder: the run's folder, which holds `spec.json`.
        sandbox: the approved backend.
        bell: rung by a signal handler when a stop request may have come.
    """

    def __init__(self, folder: Path, spec: RunSpec, sandbox: Sandbox, bell: Bell) -> None:
        self._folder = folder
        self._spec = spec
        self._sandbox = sandbox
        self._bell = bell
        self._pipe: LogPipe | None = None
        self._silent_since: float | None = None
        self._facts: dict[str, str] = {}
        self._record = KeeperRecord(
            pid=os.getpid(), start=start_time(os.getpid()) or 0, boot=boot_id(), phase="starting", backend=spec.backend
        )

    def run(self) -> Exit:
        """Start the run and look after it until its exit record is written."""
        try:
            self._prepare()
            request = stop_request(self._folder)
            if request is not None:
                return self._finish(None, Outcome(code=None), ending.stopped(request))
            handle = self._sandbox.start(self._spec, self._folder, self._folder / "log")
        except SandboxError as error:
            return self._finish(None, Outcome(code=None), ending.refused(str(error)))
        except OSError as error:
            return self._finish(None, Outcome(code=None), _not_prepared(error))
        self._note(phase="running", identity=handle.identity(), started=time.time(), clock=time.monotonic())
        return self._look_after(handle)

    def resume(self, before: KeeperRecord | None) -> Exit:
        """Take over the run of a keeper that died; closed as lost where the run died with it."""
        existing = records.read_exit(self._folder)
        same_boot = before is not None and before.boot == boot_id()
        if before is not None and existing is None:
            identity = before.identity if same_boot else {}
            clock = before.clock if same_boot else 0.0
            # From here on the run has a keeper again; should this one die too, the next still knows all of it.
            self._note(
                identity=identity,
                started=before.started,
                clock=clock,
                dropped_bytes=before.dropped_bytes,
                dropped_from=before.dropped_from,
            )
        handle = self._sandbox.adopt(self._spec, self._folder, before.identity if before is not None else {})
        if existing is not None:
            # The keeper died between its last record and the removal of the container.
            if handle is not None:
                handle.close()
            return existing
        if handle is None:
            return close_lost(self._folder, before, "The run ended together with the process that looked after it")
        self._facts["adopted"] = "its first keeper died and another one took over"
        self._open_pipe()
        if self._pipe is not None:
            self._pipe.continue_after(self._record.dropped_bytes, self._record.dropped_from)
        self._note(
            phase="running",
            identity=handle.identity(),
            started=self._record.started or time.time(),
            clock=self._record.clock or time.monotonic(),
        )
        return self._look_after(handle)

    def _prepare(self) -> None:
        reserve(self._folder)
        uid, gid = self._sandbox.user(self._spec)
        private_copy.make(Path(self._spec.source), self._folder / "work", (uid, gid))
        out, log = self._folder / "out", self._folder / "log"
        out.mkdir(mode=0o700, exist_ok=True)
        os.mkfifo(log, 0o600)
        if (uid, gid) != (os.geteuid(), os.getegid()):
            os.chown(out, uid, gid)
            os.chown(log, uid, gid)
        self._open_pipe()

    def _open_pipe(self) -> None:
        self._pipe = LogPipe(
            self._folder / "log", self._folder / "stdout.log", self._spec.limits.log_bytes, self._on_silence
        )

    def _on_silence(self) -> None:
        self._silent_since = time.monotonic()
        self._bell.ring()

    def _note(self, **changes: object) -> None:
        """Write down who looks after the run. A full disk must not end it: the record before stays in place."""
        self._record = replace(self._record, **changes)  # type: ignore[arg-type]
        try:
            records.write(self._folder / records.KEEPER, self._record, durable=False)
        except OSError as error:
            self._facts["keeper record"] = f"could not be written: {error.strerror}"

    def _look_after(self, handle: Handle) -> Exit:
        try:
            outcome, cause = self._watch(handle)
            grace = {"stopped": STOP_GRACE, "timeout": TIMEOUT_GRACE}.get(cause.reason, 0.0) if cause else 0.0
            # Also after an end by itself: children that the run left behind.
            self._patiently(lambda: handle.stop(grace))
            if outcome is None:
                outcome = self._poll(handle) or Outcome(code=None)
        except SandboxError as error:
            outcome, cause = Outcome(code=None), ending.lost(str(error))
        return self._finish(handle, outcome, cause or ending.by_itself(outcome, self._spec.limits))

    def _watch(self, handle: Handle) -> tuple[Outcome | None, Ending | None]:
        """Wait until the run ends by itself (its outcome) or must be ended (why)."""
        disk, usage = DiskWatch(self._folder, self._spec.limits), UsageLog(self._folder)
        next_poll = 0.0
        try:
            while True:
                if time.monotonic() >= next_poll:
                    outcome = self._poll(handle)
                    if outcome is not None:
                        return outcome, None
                    next_poll = time.monotonic() + self._poll_interval()
                cause = self._why_stop(handle, disk, usage)
                if cause is not None:
                    return None, cause
                self._note_drops()
                if self._bell.wait(min(_TICK, next_poll - time.monotonic(), self._left())):
                    next_poll = 0.0
        finally:
            usage.close()
            if usage.missed:
                self._facts["usage"] = f"{usage.missed} samples could not be written"

    def _poll_interval(self) -> float:
        # A closed log nearly always means the end within milliseconds; but a run may close its output and go on.
        if self._silent_since is None:
            return _POLL_SECONDS
        return _POLL_SILENT_SECONDS if time.monotonic() - self._silent_since < 1.0 else _TICK

    def _why_stop(self, handle: Handle, disk: DiskWatch, usage: UsageLog) -> Ending | None:
        request = stop_request(self._folder)
        if request is not None:
            return ending.stopped(request)
        if self._left() <= 0:
            return ending.timeout(self._spec.limits)
        too_much = disk.check()
        if too_much is not None:
            return too_much
        usage.sample(handle, disk.used)
        return None

    def _left(self) -> float:
        """Seconds of wall clock that the run still has."""
        return self._record.clock + self._spec.limits.wall_seconds - time.monotonic()

    def _poll(self, handle: Handle) -> Outcome | None:
        try:
            return handle.poll()
        except SandboxError:
            # Either the engine does not answer for a while, or somebody removed the run: only the second is an end.
            found = self._patiently(lambda: self._sandbox.adopt(self._spec, self._folder, handle.identity()))
            if found is None:
                raise
            return self._patiently(handle.poll)

    def _patiently(self, call: Callable[[], T]) -> T:
        """Repeat a call that the backend does not answer, for example while its daemon restarts."""
        until = time.monotonic() + _BACKEND_PATIENCE
        while True:
            try:
                return call()
            except SandboxError as error:
                self._facts["interrupted"] = str(error)
                if time.monotonic() > until:
                    raise
                self._bell.wait(_POLL_SECONDS)

    def _note_drops(self) -> None:
        if self._pipe is not None and self._pipe.dropped_bytes != self._record.dropped_bytes:
            self._note(dropped_bytes=self._pipe.dropped_bytes, dropped_from=self._pipe.dropped_from)

    def _finish(self, handle: Handle | None, outcome: Outcome, cause: Ending) -> Exit:
        seconds = time.monotonic() - self._record.clock if self._record.clock else 0.0
        pipe = self._pipe
        if pipe is not None:
            pipe.finish()
            if pipe.trouble:
                self._facts["log"] = pipe.trouble
        collected = self._collect(handle is not None)
        facts = {"isolation": self._sandbox.isolation, **self._facts, **outcome.facts}
        record = Exit(
            reason=cause.reason,
            detail=cause.detail,
            code=outcome.code,
            signal=outcome.signal,
            seconds=round(seconds, 3),
            started=self._record.started,
            ended=time.time(),
            log_bytes=pipe.size if pipe is not None else 0,
            dropped_bytes=pipe.dropped_bytes if pipe is not None else 0,
            dropped_from=pipe.dropped_from if pipe is not None else 0,
            backend=self._spec.backend,
            facts=facts,
            kept=collected.kept,
            refused_files=collected.refused,
        )
        record = write_exit(self._folder, record)
        if handle is not None:
            self._patiently(handle.close)
        return record

    def _collect(self, ran: bool) -> Collected:
        if not ran:
            return Collected()
        try:
            return collect(self._folder / "out", self._folder / "kept", self._spec.collect, self._spec.collect_bytes)
        except OSError as error:
            return Collected(refused=dict.fromkeys(self._spec.collect, f"could not be copied: {error.strerror}"))


def _not_prepared(error: OSError) -> Ending:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Ending("disk full", "The disk was full before the run could start; free space, then start it again.")
    return ending.refused(f"The run's folder could not be prepared ({error}); correct this and start it again.")
