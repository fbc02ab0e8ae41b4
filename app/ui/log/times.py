"""The times of a log's rows as the pane writes them, and the way from a time to a place in the log."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from sandbox.logtimes import offset_at, times_of

__all__ = ["KINDS", "WIDTH", "Kind", "offset_at", "stamps"]

Kind = Literal["", "clock", "elapsed"]
KINDS: tuple[Kind, ...] = ("", "clock", "elapsed")
"""What `t` goes through: no times, the time of day, the time since the run began."""
WIDTH = 10
"""Cells of a stamp and the gap behind it."""


def stamps(folder: Path, offsets: Sequence[int], kind: Kind, started: float) -> list[str]:
    """One stamp per offset, empty where its time is not known.

    Args:
        folder: of the run.
        offsets: where the rows begin in the log.
        kind: `clock` or `elapsed`.
        started: when the run began, Unix time.
    """
    return ["" if found is None else _stamp(found, kind, started) for found in times_of(folder, offsets)]


def _stamp(at: float, kind: Kind, started: float) -> str:
    if kind == "clock":
        return time.strftime("%H:%M:%S", time.localtime(at))
    whole = max(0, int(at - started))
    hours, rest = divmod(whole, 3600)
    return f"+{hours}:{rest // 60:02d}:{rest % 60:02d}" if hours else f"+{rest // 60}:{rest % 60:02d}"
