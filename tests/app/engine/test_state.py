"""The fold: the same events give the same state, and a snapshot with the rest gives it too."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.engine import events as ev
from app.engine import snapshot
from app.engine.fold import fold
from app.engine.journal import Journal
from app.engine.state import WorkspaceState

CARD = "c" * 64


def story() -> list[ev.Event]:
    """A whole thread, from the contract to an undone diff."""
    return [
        ev.WorkspaceOpened(workspace="w", name="study", path="/study", template="activation_digits"),
        ev.EngineStarted(pid=1, version="0.1.0", agent="offline agent (no LLM)"),
        ev.StepProposed(step=1, kind="contract", title="contract", card=CARD, summary={"metric": "loss"}),
        ev.StepDecided(step=1, decision="accepted", by="me", card=CARD),
        ev.ExperimentOpened(experiment=1, title="baseline", slug="baseline", base="b" * 40, contract=CARD),
        ev.PaperRead(paper=1, title="A paper", source="paper.md", file="papers/1.json", sha256="0"),
        ev.StepProposed(step=2, kind="idea", title="gelu", card="1" * 64, paper=1, summary={"slug": "gelu"}),
        ev.StepRevised(step=2, card="2" * 64, by="me", title="gelu!", summary={"slug": "gelu-2"}),
        ev.StepDecided(step=2, decision="accepted", by="me", card="2" * 64),
        ev.ExperimentOpened(experiment=2, title="gelu!", slug="gelu-2", base="b" * 40, idea=2, contract=CARD),
        ev.StepProposed(step=3, kind="diff", title="gelu!", card="3" * 64, idea=2, experiment=2),
        ev.StepDecided(step=3, decision="accepted", by="me", card="3" * 64),
        ev.StepApplied(step=3, commit="d" * 40, branch="copilot/2-gelu-2"),
        ev.RunQueued(run=1, experiment=2, purpose="screening", split="valid", seeds=(1, 2), backend="docker", step=3),
        ev.RunStarted(run=1),
        ev.RunEnded(run=1, reason="finished", detail="", code=0, seconds=2.0, facts={"uid": "61000"}),
        ev.RunScored(run=1, scores={"1": 0.5, "2": 0.4}, yardsticks={"majority class": 2.3}),
        ev.VerdictReached(experiment=2, verdict={"word": "confirmed", "pairs": 2}),
        ev.StepProposed(step=4, kind="verdict", title="gelu!: confirmed", card="4" * 64, idea=2, experiment=2),
        ev.StepDecided(step=4, decision="rejected", by="me", card="4" * 64, reason="too few pairs"),
        ev.StepReopened(step=4, by="me"),
        ev.StepStale(step=4, why="example"),
        ev.NoticeGiven(about="run 1", text="a notice", failed=True),
        ev.AlertRaised(alert=1, rule="stall", text="silent", run=1, evidence=("step 1", "step 2"), offset=7),
        ev.AlertEnded(alert=1),
        ev.AlertSeen(alert=1, by="me"),
        ev.DialTurned(dial="auto", by="me", ideas=2),
        ev.PaperRevised(paper=1, file="papers/1.1.json", by="me"),
        ev.StepUndone(step=3, commit="e" * 40, branch="copilot/2-gelu-2", by="me"),
        ev.StepRedone(step=3, commit="f" * 40, branch="copilot/2-gelu-2", by="me"),
        ev.StepUndone(step=3, commit="a" * 40, branch="copilot/2-gelu-2", by="me"),
        ev.ExperimentClosed(experiment=1, why="no data", failed=True),
        ev.ExperimentResumed(experiment=1, by="me", run=1),
        ev.ExperimentClosed(experiment=1, why="done"),
        ev.EngineStopped(why="nothing to do"),
    ]


def numbered(events: list[ev.Event]) -> list[tuple[int, float, ev.Event]]:
    return [(number, float(number), event) for number, event in enumerate(events, 1)]


def test_every_event_is_in_the_story() -> None:
    assert {type(event).__name__ for event in story()} == set(ev.type_names)


def test_the_story_ends_where_it_should() -> None:
    state = fold(numbered(story()))
    assert state.contract == CARD
    assert state.steps[2].cards == ["1" * 64, "2" * 64] and state.steps[2].revisions == 1
    assert state.experiments[2].phase == "undone" and state.runs[1].code_undone
    assert state.runs[1].scored and state.runs[1].ended_well
    assert state.spent_seconds == 2.0
    assert state.dial == "auto" and state.papers[1].file == "papers/1.1.json"
    assert state.waiting() == [], "a stale step needs nobody"


@settings(max_examples=60, deadline=None)
@given(st.integers(0, len(story())))
def test_a_snapshot_and_the_rest_equal_the_full_fold(cut: int) -> None:
    rows = numbered(story())
    half = snapshot.load(snapshot.dump(fold(rows[:cut])))
    assert fold(rows[cut:], half) == fold(rows)


def test_a_journal_gives_the_same_state_with_and_without_its_snapshot(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "journal.db") as journal:
        journal.append(*story()[:14])
        journal.save_snapshot(journal.state())
        journal.append(*story()[14:])
        assert journal.load_snapshot() != journal.state()
        assert journal.state() == fold(journal.since(0))


def test_phases_follow_the_runs() -> None:
    rows = numbered(story())
    phases = []
    for end in range(1, len(rows) + 1):
        state = fold(rows[:end])
        if 2 in state.experiments:
            phases.append(state.experiments[2].phase)
    assert list(dict.fromkeys(phases)) == ["writing", "review", "queued", "screening", "done", "undone"]


def test_an_event_about_nothing_is_an_error_not_a_guess() -> None:
    with pytest.raises(KeyError):
        fold([(1, 0.0, ev.RunStarted(run=9))], WorkspaceState())
