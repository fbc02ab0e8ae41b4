"""A search over all pages of a paper: every occurrence is a match, in the text as it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.ui.paper import reading
from app.ui.paper.pages import pages
from app.ui.text import fit, safe

if TYPE_CHECKING:
    from agents.research import Paper

_SHOWN = 20
"""Cells of the text in a caption."""


class Search(NamedTuple):
    """A text, where it stands (page and paragraph, from 0), and which of the places is shown."""

    text: str = ""
    places: tuple[tuple[int, int], ...] = ()
    at: int = -1

    def turned(self, move: int) -> Search:
        """At the next place, or the one before; past the last one comes the first."""
        return self._replace(at=(self.at + move) % len(self.places)) if self.places else self

    @property
    def current(self) -> int:
        """Which one the shown place is among those of its paragraph, from 0; -1 where none is shown."""
        return self.at - self.places.index(self.places[self.at]) if self.at >= 0 else -1

    @property
    def caption(self) -> str:
        """What is looked for, and how far we are; empty without a search."""
        return f" “{fit(self.text, _SHOWN)}” {self.at + 1} of {len(self.places)} ·" if self.text else ""


def search(paper: Paper | None, text: str) -> Search:
    """Find a text on all pages, whatever its case."""
    if paper is None or not text:
        return Search(text)
    marks = reading.Marks()
    return Search(
        text,
        tuple(
            (index, number)
            for index, page in enumerate(pages(paper))
            for number, content in enumerate(page.paragraphs)
            for _ in reading.occurrences(" ".join(safe(reading.shown(content, marks)).split()), text)
        ),
    )
