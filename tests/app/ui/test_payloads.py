"""Payloads × places a text can appear: nothing reaches the terminal that a harmless text would not bring about.

A study in which every text is one payload is toured by keys on a real pseudo-terminal. What it wrote is reduced to its
vocabulary of controls (kinds of sequences, control bytes, invisible characters); that of the same tour of a study with
harmless texts is the baseline. `tests/app/ui/test_terminal.py` proves that the payloads work where nothing cleans them.
"""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path

import pytest

from app.engine import events as ev
from app.engine.process import locked

from .conftest import Study
from .test_terminal import SCREEN, terminal

HARMLESS = "harmless"
PAYLOADS = {
    "title": "\x1b]0;owned\x07\x1b]2;owned\x07",
    "link": "\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "reset": "\x1bc",
    "status report": "\x1b[6n\x1b[0c",
    "mode request": "\x1b[?2026$p\x1b[?1049l",
    "device control": "\x1bP+q544e\x1b\\\x1b_apc\x1b\\\x1b^pm\x1b\\\x1bXsos\x1b\\",
    "eight-bit controls": "\x9b6n\x9d0;owned\x9c\x90q\x9c",
    "bytes": "a\x00b\x07c\x7fd\re\x0bf\x0cg\x08h\x0ei\x0fj",
    "colours and moves": "\x1b[31;1mred\x1b[10;10H\x1b[2J\x1b[5A\x1b[?25l\x1b[8;1;1t",
    "invisible": "a\u202eb\u2066c\u200bd\ufeffe\u2028f\u061cg\U000e0041h",
    "cut": "end \x1b]52;c;ZXZpbA==",
    "lone escape": "end \x1b",
    "markup": "[link=https://evil.example]gift[/link] [@click=app.quit]x[/] [/] [bold",
}
STRINGS = re.compile(r"\x1b([]P_^X])(.*?)(?:\x07|\x1b\\)", re.DOTALL)
SEQUENCES = re.compile(r"\x1b\[([<-?]*)([0-9;:]*)([ -/]*)([@-~])")
FREE = {"m", "H", "G", "d", "A", "B", "C", "D"}
"""Colours and moves: their numbers differ from frame to frame."""
OURS = re.compile("(?:^2;| · )(?:W |study|mlrc)")
"""Our own titles name the workspace, as clean text."""
TOUR = (
    *("1", "t", "j", "t", "o", "\x1b", "l", "/", f"{HARMLESS}\r", "n", "2", "j", "v", "\x1b", "3", "]", "[", "J", "l"),
    *("4", "j", "j", "\r", "4", "G", "5", "t", "t", "w", "g", "G", "6", "m", "o", "t", "?", "\x1b", "H", "\x1b"),
    *("2", "Y", "3", "Y", "5", "Y", "x", "n", "3", "r", "because\r", ":", "wrap", "\x1b", "i", "i"),
)


def poisoned(folder: Path, text: str) -> Study:
    """A study in which every text that is not ours holds this one."""
    made = Study(folder)
    made.add(ev.WorkspaceOpened(workspace="w", name=f"W {text}", path=str(folder), template=text))
    table = f"| {text} | b |\n| - | - |\n| c | {text} |"
    section = {"number": text, "title": text, "level": 1, "paragraphs": [text, table]}
    finding = {"text": text, "passage": {"section": text, "paragraph": 1, "text": text}}
    made.paper(
        title=f"READY {text}",
        abstract=text,
        sections=[section],
        tasks=[finding],
        gaps=[finding],
        keywords=[finding],
        references=[text],
        notes=[text],
    )
    made.idea(2, f"idea {text}")
    made.idea(3, f"other {text}")
    made.baseline_run(f"log {text}\nstep 1 {text}\r{text}\nnan error {text}\n".encode())
    patch = f"diff --git a/{text} b/{text}\n--- a/m.py\n+++ b/m.py\n@@ -1 +1,2 @@ {text}\n a = 1\n+b = '{text}'\n"
    card = made.diff_card(patch, why=text, notes=[text], title=text, checks={text: text}, branch=text)
    made.diff(4, card)
    verdict: dict[str, object] = {"word": text, "why": text, "labels": [text]}
    made.add(
        ev.VerdictReached(experiment=1, verdict=verdict),
        ev.NoticeGiven(about=f"run {text}", text=text, failed=True),
        ev.EngineStarted(pid=1, version="0", agent=text),
        ev.StepStale(step=2, why=text),
    )
    made.journal.save_snapshot(made.journal.state())
    return made


