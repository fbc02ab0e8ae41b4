"""Tables in Markdown's pipe form as aligned columns that fit: cells wrap first, then columns go into blocks."""

from __future__ import annotations

import re
from typing import NamedTuple

from app.ui.text import EMPTY, Line, cells_of, crop, line, pad, wrap

_GAPS = ("   ", "  ")
"""Between columns: wide where everything fits, else narrow."""
_NARROWEST = 5
_WORD = 12
"""A column is not made narrower than its longest word, up to this."""
_BREAK = re.compile(r"(?<!\\)\|")
_RULER = re.compile(r":?-+:?")
_FIGURE = re.compile(r"[-−+±~≈<>]?\s?[\d.,]+(?:\s?[±(].*)?\s?%?\*{0,2}")


class Table(NamedTuple):
    """Cells by row, the first one the heads of the columns; `right` says which columns are flush right."""

    rows: list[list[str]]
    right: list[bool]


def is_table(text: str) -> bool:
    """Whether a paragraph is a table."""
    return text.startswith("|") and all(row.startswith("|") for row in text.split("\n"))


def parse(text: str) -> Table:
    """A table from its pipe form; columns of figures are flush right where the ruler says nothing."""
    found = [_cells(row) for row in text.split("\n") if row.strip()]
    count = max(map(len, found))
    filled = [[*row, *[""] * (count - len(row))] for row in found]
    ruler = next((row for row in filled if any(row) and all(not cell or _RULER.fullmatch(cell) for cell in row)), None)
    rows = [row for row in filled if row is not ruler]
    marked = ruler is not None and any(":" in cell for cell in ruler)
    right = [cell.endswith(":") for cell in ruler] if ruler is not None and marked else _figures(rows, count)
    return Table(rows, right)


def _cells(row: str) -> list[str]:
    inside = row.strip().removeprefix("|")
    inside = inside[:-1] if inside.endswith("|") and not inside.endswith("\\|") else inside
    return [cell.strip().replace("\\|", "|") for cell in _BREAK.split(inside)]


def _figures(rows: list[list[str]], count: int) -> list[bool]:
    below = rows[1:]
    found = []
    for column in range(count):
        texts = [row[column] for row in below if row[column].strip("-–— ")]
        found.append(bool(texts) and sum(bool(_FIGURE.fullmatch(text)) for text in texts) * 2 > len(texts))
    return found


def lines(table: Table, width: int, indent: int = 2) -> list[Line]:
    """The table in rows of at most so many cells."""
    if not table.rows:
        return []
    count = len(table.right)
    natural = [max(1, *(cells_of(row[column]) for row in table.rows)) for column in range(count)]
    least = [min(natural[column], _least(table, column)) for column in range(count)]
    room = width - indent
    gap = _GAPS[sum(natural) + len(_GAPS[0]) * (count - 1) > room]
    found: list[Line] = []
    for block in _blocks(least, room, gap):
        widths = _widths([natural[c] for c in block], [least[c] for c in block], room - len(gap) * (len(block) - 1))
        found += [EMPTY] if found else []
        for number, row in enumerate(table.rows):
            cells = _row([row[c] for c in block], widths, [table.right[c] for c in block])
            rows = [line((" " * indent + gap.join(texts).rstrip(), "" if number else "dim")) for texts in cells]
            found += [crop(row, width) for row in rows]
    return found


def _least(table: Table, column: int) -> int:
    words = (cells_of(word) for row in table.rows for word in row[column].split())
    return max(_NARROWEST, min(_WORD, max(words, default=0)))


def _blocks(least: list[int], room: int, gap: str) -> list[list[int]]:
    """Columns that fit side by side; every block repeats the first one, which names the rows."""
    blocks: list[list[int]] = [[0]]
    used = least[0]
    for column in range(1, len(least)):
        needed = len(gap) + least[column]
        if used + needed > room and len(blocks[-1]) > 1:
            blocks.append([0])
            used = least[0]
        blocks[-1].append(column)
        used += needed
    return blocks


def _widths(natural: list[int], least: list[int], room: int) -> list[int]:
    """Natural widths where they fit; else the widest columns give way, none below its least."""
    widths = list(natural)
    over = sum(widths) - room
    while over > 0:
        column = max(range(len(widths)), key=lambda c: (widths[c] > least[c], widths[c]))
        if widths[column] <= least[column]:
            break
        widths[column] -= 1
        over -= 1
    return [min(width, max(1, room)) for width in widths]


def _row(cells: list[str], widths: list[int], right: list[bool]) -> list[list[str]]:
    """The rows of text that one row of the table takes."""
    wrapped = [wrap(cell, width) for cell, width in zip(cells, widths, strict=True)]
    return [
        [
            pad(rows[number] if number < len(rows) else "", width, right=flush)
            for rows, width, flush in zip(wrapped, widths, right, strict=True)
        ]
        for number in range(max(map(len, wrapped)))
    ]
