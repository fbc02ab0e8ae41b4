"""What happened while nobody was there: in one sentence, and event by event below its experiment."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from app.engine.state import WorkspaceState
from app.ui import signs
from app.ui.text import EMPTY, Line, labelled, line

if TYPE_CHECKING:
    from app.engine.events import Event

Rows = list[tuple[int, float, "Event"]]
LIMIT = 2000
"""Events that a digest tells at most, the newest."""
CLOCK_CELLS = 14


def summary(rows: Rows, state: WorkspaceState, away: float) -> str:
    """One sentence over what happened in so many seconds; empty where nothing did that a human would ask about."""
    from app.engine import events as ev

    events = [event for _, _, event in rows]
    ends = Counter(_end(event.reason) for event in events if isinstance(event, ev.RunEnded))
    verdicts = Counter(str(e.verdict.get("word", "")) for e in events if isinstance(e, ev.VerdictReached))
    failed = sum(isinstance(event, ev.ExperimentClosed) and event.failed for event in events)
    raised = {event.alert for event in events if isinstance(event, ev.AlertRaised)}
    proposed = any(isinstance(event, ev.StepProposed) for event in events)
    if not (ends or verdicts or failed or raised or proposed):
        return ""
    waiting = len(state.waiting())
    seconds = sum(event.seconds for event in events if isinstance(event, ev.RunEnded))
    parts = [
        *(f"{_counted(ends[word], 'run')} {word}" for word in ("finished", "failed", "stopped") if ends[word]),
        f"{_counted(failed, 'experiment')} given up" if failed else "",
        _verdicts(verdicts),
        f"{waiting} need{'s' if waiting == 1 else ''} you" if waiting else "",
        _counted(len(raised), "alert") if raised else "",
        f"{signs.duration(seconds)} of runs spent" if seconds else "",
    ]
    return f"Since you left, {signs.duration(away)}: {', '.join(part for part in parts if part)}."


def _end(reason: str) -> str:
    return reason if reason in ("finished", "stopped") else "failed"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _verdicts(words: Counter[str]) -> str:
    if not words:
        return ""
    each = ", ".join(f"{count} {signs.of_verdict(word).word}" for word, count in words.most_common())
    return f"{_counted(words.total(), 'verdict')} ({each})"


def lines(rows: Rows, state: WorkspaceState, width: int) -> list[Line]:
    """The events as sentences, below the experiment they belong to."""
    from app.narrate import sentence

    groups: dict[int, list[Line]] = {}
    for _, when, event in rows:
        if text := sentence(event, state):
            moment = time.strftime("%a %H:%M", time.localtime(when))
            told = labelled(f"  {moment}", text, width, indent=CLOCK_CELLS)
            groups.setdefault(_experiment_of(event, state), []).extend(told)
    found: list[Line] = []
    for number in sorted(groups):
        experiment = state.experiments.get(number)
        title = f"Experiment {number}  {experiment.title}" if experiment else "Workspace"
        sign = signs.of_experiment(experiment) if experiment else None
        found += [line((title, "title"), "  ", (sign.text, sign.look) if sign else ""), *groups[number], EMPTY]
    return found


def _experiment_of(event: Event, state: WorkspaceState) -> int:
    """The experiment that an event belongs to; 0 for none."""
    if (number := getattr(event, "experiment", None)) is not None:
        return int(number)
    if (step := state.steps.get(getattr(event, "step", 0))) is not None:
        if step.experiment is not None:
            return step.experiment
        return next((e.id for e in state.experiments.values() if e.idea == step.id), 0)
    alert = state.alerts.get(getattr(event, "alert", 0))
    number = alert.run if alert else getattr(event, "run", None)
    run = state.runs.get(number or 0)
    return run.experiment if run else 0


def telling(rows: Iterable[tuple[int, float, Event]]) -> Rows:
    """Without the comings and goings of the engine."""
    from app.engine import events as ev

    return [row for row in rows if not isinstance(row[2], ev.EngineStarted | ev.EngineStopped | ev.WorkspaceOpened)]
