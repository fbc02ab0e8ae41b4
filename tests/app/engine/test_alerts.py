"""Alerts: each rule on files as runs leave them, and a real engine that raises one, once, also over its own death."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from workbench import CONTRACT, Study

from agents.contract import parse
from app.engine import alerts
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.context import Context, Refused
from app.engine.fold import KEPT_ALERTS
from app.engine.journal import Journal
from app.engine.state import AlertState
from app.engine.terms import Terms, run_spec
from app.paths import Paths
from sandbox import records
from sandbox.base import Environment

NAN = 'import time\nprint("step 1 loss 0.5", flush=True)\nprint("step 2 loss nan", flush=True)\ntime.sleep(60)\n'


class Desk:
    """An engine's world with one running run whose files the test writes."""

    def __init__(self, folder: Path) -> None:
        self.paths = Paths(folder)
        self.paths.make()
        self.journal = Journal.create(self.paths.journal)
        contract = parse(CONTRACT.encode())
        python = Environment(python="/usr/bin/python3", version="3", base_prefix="/usr", prefix="/usr", digest="d")
        self.terms = Terms(
            card="c",
            step=1,
            contract=contract,
            base="b",
            tree="t",
            backend="local",
            isolation="none",
            environment=python,
            secret=b"s",
            workspace="w",
            workdir=folder,
        )
        self.journal.append(
            ev.StepProposed(step=1, kind="contract", title="contract", card="c"),
            ev.StepDecided(step=1, decision="accepted", by="me", card="c"),
            ev.ExperimentOpened(experiment=1, title="baseline", slug="baseline", base="b", contract="c"),
        )
        self.folder = self.begin(1)
        self.restart()

    def begin(self, number: int) -> Path:
        """Queue and start a run."""
        folder = self.paths.run(number)
        (folder / "out").mkdir(parents=True)
        spec = run_spec(
            self.terms,
            run=number,
            purpose="screening",
            split="",
            tree="t",
            source=folder,
            inputs=(),
            seeds=(7, 8),
        )
        records.write_spec(folder, spec)
        queued: dict[str, Any] = {"run": number, "experiment": 1, "purpose": "screening", "split": "valid"}
        self.journal.append(ev.RunQueued(**queued, seeds=(7, 8), backend="local", step=1), ev.RunStarted(run=number))
        return folder

    def restart(self) -> None:
        """As a new engine."""
        given: dict[str, Any] = dict.fromkeys(("repository", "store", "researcher", "pool"))
        self.ctx = Context(paths=self.paths, journal=self.journal, state=self.journal.state(), **given)
        self.ctx._terms["c"] = self.terms
        self.alarm = alerts.Alarm(self.ctx)

    def look(self) -> list[AlertState]:
        """One look, whenever the last one was; all alerts so far."""
        self.alarm._next_look = 0.0
        self.alarm.look()
        return list(self.ctx.state.alerts.values())

    def write(self, name: str, text: str) -> None:
        """Add to a file of the run."""
        with (self.folder / name).open("a") as file:
            file.write(text)

    def metric(self, *values: float, first: int = 0, of: int = 100) -> None:
        """Report losses."""
        rows = [{"trial": 7, "step": first + n, "of": of, "loss": value} for n, value in enumerate(values)]
        self.write("out/metrics.jsonl", "".join(json.dumps(row) + "\n" for row in rows))

    def end(self, reason: str) -> None:
        """What the keeper would report."""
        self.ctx.emit(ev.RunEnded(run=1, reason=reason, detail="It needed more.", code=None, seconds=1.0))


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("MLRC_STALL", "50")
    made = Desk(tmp_path / "desk")
    yield made
    made.journal.close()


def test_an_ordinary_run_raises_nothing(desk: Desk) -> None:
    desk.write("stdout.log", "start\n")
    desk.metric(*[1.0 - n / 100 for n in range(60)])
    desk.write("usage.jsonl", '{"disk_bytes": 1000}\n')
    assert desk.look() == []
    desk.metric(0.4, 0.39, first=60)
    desk.write("stdout.log", "on and on\n")
    assert desk.look() == []


def test_nan_in_a_metric_is_raised_once_with_its_lines(desk: Desk) -> None:
    desk.metric(1.0, float("nan"))
    (found,) = desk.look()
    assert (found.rule, found.run) == ("not a number", 1)
    assert "NaN" in found.evidence[-1] and '"step": 0' in found.evidence[0]
    desk.metric(float("nan"), first=2)
    assert len(desk.look()) == 1


def test_a_printed_nan_points_at_its_line(desk: Desk) -> None:
    desk.write("stdout.log", "loss 0.5\nloss nan\nloss nan\n")
    (found,) = desk.look()
    assert (found.rule, found.offset, found.evidence) == ("not a number", 9, ("loss 0.5", "loss nan"))


def test_a_spike(desk: Desk) -> None:
    desk.metric(*[0.5] * 30, 9.0)
    (found,) = desk.look()
    assert found.rule == "spike" and "9" in found.text and "step 30" in found.text and "0.5" in found.text


