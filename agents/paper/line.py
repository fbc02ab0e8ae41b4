"""Printed lines: text with its place and type size, put together from the pieces a PDF draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

_SMALL_CAPITAL = 0.9


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of text drawn in one go; it may hold line ends. `x`, `y` and `size` in points, y upwards."""

    text: str
    x: float
    y: float
    size: float
    bold: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line."""

    text: str
    x: float
    y: float
    size: float
    """The size most characters have, in points."""
    largest: float
    """The largest size on the line: that of the capitals where small capitals are used."""
    bold: bool
    page: int
    title_case: str
    """The text with small capitals as small letters."""


def lines_of(fragments: list[Fragment], page: int) -> list[Line]:
    """Lines of one page in the order in which the PDF draws them."""
    lines: list[Line] = []
    pieces: list[Fragment] = []
    for fragment in fragments:
        parts = fragment.text.split("\n")
        for index, part in enumerate(parts):
            if index:
                lines += _line(pieces, page)
                pieces = []
            if part:
                pieces.append(Fragment(part, fragment.x, fragment.y, fragment.size, fragment.bold))
    return lines + _line(pieces, page)


def _line(pieces: list[Fragment], page: int) -> list[Line]:
    shown = [piece for piece in pieces if piece.text.strip()]
    if not shown:
        return []
    weights: Counter[float] = Counter()
    for piece in shown:
        weights[round(piece.size, 1)] += len(piece.text.strip())
    size = weights.most_common(1)[0][0]
    base = next((piece for piece in shown if round(piece.size, 1) == size), shown[0])
    largest = max(round(piece.size, 1) for piece in shown)
    heavy = sum(len(piece.text.strip()) for piece in shown if piece.bold)
    return [
        Line(
            text=" ".join("".join(piece.text for piece in pieces).split()),
            x=shown[0].x,
            y=base.y,
            size=size,
            largest=largest,
            bold=heavy * 2 > sum(weights.values()),
            page=page,
            title_case=_title_case(pieces, largest),
        )
    ]


def _title_case(pieces: list[Fragment], largest: float) -> str:
    text = ""
    for piece in pieces:
        small = round(piece.size, 1) < _SMALL_CAPITAL * largest
        capitals = small and piece.text.isupper() and (len(piece.text.strip()) > 1 or text[-1:].isalpha())
        text += piece.text.lower() if capitals else piece.text
    return " ".join(text.split())
