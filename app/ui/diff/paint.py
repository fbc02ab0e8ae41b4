"""Rows of a desk as lines of the screen, each painted when it comes into view."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import overload

from app.engine.hunks import FileChange
from app.ui import highlight
from app.ui.diff.blocks import Block, Code, notes
from app.ui.diff.desk import Desk, Row
from app.ui.diff.marks import Marks
from app.ui.diff.visible import Span, overlaid, visible
from app.ui.diff.words import changed
from app.ui.text import EMPTY, TAB, Line, Part, Piece, cells_of, crop, fit, line, spread

GUTTER = 12
"""Cells before the code: edge, two numbers, sign."""
_SIGNS = {"+": "+", "-": "−", " ": " "}
_BANDS = {"+": "add", "-": "del"}
_EDGES = {"+": "good", "-": "bad"}


class Painter:
    """Paints lines of code once, and keeps them until the desk has other blocks.

    Args:
        desk: what is painted.
        coloured: with the colours of the file's language.
    """

    def __init__(self, desk: Desk, *, coloured: bool) -> None:
        self._blocks, self._coloured = desk.blocks, coloured
        self._stretches: dict[tuple[int, str], _Stretch] = {}
        self._known: dict[tuple[int, int], tuple[Piece, ...]] = {}

    def fits(self, desk: Desk, *, coloured: bool) -> bool:
        """Whether it still paints what the desk holds."""
        return self._blocks is desk.blocks and self._coloured == coloured

    def code(self, number: int, at: int) -> tuple[Piece, ...]:
        """A line of a block in its colours, with what changed in it and what is not seen by itself."""
        key = (number, at)
        if key not in self._known:
            block = self._blocks[number]
            shown, spans = visible(block.lines[at].text)
            self._known[key] = overlaid(self._colours(number, at), (*_words(block, at, shown), *spans))
        return self._known[key]

    def _colours(self, number: int, at: int) -> tuple[Piece, ...]:
        block = self._blocks[number]
        # Each side is coloured as one stretch, so that a string over several lines keeps its colour.
        side = "-" if block.lines[at].sign == "-" else "+"
        if (number, side) not in self._stretches:
            self._stretches[number, side] = _Stretch(block, side, self._coloured)
        return self._stretches[number, side].row(at)

    def widest(self) -> int:
        """Cells that the widest line of code may have."""
        return max((_bound(code.text) for block in self._blocks for code in block.lines), default=0)


class _Stretch:
    def __init__(self, block: Block, side: str, coloured: bool) -> None:
        at = [n for n, code in enumerate(block.lines) if (code.sign == "-") == (side == "-")]
        self._places = {line: place for place, line in enumerate(at)}
        texts = [visible(block.lines[n].text)[0] for n in at]
        path = block.file.path
        self._rows = highlight.as_needed(path, texts) if coloured else iter(highlight.plain(path, texts))
        self._done: list[tuple[Piece, ...]] = []

    def row(self, at: int) -> tuple[Piece, ...]:
        place = self._places[at]
        while len(self._done) <= place:
            self._done.append(next(self._rows))
        return self._done[place]


def _words(block: Block, at: int, shown: str) -> tuple[Span, ...]:
    partner = block.pairs.get(at)
    if partner is None:
        return ()
    other = visible(block.lines[partner].text)[0]
    return changed(shown, other)[0] if block.lines[at].sign == "-" else changed(other, shown)[1]


def _bound(text: str) -> int:
    if text.isascii() and text.isprintable():
        return len(text)
    return max(cells_of(visible(text)[0]), len(text) + TAB * text.count("\t"))


class Sheet(Sequence[Line]):
    """The lines of the desk as it is now; it stays as it is when the desk goes on.

    Args:
        desk: what is shown.
        painter: paints its code.
        width: cells of the pane.
        marked: marks are shown, and the cursor.
        shift: cells by which both columns are moved to the left.
        tail: lines after the last row.
    """

    def __init__(
        self, desk: Desk, painter: Painter, width: int, *, marked: bool, shift: int = 0, tail: Sequence[Line] = ()
    ) -> None:
        self._blocks, self._rows, self._painter = desk.blocks, desk.rows, painter
        self._width, self._marked, self._shift, self._tail = width, marked, shift, tuple(tail)
        self._marks, self._split, self._folded = desk.marks, desk.side_by_side, frozenset(desk.folded)
        self._query, self._current = desk.query, desk.current if marked else -1
        span = desk.selected() or (desk.cursor, desk.cursor)
        self._chosen = range(span[0], span[1] + 1) if marked else range(0)

    def __len__(self) -> int:
        return len(self._rows) + len(self._tail)

    @overload
    def __getitem__(self, index: int) -> Line: ...

    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...

    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [self._line(number) for number in range(*index.indices(len(self)))]
        return self._line(index)

    def _line(self, index: int) -> Line:
        if index >= len(self._rows):
            return self._tail[index - len(self._rows)]
        row = self._rows[index]
        match row.kind:
            case "gap":
                made = EMPTY
            case "listing":
                made = self._listing(row)
            case "file":
                made = self._file(row)
            case "note":
                made = line((f"  {notes(self._blocks[row.block].file)[row.at]}", "warn"))
            case "head":
                made = self._head(row)
            case "code":
                made = self._two(row) if self._split else self._one(row)
        return Line(made.pieces, "selected") if index in self._chosen else made

    def _of_file(self, file: FileChange) -> Iterator[Block]:
        return (block for block in self._blocks if block.file is file)

    def _size(self, file: FileChange) -> list[Part]:
        own = list(self._of_file(file))
        added, removed = (sum(block.count(sign) for block in own) for sign in "+-")
        return [(f"+{added}", "good"), " ", (f"−{removed}", "bad")]

    def _file(self, row: Row) -> Line:
        file = self._blocks[row.block].file
        return spread([(file.path, "title")], self._size(file), self._width, "bar")

    def _listing(self, row: Row) -> Line:
        file = self._blocks[row.block].file
        own = list(self._of_file(file))
        alarms = list(dict.fromkeys(badge for block in own for badge in block.badges))
        right = _alarm(alarms, self._width // 3)
        if self._marked:
            decided = sum(self._marks.takes(block.id) or block.id in self._marks.no for block in own)
            right.append((f"{decided}/{len(own)} decided  ", "good" if decided == len(own) else "dim"))
        return spread([" ", (file.path, "name")], [*right, *self._size(file)], self._width)

    def _head(self, row: Row) -> Line:
        block = self._blocks[row.block]
        here = row.block == self._current
        fold = "▸" if block.id in self._folded else "▾"
        left: list[Part] = [(f"{'┃' if here else ' '}", "key"), (f"{fold} ", "dim")]
        left += [(f"{block.span} ", "faint")] if block.span else []
        left.append((fit(block.context, 48), "hunk"))
        if block.id in self._folded:
            left.append((f"  {block.count('+') + block.count('-')} changed lines folded", "dim"))
        right = _alarm(block.badges, self._width // 2)
        right.append((f"hunk {row.block + 1} of {len(self._blocks)}", "bold" if here else "dim"))
        if self._marked:
            right += _standing(self._marks, block.id, self._width // 2)
        return spread(left, right, self._width)

    def _one(self, row: Row) -> Line:
        code = self._blocks[row.block].lines[row.at]
        if code.sign == "@":
            return line((" " * GUTTER, ""), (code.text, "faint"))
        numbers = f"{code.old if code.old is not None else '':>4} {code.new if code.new is not None else '':>4} "
        look = _EDGES.get(code.sign, "")
        found = self._found(self._painter.code(row.block, row.at))
        pieces = (self._edge(row, look), Piece(numbers, "faint"), Piece(f"{_SIGNS[code.sign]} ", look), *found)
        return Line((*pieces, *_unended(code)), _BANDS.get(code.sign, ""))

    def _edge(self, row: Row, look: str) -> Piece:
        if row.block == self._current:
            return Piece("┃", "key")
        return Piece("▌" if look else " ", look)

    def _two(self, row: Row) -> Line:
        left = (self._width - 2) // 2
        edge = self._edge(row, "")
        first = self._half(row.block, row.at, left, old=True)
        second = self._half(row.block, row.beside, self._width - 2 - left, old=False)
        return Line((edge, *first, Piece("│", "faint"), *second))

    def _half(self, number: int, at: int, width: int, *, old: bool) -> tuple[Piece, ...]:
        if at < 0:
            return (Piece(" " * width),)
        code = self._blocks[number].lines[at]
        if code.sign == "@":
            return crop(line((code.text, "faint"), " " * width), width).pieces
        look, band = _EDGES.get(code.sign, ""), _BANDS.get(code.sign, "")
        count = code.old if old else code.new
        found = (*self._found(self._painter.code(number, at)), *_unended(code))
        whole = (Piece(f"{count if count is not None else '':>4} ", "faint"), Piece(f"{_SIGNS[code.sign]} ", look))
        made = Line((*whole, *_shifted(found, self._shift)))
        made = crop(made, width) if made.width > width else Line((*made.pieces, Piece(" " * (width - made.width))))
        return tuple(Piece(text, f"{look}+{band}" if band else look) for text, look in made.pieces)

    def _found(self, pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        word = self._query
        if not word:
            return pieces
        text = "".join(piece.text for piece in pieces)
        seen = text.lower() if word == word.lower() else text
        spans, at = list[Span](), seen.find(word)
        while at >= 0:
            spans.append(Span(at, at + len(word), "match"))
            at = seen.find(word, at + len(word))
        return overlaid(pieces, tuple(spans))


def _alarm(badges: list[str], room: int) -> list[Part]:
    return [(fit(f"! {', '.join(badges)}", room), "warn"), "  "] if badges else []


def _unended(code: Code) -> tuple[Piece, ...]:
    return () if code.ended else (Piece("  ⌁ no newline at end of file", "faint"),)


def _standing(marks: Marks, piece: str, room: int) -> list[Part]:
    sign, comment = marks.sign_of(piece), marks.comment_on(piece)
    said: list[Part] = ["  ", (fit(sign.text, room), sign.look)]
    return [*said, (fit(f"  “{comment}”", room), "note")] if comment else said


def _shifted(pieces: tuple[Piece, ...], cells: int) -> tuple[Piece, ...]:
    found = []
    for text, look in pieces:
        found.append(Piece(text[cells:], look))
        cells = max(0, cells - len(text))
    return tuple(piece for piece in found if piece.text)
