"""A program in a terminal of its own: what it wrote and when, and what a person would have seen at that time."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyte

COLUMNS, ROWS = 200, 50
END_PATIENCE_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes that came together."""

    after: float
    """Seconds since the program was executed."""
    data: bytes


class Terminal:
    """A program started in a pty of 200x50 cells. Use as a context manager: the program is gone afterwards.

    Nothing is interpreted while it runs, so that this side takes next to no processor time from the program.
    """

    def __init__(self, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
        environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", **variables}
        for name in ("COLUMNS", "LINES"):
            environment.pop(name, None)
        self.started = time.monotonic()
        self.pid, self._screen = pty.fork()
        if self.pid == 0:
            _become(command, folder, environment)
        self.chunks: list[Chunk] = []
        self._emulator = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._emulator)
        self._followed = 0
        """Chunks that the emulator has seen."""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def read_for(self, seconds: float) -> int:
        """Read for so long; returns the number of bytes."""
        end = time.monotonic() + seconds
        return self._read(lambda now, _last: now >= end)

    def read_until_quiet(self, quiet: float, patience: float) -> int:
        """Read until something came and then nothing for `quiet` seconds; returns the number of bytes."""
        end = time.monotonic() + patience
        return self._read(lambda now, last: now >= end or (bool(self.chunks) and now - last >= quiet))

    def _read(self, enough: Callable[[float, float], bool]) -> int:
        count, last = 0, time.monotonic()
        while not enough(time.monotonic(), last):
            ready, _, _ = select.select([self._screen], [], [], 0.05)
            if not ready:
                continue
            try:
                data = os.read(self._screen, 1 << 16)
            except OSError:
                # Linux reports the end of the other side as an error.
                return count
            last = time.monotonic()
            self.chunks.append(Chunk(last - self.started, data))
            count += len(data)
        return count

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._screen, keys.encode())

    def take(self, count: int) -> int:
        """Read at most so many bytes that are there already; returns how many."""
        if not select.select([self._screen], [], [], 0)[0]:
            return 0
        data = os.read(self._screen, count)
        self.chunks.append(Chunk(time.monotonic() - self.started, data))
        return len(data)

    def resize(self, columns: int, rows: int) -> None:
        """Give the window another size."""
        fcntl.ioctl(self._screen, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def answered(self, keys: str, wanted: bytes, patience: float) -> float:
        """Press keys; seconds until these bytes were written since, or `patience` where they never were."""
        first, end = len(self.chunks), time.monotonic() + patience
        typed = time.monotonic() - self.started
        self.type(keys)

        def written() -> bool:
            return wanted in b"".join(chunk.data for chunk in self.chunks[first:])

        self._read(lambda now, _last: now >= end or written())
        return self.chunks[-1].after - typed if written() else patience

    def shown(self, keys: str, wanted: str, patience: float) -> float:
        """Press keys; seconds until this text stands on the screen, or `patience` where it never does."""
        self._follow()
        end, typed = time.monotonic() + patience, time.monotonic() - self.started
        self.type(keys)

        def stands() -> bool:
            self._follow()
            return any(wanted in line for line in self._emulator.display)

        self._read(lambda now, _last: now >= end or stands())
        return self.chunks[-1].after - typed if stands() else patience

    def _follow(self) -> None:
        for chunk in self.chunks[self._followed :]:
            self._stream.feed(chunk.data)
        self._followed = len(self.chunks)

    def processor_seconds(self) -> float:
        """Processor time of the program so far, without what it started."""
        used = psutil.Process(self.pid).cpu_times()
        return float(used.user + used.system)

    def end(self) -> None:
        """End the program: by its terminal going away, then by force."""
        if self.pid == 0:
            return
        os.close(self._screen)
        deadline = time.monotonic() + END_PATIENCE_SECONDS
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                break
            time.sleep(0.01)
        self.pid = 0

    def seen_after(self, text: str) -> float | None:
        """Seconds from exec until this text stood on the screen; None where it never did."""
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        for chunk in self.chunks:
            stream.feed(chunk.data)
            if any(text in line for line in screen.display):
                return chunk.after
        return None

    def display(self) -> str:
        """What stands on the screen after all that was read."""
        screen = pyte.Screen(COLUMNS, ROWS)
        stream = pyte.ByteStream(screen)
        for chunk in self.chunks:
            stream.feed(chunk.data)
        return "\n".join(line.rstrip() for line in screen.display)


def _become(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> None:
    """In the child: take the size of the window, then turn into the program."""
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.chdir(folder)
        os.execve(command[0], list(command), dict(environment))
    finally:
        os._exit(127)
