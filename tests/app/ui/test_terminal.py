"""The real program on a real pseudo-terminal: what reaches it, and how it leaves."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pyte
import pytest

from app.engine import events as ev
from app.engine.journal import Journal
from app.engine.process import locked

from .conftest import Study

SCREEN = """
import os, sys
from pathlib import Path
if "controlling" in sys.argv:
    os.close(os.open(os.ttyname(0), os.O_RDWR))
from app.engine.journal import Journal
from app.paths import Paths
from app.ui.app import CopilotApp
paths = Paths(Path(sys.argv[1]))
raise SystemExit(CopilotApp(paths, Journal.open(paths.journal), ensure=lambda paths: None).run() or 0)
"""
PLAIN = """
import json, sys
from textual.app import App
from textual.widgets import Static
class Plain(App):
    def compose(self):
        yield Static("READY " + json.loads(sys.argv[1]), markup=False)
Plain().run()
"""
CLIPBOARD = "\x1b]52;c;ZXZpbA==\x07"
ATTACKS = {
    "clipboard": (CLIPBOARD, b"\x1b]52;"),
    "title": ("\x1b]0;owned\x07", b"\x1b]0;"),
    "link": ("\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\", b"\x1b]8;"),
    "device control": ("\x1bP+q544e\x1b\\", b"\x1bP"),
    "eight-bit CSI": ("\x9b6n", "\x9b".encode()),
    "right to left": ("abc\u202edef", "\u202e".encode()),
    "bell": ("\x07", b"\x07"),
    "form feed": ("\x0c", b"\x0c"),
}
MARKUP = "[link=https://evil.example]gift[/link]"
EVIL = "".join(text for text, _ in ATTACKS.values()) + MARKUP


class Emulator(pyte.Screen):
    """Knows that `CSI > m`, which asks a terminal how it reports keys, is no colour."""

    def select_graphic_rendition(self, *attributes: int, private: bool = False) -> None:
        if not private:
            super().select_graphic_rendition(*attributes)


class Terminal:
    """A process on a pseudo-terminal, what it wrote, and what a terminal makes of it."""

    def __init__(self, process: subprocess.Popen[bytes], master: int, size: tuple[int, int]) -> None:
        self.process, self.master = process, master
        self.raw = b""
        self._screen = Emulator(*size)
        self._stream = pyte.ByteStream(self._screen)

    @property
    def text(self) -> str:
        """What is on the screen."""
        return "\n".join(self._screen.display)

    def read(self, seconds: float) -> bool:
        """Take what comes within some time; False at the end of output."""
        if not select.select([self.master], [], [], seconds)[0]:
            return True
        try:
            data = os.read(self.master, 1 << 16)
        except OSError:
            return False
        self.raw += data
        self._stream.feed(data)
        return bool(data)

    def wait_for(self, wanted: str, seconds: float = 15.0) -> None:
        """Read until a text is on the screen."""
        deadline = time.monotonic() + seconds
        while wanted not in self.text:
            assert time.monotonic() < deadline, f"{wanted!r} did not appear in\n{self.text}"
            assert self.read(0.1), self.text

    def quiet(self, seconds: float) -> None:
        """Read until nothing came for so long."""
        before = -1
        while before != len(self.raw):
            before = len(self.raw)
            self.read(seconds)

    def gone_within(self, seconds: float) -> bool:
        """Whether the process ends in time; its output is taken meanwhile."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            if self.master < 0 or not self.read(0.05):
                time.sleep(0.02)
        while self.master >= 0 and select.select([self.master], [], [], 0.05)[0] and self.read(0):
            pass
        return self.process.poll() is not None

    def hang_up(self) -> None:
        """The terminal goes away, as when a connection is lost."""
        os.close(self.master)
        self.master = -1


