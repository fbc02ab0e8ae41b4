"""What concerns the terminal of one screen: copying, suspending, coming back with what was typed and where one was."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.engine.process import locked
from app.ui import pace
from app.ui.app import CopilotApp
from app.ui.sender import Retry
from app.ui.terminal import clipboard

from .conftest import Study
from .test_terminal import SCREEN, Terminal, terminal

PASTE_END = "\x1b[201~"


def wait(found: Terminal, condition: object, what: str, seconds: float = 10.0) -> None:
    """Read until a condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, f"{what} did not come\n{found.text}"
        found.read(0.05)


# copy


def test_outside_tmux_the_terminal_gets_the_text_and_a_file_too(tmp_path: Path) -> None:
    told: list[str] = []
    said = clipboard.copy("one\ntwo\n", tmp_path, told.append, {"TERM": "xterm-256color"})
    assert said.startswith("Copied 2 lines through the terminal")
    assert told == ["\x1b]52;c;" + base64.b64encode(b"one\ntwo\n").decode() + "\x07"]
    assert (tmp_path / clipboard.FILE).read_text() == "one\ntwo\n"


@pytest.mark.parametrize(
    ("size", "way"), [(clipboard.TERMINAL_BYTES, "through the terminal"), (clipboard.TERMINAL_BYTES + 1, "more than")]
)
def test_what_is_too_long_for_a_terminal_goes_into_a_file(tmp_path: Path, size: int, way: str) -> None:
    told: list[str] = []
    assert way in clipboard.copy("x" * size, tmp_path, told.append, {"TERM": "xterm"})
    assert bool(told) == (size <= clipboard.TERMINAL_BYTES)
    assert len((tmp_path / clipboard.FILE).read_text()) == size


def test_a_terminal_that_takes_no_text_gets_none(tmp_path: Path) -> None:
    told: list[str] = []
    assert str(tmp_path) in clipboard.copy("x", tmp_path, told.append, {"TERM": "linux"})
    assert told == []


def test_nothing_that_acts_on_a_shell_is_copied(tmp_path: Path) -> None:
    said = clipboard.copy(f"ls{PASTE_END}\x03rm -r x\r\n", tmp_path, lambda _: None, {"TERM": "xterm"})
    assert "not the exact text" in said
    copied = (tmp_path / clipboard.FILE).read_text()
    assert not set(copied) & {"\x1b", "\x03", "\r"} and "rm -r x" in copied
    assert "not the exact text" not in clipboard.copy("tab\there", tmp_path, lambda _: None, {"TERM": "xterm"})


def test_inside_tmux_its_buffer_gets_the_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    socket = str(tmp_path / "tmux")
    subprocess.run(["tmux", "-S", socket, "-f", "/dev/null", "new-session", "-d", "sleep 60"], check=True)
    try:
        monkeypatch.setenv("TMUX", f"{socket},0,0")
        said = clipboard.copy("one\ntwo", tmp_path, None)
        shown = subprocess.run(["tmux", "-S", socket, "show-buffer"], capture_output=True, text=True, check=True)
    finally:
        subprocess.run(["tmux", "-S", socket, "kill-server"], check=False)
    assert said == "Copied 2 lines through tmux."
    assert shown.stdout == "one\ntwo"


def test_y_copies_what_the_focused_pane_shows(study: Study) -> None:
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"2Y")
        found.wait_for("Copied")
        wait(found, lambda: b"\x1b]52;c;" in found.raw, "the text")
    sent = found.raw.partition(b"\x1b]52;c;")[2].partition(b"\x07")[0]
    assert "leaky slope" in base64.b64decode(sent).decode()


# coming back


def test_half_typed_words_come_back_after_a_kill(study: Study) -> None:
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"2r")
        found.wait_for("why?")
        os.write(found.master, b"too close to")
        found.wait_for("too close to")
        wait(found, lambda: "too close to" in study.journal.draft("screen", "view"), "the draft")
        found.process.send_signal(signal.SIGKILL)
        found.process.wait()
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"r")
        found.wait_for("too close to")
        os.write(found.master, b"\x1b")
        wait(found, lambda: "why?" not in found.text, "the end of the question")
        os.write(found.master, b"r")
        wait(found, lambda: "why?" in found.text and "too close to" not in found.text, "the question, empty")


async def test_scrolled_panes_come_back_where_they_show_the_same(study: Study) -> None:
    async def opened(app: CopilotApp, y: int | None) -> int:
        async with app.run_test(size=(80, 18)) as pilot:
            await pilot.press("3")
            pane = app._main.panes["diff"]
            if y is not None:
                await pilot.pause(0.2)
                pane.jump(y)
            deadline = time.monotonic() + 5.0
            while not round(pane.scroll_y) and time.monotonic() < deadline:
                await asyncio.sleep(0.02)
            app._main.keep_view()
            return round(pane.scroll_y)

    def app() -> CopilotApp:
        return CopilotApp(study.paths, study.journal, ensure=lambda paths: None)

    assert await opened(app(), 5) == 5
    assert await opened(app(), None) == 5
    view = json.loads(study.journal.draft("screen", "view"))
    view["places"]["diff"][0] = "another step"
    study.journal.keep_draft("screen", "view", json.dumps(view))
    again = app()
    async with again.run_test(size=(80, 18)) as pilot:
        await pilot.pause(0.3)
        assert round(again._main.panes["diff"].scroll_y) == 0


