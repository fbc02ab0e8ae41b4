"""Rows of text with a base line: what formulas are put together from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len

_BRACKETS = {
    "(": ("⎛", "⎜", "⎝"),
    ")": ("⎞", "⎟", "⎠"),
    "[": ("⎡", "⎢", "⎣"),
    "]": ("⎤", "⎥", "⎦"),
    "|": ("│", "│", "│"),
    "‖": ("‖", "‖", "‖"),
    "}": ("⎫", "⎬", "⎭"),
}
"""Top, middle and bottom of a tall bracket."""


class Box(NamedTuple):
    """Some rows of the same width; the base is the row that goes on with its neighbours."""

    rows: tuple[str, ...]
    base: int = 0

    @property
    def width(self) -> int:
        """In cells."""
        return max(map(cell_len, self.rows))


def beside(boxes: Sequence[Box]) -> Box:
    """Boxes from left to right, on one base line."""
    if all(len(box.rows) == 1 for box in boxes):
        return Box(("".join(box.rows[0] for box in boxes),))
    above = max(box.base for box in boxes)
    below = max(len(box.rows) - box.base for box in boxes)
    rows = [""] * (above + below)
    for box in boxes:
        width = box.width
        for index in range(len(rows)):
            inside = index - above + box.base
            text = box.rows[inside] if 0 <= inside < len(box.rows) else ""
            rows[index] += text + " " * (width - cell_len(text))
    return Box(tuple(row.rstrip() for row in rows), above)


def grid(cells: list[list[str]], gap: str, right_first: bool) -> Box:
    """Cells in columns; where `right_first`, every other column is flush right, as TeX aligns equations."""
    count = max(map(len, cells))
    filled = [[*row, *[""] * (count - len(row))] for row in cells]
    widths = [max(cell_len(row[column]) for row in filled) for column in range(count)]
    rows = []
    for row in filled:
        texts = []
        for column, text in enumerate(row):
            space = " " * (widths[column] - cell_len(text))
            texts.append(space + text if right_first and column % 2 == 0 else text + space)
        rows.append(gap.join(texts))
    return Box(tuple(rows), (len(rows) - 1) // 2)


def bracketed(box: Box, left: str, right: str) -> Box:
    """The box between brackets as tall as it is."""
    rows = len(box.rows)
    if rows == 1:
        return Box((f"{left}{box.rows[0]}{right}",))
    width = box.width
    first, last = _tall(left, rows), _tall(right, rows)
    return Box(
        tuple(
            f"{a}{text}{' ' * (width - cell_len(text))}{b}".rstrip()
            for a, text, b in zip(first, box.rows, last, strict=True)
        ),
        box.base,
    )


def _tall(bracket: str, rows: int) -> list[str]:
    if bracket == "{":
        if rows == 2:
            return ["⎰", "⎱"]
        half = (rows - 1) // 2
        return ["⎧", *("⎨" if row == half else "⎪" for row in range(1, rows - 1)), "⎩"]
    top, middle, bottom = _BRACKETS.get(bracket, ("", "", ""))
    return [top, *[middle] * (rows - 2), bottom]
