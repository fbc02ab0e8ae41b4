"""Layouts: nothing overlaps, nothing leaves the terminal, the focused pane is always shown."""

from __future__ import annotations

import pytest

from app.ui.regions import PANES, Arrangement, Box, PaneName, arrange

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


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("focused", PANES)
@pytest.mark.parametrize("zoomed", [False, True])
def test_boxes_tile_the_terminal(size: tuple[int, int], focused: PaneName, zoomed: bool) -> None:
    width, height = size
    cells = set()
    count = 0
    for box in boxes(arrange(width, height, focused, zoomed)):
        covered = {(x, y) for x in range(box.x, box.x + box.width) for y in range(box.y, box.y + box.height)}
        assert all(0 <= x < width and 0 <= y < height for x, y in covered)
        cells |= covered
        count += len(covered)
    assert count == len(cells), "two boxes overlap"
    assert len(cells) == width * height, "a part of the terminal is not used"


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
