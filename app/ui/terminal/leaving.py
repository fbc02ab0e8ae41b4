"""Leaving cleanly: on SIGHUP, SIGTERM and a terminal that is gone, within two seconds and without burning a core.

Textual restores the terminal only on its own exit, and its input thread spins at the end of input; so signals
become an exit, a hang-up is noticed by the kernel's own means, and a process that cannot finish is ended.
"""

from __future__ import annotations

import asyncio
import os
import select
import signal
import sys
import threading
from collections.abc import Callable

GRACE_SECONDS = 1.0


def leave_on_signals(leave: Callable[[int], None]) -> None:
    """Call `leave` with the exit code on SIGHUP and SIGTERM; needs a running event loop."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGHUP, signal.SIGTERM):
        loop.add_signal_handler(number, _leave, leave, 128 + number)


def leave_on_hangup(leave: Callable[[int], None]) -> None:
    """Notice that the terminal is gone even where SIGHUP is ignored (nohup, a lost pty)."""
    if not sys.__stdin__ or not sys.__stdin__.isatty():
        return
    loop, descriptor = asyncio.get_running_loop(), sys.__stdin__.fileno()

    def wait() -> None:
        poll = select.poll()
        # No events are asked for: only a hang-up or an error ends the wait, and waiting costs nothing.
        poll.register(descriptor, 0)
        poll.poll()
        _end_soon(128 + signal.SIGHUP)
        if not loop.is_closed():
            loop.call_soon_threadsafe(_leave, leave, 128 + signal.SIGHUP)

    threading.Thread(target=wait, name="hang-up", daemon=True).start()


def _leave(leave: Callable[[int], None], code: int) -> None:
    _end_soon(code)
    leave(code)


def _end_soon(code: int) -> None:
    # Writing to a terminal that is gone may block or fail anywhere; nothing of value is lost by a hard end.
    timer = threading.Timer(GRACE_SECONDS, os._exit, (code,))
    timer.daemon = True
    timer.start()
