"""The engine process: one per workspace, detached from any terminal, the only writer of events.

Run as `python -I -m app.engine.supervisor WORKSPACE STATE`. It answers commands, lets the workflow take the steps
that are due, and ends by itself when nothing is under way and nobody is there.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import signal
import socket
import sys
import time
from pathlib import Path

from agents.contract import FILE_NAME
from app.engine import (
    agreement,
    alerts,
    approvals,
    experiments,
    papers,
    process,
    proposals,
    repeating,
    reversal,
    workflow,
)
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.cards import CardError
from app.engine.context import Context, Refused
from app.engine.journal import JournalError, Queued
from app.paths import Paths, templates
from sandbox.base import SandboxError

BUSY_POLL_SECONDS = 0.05
IDLE_POLL_SECONDS = 0.5
SNAPSHOT_EVERY = 100
SNAPSHOT_PAUSE_SECONDS = 2.0
SNAPSHOT_SHARE = 0.02
"""How long the pause after a snapshot is at least, and what share of its time an engine gives to them at most."""

EXPECTED = (Refused, SandboxError, CardError, OSError)
"""What may go wrong without a fault of the engine: it says so and works on."""

log = logging.getLogger("engine")


def in_words(error: Exception) -> str:
    """An expected error as a sentence with the next action."""
    if not isinstance(error, OSError):
        return str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full. Free space, then try again; nothing is lost."
    return f"{error.filename or 'A file'} cannot be used: {error.strerror or error}. Mend that, then try again."


class Engine:
    """The loop around the workflow."""

    def __init__(self, ctx: Context, wake: socket.socket, idle_exit: float) -> None:
        self.ctx = ctx
        self._wake = wake
        self._idle_exit = idle_exit
        self._stopping = ""
        # The newest snapshot lacks at least that this engine has started.
        self._snapshot_at = ctx.state.seq - 1
        self._next_snapshot = 0.0
        self._alarm = alerts.Alarm(ctx)
        self._troubled = False
        """The workflow could not take its last round."""
        self.at_work: int | None = None
        """The command being carried out."""

    def run(self) -> None:
        """Until told to stop, or idle for long."""
        quiet_since = time.monotonic()
        while not self._stopping:
            moved = self._round()
            if moved or not workflow.idle(self.ctx) or process.clients(self.ctx.paths):
                quiet_since = time.monotonic()
            if time.monotonic() - quiet_since > self._idle_exit:
                self._stopping = "nothing to do"
            process.beat(self.ctx.paths)
            if not moved:
                self._refresh_snapshot()
                self._wait()
        self._close()

    def stop(self, why: str) -> None:
        """End after the present round."""
        self._stopping = why

    def _round(self) -> bool:
        moved = self._commands() | self._jobs()
        self._troubled = False
        try:
            moved |= workflow.advance(self.ctx)
            moved |= self._end_of_auto()
            moved |= self._alarm.look()
        except EXPECTED as error:
            self._notice("engine", in_words(error))
            self._troubled = True
        if self.ctx.state.seq - self._snapshot_at >= SNAPSHOT_EVERY:
            self._snapshot()
        return moved

    def _notice(self, about: str, text: str) -> None:
        if not any(n.about == about and n.text == text for n in self.ctx.state.notices[-5:]):
            self.ctx.emit(ev.NoticeGiven(about=about, text=text, failed=True))

    def _refresh_snapshot(self) -> None:
        """Nothing is to do: bring the snapshot up to date, so that a screen's first paint needs it alone."""
        began = time.monotonic()
        if self.ctx.state.seq == self._snapshot_at or began < self._next_snapshot:
            return
        # It is a convenience; what keeps it from being written is said by the next event that cannot be written either.
        with contextlib.suppress(JournalError):
            self._snapshot()
        ended = time.monotonic()
        self._next_snapshot = ended + max(SNAPSHOT_PAUSE_SECONDS, (ended - began) / SNAPSHOT_SHARE)

    def _snapshot(self) -> None:
        self.ctx.journal.save_snapshot(self.ctx.state)
        self._snapshot_at = self.ctx.state.seq

    # commands

    def _commands(self) -> bool:
        waiting = {job.command for job in self.ctx.jobs.values()}
        fresh = [queued for queued in self.ctx.journal.pending() if queued.id not in waiting]
        for queued in fresh:
            self.at_work = queued.id
            try:
                text = self._carry_out(queued)
            except EXPECTED as refusal:
                self.ctx.journal.answer(queued.id, "refused", in_words(refusal))
            else:
                if text is not None:
                    self.ctx.journal.answer(queued.id, "done", text)
            self.at_work = None
        return bool(fresh)

    def _carry_out(self, queued: Queued) -> str | None:
        """The answer, or None where a job will answer."""
        ctx, by = self.ctx, queued.client
        match queued.command:
            case cmd.ReadPaper() as command:
                return papers.read(ctx, command, queued.id)
            case cmd.RevisePaper() as command:
                return papers.revise(ctx, command, by)
            case cmd.Decide() | cmd.Preview() | cmd.Undo() | cmd.Redo() as command:
                return self._decide(command, by)
            case cmd.Revise() | cmd.WriteIdea() as command:
                return self._take_text(command, by)
            case cmd.TurnDial(dial=dial, ideas=ideas):
                ctx.emit(ev.DialTurned(dial=dial, by=by, ideas=ideas))
                return f"The dial is at {dial}."
            case cmd.StopRuns() | cmd.RunAgain() | cmd.SeeAlert() as command:
                return self._tend(command, by)
            case cmd.ReviewContract(trust=trust):
                return self._review_contract(trust, by)
            case cmd.StopEngine():
                self.stop(f"asked by {by}")
                return "The engine stops; runs go on."

    def _decide(self, command: cmd.Decide | cmd.Preview | cmd.Undo | cmd.Redo, by: str) -> str:
        match command:
            case cmd.Decide():
                return approvals.decide(self.ctx, command, by)
            case cmd.Preview():
                return approvals.preview(self.ctx, command)
            case cmd.Undo(step=number):
                return reversal.undo(self.ctx, approvals.step_of(self.ctx, number), by)
            case cmd.Redo(step=number):
                return reversal.redo(self.ctx, approvals.step_of(self.ctx, number), by)

    def _tend(self, command: cmd.StopRuns | cmd.RunAgain | cmd.SeeAlert, by: str) -> str:
        if isinstance(command, cmd.SeeAlert):
            return alerts.see(self.ctx, command.alert, by)
        if isinstance(command, cmd.RunAgain):
            return repeating.run_again(self.ctx, command.run, by)
        return experiments.stop(self.ctx, command.run, by)

    def _take_text(self, command: cmd.Revise | cmd.WriteIdea, by: str) -> str:
        if isinstance(command, cmd.WriteIdea):
            return proposals.propose_own(self.ctx, command, by)
        step = approvals.step_of(self.ctx, command.step)
        if step.phase not in ("proposed", "rejected", "stale") or command.card != step.card:
            raise Refused(
                f"Step {step.id} has changed since you opened it ({step.phase}). Look again: `mlrc show {step.id}`."
            )
        if step.kind == "diff":
            approvals.check_its_turn(self.ctx, step)
        return proposals.revise(self.ctx, step, command.text, by, command.path)

    def _review_contract(self, trust: str, by: str) -> str:
        step = agreement.propose_contract(self.ctx)
        if step.phase == "accepted":
            return f"The contract is confirmed (step {step.id}, {step.card[:12]})."
        if trust == cmd.SHIPPED and self._as_shipped():
            return approvals.decide(
                self.ctx, cmd.Decide(step=step.id, decision="accepted", card=step.card), "the shipped template"
            )
        if trust and trust != step.card:
            raise Refused(
                f"The contract's hash is {step.card}, not the one you trust. Look at it with `mlrc show {step.id}`."
            )
        if trust:
            return approvals.decide(self.ctx, cmd.Decide(step=step.id, decision="accepted", card=trust), by)
        return f"The contract waits for your yes as step {step.id}; its hash is {step.card}."

    def _as_shipped(self) -> bool:
        """Whether this workspace was made from a template and its contract is still the template's, byte for byte."""
        shipped = templates() / (self.ctx.state.template or ".") / FILE_NAME
        here = self.ctx.paths.workspace / FILE_NAME
        return bool(self.ctx.state.template) and shipped.exists() and shipped.read_bytes() == here.read_bytes()

    # jobs

    def _jobs(self) -> bool:
        done = [job for job in self.ctx.jobs.values() if job.future.done()]
        for job in done:
            del self.ctx.jobs[job.about]
            self.at_work = job.command
            try:
                text, status = job.then(job.future), "done"
            except EXPECTED as refusal:
                text, status = in_words(refusal), "refused"
            if job.command is not None and text is not None:
                self.ctx.journal.answer(job.command, status, text)
            self.at_work = None
        return bool(done)

    def _end_of_auto(self) -> bool:
        ctx = self.ctx
        if ctx.state.dial != "auto" or not workflow.idle(ctx):
            return False
        if any(approvals.reaches(ctx, step) for step in ctx.state.waiting()) or not ctx.state.contract:
            return False
        ctx.emit(ev.DialTurned(dial="gated", by=f"{ev.POLICY}: nothing left to decide"))
        return True

    # waiting and leaving

    def _wait(self) -> None:
        patience = IDLE_POLL_SECONDS if self._troubled or workflow.idle(self.ctx) else BUSY_POLL_SECONDS
        ready, _, _ = select.select([self._wake], [], [], patience)
        if ready:
            with contextlib.suppress(BlockingIOError):
                while self._wake.recv(64):
                    pass

    def _close(self) -> None:
        self.ctx.emit(ev.EngineStopped(why=self._stopping))
        self._snapshot()
        self.ctx.journal.back_up()
        self.ctx.pool.close()
        self.ctx.threads.shutdown(wait=False, cancel_futures=True)
        self.ctx.aside.shutdown(wait=False)


