"""The terminal's part of `mlrc doctor`: what the screen meets here, and what to do where that is a pity."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from app.terminal import named_encoding, speaks_utf8

PATIENCE_SECONDS = 2.0
SLOW_ESCAPE_MS = 50
"""From here on a human feels that Esc waits in tmux."""


class Check(NamedTuple):
    """One line of the doctor: what was found, and what to do where it is not well."""

    name: str
    good: bool
    found: str
    remedy: str = ""


def checks() -> list[Check]:
    """Everything about the terminal, the multiplexer, the connection and the end of the session."""
    return [*_terminal(os.environ), *_tmux(os.environ), *_session(os.environ)]


def _terminal(environment: Mapping[str, str]) -> Iterator[Check]:
    kind = environment.get("TERM", "")
    # Not a fault: plain mode serves there.
    yield Check(
        "terminal",
        kind not in ("", "dumb"),
        f"TERM={kind or 'unset'}",
        "set TERM to what your terminal is, e.g. xterm-256color; until then `mlrc` is in plain mode",
    )
    named = named_encoding() or (sys.stdout.encoding or "none")
    yield Check(
        "characters",
        speaks_utf8(),
        named.upper(),
        "set LANG to a UTF-8 locale, e.g. C.UTF-8; until then `mlrc` is in plain mode and spells signs in ASCII",
    )
    yield Check("colours", *_colours(environment))


def _colours(environment: Mapping[str, str]) -> tuple[bool, str, str]:
    if environment.get("NO_COLOR"):
        return True, "none, because NO_COLOR is set", ""
    if environment.get("COLORTERM") in ("truecolor", "24bit"):
        return True, "16 million", ""
    many = "256color" in environment.get("TERM", "")
    remedy = "set COLORTERM=truecolor where your terminal has it (SSH does not hand it on by itself)"
    return many, "256" if many else "16 or fewer", remedy


def _tmux(environment: Mapping[str, str]) -> Iterator[Check]:
    if not environment.get("TMUX"):
        return
    version = _said("tmux", "-V") or "of unknown version"
    yield Check("tmux", True, version)
    clipboard = _option("set-clipboard")
    yield Check(
        "  copying",
        clipboard in ("on", "external"),
        f"set-clipboard {clipboard or 'unknown'}",
        "run `tmux set -s set-clipboard on`, so that what is copied reaches your own clipboard",
    )
    passing = _option("allow-passthrough")
    yield Check(
        "  alerts",
        passing in ("on", "all"),
        f"allow-passthrough {passing or 'unknown'}",
        "run `tmux set -g allow-passthrough on`, so that desktop notifications reach your terminal",
    )
    delay = _option("escape-time")
    yield Check(
        "  escape key",
        delay.isdigit() and int(delay) < SLOW_ESCAPE_MS,
        f"escape-time {delay or 'unknown'} ms",
        "run `tmux set -s escape-time 10`, so that Esc acts at once",
    )
    focus = _option("focus-events")
    yield Check(
        "  focus",
        focus == "on",
        f"focus-events {focus or 'unknown'}",
        "run `tmux set -s focus-events on`, so that alerts come only while you look elsewhere",
    )


def _session(environment: Mapping[str, str]) -> Iterator[Check]:
    if environment.get("SSH_CONNECTION"):
        outside = "" if environment.get("TMUX") else ", without tmux: a lost connection closes the screen, nothing else"
        yield Check("connection", True, f"over SSH{outside}")
    kills = _said(
        "busctl",
        "get-property",
        "org.freedesktop.login1",
        "/org/freedesktop/login1",
        "org.freedesktop.login1.Manager",
        "KillUserProcesses",
    )
    if kills == "b true" and _said("loginctl", "show-user", getpass.getuser(), "--property=Linger") != "Linger=yes":
        yield Check(
            "logging out",
            False,
            "KillUserProcesses=yes: the system ends engine and runs when you log out",
            "run `loginctl enable-linger`, or have KillUserProcesses=no set in logind.conf",
        )
    else:
        yield Check("logging out", True, "engine and runs go on")


def _option(name: str) -> str:
    # Session, server and window options in turn: tmux moved some of them between versions.
    return next((said for flags in ("-gv", "-sv", "-gwv") if (said := _said("tmux", "show-options", flags, name))), "")


def _said(program: str, *words: str) -> str:
    """The one line that a program answers; empty where it is missing, fails or does not answer."""
    found = shutil.which(program)
    if found is None:
        return ""
    try:
        done = subprocess.run([found, *words], capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
