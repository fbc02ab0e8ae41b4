"""How often what a run writes is drawn: the one place for these figures, in seconds.

`low` is for a link where every byte is slow. It is on by itself in an SSH session; `bandwidth = "full"` (or
`MLRC_BANDWIDTH=full`) turns it off, `"low"` turns it on anywhere.
"""

from __future__ import annotations

import os
from typing import NamedTuple

from app.paths import Paths
from app.sources import ConfigError, layers


class Pace(NamedTuple):
    """One profile."""

    log: float
    """Between two looks at the shown run's output."""
    held: float
    """The same while the terminal takes long to draw what it gets."""
    charts: float
    """Between two drawings of the curves."""
    low: bool
    """Whether this is the low-bandwidth profile: its frames also wait for the terminal to have drawn the one before."""


FULL = Pace(log=0.25, held=0.5, charts=1.0, low=False)
LOW = Pace(log=0.5, held=1.0, charts=5.0, low=True)


def chosen(paths: Paths) -> Pace:
    """The profile for this terminal."""
    try:
        found = [values["bandwidth"] for _, values in layers(paths, ("bandwidth",)) if "bandwidth" in values]
    except (ConfigError, OSError, ValueError):
        # `preferences` says what is wrong with the file.
        found = []
    setting = found[-1] if found else "auto"
    if setting in ("low", "full"):
        return LOW if setting == "low" else FULL
    return LOW if os.environ.get("SSH_CONNECTION") else FULL
