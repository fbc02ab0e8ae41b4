"""What every backend must do, in the same words for all; `local` is also the proof of what isolation changes."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox import runs
from sandbox.base import Input, Limits
from sandbox.logtail import read_from, tail
from sandbox.processes import members, start_time

BACKENDS = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    "local",
]
ISOLATED = ("docker", "bubblewrap")
UP = "import os, signal, sys, time; print('up', flush=True); "


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def limits(**changes: Any) -> Limits:
    return Limits(**({"wall_seconds": 30.0, "memory_bytes": 512 << 20, "cpus": 1.0, "processes": 64} | changes))


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    until = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def running_with(marker: str) -> list[int]:
    """Host pids of processes whose command line holds the marker."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if marker.encode() in line and start_time(int(entry.name)) is not None:
                found.append(int(entry.name))
    return found


# --- the ordinary run -------------------------------------------------------------------------------------------------


def test_a_run_ends_with_all_of_its_output(bench: Any, backend: str) -> None:
    started = bench.python(backend, "for i in range(20000): print(f'line {i}')\nimport sys; sys.stderr.write('end\\n')")
    record = started.wait()
    assert (record.reason, record.code, record.signal) == ("finished", 0, None)
    assert started.log == b"".join(b"line %d\n" % number for number in range(20000)) + b"end\n"
    assert (record.log_bytes, record.dropped_bytes, record.backend) == (len(started.log), 0, backend)
    assert record.facts["isolation"]
    assert 0 < record.seconds < 20
    assert record.started <= record.ended <= time.time()


def test_the_first_failing_command_ends_the_run(bench: Any, backend: str) -> None:
    commands = [("{python}", "-c", f"print('did {n}'); raise SystemExit({n})") for n in (0, 7, 0)]
    started = bench.start(bench.spec(backend, *commands, seeds=(11, 12, 13)))
    record = started.wait()
    assert (record.reason, record.code) == ("failed", 7)
    assert "7" in record.detail
    assert started.log == b"==> trial 11\ndid 0\n==> trial 12\ndid 7\n"


def test_a_crash_is_reported_with_its_signal(bench: Any, backend: str) -> None:
    record = bench.python(backend, "import os; os.abort()").wait()
    assert (record.reason, record.code, record.signal) == ("failed", 128 + signal.SIGABRT, signal.SIGABRT)
    assert "SIGABRT" in record.detail


def test_the_tree_lies_at_the_workspaces_own_path(bench: Any, backend: str) -> None:
    started = bench.python(backend, "import os; print(os.getcwd()); print(open('data.txt').read(), end='')")
    assert started.wait().reason == "finished"
    place = started.spec.workdir if backend in ISOLATED else str(started.folder / "work")
    assert started.log.decode() == f"{place}\nas approved\n"


