"""How a run ended, in words: one sentence for the reader with the next action where there is one."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from sandbox.base import Limits, Outcome, Reason
from sandbox.records import StopRequest

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Ending:
    """A reason and its sentence."""

    reason: Reason
    detail: str


def by_itself(outcome: Outcome, limits: Limits) -> Ending:
    """The end of a run that nobody stopped."""
    if outcome.out_of_memory or "out of memory" in outcome.facts:
        # Also with exit code 0: a killed child can leave a parent which knows nothing of what is missing.
        return out_of_memory(limits)
    if outcome.code == 0:
        return Ending("finished", "The run finished.")
    if outcome.signal is not None:
        return Ending("failed", f"The run was ended by {_signal_name(outcome.signal)}; see the end of its log.")
    if outcome.code is None:
        return Ending("lost", "The run is gone and left no exit code; start it again.")
    return Ending("failed", f"The command ended with exit code {outcome.code}; see the end of its log.")


def out_of_memory(limits: Limits) -> Ending:
    """The memory limit was hit."""
    size = limits.memory_bytes // _MIB
    return Ending(
        "out of memory", f"A process of the run needed more than its {size} MiB of memory; raise memory_mb or use less."
    )


def timeout(limits: Limits) -> Ending:
    """The wall clock ran out."""
    return Ending("timeout", f"Stopped after {limits.wall_seconds:g} s, its time limit; raise wall_seconds or do less.")


def stopped(request: StopRequest) -> Ending:
    """Somebody asked for the end."""
    return Ending("stopped", f"Stopped by {request.who}{': ' + request.why if request.why else ''}.")


def disk_limit(limits: Limits, used: int) -> Ending:
    """The run wrote more than it may."""
    return Ending(
        "disk full",
        f"Stopped with {used // _MIB} MiB on disk, over its limit of {limits.disk_bytes // _MIB} MiB;"
        " raise disk_mb or write less.",
    )


def disk_too_deep() -> Ending:
    """What the run wrote cannot be measured."""
    return Ending("disk full", "Stopped because it nested folders too deep to be measured; write flatter paths.")


def host_disk_full(free: int) -> Ending:
    """The file system of the state folder is nearly full."""
    return Ending(
        "disk full",
        f"Stopped because only {free // _MIB} MiB are free on the disk of the runs; free space, then rerun.",
    )


def refused(why: str) -> Ending:
    """It was never started."""
    return Ending("refused", why)


def lost(why: str) -> Ending:
    """Nobody looked after it when it ended."""
    return Ending("lost", f"{why.rstrip('.')}. Its results are not complete; start the run again.")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
