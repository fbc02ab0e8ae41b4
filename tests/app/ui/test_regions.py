"""Layouts: nothing overlaps, nothing leaves the terminal, the focused pane is always shown."""

from __future__ import annotations

import pytest

from app.ui.regions import LEAST_COLUMNS, LEAST_ROWS, PANES, Arrangement, Box, PaneName, arrange, moved

SIZES = [
    (200, 50),
    (160, 30),
    (300, 80),
    (160, 24),
    (120, 40),
    (100, 24),
    (99, 40),
    (80, 24),
    (60, 15),
    (50, 12),
    (20, 5),
]


def boxes(found: Arrangement) -> list[Box]:
    """Everything that is drawn."""
    return [*found.panes.values(), found.header, found.footer, *([found.strip] if found.strip else [])]


def covers(found: Arrangement, width: int, height: int) -> None:
    """Every cell of the terminal belongs to one box, and no box leaves the terminal."""
    cells = [(x, y) for b in boxes(found) for x in range(b.x, b.x + b.width) for y in range(b.y, b.y + b.height)]
    assert len(cells) == len(set(cells)), "two boxes overlap"
    assert set(cells) == {(x, y) for x in range(width) for y in range(height)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("focused", PANES)
@pytest.mark.parametrize("zoomed", [False, True])
def test_boxes_tile_the_terminal(size: tuple[int, int], focused: PaneName, zoomed: bool) -> None:
    covers(arrange(*size, focused, zoomed), *size)


@pytest.mark.parametrize("size", [s for s in SIZES if s[0] >= 60 and s[1] >= 15])
@pytest.mark.parametrize("focused", PANES)
def test_the_focused_pane_is_shown(size: tuple[int, int], focused: PaneName) -> None:
    assert focused in arrange(*size, focused).panes


def test_kinds_and_side_by_side() -> None:
    assert set(arrange(200, 50, "paper").panes) == set(PANES)
    medium = arrange(120, 40, "paper")
    assert medium.kind == "medium" and set(medium.panes) == {"paper", "ideas", "diff", "log"}
    assert medium.strip is not None
    assert set(arrange(120, 40, "chart").panes) == {"paper", "ideas", "diff", "chart"}
    assert arrange(80, 24, "log").kind == "narrow"
    assert arrange(50, 12, "log").panes.keys() == {"inbox"}
    assert arrange(59, 40, "log").kind == arrange(80, 14, "log").kind == "tiny"
    assert arrange(60, 15, "log").kind == "narrow"


@pytest.mark.parametrize("size", [(200, 50), (160, 30), (120, 40), (100, 24)])
@pytest.mark.parametrize("pane", PANES)
@pytest.mark.parametrize("upright", [True, False])
@pytest.mark.parametrize("cells", [-500, -3, 3, 500])
def test_a_pane_takes_room_and_leaves_every_other_its_least(
    size: tuple[int, int], pane: PaneName, upright: bool, cells: int
) -> None:
    before = arrange(*size, pane)
    found = before.edge_of(pane, upright=upright)
    assert found is not None
    edge, direction = found
    after = arrange(*size, pane, sizes=moved({}, before.kind, edge, cells * direction))
    covers(after, *size)
    assert all(box.width >= LEAST_COLUMNS and box.height >= LEAST_ROWS for box in after.panes.values())
    old, new = before.panes[pane], after.panes[pane]
    grown = new.width - old.width if upright else new.height - old.height
    room = {-3: edge.least != edge.at, 3: edge.most != edge.at}
    if abs(cells) == 3 and room[cells * direction]:
        assert 0 < grown * (1 if cells > 0 else -1) <= 3
    else:
        assert grown * cells >= 0


def test_sizes_are_of_their_layout_alone_and_outlive_a_smaller_terminal() -> None:
    wide = arrange(300, 60, "paper")
    found = wide.edge_of("paper", upright=True)
    assert found is not None
    sizes = moved({}, "wide", found[0], 20)
    assert arrange(300, 60, "paper", sizes=sizes).panes["paper"].width == wide.panes["paper"].width + 20
    assert arrange(120, 40, "paper", sizes=sizes) == arrange(120, 40, "paper")
    small = arrange(160, 30, "paper", sizes=sizes)
    narrower = small.edge_of("paper", upright=True)
    assert narrower is not None
    again = arrange(160, 30, "paper", sizes=moved(sizes, "wide", narrower[0], -4))
    assert again.panes["paper"].width == small.panes["paper"].width - 4, "the first key already moves it"


def test_the_mouse_finds_edges_on_both_of_their_border_lines() -> None:
    found = arrange(200, 50, "paper")
    box = found.panes["ideas"]
    at = [found.edge_at(x, box.y + 3) for x in (box.x - 2, box.x - 1, box.x, box.x + 1)]
    assert [edge and edge.name for edge in at] == [None, "paper", "paper", None]
    below = found.panes["log"]
    edge = found.edge_at(below.x + 5, below.y)
    assert edge is not None and not edge.upright
