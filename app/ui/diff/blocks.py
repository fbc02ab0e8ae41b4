"""A patch as blocks: what is decided as one, with numbered lines. Read by what the engine applies it with, so that
what is drawn is what a yes is about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from app.engine import hunks
from app.engine.choice import Piece, pieces
from app.engine.hunks import FileChange, Hunk
from app.ui.diff.badges import badges
from app.ui.diff.words import pairs

_QUIET = ("index ", "--- ", "+++ ", "diff --git ")


class Code(NamedTuple):
    """One line of a block with its number in the old and the new file; the sign is `+`, `-`, blank or `@`."""

    sign: str
    text: str
    old: int | None = None
    new: int | None = None
    ended: bool = True
    """Whether a line feed ends it."""


@dataclass
class Block:
    """A piece of the diff, as it is drawn."""

    piece: Piece
    lines: list[Code]
    span: str
    """Which lines of the old and the new file it is."""
    first: bool
    """Of its file."""
    protected: bool = False

    @property
    def id(self) -> str:
        """The piece's."""
        return self.piece.id

    @property
    def file(self) -> FileChange:
        """The file it changes."""
        return self.piece.file

    @property
    def context(self) -> str:
        """What it stands in, or why it is a whole file."""
        return self.piece.hunk.context if self.piece.hunk is not None else self.file.whole

    @cached_property
    def badges(self) -> list[str]:
        """Why to look at it twice."""
        added = [code.text for code in self.lines if code.sign == "+"]
        found = badges(added, [code.text for code in self.lines if code.sign != "+"])
        return ["protected file", *found] if self.protected else found

    @cached_property
    def pairs(self) -> dict[int, int]:
        """Both ways, which added line takes the place of which removed one."""
        return pairs([code.sign for code in self.lines])

    def count(self, sign: str) -> int:
        """Lines with a sign."""
        return sum(code.sign == sign for code in self.lines)


def blocks(
    patch: str, split: Collection[str], edited: Mapping[str, str], protected: Collection[str] = ()
) -> list[Block]:
    """The blocks of a patch in its order; what the human wrote stands in place of what it was made of."""
    found: list[Block] = []
    path, shift = "", 0
    for piece in pieces(patch, split):
        first = not found or piece.file.path != path
        path, shift = piece.file.path, 0 if first else shift
        if piece.hunk is None:
            lines = _whole(piece.file)
            found.append(Block(piece, lines, "", True, path in protected))
            continue
        shown = hunks.edited(piece.hunk, edited[piece.id]) if piece.id in edited else piece.hunk
        found.append(Block(piece, _numbered(shown, shift), _span(shown, shift), first, path in protected))
        shift += len(shown.new) - len(shown.old)
    return found


def notes(file: FileChange) -> list[str]:
    """What git says of a file beyond its lines (new, deleted, renamed, mode, binary) and beyond why it is a whole."""
    found = [row.rstrip("\n") for row in file.head if row.strip() and not row.startswith(_QUIET)]
    return [row for row in found if row != file.whole]


def _whole(file: FileChange) -> list[Code]:
    lines, shift = list[Code](), 0
    for hunk in file.hunks:
        if lines:
            lines.append(Code("@", f"{_span(hunk, shift)} {hunk.context}"))
        lines += _numbered(hunk, shift)
        shift += len(hunk.new) - len(hunk.old)
    return lines


def _numbered(hunk: Hunk, shift: int) -> list[Code]:
    old, new = hunk.start, hunk.start + shift
    lines = []
    for sign, text in hunk.rows:
        bare = text.removesuffix("\n")
        lines.append(
            Code(sign, bare, old if sign != "+" else None, new if sign != "-" else None, len(bare) < len(text))
        )
        old, new = old + (sign != "+"), new + (sign != "-")
    return lines


def _span(hunk: Hunk, shift: int) -> str:
    old, new = len(hunk.old), len(hunk.new)
    return f"@@ -{hunk.start - (old == 0)},{old} +{hunk.start + shift - (new == 0)},{new} @@"


def chosen_text(block: Block, chosen: Collection[int]) -> str:
    """The hunk of a block as a human would write it who takes only these of its changed lines.

    Raises:
        hunks.HunkError: a line without an end would get another one behind it.
    """
    hunk = block.piece.hunk
    assert hunk is not None, "a whole file is taken or left"
    rows: list[tuple[str, str]] = []
    for at, code in enumerate(block.lines):
        text = code.text + ("\n" if code.ended else "")
        if at in chosen or code.sign == " ":
            rows.append((code.sign, text))
        elif code.sign == "-":
            rows.append((" ", text))
    if any(not text.endswith("\n") for sign, text in [row for row in rows if row[0] != "-"][:-1]):
        raise hunks.HunkError("The last line of the file has no end: take the hunk as a whole, or edit it with E.")
    return hunks.text_of(Hunk(start=hunk.start, rows=tuple(rows), context=hunk.context))
