"""Which user a run is.

An ordinary user's runs keep their uid. Where the host user is root, a run gets a uid that no account has: as uid 0 it
could leave files behind that give root to whoever starts them.
"""

from __future__ import annotations

import grp
import hashlib
import os
import pwd

_FIRST, _LAST = 60706, 61183
"""systemd's table of uids calls this range unused: above those of home folders, below those of dynamic services."""


def run_user(workspace: str) -> tuple[int, int]:
    """Host uid and gid of the runs of a workspace; the same for all, so that a later one can read kept files."""
    if os.getuid() != 0:
        return os.getuid(), os.getgid()
    span = _LAST - _FIRST + 1
    start = int.from_bytes(hashlib.sha256(workspace.encode()).digest()[:4], "big")
    reserved = (_FIRST + (start + step) % span for step in range(span))
    uid = next((uid for uid in reserved if not _has_account(uid)), _LAST)
    return uid, uid


def _has_account(number: int) -> bool:
    for look_up in (pwd.getpwuid, grp.getgrgid):
        try:
            look_up(number)
        except KeyError:
            continue
        return True
    return False
