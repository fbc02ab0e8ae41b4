"""Alerts in the inbox, what happened while the user was away, and the pulse of running runs."""

from __future__ import annotations

import json
import time

import pytest

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.journal import Journal
from app.ui import digest
from app.ui.app import CopilotApp
from app.ui.model import LEFT
from app.ui.pulse import Pulse
from app.ui.screens.digest import Digest
from app.ui.widgets.lines import Lines

from .conftest import Clock, Study
from .test_screen import main_of, text_of, until

SPIKE = ev.AlertRaised(
    alert=1,
    rule="spike",
    run=1,
    text="loss jumped to 9.4 at step 30; it had been near 0.5.",
    evidence=("step 29 loss 0.5", "step 30 \x1b]52;c;ZXZpbA==\x07loss 9.4"),
    offset=16,
)
BUDGET = ev.AlertRaised(alert=2, rule="budget", text="80% of the budget is spent.")


def away(study: Study, hours: float, seq: int) -> None:
    """The user left so long ago, having seen the events up to a number."""
    view = {"pane": "inbox", "seen_seq": seq, "seen_at": time.time() - hours * 3600}
    study.journal.keep_draft("screen", "view", json.dumps(view))


def reopened(study: Study) -> CopilotApp:
    return CopilotApp(study.paths, Journal.open(study.paths.journal), ensure=lambda paths: None, clock=Clock())


async def test_an_alert_is_listed_with_its_lines_and_opens_its_log(app: CopilotApp, study: Study, clock: Clock) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        study.add(SPIKE)
        await until(pilot, lambda: "! 1 alert" in text_of(app, "inbox"))
        assert "step 30 loss" not in text_of(app, "inbox"), "its lines show when it is selected"
        assert "! 1 alert" in text_of(app, "header")
        clock.seconds += 1
        await pilot.press("i", "i", "i", "i")
        assert main_of(app).model.view.item == "alert 1" and main_of(app).model.view.pane == "inbox"
        shown = text_of(app, "inbox")
        assert "│ step 30 loss 9.4" in shown and "ZXZpbA" not in shown
        await pilot.press("enter")
        await until(pilot, lambda: main_of(app).model.view.pane == "log")
        assert main_of(app).model.view.run == 1 and not main_of(app).model.view.follow
        await pilot.press("i")
        assert main_of(app).model.view.item == "step 4", "after the last one it begins anew"


async def test_decisions_come_before_alerts_and_a_decision_is_two_keys(app: CopilotApp, study: Study) -> None:
    study.journal.append(SPIKE)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "! 1 alert" in text_of(app, "inbox"))
        await pilot.press("i", "a")
        await until(pilot, lambda: bool(study.journal.pending()))
        command = study.journal.pending()[0].command
        assert isinstance(command, cmd.Decide) and (command.step, command.decision) == (4, "accepted")


async def test_dismissing_takes_note_of_the_selected_alert_alone(app: CopilotApp, study: Study, clock: Clock) -> None:
    study.journal.append(SPIKE, BUDGET)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "! 2 alerts" in text_of(app, "inbox"))
        clock.seconds += 1
        await pilot.press("4", "g", "d")
        assert study.journal.pending() == [], "a step is decided, not dismissed"
        await pilot.press("j", "j", "j", "d")
        await until(pilot, lambda: bool(study.journal.pending()))
        assert [q.command for q in study.journal.pending()] == [cmd.SeeAlert(alert=1)]
        study.add(ev.AlertSeen(alert=1, by="me"))
        await until(pilot, lambda: "! 1 alert" in text_of(app, "inbox") and "jumped" not in text_of(app, "inbox"))


async def test_a_read_only_screen_dismisses_nothing(study: Study, clock: Clock) -> None:
    study.journal.append(SPIKE)
    with Journal.open(study.paths.journal) as journal:
        app = CopilotApp(study.paths, journal, ensure=lambda paths: None, clock=clock, read_only=True)
        async with app.run_test(size=(200, 50)) as pilot:
            await until(pilot, lambda: "! 1 alert" in text_of(app, "inbox"))
            await pilot.press("4", "g", "j", "j", "j", "d")
            assert "read-only" in text_of(app, "footer")
        assert study.journal.pending() == []


async def test_an_alert_about_no_run_has_no_log(app: CopilotApp, study: Study) -> None:
    study.journal.append(BUDGET)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "! 1 alert" in text_of(app, "inbox"))
        await pilot.press("i", "i", "i", "i", "enter")
        await until(pilot, lambda: "whole workspace" in text_of(app, "footer"))
        assert main_of(app).model.view.pane == "inbox"


async def test_a_stalled_run_is_not_called_running(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "▶ 1 running" in text_of(app, "header"))
        study.add(ev.AlertRaised(alert=1, rule="stall", text="No output for 90 s.", run=1))
        await until(pilot, lambda: "‖ stalled" in text_of(app, "inbox"))
        assert "▶ 0 running" in text_of(app, "header") and "‖ 1 stalled" in text_of(app, "header")
        study.add(ev.AlertEnded(alert=1))
        await until(pilot, lambda: "▶ screening" in text_of(app, "inbox"))
        assert "▶ 1 running" in text_of(app, "header") and "stalled" not in text_of(app, "header")


