"""What the terminal shows and what it should show; a frame is the difference, cell by cell.

Textual writes every row that may have changed, with all its colours. On a log that scrolls most cells stay as they
are; over SSH that is most of what would be sent. And as a frame leads from what is shown to what should be, frames can
be left out: the next one makes up for it.
"""

from __future__ import annotations

from collections.abc import Iterable

from rich.cells import get_character_cell_size
from rich.color import ColorSystem
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.strip import Strip

from app.ui.terminal.sgr import Looks

GAP = 6
"""Cells that are cheaper to write again than to jump over."""
UNKNOWN = -1
BLANK = 0


class Row:
    """The cells of one row: characters (empty after a wide one), and numbers of looks."""

    __slots__ = ("looks", "texts")

    def __init__(self, width: int, look: int = BLANK) -> None:
        self.texts = [" "] * width
        self.looks = [look] * width

    def put(self, x: int, texts: list[str], look: int) -> None:
        """Write cells from a column on; what would stand beyond the end is left out."""
        room = len(self.texts) - x
        if len(texts) > room:
            texts = texts[: max(0, room)]
        end = x + len(texts)
        # Half of a wide character that is written over leaves a space.
        if x < len(self.texts) and not self.texts[x]:
            self.texts[x - 1] = " "
        if end < len(self.texts) and not self.texts[end]:
            self.texts[end] = " "
        self.texts[x:end] = texts
        self.looks[x:end] = [look] * len(texts)


class Painter:
    """Takes Textual's updates and says what to write for them."""

    def __init__(self) -> None:
        self._size = (0, 0)
        self._wanted: list[Row] = []
        self._shown: list[Row] = []
        self._touched: set[int] = set()
        self._looks = Looks()
        self._cursor = (0, 0)

    def take(self, update: object) -> bool:
        """Note what an update of Textual's wants on the screen; False for what is no update of cells."""
        if isinstance(update, LayoutUpdate):
            region = update.region
            if (size := (region.right, region.bottom)) != self._size:
                self._resize(*size)
            for y, strips in enumerate(update.strips, region.y):
                self._put_all(y, region.x, strips)
            return True
        if isinstance(update, ChopsUpdate):
            for y in {y for y, _, _ in update.spans}:
                for x, strip in update.chops[y].items():
                    if strip is not None:
                        self._put_all(y, x, (strip,))
            return True
        return False

    def forget(self) -> None:
        """Nothing is known of what the terminal shows: the next frame writes every cell."""
        self._shown = [Row(self._size[0], UNKNOWN) for _ in self._wanted]
        # Not added to what was touched: rows that a larger size had are no rows any more.
        self._touched = set(range(len(self._wanted)))

    def _resize(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._wanted = [Row(width) for _ in range(height)]
        self.forget()

    def _put_all(self, y: int, x: int, strips: Iterable[Strip]) -> None:
        if not 0 <= y < len(self._wanted):
            return
        self._touched.add(y)
        row = self._wanted[y]
        for strip in strips:
            for text, style, control in strip:
                if not control:
                    cells = list(text) if text.isascii() else _cells(text)
                    row.put(x, cells, self._looks.number(style))
                    x += len(cells)

    def frame(self, colors: ColorSystem, x: int, y: int) -> str:
        """What to write to have everything on the screen as it was wanted last, and the cursor, which is hidden but
        where an input method shows its window, at a cell; empty where all is so already."""
        parts: list[str] = []
        look = BLANK
        for number in sorted(self._touched):
            look = self._row(number, look, colors, parts)
        self._touched.clear()
        if look != BLANK:
            parts.append(self._looks.change(look, BLANK, colors))
        if parts or self._cursor != (x, y):
            self._cursor = (x, y)
            parts.append(f"\x1b[{y + 1};{x + 1}H")
        return "".join(parts)

    def _row(self, y: int, look: int, colors: ColorSystem, parts: list[str]) -> int:
        shown, wanted = self._shown[y], self._wanted[y]
        for begin, end in _differences(shown, wanted):
            parts.append(f"\x1b[{y + 1};{begin + 1}H")
            x = begin
            while x < end:
                now, start = wanted.looks[x], x
                while x < end and wanted.looks[x] == now:
                    x += 1
                parts += (self._looks.change(look, now, colors), "".join(wanted.texts[start:x]))
                look = now
        shown.texts, shown.looks = wanted.texts.copy(), wanted.looks.copy()
        return look


def _differences(shown: Row, wanted: Row) -> list[tuple[int, int]]:
    """Spans of cells to write."""
    if shown.texts == wanted.texts and shown.looks == wanted.looks:
        return []
    width = len(wanted.texts)
    if UNKNOWN in shown.looks or any(len(cell) != 1 for row in (shown, wanted) for cell in row.texts):
        # Terminals disagree about the width of some characters; a row that has any is written whole.
        return [(0, width)]
    spans: list[tuple[int, int]] = []
    for x in range(width):
        if shown.texts[x] != wanted.texts[x] or shown.looks[x] != wanted.looks[x]:
            if spans and x - spans[-1][1] <= GAP:
                spans[-1] = (spans[-1][0], x + 1)
            else:
                spans.append((x, x + 1))
    return spans


def _cells(text: str) -> list[str]:
    cells: list[str] = []
    for character in text:
        width = get_character_cell_size(character)
        if width == 0 and cells:
            at = -1 if cells[-1] or len(cells) < 2 else -2
            cells[at] += character
        else:
            cells += [character, *[""] * (width - 1)]
    return cells
