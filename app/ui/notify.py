"""Telling somebody who looks elsewhere: the bell, a notification of the desktop, the window's title.

Only for what needs a human, failed or is all done, never per step. The words are our own and a few numbers; nothing
that a model, a paper or a log wrote reaches these sequences.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from app.engine.state import WorkspaceState
from app.paths import Paths
from app.sources import ConfigError, layers
from app.ui.text import fit

BELL = "\a"
KEEP_TITLE, PUT_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
NAME_CELLS = 40
WAYS = ("osc", "osc777", "bell", "off")
_END = "\x1b\\"
_KNOW_OSC = ("iTerm.app", "WezTerm", "ghostty", "WarpTerminal")
"""Values of TERM_PROGRAM whose terminals show OSC 9 as a notification."""
_TERMS_THAT_KNOW_OSC = ("xterm-kitty", "xterm-ghostty", "foot")
_ENDED_WELL = ("finished", "stopped")


class Standing(NamedTuple):
    """What a notification could be about, at one moment."""

    steps: frozenset[int]
    """That need the human."""
    alerts: frozenset[int]
    """That nobody has seen."""
    failed: frozenset[int]
    """Runs that did not end well."""
    busy: bool

    @classmethod
    def of(cls, state: WorkspaceState) -> Standing:
        """Of a workspace now."""
        ended = (run for run in state.runs.values() if run.phase == "ended")
        return cls(
            frozenset(step.id for step in state.waiting()),
            frozenset(alert.id for alert in state.unseen()),
            frozenset(run.id for run in ended if run.reason not in _ENDED_WELL),
            state.under_way(),
        )


def news(before: Standing, now: Standing) -> str:
    """What is new enough to call somebody; empty for nothing."""
    failed = sorted(now.failed - before.failed)
    parts = []
    if now.steps - before.steps:
        parts.append(f"{len(now.steps)} need{'s' if len(now.steps) == 1 else ''} you")
    if failed:
        parts.append(f"run {failed[0]} failed" if len(failed) == 1 else f"{len(failed)} runs failed")
    if now.alerts - before.alerts:
        parts.append(f"{len(now.alerts)} alert{'' if len(now.alerts) == 1 else 's'}")
    if before.busy and not now.busy:
        parts.append("nothing is running any more")
    return ", ".join(parts)


def title(state: WorkspaceState) -> str:
    """What the window is called."""
    needed, alerts, running = len(state.waiting()), len(state.unseen()), len(state.running())
    parts = [f"● {needed} need{'s' if needed == 1 else ''} you"] if needed else []
    parts += [f"! {alerts} alert{'' if alerts == 1 else 's'}"] if alerts else []
    parts += [f"▶ {running} running"] if running and not parts else []
    return " · ".join([*parts, fit(state.name, NAME_CELLS) or "mlrc"])


def way(setting: str, environment: Mapping[str, str]) -> str:
    """How this terminal is told: `osc`, `osc777`, `bell` or `off`. Over SSH a desktop is out of reach but for the
    terminal itself, so OSC 9 is sent there; one that does not know it ignores it."""
    if setting in WAYS:
        return setting
    term = environment.get("TERM", "")
    if term in ("linux", "dumb") or (term.startswith("screen") and "TMUX" not in environment):
        return "bell"
    if term.startswith("rxvt"):
        return "osc777"
    known = environment.get("TERM_PROGRAM") in _KNOW_OSC or term.startswith(_TERMS_THAT_KNOW_OSC)
    return "osc" if known or "SSH_CONNECTION" in environment or "WT_SESSION" in environment else "bell"


def call(text: str, how: str, *, tmux: bool) -> str:
    """The bytes that call somebody. The bell comes with a notification too, for terminals that show none."""
    if how == "off":
        return ""
    if how == "bell":
        return BELL
    sequence = f"\x1b]777;notify;mlrc;{text}{_END}" if how == "osc777" else f"\x1b]9;mlrc: {text}{_END}"
    return (passed_through(sequence) if tmux else sequence) + BELL


def passed_through(sequence: str) -> str:
    """A sequence for the terminal that tmux runs in, which tmux would keep for itself otherwise."""
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + _END


def titled(text: str) -> str:
    """The bytes that name the window; the text must be clean."""
    return f"\x1b]2;{text}{_END}"


def chosen(paths: Paths) -> str:
    """The way for this workspace and this terminal."""
    try:
        found = [values["notify"] for _, values in layers(paths, ("notify",)) if "notify" in values]
    except (ConfigError, OSError, ValueError):
        # `preferences` says what is wrong with the file.
        found = []
    return way(str(found[-1]) if found else "auto", os.environ)
