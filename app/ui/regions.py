"""Where every pane stands at a terminal size (interaction.md 3.2), in plain numbers."""

from __future__ import annotations

from typing import Literal, NamedTuple

PaneName = Literal["paper", "ideas", "diff", "inbox", "log", "chart"]
PANES: tuple[PaneName, ...] = ("paper", "ideas", "diff", "inbox", "log", "chart")

WIDE, MEDIUM = 160, 100
SHORT = 30
TINY_WIDTH, TINY_HEIGHT = 60, 15
FOOTER_ROWS = 2


class Box(NamedTuple):
    """A rectangle in terminal cells."""

    x: int
    y: int
    width: int
    height: int


class Arrangement(NamedTuple):
    """Every pane that is shown, and the lines around them."""

    kind: Literal["wide", "medium", "narrow", "tiny"]
    panes: dict[PaneName, Box]
    header: Box
    footer: Box
    strip: Box | None = None


def arrange(width: int, height: int, focused: PaneName, zoomed: bool = False) -> Arrangement:
    """Place the panes; the focused one is always among those shown."""
    if width < TINY_WIDTH or height < TINY_HEIGHT:
        body = Box(0, 1, width, max(1, height - 2))
        return Arrangement("tiny", {"inbox": body}, Box(0, 0, width, 1), Box(0, height - 1, width, 1))
    if width >= WIDE and height >= SHORT:
        return _wide(width, height, focused, zoomed)
    if width >= MEDIUM and height >= 24:
        return _medium(width, height, focused, zoomed)
    footer = Box(0, height - FOOTER_ROWS, width, FOOTER_ROWS)
    return Arrangement("narrow", {focused: Box(0, 2, width, height - 4)}, Box(0, 0, width, 2), footer)


def _wide(width: int, height: int, focused: PaneName, zoomed: bool) -> Arrangement:
    header, footer = Box(0, 0, width, 1), Box(0, height - FOOTER_ROWS, width, FOOTER_ROWS)
    rows = height - 1 - FOOTER_ROWS
    if zoomed:
        return Arrangement("wide", {focused: Box(0, 1, width, rows)}, header, footer)
    low = max(11, rows * 34 // 100)
    high = rows - low
    paper = min(58, width * 29 // 100)
    ideas = min(50, width * 25 // 100)
    log = (width - paper) * 55 // 100
    y = 1 + high
    panes: dict[PaneName, Box] = {
        "paper": Box(0, 1, paper, high),
        "ideas": Box(paper, 1, ideas, high),
        "diff": Box(paper + ideas, 1, width - paper - ideas, high),
        "inbox": Box(0, y, paper, low),
        "log": Box(paper, y, log, low),
        "chart": Box(paper + log, y, width - paper - log, low),
    }
    return Arrangement("wide", panes, header, footer)


def _medium(width: int, height: int, focused: PaneName, zoomed: bool) -> Arrangement:
    header, footer = Box(0, 0, width, 1), Box(0, height - FOOTER_ROWS, width, FOOTER_ROWS)
    strip = Box(0, height - FOOTER_ROWS - 1, width, 1)
    rows = height - 2 - FOOTER_ROWS
    if zoomed:
        return Arrangement("medium", {focused: Box(0, 1, width, rows)}, header, footer, strip)
    left = 44 if width >= 112 else 40
    half = rows * 46 // 100
    low = max(10, rows * 32 // 100)
    # Inbox and chart open in the place of the pane below which they belong, so that paper and diff stay in view.
    lower_left: PaneName = "inbox" if focused == "inbox" else "ideas"
    lower_right: PaneName = "chart" if focused == "chart" else "log"
    panes: dict[PaneName, Box] = {
        "paper": Box(0, 1, left, half),
        lower_left: Box(0, 1 + half, left, rows - half),
        "diff": Box(left, 1, width - left, rows - low),
        lower_right: Box(left, 1 + rows - low, width - left, low),
    }
    return Arrangement("medium", panes, header, footer, strip)
