"""Our themes. Meaning never hangs on a colour: signs and words go with each.

The variables of the four with colours of their own are whole colours, because a line that is drawn cell by cell has
nothing to blend a transparent one with. Every text in them stands out from every ground it is drawn on by a contrast
ratio of 4.5 at least, in `high-contrast` of 7 (WCAG 2.1). `ansi` follows the terminal's sixteen colours.
"""

from __future__ import annotations

from textual.theme import Theme

DARK = Theme(
    name="dark",
    primary="#7cb7ff",
    secondary="#6fd3c7",
    accent="#f0c987",
    success="#8fd694",
    warning="#ffb454",
    error="#ff8f98",
    foreground="#d5dbe5",
    background="#0e1217",
    surface="#141a21",
    panel="#1a222c",
    dark=True,
    variables={
        "quiet": "#a6b1bf",
        "faint": "#929eac",
        "line": "#3a4654",
        "selected": "#21364f",
        "added": "#12291d",
        "removed": "#33191f",
    },
)
LIGHT = Theme(
    name="light",
    primary="#0b5cad",
    secondary="#0a6b61",
    accent="#7d5200",
    success="#1f6c36",
    warning="#8a5100",
    error="#b3202f",
    foreground="#1d2430",
    background="#fbfbf9",
    surface="#f2f2ef",
    panel="#e6e8ea",
    dark=False,
    variables={
        "quiet": "#4f5a67",
        "faint": "#5a6470",
        "line": "#bcc4cc",
        "selected": "#d3e5f8",
        "added": "#dff3e3",
        "removed": "#f9e0e1",
    },
)
HIGH_CONTRAST = Theme(
    name="high-contrast",
    primary="#8ad4ff",
    secondary="#7ff0e0",
    accent="#ffd98a",
    success="#8dff9a",
    warning="#ffd75f",
    error="#ffb3b3",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    variables={
        "quiet": "#dcdcdc",
        "faint": "#c4c4c4",
        "line": "#a0a0a0",
        "selected": "#00335c",
        "added": "#00330f",
        "removed": "#4a0010",
    },
)
# Blue says yes and orange says no: the pair that people tell apart with every common kind of colour blindness.
COLOUR_BLIND = Theme(
    name="colour-blind",
    primary="#e3d7ff",
    secondary="#a9c7d9",
    accent="#f2e394",
    success="#74b8ff",
    warning="#f5dc4c",
    error="#ffa04d",
    foreground="#d9dde3",
    background="#101216",
    surface="#161a1f",
    panel="#1e232a",
    dark=True,
    variables={
        "quiet": "#adb5bf",
        "faint": "#99a2ad",
        "line": "#414b57",
        "selected": "#3a3550",
        "added": "#0d2c4d",
        "removed": "#40260a",
    },
)
ANSI = Theme(
    name="ansi",
    ansi=True,
    primary="ansi_blue",
    secondary="ansi_cyan",
    accent="ansi_magenta",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    variables={
        "quiet": "ansi_default",
        "faint": "ansi_default",
        "line": "ansi_default",
        "selected": "ansi_default",
        "added": "ansi_default",
        "removed": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "block-cursor-background": "ansi_default",
        "block-cursor-text-style": "bold reverse",
    },
)
THEMES = {theme.name: theme for theme in (DARK, LIGHT, ANSI, HIGH_CONTRAST, COLOUR_BLIND)}
"""By the names that the setting `theme` takes, in the order of the key that goes through them."""
