"""Frames as differences: the terminal shows what Textual would have shown, for fewer bytes, however slow it is."""

from __future__ import annotations

import os
import random
import time

import pytest
from rich.color import ColorSystem
from rich.segment import Segment
from textual._compositor import LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from app.ui.terminal.painter import Painter

from .test_terminal import Terminal, terminal

APP = '''
import random, sys
from rich.style import Style
from rich.segment import Segment
from textual.app import App
from textual.strip import Strip
from textual.widget import Widget
from app.ui.terminal.painted import PaintedApp
WORDS = ["loss", "0.25", "漢字", "e\u0301t\u00e9", "👍🏽", " ", "    ", "▏▎▍", "step 120/400", "✔ done", "x" * 60]
COLORS = ["#ff8800", "#0088ff", "red", "default", None]
class Page(Widget):
    page = 0
    def render_line(self, y):
        width, made = self.size.width, random.Random((self.page * 7 + y * (self.page % 3)) % 50)
        segments = [
            Segment(made.choice(WORDS), Style(color=made.choice(COLORS), bgcolor=made.choice(COLORS),
                                              bold=made.random() < 0.3, reverse=made.random() < 0.1))
            for _ in range(12)
        ]
        return Strip(segments).adjust_cell_length(width)
class Demo(App if "plain" in sys.argv else PaintedApp):
    CSS = """Page { layer: below; } Screen { layers: below above; }
    #top { layer: above; offset: 7 3; width: 21; height: 5; }"""
    keys = 0
    def compose(self):
        self.page = Page()
        yield self.page
        top = Page(id="top")
        top.page = 3
        yield top
    def on_key(self, event):
        if event.key == "q":
            self.exit(0)
        if event.key == "f":
            self.set_interval(0.01, lambda: self.turn(self.page.page + 1))
        else:
            self.turn(ord(event.character))
    def turn(self, number):
        self.page.page = number
        self.keys += 1
        self.page.refresh()
        if self.keys > 100:
            self.exit(0)
raise SystemExit(Demo(**({} if "plain" in sys.argv else {"paced": "paced" in sys.argv})).run() or 0)
'''
SIZE = (71, 17)
QUESTION, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"


def settle(found: Terminal, quiet: float = 0.3) -> None:
    """Read until nothing comes any more."""
    seen = -1
    while len(found.raw) != seen:
        seen = len(found.raw)
        assert found.read(quiet)


def cells(found: Terminal) -> list[list[tuple[object, ...]]]:
    """Every cell with its look."""
    rows = range(SIZE[1])
    buffer = found._screen.buffer
    return [[(c.data, c.fg, c.bg, c.bold, c.reverse) for c in (buffer[y][x] for x in range(SIZE[0]))] for y in rows]


def shown(kind: str, keys: str) -> tuple[list[list[list[tuple[object, ...]]]], int]:
    """The screen after each key, and the bytes that the keys cost."""
    pages = []
    with terminal(APP, kind, size=SIZE) as found:
        while not found.raw:
            found.read(0.1)
        settle(found)
        first = len(found.raw)
        for key in keys:
            os.write(found.master, key.encode())
            settle(found, 0.15)
            pages.append(cells(found))
    return pages, len(found.raw) - first


def test_the_terminal_shows_what_textual_would_have_shown_for_fewer_bytes() -> None:
    keys = "".join(random.Random(4).choices("abcdeghij", k=12))
    plain, plain_cost = shown("plain", keys)
    painted, cost = shown("painted", keys)
    assert painted == plain
    assert len({str(page) for page in plain}) > 3, "the pages must differ for this to mean anything"
    assert cost < plain_cost


@pytest.mark.parametrize(("kind", "ends"), [("painted", True), ("plain", False)])
def test_a_terminal_that_takes_nothing_stops_the_drawing_and_not_the_work(kind: str, ends: bool) -> None:
    with terminal(APP, kind, size=(200, 50)) as found:
        while not found.raw:
            found.read(0.1)
        settle(found)
        os.write(found.master, b"f")
        # Nothing is read from here on, so only an app that never waits for its terminal counts to a hundred.
        deadline = time.monotonic() + 6.0
        while found.process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert (found.process.poll() is not None) == ends


def frames(found: Terminal, seconds: float, answer: bytes) -> int:
    """How many frames come in some time, when each question is answered so."""
    begin, deadline = len(found.raw), time.monotonic() + seconds
    asked = found.raw.count(QUESTION)
    while time.monotonic() < deadline:
        if not found.read(0.02):
            break
        new = found.raw.count(QUESTION) - asked
        asked += new
        os.write(found.master, answer * new)
    return found.raw[begin:].count(b"\x1b[?2026h")


def test_over_a_distant_link_a_frame_waits_until_the_one_before_was_drawn() -> None:
    with terminal(APP, "paced", size=SIZE) as found:
        while QUESTION not in found.raw:
            found.read(0.1)
        settle(found)
        os.write(found.master, ANSWER)
        settle(found)
        os.write(found.master, b"a")
        assert frames(found, 0.5, ANSWER) >= 1
        os.write(found.master, b"f")
        assert frames(found, 0.6, b"") <= 1
        os.write(found.master, ANSWER)
        assert frames(found, 0.3, ANSWER) > 3


def update(width: int, height: int) -> LayoutUpdate:
    """A whole screen of one letter."""
    return LayoutUpdate([[Strip([Segment("x" * width)])] for _ in range(height)], Region(0, 0, width, height))


def test_a_window_that_shrinks_before_its_frame_was_written_is_drawn_in_its_new_size() -> None:
    painter = Painter()
    assert painter.take(update(9, 7))
    assert painter.take(update(5, 2))
    frame = painter.frame(ColorSystem.TRUECOLOR, 0, 0)
    assert frame.count("xxxxx") == 2 and "xxxxxx" not in frame and "\x1b[3;" not in frame