def test_names_in_the_command_become_paths(bench: Any, backend: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("hidden\n")
    code = (
        "import sys, os; labels, out, _ = sys.argv[1:]; print(open(labels).read(), end='')\n"
        "open(out + '/copy', 'w').write(os.environ['MLRC_OUT'])"
    )
    command = ("{python}", "-c", code, "{labels}", "{out}", "{unknown}")
    started = bench.start(bench.spec(backend, command, inputs=(Input(name="labels", source=str(labels)),)))
    assert started.wait().reason == "finished", started.log
    assert started.log == b"hidden\n"
    place = "/mlrc/out" if backend in ISOLATED else str(started.folder / "out")
    assert (started.folder / "out/copy").read_text() == place


def test_only_out_survives_and_the_approved_tree_stays_as_it_is(bench: Any, backend: str) -> None:
    code = (
        "import os; open('data.txt', 'w').write('changed'); open('beside.txt', 'w').write('new'); os.mkdir('deep')\n"
        "print(open('data.txt').read()); open(os.environ['MLRC_OUT'] + '/kept.txt', 'w').write('kept')"
    )
    started = bench.python(backend, code)
    assert started.wait().reason == "finished", started.log
    assert started.log == b"changed\n"
    assert (started.folder / "out/kept.txt").read_text() == "kept"
    assert not (started.folder / "work").exists()
    assert [entry.name for entry in bench.source.iterdir()] == ["data.txt"]
    assert (bench.source / "data.txt").read_text() == "as approved\n"
    assert list(bench.workdir.iterdir()) == []


def test_inputs_cannot_be_changed_where_there_is_isolation(bench: Any, backend: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.txt"
    labels.write_text("hidden\n")
    labels.chmod(0o666)
    command = (
        "{python}",
        "-c",
        "import sys; print(open(sys.argv[1]).read()); open(sys.argv[1], 'w').write('x')",
        "{labels}",
    )
    started = bench.start(bench.spec(backend, command, inputs=(Input(name="labels", source=str(labels)),)))
    record = started.wait()
    assert started.log.startswith(b"hidden\n")
    # Without isolation the same attack works, which is what the label on every local run says.
    assert record.reason == ("failed" if backend in ISOLATED else "finished")
    assert labels.read_text() == ("hidden\n" if backend in ISOLATED else "x")


def test_nothing_of_the_hosts_environment_reaches_the_run(
    bench: Any, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_API_KEY", "canary-7261")
    # The keeper is started while the canary is set; a plain child would inherit it.
    with runs.KeeperPool() as pool:
        spec = bench.spec(
            backend, ("{python}", "-c", "import os; print(sorted(os.environ.items()))"), variables={"MINE": "1"}
        )
        folder = bench.place / "runs" / spec.run
        runs.prepare(folder, spec)
        pool.start(folder)
        assert eventually(lambda: runs.state(folder) == "ended")
    log = (folder / "stdout.log").read_text()
    assert "('MINE', '1')" in log
    assert "canary" not in log.lower()
    plain = subprocess.run(["env"], capture_output=True, text=True, check=True)
    assert "canary-7261" in plain.stdout


def test_a_missing_input_is_refused_in_words(bench: Any, backend: str, tmp_path: Path) -> None:
    absent = Input(name="labels", source=str(tmp_path / "absent"))
    record = bench.start(bench.spec(backend, ("{python}", "-c", "1"), inputs=(absent,))).wait()
    assert (record.reason, record.code) == ("refused", None)
    assert "absent" in record.detail


@pytest.mark.parametrize("backend", BACKENDS[:2])
def test_the_way_to_the_first_byte_is_measured(bench: Any, backend: str) -> None:
    for folder in range(15):
        (bench.source / f"part{folder}").mkdir()
        for file in range(20):
            (bench.source / f"part{folder}/file{file}.py").write_text("x = 1\n" * 500)
    floor = f", the engine's own floor {docker_floor():.0f} ms" if backend == "docker" else ""
    bench.python(backend, "1").wait()
    # What is measured is a start with a spare that has had its time to import everything, as it has between two steps.
    time.sleep(1.8)
    spec = bench.spec(backend, ("/bin/echo", "hi"))
    begin = time.perf_counter()
    started = bench.start(spec)
    started.wait_for_output(b"hi\n")
    print(f"{backend}: {(time.perf_counter() - begin) * 1000:.0f} ms from receipt to first byte, 300 files{floor}")
    assert started.wait().reason == "finished"


def docker_floor() -> float:
    """Milliseconds that the engine needs to create and start `true`, without anything of ours."""
    import docker

    api = docker.APIClient(version="auto")
    try:
        image = api.images(name="mlrc-host")[0]["Id"]
        binds = api.create_host_config(network_mode="none", init=True, binds=["/usr:/usr:ro"])
        begin = time.perf_counter()
        container = api.create_container(image, ["/usr/bin/true"], host_config=binds)["Id"]
        api.start(container)
        spent = (time.perf_counter() - begin) * 1000
        api.remove_container(container, force=True)
        return spent
    finally:
        api.close()


# --- limits -----------------------------------------------------------------------------------------------------------


def test_the_wall_clock_ends_a_run_that_ignores_sigterm(bench: Any, backend: str) -> None:
    code = UP + "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)"
    started = bench.python(backend, code, limits=limits(wall_seconds=1.2))
    record = started.wait()
    assert record.reason == "timeout"
    assert "1.2 s" in record.detail
    assert 1.2 <= record.seconds < 1.2 + 4
    samples = [json.loads(line) for line in (started.folder / "usage.jsonl").read_text().splitlines()]
    assert samples
    assert set(samples[0]) - {"gpus"} == {"t", "cpu_pct", "memory_bytes", "disk_bytes", "log_bytes", "metrics_bytes"}
    assert samples[-1]["memory_bytes"] > 1 << 20


def test_a_log_over_its_cap_keeps_head_and_tail(bench: Any, backend: str) -> None:
    lines = 60_000
    code = f"for i in range({lines}): print(f'line {{i:07d}}')"
    started = bench.python(backend, code, limits=limits(log_bytes=128 << 10))
    record = started.wait()
    log = started.folder / "stdout.log"
    assert record.reason == "finished"
    assert record.log_bytes == lines * 13 == log.stat().st_size
    kept = record.log_bytes - record.dropped_bytes
    assert 100 << 10 < kept <= (128 << 10) + 4096
    assert log.stat().st_blocks * 512 <= (128 << 10) + 8192
    head, end = read_from(log, 0, 1 << 20), tail(log, 1 << 20)
    assert head.data.startswith(b"line 0000000\n")
    assert head.end == record.dropped_from
    assert end.data.endswith(b"line %07d\n" % (lines - 1))
    assert end.start == record.dropped_from + record.dropped_bytes


def test_too_much_memory_is_named_as_such(bench: Any, backend: str) -> None:
    code = UP + "held = []\nfor _ in range(40): held.append(b'x' * (16 << 20)); time.sleep(0.02)\ntime.sleep(20)"
    started = bench.python(backend, code, limits=limits(memory_bytes=128 << 20, tmp_bytes=1 << 20))
    record = started.wait()
    if "limited per process" in record.facts.get("limits", ""):
        # Without a control group of its own the process hits its limit itself, and says so in its own words.
        assert (record.reason, b"MemoryError" in started.log) == ("failed", True)
    else:
        assert (record.reason, "128 MiB" in record.detail) == ("out of memory", True)
    neighbour = bench.python(backend, "held = b'x' * (32 << 20)", limits=limits(memory_bytes=128 << 20))
    assert neighbour.wait().reason == "finished"


def test_too_much_on_disk_ends_the_run(bench: Any, backend: str) -> None:
    code = UP + (
        "f = open(os.environ['MLRC_OUT'] + '/big', 'wb', buffering=0)\n"
        "for _ in range(48): f.write(b'x' * (1 << 20))\ntime.sleep(20)"
    )
    started = bench.python(backend, code, limits=limits(disk_bytes=24 << 20))
    record = started.wait()
    assert record.reason == "disk full", record
    assert "24 MiB" in record.detail


# --- the end ----------------------------------------------------------------------------------------------------------


def test_a_stopped_run_may_save_its_work(bench: Any, backend: str) -> None:
    code = UP + (
        "out = os.environ['MLRC_OUT']\n"
        "def save(*_): open(out + '/saved', 'w').write('yes'); print('saved', flush=True); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, save); print('ready', flush=True); time.sleep(60)"
    )
    started = bench.python(backend, code)
    started.wait_for_output(b"ready\n")
    assert runs.state(started.folder) == "running"
    runs.request_stop(started.folder, "Ada", "enough seen")
    record = started.wait()
    assert (record.reason, record.detail) == ("stopped", "Stopped by Ada: enough seen.")
    assert record.seconds < 10
    assert (started.folder / "out/saved").read_text() == "yes"
    assert started.log.endswith(b"saved\n")


def test_children_that_hide_in_other_sessions_do_not_survive(bench: Any, backend: str) -> None:
    marker = f"hide-{os.getpid()}-{time.monotonic_ns()}"
    hidden = f"import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(120)  # {marker}"
    code = (
        "import os, subprocess, sys, time\n"
        "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        f"        os.execv(sys.executable, [sys.executable, '-c', {hidden!r}])\n    os._exit(0)\n"
        "time.sleep(0.3); print('up', flush=True)"
    )
    started = bench.python(backend, code + "; time.sleep(60)")
    started.wait_for_output()
    assert running_with(marker), "the attack itself does not work"
    runs.request_stop(started.folder, "Ada")
    assert started.wait().reason == "stopped"
    assert eventually(lambda: not running_with(marker), 3), "a child survived the stop"
    finished = bench.python(backend, code)
    assert finished.wait().reason == "finished"
    assert eventually(lambda: not running_with(marker), 3), "a child survived the end"


def test_only_plain_declared_files_are_kept(bench: Any, backend: str, tmp_path: Path) -> None:
    labels = tmp_path / "labels.json"
    labels.write_text("the answer")
    code = (
        "import os; os.chdir(os.environ['MLRC_OUT']); os.mkdir('sub')\n"
        "open('pred-1.json', 'w').write('[1]'); open('sub/pred-2.json', 'w').write('[2]')\n"
        f"os.symlink({str(labels)!r}, 'pred-link.json'); os.mkfifo('pred-pipe.json')\n"
        "open('pred-big.json', 'w').write('x' * 5000); open('other.txt', 'w').write('o')"
    )
    started = bench.python(backend, code, collect=("**/pred-*.json", "absent.json"), collect_bytes=1000)
    record = started.wait()
    assert record.reason == "finished", started.log
    assert record.kept == {
        "pred-1.json": hashlib.sha256(b"[1]").hexdigest(),
        "sub/pred-2.json": hashlib.sha256(b"[2]").hexdigest(),
    }
    assert set(record.refused_files) == {"pred-link.json", "pred-pipe.json", "pred-big.json", "absent.json"}
    kept = started.folder / "kept"
    assert {str(path.relative_to(kept)) for path in kept.rglob("*") if path.is_file()} == set(record.kept)
    # Without the control the link leads a reader to the answer.
    assert (started.folder / "out/pred-link.json").read_text() == "the answer"


def test_metrics_can_be_read_while_it_runs(bench: Any, backend: str) -> None:
    code = UP + (
        "f = open(os.environ['MLRC_OUT'] + '/metrics.jsonl', 'w')\n"
        'f.write(\'{"trial": 0, "step": 1, "of": 2, "loss": 0.5}\\n\'); f.flush(); time.sleep(60)'
    )
    started = bench.python(backend, code)
    assert eventually(lambda: len(runs.read_metrics(started.folder)[0]) == 1)
    assert runs.state(started.folder) == "running"
    assert runs.read_metrics(started.folder)[0].records[0].values == {"loss": 0.5}


# --- the keeper -------------------------------------------------------------------------------------------------------


def test_a_hangup_does_not_reach_the_keeper(bench: Any, backend: str) -> None:
    started = bench.python(backend, UP + "time.sleep(0.6); print('done')")
    started.wait_for_output()
    os.kill(started.keeper, signal.SIGHUP)
    os.kill(started.keeper, signal.SIGINT)
    assert started.wait().reason == "finished"
    assert started.log.endswith(b"done\n")


@pytest.mark.docker
def test_a_container_survives_its_keeper_with_all_of_its_log(bench: Any) -> None:
    lines = 200_000
    code = (
        "import time\n"
        f"for i in range({lines}):\n    print(f'line {{i}}')\n    if i % 20000 == 0: time.sleep(0.2)\n"
        "raise SystemExit(3)"
    )
    started = bench.python("docker", code, collect=("none.json",))
    started.wait_for_output(b"line 100\n")
    first = started.keeper
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: runs.state(started.folder) == "orphaned")
    size = len(started.log)
    time.sleep(0.5)
    assert len(started.log) == size, "nobody should be writing the log now"
    runs.adopt(started.folder)
    assert eventually(lambda: runs.state(started.folder) == "running")
    assert started.keeper != first
    record = started.wait()
    assert (record.reason, record.code) == ("failed", 3)
    assert "adopted" in record.facts
    assert started.log == b"".join(b"line %d\n" % number for number in range(lines))


@pytest.mark.docker
def test_a_container_that_ended_without_a_keeper_is_still_closed_correctly(bench: Any) -> None:
    marker = f"alone-{os.getpid()}-{time.monotonic_ns()}"
    started = bench.python("docker", UP + f"time.sleep(0.5); print('last words'); sys.exit(4)  # {marker}")
    started.wait_for_output()
    record = runs.read_keeper(started.folder)
    assert record is not None
    os.kill(record.pid, signal.SIGKILL)
    assert eventually(lambda: runs.state(started.folder) == "orphaned")
    assert eventually(lambda: not running_with(marker))
    runs.adopt(started.folder)
    assert eventually(lambda: runs.state(started.folder) == "ended")
    closed = started.wait()
    assert (closed.reason, closed.code) == ("failed", 4)


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_children_die_with_their_keeper_and_the_run_is_closed_as_lost(bench: Any, backend: str) -> None:
    marker = f"lost-{os.getpid()}-{time.monotonic_ns()}"
    hidden = f"import time; print('up', flush=True); time.sleep(120)  # {marker}"
    code = (
        "import os, sys, time\nif os.fork() == 0:\n    os.setsid()\n"
        f"    os.execv(sys.executable, [sys.executable, '-c', {hidden!r}])\ntime.sleep(120)"
    )
    started = bench.python(backend, code)
    started.wait_for_output()
    assert len(running_with(marker)) >= 2
    os.kill(started.keeper, signal.SIGKILL)
    assert eventually(lambda: runs.state(started.folder) == "orphaned")
    record = runs.close_as_lost(started.folder, "The engine and its keepers were killed")
    assert (record.reason, record.code, record.backend) == ("lost", None, backend)
    assert "start the run again" in record.detail
    assert runs.state(started.folder) == "ended"
    assert eventually(lambda: not running_with(marker), 3)
    assert not (started.folder / "work").exists()
    assert runs.read_exit(started.folder) == record


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_adopting_a_run_that_died_with_its_keeper_closes_it(bench: Any, backend: str) -> None:
    started = bench.python(backend, UP + "time.sleep(120)")
    started.wait_for_output()
    os.kill(started.keeper, signal.SIGKILL)
    assert eventually(lambda: runs.state(started.folder) == "orphaned")
    runs.adopt(started.folder)
    assert eventually(lambda: runs.state(started.folder) == "ended")
    assert started.wait().reason == "lost"


def test_nothing_of_a_run_is_left_behind(bench: Any, backend: str) -> None:
    started = bench.python(backend, UP)
    keeper = started.keeper
    begin = start_time(keeper)
    assert started.wait().reason == "finished" and begin is not None

    def gone() -> bool:
        runs.reap()
        return not members(keeper, begin)

    assert eventually(gone), "the keeper did not leave"
    left = {entry.name for entry in started.folder.iterdir()}
    written = "spec.json keeper.json keeper.log stdout.log stdout.times usage.jsonl exit.json out"
    assert left == set(written.split())
    assert (started.folder / "keeper.log").read_text() == ""
    if backend == "docker":
        listed = subprocess.run(
            ["docker", "ps", "-aq", "--filter", f"label=mlrc.run={started.spec.run}"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert listed.stdout == ""
