"""From printed lines to a title, headings and paragraphs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from agents.paper.clean import Words, join_lines
from agents.paper.draft import Block, Heading, Text
from agents.paper.headings import Titles, heading_at
from agents.paper.line import Line
from agents.paper.page import Type, type_of, without_furniture
from agents.paper.paragraphs import paragraphs_of, references_of

_STAMP = re.compile(r"^arXiv:\d{4}\.\d{4,5}", re.I)


def title_of(lines: list[Line], named: str) -> str:
    """The title: the largest type in the upper part of page 1; `named` (from the metadata) when there is none."""
    page = [line for line in lines if line.page == 0 and not _STAMP.match(line.text)]
    heights = [line.y for line in page]
    if not page:
        return named
    middle = (max(heights) + min(heights)) / 2
    upper = [line for line in page if line.y >= middle and re.search(r"[^\W\d_]{2}", line.text)]
    largest = max((line.largest for line in upper), default=0.0)
    usual = type_of(lines).size
    if largest < 1.15 * usual:
        return named or (upper[0].title_case if upper else "")
    first = next(index for index, line in enumerate(upper) if line.largest > 0.97 * largest)
    parts = [upper[first]]
    for line in upper[first + 1 :]:
        if line.largest < 0.97 * largest or parts[-1].y - line.y > 2 * largest:
            break
        parts.append(line)
    return join_lines([line.title_case for line in parts])


def blocks_of(lines: list[Line], outline: Mapping[str, int]) -> list[Block]:
    """Headings and paragraphs in reading order; `outline` maps titles of the PDF's outline to their level."""
    lines = without_furniture(lines)
    body = type_of(lines)
    titles = Titles.of(outline)
    strict = _is_numbered(lines, body, titles)
    words = Words.of([line.text for line in lines])
    blocks: list[Block] = []
    held: list[Line] = []
    current: Heading | None = None
    index = 0
    while index < len(lines):
        found = heading_at(lines, index, body, titles)
        if found is None or (strict and not titles.has(found[0]) and not found[0].stands_alone):
            held.append(lines[index])
            index += 1
            continue
        blocks += _texts(held, current, body, words)
        held = []
        current, count = found
        blocks.append(current)
        index += count
    return blocks + _texts(held, current, body, words)


def _is_numbered(lines: list[Line], body: Type, titles: Titles) -> bool:
    """Whether the document numbers its sections; then "Method" without a number is the label of a figure or table."""
    found = (heading_at(lines, index, body, titles) for index in range(len(lines)))
    return sum(bool(match and match[0].number) for match in found) >= 3


def _texts(lines: list[Line], under: Heading | None, body: Type, words: Words) -> list[Block]:
    if under is not None and under.is_references:
        return [Text(text) for text in references_of(lines, body, words)]
    if under is not None and under.is_abstract:
        lines = _abstract(lines)
    return [Text(text) for text in paragraphs_of(lines, body, words)]


def _abstract(lines: list[Line]) -> list[Line]:
    """Lines in the size that most of the abstract has: footnotes and the venue below it are smaller."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    if not sizes:
        return lines
    usual = sizes.most_common(1)[0][0]
    return [line for line in lines if abs(line.size - usual) < 0.5]
