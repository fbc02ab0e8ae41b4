"""Sentences of a paper, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from agents.research import Paper, Passage

_END = re.compile(r"(?<=[.?!])(?P<close>[\"”’)\]]*)\s+(?=[\"“(\[]?[A-Z0-9•])")
_LONGEST_WORD = 20
_LONGEST = 2000
_MOST = 20_000
_ABBREVIATED = re.compile(
    r"\b(?:e\.g|i\.e|et al|etc|cf|vs|resp|approx|w\.r\.t|a\.k\.a|pp|vol|Dr|Prof|St|[A-Z]|"
    r"[Ff]igs?|[Ee]qs?|[Ss]ec|[Tt]abs?|[Rr]efs?|[Aa]lg|[Nn]o|[Aa]pp|[Cc]h)\.$|(?:^|[:;.] )\d{1,2}\.$"
)
_ASIDE = re.compile(
    r"^(?:[∗*†‡§¶|]|\d{1,2}(?:[A-Z]|http))|^(?:Figure|Fig\.|Table|Algorithm|Listing)\s*\d*\s*[:.]|^\([a-h]\) [A-Z]"
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence with where it stands and what kind of section that is."""

    text: str
    passage: Passage
    """The sentence itself is its text."""
    part: str
    """Title of the section, or of the numbered section above it, lower case."""
    order: int
    """Position in the paper, from 0."""


def split(paragraph: str) -> list[str]:
    """Sentences of one paragraph, white space single; abbreviations such as "et al." do not end one."""
    text = " ".join(paragraph.split())
    result: list[str] = []
    begin = 0
    for end in _END.finditer(text):
        # Only the last word matters; looking at more would make a long list of initials take quadratic time.
        last = text[max(begin, end.start("close") - _LONGEST_WORD) : end.start("close")]
        if _ABBREVIATED.search(last):
            continue
        result.append(text[begin : end.end("close")].strip())
        begin = end.end()
    result.append(text[begin:].strip())
    return [piece for piece in result if piece]


def sentences(paper: Paper) -> list[Sentence]:
    """Sentences of abstract and sections in order, at most 20 000; footnotes, captions, tables and references are none.

    What runs on for more than 2000 characters is no sentence: it is data, or an attempt to keep us busy.
    """
    walk = (item for item in _walk(paper) if len(item[3]) <= _LONGEST)
    return [
        Sentence(text, Passage(section=section, paragraph=paragraph, text=text), part, order)
        for order, (section, part, paragraph, text) in enumerate(islice(walk, _MOST))
    ]


def _walk(paper: Paper) -> Iterator[tuple[str, str, int, str]]:
    for text in split(paper.abstract):
        yield "Abstract", "abstract", 1, text
    above = ""
    appendix = False
    for section in paper.sections:
        if section.level == 1:
            above = section.title.lower()
            appendix = appendix or above.startswith(("appendix", "supplement")) or section.number.isalpha()
        part = "appendix" if appendix else f"{above} {section.title.lower()}"
        for paragraph, content in enumerate(section.paragraphs, 1):
            if not _ASIDE.match(content):
                for text in split(content):
                    yield section.number or section.title, part, paragraph, text
