"""A page drawn: its lines, and the spots on it that can be chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from app.ui.text import Line


class Spot(NamedTuple):
    """Something that can be chosen: its rows, and where in the paper it leads."""

    first: int
    last: int
    kind: str
    """`paragraph`, `section`, `tasks`, `gaps`, `keywords`, `reference` or `paper`."""
    nth: int
    """Which one of its kind, from 0."""
    section: str = ""
    """As passages name it; empty where it leads nowhere."""
    paragraph: int = 0
    quote: str = ""
    """The words that matter there."""

    @property
    def place(self) -> str:
        """As `agents.research.Passage.where` writes it."""
        return f"§{self.section} ¶{self.paragraph}"


class Sheet(NamedTuple):
    """What is drawn of a page."""

    body: list[Line]
    spots: list[Spot]
    head: tuple[Line, ...] = ()
    """Stays above the body."""
    listed: bool = True
    """Moving chooses the next spot; else it scrolls, and the spot follows what is in view."""


EMPTY_SHEET = Sheet([], [])


def banded(rows: Iterable[Line], chosen: bool) -> list[Line]:
    """Rows of a spot, on the ground of what is chosen."""
    return [row._replace(band="selected") for row in rows] if chosen else list(rows)
