"""From events to the state: `fold` is pure. The same events give the same state, and a snapshot folded on with the rest
equals the full fold.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from app.engine import events as ev
from app.engine.state import (
    OPEN_PHASES,
    AlertState,
    ExperimentState,
    Notice,
    PaperState,
    Phase,
    RunState,
    StepState,
    WorkspaceState,
)


def fold(records: Iterable[tuple[int, float, ev.Event]], state: WorkspaceState | None = None) -> WorkspaceState:
    """Apply (seq, time, event) in order to a state (a fresh one by default) and return it."""
    state = state if state is not None else WorkspaceState()
    for seq, time, event in records:
        apply(state, time, event)
        state.seq, state.time = seq, time
    return state


def apply(state: WorkspaceState, time: float, event: ev.Event) -> None:
    """One event. The only place where state changes."""
    match event:
        case ev.WorkspaceOpened():
            state.workspace, state.name = event.workspace, event.name
            state.path, state.template = event.path, event.template
        case ev.EngineStarted():
            state.agent, state.engine = event.agent, event.version
        case ev.EngineStopped():
            state.engine = ""
        case ev.DialTurned():
            state.dial, state.auto_ideas, state.taken_before = event.dial, event.ideas, state.taken_by_policy()
        case ev.NoticeGiven() | ev.AlertRaised() | ev.AlertEnded() | ev.AlertSeen():
            _apply_news(state, time, event)
        case ev.PaperRead() | ev.PaperRevised():
            _apply_paper(state, event)
        case ev.ExperimentOpened() | ev.ExperimentClosed() | ev.ExperimentResumed() | ev.VerdictReached():
            _apply_experiment(state, time, event)
        case ev.RunQueued() | ev.RunStarted() | ev.RunEnded() | ev.RunScored():
            _apply_run(state, time, event)
        case (
            ev.StepProposed()
            | ev.StepRevised()
            | ev.StepDecided()
            | ev.StepReopened()
            | ev.StepStale()
            | ev.StepApplied()
            | ev.StepUndone()
            | ev.StepRedone()
        ):
            _apply_step(state, time, event)
        case _:
            assert_never(event)


KEPT_ALERTS = 100
"""They carry lines of logs and are read before a first paint, so only the newest are kept."""


def _apply_news(
    state: WorkspaceState, time: float, event: ev.NoticeGiven | ev.AlertRaised | ev.AlertEnded | ev.AlertSeen
) -> None:
    if isinstance(event, ev.NoticeGiven):
        state.notices.append(Notice(time=time, about=event.about, text=event.text, failed=event.failed))
        del state.notices[:-200]
    elif isinstance(event, ev.AlertRaised):
        state.alerts[event.alert] = AlertState(
            id=event.alert,
            rule=event.rule,
            text=event.text,
            run=event.run,
            evidence=tuple(event.evidence),
            offset=event.offset,
            since=time,
        )
        for old in list(state.alerts)[:-KEPT_ALERTS]:
            del state.alerts[old]
    elif (alert := state.alerts.get(event.alert)) is not None:
        if isinstance(event, ev.AlertSeen):
            alert.seen = event.by
        else:
            alert.over = True


def _apply_paper(state: WorkspaceState, event: ev.PaperRead | ev.PaperRevised) -> None:
    match event:
        case ev.PaperRead():
            state.papers[event.paper] = PaperState(
                id=event.paper, title=event.title, source=event.source, file=event.file, sha256=event.sha256
            )
        case ev.PaperRevised():
            state.papers[event.paper].file = event.file
        case _:
            assert_never(event)


def _apply_experiment(
    state: WorkspaceState,
    time: float,
    event: ev.ExperimentOpened | ev.ExperimentClosed | ev.ExperimentResumed | ev.VerdictReached,
) -> None:
    match event:
        case ev.ExperimentOpened():
            state.experiments[event.experiment] = ExperimentState(
                id=event.experiment,
                title=event.title,
                slug=event.slug,
                base=event.base,
                idea=event.idea,
                contract=event.contract,
                phase="writing" if event.idea is not None else "queued",
                since=time,
            )
        case ev.ExperimentClosed():
            experiment = state.experiments[event.experiment]
            experiment.phase, experiment.why = ("failed" if event.failed else "closed"), event.why
            experiment.since = time
        case ev.ExperimentResumed():
            experiment = state.experiments[event.experiment]
            experiment.phase, experiment.why, experiment.verdict, experiment.since = "queued", "", None, time
            if event.run is not None:
                state.runs[event.run].repeated = True
        case ev.VerdictReached():
            experiment = state.experiments[event.experiment]
            experiment.verdict, experiment.phase, experiment.since = event.verdict, "done", time
        case _:
            assert_never(event)


_PHASE_OF: dict[ev.Purpose, Phase] = {
    "screening": "screening",
    "confirmation": "confirming",
    "evaluation": "judging",
    "prepare": "queued",
}


def _apply_run(
    state: WorkspaceState, time: float, event: ev.RunQueued | ev.RunStarted | ev.RunEnded | ev.RunScored
) -> None:
    match event:
        case ev.RunQueued():
            state.runs[event.run] = RunState(
                id=event.run,
                experiment=event.experiment,
                purpose=event.purpose,
                split=event.split,
                seeds=tuple(event.seeds),
                backend=event.backend,
                step=event.step,
                evaluates=event.evaluates,
                since=time,
            )
            state.experiments[event.experiment].runs.append(event.run)
        case ev.RunStarted():
            run = state.runs[event.run]
            run.phase, run.since, run.started = "running", time, time
            _move(state, run)
        case ev.RunEnded():
            run = state.runs[event.run]
            run.phase, run.since, run.reason, run.detail = "ended", time, event.reason, event.detail
            run.code, run.seconds, run.facts = event.code, event.seconds, event.facts
            state.spent_seconds += event.seconds
        case ev.RunScored():
            run = state.runs[event.run]
            run.scores, run.yardsticks, run.self_reported = event.scores, event.yardsticks, event.self_reported
            run.scored = True
        case _:
            assert_never(event)


def _move(state: WorkspaceState, run: RunState) -> None:
    experiment = state.experiments[run.experiment]
    if experiment.phase in OPEN_PHASES:
        experiment.phase, experiment.since = _PHASE_OF[run.purpose], run.since


def _apply_step(
    state: WorkspaceState,
    time: float,
    event: ev.StepProposed
    | ev.StepRevised
    | ev.StepDecided
    | ev.StepReopened
    | ev.StepStale
    | ev.StepApplied
    | ev.StepUndone
    | ev.StepRedone,
) -> None:
    if isinstance(event, ev.StepProposed):
        _propose(state, time, event)
        return
    step = state.steps[event.step]
    step.since = time
    match event:
        case ev.StepRevised():
            step.card, step.title, step.by = event.card, event.title, event.by
            step.summary = event.summary or step.summary
            step.revisions, step.phase = step.revisions + 1, "proposed"
            step.cards.append(event.card)
        case ev.StepDecided():
            step.phase, step.by, step.reason = event.decision, event.by, event.reason
            if step.kind == "contract" and event.decision == "accepted":
                state.contract, state.contract_step = step.card, step.id
        case ev.StepReopened():
            step.phase, step.by, step.reason = "proposed", event.by, ""
        case ev.StepStale():
            step.phase, step.reason = "stale", event.why
        case ev.StepApplied():
            step.phase, step.commit, step.branch = "applied", event.commit, event.branch
            experiment = state.experiments[step.experiment or 0]
            experiment.commit, experiment.branch, experiment.phase = event.commit, event.branch, "queued"
        case ev.StepUndone():
            _undo(state, step, event)
        case ev.StepRedone():
            _redo(state, step, event)
        case _:
            assert_never(event)


def _propose(state: WorkspaceState, time: float, event: ev.StepProposed) -> None:
    state.steps[event.step] = StepState(
        id=event.step,
        kind=event.kind,
        title=event.title,
        card=event.card,
        paper=event.paper,
        idea=event.idea,
        experiment=event.experiment,
        summary=event.summary,
        since=time,
        cards=[event.card],
    )
    if event.kind == "diff" and event.experiment is not None:
        experiment = state.experiments[event.experiment]
        experiment.diff, experiment.phase, experiment.since = event.step, "review", time


def _undo(state: WorkspaceState, step: StepState, event: ev.StepUndone) -> None:
    step.phase, step.by = "undone", event.by
    experiment = state.experiments[step.experiment or 0]
    experiment.phase, experiment.commit = "undone", event.commit
    for number in experiment.runs:
        state.runs[number].code_undone = True


def _redo(state: WorkspaceState, step: StepState, event: ev.StepRedone) -> None:
    step.phase, step.by, step.commit, step.branch = "applied", event.by, event.commit, event.branch
    experiment = state.experiments[step.experiment or 0]
    experiment.phase = "done" if experiment.verdict is not None else "queued"
    experiment.commit, experiment.branch, experiment.since = event.commit, event.branch, step.since
    for number in experiment.runs:
        run = state.runs[number]
        run.code_undone = False
        # What the undo kept from starting is done after all.
        run.repeated = run.repeated or (run.reason == "stopped" and not run.started)
