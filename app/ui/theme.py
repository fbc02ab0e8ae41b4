"""Our dark and light themes. Meaning never hangs on a colour: signs and words go with each.

The variables are whole colours, because a line that is drawn cell by cell has nothing to blend a transparent one with.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.theme import Theme

DARK = Theme(
    name="copilot-dark",
    primary="#7cb7ff",
    secondary="#6fd3c7",
    accent="#f0c987",
    success="#8fd694",
    warning="#ffb454",
    error="#ff7b86",
    foreground="#d5dbe5",
    background="#0e1217",
    surface="#141a21",
    panel="#1a222c",
    dark=True,
    variables={
        "quiet": "#8d99a8",
        "faint": "#56616f",
        "line": "#3a4654",
        "selected": "#21364f",
        "added": "#12291d",
        "removed": "#33191f",
    },
)
LIGHT = Theme(
    name="copilot-light",
    primary="#0b5cad",
    secondary="#0c7a6e",
    accent="#8a5a00",
    success="#22733a",
    warning="#9a5b00",
    error="#b3202f",
    foreground="#1d2430",
    background="#fbfbf9",
    surface="#f2f2ef",
    panel="#e6e8ea",
    dark=False,
    variables={
        "quiet": "#5d6875",
        "faint": "#9aa3ad",
        "line": "#bcc4cc",
        "selected": "#cfe3f7",
        "added": "#dff3e3",
        "removed": "#f9e0e1",
    },
)


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
    "hunk": Look("secondary", style="italic"),
    "bar": Look(background="panel"),
    "alert": Look("background", "primary", "bold"),
    "keyword": Look("primary"),
    "string": Look("success"),
    "comment": Look("quiet", style="italic"),
    "number": Look("accent"),
    "name": Look("secondary"),
    "curve": Look("primary", style="bold"),
}
"""By the names that lines use. A table instead of CSS: rules for it would be matched anew for every widget."""
