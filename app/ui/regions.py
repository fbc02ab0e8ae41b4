"""Where every pane stands at a terminal size (interaction.md 3.2), in plain numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

PaneName = Literal["paper", "ideas", "diff", "inbox", "log", "chart"]
PANES: tuple[PaneName, ...] = ("paper", "ideas", "diff", "inbox", "log", "chart")

WIDE, MEDIUM = 160, 100
SHORT = 30
TINY_WIDTH, TINY_HEIGHT = 60, 15
FOOTER_ROWS = 2
LEAST_COLUMNS, LEAST_ROWS = 24, 6
"""No pane gets smaller by the user's moving of edges."""

Kind = Literal["wide", "medium", "narrow", "tiny"]
Sizes = Mapping[str, Mapping[str, int]]
"""By kind of layout and edge: cells by which the user moved the edge from where it stands by itself."""


class Box(NamedTuple):
    """A rectangle in terminal cells."""

    x: int
    y: int
    width: int
    height: int


class Edge(NamedTuple):
    """A border between panes that the user can move."""

    name: str
    upright: bool
    at: int
    """First column (or row) of the panes at its right (or below it)."""
    start: int
    """First row (or column) of it."""
    end: int
    """Row (or column) after its last."""
    home: int
    """Where it stands by itself."""
    least: int
    most: int
    """Where it can stand without a pane getting too small."""


class Arrangement(NamedTuple):
    """Every pane that is shown, and the lines around them."""

    kind: Kind
    panes: dict[PaneName, Box]
    header: Box
    footer: Box
    strip: Box | None = None
    edges: tuple[Edge, ...] = ()

    def edge_at(self, x: int, y: int) -> Edge | None:
        """The edge whose border lines cover a cell."""
        for edge in self.edges:
            across, along = (x, y) if edge.upright else (y, x)
            if across in (edge.at - 1, edge.at) and edge.start <= along < edge.end:
                return edge
        return None

    def edge_of(self, pane: PaneName, *, upright: bool) -> tuple[Edge, int] | None:
        """The edge that makes a pane wider (or taller), and the direction that does; the far one where it has two."""
        box = self.panes.get(pane)
        if box is None:
            return None
        near, far = (box.x, box.x + box.width) if upright else (box.y, box.y + box.height)
        along = (box.y, box.y + box.height) if upright else (box.x, box.x + box.width)
        for at, direction in ((far, 1), (near, -1)):
            for edge in self.edges:
                if edge.upright == upright and edge.at == at and edge.start < along[1] and along[0] < edge.end:
                    return edge, direction
        return None


def moved(sizes: Sizes, kind: Kind, edge: Edge, cells: int) -> dict[str, dict[str, int]]:
    """The sizes after an edge was moved by so many cells, as far as it can go."""
    to = max(edge.least, min(edge.most, edge.at + cells))
    kept = {name: dict(edges) for name, edges in sizes.items()}
    kept.setdefault(kind, {})[edge.name] = to - edge.home
    return kept


def arrange(
    width: int, height: int, focused: PaneName, zoomed: bool = False, sizes: Sizes | None = None
) -> Arrangement:
    """Place the panes; the focused one is always among those shown."""
    sizes = sizes or {}
    if width < TINY_WIDTH or height < TINY_HEIGHT:
        body = Box(0, 1, width, max(1, height - 2))
        return Arrangement("tiny", {"inbox": body}, Box(0, 0, width, 1), Box(0, height - 1, width, 1))
    if width >= WIDE and height >= SHORT:
        return _wide(width, height, focused, zoomed, sizes.get("wide", {}))
    if width >= MEDIUM and height >= 24:
        return _medium(width, height, focused, zoomed, sizes.get("medium", {}))
    footer = Box(0, height - FOOTER_ROWS, width, FOOTER_ROWS)
    return Arrangement("narrow", {focused: Box(0, 2, width, height - 4)}, Box(0, 0, width, 2), footer)


