"""Windows of a log by byte offset, holes and truncation included."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.logtail import Window, read_from, tail


def test_no_log_yet_is_an_empty_window(tmp_path: Path) -> None:
    assert tail(tmp_path / "stdout.log", 100) == Window(b"", 0, 0)
    assert read_from(tmp_path / "stdout.log", 0, 100) == Window(b"", 0, 0)


@pytest.mark.parametrize(("size", "want"), [(4, Window(b"6789", 6, 10)), (100, Window(b"0123456789", 0, 10))])
def test_tail_is_the_last_bytes(tmp_path: Path, size: int, want: Window) -> None:
    log = tmp_path / "stdout.log"
    log.write_bytes(b"0123456789")
    assert tail(log, size) == want


def test_reading_goes_on_where_it_stopped(tmp_path: Path) -> None:
    log = tmp_path / "stdout.log"
    log.write_bytes(b"one\n")
    first = read_from(log, 0, 100)
    with log.open("ab") as file:
        file.write(b"two\nthree\n")
    second = read_from(log, first.end, 4)
    assert (first.data, second.data) == (b"one\n", b"two\n")
    assert read_from(log, second.end, 100).data == b"three\n"
    assert read_from(log, 14, 100) == Window(b"", 14, 14)


def test_a_log_that_got_shorter_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "stdout.log"
    log.write_bytes(b"new")
    assert read_from(log, 500, 100) == Window(b"new", 0, 3)


def test_windows_leave_the_dropped_middle_out(tmp_path: Path) -> None:
    log = tmp_path / "stdout.log"
    with log.open("wb") as file:
        file.write(b"a" * 4096)
        file.seek(1 << 20)
        file.write(b"z" * 100)
    head = read_from(log, 0, 1 << 21)
    assert head == Window(b"a" * 4096, 0, 4096)
    # The next window begins further on than it was asked for: that many bytes are gone.
    assert read_from(log, head.end, 1 << 21) == Window(b"z" * 100, 1 << 20, (1 << 20) + 100)
    assert tail(log, 1 << 21) == Window(b"z" * 100, 1 << 20, (1 << 20) + 100)


def test_a_link_in_place_of_the_log_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "stdout.log").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic"):
        tail(tmp_path / "stdout.log", 100)
    # The neighbour: the same bytes as a plain file are read.
    assert tail(tmp_path / "secret", 100).data == b"secret"
