"""From a person's yes to a diff until the first byte of its run's log, against the bare start of the same container.

The floor is the SDK alone: create and start a container with our image, settings and mounts (300 files) whose command
is `echo`, until that byte arrives. bubblewrap and `local` are compared with the start of their backend alone. Run
`python tests/benchmarks/yes_to_first_byte.py [--rounds N]`; exits with 1 when docker needs over 100 ms more.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import select
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rig.figures import Bar, heading, judge, median, milliseconds, row
from rig.scripted import Replacement, Scripted, Trace
from rig.workspaces import accept, of_files, proposed, scratch, scripted_engine, settled, wait_until

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.client import Client
from sandbox import container, private_copy, registry, runs, view
from sandbox.base import RunSpec, Sandbox, SandboxError
from sandbox.launch import drop_bytecode

FILES = 300
LIMIT_SECONDS = 0.100
POLL_SECONDS = 0.0003
PARTS = (
    "request: queue the command, wake the engine",
    "decide: rebuild the card, publish the commit",
    "queue: write the approved run down",
    "hand over to the spare keeper, which wakes",
    "private copy of the tree",
    "connect, create and check the container",
    "start the container",
    "first output",
)


@dataclass(slots=True)
class Yes:
    """Moments of one yes in Unix seconds, in the order of `PARTS`; the first is the client's call.

    Those inside the keeper are times of files, which the kernel rounds down by up to 4 ms.
    """

    moments: list[float] = field(default_factory=list)

    @property
    def whole(self) -> float:
        """From the engine's receipt of the command to the first byte, in seconds."""
        return self.moments[-1] - self.moments[1]


# the product


def say_yes(client: Client) -> tuple[float, int, float]:
    """Accept the next diff: begin, number of its run and time of the first byte."""
    before = client.state()
    step = proposed(before, "diff")[0]
    number = max(before.runs) + 1
    log = client.paths.run(number) / "stdout.log"
    start = time.time()
    client.send(cmd.Decide(step=step.id, decision="accepted", card=step.card))
    first = _first_byte(log)
    settled(client)
    return start, number, first


def _first_byte(log: Path, patience: float = 30.0) -> float:
    deadline = time.time() + patience
    while time.time() < deadline:
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size:
                return time.time()
        time.sleep(POLL_SECONDS)
    raise TimeoutError(f"{log} stayed empty for {patience:.0f} s")


def moments(client: Client, trace: Trace, start: float, number: int, first: float, marks: dict[str, float]) -> Yes:
    """Put the journal's, the trace's, the keeper's and the container engine's times into one row."""
    times: dict[str, float] = {}
    for _, when, event in client.events(0):
        if isinstance(event, ev.StepDecided) and start <= when < first:
            times["decided"] = when
        if isinstance(event, ev.RunQueued | ev.RunStarted) and event.run == number:
            times[type(event).__name__] = when
    received = min(c.end for c in trace.calls if c.name == "pending" and c.start >= start - 0.001)
    handed = next(c for c in trace.calls if c.part == "keepers" and c.start >= times["RunQueued"])
    steps = [start, received, times["decided"], handed.start, marks["begun"], marks["copied"]]
    return Yes([*steps, marks.get("created", marks["copied"]), marks.get("started", marks["copied"]), first])


def marks_of(folder: Path, docker: Any, since: float) -> dict[str, float]:
    """When the keeper began and had copied the tree, and when the container was created and started."""
    found = {"begun": (folder / "keeper.log").stat().st_mtime, "copied": (folder / "out").stat().st_mtime}
    if docker is not None:
        spec = runs.read_spec(folder)
        wanted = {"label": [f"{name}={value}" for name, value in container.labels(spec).items()]}
        for event in docker.events(since=int(since), until=time.time() + 0.01, filters=wanted, decode=True):
            name = {"create": "created", "start": "started"}.get(event["Action"])
            if name is not None:
                found[name] = event["timeNano"] / 1e9
    return found


# the floors


@contextmanager
def prepared(sandbox: Sandbox, spec: RunSpec, folder: Path) -> Iterator[int]:
    """The folder of a run as a keeper prepares it; gives the open FIFO."""
    user = sandbox.user(spec)
    folder.mkdir(mode=0o700)
    private_copy.make(Path(spec.source), folder / "work", user)
    drop_bytecode(folder / "work")
    (folder / "out").mkdir(mode=0o700)
    os.mkfifo(folder / "log", 0o600)
    for name in ("out", "log"):
        os.chown(folder / name, *user)
    reader = os.open(folder / "log", os.O_RDWR | os.O_NONBLOCK)
    try:
        yield reader
    finally:
        os.close(reader)
        shutil.rmtree(folder)


def _wait_for(reader: int) -> None:
    if not select.select([reader], [], [], 30.0)[0]:
        raise TimeoutError("The floor's run printed nothing for 30 s")


