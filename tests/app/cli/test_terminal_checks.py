"""What the doctor says of the terminal: each trouble with what to do, and nothing where all is well."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from app.cli.terminal_checks import Check, checks

WELL = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "COLORTERM": "truecolor"}
TROUBLE = {
    "no terminal type": ({"TERM": ""}, "terminal", "plain mode"),
    "dumb": ({"TERM": "dumb"}, "terminal", "xterm-256color"),
    "latin": ({"LANG": "de_DE.ISO-8859-1"}, "characters", "C.UTF-8"),
    "few colours": ({"TERM": "xterm", "COLORTERM": ""}, "colours", "COLORTERM=truecolor"),
}


@pytest.fixture(autouse=True)
def well(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "SSH_CONNECTION", "NO_COLOR", "LC_ALL", "LC_CTYPE"):
        monkeypatch.delenv(name, raising=False)
    for name, value in WELL.items():
        monkeypatch.setenv(name, value)


def found(name: str) -> Check:
    return next(check for check in checks() if check.name.strip() == name)


@pytest.mark.parametrize(("changes", "name", "remedy"), TROUBLE.values(), ids=TROUBLE)
def test_trouble_comes_with_what_to_do(
    changes: dict[str, str], name: str, remedy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert found(name).good
    for key, value in changes.items():
        monkeypatch.setenv(key, value)
    assert not found(name).good and remedy in found(name).remedy


def test_no_colour_is_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert found("colours").good and "NO_COLOR" in found("colours").found


def test_ssh_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not any(check.name == "connection" for check in checks())
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")
    assert "over SSH" in found("connection").found


def test_tmux_is_asked_and_its_options_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def tmux(*words: str) -> str:
        command = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null", *words]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()

    try:
        tmux("new-session", "-d")
    except FileNotFoundError:
        pytest.skip("there is no tmux")
    try:
        monkeypatch.setenv("TMUX", f"{tmp_path / 'tmux'},{tmux('display-message', '-p', '#{pid}')},0")
        tmux("set", "-s", "escape-time", "500")
        assert not found("escape key").good and "500" in found("escape key").found
        tmux("set", "-s", "escape-time", "10")
        assert found("escape key").good
        tmux("set", "-s", "focus-events", "off")
        assert not found("focus").good
        tmux("set", "-s", "focus-events", "on")
        tmux("set", "-s", "set-clipboard", "on")
        assert found("focus").good and found("copying").good and found("tmux").found.startswith("tmux ")
    finally:
        tmux("kill-server")
