"""What a human chose of a proposed diff: the pieces it has, and which were taken, rewritten or refused, and why.

Clients mark pieces and send the choice; the engine alone makes a tree of it (`app.engine.summary`). Light to import:
a screen reads pieces before its first paint.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from app.engine import hunks
from app.engine.hunks import FileChange, Hunk


class ChoiceError(Exception):
    """A choice cannot be read or does not fit its diff; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """What is taken or left as one."""

    id: str
    """`F` a whole file, `F.H` a hunk of it, `F.H.P` a part of a split hunk; numbers from 0."""
    file: FileChange
    hunk: Hunk | None
    """None for a whole file."""

    @property
    def line(self) -> int:
        """1-based line of the old file at which it begins to change something; 0 for a whole file."""
        if self.hunk is None:
            return 0
        kept = next((n for n, (sign, _) in enumerate(self.hunk.rows) if sign != " "), 0)
        return self.hunk.start + kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Marks on the diff of one card. What is neither taken nor edited is left out."""

    of: str
    """Hash of the card whose patch was marked; another card voids the marks."""
    taken: tuple[str, ...] = ()
    """Pieces said yes to."""
    split: tuple[str, ...] = ()
    """Hunks (`F.H`) that are decided part by part."""
    edited: dict[str, str] = field(default_factory=dict)
    """Piece -> the hunk as the human wrote it (see `hunks.text_of`); counts as taken."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Piece -> why it is refused, or what the agent should know of it."""

    def dump(self) -> str:
        """As JSON text; bytes that are not UTF-8 survive as escaped surrogates."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def load(cls, text: str) -> Choice:
        """The choice that `dump` wrote.

        Raises:
            ChoiceError: it is none.
        """
        try:
            values = json.loads(text)
            found = cls(
                of=_text(values["of"]),
                taken=tuple(map(_text, values["taken"])),
                split=tuple(map(_text, values["split"])),
                edited=_texts(values["edited"]),
                reasons=_texts(values["reasons"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise ChoiceError("This choice of hunks cannot be read. Mark the hunks again.") from None
        return found


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _texts(value: Any) -> dict[str, str]:
    return {_text(key): _text(text) for key, text in value.items()}


def pieces(patch: str, split: Collection[str] = ()) -> list[Piece]:
    """The pieces of a canonical diff in its order; hunks named in `split` are given as their parts."""
    found = []
    for number, file in enumerate(hunks.read(patch)):
        if file.whole:
            found.append(Piece(id=str(number), file=file, hunk=None))
            continue
        for at, hunk in enumerate(file.hunks):
            name = f"{number}.{at}"
            if name in split:
                found += [Piece(id=f"{name}.{part}", file=file, hunk=one) for part, one in enumerate(hunks.split(hunk))]
            else:
                found.append(Piece(id=name, file=file, hunk=hunk))
    return found


def marked(patch: str, choice: Choice) -> list[Piece]:
    """The pieces of the diff that a choice was made of; what was edited holds the human's rows.

    Raises:
        ChoiceError: it names a piece that the diff has not.
        hunks.HunkError: an edited hunk changed what the file is, or a row has no sign.
    """
    found = pieces(patch, choice.split)
    names = {piece.id for piece in found}
    halved = {name.rpartition(".")[0] for name in names if name.count(".") == 2}
    unknown = [*{*choice.taken, *choice.edited, *choice.reasons} - names, *set(choice.split) - halved]
    if unknown:
        raise ChoiceError(f"The diff has no piece {min(unknown)}. Mark its hunks again.")
    whole = [piece for piece in found if piece.hunk is None and piece.id in choice.edited]
    if whole:
        raise ChoiceError(
            f"{whole[0].file.path} is taken or left as a whole ({whole[0].file.whole}); edit the step instead."
        )
    return [
        replace(piece, hunk=hunks.edited(piece.hunk, choice.edited[piece.id]))
        if piece.hunk is not None and piece.id in choice.edited
        else piece
        for piece in found
    ]


def numbered(patch: str) -> dict[int, Piece]:
    """The pieces as a command line counts them, from 1."""
    return dict(enumerate(pieces(patch), 1))


def place(piece: Piece) -> str:
    """Where a piece is, e.g. `model.py:16`, or the file and why it is a whole."""
    return f"{piece.file.path}:{piece.line}" if piece.hunk is not None else f"{piece.file.path} ({piece.file.whole})"
