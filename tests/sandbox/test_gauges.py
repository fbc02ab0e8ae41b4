"""Samples of a run: what they hold, and whose part of a GPU is the run's."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.base import Usage
from sandbox.descendants import ChildHandle
from sandbox.devices import Device
from sandbox.gauges import UsageLog


class OneRun:
    """A handle of a run with one process."""

    def __init__(self) -> None:
        self.asked = 0

    def usage(self) -> Usage:
        return Usage(cpu_seconds=1.0, memory_bytes=1 << 20)

    def pids(self) -> frozenset[int]:
        self.asked += 1
        return frozenset({100})


@pytest.fixture
def log(tmp_path: Path) -> Iterator[UsageLog]:
    made = UsageLog(tmp_path)
    yield made
    made.close()


def sampled(log: UsageLog, folder: Path, handle: Any, devices: tuple[Device, ...] | None) -> dict[str, Any]:
    """The sample that is written."""
    log._gpus = SimpleNamespace(devices=devices, close=lambda: None)  # type: ignore[assignment]
    log.sample(handle, 7)
    (line,) = (folder / "usage.jsonl").read_text().splitlines()
    found: dict[str, Any] = json.loads(line)
    return found


def test_a_sample_says_how_long_log_and_metrics_are(log: UsageLog, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "metrics.jsonl").write_bytes(b"12345")
    (tmp_path / "stdout.log").write_bytes(b"123")
    found = sampled(log, tmp_path, OneRun(), ())
    assert (found["log_bytes"], found["metrics_bytes"], found["disk_bytes"], found["gpus"]) == (3, 5, 7, [])


def test_a_link_in_place_of_the_metrics_is_not_followed(log: UsageLog, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"x" * 5000)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "metrics.jsonl").symlink_to(tmp_path / "secret")
    assert sampled(log, tmp_path, OneRun(), ())["metrics_bytes"] < 5000


def test_the_run_s_processes_are_looked_for_only_where_somebody_uses_a_gpu(log: UsageLog, tmp_path: Path) -> None:
    idle, busy = Device(index=0, name="T4"), Device(index=1, name="T4", processes={100: 5, 200: 6})
    handle = OneRun()
    found = sampled(log, tmp_path, handle, (idle, busy))
    assert [(gpu["gpu"], gpu["own"], gpu["others"]) for gpu in found["gpus"]] == [(0, 0, 0), (1, 5, 1)]
    assert handle.asked == 1
    log._next = 0.0
    (tmp_path / "usage.jsonl").write_bytes(b"")
    sampled(log, tmp_path, handle, (idle,))
    assert handle.asked == 1


def test_a_driver_that_has_not_answered_yet_is_not_said_to_be_missing(log: UsageLog, tmp_path: Path) -> None:
    assert "gpus" not in sampled(log, tmp_path, OneRun(), None)


def test_a_child_s_processes_are_it_and_all_below_it() -> None:
    code = "import subprocess, sys; p = subprocess.Popen(['sleep', '30']); print(p.pid, flush=True); sys.stdin.read()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdout is not None and child.stdin is not None
    below = int(child.stdout.readline())
    handle = ChildHandle(child, wrapper="", end=15, memory_bytes=0, facts={})  # type: ignore[arg-type]
    try:
        assert {child.pid, below} <= handle.pids()
        assert os.getpid() not in handle.pids()
    finally:
        handle.stop(0.0)
        child.stdin.close()
        child.stdout.close()
    assert handle.pids() == frozenset()
