"""The engine as a process: one per workspace, killed at any moment without loss, found, refused and restarted."""

from __future__ import annotations

import fcntl
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from workbench import CONTRACT, MLRC, TRAIN, Study, alive, processes, wait_until

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine import process
from sandbox import runs

LINES = 20
SLOW = TRAIN.replace(
    '    print(f"val_loss',
    f"    import time\n    for number in range({LINES}):\n        time.sleep(0.02)\n"
    '        print(f"line {number}", flush=True)\n    print(f"val_loss',
)
"""A trial that prints its lines over 0.4 s."""


def complete(log: str, trials: int) -> bool:
    """Whether every trial printed all its lines, in order and once."""
    rows = [row for row in log.splitlines() if row.startswith("line ")]
    return rows == [f"line {number}" for _ in range(trials) for number in range(LINES)]


@pytest.fixture
def slow(make_study: Callable[..., Study]) -> Study:
    """A workspace whose baseline has just begun to run."""
    return make_study(files={"copilot.toml": CONTRACT, "train.py": SLOW}).confirmed()


# --- killed --------------------------------------------------------------------------------------------------------


def test_a_killed_engine_loses_nothing_and_the_next_verb_goes_on(slow: Study) -> None:
    run = slow.wait_run("screening", 1)
    slow.wait_log(run, "line 3")
    keeper = slow.keeper(run)
    slow.kill_engine()
    assert alive(keeper) and slow.state.runs[run.id].phase == "running"
    wait_until(lambda: runs.read_exit(slow.paths.run(run.id)) is not None, "the end of the run without an engine")

    said = slow.mlrc("status", "--json")
    assert said.code == 0 and said.records[0]["engine"] is True
    assert slow.wait_end(1).phase == "closed"
    ended = slow.state.runs[run.id]
    assert (ended.reason, ended.code) == ("finished", 0) and complete(slow.log(ended), 2)
    slow.assert_sound()


def test_a_run_that_an_engine_left_behind_can_be_stopped_by_the_next_one(make_study: Callable[..., Study]) -> None:
    # Long enough for the next engine to come up on a busy machine; the stop ends it.
    endless = SLOW.replace("time.sleep(0.02)", "time.sleep(1)")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": endless}).confirmed()
    run = study.wait_run("screening", 1)
    study.wait_log(run, "line 1")
    study.kill_engine()
    assert study.ask(cmd.StopRuns()).text == "Stopping 1 run."
    assert study.wait_run("screening", 1, "ended").reason == "stopped"
    study.assert_sound()


@pytest.mark.parametrize("backend", ["local", pytest.param("bubblewrap", marks=pytest.mark.bubblewrap)])
def test_a_killed_keeper_takes_its_run_along_and_the_run_is_closed_as_lost(
    make_study: Callable[..., Study], backend: str
) -> None:
    slow = make_study(backend=backend, files={"copilot.toml": CONTRACT, "train.py": SLOW}).confirmed()
    run = slow.wait_run("screening", 1)
    slow.wait_log(run, "line 3")
    os.kill(slow.keeper(run), signal.SIGKILL)
    ended = slow.wait_run("screening", 1, "ended")
    assert ended.reason == "lost" and "start the run again" in ended.detail and ended.code is None
    log = slow.log(ended)
    assert "line 3" in log and not complete(log, 2)
    baseline = slow.wait_end(1)
    assert baseline.phase == "failed" and "lost" in baseline.why
    wait_until(lambda: set(processes(slow.folder)) <= {slow.engine}, lambda: str(processes(slow.folder)))
    slow.assert_sound()


@pytest.mark.docker
def test_a_container_outlives_its_keeper_and_is_found_again(make_study: Callable[..., Study]) -> None:
    slow = make_study(backend="docker", files={"copilot.toml": CONTRACT, "train.py": SLOW}).confirmed()
    run = slow.wait_run("screening", 1)
    slow.wait_log(run, "line 3")
    first = slow.keeper(run)
    os.kill(first, signal.SIGKILL)
    ended = slow.wait_run("screening", 1, "ended")
    assert (ended.reason, ended.code) == ("finished", 0) and complete(slow.log(ended), 2)
    assert "another one took over" in ended.facts["adopted"] and ended.facts["network"] == "none"
    assert slow.keeper(run) != first
    assert slow.wait_end(1).phase == "closed"
    slow.assert_sound()


def test_engine_and_keeper_killed_together(slow: Study) -> None:
    run = slow.wait_run("screening", 1)
    slow.wait_log(run, "line 1")
    keeper = slow.keeper(run)
    slow.kill_engine()
    os.kill(keeper, signal.SIGKILL)
    wait_until(lambda: not alive(keeper), "the keeper's death")
    slow.ask(cmd.TurnDial(dial="gated"))
    assert slow.wait_run("screening", 1, "ended").reason == "lost"
    slow.assert_sound()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP, signal.SIGTERM])
