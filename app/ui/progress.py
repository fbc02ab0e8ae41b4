"""How far a run is, and when it will be done: said the same way in log, chart and inbox."""

from __future__ import annotations

from typing import NamedTuple

from app.engine.state import RunState
from app.ui import signs
from app.ui.curves import Curves
from app.ui.text import Part

KNOWN_FROM = 0.02
"""Before this share is done, an estimate of the rest would be a guess."""
_PARTS = "▏▎▍▌▋▊▉"


class Progress(NamedTuple):
    """Where a run is."""

    share: float
    """Of the whole run, 0 to 1."""
    step: int
    of: int
    """Steps of a trial."""
    trial: int
    """The present one, from 1 on."""
    trials: int
    eta: float | None
    """Seconds left at the pace so far; None while nobody can tell."""

    @property
    def eta_text(self) -> str:
        """In words; empty while nobody can tell."""
        return "" if self.eta is None else f"ETA {signs.duration(self.eta)}"


def progress_of(run: RunState, curves: Curves, now: float) -> Progress | None:
    """Where a run is by its metrics; None where it is not running or does not say how many steps a trial has."""
    if run.phase != "running" or run.purpose in ("evaluation", "prepare") or not curves.of:
        return None
    trials = max(1, len(run.seeds))
    share = min(1.0, curves.reached / trials)
    elapsed = max(0.0, now - run.started)
    eta = elapsed * (1 - share) / share if share > KNOWN_FROM else None
    return Progress(share, curves.step, curves.of, max(1, len(curves.trials)), trials, eta)


def bar(share: float, cells: int) -> list[Part]:
    """`▕███▌   ▏`, `cells` wide within its edges."""
    full, part = divmod(round(min(1.0, max(0.0, share)) * cells * 8), 8)
    blocks = "█" * full + (_PARTS[part - 1] if part else "")
    return [("▕", "faint"), (blocks.ljust(cells), "note"), ("▏", "faint")]
