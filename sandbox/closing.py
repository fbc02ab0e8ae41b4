"""The last acts of a run's folder: what only the running needed is removed, then the exit record is written."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

from sandbox import ending, private_copy, records
from sandbox.base import Exit, SandboxError
from sandbox.processes import boot_id, kill_all, kill_session, marked
from sandbox.records import KeeperRecord, StopRequest

_RESERVE = ".reserve"
_RESERVE_BYTES = 64 << 10


def reserve(folder: Path) -> None:
    """Set space aside, so that the exit record can still be written when the disk is full."""
    with (folder / _RESERVE).open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, _RESERVE_BYTES)


def write_exit(folder: Path, record: Exit) -> Exit:
    """Remove the private copy, what backends mounted and the FIFO, and write the exit record, durably and last.

    Returns:
        The record as written; it says so where something could not be removed.
    """
    for name in ("work", "mounts"):
        try:
            private_copy.remove(folder / name)
        except SandboxError as error:
            record = replace(record, facts={**record.facts, "left over": str(error)})
    (folder / "log").unlink(missing_ok=True)
    (folder / _RESERVE).unlink(missing_ok=True)
    records.write(folder / records.EXIT, record)
    return record


def stop_request(folder: Path) -> StopRequest | None:
    """Who asked for the end of the run, if somebody did."""
    try:
        return records.read(folder / records.STOP, StopRequest)
    except SandboxError:
        # Made by hand (`touch stop`): its presence is the request.
        return StopRequest(who="a stop file without a name")


def close_lost(folder: Path, before: KeeperRecord | None, why: str) -> Exit:
    """Write the exit record of a run that has no keeper and is not to be found; kills what is left of its processes.

    Raises:
        SandboxError: processes of the run could not be killed.
    """
    if before is None:
        return write_exit(folder, _lost(folder, KeeperRecord(pid=0, start=0, boot="", phase="starting"), why))
    if before.boot == boot_id():
        _kill_left_over(folder, before.identity)
    return write_exit(folder, _lost(folder, before, why))


def _lost(folder: Path, before: KeeperRecord, why: str) -> Exit:
    request = stop_request(folder)
    cause = ending.stopped(request) if request is not None else ending.lost(why)
    log = folder / "stdout.log"
    return Exit(
        reason=cause.reason,
        detail=cause.detail,
        code=None,
        started=before.started,
        ended=time.time(),
        log_bytes=log.stat().st_size if log.exists() else 0,
        dropped_bytes=before.dropped_bytes,
        dropped_from=before.dropped_from,
        backend=before.backend or _approved_backend(folder),
    )


def _approved_backend(folder: Path) -> str:
    try:
        return records.read_spec(folder).backend
    except SandboxError:
        return ""


def _kill_left_over(folder: Path, identity: dict[str, str]) -> None:
    pid, start = identity.get("pid", ""), identity.get("start", "")
    if not pid.isdigit() or not start.isdigit():
        return
    session_ended = kill_session(int(pid), int(start))
    # Without isolation, a child may have opened a session of its own; every run knows its own `out/`.
    if not (kill_all(lambda: marked(f"MLRC_OUT={folder / 'out'}")) and session_ended):
        raise SandboxError(f"Processes of the run in {folder} could not be killed; end process {pid} by hand")
