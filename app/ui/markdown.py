"""The little Markdown that explanations use, as lines: headings, bold and tables. The rest is shown as written."""

from __future__ import annotations

import re

from app.ui.text import EMPTY, Line, Part, cells_of, line, pad, wrap

_BOLD = re.compile(r"\*\*(.+?)\*\*")


def lines(text: str, width: int) -> list[Line]:
    """The text in rows of at most so many cells."""
    rows: list[Line] = []
    table: list[list[str]] = []
    for row in text.split("\n"):
        if row.lstrip().startswith("|"):
            table.append([cell.strip() for cell in row.strip().strip("|").split("|")])
            continue
        rows += _table(table)
        table = []
        rows += _prose(row, width)
    return rows + _table(table)


def _prose(row: str, width: int) -> list[Line]:
    if not row.strip():
        return [EMPTY]
    if row.startswith("#"):
        return [line((part, "title")) for part in wrap(row.lstrip("# "), width)]
    if row.count("**") == 2 and row.startswith("**"):
        return [line((part, "bold")) for part in wrap(row.replace("**", ""), width)]
    return [_bold(part) for part in wrap(row, width)]


def _bold(row: str) -> Line:
    parts: list[Part] = [(part, "bold" if number % 2 else "") for number, part in enumerate(_BOLD.split(row))]
    return line(*parts)


def _table(table: list[list[str]]) -> list[Line]:
    """Columns as wide as their widest cell; those that Markdown aligns to the right are."""
    if not table:
        return []
    count = max(map(len, table))
    cells = [[*row, *[""] * (count - len(row))] for row in table]
    ruler = next((row for row in cells if all(set(cell) <= set("-: ") for cell in row)), None)
    right = [cell.endswith(":") for cell in ruler] if ruler else [False] * count
    shown = [row for row in cells if row is not ruler]
    widths = [max(cells_of(row[column]) for row in shown) for column in range(count)]
    found = []
    for number, row in enumerate(shown):
        texts = [pad(cell, widths[column], right=right[column]) for column, cell in enumerate(row)]
        found.append(line(("  " + "   ".join(texts), "dim" if number == 0 else "")))
    return found
