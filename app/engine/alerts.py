"""Alerts: what a person at the terminal would notice about a run, noticed also when nobody is there.

The rules are on by default and look at the folders of running runs about once a second. An alert is one event with the
lines that it stands on, once per run and rule (a stall that ended may come again). None of them stops a run.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from statistics import median

from agents.contract import Objective
from app.engine import events as ev
from app.engine.context import Context, Refused
from app.engine.spikes import Spikes
from app.engine.state import RunState
from sandbox import runs
from sandbox.base import Limits, SandboxError
from sandbox.glance import Found, Glance, Look

LOOK_SECONDS = 1.0
STALL_GAPS = 10
"""So many times the usual silence between two outputs is a stall."""
GAPS_KEPT = 32
DISK_SHARE = 0.9
TIME_SHARE = 0.8
BUDGET_SHARE = 0.8
LOG_EVIDENCE = 3
_UNTOLD = 120.0
"""Seconds without a byte that count where the settings cannot be read."""


@dataclass(slots=True)
class Watched:
    """One run that is being looked at."""

    glance: Glance
    limits: Limits
    spikes: Spikes
    stall_seconds: float
    gaps: list[float] = field(default_factory=list)
    """Seconds between outputs, the newest `GAPS_KEPT`."""

    def note(self, look: Look, started: float) -> None:
        """Learn how often the run writes."""
        if look.gap is not None:
            self.gaps = [*self.gaps, look.gap][-GAPS_KEPT:]
        elif look.lines and not self.gaps:
            # Seen for the first time, perhaps by a new engine: the mean has to do.
            self.gaps = [max(0.0, self.glance.moved_at - started) / look.lines]

    def silence(self) -> float:
        """Seconds without a byte that are a stall for this run."""
        usual = median(self.gaps) if self.gaps else 0.0
        return max(self.stall_seconds, STALL_GAPS * usual)


class Alarm:
    """Looks at everything under way; belongs to the engine's thread."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._watched: dict[int, Watched] = {}
        self._over = {run.id for run in ctx.state.runs.values() if run.phase == "ended"}
        self._next_look = 0.0
        self._seq = -1

    def look(self) -> bool:
        """Raise what is to be raised; True if there was anything."""
        before = self._ctx.state.seq
        if before != self._seq:
            self._ended()
            self._budget()
            self._seq = self._ctx.state.seq
        if time.monotonic() >= self._next_look:
            self._next_look = time.monotonic() + LOOK_SECONDS
            for run in self._ctx.state.running():
                if watched := self._watch(run):
                    self._running(run, watched)
        return self._ctx.state.seq != before

    def _watch(self, run: RunState) -> Watched | None:
        if run.id not in self._watched:
            folder = self._ctx.paths.run(run.id)
            try:
                limits = runs.read_spec(folder).limits
            except (SandboxError, OSError):
                return None
            objective = self._objective(run)
            self._watched[run.id] = Watched(
                Glance(folder), limits, Spikes(objective.metric, objective.direction), self._stall_seconds()
            )
        return self._watched[run.id]

    def _objective(self, run: RunState) -> Objective:
        terms = self._ctx.terms(self._ctx.state.experiments[run.experiment].contract)
        assert terms is not None, "a run was started without confirmed terms"
        return terms.contract.objective

    def _stall_seconds(self) -> float:
        try:
            return self._ctx.settings.stall
        except Refused:
            return _UNTOLD

    # rules

    def _running(self, run: RunState, watched: Watched) -> None:
        self._see(run, watched)
        self._stall(run, watched)
        self._disk(run, watched)
        self._time(run, watched)

    def _see(self, run: RunState, watched: Watched) -> None:
        glance = watched.glance
        look = glance.look(run.seeds)
        watched.note(look, run.started)
        self._not_finite(run, glance, look)
        if spike := watched.spikes.watch(look.records):
            where = f" at step {spike.step}" if spike.step is not None else ""
            text = f"{spike.name} jumped to {spike.value:.4g}{where}; it had been near {spike.usual:.4g}."
            self._raise(run, "spike", text, glance.metric_tail, glance.tail_start)

    def _not_finite(self, run: RunState, glance: Glance, look: Look) -> None:
        if found := look.not_finite:
            self._raise(run, "not a number", "A metric is NaN or infinite.", _lines(found), glance.tail_start)
        elif any(record.broken for record in look.records):
            self._raise(run, "not a number", "A metric is NaN or infinite.", glance.metric_tail, glance.tail_start)
        elif found := look.printed_not_finite:
            self._raise(run, "not a number", "The log gives a loss that is no number.", _lines(found), found.offset)

    def _stall(self, run: RunState, watched: Watched) -> None:
        since = max(watched.glance.moved_at, run.started)
        for alert in [a for a in self._ctx.state.alerts.values() if (a.run, a.rule) == (run.id, "stall")]:
            if not alert.over and alert.since < since:
                self._ctx.emit(ev.AlertEnded(alert=alert.id))
        silent = time.time() - since
        if silent < watched.silence():
            return
        if not watched.glance.log_end and not watched.glance.metric_tail:
            text = f"Nothing was written since it started {silent:.0f} s ago."
        else:
            text = f"No output for {silent:.0f} s."
        self._raise(run, "stall", text, watched.glance.tail, watched.glance.tail_start)

    def _disk(self, run: RunState, watched: Watched) -> None:
        limit, used = watched.limits.disk_bytes, watched.glance.disk_bytes()
        if used >= DISK_SHARE * limit:
            text = f"It fills {used / limit:.0%} of its {limit >> 20} MiB of disk; at the limit it is ended."
            self._raise(run, "disk", text, watched.glance.tail[-LOG_EVIDENCE:], watched.glance.tail_start)

    def _time(self, run: RunState, watched: Watched) -> None:
        wall, elapsed = watched.limits.wall_seconds, time.time() - run.started
        eta = watched.glance.eta(elapsed)
        if elapsed >= TIME_SHARE * wall and eta is not None and eta > wall - elapsed:
            text = (
                f"{elapsed / wall:.0%} of its {wall:g} s are gone and {watched.glance.done():.0%} of the work is "
                f"done: at this pace it needs {eta - (wall - elapsed):.0f} s more than it has."
            )
            self._raise(run, "time", text, watched.glance.metric_tail[-1:], watched.glance.tail_start)

    def _ended(self) -> None:
        """A last look at runs that ended: what they wrote at the end, and whether memory was what ended them."""
        for run in [r for r in self._ctx.state.runs.values() if r.phase == "ended" and r.id not in self._over]:
            self._over.add(run.id)
            watched = self._watch(run)
            self._watched.pop(run.id, None)
            if watched is None:
                continue
            self._see(run, watched)
            if run.reason == "out of memory":
                self._raise(run, "memory", run.detail, watched.glance.tail, watched.glance.tail_start)

    def _budget(self) -> None:
        terms = self._ctx.terms()
        if terms is None:
            return
        budget, state = terms.contract.budget, self._ctx.state
        ended = sum(1 for run in state.runs.values() if run.phase == "ended")
        for spent, whole, what in (
            (state.spent_seconds, budget.minutes * 60, f"{budget.minutes:g} minutes of runs"),
            (ended, budget.runs, f"{budget.runs} runs"),
        ):
            text = f"{BUDGET_SHARE:.0%} of the budget of {what} is spent; at the end no new run starts."
            if spent >= BUDGET_SHARE * whole and not any(a.text == text for a in state.alerts.values()):
                self._ctx.emit(ev.AlertRaised(alert=self._number(), rule="budget", text=text))

    def _number(self) -> int:
        return max(self._ctx.state.alerts, default=0) + 1

    def _raise(self, run: RunState, rule: ev.Rule, text: str, evidence: tuple[str, ...], offset: int) -> None:
        if any((a.run, a.rule, a.over) == (run.id, rule, False) for a in self._ctx.state.alerts.values()):
            return
        self._ctx.emit(
            ev.AlertRaised(
                alert=self._number(), run=run.id, rule=rule, text=text, evidence=tuple(evidence), offset=offset
            )
        )


def _lines(found: Found) -> tuple[str, ...]:
    return (*found.before, found.line)


def see(ctx: Context, number: int, by: str) -> str:
    """Take note of an alert.

    Raises:
        Refused: there is none of this number.
    """
    alert = ctx.state.alerts.get(number)
    if alert is None:
        raise Refused(f"There is no alert {number}. See `mlrc inbox`.")
    if not alert.seen:
        ctx.emit(ev.AlertSeen(alert=number, by=by))
    return f"Alert {number} is seen."