def sdk_floor(docker: Any, sandbox: Sandbox, spec: RunSpec, folder: Path) -> float:
    """Seconds of the SDK alone: create, start, first byte."""
    layer = container.archive()
    with prepared(sandbox, spec, folder) as reader:
        binds = container.with_nested_mounts(view.binds(spec, folder, folder / "log"), container.mount_points())
        wanted = container.request(
            spec,
            sandbox.user(spec),
            view.shared_groups(spec),
            binds,
            user_namespace="",
            swap_limit=bool(docker.info().get("SwapLimit")),
        )
        start = time.perf_counter()
        made = docker.create_container(
            f"{container.REPOSITORY}:{container.tag(layer)}",
            list(wanted.command),
            name=f"mlrc-bench-{os.getpid()}",
            hostname="run",
            user=wanted.user,
            working_dir="/",
            environment=wanted.environment,
            labels=wanted.labels,
            host_config=wanted.settings,
            use_config_proxy=False,
        )
        try:
            docker.start(made["Id"])
            _wait_for(reader)
            return time.perf_counter() - start
        finally:
            docker.remove_container(made["Id"], force=True)


def backend_floor(sandbox: Sandbox, spec: RunSpec, folder: Path) -> float:
    """Seconds of the backend's own start until the first byte."""
    with prepared(sandbox, spec, folder) as reader:
        start = time.perf_counter()
        handle = sandbox.start(spec, folder, folder / "log")
        try:
            _wait_for(reader)
            return time.perf_counter() - start
        finally:
            handle.stop(0.0)
            handle.close()


# the comparison


def measure(name: str, rounds: int, docker: Any) -> tuple[list[float], list[Yes], Trace]:
    """Floor and product in turn, and the moments of each yes."""
    count = rounds + 1
    changes = [Replacement("trial.sh", "# change: none", f"# change: {number}") for number in range(count)]
    floors: list[float] = []
    said: list[tuple[float, int, float]] = []
    with (
        scratch() as place,
        of_files(place / "ws", FILES, name) as paths,
        scripted_engine(paths, Scripted(changes)) as end,
        Client(paths) as client,
    ):
        accept(client, proposed(client.state(), "contract")[0])
        settled(client)
        spec = dataclasses.replace(runs.read_spec(paths.run(1)), commands=(("echo", "first"),), run="floor")
        floor = _floor(docker, registry.backends()[name], spec, place / "floor")
        answer = client.ask(cmd.ReadPaper(path=str(paths.workspace / "paper.md"), wanted=count))
        assert answer.status == "done", answer.text
        for _ in range(count):
            floors.append(floor())
            accept(client, proposed(client.state(), "idea")[0])
            wait_until(lambda: bool(proposed(client.state(), "diff")), "a diff")
            # A person reads the diff; meanwhile the spare keeper imports what it needs.
            time.sleep(3.0)
            said.append(say_yes(client))
        marks = [marks_of(paths.run(number), docker, start) for start, number, _ in said]
        trace = end()
        found = [moments(client, trace, *yes, mark) for yes, mark in zip(said, marks, strict=True)]
    return floors[1:], found[1:], trace


def _floor(docker: Any, sandbox: Sandbox, spec: RunSpec, folder: Path) -> Callable[[], float]:
    if docker is not None:
        return lambda: sdk_floor(docker, sandbox, spec, folder)
    return lambda: backend_floor(sandbox, spec, folder)


def show(name: str, floors: list[float], found: list[Yes], trace: Trace) -> float:
    """Print one backend's table; returns how much longer than the floor the product takes, in seconds."""
    whole, floor = median([yes.whole for yes in found]), median(floors)
    print(f"{name}, {FILES} files")
    row("engine's receipt of the yes -> first byte of the log", milliseconds([yes.whole for yes in found]))
    what = "SDK: create, start, first byte" if name == "docker" else "backend's start, first byte"
    row(f"floor ({what})", milliseconds(floors), f"ratio {whole / floor:.2f}, {(whole - floor) * 1e3:+.1f} ms")
    for place, part in enumerate(PARTS):
        if name != "docker" and place in (5, 6):
            continue
        row(f"  {part}", milliseconds([yes.moments[place + 1] - yes.moments[place] for yes in found]))
    windows = [(yes.moments[1], yes.moments[2]) for yes in found]
    git = median([trace.within("git", *window) for window in windows])
    names = {name for window in windows for name in trace.names("git", *window)}
    each = {n: median([trace.within("git", *w, n) for w in windows]) * 1e3 for n in names}
    longest = sorted(each.items(), key=lambda item: -item[1])[:5]
    row("  git inside decide", f"{git * 1e3:9.2f} ms", ", ".join(f"{n} {value:.1f}" for n, value in longest))
    return whole - floor


def client_of_docker() -> Any:
    """A connection of our own to the engine."""
    from docker import APIClient

    return APIClient(version="auto", base_url=os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")


def main() -> int:
    """Print a table for each backend that works here; 1 where the bar is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--backend", action="append", help="docker, bubblewrap or local; default: all")
    chosen = parser.parse_args()
    heading("from a yes to the run's first byte", f"{chosen.rounds} rounds, floor and product in turn, medians")
    bars = []
    for name in chosen.backend or ("docker", "bubblewrap", "local"):
        try:
            registry.choose(name, allow_local=True)
        except SandboxError as error:
            print(f"{name}: skipped. {error}")
            continue
        docker = client_of_docker() if name == "docker" else None
        more = show(name, *measure(name, chosen.rounds, docker))
        if name == "docker":
            bars.append(Bar(name="docker, beyond the floor", reached=more * 1e3, limit=LIMIT_SECONDS * 1e3, unit=" ms"))
    return judge(bars)


if __name__ == "__main__":
    sys.exit(main())
