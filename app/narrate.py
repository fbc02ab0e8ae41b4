"""Events as sentences: what plain mode prints, what `mlrc events` shows, what the screen says last."""

from __future__ import annotations

from app.engine import events as ev
from app.engine.state import RunState, WorkspaceState
from app.sanitise import clean

SIGNS = {"confirmed": "✔", "refuted": "✘", "inconclusive": "?", "crashed": "✘"}


def sentence(event: ev.Event, state: WorkspaceState) -> str:
    """One line for an event, given the state after it; empty for those that need no telling."""
    return clean(_sentence(event, state), newlines=False)


def _sentence(event: ev.Event, state: WorkspaceState) -> str:
    match event:
        case ev.WorkspaceOpened():
            return f"Workspace {event.name} at {event.path}"
        case ev.EngineStarted():
            return f"Engine started (pid {event.pid}, {event.agent})"
        case ev.EngineStopped():
            return f"Engine stopped: {event.why}"
        case ev.DialTurned():
            return f"Dial: {event.dial} ({event.by})"
        case ev.NoticeGiven() | ev.AlertRaised() | ev.AlertEnded() | ev.AlertSeen():
            return _news(event)
        case ev.PaperRead():
            return f"Paper {event.paper}: {event.title}"
        case ev.PaperRevised():
            return f"Paper {event.paper} was corrected by {event.by}"
        case ev.ExperimentOpened() | ev.ExperimentClosed() | ev.ExperimentResumed() | ev.VerdictReached():
            return _of_experiment(event, state)
        case ev.RunQueued() | ev.RunStarted() | ev.RunEnded() | ev.RunScored():
            return _of_run(event, state.runs[event.run], state)
        case _:
            return _of_step(event, state)


def _news(event: ev.NoticeGiven | ev.AlertRaised | ev.AlertEnded | ev.AlertSeen) -> str:
    match event:
        case ev.NoticeGiven():
            return f"{event.about}: {event.text}"
        case ev.AlertRaised(run=None):
            return f"Alert {event.alert}: {event.text}"
        case ev.AlertRaised():
            return f"Alert {event.alert} ({event.rule}, run {event.run}): {event.text}"
        case ev.AlertEnded():
            return f"Alert {event.alert} is over: the run writes again"
        case ev.AlertSeen():
            return f"Alert {event.alert} was seen by {event.by}"


def _of_experiment(
    event: ev.ExperimentOpened | ev.ExperimentClosed | ev.ExperimentResumed | ev.VerdictReached, state: WorkspaceState
) -> str:
    number = event.experiment
    title = state.experiments[number].title
    match event:
        case ev.ExperimentOpened():
            return f"Experiment {number} opened: {title}, from base {event.base[:7]}"
        case ev.ExperimentClosed():
            end = "failed" if event.failed else "measured" if state.experiments[number].idea is None else "closed"
            return f"Experiment {number} ({title}) {end}: {event.why}"
        case ev.ExperimentResumed(run=None):
            return f"Experiment {number} ({title}) goes on"
        case ev.ExperimentResumed():
            return f"Experiment {number} ({title}) goes on: run {event.run} is done again, asked by {event.by}"
        case ev.VerdictReached():
            word = str(event.verdict.get("word", ""))
            return f"Experiment {number} ({title}): {SIGNS.get(word, '')} {word}. {verdict_line(event.verdict)}"


def verdict_line(verdict: dict[str, object]) -> str:
    """Effect, interval, noise floor and trials of a verdict in one line."""
    parts = []
    if isinstance(effect := verdict.get("effect"), float):
        parts.append(f"effect {effect:+.4g}")
        if isinstance(low := verdict.get("low"), float) and isinstance(high := verdict.get("high"), float):
            level = verdict.get("level")
            parts.append(f"{float(level) * 100 if isinstance(level, float) else 0:.0f} % [{low:+.4g}, {high:+.4g}]")
    if isinstance(noise := verdict.get("noise_floor"), float):
        parts.append(f"noise floor σ {noise:.3g}")
    if verdict.get("pairs"):
        parts.append(f"{verdict['pairs']} pairs of trials")
    if isinstance(smallest := verdict.get("smallest_effect"), float):
        parts.append(f"smallest effect of interest {smallest:g}")
    labels = verdict.get("labels")
    if isinstance(labels, list | tuple) and labels:
        parts.append("; ".join(map(str, labels)))
    return f"{', '.join(parts)}. {verdict.get('why', '')}"


def _of_run(
    event: ev.RunQueued | ev.RunStarted | ev.RunEnded | ev.RunScored, run: RunState, state: WorkspaceState
) -> str:
    name = f"Run {run.id} ({run.purpose} of experiment {run.experiment}, {state.experiments[run.experiment].title})"
    match event:
        case ev.RunQueued():
            trials = f", {len(run.seeds)} trials" if run.seeds else ""
            return f"{name} queued: {run.backend}{trials}"
        case ev.RunStarted():
            return f"{name} started"
        case ev.RunEnded():
            where = ", ".join(
                f"{key} {value}" for key, value in sorted(event.facts.items()) if key in ("uid", "network", "isolation")
            )
            rest = "" if event.reason == "finished" else f". {event.detail}"
            return f"{name} {event.reason} after {event.seconds:.1f} s{f' ({where})' if where else ''}{rest}"
        case ev.RunScored():
            values = list(run.scores.values())
            mean = sum(values) / len(values) if values else float("nan")
            how = "self-reported" if run.self_reported else "computed by the evaluator"
            return f"{name}: mean {mean:.4f} over {len(values)} trials, {how}"


def _of_step(
    event: ev.StepProposed
    | ev.StepRevised
    | ev.StepDecided
    | ev.StepReopened
    | ev.StepStale
    | ev.StepApplied
    | ev.StepUndone
    | ev.StepRedone,
    state: WorkspaceState,
) -> str:
    step = state.steps[event.step]
    name = f"Step {step.id} ({step.kind}: {step.title})"
    match event:
        case ev.StepProposed():
            return f"{name} proposed{_summary(step.kind, event.summary)}"
        case ev.StepRevised():
            taken = event.summary.get("taken")
            return f"{name}: {event.by} takes {taken}" if taken else f"{name} edited by {event.by}"
        case ev.StepDecided():
            return f"{name} {event.decision} by {event.by}{f': “{event.reason}”' if event.reason else ''}"
        case ev.StepReopened():
            return f"{name} reopened by {event.by}"
        case ev.StepStale():
            return f"{name} is stale: {event.why}"
        case ev.StepApplied():
            return f"{name} is commit {event.commit[:10]} on branch {event.branch}"
        case ev.StepUndone():
            return f"{name} undone by {event.by}: commit {event.commit[:10]} on {event.branch}"
        case ev.StepRedone():
            return f"{name} applied again by {event.by}: commit {event.commit[:10]} on {event.branch}"


def _summary(kind: str, summary: dict[str, str]) -> str:
    if kind == "idea":
        return (
            f", support {summary.get('support', '')}, from {summary.get('where', '')}: “{summary.get('passage', '')}”"
        )
    if kind == "diff":
        return f", {summary.get('size', '')}, tree {summary.get('tree', '')}"
    return ""
