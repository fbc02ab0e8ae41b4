"""The way from the FIFO to a capped log: head and tail kept, the middle punched out, drops counted."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from sandbox.logpipe import LogPipe


class Piped:
    """A log pipe with a writer that behaves like a run: it opens the FIFO for reading and writing."""

    def __init__(self, place: Path, cap: int = 1 << 30, log: Path | None = None) -> None:
        self.log = log or place / "stdout.log"
        self.fifo = place / "log"
        if not self.fifo.exists():
            os.mkfifo(self.fifo)
        self.silent = threading.Event()
        self.pipe = LogPipe(self.fifo, self.log, cap, self.silent.set)

    def write(self, data: bytes) -> None:
        with self.fifo.open("r+b", buffering=0) as writer:
            view = memoryview(data)
            while view:
                view = view[writer.write(view) :]

    def finish(self) -> None:
        self.pipe.finish()


def test_bytes_arrive_unchanged_and_the_end_is_noticed(tmp_path: Path) -> None:
    piped = Piped(tmp_path)
    data = bytes(range(256)) * 4000
    piped.write(data)
    assert piped.silent.wait(5)
    piped.finish()
    assert piped.log.read_bytes() == data
    assert (piped.pipe.size, piped.pipe.dropped_bytes, piped.pipe.trouble) == (len(data), 0, "")


def test_a_second_writer_after_a_silence_is_heard(tmp_path: Path) -> None:
    piped = Piped(tmp_path)
    piped.write(b"first\n")
    assert piped.silent.wait(5)
    piped.write(b"second\n")
    piped.finish()
    assert piped.log.read_bytes() == b"first\nsecond\n"


@pytest.mark.parametrize("cap", [1, 10_000, 64 << 10, 1 << 20])
def test_the_cap_holds_on_disk_and_offsets_stay(tmp_path: Path, cap: int) -> None:
    piped = Piped(tmp_path, cap)
    data = b"".join(b"line %08d\n" % number for number in range(200_000))
    piped.write(data)
    assert piped.silent.wait(10)
    piped.finish()
    pipe, log = piped.pipe, piped.log.read_bytes()
    begin, end = pipe.dropped_from, pipe.dropped_from + pipe.dropped_bytes
    assert len(log) == len(data) == pipe.size
    assert log[:begin] == data[:begin]
    assert log[end:] == data[end:]
    assert set(log[begin:end]) == {0}
    assert piped.log.stat().st_blocks * 512 <= max(cap, 8192) + 8192
    assert len(data) - pipe.dropped_bytes >= min(cap, len(data))


def test_another_keeper_goes_on_behind_what_is_there(tmp_path: Path) -> None:
    first = Piped(tmp_path, 64 << 10)
    first.write(b"a" * 500_000)
    assert first.silent.wait(5)
    first.finish()
    second = Piped(tmp_path, 64 << 10)
    second.write(b"b" * 500_000)
    assert second.silent.wait(5)
    second.finish()
    log = second.log.read_bytes()
    assert (len(log), log[:1], log[-1:]) == (1_000_000, b"a", b"b")
    assert second.pipe.dropped_bytes >= 1_000_000 - (64 << 10) - 4096
    assert second.log.stat().st_blocks * 512 <= (64 << 10) + 8192


def test_a_log_that_cannot_be_written_never_blocks_the_run(tmp_path: Path) -> None:
    piped = Piped(tmp_path, log=Path("/dev/full"))
    # Far more than a pipe holds: the writer would hang if nobody took it.
    writer = threading.Thread(target=piped.write, args=(b"x" * 1_000_000,), daemon=True)
    writer.start()
    writer.join(10)
    assert not writer.is_alive()
    assert piped.silent.wait(5)
    assert piped.pipe.dropped_bytes == 1_000_000
    assert os.strerror(errno.ENOSPC) in piped.pipe.trouble


def test_without_the_pipe_such_a_writer_hangs(tmp_path: Path) -> None:
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    descriptor = os.open(fifo, os.O_RDWR | os.O_NONBLOCK)
    with pytest.raises(BlockingIOError):
        for _ in range(100):
            os.write(descriptor, b"x" * 65536)
    os.close(descriptor)
