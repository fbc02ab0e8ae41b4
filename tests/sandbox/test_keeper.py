"""The keeper against a scripted backend, for what no real one does on demand, and as a process."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox import records, runs
from sandbox.base import Environment, Handle, Limits, Outcome, Probe, RunSpec, SandboxError, Usage
from sandbox.keeper import look_after
from sandbox.processes import boot_id
from sandbox.supervision import Bell, Supervision

OWN = (os.geteuid(), os.getegid())


# --- supervision with a scripted backend ------------------------------------------------------------------------------


@dataclass
class ScriptedRun:
    """A handle that says what its script says; the last answer stays."""

    answers: list[Outcome | SandboxError | None]
    calls: list[str] = field(default_factory=list)
    stop_fails: int = 0

    def identity(self) -> dict[str, str]:
        return {"container": "scripted"}

    def poll(self) -> Outcome | None:
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, SandboxError):
            raise answer
        return answer

    def usage(self) -> Usage | None:
        return Usage(cpu_seconds=time.process_time(), memory_bytes=1234)

    def pids(self) -> frozenset[int]:
        return frozenset()

    def stop(self, grace_seconds: float) -> None:
        self.calls.append(f"stop {grace_seconds:g}")
        if self.stop_fails:
            self.stop_fails -= 1
            raise SandboxError("The engine does not answer")
        if self.answers[0] is None:
            self.answers = [Outcome(code=143, signal=15)]

    def close(self) -> None:
        self.calls.append("close")


@dataclass
class Scripted:
    """A backend that starts nothing."""

    run: ScriptedRun
    start_error: Exception | None = None
    found: bool = True
    name: str = "scripted"
    isolation: str = "scripted"
    survives_keeper: bool = True
    printed: bytes = b"hello\n"

    def probe(self) -> Probe:
        return Probe(usable=True, detail="")

    def user(self, spec: RunSpec) -> tuple[int, int]:
        return OWN

    def start(self, spec: RunSpec, folder: Path, log: Path) -> Handle:
        assert (folder / "work/data.txt").exists()
        assert (folder / "out").is_dir()
        if self.start_error is not None:
            raise self.start_error
        with log.open("r+b", buffering=0) as writer:
            writer.write(self.printed)
        return self.run

    def adopt(self, spec: RunSpec, folder: Path, identity: dict[str, str]) -> Handle | None:
        return self.run if self.found else None


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


@pytest.fixture
def prepared(tmp_path: Path) -> Callable[..., Path]:
    def prepare(**changes: object) -> Path:
        source = tmp_path / "src"
        source.mkdir()
        (source / "data.txt").write_text("d")
        fields: dict[str, object] = {
            "run": "r1",
            "workspace": "w",
            "backend": "scripted",
            "commands": (("true",),),
            "environment": Environment(python="/x", version="3", base_prefix="/", prefix="/", digest="0"),
            "limits": Limits(wall_seconds=5),
            "tree": "0",
            "source": str(source),
            "workdir": "/w",
        }
        runs.prepare(tmp_path / "r1", RunSpec(**(fields | changes)))  # type: ignore[arg-type]
        return tmp_path / "r1"

    return prepare


def supervision(folder: Path, backend: Scripted, bell: Bell) -> Supervision:
    return Supervision(folder, records.read_spec(folder), backend, bell)


def test_the_exit_record_is_complete_before_the_container_is_removed(prepared: Callable[..., Path], bell: Bell) -> None:
    folder = prepared()
    seen: list[bool] = []

    class Watching(ScriptedRun):
        def close(self) -> None:
            seen.append((folder / "exit.json").exists())

    record = supervision(folder, Scripted(Watching([None, Outcome(code=0, facts={"image": "i"})])), bell).run()
    assert seen == [True]
    assert (record.reason, record.facts["image"], record.log_bytes) == ("finished", "i", 6)
    assert runs.read_exit(folder) == record
    assert not any((folder / name).exists() for name in ("work", "log", ".reserve"))


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (Outcome(code=0), "finished"),
        (Outcome(code=1), "failed"),
        (Outcome(code=139, signal=11), "failed"),
        (Outcome(code=137, signal=9, out_of_memory=True), "out of memory"),
        (Outcome(code=0, out_of_memory=True), "out of memory"),
        (Outcome(code=None), "lost"),
    ],
)
def test_an_outcome_becomes_a_reason(prepared: Callable[..., Path], bell: Bell, outcome: Outcome, reason: str) -> None:
    record = supervision(prepared(), Scripted(ScriptedRun([outcome])), bell).run()
    assert (record.reason, record.code) == (reason, outcome.code)
    assert record.detail.endswith(".")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (SandboxError("The container is not what was asked for; update the engine."), "refused"),
        (OSError(errno.ENOSPC, "No space left on device"), "disk full"),
        (PermissionError(errno.EACCES, "Permission denied"), "refused"),
    ],
)
def test_a_start_that_fails_is_an_exit_with_words(
    prepared: Callable[..., Path], bell: Bell, error: Exception, reason: str
) -> None:
    folder = prepared()
    record = supervision(folder, Scripted(ScriptedRun([None]), start_error=error), bell).run()
    assert (record.reason, record.code) == (reason, None)
    assert runs.state(folder) == "ended"


def test_an_engine_that_falls_silent_for_a_while_does_not_end_the_run(
    prepared: Callable[..., Path], bell: Bell
) -> None:
    run = ScriptedRun([None, SandboxError("The engine does not answer"), None, Outcome(code=0)])
    record = supervision(prepared(), Scripted(run), bell).run()
    assert record.reason == "finished"


def test_a_container_removed_by_somebody_else_is_lost_at_once(prepared: Callable[..., Path], bell: Bell) -> None:
    run = ScriptedRun([SandboxError("The container was removed from outside.")])
    begin = time.monotonic()
    record = supervision(prepared(), Scripted(run, found=False), bell).run()
    assert (record.reason, time.monotonic() - begin < 4) == ("lost", True)
    assert "removed from outside" in record.detail


def test_a_stop_asked_for_before_the_start_starts_nothing(prepared: Callable[..., Path], bell: Bell) -> None:
    folder = prepared()
    runs.request_stop(folder, "Ada")
    run = ScriptedRun([None])
    record = supervision(folder, Scripted(run), bell).run()
    assert (record.reason, record.detail, run.calls) == ("stopped", "Stopped by Ada.", [])


def test_a_stop_that_the_engine_does_not_take_is_repeated(prepared: Callable[..., Path], bell: Bell) -> None:
    run = ScriptedRun([None], stop_fails=1)
    record = supervision(prepared(limits=Limits(wall_seconds=0.05)), Scripted(run), bell).run()
    assert (record.reason, run.calls) == ("timeout", ["stop 2", "stop 2", "close"])
    assert "does not answer" in record.facts["interrupted"]


def test_the_clock_goes_on_counting_for_the_next_keeper(prepared: Callable[..., Path], bell: Bell) -> None:
    folder = prepared(limits=Limits(wall_seconds=100))
    (folder / "out").mkdir()
    os.mkfifo(folder / "log")
    before = records.KeeperRecord(
        pid=1, start=1, boot=boot_id(), phase="running", clock=time.monotonic() - 99.8, started=time.time() - 99.8
    )
    record = supervision(folder, Scripted(ScriptedRun([None])), bell).resume(before)
    assert record.reason == "timeout"
    assert 99.8 < record.seconds < 102


def test_after_a_reboot_the_run_is_lost(prepared: Callable[..., Path], bell: Bell) -> None:
    before = records.KeeperRecord(pid=1, start=1, boot="another", phase="running", identity={"pid": str(os.getpid())})
    record = supervision(prepared(), Scripted(ScriptedRun([None]), found=False), bell).resume(before)
    assert record.reason == "lost"


def test_a_container_left_by_a_keeper_that_had_written_its_record_is_removed(
    prepared: Callable[..., Path], bell: Bell
) -> None:
    folder = prepared()
    first = supervision(folder, Scripted(ScriptedRun([Outcome(code=0)])), bell).run()
    run = ScriptedRun([Outcome(code=0)])
    assert supervision(folder, Scripted(run), bell).resume(runs.read_keeper(folder)) == first
    assert run.calls == ["close"]


# --- the process ------------------------------------------------------------------------------------------------------


def test_a_second_keeper_leaves_a_run_alone(prepared: Callable[..., Path], bell: Bell) -> None:
    folder = prepared(backend="nothing of this name")
    holder = os.open(folder, os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    assert look_after(folder, bell) == 1
    assert not (folder / "exit.json").exists()
    os.close(holder)
    assert look_after(folder, bell) == 0
    record = runs.read_exit(folder)
    assert record is not None
    assert (record.reason, "nothing of this name" in record.detail) == ("refused", True)


def test_a_spare_leaves_when_its_engine_does(tmp_path: Path) -> None:
    spare = subprocess.Popen([sys.executable, "-I", "-m", "sandbox.keeper", "--spare"], stdin=subprocess.PIPE)
    until = time.monotonic() + 10
    while not _catches(spare.pid, signal.SIGTERM):
        assert time.monotonic() < until
        time.sleep(0.01)
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        spare.send_signal(number)
    assert spare.stdin is not None
    spare.stdin.close()
    # One that a signal had ended would say so.
    assert spare.wait(10) == 0


def _catches(pid: int, number: signal.Signals) -> bool:
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("SigCgt:"))
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)


def test_the_keeper_is_light_to_import() -> None:
    code = "import sys, json, sandbox.keeper, sandbox.runs; print(json.dumps(sorted(sys.modules)))"
    output = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"docker", "textual", "openai", "torch", "git", "pydantic"} & set(json.loads(output))
