"""The little Markdown that explanations use, as lines: headings, bold and tables. The rest is shown as written."""

from __future__ import annotations

import re

from app.ui import tables
from app.ui.text import EMPTY, Line, Part, line, wrap

_BOLD = re.compile(r"\*\*(.+?)\*\*")


def lines(text: str, width: int) -> list[Line]:
    """The text in rows of at most so many cells."""
    rows: list[Line] = []
    table: list[str] = []
    for row in text.split("\n"):
        if row.lstrip().startswith("|"):
            table.append(row.strip())
            continue
        rows += _table(table, width)
        table = []
        rows += _prose(row, width)
    return rows + _table(table, width)


def _table(rows: list[str], width: int) -> list[Line]:
    return tables.lines(tables.parse("\n".join(rows)), width) if rows else []


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
