"""How text looks, by name: which colours of the theme in force, and which style."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rich.style import Style
from textual.color import Color


class Look(NamedTuple):
    """A way to draw text: names of theme variables, and a style; empty for those of the line."""

    color: str = ""
    background: str = ""
    style: str = ""


LOOKS = {
    "dim": Look("quiet"),
    "faint": Look("faint"),
    "bold": Look(style="bold"),
    "title": Look("primary", style="bold"),
    "good": Look("success"),
    "bad": Look("error"),
    "warn": Look("warning"),
    "note": Look("secondary"),
    "key": Look("primary", style="bold"),
    "mark": Look("accent"),
    "match": Look("background", "warning"),
    "selected": Look(background="selected"),
    "add": Look(background="added"),
    "del": Look(background="removed"),
    "word": Look(style="bold underline"),
    "hunk": Look("secondary", style="italic"),
    "bar": Look(background="panel"),
    "alert": Look("background", "primary", "bold"),
    "keyword": Look("primary"),
    "string": Look("success"),
    "comment": Look("quiet", style="italic"),
    "number": Look("accent"),
    "name": Look("secondary"),
    "curve": Look("primary", style="bold"),
    "curve-2": Look("secondary"),
    "curve-3": Look("accent"),
    "curve-4": Look("success"),
    "curve-5": Look("foreground"),
}
LOOKS |= {
    f"ansi-{name}{suffix}": Look(colour, style=style)
    for name, colour in (
        *(("red", "error"), ("green", "success"), ("yellow", "warning")),
        *(("blue", "primary"), ("magenta", "accent"), ("cyan", "secondary")),
    )
    for suffix, style in (("", ""), ("-bold", "bold"))
}
"""By the names that lines use, those for colours of a log at the end. A table instead of CSS: rules for it would be
matched anew for every widget."""

TERMINAL_LOOKS = {
    "dim": Look(style="dim"),
    "faint": Look(style="dim"),
    "selected": Look(style="reverse"),
    "add": Look("success", style="bold"),
    "del": Look("error"),
    "hunk": Look("secondary", style="italic"),
    "warn": Look("warning", style="bold"),
    "bad": Look("error", style="bold"),
    "comment": Look(style="dim italic"),
    "bar": Look(style="bold"),
}
"""Looks that are others where the terminal's own sixteen colours serve, or none at all (NO_COLOR): nothing is known of
the grounds there, so bold, dim and reverse say what grounds say elsewhere."""


def style_of(look: str, colours: Mapping[str, str], *, terminal: bool) -> Style:
    """A look in a theme.

    Args:
        look: its name.
        colours: the variables of the theme.
        terminal: the theme follows the terminal's colours.
    """
    color, background, style = TERMINAL_LOOKS.get(look, LOOKS[look]) if terminal else LOOKS[look]
    words = style.split()
    if terminal and background:
        # The ground's own colour, reversed: which colour would stand out on it is the terminal's secret.
        color, background, words = background, "", [*words, "reverse"]
    return Style(
        color=Color.parse(colours[color]).rich_color if color else None,
        bgcolor=Color.parse(colours[background]).rich_color if background else None,
        bold="bold" in words or None,
        dim="dim" in words or None,
        italic="italic" in words or None,
        underline="underline" in words or None,
        reverse="reverse" in words or None,
    )