# suspend


def test_ctrl_z_gives_the_shell_and_fg_brings_the_screen_back(study: Study) -> None:
    # A shell of its own with job control, as a person has it.
    pid, master = pty.fork()
    if pid == 0:
        os.environ.update(TERM="xterm-256color", PS1="SHELL> ", COLUMNS="", LINES="")
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    import fcntl
    import struct
    import termios

    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
    found = Terminal(subprocess.Popen(["true"]), master, (200, 50))
    try:
        found.wait_for("SHELL>")
        code = study.paths.workspace / "screen.py"
        code.write_text(SCREEN)
        os.write(master, f"{sys.executable} {code} {study.paths.workspace}\n".encode())
        found.wait_for("leaky slope")
        before = len(found.raw)
        os.write(master, b"\x1a")
        wait(found, lambda: b"Stopped" in found.raw[before:], "the shell")
        assert b"\x1b[?1049l" in found.raw[before:]
        back = len(found.raw)
        os.write(master, b"fg\n")
        wait(found, lambda: b"leaky slope" in found.raw[back:], "the screen")
        os.write(master, b"q")
        wait(found, lambda: found.raw[back:].count(b"\x1b[?1049l") >= 1, "the end")
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        found.process.wait()
        found.hang_up()


def test_without_a_shell_it_does_not_stop(study: Study) -> None:
    with terminal(SCREEN, str(study.paths.workspace), "controlling") as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"\x1a")
        found.wait_for("no shell to come back from")
        os.write(found.master, b"q")
        assert found.gone_within(3.0)


# pace and patience


@pytest.mark.parametrize(
    ("variables", "low"),
    [
        ({}, False),
        ({"SSH_CONNECTION": "a 1 b 22"}, True),
        ({"SSH_CONNECTION": "a 1 b 22", "MLRC_BANDWIDTH": "full"}, False),
        ({"MLRC_BANDWIDTH": "low"}, True),
        ({"SSH_CONNECTION": "a 1 b 22", "MLRC_BANDWIDTH": "auto"}, True),
    ],
)
def test_the_profile_follows_the_link_unless_it_is_chosen(
    study: Study, monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], low: bool
) -> None:
    for name in ("SSH_CONNECTION", "MLRC_BANDWIDTH"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert pace.chosen(study.paths) is (pace.LOW if low else pace.FULL)


def test_tries_come_at_once_then_later_and_later_until_all_is_well() -> None:
    now = 100.0
    retry = Retry(lambda: now)
    waits = []
    for _ in range(8):
        assert retry.due()
        retry.put_off()
        assert not retry.due()
        waits.append(retry.left())
        now += retry.left()
    assert waits == [2, 4, 8, 16, 32, 60, 60, 60]
    retry.put_off()
    retry.reset()
    assert retry.due()


# editor and end


def test_an_editor_that_crashes_leaves_the_screen_and_what_was_written(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "editor.sh"
    program.write_text('#!/bin/sh\nsed -i "s/three trials/nine trials/" "$1"\nkill -SEGV $$\n')
    program.chmod(0o755)
    monkeypatch.setenv("VISUAL", str(program))
    with terminal(SCREEN, str(study.paths.workspace), "controlling") as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"2e")
        found.wait_for("What you wrote is in")
        kept = Path(found.text.partition("What you wrote is in ")[2].split()[0].rstrip("."))
        os.write(found.master, b"q")
        assert found.gone_within(3.0)
    assert "nine trials" in kept.read_text()
    kept.unlink()
    assert study.journal.pending() == []


def test_an_editor_that_is_not_there_leaves_the_screen(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VISUAL", "/no/such/editor")
    with terminal(SCREEN, str(study.paths.workspace), "controlling") as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"2e")
        found.wait_for("could not be started")
        os.write(found.master, b"q")
        assert found.gone_within(3.0)
        assert found.process.returncode == 0


def test_the_last_line_says_what_goes_on_and_how_to_come_back(study: Study) -> None:
    code = "import sys, pathlib; from app.cli import screen; sys.exit(screen.open_here(pathlib.Path(sys.argv[1])))"
    with locked(study.paths), terminal(code, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"q")
        assert found.gone_within(5.0)
    last = found.raw.rpartition(b"\x1b[?1049l")[2].decode()
    assert f"detached; 1 run goes on; mlrc open {study.paths.workspace} to come back" in last