def main(argv: list[str]) -> int:
    """Entry of the engine process."""
    os.umask(0o077)
    paths = Paths(Path(argv[0]), Path(argv[1]))
    logging.basicConfig(filename=paths.engine_log, level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    with process.locked(paths) as won:
        if not won:
            return 0
        try:
            with process.opened(paths) as (ctx, wake):
                engine = Engine(ctx, wake, ctx.settings.idle_exit)
                for number in (signal.SIGTERM, signal.SIGINT):
                    signal.signal(number, lambda *_: engine.stop("a signal asked it to"))
                signal.signal(signal.SIGHUP, signal.SIG_IGN)
                try:
                    engine.run()
                except Exception as error:
                    _answer_at_work(engine, error)
                    raise
        except (JournalError, *EXPECTED) as error:
            process.leave_word(paths, str(error) if isinstance(error, JournalError) else in_words(error))
            return 1
        except Exception as error:
            # The outermost loop: whatever it was, the reader gets a sentence and the log the traceback.
            log.exception("the engine ended on an error")
            process.leave_word(
                paths,
                f"The engine ended on an unexpected error ({type(error).__name__}: {error}). See {paths.engine_log}.",
            )
            return 1
    return 0


def _answer_at_work(engine: Engine, error: Exception) -> None:
    """A command that ends the engine must not end the next one too."""
    if engine.at_work is not None:
        text = f"The engine ended on an unexpected error ({type(error).__name__}: {error}). Nothing else was changed."
        engine.ctx.journal.answer(engine.at_work, "refused", text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
