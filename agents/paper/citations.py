"""Where a paper's text cites its references: by number or key in brackets, or by author and year."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from agents.paper.bibliography import Reference
from agents.paper.sentences import split
from agents.research import Paper, Passage

_BRACKETS = re.compile(r"\[(?P<inside>[^\[\]]{1,300})\]")
_RANGE = re.compile(r"(?P<first>\d{1,3})\s*[–-]\s*(?P<last>\d{1,3})")
_NAMED = re.compile(
    r"(?P<name>(?![a-z])[^\W\d_][\w'’-]+)(?:\s+et\s+al\.?|\s+(?:and|&)\s+(?![a-z])[^\W\d_][\w'’-]+(?:\s[\w'’-]+)?)?"
    r",?\s*[(\[]?\s*(?P<year>(?:19|20)\d\d[a-z]?)"
)
_WIDEST_RANGE = 50
_LONGEST = 20_000


def citations(paper: Paper, references: tuple[Reference, ...]) -> tuple[tuple[Passage, ...], ...]:
    """For each reference the sentences that cite it, in reading order; the abstract comes first. Pure."""
    marks, names = _keys(references)
    found: list[list[Passage]] = [[] for _ in references]
    for section, number, paragraph in _paragraphs(paper):
        for sentence in split(paragraph[:_LONGEST]):
            for index in sorted(_cited(sentence, marks, names)):
                found[index].append(Passage(section=section, paragraph=number, text=sentence))
    return tuple(map(tuple, found))


def _paragraphs(paper: Paper) -> Iterator[tuple[str, int, str]]:
    if paper.abstract:
        yield "Abstract", 1, paper.abstract
    for section in paper.sections:
        for number, paragraph in enumerate(section.paragraphs, 1):
            yield section.number or section.title, number, paragraph


def _keys(references: tuple[Reference, ...]) -> tuple[dict[str, int], dict[tuple[str, str], list[int]]]:
    marks = {reference.mark: index for index, reference in enumerate(references) if reference.mark}
    names: dict[tuple[str, str], list[int]] = defaultdict(list)
    for index, reference in enumerate(references):
        if reference.authors and reference.year:
            names[(reference.authors[0].casefold(), reference.year)].append(index)
            if len(reference.year) > 4:
                names[(reference.authors[0].casefold(), reference.year[:4])].append(index)
    return marks, names


def _cited(sentence: str, marks: dict[str, int], names: dict[tuple[str, str], list[int]]) -> set[int]:
    found = {marks[key] for inside in _BRACKETS.findall(sentence) for key in _listed(inside) if key in marks}
    for match in _NAMED.finditer(sentence):
        found.update(names.get((match["name"].casefold(), match["year"]), ()))
    return found


def _listed(inside: str) -> Iterator[str]:
    """What brackets list: `3, 5–7` are 3, 5, 6 and 7."""
    for part in re.split(r"[,;]", inside):
        if (ranged := _RANGE.fullmatch(part.strip())) and 0 <= int(ranged["last"]) - int(ranged["first"]) < (
            _WIDEST_RANGE
        ):
            yield from map(str, range(int(ranged["first"]), int(ranged["last"]) + 1))
        else:
            yield part.strip()
