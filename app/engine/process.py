"""The engine as a process: start it detached, find it, know that it lives, hold its lock, wake it."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app import __version__
from app.paths import Paths, disk_is_full
from sandbox.processes import send, start_time

if TYPE_CHECKING:
    from app.engine.context import Context

BEAT_SECONDS = 2.0
SILENT_AFTER_SECONDS = 15.0
START_PATIENCE_SECONDS = 20.0
LOCK_PATIENCE_SECONDS = 0.5

_children: list[subprocess.Popen[bytes]] = []
"""Engines that this process started, kept so that those which end are reaped."""

_NETWORK_WORD = (
    "{} lies on a network file system: slower, and for one host at a time. Keep it on a local disk with --state-dir."
)


class EngineUnreachable(Exception):
    """No engine answers; the text says why and what to do."""


# the engine's side


@contextmanager
def locked(paths: Paths) -> Iterator[bool]:
    """Hold the workspace's lock; False where another engine has it."""
    paths.make()
    descriptor = os.open(paths.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _take(descriptor)
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    # A client that looks who is there holds the lock for microseconds; an engine holds it for good.
    deadline = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        else:
            return True


@contextmanager
def opened(paths: Paths) -> Iterator[tuple[Context, socket.socket]]:
    """Open journal, repository and store, listen for wake-ups, and say who we are."""
    from agents.offline import OfflineResearcher
    from app.engine import events as ev
    from app.engine.context import Context
    from app.engine.journal import Journal, on_network
    from sandbox import repository as repositories
    from sandbox.runs import KeeperPool
    from sandbox.store import Store

    check_bound(paths)
    journal = Journal.create(paths.journal)
    journal.back_up()
    state = journal.state()
    wake = _listen(paths)
    pool = KeeperPool(likely=next((run.backend for run in reversed(state.runs.values())), None))
    try:
        repository = repositories.inspect(paths.workspace)
        ctx = Context(
            paths=paths,
            journal=journal,
            state=state,
            repository=repository,
            store=Store.open(paths.state, repository),
            researcher=OfflineResearcher(),
            pool=pool,
        )
        if on_network(paths.journal):
            ctx.emit(ev.NoticeGiven(about="state folder", text=_NETWORK_WORD.format(paths.state)))
        ctx.emit(ev.EngineStarted(pid=os.getpid(), version=__version__, agent=ctx.researcher.name))
        _say_who(paths)
        yield ctx, wake
    finally:
        pool.close()
        paths.engine.unlink(missing_ok=True)
        paths.socket.unlink(missing_ok=True)
        wake.close()
        journal.close()


def _listen(paths: Paths) -> socket.socket:
    wake = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    paths.socket.unlink(missing_ok=True)
    with _short(paths.socket) as name:
        wake.bind(name)
    paths.socket.chmod(0o600)
    return wake


@contextmanager
def _short(path: Path) -> Iterator[str]:
    # A socket address holds 107 bytes; a deep workspace is reached through an open descriptor of its folder.
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def _say_who(paths: Paths) -> None:
    pid = os.getpid()
    who = {"pid": pid, "start": start_time(pid), "version": __version__, "host": socket.gethostname()}
    fresh = paths.engine.with_suffix(".new")
    fresh.write_text(json.dumps(who))
    fresh.replace(paths.engine)
    word(paths).unlink(missing_ok=True)


def beat(paths: Paths) -> None:
    """Say that the engine lives, at most every two seconds."""
    with contextlib.suppress(FileNotFoundError):
        if time.time() - paths.engine.stat().st_mtime >= BEAT_SECONDS:
            os.utime(paths.engine)


def word(paths: Paths) -> Path:
    """Where an engine that could not go on leaves its last sentence."""
    return paths.state / "engine.word"


def leave_word(paths: Paths, text: str) -> None:
    """The last sentence of an engine that could not go on; clients say one of their own where the disk takes none."""
    with contextlib.suppress(OSError):
        word(paths).write_text(text)


def check_bound(paths: Paths) -> None:
    """A copied workspace must not share runs and branches with the one it was copied from.

    Raises:
        JournalError: the state folder belongs to another folder.
    """
    from app.engine.journal import JournalError

    here = {"path": str(paths.workspace), "inode": paths.workspace.stat().st_ino}
    known = json.loads(paths.bound.read_text()) if paths.bound.exists() else here
    if known["inode"] != here["inode"] and known["path"] != here["path"]:
        raise JournalError(
            f"{paths.state} belongs to {known['path']} and was copied here. Work there, or make this copy a "
            "workspace of its own: "
            f"move {paths.state} away and run `mlrc init`."
        )
    if known != here or not paths.bound.exists():
        paths.bound.write_text(json.dumps(here))


# the clients' side


def running(paths: Paths) -> dict[str, Any] | None:
    """Who holds the engine's lock now; None for nobody."""
    try:
        descriptor = os.open(paths.lock, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _who(paths) or {"pid": 0, "version": __version__, "starting": True}
        return None
    finally:
        os.close(descriptor)


def _who(paths: Paths) -> dict[str, Any] | None:
    """Who the engine says it is; None where one that was killed said so, and the present one has not yet."""
    with contextlib.suppress(OSError, ValueError):
        who: dict[str, Any] = json.loads(paths.engine.read_text())
        elsewhere = who.get("host") != socket.gethostname()
        if elsewhere or start_time(who.get("pid", 0)) == who.get("start"):
            return who
    return None


def silent(paths: Paths) -> bool:
    """Whether a running engine has not given a sign of life for long (hung or stopped)."""
    try:
        return time.time() - paths.engine.stat().st_mtime > SILENT_AFTER_SECONDS
    except FileNotFoundError:
        return False


def ensure(paths: Paths) -> None:
    """Make sure that an engine of our version runs for this workspace.

    Raises:
        EngineUnreachable: it cannot be started, or one of another version holds the workspace.
    """
    who = _reached(paths)
    if who.get("version") != __version__:
        raise EngineUnreachable(
            f"An engine of version {who.get('version')} (pid {who.get('pid')}) works on this workspace, this "
            f"is {__version__}. "
            "Restart it with `mlrc stop --engine`; runs go on."
        )


def _reached(paths: Paths) -> dict[str, Any]:
    """Who is there, an engine that is starting included; started here where nobody is."""
    child: subprocess.Popen[bytes] | None = None
    deadline = time.monotonic() + START_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        # Asked before the look at the lock: another client's engine may have won it, and ours then left at once.
        ended = child is not None and child.poll() is not None
        who = running(paths)
        if who is not None and not who.get("starting"):
            return who
        if who is None and child is None:
            child = _start(paths)
        elif who is None and ended:
            raise EngineUnreachable(last_word(paths))
        time.sleep(0.02)
    raise EngineUnreachable(f"The engine did not start within {START_PATIENCE_SECONDS:.0f} s. See {paths.engine_log}.")


def _start(paths: Paths) -> subprocess.Popen[bytes]:
    word(paths).unlink(missing_ok=True)
    child = subprocess.Popen(
        [sys.executable, "-I", "-m", "app.engine.supervisor", str(paths.workspace), str(paths.state)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )
    _children[:] = [earlier for earlier in _children if earlier.poll() is None]
    _children.append(child)
    return child


def last_word(paths: Paths) -> str:
    """Why the engine is gone, in its own sentence where it could leave one."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        if said := word(paths).read_text():
            return said
    if disk_is_full(paths.state):
        return f"The engine ended: the disk of {paths.state} is full. Free space, then try again; nothing is lost."
    return f"The engine has ended without a word. See {paths.engine_log}, then try again."


def wake(paths: Paths) -> None:
    """Tell the engine that there is a command; it would find it by itself a little later."""
    with (
        contextlib.suppress(OSError),
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender,
        _short(paths.socket) as name,
    ):
        sender.sendto(b"!", name)


@contextmanager
def attended(paths: Paths) -> Iterator[None]:
    """Count as a client while inside: the engine does not leave for idleness."""
    folder = paths.state / "clients"
    folder.mkdir(mode=0o700, exist_ok=True)
    mark = folder / str(os.getpid())
    with mark.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)


def clients(paths: Paths) -> int:
    """How many clients are attached; marks of dead ones are cleared."""
    count = 0
    folder = paths.state / "clients"
    for mark in folder.iterdir() if folder.exists() else ():
        with contextlib.suppress(FileNotFoundError), mark.open("r+") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                count += 1
            else:
                mark.unlink(missing_ok=True)
    return count


def terminate(paths: Paths, who: dict[str, Any], patience: float = 10.0) -> None:
    """End the engine process that holds the lock; runs go on with their keepers.

    Raises:
        EngineUnreachable: it does not end.
    """
    if who.get("host", socket.gethostname()) != socket.gethostname():
        raise EngineUnreachable(f"The engine (pid {who['pid']}) runs on {who['host']}. Stop it there.")
    asked = 0
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        now = running(paths)
        if now is None:
            return
        if now["pid"] != asked and not now.get("starting"):
            asked = now["pid"]
            with contextlib.suppress(PermissionError):
                send(asked, now["start"], signal.SIGTERM)
        time.sleep(0.02)
    raise EngineUnreachable(
        f"The engine (pid {who['pid']}) did not stop within {patience:.0f} s. End it with `kill -9 "
        f"{who['pid']}`; nothing is lost."
    )
