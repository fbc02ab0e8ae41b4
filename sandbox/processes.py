"""Which process is meant: a pid alone is not an identity, since pids are used again."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.records import KeeperRecord


@cache
def boot_id() -> str:
    """Identity of this boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_time(pid: int) -> int | None:
    """Clock ticks between boot and the start of the process; None when it is gone or only a zombie."""
    fields = _stat(pid)
    if fields is None or fields[0] in ("Z", "X"):
        return None
    return int(fields[19])


def session(pid: int) -> int | None:
    """Session of the process, or None when it is gone."""
    fields = _stat(pid)
    return None if fields is None else int(fields[3])


def _stat(pid: int) -> list[str] | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may itself contain spaces and parentheses.
    return text[text.rindex(")") + 2 :].split()


def alive(record: KeeperRecord) -> bool:
    """Whether exactly this keeper is still there."""
    return record.boot == boot_id() and start_time(record.pid) == record.start


def send(pid: int, start: int, number: signal.Signals) -> bool:
    """Signal exactly this process; False when it is gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    try:
        # The descriptor holds the process, so a start time read after it was opened belongs to the same one.
        if start_time(pid) != start:
            return False
        signal.pidfd_send_signal(descriptor, number)
    except ProcessLookupError:
        return False
    finally:
        os.close(descriptor)
    return True


def members(leader: int, leader_start: int) -> dict[int, int]:
    """Living processes (pid -> start time) of the session that `leader` opened, the leader included."""
    own = start_time(leader)
    if own is not None and own != leader_start:
        # The pid was given to somebody else, whose session this would be.
        return {}
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and session(int(entry.name)) == leader:
            start = start_time(int(entry.name))
            if start is not None and start >= leader_start:
                found[int(entry.name)] = start
    return found


def marked(variable: str) -> dict[int, int]:
    """Living processes (pid -> start time) that were started with `variable`, given as NAME=VALUE.

    This finds children that left the session of their run, unless they also changed their environment.
    """
    wanted = os.fsencode(variable)
    found: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            variables = (entry / "environ").read_bytes().split(b"\0")
        except OSError:
            # It has ended, or belongs to somebody else and is then not ours to kill.
            continue
        start = start_time(int(entry.name))
        if wanted in variables and start is not None:
            found[int(entry.name)] = start
    return found


def kill_session(leader: int, leader_start: int, patience: float = 5.0) -> bool:
    """Kill every process of a session, also those started meanwhile; True when none is left."""
    return kill_all(lambda: members(leader, leader_start), patience)


def kill_all(find: Callable[[], dict[int, int]], patience: float = 5.0) -> bool:
    """Kill what `find` finds (pid -> start time) until it finds nothing more; False when that takes too long."""
    until = time.monotonic() + patience
    while found := find():
        for pid, start in found.items():
            send(pid, start, signal.SIGKILL)
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
