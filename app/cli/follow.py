"""Follow the work and say what happens, one line an event, until it is decided."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

from app.cli.output import BUDGET, DONE, FAILED, UNREACHABLE, Failure, Output, complain
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine import process
from app.engine.client import Client
from app.engine.fold import apply
from app.engine.state import OPEN_PHASES, WorkspaceState
from app.narrate import SIGNS, sentence, verdict_line
from sandbox import logtail

QUIET = (ev.EngineStarted, ev.EngineStopped, ev.RunQueued)


def read_paper(out: Output, here: Client, file: Path, *, quiet: bool = False, wanted: int = 4) -> None:
    """Have a paper read and ideas proposed; prints them as they come."""
    start = here.state()
    answer = here.ask(cmd.ReadPaper(path=str(file.resolve()), wanted=wanted))
    if not quiet:
        _tell(out, start, here.events(start.seq))
    if answer.status == "refused":
        raise Failure(answer.text)


def to_verdicts(out: Output, here: Client, *, ideas: int) -> int:
    """Let the policy decide and follow until nothing is left; returns the exit code."""
    state = here.state()
    here.send(cmd.TurnDial(dial="auto", ideas=ideas))
    first = state.seq
    before = {e.id for e in state.experiments.values() if e.phase not in OPEN_PHASES}
    turned = False
    notices: list[ev.NoticeGiven] = []
    progress = _Progress(out, here)
    for rows in here.follow(first):
        _tell(out, state, rows)
        turned |= any(isinstance(event, ev.DialTurned) and event.dial == "auto" for _, _, event in rows)
        notices += [event for _, _, event in rows if isinstance(event, ev.NoticeGiven) and event.failed]
        if rows:
            continue
        progress.tell(state)
        # The engine turns the dial back when nothing is left to decide, also where nothing came of it.
        if turned and state.dial != "auto":
            break
        if process.running(here.paths) is None:
            complain(f"{process.last_word(here.paths)} Runs go on; any verb starts a new engine.")
            break
    return _conclude(out, here, state, before, notices)


def _tell(out: Output, state: WorkspaceState, rows: list[tuple[int, float, ev.Event]]) -> None:
    for seq, when, event in rows:
        if seq <= state.seq:
            continue
        apply(state, when, event)
        state.seq, state.time = seq, when
        if out.as_json:
            out.record(type(event).__name__, {"seq": seq, "time": when, **dataclasses.asdict(event)})
        elif not isinstance(event, QUIET):
            out.line(sentence(event, state))


PROGRESS_SECONDS = 2.0


class _Progress:
    """The last log line of a running run, when it is a new one, every two seconds."""

    def __init__(self, out: Output, here: Client) -> None:
        self._out, self._here = out, here
        self._last: dict[int, bytes] = {}
        self._next = 0.0

    def tell(self, state: WorkspaceState) -> None:
        if time.monotonic() < self._next:
            return
        self._next = time.monotonic() + PROGRESS_SECONDS
        for run in state.running():
            tail, _, _ = logtail.tail(self._here.paths.run(run.id) / "stdout.log", 4096)
            lines = tail.strip().splitlines()
            if lines and self._last.get(run.id) != lines[-1]:
                self._last[run.id] = lines[-1]
                self._out.line(f"  run {run.id} | {lines[-1].decode('utf-8', 'replace')}")


def _conclude(out: Output, here: Client, state: WorkspaceState, before: set[int], notices: list[ev.NoticeGiven]) -> int:
    fresh = [e for e in state.experiments.values() if e.id not in before and e.idea is not None]
    verdicts = [e for e in fresh if e.verdict is not None]
    if out.as_json:
        rows = [
            {
                "experiment": e.id,
                "title": e.title,
                "branch": e.branch,
                "commit": e.commit,
                "phase": e.phase,
                "verdict": e.verdict,
                "why": e.why,
            }
            for e in fresh
        ]
        out.record("done", {"verdicts": rows, "spent_seconds": round(state.spent_seconds, 3)})
    out.line("")
    for experiment in verdicts:
        word = str((experiment.verdict or {}).get("word"))
        out.line(
            f"{SIGNS.get(word, '')} {experiment.title}: {word} · {experiment.branch} · "
            f"{verdict_line(experiment.verdict or {})}"
        )
    for experiment in fresh:
        if experiment.verdict is None:
            complain(f"✘ {experiment.title}: no verdict, {experiment.phase}. {experiment.why}")
    for notice in notices:
        complain(notice.text)
    if any(notice.about == "budget" for notice in notices):
        return BUDGET
    if process.running(here.paths) is None:
        return UNREACHABLE
    crashed = any((e.verdict or {}).get("word") == "crashed" for e in verdicts)
    # One that was closed has no verdict by a decision, not by a failure.
    settled = all(e.verdict is not None or e.phase in ("closed", "undone") for e in fresh)
    return DONE if verdicts and settled and not crashed else FAILED
