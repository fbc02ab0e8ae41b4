"""Code with what a reader would not see made visible: tabs, space at the end, control and invisible characters."""

from __future__ import annotations

from typing import NamedTuple

from app.sanitise import clean
from app.ui.text import TAB, Piece

OVER = "+"
"""Stands between looks that are drawn over each other, and begins one that keeps what is below."""


class Span(NamedTuple):
    """A stretch of a shown text in a look of its own."""

    start: int
    end: int
    look: str


def visible(text: str) -> tuple[str, tuple[Span, ...]]:
    """A line of code as it may be shown, without its end, and where it holds something that is not seen by itself."""
    bare = len(text.rstrip(" \t"))
    if bare == len(text) and "\t" not in text and not hidden(text):
        return text, ()
    shown, spans = "", []
    for at, letter in enumerate(text):
        start = len(shown)
        if letter == "\t":
            # A tab is one cell at least, and ends where the next column of tabs begins.
            shown += "→".ljust(TAB - start % TAB)
        elif letter == " " and at >= bare:
            shown += "·"
        else:
            seen = clean(letter, newlines=False)
            shown += seen
            if seen == letter:
                continue
        spans.append(Span(start, len(shown), "faint" if letter == "\t" and at < bare else "warn"))
    return shown, tuple(spans)


def hidden(text: str) -> bool:
    """Whether it holds control, bidirectional or invisible characters; a tab is none."""
    return clean(text, newlines=False) != text


def overlaid(pieces: tuple[Piece, ...], spans: tuple[Span, ...]) -> tuple[Piece, ...]:
    """The pieces with spans drawn over them, the last one uppermost."""
    if not spans:
        return pieces
    cuts = sorted({edge for span in spans for edge in (span.start, span.end)})
    found: list[Piece] = []
    start = 0
    for text, look in pieces:
        end = start + len(text)
        edges = [start, *(cut for cut in cuts if start < cut < end), end]
        for left, right in zip(edges, edges[1:], strict=False):
            found.append(Piece(text[left - start : right - start], _over(look, left, spans)))
        start = end
    return tuple(found)


def _over(look: str, at: int, spans: tuple[Span, ...]) -> str:
    for span in spans:
        if span.start <= at < span.end:
            look = look + span.look if span.look.startswith(OVER) else span.look
    return look
