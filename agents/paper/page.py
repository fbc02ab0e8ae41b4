"""What repeats or stands aside on printed pages: body size and spacing, running heads, page and line numbers."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace

from agents.paper.line import Line

_NUMBER = re.compile(r"^[-–—\s]*(\d{1,4}|[ivxlc]{1,6})[-–—\s]*$")
_EDGE_LINES = 2
_NUMBERED_SHARE = 0.6


@dataclass(frozen=True, slots=True)
class Type:
    """How the running text of a document is set, in points."""

    size: float
    leading: float
    """Distance between the baselines of neighbouring lines."""

    def is_small(self, line: Line) -> bool:
        """Set smaller than the running text: footnotes, tables, labels of figures."""
        return line.size < 0.93 * self.size

    def follows(self, line: Line, previous: Line) -> bool:
        """Whether a line stands directly below the one before it, without extra space."""
        gap = previous.y - line.y
        return line.page == previous.page and -0.6 * self.leading < gap < 1.3 * self.leading


def type_of(lines: list[Line]) -> Type:
    """Size by characters, leading by the most frequent distance between lines of that size."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    size = sizes.most_common(1)[0][0] if sizes else 10.0
    gaps: Counter[float] = Counter()
    for above, line in zip(lines, lines[1:], strict=False):
        gap = round(above.y - line.y, 1)
        if above.page == line.page and above.size == line.size == size and 0.9 * size < gap < 2.2 * size:
            gaps[round(gap * 2) / 2] += 1
    return Type(size, gaps.most_common(1)[0][0] if gaps else 1.2 * size)


def without_furniture(lines: list[Line]) -> list[Line]:
    """Lines without running heads and feet, page numbers and the line numbers of review copies."""
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    repeated = _repeated(pages)
    return [line for page in pages.values() for line in _without_numbers(_body(page, repeated))]


def _edges(page: list[Line]) -> list[Line]:
    by_height = sorted(page, key=lambda line: -line.y)
    return by_height[:_EDGE_LINES] + by_height[-_EDGE_LINES:]


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", text).strip()


def _repeated(pages: dict[int, list[Line]]) -> set[str]:
    counts: Counter[str] = Counter()
    for page in pages.values():
        counts.update({_shape(line.text) for line in _edges(page)})
    return {shape for shape, count in counts.items() if count >= 3 or count == len(pages) == 2}


def _body(page: list[Line], repeated: set[str]) -> list[Line]:
    edges = {id(line) for line in _edges(page) if _shape(line.text) in repeated or _NUMBER.match(line.text)}
    return [line for line in page if id(line) not in edges]


def _without_numbers(page: list[Line]) -> list[Line]:
    """Review copies number every line, in the margin or, once extracted, at the line's begin."""
    leading = [re.match(r"^(\d{3})(?:\s+|$)(.*)$", line.text) for line in page]
    if len(page) < 10 or sum(found is not None for found in leading) < _NUMBERED_SHARE * len(page):
        alone = [line for line in page if re.fullmatch(r"\d{1,3}", line.text)]
        numbers = [int(line.text) for line in alone]
        if len(alone) >= 20 and numbers == sorted(numbers):
            return [line for line in page if line not in alone]
        return page
    kept = []
    for line, found in zip(page, leading, strict=True):
        if not found:
            kept.append(line)
        elif found[2]:
            kept.append(replace(line, text=found[2], title_case=re.sub(r"^\d{3}\s+", "", line.title_case)))
    return kept
