"""What the engine calls: prepare, hand over, ask, stop, and who is alive."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import records, runs
from sandbox.base import Environment, Exit, Input, Limits, RunSpec, SandboxError
from sandbox.processes import alive, boot_id, kill_session, members, send, start_time
from sandbox.records import KeeperRecord


def spec(source: Path, **changes: object) -> RunSpec:
    return dataclasses.replace(
        RunSpec(
            run="r1",
            workspace="w",
            backend="no such backend",
            commands=(("{python}", "train.py", "--name=ä\n"), ("true",)),
            environment=Environment(
                python="/x/python", version="3.11", base_prefix="/usr", prefix="/x", digest="0", masked=("/x/a",)
            ),
            limits=Limits(wall_seconds=1),
            tree="0",
            source=str(source),
            workdir="/w",
            inputs=(Input(name="labels", source="/l"),),
            seeds=(1, 2),
            variables={"A": "b"},
            collect=("*.json",),
        ),
        **changes,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "src").mkdir()
    runs.prepare(tmp_path / "runs/r1", spec(tmp_path / "src"))
    return tmp_path / "runs/r1"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


# --- records ----------------------------------------------------------------------------------------------------------


def test_what_was_approved_comes_back_equal(folder: Path, tmp_path: Path) -> None:
    assert runs.read_spec(folder) == spec(tmp_path / "src")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "spec.json").stat().st_mode & 0o777 == 0o600


def test_an_exit_comes_back_equal(tmp_path: Path) -> None:
    record = Exit(reason="failed", detail="d", code=1, facts={"uid": "1"}, kept={"a": "b"}, refused_files={"c": "d"})
    records.write(tmp_path / "exit.json", record)
    assert runs.read_exit(tmp_path) == record
    assert [entry.name for entry in tmp_path.iterdir()] == ["exit.json"]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("run", None, "run is not of type"),
        ("seeds", ["1"], "seeds is not of type int"),
        ("seeds", [True], "seeds is not of type int"),
        ("network", 1, "network is not of type bool"),
        ("limits", {"wall_seconds": "long"}, "limits.wall_seconds"),
        ("limits", {"walls": 1}, "unknown field 'walls'"),
        ("surprise", 1, "unknown field 'surprise'"),
        ("variables", {"A": 1}, "variables.A"),
        ("commands", "rm", "commands"),
    ],
)
def test_a_changed_spec_is_refused_by_field(folder: Path, field: str, value: object, words: str) -> None:
    text = json.loads((folder / "spec.json").read_text())
    (folder / "spec.json").write_text(json.dumps(text | {field: value}))
    with pytest.raises(SandboxError, match=words):
        runs.read_spec(folder)


def test_a_missing_field_and_a_damaged_file_are_refused(folder: Path) -> None:
    text = json.loads((folder / "spec.json").read_text())
    del text["tree"]
    (folder / "spec.json").write_text(json.dumps(text))
    with pytest.raises(SandboxError, match="lacks the field 'tree'"):
        runs.read_spec(folder)
    (folder / "spec.json").write_text("{")
    with pytest.raises(SandboxError, match="damaged"):
        runs.read_spec(folder)
    (folder / "spec.json").unlink()
    with pytest.raises(SandboxError, match="start the run again"):
        runs.read_spec(folder)


# --- prepare ----------------------------------------------------------------------------------------------------------


def test_a_folder_is_prepared_once(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match="new folder"):
        runs.prepare(folder, spec(tmp_path / "src"))


def test_a_tree_that_was_not_exported_is_refused(tmp_path: Path) -> None:
    missing = spec(tmp_path / "nowhere")
    assert not runs.export_ready(missing)
    with pytest.raises(SandboxError, match="export it first"):
        runs.prepare(tmp_path / "r", missing)
    assert not (tmp_path / "r").exists()


# --- processes and state ----------------------------------------------------------------------------------------------


def test_a_keeper_is_known_by_more_than_its_pid(folder: Path, sleeper: subprocess.Popen[bytes]) -> None:
    assert runs.state(folder) == "orphaned"
    start = start_time(sleeper.pid)
    assert start is not None
    record = KeeperRecord(pid=sleeper.pid, start=start, boot=boot_id(), phase="running")
    assert alive(record)
    records.write(folder / records.KEEPER, record)
    assert runs.state(folder) == "running"
    records.write(folder / records.KEEPER, dataclasses.replace(record, phase="starting"))
    assert runs.state(folder) == "starting"
    for other in ({"start": start + 1}, {"boot": "another boot"}, {"pid": 2**22 + 1}):
        records.write(folder / records.KEEPER, dataclasses.replace(record, **other))
        assert runs.state(folder) == "orphaned", other
    (folder / records.KEEPER).write_text("{half")
    assert runs.state(folder) == "orphaned"


def test_a_zombie_is_not_alive(sleeper: subprocess.Popen[bytes]) -> None:
    start = start_time(sleeper.pid)
    os.kill(sleeper.pid, signal.SIGKILL)
    until = time.monotonic() + 5
    while start_time(sleeper.pid) is not None and time.monotonic() < until:
        time.sleep(0.01)
    # Nobody has waited for it: it still has a line in the process table.
    assert Path(f"/proc/{sleeper.pid}").exists()
    assert start_time(sleeper.pid) is None
    assert start is not None


def test_only_exactly_the_recorded_process_gets_a_signal(sleeper: subprocess.Popen[bytes]) -> None:
    start = start_time(sleeper.pid)
    assert start is not None
    assert not send(sleeper.pid, start + 1, signal.SIGKILL)
    assert sleeper.poll() is None
    assert not members(sleeper.pid, start + 1)
    assert kill_session(sleeper.pid, start + 1)
    assert sleeper.poll() is None
    assert send(sleeper.pid, start, signal.SIGKILL)
    assert sleeper.wait(5) == -signal.SIGKILL
    assert not send(sleeper.pid, start, signal.SIGKILL)


def test_a_session_is_killed_with_children_that_ignore_the_rest() -> None:
    shell = subprocess.Popen(
        ["sh", "-c", "trap '' TERM HUP; sleep 60 & sleep 60 & echo up; exec sleep 61"],
        start_new_session=True,
        stdout=subprocess.PIPE,
    )
    assert shell.stdout is not None
    assert shell.stdout.readline() == b"up\n"
    start = start_time(shell.pid)
    assert start is not None
    assert len(members(shell.pid, start)) == 3
    assert kill_session(shell.pid, start)
    assert shell.wait(5) == -signal.SIGKILL
    assert not members(shell.pid, start)
    shell.stdout.close()


# --- stop and lost ----------------------------------------------------------------------------------------------------


def test_the_first_stop_request_counts(folder: Path) -> None:
    runs.request_stop(folder, "Ada", "done")
    runs.request_stop(folder, "Bob")
    record = runs.close_as_lost(folder, "The keeper died")
    assert (record.reason, record.detail) == ("stopped", "Stopped by Ada: done.")


def test_a_run_with_a_living_keeper_is_not_lost(folder: Path, sleeper: subprocess.Popen[bytes]) -> None:
    record = KeeperRecord(pid=sleeper.pid, start=start_time(sleeper.pid) or 0, boot=boot_id(), phase="running")
    records.write(folder / records.KEEPER, record)
    with pytest.raises(SandboxError, match="stop the run"):
        runs.close_as_lost(folder, "x")
    assert runs.state(folder) == "running"


@pytest.mark.parametrize("same", [True, False])
def test_closing_as_lost_kills_the_recorded_process_and_no_other(
    folder: Path, sleeper: subprocess.Popen[bytes], same: bool
) -> None:
    start = (start_time(sleeper.pid) or 0) + (0 if same else 1)
    record = KeeperRecord(
        pid=2**22 + 1,
        start=1,
        boot=boot_id(),
        phase="running",
        backend="local",
        identity={"pid": str(sleeper.pid), "start": str(start)},
        started=5.0,
    )
    records.write(folder / records.KEEPER, record)
    (folder / "stdout.log").write_text("some output\n")
    (folder / "work").mkdir()
    closed = runs.close_as_lost(folder, "The machine lost its keeper.")
    assert (closed.reason, closed.log_bytes, closed.started, closed.backend) == ("lost", 12, 5.0, "local")
    assert closed.detail == "The machine lost its keeper. Its results are not complete; start the run again."
    assert not (folder / "work").exists()
    if same:
        assert sleeper.wait(5) == -signal.SIGKILL
    else:
        assert sleeper.poll() is None
    assert runs.close_as_lost(folder, "again") == closed


# --- pool -------------------------------------------------------------------------------------------------------------


def ended(folder: Path) -> Exit:
    until = time.monotonic() + 20
    while runs.state(folder) != "ended":
        assert time.monotonic() < until, runs.state(folder)
        time.sleep(0.01)
    record = runs.read_exit(folder)
    assert record is not None
    return record


def test_a_hand_over_takes_milliseconds_and_leaves_a_keeper_at_once(folder: Path, tmp_path: Path) -> None:
    with runs.KeeperPool() as pool:
        begin = time.perf_counter()
        pool.start(folder)
        print(f"hand-over: {(time.perf_counter() - begin) * 1000:.1f} ms")
        assert runs.state(folder) in ("starting", "ended")
        record = ended(folder)
        assert (record.reason, "no such backend" in record.detail) == ("refused", True)


def test_runs_in_quick_succession_all_get_a_keeper(folder: Path, tmp_path: Path) -> None:
    folders = [tmp_path / f"runs/q{number}" for number in range(4)]
    with runs.KeeperPool() as pool:
        for place in folders:
            runs.prepare(place, spec(tmp_path / "src"))
            pool.start(place)
    # The pool is closed before they end: keepers need nobody.
    assert {ended(place).reason for place in folders} == {"refused"}
    runs.reap()


def test_a_dead_spare_is_replaced(folder: Path) -> None:
    def children() -> set[int]:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        return {int(pid) for pid in listed}

    before = children()
    with runs.KeeperPool() as pool:
        (spare,) = children() - before
        os.kill(spare, signal.SIGKILL)
        until = time.monotonic() + 5
        while start_time(spare) is not None:
            assert time.monotonic() < until
            time.sleep(0.01)
        pool.start(folder)
        assert ended(folder).reason == "refused"


def test_keys_of_the_engine_do_not_reach_the_keeper(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_API_KEY", "canary-9921")
    before = set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())
    with runs.KeeperPool():
        (spare,) = set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()) - before
        until = time.monotonic() + 5
        # Before its exec a child still shows the environment of its parent.
        while b"sandbox.keeper" not in Path(f"/proc/{spare}/cmdline").read_bytes():
            assert time.monotonic() < until
            time.sleep(0.005)
        environment = Path(f"/proc/{spare}/environ").read_bytes()
    assert b"PATH=" in environment
    assert b"canary-9921" not in environment
    plain = subprocess.run([sys.executable, "-c", "import os; print(os.environ)"], capture_output=True, check=True)
    assert b"canary-9921" in plain.stdout