def vocabulary(raw: bytes) -> set[str]:
    """What a terminal was told to do, without colours' and places' numbers, and the strange characters it was sent."""
    text = raw.decode(errors="replace")
    found = set()
    for kind, content in STRINGS.findall(text):
        number = content.split(";")[0]
        found.add(f"string {kind}{number}")
        found |= {f"in a string: {ord(c):#x}" for c in content if ord(c) < 32 or 127 <= ord(c) < 160}
        if kind == "]" and number == "52":
            copied = base64.b64decode(content.split(";")[2], validate=True).decode()
            found |= {f"copied: {c!r}" for c in copied if not c.isprintable() and c not in "\n\t"}
        if f"{kind}{number}" == "]2" and not OURS.search(content):
            found.add(f"a title that is not ours: {content[:60]!r}")
    rest = STRINGS.sub("", text)
    for prefix, numbers, between, final in SEQUENCES.findall(rest):
        found.add(f"CSI {prefix}{'' if final in FREE and not prefix else numbers}{between}{final}")
    rest = SEQUENCES.sub("", rest)
    found |= {f"ESC {c!r}" for c in re.findall(r"\x1b(.?)", rest, re.DOTALL)}
    strange = {c for c in rest if not c.isprintable() and c not in "\x1b "}
    return found | {f"character {c!r}" for c in strange}


def toured(folder: Path, text: str) -> set[str]:
    """The vocabulary of a tour of the study with this text in every place."""
    made = poisoned(folder, text)
    try:
        with terminal(SCREEN, str(made.paths.workspace)) as found:
            found.wait_for("READY")
            for keys in TOUR:
                os.write(found.master, keys.encode())
                # After an escape, a terminal program waits a moment for the rest of a sequence.
                found.quiet(0.2 if keys == "\x1b" else 0.04)
            os.write(found.master, b"5")
            found.quiet(0.3)
            assert found.process.poll() is None, found.text
            os.write(found.master, b"q")
            assert found.gone_within(5.0)
            assert found.process.returncode == 0, found.text
        return vocabulary(found.raw)
    finally:
        made.journal.close()


LINES = """
import sys
from pathlib import Path
from app.cli.screen import open_plainly
from app.paths import Paths
raise SystemExit(open_plainly(Paths(Path(sys.argv[1]))))
"""
SAID = (
    "status",
    "inbox",
    "2",
    "3",
    "4",
    "steps",
    "experiments",
    "log",
    "chart",
    "paper",
    "paper 1",
    "next",
    "search nan",
)


def told(folder: Path, text: str) -> set[str]:
    """The vocabulary of plain mode, asked for everything it can print of such a study."""
    made = poisoned(folder, text)
    try:
        # With the engine's lock held none is started, whose own words would differ from run to run.
        with locked(made.paths), terminal(LINES, str(made.paths.workspace)) as found:
            found.wait_for("ready:")
            for line in SAID:
                os.write(found.master, f"{line}\n".encode())
                found.quiet(0.15)
            assert found.process.poll() is None, found.text
            os.write(found.master, b"quit\n")
            assert found.gone_within(5.0), found.text
        return vocabulary(found.raw)
    finally:
        made.journal.close()


@pytest.fixture(scope="module")
def lines_baseline(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What harmless texts bring about in plain mode."""
    return told(tmp_path_factory.mktemp("lines") / "study", HARMLESS)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_adds_nothing_to_the_lines_of_plain_mode(name: str, lines_baseline: set[str], tmp_path: Path) -> None:
    assert not any("CSI" in word or "string" in word for word in lines_baseline), "plain mode writes text alone"
    assert told(tmp_path / "study", PAYLOADS[name]) - lines_baseline == set()


@pytest.fixture(scope="module")
def baseline(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """What harmless texts bring about."""
    return toured(tmp_path_factory.mktemp("baseline") / "study", HARMLESS)


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_payload_adds_nothing_to_what_the_terminal_is_told(name: str, baseline: set[str], tmp_path: Path) -> None:
    assert "string ]52" in baseline, "the tour copies"
    assert toured(tmp_path / "study", PAYLOADS[name]) - baseline == set()