def test_a_stall_ends_with_the_next_byte_and_may_come_again(desk: Desk) -> None:
    desk.write("stdout.log", "working\n")
    assert desk.look() == []
    watched = desk.alarm._watched[1]
    watched.gaps = [0.1]
    watched.glance.moved_at -= 60.0
    desk.ctx.state.runs[1].started -= 100.0
    (found,) = desk.look()
    assert found.rule == "stall" and found.text == "No output for 60 s." and found.evidence == ("working",)
    assert desk.ctx.state.stalled(desk.ctx.state.runs[1])
    assert len(desk.look()) == 1
    desk.write("stdout.log", "again\n")
    (found,) = desk.look()
    assert found.over and not desk.ctx.state.stalled(desk.ctx.state.runs[1])
    watched.gaps = [0.1]
    watched.glance.moved_at -= 60.0
    found.since -= 200.0
    assert [a.over for a in desk.look()] == [True, False]


def test_a_run_that_usually_writes_seldom_is_given_time(desk: Desk) -> None:
    desk.write("stdout.log", "epoch 1\n")
    desk.look()
    watched = desk.alarm._watched[1]
    watched.gaps = [30.0, 31.0, 29.0]
    desk.ctx.state.runs[1].started -= 1000.0
    watched.glance.moved_at -= 200.0
    assert desk.look() == []
    watched.glance.moved_at -= 150.0
    assert [a.rule for a in desk.look()] == ["stall"]


def test_a_new_engine_neither_doubles_a_stall_nor_ends_it(desk: Desk) -> None:
    desk.write("stdout.log", "epoch 1\n")
    old = time.time() - 5000
    os.utime(desk.folder / "stdout.log", (old, old))
    desk.journal.append(ev.AlertRaised(alert=1, rule="stall", text="No output.", run=1))
    desk.restart()
    desk.ctx.state.runs[1].started = old - 10
    (found,) = desk.look()
    assert not found.over


def test_the_disk_at_nine_tenths(desk: Desk) -> None:
    limit = 16 << 20
    desk.write("usage.jsonl", json.dumps({"disk_bytes": int(limit * 0.89)}) + "\n")
    assert desk.look() == []
    desk.write("usage.jsonl", json.dumps({"disk_bytes": int(limit * 0.92)}) + "\n")
    (found,) = desk.look()
    assert found.rule == "disk" and "92%" in found.text and "16 MiB" in found.text


@pytest.mark.parametrize(("step", "rules"), [(50, ["time"]), (198, [])])
def test_time_runs_out_only_where_the_work_will_not_be_done(desk: Desk, step: int, rules: list[str]) -> None:
    desk.ctx.state.runs[1].started -= 17.0
    desk.metric(0.5, first=step, of=100 if step == 50 else 198)
    if step == 198:
        desk.write("out/metrics.jsonl", '{"trial": 8, "step": 195, "of": 198, "loss": 0.4}\n')
    assert [a.rule for a in desk.look()] == rules


def test_out_of_memory_and_the_last_words_of_a_run(desk: Desk) -> None:
    desk.write("stdout.log", "step 9 loss nan\nallocating\n")
    desk.end("out of memory")
    rules = {a.rule: a for a in desk.look()}
    assert set(rules) == {"not a number", "memory"}
    assert rules["memory"].evidence[-1] == "allocating"
    desk.restart()
    assert len(desk.look()) == 2


def test_any_other_end_is_no_alert(desk: Desk) -> None:
    desk.write("stdout.log", "done\n")
    desk.end("finished")
    assert desk.look() == []


def test_the_budget_at_eight_tenths_once(desk: Desk) -> None:
    desk.ctx.state.spent_seconds = 24 * 60.0
    desk.end("finished")
    (found,) = desk.look()
    assert (found.rule, found.run) == ("budget", None) and "30 minutes" in found.text
    desk.restart()
    desk.ctx.state.spent_seconds = 25 * 60.0
    assert len(desk.look()) == 1


def test_seen_alerts_and_unknown_ones(desk: Desk) -> None:
    desk.metric(float("nan"))
    desk.look()
    assert [a.id for a in desk.ctx.state.unseen()] == [1]
    assert alerts.see(desk.ctx, 1, "Ada") == "Alert 1 is seen."
    alerts.see(desk.ctx, 1, "Grace")
    assert desk.ctx.state.unseen() == [] and desk.ctx.state.alerts[1].seen == "Ada"
    with pytest.raises(Refused, match="no alert 9"):
        alerts.see(desk.ctx, 9, "Ada")


def test_only_the_newest_alerts_are_kept(desk: Desk) -> None:
    many = [ev.AlertRaised(alert=n, rule="budget", text=f"alert {n}") for n in range(1, KEPT_ALERTS + 11)]
    desk.ctx.emit(*many, ev.AlertSeen(alert=3, by="Ada"))
    assert min(desk.ctx.state.alerts) == 11 and len(desk.ctx.state.alerts) == KEPT_ALERTS


def test_a_real_run_is_watched_without_a_client_and_over_the_engines_death(make_study: Callable[..., Study]) -> None:
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": NAN}).confirmed()
    state = study.wait(lambda s: bool(s.alerts), "an alert")
    run = state.runs[state.alerts[1].run or 0]
    assert state.alerts[1].rule == "not a number" and run.phase == "running", "an alert stops nothing"
    assert study.log(run)[state.alerts[1].offset :].startswith("step 2 loss nan")
    study.kill_engine()
    assert study.ask(cmd.SeeAlert(alert=1)).status == "done"
    assert study.ask(cmd.SeeAlert(alert=7)).status == "refused"
    study.ask(cmd.StopRuns())
    study.wait(lambda s: not s.running(), "the end")
    assert [a.rule for a in study.state.alerts.values()] == ["not a number"]
    assert study.state.unseen() == []
