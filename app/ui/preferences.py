"""How the user wants the screen: what was chosen on it goes before files, and the environment before both.

Read before the first paint, so nothing is checked by a library here; a value that cannot be used is told in a sentence,
and the default holds.
"""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from app.paths import Paths
from app.sources import ConfigError, layers
from app.ui.colours import ANSI, DARK, THEMES


class Preferences(NamedTuple):
    """What is in force."""

    theme: str = DARK.name
    mouse: bool = True
    problem: str = ""
    """One sentence where a file or a variable cannot be used."""


def in_force(paths: Paths, theme: str = "", mouse: str = "") -> Preferences:
    """The preferences of a workspace.

    Args:
        paths: the workspace.
        theme: chosen on its screen; empty: none was.
        mouse: likewise, `on` or `off`.
    """
    try:
        found = layers(paths, ("theme", "mouse"))
    except (ConfigError, OSError, ValueError) as error:
        found, problem = [], str(error)
    else:
        problem = ""
    on_screen = {name: value for name, value in (("theme", theme), ("mouse", mouse)) if value}
    values: dict[str, Any] = {}
    for layer in [values for _, values in found[:-1]] + [on_screen] + [values for _, values in found[-1:]]:
        values |= layer
    named = values.get("theme") or DARK.name
    if named not in THEMES:
        problem = problem or f"There is no theme {named!r}; choose one of {', '.join(THEMES)}."
        named = DARK.name
    return Preferences(ANSI.name if without_colour() else named, values.get("mouse") != "off", problem)


def without_colour() -> bool:
    """Whether the user wants no colour at all (no-color.org)."""
    return "NO_COLOR" in os.environ