def test_a_killed_follower_stops_nothing(study: Study, number: signal.Signals) -> None:
    study.read(4)
    # Whoever runs the tests may have told them to ignore a hang-up, and a child inherits that.
    follower = subprocess.Popen(
        [*MLRC, "run", "--auto", "--json"],
        cwd=study.folder,
        stdout=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL),
    )
    study.wait(lambda s: s.dial == "auto", "auto")
    follower.send_signal(number)
    assert follower.wait(5) == -number
    assert follower.stdout is not None
    follower.stdout.close()
    study.wait(lambda s: s.dial == "gated", "the end of auto")
    assert [e.verdict["word"] for e in study.state.experiments.values() if e.verdict] == ["confirmed"]
    study.assert_sound()


def test_an_engine_killed_again_and_again_still_ends_once(study: Study) -> None:
    study.read(4)
    study.client.send(cmd.TurnDial(dial="auto", ideas=2))
    chance = random.Random(7)
    kills = 0
    while study.state.dial == "auto" or kills < 3:
        process.ensure(study.paths)
        time.sleep(chance.uniform(0.0, 0.3))
        study.kill_engine()
        kills += 1
        if kills == 6:
            break
    study.ask(cmd.TurnDial(dial="auto", ideas=2))
    study.wait(lambda s: s.dial == "gated", "the end of auto")
    study.assert_sound()
    tested = [e for e in study.state.experiments.values() if e.idea is not None and e.phase != "failed"]
    assert tested and all(e.verdict is not None for e in tested), study.state.experiments
    assert set(study.branches()) == {e.branch for e in study.state.experiments.values() if e.branch}
    assert {event.run for event in study.events(ev.RunEnded)} == set(study.state.runs)


def test_a_run_handed_over_just_before_a_kill_is_not_started_twice(slow: Study) -> None:
    """As if the engine had died between the hand-over to the keeper and the event about it."""
    run = slow.wait_run("screening", 1)
    keeper = slow.keeper(run)
    slow.kill_engine()
    with sqlite3.connect(slow.paths.journal) as journal:
        assert journal.execute("DELETE FROM events WHERE type = 'RunStarted'").rowcount == 1
    journal.close()
    assert slow.state.runs[run.id].phase == "queued"
    slow.ask(cmd.TurnDial(dial="gated"))
    assert slow.wait_end(1).phase == "closed"
    assert slow.keeper(run) == keeper and complete(slow.log(run), 2)
    assert [event.run for event in slow.events(ev.RunStarted)] == [1, 2]
    slow.assert_sound()


def test_a_folder_left_by_a_kill_before_the_run_was_queued_is_made_anew(make_study: Callable[..., Study]) -> None:
    study = make_study().open()
    place = study.paths.run(1)
    place.mkdir()
    (place / "spec.json").write_text('{"run": "1", "commands": [["touch", "evil"]]}')
    study.yes(study.newest("contract"))
    assert study.wait_end(1).phase == "closed"
    assert runs.read_spec(place).commands[0][1] == "-S"


def test_a_command_half_done_at_a_kill_is_done_once(study: Study) -> None:
    diff = study.proposed(study.read(1))
    study.wait_quiet()
    study.stop_engine()
    number = study.yes_queued(diff)
    process.ensure(study.paths)
    time.sleep(0.02)
    study.kill_engine()
    study.ask(cmd.TurnDial(dial="gated"))
    assert study.client.journal.answer_of(number).status in ("done", "refused")
    assert study.step(diff.id).phase == "applied" and len(study.branches()) == 1
    study.assert_sound()


# --- one engine ----------------------------------------------------------------------------------------------------


def supervisor(study: Study) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-I", "-m", "app.engine.supervisor", str(study.folder), str(study.paths.state)]
    return subprocess.Popen(words, cwd="/")


def test_of_two_engines_one_wins_and_the_other_leaves(study: Study) -> None:
    study.stop_engine()
    before = len(study.events(ev.EngineStarted))
    both = [supervisor(study), supervisor(study)]
    wait_until(lambda: any(one.poll() is not None for one in both), "one of them to leave")
    (loser,) = [one for one in both if one.poll() is not None]
    (winner,) = [one for one in both if one.poll() is None]
    assert loser.returncode == 0
    wait_until(lambda: study.engine == winner.pid, "the winner's word")
    assert len(study.events(ev.EngineStarted)) == before + 1
    assert study.ask(cmd.TurnDial(dial="gated")).status == "done"
    study.stop_engine()
    assert winner.wait(5) == 0


def test_a_client_that_looks_at_the_lock_does_not_keep_an_engine_out(study: Study) -> None:
    study.stop_engine()
    with study.paths.lock.open("r+") as look:
        fcntl.flock(look, fcntl.LOCK_SH)
        started = supervisor(study)
        wait_until(lambda: str(study.paths.lock) in open_files(started.pid), "the engine at the lock")
    wait_until(lambda: study.engine == started.pid, "the engine behind the lock")
    study.stop_engine()
    assert started.wait(5) == 0


def open_files(pid: int) -> set[str]:
    return {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()}


