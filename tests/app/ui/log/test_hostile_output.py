"""What a run prints when it goes wrong, through the real pipe onto a real terminal: shown, cut, and kept whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.ui.log.rows import MAX_WIDTH
from sandbox.logpipe import LogPipe

from ..conftest import Study  # noqa: TID252
from ..test_terminal import SCREEN, Terminal, terminal  # noqa: TID252

LINE = 1 << 20
KEPT = {
    "invalid UTF-8": (b"before \xff\xfe\xc3( after\n", "before ‹fffd›‹fffd›‹fffd›( after"),
    "UTF-16": ("sixteen\n".encode("utf-16-le"), "s"),
    "binary": (bytes(range(256)) * 40 + b"\nbehind it\n", "behind it"),
    "a redrawn bar": (b"".join(b"\r%3d%%|####" % n for n in range(101)), "100%|####"),
    "many lines": (b"".join(b"row %07d\n" % n for n in range(200_000)), "row 0199999"),
    "lines of 1 MiB": (b"".join(b"%04d" % n + b"z" * LINE + b"\n" for n in range(20)), "0019zzzz"),
    "a line of 24 MiB": (b"y" * (24 * LINE), "yyyyyyyy"),
}


@contextmanager
def printed(study: Study, data: bytes) -> Iterator[Path]:
    """The log of run 1 once a run has printed these bytes into its pipe."""
    folder = study.paths.run(1)
    os.mkfifo(folder / "log")
    (folder / "stdout.log").unlink()
    pipe = LogPipe(folder / "log", folder / "stdout.log", 1 << 30, lambda: None)
    with (folder / "log").open("r+b", buffering=0) as run:
        view = memoryview(data)
        while view:
            view = view[run.write(view) :]
        pipe.finish()
        yield folder / "stdout.log"


def press(found: Terminal, keys: str) -> None:
    """Press keys."""
    os.write(found.master, keys.encode())


@pytest.mark.parametrize("kind", KEPT)
def test_it_is_shown_and_the_file_is_what_was_printed(study: Study, kind: str) -> None:
    data, shown = KEPT[kind]
    with printed(study, data) as log:
        with terminal(SCREEN, str(study.paths.workspace)) as found:
            found.wait_for("leaky slope")
            press(found, "5f")
            found.wait_for(shown)
            press(found, "q")
            assert found.gone_within(5.0)
        assert log.read_bytes() == data


def test_the_end_of_a_cut_line_says_so(study: Study) -> None:
    with printed(study, b"y" * LINE + b"\nwhole line\n"), terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        press(found, "5f")
        found.wait_for("whole line")
        press(found, "w")
        found.wait_for("y…")
        assert "whole line…" not in found.text and "whole line" in found.text
        shown = sum(row.count("y") for row in found.text.splitlines() if "yyyy" in row or "y…" in row)
        assert shown == MAX_WIDTH


def test_what_passes_by_a_paused_log_is_counted(study: Study) -> None:
    with printed(study, b"first\n") as log, terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        press(found, "5f")
        found.wait_for("following")
        press(found, "s")
        found.wait_for("paused")
        with log.open("ab") as more:
            more.write(b"more\n" * 123_456)
        found.wait_for("+123,456 new")
