"""Formulas as readable Unicode: TeX in `$…$`, `\\(…\\)`, `\\[…\\]` and its environments, one line or a few.

What is no formula stays as written, and so does a formula that cannot be read: this never fails.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

LONGEST = 4000
"""Characters of TeX; a longer one is shown as its source."""
_DISPLAY = re.compile(
    r"\$\$(?P<dollars>.+?)\$\$|\\\[(?P<brackets>.+?)\\\]|"
    r"\\begin\{(?P<name>equation|align|gather|multline|eqnarray|displaymath|flalign|alignat)(?P<star>\*?)\}"
    r"(?P<body>.+?)\\end\{(?P=name)(?P=star)\}",
    re.S,
)
# As in Pandoc: "$5 and $10" is money, because nothing that opens stands before a space and what closes before a digit.
_INLINE = re.compile(r"(?<![\\$])\$(?=[^\s$])(?P<dollars>[^$\n]{1,1000}?)(?<![\s\\])\$(?![\d$])|\\\((?P<round>.+?)\\\)")
_BREAKING = ("align", "gather", "multline", "eqnarray", "flalign", "alignat")


class Segment(NamedTuple):
    """A stretch of a paragraph."""

    rows: tuple[str, ...]
    """One text to be wrapped, or the rows of a formula that stands alone."""
    formula: bool


def has_formula(text: str) -> bool:
    """Whether there may be something to typeset; costs next to nothing."""
    return "$" in text or "\\" in text


def segments(text: str) -> list[Segment]:
    """A paragraph as prose (formulas inside it on its line) and formulas set off from it."""
    found: list[Segment] = []
    start = 0
    for match in _DISPLAY.finditer(text):
        found += _prose(text[start : match.start()])
        found.append(Segment(_rows(_source(match)), True))
        start = match.end()
    return found + _prose(text[start:])


def readable(text: str) -> str:
    """The text on one line, with all its formulas readable."""
    if not has_formula(text):
        return text
    return _INLINE.sub(_flat, _DISPLAY.sub(_flat, text))


def _prose(text: str) -> list[Segment]:
    shown = _INLINE.sub(_flat, text).strip()
    return [Segment((shown,), False)] if shown else []


def _source(match: re.Match[str]) -> str:
    groups = match.groupdict()
    tex = next(groups[name] for name in ("dollars", "brackets", "body", "round") if groups.get(name))
    # An environment that breaks lines is one inside of a formula, too; alignat says first how many columns it has.
    return f"\\begin{{aligned}}{tex}\\end{{aligned}}" if groups.get("name") in _BREAKING else str(tex)


def _flat(match: re.Match[str]) -> str:
    return _line(_source(match))


@lru_cache(maxsize=4096)
def _line(tex: str) -> str:
    from app.ui.equations.reader import Unreadable, read

    try:
        return read(tex, spread=False).rows[0] or tex
    except Unreadable:
        return tex


@lru_cache(maxsize=1024)
def _rows(tex: str) -> tuple[str, ...]:
    from app.ui.equations.reader import Unreadable, read

    try:
        rows = read(tex, spread=True).rows
        return rows if any(rows) else (tex,)
    except Unreadable:
        return (" ".join(tex.split()),)
