"""Plain text: headings by number, by known names or capitals, paragraphs by empty lines."""

from __future__ import annotations

import re
from collections import Counter

from agents.paper.clean import Words, join_lines
from agents.paper.draft import Block, Draft, Text, heading
from agents.paper.headings import is_known

_NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z]\.\d{1,2}|[IVX]{1,5}\.)\.?\s+[A-Z][^.!?]{2,90}$")
_ALONE = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2})?)$")
_TITLE = re.compile(r"^[A-Z][^.!?]{2,90}$")
# "R ELATED W ORK": small capitals after conversion from a PDF.
_SMALL_CAPITALS = re.compile(r"(?<![^\W\d_])([A-Z]) ([A-Z]{2,})(?![a-z])")
_UNDERLINE = re.compile(r"^[=\-~]{3,}$")
_LONGEST_TITLE = 3
_FEWEST_WORDS = 3
_FEWEST_PAGES = 3


def draft_of_text(text: str) -> Draft:
    """The first lines up to an empty one are the title when they are short."""
    lines = [_SMALL_CAPITALS.sub(r"\1\2", line.strip()) for line in text.split("\n")]
    lines = _without_furniture(lines)
    words = Words.of(lines)
    pieces = _pieces(lines)
    blocks: list[Block] = []
    for held in pieces:
        if _is_heading(held):
            blocks.append(heading(_capitals(held[0])))
        elif len(held) > 1 and _is_heading(held[:1]):
            blocks.append(heading(_capitals(held[0])))
            blocks.append(Text(join_lines(held[1:], words)))
        else:
            blocks.append(Text(join_lines(held, words)))
    first = pieces[0] if pieces else []
    named = bool(first) and len(first) <= _LONGEST_TITLE and len(" ".join(first)) <= 250 and isinstance(blocks[0], Text)
    return Draft(title=join_lines(first, words), blocks=blocks[1:]) if named and len(blocks) > 1 else Draft("", blocks)


def _pieces(lines: list[str]) -> list[list[str]]:
    pieces: list[list[str]] = [[]]
    for line in lines:
        if line and not _UNDERLINE.match(line):
            pieces[-1].append(line)
        elif pieces[-1]:
            pieces.append([])
    return _numbers_joined([piece for piece in pieces if piece])


def _numbers_joined(pieces: list[list[str]]) -> list[list[str]]:
    """Text taken from a PDF often has a heading's number on a line of its own."""
    result: list[list[str]] = []
    for piece in pieces:
        if result and len(piece) == 1 and _ALONE.match(" ".join(result[-1])) and _TITLE.match(piece[0]):
            result[-1] = [f"{result[-1][0]} {piece[0]}"]
        else:
            result.append(piece)
    return result


def _is_heading(held: list[str]) -> bool:
    line = held[0]
    if len(held) != 1 or len(line) > 120:
        return False
    if is_known(line) or _NUMBERED.match(line):
        return True
    return line.isupper() and 2 <= len(re.findall(r"[^\W\d_]{3,}", line)) <= 10 and not line.endswith((".", ","))


def _capitals(line: str) -> str:
    """Titles in capitals are shown in small letters; the number stays."""
    number, title = heading(line).number, heading(line).title
    return f"{number} {title.capitalize()}".strip() if title.isupper() else line


def _without_furniture(lines: list[str]) -> list[str]:
    """Lines without those that every page repeats."""
    counts = Counter(line for line in lines if len(line.split()) >= _FEWEST_WORDS)
    return [line for line in lines if counts[line] < _FEWEST_PAGES]
