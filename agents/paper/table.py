"""A table as one paragraph in Markdown's pipe form, whatever format it came from."""

from __future__ import annotations

_MOST_ROWS = 200
_MOST_COLUMNS = 40
_LONGEST_CELL = 400


def pipe(rows: list[list[str]]) -> str:
    """The rows, the first one with the heads of the columns; empty where this is no table of at least two by two.

    At most 200 rows and 40 columns are kept, and a table with a cell of more than 400 characters is none: pages are
    laid out that way.
    """
    kept = [[" ".join(cell.split()) for cell in row[:_MOST_COLUMNS]] for row in rows[:_MOST_ROWS] if any(row)]
    count = max(map(len, kept), default=0)
    if len(kept) < 2 or count < 2 or any(len(cell) > _LONGEST_CELL for row in kept for cell in row):
        return ""
    filled = [[*row, *[""] * (count - len(row))] for row in kept]
    texts = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in filled]
    return "\n".join([texts[0], "|" + " --- |" * count, *texts[1:]])
