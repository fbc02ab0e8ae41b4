"""A bench for runs: a small tree, a spec with short limits, and keepers in processes of their own."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox import runs
from sandbox.base import Environment, Exit, Limits, RunSpec
from sandbox.environment import describe


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s for: {what}"
        time.sleep(0.01)


@dataclass
class Started:
    """A run that was handed to a keeper."""

    folder: Path
    spec: RunSpec

    @property
    def log(self) -> bytes:
        path = self.folder / "stdout.log"
        return path.read_bytes() if path.exists() else b""

    @property
    def keeper(self) -> int:
        record = runs.read_keeper(self.folder)
        assert record is not None
        return record.pid

    def wait_for_output(self, text: bytes = b"up\n") -> None:
        wait_until(lambda: text in self.log or runs.state(self.folder) == "ended", f"{text!r} in the log")
        assert text in self.log, runs.read_exit(self.folder)

    def wait(self, seconds: float = 20.0) -> Exit:
        def ended() -> bool:
            runs.reap()
            return runs.state(self.folder) in ("ended", "orphaned")

        wait_until(ended, "the end of the run", seconds)
        record = runs.read_exit(self.folder)
        complaint = self.folder / "keeper.log"
        assert record is not None, complaint.read_text() if complaint.exists() else "no exit record"
        return record


class Bench:
    """Makes specs and starts them."""

    def __init__(self, place: Path, pool: runs.KeeperPool, environment: Environment) -> None:
        self.place = place
        self._pool = pool
        self._environment = environment
        self._count = 0
        self.source = place / "src"
        self.source.mkdir()
        (self.source / "data.txt").write_text("as approved\n")
        (self.source / "data.txt").chmod(0o444)
        self.workdir = place / "workspace"
        self.workdir.mkdir()

    def spec(
        self, backend: str, *commands: tuple[str, ...], limits: Limits | None = None, **changes: object
    ) -> RunSpec:
        self._count += 1
        fields: dict[str, object] = {
            "run": f"r{self._count}-{os.getpid()}-{time.monotonic_ns() % 10**9}",
            "workspace": "conformance",
            "backend": backend,
            "commands": commands,
            "environment": self._environment,
            "limits": limits or Limits(wall_seconds=30.0, memory_bytes=512 << 20, cpus=1.0, processes=64),
            "tree": "0" * 40,
            "source": str(self.source),
            "workdir": str(self.workdir),
        }
        return RunSpec(**(fields | changes))  # type: ignore[arg-type]

    def start(self, spec: RunSpec) -> Started:
        folder = self.place / "runs" / spec.run
        runs.prepare(folder, spec)
        self._pool.start(folder)
        return Started(folder, spec)

    def python(self, backend: str, code: str, **changes: object) -> Started:
        """Start `python -c code`."""
        return self.start(self.spec(backend, ("{python}", "-c", code), **changes))  # type: ignore[arg-type]


@pytest.fixture(scope="session")
def pool() -> Iterator[runs.KeeperPool]:
    with runs.KeeperPool(likely="docker") as keepers:
        yield keepers


@pytest.fixture(scope="session")
def own_environment() -> Environment:
    return describe(Path(sys.executable))


@pytest.fixture
def bench(tmp_path: Path, pool: runs.KeeperPool, own_environment: Environment) -> Iterator[Bench]:
    made = Bench(tmp_path, pool, own_environment)
    yield made
    for folder in (tmp_path / "runs").glob("*"):
        if runs.state(folder) in ("starting", "running"):
            runs.request_stop(folder, "the end of a test")
    wait_until(
        lambda: all(runs.state(folder) in ("ended", "orphaned") for folder in (tmp_path / "runs").glob("*")), "end"
    )
    runs.reap()
