"""Alerts on the command line: listed, counted, and their lines withheld unless asked for."""

from __future__ import annotations

from workbench import Study

from app.engine import events as ev
from app.engine.journal import Journal

LINES = ("step 1 loss 0.5", "step 2 \x1b]0;owned\x07loss nan")
RAISED = ev.AlertRaised(alert=1, rule="not a number", text="the metric evil_name is NaN", run=1, evidence=LINES)


def raised(study: Study, *events: ev.Event) -> None:
    """As an engine that is not running any more would have left it."""
    study.wait_quiet()
    study.stop_engine()
    with Journal.open(study.paths.journal) as journal:
        journal.append(*events)


def test_inbox_and_status_tell_of_alerts_until_they_are_seen(study: Study) -> None:
    raised(study, RAISED)
    said = study.mlrc("inbox")
    assert "not a number" in said.out and "run 1" in said.out and "evil_name is NaN" in said.out
    assert "Nothing needs you" not in said.out
    assert "alerts: 1" in study.mlrc("status").out
    raised(study, ev.AlertSeen(alert=1, by="me"))
    assert "Nothing needs you" in study.mlrc("inbox").out and "alerts: 0" in study.mlrc("status").out


def test_the_lines_of_an_alert_are_withheld_in_json_unless_asked_for(study: Study) -> None:
    raised(study, RAISED)
    (record,) = [r for r in study.mlrc("inbox", "--json").records if r["type"] == "alert"]
    assert (record["id"], record["run"], record["rule"]) == (1, 1, "not a number")
    assert "withheld" in record["evidence"] and "withheld" in record["text"]
    (whole,) = [r for r in study.mlrc("inbox", "--json", "--content").records if r["type"] == "alert"]
    assert tuple(whole["evidence"]) == LINES
    (status,) = study.mlrc("status", "--json").records
    assert status["alerts"] == [1]


def test_plain_events_are_clean(study: Study) -> None:
    raised(study, RAISED)
    out = study.mlrc("events").out
    assert "Alert 1 (not a number, run 1)" in out and "\x1b" not in out
