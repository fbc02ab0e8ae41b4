"""Lines for the screen: pieces of clean text, each with the name of a look (`app.ui.theme`).

`line` makes them and sends every text through `app.sanitise.clean`; so nothing that a model, a paper, a log or a file
name holds reaches the terminal as a control sequence.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.cells import cell_len, chop_cells, set_cell_size

from app.sanitise import clean

TAB = 4


class Piece(NamedTuple):
    """Text in one look."""

    text: str
    look: str = ""


class Line(NamedTuple):
    """One line of the screen; the band is the look of its whole width."""

    pieces: tuple[Piece, ...] = ()
    band: str = ""

    @property
    def plain(self) -> str:
        """Its text alone."""
        return "".join(piece.text for piece in self.pieces)

    @property
    def width(self) -> int:
        """Its width in terminal cells."""
        return sum(cell_len(piece.text) for piece in self.pieces)


Part = str | tuple[str, str]


def line(*parts: Part, band: str = "") -> Line:
    """A line of texts, or of (text, look) pairs."""
    pairs = [(part, "") if isinstance(part, str) else part for part in parts]
    return Line(tuple(Piece(safe(text), look) for text, look in pairs if text), band)


EMPTY = Line()


def safe(text: str) -> str:
    """One line of text as it may be measured and shown."""
    return clean(text, newlines=False).expandtabs(TAB)


def cells_of(text: str) -> int:
    """Width of a text in terminal cells, as it would be shown."""
    return cell_len(safe(text))


def fit(text: str, cells: int) -> str:
    """The text in at most so many cells, with … where something was left out."""
    text = safe(text)
    if cells <= 0:
        return ""
    if cell_len(text) <= cells:
        return text
    return set_cell_size(text, cells - 1).rstrip() + "…"


def pad(text: str, cells: int, *, right: bool = False) -> str:
    """The text in exactly so many cells."""
    text = fit(text, cells)
    space = " " * (cells - cell_len(text))
    return space + text if right else text + space


def wrap(text: str, cells: int) -> list[str]:
    """The text in rows of at most so many cells, broken between words where possible."""
    cells = max(1, cells)
    rows: list[str] = []
    for paragraph in clean(text).expandtabs(TAB).split("\n"):
        rows += _wrap_one(paragraph, cells)
    return rows


def _wrap_one(text: str, cells: int) -> list[str]:
    rows: list[str] = []
    row, used = "", 0
    for word in text.split():
        size = cell_len(word)
        if used and used + 1 + size <= cells:
            row, used = f"{row} {word}", used + 1 + size
            continue
        if used:
            rows.append(row)
        pieces = chop_cells(word, cells) if size > cells else [word]
        rows += pieces[:-1]
        row, used = pieces[-1], cell_len(pieces[-1])
    return [*rows, row]


def paragraph(text: str, cells: int, look: str = "") -> list[Line]:
    """Wrapped lines of one look."""
    return [line((row, look)) for row in wrap(text, cells)]


def labelled(label: str, text: str, cells: int, *, look: str = "", indent: int = 12, mark: str = "") -> list[Line]:
    """A label in its own column, and the text wrapped beside it; `mark` stands before every row."""
    edge = cell_len(mark)
    rows = wrap(text, cells - indent - edge)
    return [
        line((mark, "note"), (pad(label if number == 0 else "", indent), "dim"), (row, look))
        for number, row in enumerate(rows)
    ]


def spread(left: Iterable[Part], right: Iterable[Part], cells: int, band: str = "") -> Line:
    """Left parts, then right parts at the far end; the left ones give way where there is no room."""
    head, tail = line(*left), line(*right)
    room = cells - tail.width - (1 if tail.pieces else 0)
    kept = crop(head, room)
    gap = " " * max(0, cells - kept.width - tail.width)
    return Line((*kept.pieces, Piece(gap), *tail.pieces) if gap else (*kept.pieces, *tail.pieces), band)


def crop(whole: Line, cells: int) -> Line:
    """The line in at most so many cells."""
    if whole.width <= cells:
        return whole
    pieces: list[Piece] = []
    for piece in whole.pieces:
        size = cell_len(piece.text)
        if size > cells:
            pieces.append(Piece(fit(piece.text, cells), piece.look))
            break
        pieces.append(piece)
        cells -= size
    return Line(tuple(pieces), whole.band)
