"""The vocabulary of a run and the protocol every isolation backend fulfils.

A run is one execution of one tree. What it may do is written down in a `RunSpec` before it starts and what became of it
in an `Exit` afterwards; both are JSON files in the run's folder, beside `out/`, out of the experiment's reach:

    runs/<id>/spec.json      what was approved            written by the engine
    runs/<id>/keeper.json    who looks after the run       written by the keeper
    runs/<id>/stdout.log     what the run printed          written by the keeper
    runs/<id>/stdout.times   when it printed it            written by the keeper
    runs/<id>/exit.json      how it ended                  written by the keeper, last
    runs/<id>/kept/          copies of the declared files  written by the keeper
    runs/<id>/out/           the only folder the experiment may write
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

Reason = Literal["finished", "failed", "timeout", "out of memory", "disk full", "stopped", "lost", "refused"]


class SandboxError(Exception):
    """Something about isolation or git that the reader can act on; the text says what to do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a run may use; enforced from outside the sandbox, never by the code that is limited."""

    wall_seconds: float = 600.0
    memory_bytes: int = 4 << 30
    cpus: float = 2.0
    processes: int = 256
    disk_bytes: int = 2 << 30
    """Real blocks of `out/` and of the private copy together."""
    log_bytes: int = 1 << 30
    tmp_bytes: int = 64 << 20
    """Size of the in-memory /tmp; counts as memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A read-only file or folder given to a run; the command names it as `{name}`."""

    name: str
    source: str
    """Absolute host path; isolated backends show it as /mlrc/<name>."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """The interpreter and packages of a run (kind `host`: the researcher's own, bound read-only)."""

    python: str
    """Absolute path of the interpreter as commands start it."""
    version: str
    base_prefix: str
    prefix: str
    digest: str
    """sha256 over interpreter, installed distributions (RECORD, .pth, direct_url.json) and driver version."""
    masked: tuple[str, ...] = ()
    """Paths of our own packages inside the prefix; absent from the run."""
    blind_spots: tuple[str, ...] = ()
    """What the digest cannot see, in words (for example files edited in place)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunSpec:
    """Exactly what was approved.

    `commands` are argument vectors that may contain `{out}`, `{python}` and `{NAME}` of any input; they run in order,
    in `workdir`, and the first failure ends the run. With several commands the log has `==> trial SEED` before each.
    """

    run: str
    workspace: str
    """Identity of the workspace, used as a label so that only our own containers are ever touched."""
    backend: str
    commands: tuple[tuple[str, ...], ...]
    environment: Environment
    limits: Limits
    tree: str
    """Git tree hash of what `source` holds."""
    source: str
    """Absolute path of the exported tree, read-only, shared by all runs of that tree."""
    workdir: str
    """The workspace's own path: the private copy of `source` appears there, so that editable installs find it."""
    inputs: tuple[Input, ...] = ()
    seeds: tuple[int, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    collect: tuple[str, ...] = ()
    """Globs below `out/`; regular files only, copied without following links to `kept/` after exit."""
    collect_bytes: int = 256 << 20
    network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a run ended, in the keeper's words."""

    reason: Reason
    detail: str
    """One sentence for the reader, with the next action where there is one."""
    code: int | None
    signal: int | None = None
    seconds: float = 0.0
    started: float = 0.0
    """Wall clock, Unix seconds, for display only."""
    ended: float = 0.0
    log_bytes: int = 0
    dropped_bytes: int = 0
    dropped_from: int = 0
    """Offset in stdout.log where the dropped middle begins."""
    backend: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    """What was observed: uid, network, container, image, python, isolation …"""
    kept: dict[str, str] = field(default_factory=dict)
    """File name below `kept/` -> sha256."""
    refused_files: dict[str, str] = field(default_factory=dict)
    """Declared file -> why it was not kept (a link, too large, not a regular file)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Whether a backend can be used on this machine, and if not, what would make it usable."""

    usable: bool
    detail: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the backend itself knows about an ended process."""

    code: int | None
    signal: int | None = None
    out_of_memory: bool = False
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What all processes of a run use together, at one moment."""

    cpu_seconds: float
    """Processor time since the start; two samples give a percentage."""
    memory_bytes: int


class Handle(Protocol):
    """A started run, as its keeper holds it."""

    def identity(self) -> dict[str, str]:
        """What a later keeper needs to find the run again (container id, or pid with start time)."""
        ...

    def poll(self) -> Outcome | None:
        """None while it runs."""
        ...

    def usage(self) -> Usage | None:
        """One cheap sample (under 5 ms) for the gauges; None where it has ended or cannot be measured."""
        ...

    def pids(self) -> frozenset[int]:
        """Its processes as the host numbers them; empty where they cannot be seen from here."""
        ...

    def stop(self, grace_seconds: float) -> None:
        """Ask it to end, then make it end; nothing of the run survives. Blocks for at most the grace and a second."""
        ...

    def close(self) -> None:
        """Remove what the backend left (container, mounts); idempotent."""
        ...


class Sandbox(Protocol):
    """One way to run untrusted code. `name` is part of what is approved; nothing takes its place afterwards."""

    name: str
    isolation: str
    """Words shown on every run, e.g. "container, no network, uid 63211"."""
    survives_keeper: bool
    """Whether a run goes on when its keeper dies (containers do; children of the keeper do not)."""

    def probe(self) -> Probe:
        """Whether it can be used here; never raises."""
        ...

    def user(self, spec: RunSpec) -> tuple[int, int]:
        """Host uid and gid of the run: private copy, `out/` and log FIFO must belong to them before the start."""
        ...

    def start(self, spec: RunSpec, folder: Path, log: Path) -> Handle:
        """Start the run of `folder`; its output goes to the FIFO `log`, opened read-write inside.

        The caller has made `folder/work` (private, writable copy of `spec.source`), `folder/out` and `log`, all owned
        by `user(spec)`. Call it from the main thread: a run that dies with its keeper is tied to its thread.

        Raises:
            SandboxError: it could not be started; the text says what to do.
        """
        ...

    def adopt(self, spec: RunSpec, folder: Path, identity: dict[str, str]) -> Handle | None:
        """Find a run that an earlier keeper started; None where it is gone."""
        ...
