"""What the human has marked so far in one diff: a draft, until the summary of it is accepted."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from app.engine.choice import Choice
from app.ui.signs import Sign

CLIENT = "review"
"""Whose drafts they are in the journal; the key is the step's number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Marks on the pieces of the card `of`; every change makes new ones."""

    of: str
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    edited: dict[str, str] = field(default_factory=dict)
    """Piece -> the hunk as the human wrote it; it is said yes to."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Piece -> why it is refused, or a comment for the agent."""

    def __bool__(self) -> bool:
        """Whether anything is marked."""
        return bool(self.yes or self.no or self.split or self.edited or self.reasons)

    def said_yes(self, piece: str) -> Marks:
        """The piece is taken, as the human wrote it where it was edited."""
        return replace(self._without(piece), yes=(*_rest(self.yes, piece), piece))

    def said_no(self, piece: str, reason: str) -> Marks:
        """The piece is refused; what was edited in it goes with it."""
        bare = self.undecided(piece)
        reasons = {key: text for key, text in self.reasons.items() if key != piece}
        return replace(bare, no=(*bare.no, piece), reasons=reasons | ({piece: reason} if reason else {}))

    def undecided(self, piece: str) -> Marks:
        """Neither; a comment stays."""
        edited = {key: text for key, text in self.edited.items() if key != piece}
        return replace(self._without(piece), edited=edited)

    def _without(self, piece: str) -> Marks:
        # Why it was refused is no comment on what is taken now.
        refused = piece in self.no
        reasons = {key: text for key, text in self.reasons.items() if key != piece or not refused}
        return replace(self, yes=_rest(self.yes, piece), no=_rest(self.no, piece), reasons=reasons)

    def wrote(self, piece: str, text: str) -> Marks:
        """The piece is taken as the human wrote it."""
        return replace(self._without(piece), yes=_rest(self.yes, piece), edited={**self.edited, piece: text})

    def commented(self, piece: str, text: str) -> Marks:
        """The agent is told this of the piece; nothing where the text is empty."""
        reasons = {key: value for key, value in self.reasons.items() if key != piece}
        return replace(self, reasons=reasons | ({piece: text} if text else {}))

    def divided(self, piece: str) -> Marks:
        """The hunk is decided part by part from now on."""
        return replace(self.commented(piece, "").undecided(piece), split=(*self.split, piece))

    def sign_of(self, piece: str) -> Sign:
        """How a piece stands."""
        reason = self.reasons.get(piece, "")
        if piece in self.no:
            return Sign("✘", f"no: {reason}" if reason else "no", "bad")
        if piece in self.edited:
            return Sign("✎", "edited", "note")
        return Sign("✔", "yes", "good") if piece in self.yes else Sign("○", "undecided", "dim")

    def comment_on(self, piece: str) -> str:
        """What the agent is told of a piece that is not refused."""
        return "" if piece in self.no else self.reasons.get(piece, "")

    def takes(self, piece: str) -> bool:
        """Whether it is said yes to."""
        return piece in self.yes or piece in self.edited

    def choice(self) -> Choice:
        """As the engine takes it."""
        taken = tuple(sorted({*self.yes, *self.edited}))
        return Choice(of=self.of, taken=taken, split=self.split, edited=self.edited, reasons=self.reasons)

    def dump(self) -> str:
        """As a draft; bytes that are not UTF-8 survive as escaped surrogates."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str, of: str) -> Marks:
        """From a draft; marks on another card are void, and so is what cannot be read."""
        try:
            values: dict[str, Any] = json.loads(text)
            if values["of"] != of:
                return cls(of=of)
            lists = {name: tuple(map(str, values[name])) for name in ("yes", "no", "split")}
            return cls(of=of, **lists, edited=dict(values["edited"]), reasons=dict(values["reasons"]))
        except (ValueError, KeyError, TypeError):
            return cls(of=of)


def _rest(pieces: tuple[str, ...], piece: str) -> tuple[str, ...]:
    return tuple(one for one in pieces if one != piece)


def counted(marks: Marks, pieces: list[str]) -> str:
    """The marks in words, e.g. `3 of 5 hunks, 2 refused, 1 edited`."""
    taken = sum(map(marks.takes, pieces))
    refused, edited = len(marks.no), len(marks.edited)
    open_ones = len(pieces) - taken - refused
    words = [f"{taken} of {len(pieces)} hunk{'s' if len(pieces) != 1 else ''}"]
    words += [f"{count} {name}" for count, name in ((refused, "refused"), (edited, "edited")) if count]
    words += [f"{open_ones} undecided"] if open_ones else []
    return ", ".join(words)
