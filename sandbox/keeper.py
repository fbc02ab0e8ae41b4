"""`python -I -m sandbox.keeper`: the host process that owns one run, from its start to its exit record.

It survives the engine and every terminal. Three ways to start it:

    keeper --spare [BACKEND]   imports everything, then waits for one line with a run's folder; at end of file it leaves
    keeper FOLDER              starts the prepared run in FOLDER
    keeper --adopt FOLDER      takes over a run whose keeper died

Where something unforeseen happens, its traceback is in FOLDER/keeper.log and the run counts as orphaned.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
from pathlib import Path

from sandbox.base import Exit, Sandbox
from sandbox.supervision import Bell, Supervision

_SETTLE_SECONDS = 1.0


def main(arguments: list[str]) -> int:
    """Do what the command line says; the exit status is 0 where an exit record was written, or no run was given."""
    bell = Bell()
    _ignore_terminal(bell)
    adopt = arguments[0] == "--adopt"
    if arguments[0] == "--spare":
        line = _wait_for_folder(arguments[1] if len(arguments) > 1 else None)
        if not line:
            return 0
        folder = Path(line)
    else:
        folder = Path(arguments[-1])
    _leave_terminal(folder)
    return look_after(folder, bell, adopt=adopt)


def look_after(folder: Path, bell: Bell, *, adopt: bool = False) -> int:
    """Be the keeper of the run in `folder` until its exit record is written."""
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        # Another keeper has it; two of them would tear the log apart.
        return 1
    try:
        _run(folder, bell, adopt)
    finally:
        os.close(lock)
    return 0


def _run(folder: Path, bell: Bell, adopt: bool) -> Exit:
    from sandbox import closing, records
    from sandbox.registry import backends

    spec = records.read_spec(folder)
    sandbox: Sandbox | None = backends().get(spec.backend)
    if sandbox is None:
        why = f"There is no sandbox backend named {spec.backend!r} in this version; choose another one."
        return closing.write_exit(folder, Exit(reason="refused", detail=why, code=None, backend=spec.backend))
    supervision = Supervision(folder, spec, sandbox, bell)
    return supervision.resume(records.read_keeper(folder)) if adopt else supervision.run()


def _ignore_terminal(bell: Bell) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A spare ignores it too: between the hand-over and the first look at the stop file a run must not get lost.
    signal.signal(signal.SIGTERM, lambda *_: bell.ring())


def _wait_for_folder(backend: str | None) -> str:
    # The engine orders a new spare while a run is starting: leave the processor to that run, unless needed at once.
    ready, _, _ = select.select([0], [], [], _SETTLE_SECONDS)
    if not ready:
        _warm(backend)
    with os.fdopen(os.dup(0), encoding="utf-8", errors="surrogateescape") as orders:
        return orders.readline().removesuffix("\n")


def _warm(backend: str | None) -> None:
    """Import what every run needs and connect to the engine that is likely to be used."""
    from sandbox import closing, records  # noqa: F401
    from sandbox.registry import backends

    sandbox = backends().get(backend or "")
    if sandbox is not None:
        sandbox.probe()


def _leave_terminal(folder: Path) -> None:
    """Nothing of the engine is needed any more: not its pipe, its folder, or its output."""
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    log = os.open(folder / "keeper.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    for source, target in ((null, 0), (log, 1), (log, 2)):
        os.dup2(source, target)
    os.close(null)
    os.close(log)


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main(sys.argv[1:]))