@contextmanager
def terminal(code: str, *arguments: str, size: tuple[int, int] = (200, 50)) -> Iterator[Terminal]:
    """Run Python code on a pseudo-terminal of this size."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    # The size must come from the terminal, and speed must not depend on how the tests are run.
    unset = {"SSH_CONNECTION", "COLUMNS", "LINES", "NO_COLOR"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment.update(TERM="xterm-256color", COLORTERM="truecolor")
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env=environment,
        start_new_session=True,
    )
    os.close(slave)
    found = Terminal(process, master, size)
    try:
        yield found
    finally:
        process.kill()
        process.wait()
        if found.master >= 0:
            found.hang_up()


def poisoned(folder: Path) -> Study:
    """A study in which every text is an attack."""
    made = Study(folder)
    made.paper(
        title=f"READY {EVIL}",
        abstract=EVIL,
        tasks=[{"text": EVIL, "passage": {"section": EVIL, "paragraph": 1, "text": EVIL}}],
    )
    made.idea(2, f"idea {EVIL}")
    made.baseline_run(f"log {EVIL}\n".encode())
    patch = f"diff --git a/m.py b/m.py\n--- a/m.py\n+++ b/m.py\n@@ -1 +1,2 @@ {EVIL}\n a = 1\n+b = '{EVIL}'\n"
    made.diff(4, made.diff_card(patch, why=EVIL, notes=[EVIL], title=EVIL, checks={EVIL: EVIL}, branch=EVIL))
    made.add(
        ev.NoticeGiven(about=f"run {EVIL}", text=EVIL, failed=True),
        ev.EngineStarted(pid=1, version="0", agent=EVIL),
        ev.StepStale(step=2, why=EVIL),
    )
    return made


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24)])
def test_no_text_commands_the_terminal(tmp_path: Path, size: tuple[int, int]) -> None:
    made = poisoned(tmp_path / "study")
    with terminal(SCREEN, str(made.paths.workspace), size=size) as found:
        found.wait_for("needs you")
        for key in b"123456":
            os.write(found.master, bytes([key]))
            found.read(0.3)
        os.write(found.master, b"1")
        found.wait_for("READY")
        os.write(found.master, b"5")
        found.wait_for("gift[/link]")
    # The shape of the mouse pointer is Textual's own business, and the only bell that it sends.
    raw = found.raw.replace(b"\x1b]22;default\x07", b"")
    assert {name for name, (_, sign) in ATTACKS.items() if sign in raw} == set()
    made.journal.close()


def test_the_attacks_work_on_a_plain_widget() -> None:
    with terminal(PLAIN, json.dumps(EVIL)) as found:
        found.wait_for("READY")
        found.read(0.5)
    arrived = {name for name, (_, sign) in ATTACKS.items() if sign in found.raw}
    assert {"clipboard", "title", "link", "right to left", "bell"} <= arrived
    assert b"ZXZpbA" in found.raw


@pytest.mark.parametrize(("number", "code"), [(signal.SIGHUP, 129), (signal.SIGTERM, 143)])
def test_signals_end_it_and_the_selection_is_kept(study: Study, number: signal.Signals, code: int) -> None:
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"5")
        found.wait_for("s follow")
        found.read(0.3)
        found.process.send_signal(number)
        assert found.gone_within(2.0)
        assert found.process.returncode == code
    assert b"\x1b[?1049l" in found.raw, "the terminal was not given back"
    assert json.loads(study.journal.draft("screen", "view"))["pane"] == "log"


@pytest.mark.parametrize("controlling", [True, False])
def test_a_lost_terminal_ends_it(study: Study, controlling: bool) -> None:
    with terminal(SCREEN, str(study.paths.workspace), *(["controlling"] if controlling else [])) as found:
        found.wait_for("leaky slope")
        found.hang_up()
        assert found.gone_within(2.0)


def test_without_the_watch_a_lost_terminal_leaves_a_busy_process() -> None:
    with terminal(PLAIN, '""') as found:
        found.wait_for("READY")
        found.hang_up()
        assert not found.gone_within(1.0)
        before = psutil.Process(found.process.pid).cpu_times()
        assert not found.gone_within(1.0)
        after = psutil.Process(found.process.pid).cpu_times()
    assert after.user + after.system - before.user - before.system > 0.2


def test_q_leaves_and_gives_the_terminal_back(study: Study) -> None:
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"q")
        assert found.gone_within(3.0)
        assert found.process.returncode == 0
    assert b"\x1b[?1049l" in found.raw


def test_a_quiet_screen_writes_nothing(study: Study) -> None:
    # Without an engine, the header would count the seconds to the next try.
    with locked(study.paths), terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("step 20/40")
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            found.read(0.1)
        written = len(found.raw)
        deadline = time.monotonic() + 1.5
        while time.monotonic() < deadline:
            found.read(0.1)
        assert len(found.raw) == written
        study.idea(9, "something new")
        found.wait_for("something new")


def test_the_editor_gets_the_terminal_and_its_text_is_sent(study: Study, tmp_path: Path) -> None:
    program = tmp_path / "editor.sh"
    program.write_text(
        '#!/bin/sh\necho EDITING > /dev/tty || echo EDITING\nsed -i "s/three trials/nine trials/" "$1"\n'
    )
    program.chmod(0o755)
    os.environ["VISUAL"] = str(program)
    try:
        with terminal(SCREEN, str(study.paths.workspace), "controlling") as found:
            found.wait_for("leaky slope")
            os.write(found.master, b"2")
            found.read(0.4)
            os.write(found.master, b"e")
            found.wait_for("Sent for a check")
            assert b"EDITING" in found.raw
            with Journal.open(study.paths.journal) as journal:
                deadline = time.monotonic() + 5
                while not journal.pending() and time.monotonic() < deadline:
                    found.read(0.05)
                (queued,) = journal.pending()
    finally:
        del os.environ["VISUAL"]
    assert queued.command.card == study.idea_card("leaky slope")  # type: ignore[union-attr]
    assert "nine trials" in queued.command.text  # type: ignore[union-attr]