def test_an_idle_engine_leaves_and_an_attended_one_stays(
    make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLRC_IDLE_EXIT", "1")
    study = make_study().open()
    with process.attended(study.paths):
        first = study.engine
        deadline = time.monotonic() + 2.0
        while time.monotonic() < deadline:
            assert study.engine == first, "an engine left while a client was attached"
            time.sleep(0.1)
    wait_until(lambda: study.engine == 0, "the idle engine to leave")
    assert study.events(ev.EngineStopped)[-1].why == "nothing to do"
    assert not study.paths.socket.exists() and not study.paths.engine.exists()
    assert study.ask(cmd.ReviewContract()).status == "done", "any verb starts a new one"


def test_a_waiting_diff_does_not_keep_an_engine_but_a_run_does(
    make_study: Callable[..., Study], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLRC_IDLE_EXIT", "0.3")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": SLOW}).confirmed()
    run = study.wait_run("screening", 1)
    study.wait_log(run, f"line {LINES - 1}")
    assert study.engine, "the engine left a run alone"
    study.wait_end(1)
    wait_until(lambda: study.engine == 0, "the idle engine to leave")


def test_an_engine_of_another_version_is_named_and_can_be_replaced(study: Study) -> None:
    who = json.loads(study.paths.engine.read_text())
    study.paths.engine.write_text(json.dumps({**who, "version": "0.0.1"}))
    said = study.mlrc("undo", "1")
    assert said.code == 6 and "version 0.0.1" in said.err and "mlrc stop --engine" in said.err
    assert study.mlrc("stop", "--engine").code == 0
    assert study.ask(cmd.TurnDial(dial="gated")).status == "done"


def test_an_engine_that_hangs_is_told_from_one_at_work(study: Study) -> None:
    # Quiet, so that it is not stopped in the middle of a write, with the journal locked.
    study.wait_end(1)
    study.wait_quiet()
    os.kill(study.engine, signal.SIGSTOP)
    try:
        assert not process.silent(study.paths)
        os.utime(study.paths.engine, (0, time.time() - 60))
        assert process.silent(study.paths)
        with pytest.raises(process.EngineUnreachable, match="no sign of life"):
            study.client.ask(cmd.TurnDial(dial="gated"), patience=0.3)
    finally:
        os.kill(study.engine, signal.SIGCONT)
    assert study.ask(cmd.TurnDial(dial="gated")).status == "done"


def test_a_fault_answers_the_command_that_met_it_and_the_next_engine_works(study: Study) -> None:
    first = study.engine
    # No client can send this; it stands for a fault nobody thought of.
    number = study.client.send(cmd.Undo(step={"not": "a number"}))  # type: ignore[arg-type]
    wait_until(lambda: study.client.journal.answer_of(number).status != "queued", "an answer")
    answer = study.client.journal.answer_of(number)
    assert answer.status == "refused" and "unexpected error (TypeError" in answer.text
    wait_until(lambda: "Traceback" in study.paths.engine_log.read_text(), "the fault in the log")
    assert study.ask(cmd.TurnDial(dial="gated")).status == "done"
    assert study.engine not in (0, first)


# --- where the workspace lies --------------------------------------------------------------------------------------


def test_a_copied_workspace_is_refused_and_the_original_works(study: Study) -> None:
    study.stop_engine()
    copy = study.folder.with_name("copy")
    subprocess.run(["cp", "-a", str(study.folder), str(copy)], check=True)
    said = Study(copy).mlrc("run", "--paper", "nowhere.md")
    assert said.code == 6 and "was copied here" in said.err and str(study.folder) in said.err
    assert "mlrc init" in said.err
    assert study.ask(cmd.TurnDial(dial="gated")).status == "done"


def test_a_moved_workspace_works_also_at_a_deep_place(study: Study) -> None:
    diff = study.proposed(study.read(1))
    study.wait_quiet()
    study.stop_engine()
    study.client.journal.close()
    place = study.folder.parent.joinpath(*["a-rather-deep-folder"] * 6, "moved")
    place.parent.mkdir(parents=True)
    study.folder.rename(place)
    study.folder, study._client = place, None
    assert len(str(study.paths.socket)) > 108
    answer = study.decide(diff)
    assert answer.status == "done", answer
    assert len(study.branches()) == 1


def test_a_damaged_journal_is_a_sentence_and_its_backup_works(study: Study) -> None:
    study.read(4)
    study.stop_engine()
    study.client.journal.close()
    study._client = None
    journal = study.paths.journal
    assert not journal.with_name("journal.db-wal").exists()
    content = journal.read_bytes()
    journal.write_bytes(content[:2048] + b"\xff" * (len(content) - 2048))
    damaged = journal.read_bytes()
    for verb in (("status",), ("run",), ("accept", "1", "--hash", "0" * 12)):
        said = study.mlrc(*verb)
        assert said.code in (1, 6) and "is damaged" in said.err and "backup.db" in said.err, said
    assert journal.read_bytes() == damaged
    shutil.copy(journal.with_suffix(".backup.db"), journal)
    assert len([s for s in study.state.steps.values() if s.kind == "idea"]) == 4
    assert study.ask(cmd.TurnDial(dial="gated")).status == "done"