async def test_a_running_run_has_its_pulse(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "run 1 · trial 1/3 · step 20/40 · ETA" in text_of(app, "inbox"))
        study.add(ev.RunEnded(run=1, reason="stopped", detail="", code=None, seconds=1.0))
        await until(pilot, lambda: "step 20/40" not in text_of(app, "inbox"))


def test_a_silent_run_says_so_instead_of_guessing() -> None:
    pulse = Pulse(run=1, started=0.0, share=0.5, trial=2, trials=3, step=5, of=10, wrote_at=1000.0)
    assert pulse.words(1010.0) == ["trial 2/3", "step 5/10", "ETA 16 m 50 s"]
    assert pulse.words(1250.0) == ["trial 2/3", "step 5/10", "silent 4 m"]


# since the user left


def test_one_sentence_counts_what_happened(study: Study) -> None:
    seq = study.journal.last()
    study.add(
        ev.RunEnded(run=1, reason="finished", detail="", code=0, seconds=600.0),
        ev.VerdictReached(experiment=2, verdict={"word": "confirmed"}),
        ev.VerdictReached(experiment=2, verdict={"word": "refuted"}),
        SPIKE,
    )
    state = study.journal.state()
    told = digest.summary(list(study.journal.since(seq)), state, 7800.0)
    assert told == (
        "Since you left, 2 h 10 m: 1 run finished, 2 verdicts (1 confirmed, 1 refuted), 3 need you, 1 alert, "
        "10 m 00 s of runs spent."
    )
    study.add(ev.RunEnded(run=1, reason="out of memory", detail="", code=1, seconds=0.0))
    assert "1 run failed" in digest.summary(list(study.journal.since(state.seq)), state, 60.0)


def test_comings_and_goings_are_not_told(study: Study) -> None:
    seq = study.journal.last()
    study.add(ev.EngineStarted(pid=1, version="0", agent="x"), ev.DialTurned(dial="manual", by="me"))
    assert digest.summary(list(study.journal.since(seq)), study.journal.state(), 60.0) == ""


@pytest.mark.parametrize("key", ["d", "escape"])
async def test_a_return_is_told_once_at_the_top(study: Study, key: str) -> None:
    away(study, 2.0, seq=3)
    app = reopened(study)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "Since you left, 2 h 00 m: 3 need you." in text_of(app, "inbox"))
        assert main_of(app).model.view.item == LEFT
        await pilot.press(key)
        await until(pilot, lambda: "Since you left" not in text_of(app, "inbox"))
        assert main_of(app).model.view.seen_seq == study.journal.last()


async def test_the_first_decision_dismisses_it_and_a_look_does_not(study: Study) -> None:
    away(study, 2.0, seq=3)
    app = reopened(study)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "Since you left" in text_of(app, "inbox"))
        await pilot.press("j", "i")
        assert "Since you left" in text_of(app, "inbox")
        await pilot.press("a")
        await until(pilot, lambda: "Since you left" not in text_of(app, "inbox"))


async def test_who_missed_nothing_is_told_nothing(study: Study) -> None:
    away(study, 2.0, seq=study.journal.last())
    app = reopened(study)
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "step 20/40 · ETA" in text_of(app, "inbox"))
        assert "Since you left" not in text_of(app, "inbox")
        study.idea(9, "seen as it comes")
        await until(pilot, lambda: "seen as it comes" in text_of(app, "inbox"))
        assert "Since you left" not in text_of(app, "inbox")


async def test_the_digest_lists_the_events_below_their_experiments(study: Study) -> None:
    away(study, 2.0, seq=4)
    study.add(SPIKE)
    app = reopened(study)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: bool(main_of(app).model.left))
        await pilot.press("H")
        await until(pilot, lambda: isinstance(app.screen, Digest))
        await until(pilot, lambda: "Experiment 1  baseline" in told(app))
        text = told(app)
        assert text.index("Experiment 1  baseline") < text.index("loss jumped to 9.4") < text.index("Experiment 2")
        assert "Paper 1:" not in text, "that was before"
        await pilot.press("tab")
        await until(pilot, lambda: "Paper 1:" in told(app))
        await pilot.press("escape")
        assert not isinstance(app.screen, Digest)


def told(app: CopilotApp) -> str:
    """What the digest shows."""
    found = app.screen.query_one(Lines)
    return "\n".join(row.plain for row in found.body)


async def test_the_view_keeps_what_was_seen(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: main_of(app).model.view.seen_at > 0)
        await pilot.press("5", "q")
    kept = json.loads(study.journal.draft("screen", "view"))
    assert kept["seen_seq"] == study.journal.last() and abs(kept["seen_at"] - time.time()) < 60


def test_the_moment_of_an_event_is_found(study: Study) -> None:
    assert study.journal.last_before(time.time() + 60) == study.journal.last()
    assert study.journal.last_before(0.0) == 0
