"""What the engine calls to have a run executed: prepare it, hand it to a keeper, ask how it is, stop it.

Nothing here knows a container engine; that is the keeper's business, in a process of its own which survives the engine.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Literal

from sandbox import private_copy, records
from sandbox.accounts import run_user
from sandbox.base import Exit, RunSpec, SandboxError
from sandbox.closing import close_lost
from sandbox.metrics import read_metrics
from sandbox.processes import alive, boot_id, send, start_time
from sandbox.records import KeeperRecord, StopRequest, read_exit, read_keeper, read_spec

__all__ = [
    "KeeperPool",
    "adopt",
    "close_as_lost",
    "export_ready",
    "lay_ready",
    "prepare",
    "read_exit",
    "read_keeper",
    "read_metrics",
    "read_spec",
    "reap",
    "request_stop",
    "state",
]

State = Literal["starting", "running", "ended", "orphaned"]

_ENVIRONMENT = (
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "XDG_RUNTIME_DIR"),
    *("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY", "CONTAINER_HOST"),
)
"""What a keeper gets of the environment: enough to reach a container engine, and none of the keys."""

_children: set[int] = set()


def export_ready(spec: RunSpec) -> bool:
    """Whether the exported tree of a run is there; exports are renamed into place, so one that exists is whole."""
    return Path(spec.source).is_dir()


def lay_ready(source: Path, workspace: str) -> None:
    """Make the private copy of a tree's next run now, so that a yes does not wait for it. Slow; call it in a thread.

    Raises:
        SandboxError, OSError: it could not be made; the run makes its own then.
    """
    private_copy.lay_ready(source, run_user(workspace))


def prepare(folder: Path, spec: RunSpec) -> None:
    """Make the private folder of a run and write down what was approved.

    Raises:
        SandboxError: the folder exists or cannot be made, or the tree was not exported.
    """
    if not export_ready(spec):
        raise SandboxError(f"The tree of run {spec.run} is not exported to {spec.source}; export it first")
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        records.write_spec(folder, spec)
    except FileExistsError as error:
        raise SandboxError(f"{folder} exists; every run needs a new folder") from error
    except OSError as error:
        raise _not_writable(folder, error) from error


class KeeperPool:
    """Hands runs to keepers, and has one ready that has imported everything.

    Args:
        likely: name of the backend that the spare connects to beforehand.
    """

    def __init__(self, likely: str | None = None) -> None:
        self._likely = likely
        self._lock = Lock()
        self._spare: tuple[int, int] | None = self._spawn_spare()

    def __enter__(self) -> KeeperPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def start(self, folder: Path) -> None:
        """Start the prepared run in `folder`; takes milliseconds, everything else happens in the keeper.

        Raises:
            SandboxError: no keeper could be started.
        """
        line = os.fspath(folder.absolute())
        if "\n" in line:
            raise SandboxError("The path of the state folder has a line break; choose another one with --state-dir")
        reap()
        with self._lock:
            spare, self._spare = self._spare, None
            if spare is None or not _hand_over(folder, line, *spare):
                _hand_over(folder, line, *self._spawn_spare())
            # Without room for another spare the run is started all the same, and the next start makes its own.
            with suppress(SandboxError):
                # The next run of a workspace nearly always has the same backend.
                self._likely = records.read_spec(folder).backend
                self._spare = self._spawn_spare()

    def close(self) -> None:
        """Let the spare go; keepers of runs stay."""
        with self._lock:
            if self._spare is not None:
                pid, orders = self._spare
                self._spare = None
                os.close(orders)
                # One that died before may have been reaped already.
                with suppress(ChildProcessError):
                    os.waitpid(pid, 0)
                _children.discard(pid)

    def _spawn_spare(self) -> tuple[int, int]:
        """Pid of a new spare and the pipe for its order."""
        read, write = os.pipe2(os.O_CLOEXEC)
        try:
            pid = _spawn(["--spare", *([self._likely] if self._likely else [])], read)
        except SandboxError:
            os.close(write)
            raise
        finally:
            os.close(read)
        return pid, write


def adopt(folder: Path) -> None:
    """Give a new keeper to a run whose keeper died; it finds the run again or closes it as lost."""
    reap()
    _spawn(["--adopt", os.fspath(folder.absolute())])


def reap() -> None:
    """Collect keepers that have ended; every start does it too."""
    for pid in tuple(_children):
        try:
            ended, _ = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            ended = pid
        if ended:
            _children.discard(pid)


def state(folder: Path) -> State:
    """What is known of a run: `orphaned` means that nobody looks after it (adopt it, or close it as lost)."""
    if (folder / records.EXIT).exists():
        return "ended"
    keeper = read_keeper(folder)
    if keeper is not None and alive(keeper):
        return keeper.phase
    # It may have written its last record and left between the two looks.
    return "ended" if (folder / records.EXIT).exists() else "orphaned"


def request_stop(folder: Path, who: str, why: str = "") -> None:
    """Ask the keeper to end the run; the request stays in the folder, for a keeper that comes later too."""
    path = folder / records.STOP
    if not path.exists():
        records.write(path, StopRequest(who=who, why=why, at=time.time()))
    keeper = read_keeper(folder)
    if keeper is not None and keeper.boot == boot_id():
        send(keeper.pid, keeper.start, signal.SIGTERM)


def close_as_lost(folder: Path, why: str) -> Exit:
    """Write the exit record of a run that died with its keeper, and kill what is left of its processes.

    Raises:
        SandboxError: its keeper is alive, or something of it could not be killed.
    """
    existing = read_exit(folder)
    if existing is not None:
        return existing
    keeper = read_keeper(folder)
    if keeper is not None and alive(keeper):
        raise SandboxError("The run is not lost: its keeper is alive; stop the run instead")
    return close_lost(folder, keeper, why)


def _hand_over(folder: Path, line: str, pid: int, orders: int) -> bool:
    """Give the run to a waiting keeper; False when that one is dead."""
    try:
        if start_time(pid) is None:
            return False
        # On its behalf and before it knows: from here on the run has a keeper, whatever happens to the engine.
        _note_keeper(folder, pid)
        os.write(orders, os.fsencode(line) + b"\n")
    except BrokenPipeError:
        return False
    finally:
        os.close(orders)
    return True


def _note_keeper(folder: Path, pid: int) -> None:
    record = KeeperRecord(pid=pid, start=start_time(pid) or 0, boot=boot_id(), phase="starting")
    try:
        records.write(folder / records.KEEPER, record, durable=False)
    except OSError as error:
        raise _not_writable(folder, error) from error


def _not_writable(folder: Path, error: OSError) -> SandboxError:
    return SandboxError(
        f"{folder} cannot be written ({error.strerror}); free space, or move the state with --state-dir"
    )


def _spawn(arguments: list[str], orders: int | None = None) -> int:
    """Start a keeper in a session of its own and return its pid.

    Raises:
        SandboxError: the system has no room for another process.
    """
    standard_input = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0) if orders is None else (os.POSIX_SPAWN_DUP2, orders, 0)
    )
    output = [(os.POSIX_SPAWN_OPEN, number, os.devnull, os.O_WRONLY, 0) for number in (1, 2)]
    command = [sys.executable, "-I", "-m", "sandbox.keeper", *arguments]
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    try:
        pid = os.posix_spawn(
            sys.executable, command, environment, file_actions=[standard_input, *output], setsid=True, setsigmask=[]
        )
    except OSError as error:
        raise SandboxError(
            f"No keeper could be started ({error.strerror}); end some processes and try again"
        ) from error
    _children.add(pid)
    return pid
