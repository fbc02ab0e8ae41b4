"""The way of a run's output into `stdout.log`: a FIFO, moved inside the kernel, with a cap that never stops the run.

The experiment writes into a FIFO and cannot touch what was written. A thread splices it to the log and notes when
(`sandbox.logtimes`, a file beside the FIFO). At the cap the middle of the log is punched out, so offsets stay valid for
every reader. Where the log cannot be written (full disk), the bytes are counted and thrown away: a run must never hang
because nobody takes its output.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sandbox import logtimes

_BLOCK = 4096
_PIECE = 1 << 20
_KEEP_SIZE, _PUNCH_HOLE = 0x01, 0x02
_IDLE_SECONDS = 0.02
_DRAIN_SECONDS = 5.0


class LogPipe:
    """Moves a FIFO into a log until it is finished; reads its counters from any thread.

    Args:
        pipe: the FIFO, which the run opens for reading and writing.
        log: the file to append to; made when missing.
        cap: bytes of the log to keep on disk, half from its head and half from its end.
        on_silence: called when the last writer has closed the FIFO, which usually means that the run has ended.
    """

    def __init__(self, pipe: Path, log: Path, cap: int, on_silence: Callable[[], None]) -> None:
        self._on_silence = on_silence
        self._head = max(_BLOCK, cap // 2 // _BLOCK * _BLOCK)
        self._tail = max(_BLOCK, cap - self._head)
        # Punching is a system call per slack, so a long log is not punched for every line.
        self._slack = max(_BLOCK, min(cap // 8, 64 << 20))
        self._source = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self._times = logtimes.TimesLog(pipe.with_name(logtimes.FILE))
        # Not O_APPEND, which splice refuses.
        self.size = os.lseek(self._log, 0, os.SEEK_END)
        """Bytes that the run printed, dropped ones included."""
        self.trouble = ""
        """Why bytes were lost that the cap would have kept; empty where none were."""
        self._punched = self._head
        self._can_punch = True
        self._lost = 0
        self._lost_from: int | None = None
        self._splices = True
        self._wake_read, self._wake_write = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._finish_by: float | None = None
        self._thread = threading.Thread(target=self._pump, name="log pipe", daemon=True)
        self._thread.start()

    @property
    def dropped_bytes(self) -> int:
        """Bytes of the log that are not on disk."""
        return self._lost + self._punched - self._head

    @property
    def dropped_from(self) -> int:
        """Offset where the dropped bytes begin; 0 where none are dropped."""
        begins = [] if self._lost_from is None else [self._lost_from]
        if self._punched > self._head:
            begins.append(self._head)
        return min(begins, default=0)

    def continue_after(self, dropped_bytes: int, dropped_from: int) -> None:
        """Take over what an earlier keeper lost because the disk was full (holes at the cap are found again here)."""
        if dropped_bytes and dropped_from != self._head:
            self._lost, self._lost_from = dropped_bytes, dropped_from

    def finish(self) -> None:
        """Take what is still in the FIFO, cut the log to its cap and make it durable; the run must have ended."""
        self._finish_by = time.monotonic() + _DRAIN_SECONDS
        os.write(self._wake_write, b"x")
        self._thread.join()
        self._punch(slack=0)
        if self._lost:
            os.ftruncate(self._log, self.size)
        os.fsync(self._log)
        for descriptor in (self._source, self._log, self._wake_read, self._wake_write):
            os.close(descriptor)
        self._times.close()

    def _pump(self) -> None:
        poller = select.poll()
        poller.register(self._source, select.POLLIN)
        poller.register(self._wake_read, select.POLLIN)
        silent = False
        while True:
            events = dict(poller.poll())
            if events.get(self._source, 0) & select.POLLIN:
                silent = False
                moved = self._move()
            else:
                moved = 0
            if self._finish_by is not None and (not moved or time.monotonic() > self._finish_by):
                return
            if events.get(self._source) == select.POLLHUP and not silent:
                silent = True
                self._on_silence()
            if silent and not moved:
                # A FIFO without writers reports that at every poll; wait for the end of the run or another writer.
                select.select([self._wake_read], [], [], _IDLE_SECONDS)

    def _move(self) -> int:
        """Bytes taken out of the FIFO by one step."""
        before = self.size
        moved = self._moved()
        if moved:
            self._times.note(time.time(), before)
        return moved

    def _moved(self) -> int:
        try:
            moved = self._copy() if not self._stopped() else self._drop()
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno == errno.EINVAL and self._splices:
                self._splices = False
                return self._moved()
            self.trouble = f"the log could not be written for a time: {error.strerror}"
            moved = self._drop()
        self._punch(self._slack)
        return moved

    def _copy(self) -> int:
        if self._splices:
            moved = os.splice(self._source, self._log, _PIECE, flags=os.SPLICE_F_NONBLOCK | os.SPLICE_F_MOVE)
        else:
            moved = self._write(os.read(self._source, _PIECE))
        self.size += moved
        return moved

    def _write(self, data: bytes) -> int:
        """Write bytes that are already out of the FIFO; what does not fit is lost and counted."""
        view = memoryview(data)
        while view:
            try:
                view = view[os.write(self._log, view) :]
            except OSError as error:
                self.trouble = f"the log could not be written for a time: {error.strerror}"
                self._lose(len(view))
                break
        return len(data)

    def _drop(self) -> int:
        data = os.read(self._source, _PIECE)
        self._lose(len(data))
        self.size += len(data)
        return len(data)

    def _lose(self, count: int) -> None:
        # Offsets stay those of what was printed: the lost bytes are a hole, which costs no space.
        position = os.lseek(self._log, count, os.SEEK_CUR)
        if count and self._lost_from is None:
            self._lost_from = position - count
        self._lost += count

    def _stopped(self) -> bool:
        """At the cap on a file system without holes: the head is all that can be kept."""
        return not self._can_punch and self.size >= self._head + self._tail

    def _punch(self, slack: int) -> None:
        end = (self.size - self._tail) // _BLOCK * _BLOCK
        if not self._can_punch or end - self._punched < max(slack, _BLOCK):
            return
        # From the head on, not only the new part: an earlier keeper may have died between two punches.
        if _fallocate(self._log, _PUNCH_HOLE | _KEEP_SIZE, self._head, end - self._head):
            self._punched = end
        else:
            self._can_punch = False


def _fallocate(descriptor: int, mode: int, offset: int, length: int) -> bool:
    """False where the file system cannot punch holes."""
    if _libc.fallocate(descriptor, mode, ctypes.c_int64(offset), ctypes.c_int64(length)) == 0:
        return True
    number = ctypes.get_errno()
    if number in (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL):
        return False
    raise OSError(number, os.strerror(number))


_libc = ctypes.CDLL(None, use_errno=True)