def _wide(width: int, height: int, focused: PaneName, zoomed: bool, moves: Mapping[str, int]) -> Arrangement:
    header, footer = Box(0, 0, width, 1), Box(0, height - FOOTER_ROWS, width, FOOTER_ROWS)
    rows = height - 1 - FOOTER_ROWS
    if zoomed:
        return Arrangement("wide", {focused: Box(0, 1, width, rows)}, header, footer)
    bottom = 1 + rows
    paper, ideas = min(58, width * 29 // 100), min(50, width * 25 // 100)
    low = max(11, rows * 34 // 100)
    middle = _level("rows", bottom - low, moves, (1 + LEAST_ROWS, bottom - LEAST_ROWS), (0, width))
    upper, lower = (1, middle.at), (middle.at, bottom)
    # The right one of two is placed first and the left one gives way to it.
    diff = _upright("ideas", paper + ideas, moves, (2 * LEAST_COLUMNS, width - LEAST_COLUMNS), upper)
    idea = _upright("paper", paper, moves, (LEAST_COLUMNS, diff.at - LEAST_COLUMNS), upper)
    chart = _upright(
        "log", paper + (width - paper) * 55 // 100, moves, (2 * LEAST_COLUMNS, width - LEAST_COLUMNS), lower
    )
    log = _upright("inbox", paper, moves, (LEAST_COLUMNS, chart.at - LEAST_COLUMNS), lower)
    # So that no edge can be dragged over its neighbour.
    diff, chart = diff._replace(least=idea.at + LEAST_COLUMNS), chart._replace(least=log.at + LEAST_COLUMNS)
    high, deep = middle.at - 1, bottom - middle.at
    panes: dict[PaneName, Box] = {
        "paper": Box(0, 1, idea.at, high),
        "ideas": Box(idea.at, 1, diff.at - idea.at, high),
        "diff": Box(diff.at, 1, width - diff.at, high),
        "inbox": Box(0, middle.at, log.at, deep),
        "log": Box(log.at, middle.at, chart.at - log.at, deep),
        "chart": Box(chart.at, middle.at, width - chart.at, deep),
    }
    return Arrangement("wide", panes, header, footer, edges=(idea, diff, log, chart, middle))


def _medium(width: int, height: int, focused: PaneName, zoomed: bool, moves: Mapping[str, int]) -> Arrangement:
    header, footer = Box(0, 0, width, 1), Box(0, height - FOOTER_ROWS, width, FOOTER_ROWS)
    strip = Box(0, height - FOOTER_ROWS - 1, width, 1)
    rows = height - 2 - FOOTER_ROWS
    if zoomed:
        return Arrangement("medium", {focused: Box(0, 1, width, rows)}, header, footer, strip)
    bottom = 1 + rows
    left = 44 if width >= 112 else 40
    right = _upright("left", left, moves, (LEAST_COLUMNS, width - LEAST_COLUMNS), (1, bottom))
    span = (1 + LEAST_ROWS, bottom - LEAST_ROWS)
    half = _level("upper left", 1 + rows * 46 // 100, moves, span, (0, right.at))
    low = _level("upper right", bottom - max(10, rows * 32 // 100), moves, span, (right.at, width))
    # Inbox and chart open in the place of the pane below which they belong, so that paper and diff stay in view.
    lower_left: PaneName = "inbox" if focused == "inbox" else "ideas"
    lower_right: PaneName = "chart" if focused == "chart" else "log"
    panes: dict[PaneName, Box] = {
        "paper": Box(0, 1, right.at, half.at - 1),
        lower_left: Box(0, half.at, right.at, bottom - half.at),
        "diff": Box(right.at, 1, width - right.at, low.at - 1),
        lower_right: Box(right.at, low.at, width - right.at, bottom - low.at),
    }
    return Arrangement("medium", panes, header, footer, strip, (right, half, low))


def _upright(name: str, at: int, moves: Mapping[str, int], span: tuple[int, int], along: tuple[int, int]) -> Edge:
    return _edge(name, True, at, moves, span, along)


def _level(name: str, at: int, moves: Mapping[str, int], span: tuple[int, int], along: tuple[int, int]) -> Edge:
    return _edge(name, False, at, moves, span, along)


def _edge(
    name: str, upright: bool, home: int, moves: Mapping[str, int], span: tuple[int, int], along: tuple[int, int]
) -> Edge:
    at = max(span[0], min(span[1], home + moves.get(name, 0)))
    return Edge(name, upright, at, *along, home, *span)
