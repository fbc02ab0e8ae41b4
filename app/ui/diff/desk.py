"""One diff on the desk: its rows, where the cursor is, what is folded, selected, searched for and marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from app.ui.diff.blocks import Block, blocks, notes
from app.ui.diff.marks import Marks

Kind = Literal["listing", "gap", "file", "note", "head", "code"]
UNDOS = 100


class Row(NamedTuple):
    """One row of the pane: a line of a block, two lines side by side, or what stands around blocks."""

    kind: Kind
    block: int = -1
    at: int = -1
    """Which line of the block, or which note of its file."""
    beside: int = -1
    """In two columns: the line at the right; `at` is -1 where there is none at the left."""


class Desk:
    """What is reviewed and how far the review is.

    Args:
        patch: the diff.
        protected: files that the contract does not allow to change.
        marks: those already made.
        keep: is given every change of the marks.
    """

    def __init__(self, patch: str, protected: frozenset[str], marks: Marks, keep: Callable[[Marks], None]) -> None:
        self._patch, self._protected, self._keep = patch, protected, keep
        self.marks = marks
        self.side_by_side = False
        self.folded: set[str] = set()
        self.anchor: int | None = None
        """The row at which the selection of lines began."""
        self.query = ""
        self.cursor = 0
        self._before: list[tuple[Marks, str]] = []
        self.blocks: list[Block] = []
        self.rows: list[Row] = []
        self.heads: list[int] = []
        """Row of each block's head."""
        self._read()
        self.cursor = self.heads[0] if self.heads else 0

    # rows

    def _read(self) -> None:
        self.blocks = blocks(self._patch, self.marks.split, self.marks.edited, self._protected)
        self.lay_out()

    def lay_out(self) -> None:
        """Make the rows anew; the cursor stays at its line."""
        place = self.rows[self.cursor] if self.cursor < len(self.rows) else None
        name = self._name_of(place)
        self.rows, self.heads = self._files(), []
        for number, block in enumerate(self.blocks):
            if block.first:
                self.rows += [Row("gap")] if self.rows else []
                self.rows.append(Row("file", number))
                self.rows += [Row("note", number, at) for at in range(len(notes(block.file)))]
            self.heads.append(len(self.rows))
            self.rows.append(Row("head", number))
            if block.id not in self.folded:
                self.rows += self._lines(number, block)
        self.anchor = None
        self.cursor = self._row_of(place, name)

    def _files(self) -> list[Row]:
        first = [number for number, block in enumerate(self.blocks) if block.first]
        return [Row("listing", number) for number in first] if len(first) > 1 else []

    def _lines(self, number: int, block: Block) -> list[Row]:
        if not self.side_by_side:
            return [Row("code", number, at) for at in range(len(block.lines))]
        rows = []
        for at, code in enumerate(block.lines):
            partner = block.pairs.get(at)
            if code.sign == "+":
                rows += [Row("code", number, -1, at)] if partner is None else []
            elif code.sign == "-":
                rows.append(Row("code", number, at, -1 if partner is None else partner))
            else:
                rows.append(Row("code", number, at, at))
        return rows

    def _name_of(self, place: Row | None) -> str:
        return self.names[place.block] if place is not None and 0 <= place.block < len(self.names) else ""

    def _row_of(self, place: Row | None, name: str) -> int:
        self.names = [block.id for block in self.blocks]
        if place is None or place.kind == "listing":
            return min(self.cursor, max(0, len(self.rows) - 1))
        number = next((n for n, one in enumerate(self.names) if one == name or one.startswith(f"{name}.")), None)
        if number is None:
            number = next((n for n, one in enumerate(self.names) if name.startswith(f"{one}.")), 0)
        if not self.heads:
            return 0
        lines = {place.at, place.beside} - {-1}
        end = self.heads[number + 1] if number + 1 < len(self.heads) else len(self.rows)
        same = (at for at in range(self.heads[number], end) if {self.rows[at].at, self.rows[at].beside} & lines)
        return next(same, self.heads[number]) if place.kind == "code" else self.heads[number]

    names: list[str] = []
    """Of the blocks as they were laid out last."""

    # where the cursor is

    @property
    def current(self) -> int:
        """The block under the cursor, or the next one below it; -1 where there is none."""
        if not self.blocks:
            return -1
        number = self.rows[self.cursor].block
        return number if number >= 0 else next((row.block for row in self.rows[self.cursor :] if row.block >= 0), 0)

    @property
    def block(self) -> Block | None:
        """As `current`."""
        return self.blocks[self.current] if self.blocks else None

    def extent(self, number: int) -> tuple[int, int]:
        """First and last row of a block."""
        after = self.heads[number + 1] if number + 1 < len(self.heads) else len(self.rows)
        last = next((at for at in range(after - 1, self.heads[number], -1) if self.rows[at].kind == "code"), None)
        return self.heads[number], self.heads[number] if last is None else last

    def move(self, rows: int) -> None:
        """Move the cursor by rows; a selection stays in its block."""
        first, last = 0, len(self.rows) - 1
        if self.anchor is not None:
            first, last = self.extent(self.rows[self.anchor].block)
            first = min(first + 1, last)
        self.cursor = max(min(self.cursor + rows, last), first, 0)

    def to_block(self, move: int) -> bool:
        """Go to the head of the next block or the one before; False where there is none."""
        self.anchor = None
        if move < 0:
            found = next((row for row in reversed(self.heads) if row < self.cursor), None)
        else:
            found = next((row for row in self.heads if row > self.cursor), None)
        if found is None:
            return False
        self.cursor = found
        return True

    def to_undecided(self) -> bool:
        """Go to the next block without a mark, from the beginning again where there is none below."""
        here, count = self.current, len(self.blocks)
        for step in range(1, count):
            number = (here + step) % count
            name = self.blocks[number].id
            if name not in self.marks.no and not self.marks.takes(name):
                self.cursor, self.anchor = self.heads[number], None
                return True
        return False

    def fold(self, *, all_of_them: bool = False) -> None:
        """Fold the block under the cursor or show it again, or all of them."""
        if self.block is None:
            return
        names = {block.id for block in self.blocks} if all_of_them else {self.block.id}
        self.folded = self.folded - names if names <= self.folded else self.folded | names
        self.lay_out()

    def selected(self) -> tuple[int, int] | None:
        """First and last selected row."""
        return None if self.anchor is None else (min(self.anchor, self.cursor), max(self.anchor, self.cursor))

    def chosen(self) -> set[int]:
        """The changed lines of the block that are selected."""
        span, block = self.selected(), self.block
        if span is None or block is None:
            return set()
        lines = {at for row in self.rows[span[0] : span[1] + 1] for at in (row.at, row.beside) if at >= 0}
        return {at for at in lines if block.lines[at].sign in "+-"}

    # search

    def matches(self) -> list[tuple[int, int]]:
        """Block and line of every line with what is searched for; small letters stand for capitals too."""
        word = self.query
        if not word:
            return []
        fold = word == word.lower()
        return [
            (number, at)
            for number, block in enumerate(self.blocks)
            for at, code in enumerate(block.lines)
            if word in (code.text.lower() if fold else code.text)
        ]

    def to_match(self, move: int) -> tuple[int, int]:
        """Go to the next match (1), the one before (-1), or the nearest from here on (0), around the ends.

        Returns which one it is, from 1 on, and how many there are.
        """
        found = self.matches()
        if not found:
            return 0, 0
        row = self.rows[self.cursor] if self.rows else Row("gap")
        here = (max(self.current, 0), max(row.at, row.beside))
        if move < 0:
            index = next((n for n in reversed(range(len(found))) if found[n] < here), len(found) - 1)
        else:
            index = next((n for n, one in enumerate(found) if one > here or (move == 0 and one == here)), 0)
        number, at = found[index]
        if self.blocks[number].id in self.folded:
            self.folded.discard(self.blocks[number].id)
            self.lay_out()
        first, last = self.extent(number)
        self.cursor = next(n for n in range(first, last + 1) if at in (self.rows[n].at, self.rows[n].beside))
        return index + 1, len(found)

    # marks

    def mark(self, marks: Marks) -> None:
        """Take these marks from now on; `take_back` goes back."""
        if marks == self.marks:
            return
        self._before = [*self._before[-UNDOS:], (self.marks, self.block.id if self.block else "")]
        self._put(marks)

    def take_back(self) -> bool:
        """The marks before the last one; False where nothing is marked."""
        if self._before:
            marks, name = self._before.pop()
            self._put(marks)
            if name in self.names:
                self.cursor = self.heads[self.names.index(name)]
            return True
        if self.block is None or not self.marks:
            return False
        # What another screen marked has no order any more: one at a time, under the cursor.
        self._put(self.marks.commented(self.block.id, "").undecided(self.block.id))
        return True

    def _put(self, marks: Marks) -> None:
        before, self.marks, self.anchor = self.marks, marks, None
        if (before.split, before.edited) != (marks.split, marks.edited):
            self._read()
        self._keep(marks)
