"""Calling the user: when, with which bytes, and nothing of anybody else's in them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from app.engine import events as ev
from app.engine.fold import fold
from app.engine.state import WorkspaceState
from app.ui import notify
from app.ui.notify import Standing

from .conftest import Study
from .test_terminal import SCREEN, Terminal, terminal

TITLE = b"\x1b]2;"
CALL = b"\x1b]9;mlrc: 4 need you\x1b\\"


def wait_for_title(found: Terminal) -> None:
    """Until the window was named: from then on there are calls too."""
    deadline = time.monotonic() + 15
    while TITLE not in found.raw:
        assert time.monotonic() < deadline and found.read(0.1), found.text


def standing(steps: int = 0, alerts: int = 0, failed: tuple[int, ...] = (), *, busy: bool = False) -> Standing:
    return Standing(frozenset(range(steps)), frozenset(range(alerts)), frozenset(failed), busy)


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [
        (standing(), standing(1), "1 needs you"),
        (standing(1), standing(3), "3 need you"),
        (standing(), standing(failed=(7,)), "run 7 failed"),
        (standing(failed=(7,)), standing(failed=(7, 8, 9)), "2 runs failed"),
        (standing(), standing(alerts=1), "1 alert"),
        (standing(busy=True), standing(), "nothing is running any more"),
        (standing(busy=True), standing(2, failed=(3,)), "2 need you, run 3 failed, nothing is running any more"),
        (standing(2), standing(1), ""),
        (standing(), standing(busy=True), ""),
        (standing(1, busy=True), standing(1, busy=True), ""),
    ],
)
def test_what_is_worth_a_call(before: Standing, now: Standing, text: str) -> None:
    assert notify.news(before, now) == text


def test_the_standing_of_a_workspace() -> None:
    queued = {"experiment": 1, "purpose": "screening", "split": "valid", "seeds": (1,), "backend": "local", "step": 1}
    rows: list[ev.Event] = [
        ev.ExperimentOpened(experiment=1, title="b", slug="b", base="b"),
        ev.RunQueued(run=1, **queued),  # type: ignore[arg-type]
        ev.RunEnded(run=1, reason="out of memory", detail="", code=None, seconds=1.0),
        ev.RunQueued(run=2, **queued),  # type: ignore[arg-type]
        ev.RunEnded(run=2, reason="finished", detail="", code=0, seconds=1.0),
        ev.StepProposed(step=3, kind="idea", title="t", card="c"),
        ev.AlertRaised(alert=1, rule="memory", text="x", run=1),
        ev.AlertRaised(alert=2, rule="memory", text="x", run=1),
        ev.AlertSeen(alert=2, by="me"),
        ev.ExperimentClosed(experiment=1, why="done"),
    ]
    state = fold((n, float(n), event) for n, event in enumerate(rows, 1))
    assert Standing.of(state) == Standing(frozenset({3}), frozenset({1}), frozenset({1}), False)


@pytest.mark.parametrize(
    ("setting", "environment", "way"),
    [
        ("auto", {"TERM": "xterm-256color"}, "bell"),
        ("auto", {"TERM": "xterm-256color", "SSH_CONNECTION": "a"}, "osc"),
        ("auto", {"TERM": "xterm-256color", "TERM_PROGRAM": "WezTerm"}, "osc"),
        ("auto", {"TERM": "xterm-kitty"}, "osc"),
        ("auto", {"TERM": "rxvt-unicode", "SSH_CONNECTION": "a"}, "osc777"),
        ("auto", {"TERM": "linux", "SSH_CONNECTION": "a"}, "bell"),
        ("auto", {"TERM": "screen", "SSH_CONNECTION": "a"}, "bell"),
        ("auto", {"TERM": "screen", "SSH_CONNECTION": "a", "TMUX": "x"}, "osc"),
        ("off", {"SSH_CONNECTION": "a"}, "off"),
        ("bell", {"SSH_CONNECTION": "a"}, "bell"),
        ("osc777", {"TERM": "linux"}, "osc777"),
        ("what", {"TERM": "xterm"}, "bell"),
    ],
)
def test_the_way_follows_setting_and_terminal(setting: str, environment: dict[str, str], way: str) -> None:
    assert notify.way(setting, environment) == way


def test_the_bytes_of_each_way() -> None:
    assert notify.call("1 needs you", "off", tmux=True) == ""
    assert notify.call("1 needs you", "bell", tmux=True) == "\a"
    assert notify.call("1 needs you", "osc", tmux=False) == "\x1b]9;mlrc: 1 needs you\x1b\\\a"
    assert notify.call("1 needs you", "osc777", tmux=False) == "\x1b]777;notify;mlrc;1 needs you\x1b\\\a"
    wrapped = notify.call("1 needs you", "osc", tmux=True)
    assert wrapped == "\x1bPtmux;\x1b\x1b]9;mlrc: 1 needs you\x1b\x1b\\\x1b\\\a"


def test_titles_are_short_and_clean() -> None:
    state = WorkspaceState(name="study")
    assert notify.title(state) == "study"
    fold([(1, 1.0, ev.StepProposed(step=1, kind="idea", title="t", card="c"))], state)
    assert notify.title(state) == "● 1 needs you · study"
    fold([(2, 2.0, ev.AlertRaised(alert=1, rule="budget", text="x"))], state)
    assert notify.title(state) == "● 1 needs you · ! 1 alert · study"
    assert notify.title(WorkspaceState()) == "mlrc"
    evil = WorkspaceState(name="a\x1b]52;c;ZXZpbA==\x07b\x9b6n" + "x" * 200)
    assert not set("\x1b\x07\x9b") & set(notify.title(evil)) and len(notify.title(evil)) <= notify.NAME_CELLS


@pytest.mark.parametrize(("way", "expected"), [("osc", True), ("off", False)])
def test_a_terminal_without_focus_is_called_and_its_title_is_given_back(
    study: Study, monkeypatch: pytest.MonkeyPatch, way: str, expected: bool
) -> None:
    monkeypatch.setenv("MLRC_NOTIFY", way)
    monkeypatch.delenv("TMUX", raising=False)
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"\x1b[O")
        found.wait_for("needs you")
        # A key, so that the loss of the focus before it was taken.
        os.write(found.master, b"5")
        found.wait_for("s follow")
        if expected:
            wait_for_title(found)
        study.idea(9, "a newer idea")
        found.wait_for("a newer idea")
        os.write(found.master, b"q")
        assert found.gone_within(5.0)
    assert (CALL in found.raw) is expected
    assert (TITLE in found.raw) is expected
    assert found.raw.count(b"\x1b[22;2t") == found.raw.count(b"\x1b[23;2t") == int(expected)


def test_who_looks_at_the_terminal_is_not_called(study: Study, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLRC_NOTIFY", "osc")
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        wait_for_title(found)
        os.write(found.master, b"\x1b[O\x1b[I5")
        found.wait_for("s follow")
        study.idea(9, "a newer idea")
        found.wait_for("a newer idea")
        os.write(found.master, b"q")
        assert found.gone_within(5.0)
    assert b"\x1b]9;" not in found.raw


def test_titles_hold_no_text_of_the_workspace_but_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLRC_NOTIFY", "osc")
    made = Study(tmp_path / "study")
    made.idea(2, "READY title")
    with terminal(SCREEN, str(made.paths.workspace)) as found:
        found.wait_for("READY")
        wait_for_title(found)
        os.write(found.master, b"q")
        assert found.gone_within(5.0)
    titles = [piece.split(b"\x1b\\")[0] for piece in found.raw.split(TITLE)[1:]]
    assert titles == ["● 1 needs you · study".encode()]
    made.journal.close()
