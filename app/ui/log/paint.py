"""One row of a log as lines of the screen: its own colours or ours, matches marked, cut or wrapped to a width."""

from __future__ import annotations

import re

from rich.cells import cell_len, chop_cells, get_character_cell_size

from app.ui.log.colour import parts_of
from app.ui.log.rows import Row
from app.ui.text import EMPTY, Line, Part, Piece, line

_TROUBLE = re.compile(r"\b(?:error|traceback|exception|killed|nan|failed)\b", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![\w.])[-+]?\d[\d.e+-]*(?:/\d+)?")


def query_pattern(query: str) -> re.Pattern[str] | None:
    """What marks the matches of a query: as the search of the file finds them, the case of ASCII letters left out."""
    return re.compile(re.escape(query), re.IGNORECASE | re.ASCII) if query else None


def painted_row(row: Row, query: re.Pattern[str] | None = None) -> Line:
    """The whole row in one line."""
    if row.dropped:
        return line((f"… {row.end - row.start:,} bytes were dropped here", "warn"))
    parts = parts_of(row.text)
    if not any(look for _, look in _pairs(parts)):
        parts = _ours("".join(text for text, _ in _pairs(parts)))
    whole = line(*parts)
    return _marked(whole, query) if query is not None else whole


def _pairs(parts: list[Part]) -> list[tuple[str, str]]:
    return [(part, "") if isinstance(part, str) else part for part in parts]


def _ours(text: str) -> list[Part]:
    if _TROUBLE.search(text):
        return [(text, "bad")]
    parts: list[Part] = []
    at = 0
    for match in _NUMBERS.finditer(text):
        parts += [(text[at : match.start()], ""), (match[0], "number")]
        at = match.end()
    return [*parts, (text[at:], "")]


def _marked(whole: Line, query: re.Pattern[str]) -> Line:
    edges = [edge for match in query.finditer(whole.plain) for edge in match.span()]
    if not edges:
        return whole
    pieces = []
    for number, part in enumerate(_split(whole, edges)):
        pieces += [Piece(p.text, "match" if number % 2 else p.look) for p in part.pieces]
    return Line(tuple(pieces), whole.band)


def _split(whole: Line, edges: list[int]) -> list[Line]:
    """The line in parts that end at these characters, the last one with the rest."""
    parts: list[list[Piece]] = [[]]
    at = 0
    wanted = iter(edges)
    edge = next(wanted, None)
    for text, look in whole.pieces:
        while edge is not None and edge <= at + len(text):
            if head := text[: edge - at]:
                parts[-1].append(Piece(head, look))
            text, at = text[edge - at :], edge
            parts.append([])
            edge = next(wanted, None)
        if text:
            parts[-1].append(Piece(text, look))
            at += len(text)
    return [Line(tuple(part), whole.band) for part in parts]


def wrapped(whole: Line, cells: int) -> list[Line]:
    """The line in lines of at most so many cells; spaces stay as they are."""
    plain = whole.plain
    if cell_len(plain) <= cells:
        return [whole]
    edge, edges = 0, []
    for part in chop_cells(plain, cells):
        edge += len(part)
        edges.append(edge)
    return _split(whole, edges[:-1])


def from_cell(whole: Line, cell: int) -> Line:
    """The line without its first cells; half of a wide character is a space."""
    if cell <= 0:
        return whole
    plain, used = whole.plain, 0
    for number, character in enumerate(plain):
        if used >= cell:
            rest = _split(whole, [number])[1]
            return Line((Piece(" " * (used - cell)), *rest.pieces), whole.band) if used > cell else rest
        used += get_character_cell_size(character)
    return EMPTY._replace(band=whole.band)
