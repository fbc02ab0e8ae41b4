"""Which words differ between a line that goes and the one that takes its place."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.ui.diff.visible import OVER, Span

LONGEST = 400
"""Characters of a line that is compared; comparing takes time with the square of it."""
ALIKE = 0.4
"""Lines less alike than this are two lines, and not one that changed."""
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


def pairs(signs: Sequence[str]) -> dict[int, int]:
    """Both ways, which added line takes the place of which removed one: the first of the first, and so on."""
    found: dict[int, int] = {}
    at = 0
    while at < len(signs):
        gone = _run(signs, at, "-")
        come = _run(signs, gone, "+")
        for old, new in zip(range(at, gone), range(gone, come), strict=False):
            found[old], found[new] = new, old
        at = max(come, at + 1)
    return found


def _run(signs: Sequence[str], at: int, sign: str) -> int:
    while at < len(signs) and signs[at] == sign:
        at += 1
    return at


def changed(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The spans that only one of two lines has; none where they have too little in common."""
    if max(len(old), len(new)) > LONGEST:
        return (), ()
    from difflib import SequenceMatcher

    before, after = _WORD.findall(old), _WORD.findall(new)
    matcher = SequenceMatcher(None, before, after, autojunk=False)
    if matcher.ratio() < ALIKE:
        return (), ()
    differ = [found for found in matcher.get_opcodes() if found[0] != "equal"]
    return (
        _spans(before, [(first, last) for _, first, last, _, _ in differ]),
        _spans(after, [(first, last) for _, _, _, first, last in differ]),
    )


def _spans(words: list[str], ranges: list[tuple[int, int]]) -> tuple[Span, ...]:
    starts = [0]
    for word in words:
        starts.append(starts[-1] + len(word))
    return tuple(Span(starts[first], starts[last], f"{OVER}word") for first, last in ranges if first < last)
