"""Which printed lines are headings: by the document's outline, by number and type, or by a name every paper uses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agents.paper.draft import Heading, heading
from agents.paper.line import Line
from agents.paper.page import Type

_KNOWN = frozenset(
    """abstract;introduction;related work;related works;background;preliminaries;method;methods;methodology;approach;
    model;model architecture;experiments;experimental setup;experimental results;evaluation;results;
    results and discussion;analysis;discussion;ablation study;ablations;limitations;conclusion;conclusions;
    conclusion and future work;conclusions and future work;future work;broader impact;ethics statement;
    reproducibility statement;acknowledgements;acknowledgments;acknowledgement;acknowledgment;references;
    bibliography;appendix;supplementary material""".replace("\n    ", "").split(";")
)
_NUMBERED = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){0,3}|[IVX]{1,5}\.)\.?\s+[A-Z“\"].{1,110}$")
_MOST_CHARACTERS = 160
_MOST_LINES = 3


@dataclass(frozen=True, slots=True)
class Titles:
    """Titles of the document's outline, by their letters and digits only."""

    levels: Mapping[str, int]
    printed: Mapping[str, str]

    @classmethod
    def of(cls, outline: Mapping[str, int]) -> Titles:
        """From the outline's titles and levels; titles that name nothing (pure numbers) are left out."""
        named = {_letters(_bare(title)): title for title in outline if _letters(_bare(title))}
        return cls({key: outline[title] for key, title in named.items()}, named)

    def has(self, head: Heading) -> bool:
        """Whether the outline lists this heading."""
        return _letters(head.title) in self.levels


def is_known(text: str) -> bool:
    """Whether this is the name of a section that papers have, e.g. "2 Related Work"."""
    return _bare(text).strip(" .:").lower() in _KNOWN


def heading_at(lines: list[Line], start: int, body: Type, titles: Titles) -> tuple[Heading, int] | None:
    """The heading that begins at a line, and how many lines it takes."""
    first = lines[start]
    if first.largest < 0.93 * body.size:
        return None
    for count in range(_MOST_LINES, 0, -1):
        part = lines[start : start + count]
        if len(part) == count and _one_style(part, body) and (found := _listed(part, titles)):
            return found, count
    count = _style_lines(lines, start, body)
    text = " ".join(line.title_case for line in lines[start : start + count])
    return (heading(text), count) if _looks_like_heading(first, text, body) else None


def _listed(part: list[Line], titles: Titles) -> Heading | None:
    head = heading(" ".join(line.title_case for line in part))
    for found in (head, head.lettered()):
        key = _letters(found.title)
        if key in titles.levels and not found.title[:1].islower():
            return Heading(title=_bare(titles.printed[key]), number=found.number, level=titles.levels[key])
    return None


def _looks_like_heading(first: Line, text: str, body: Type) -> bool:
    if len(text) > _MOST_CHARACTERS or not re.search(r"[^\W\d_]{3}", text):
        return False
    stands_out = first.largest > 1.05 * body.size or first.bold or first.title_case != first.text
    if not stands_out and not first.text.isupper():
        return False
    return is_known(text) or (bool(_NUMBERED.match(text)) and not text.endswith((".", ",", ";")))


def _style_lines(lines: list[Line], start: int, body: Type) -> int:
    """How many lines share the style of the first one and go on with its text."""
    count = 1
    while count < _MOST_LINES and _one_style(lines[start : start + count + 1], body):
        if start + count >= len(lines) or _NUMBERED.match(lines[start + count].text):
            break
        count += 1
    return count


def _one_style(part: list[Line], body: Type) -> bool:
    first = part[0]
    for above, line in zip(part, part[1:], strict=False):
        gap = above.y - line.y
        if line.page != first.page or line.bold != first.bold or abs(line.largest - first.largest) > 0.2:
            return False
        if not 0 < gap < 1.5 * max(first.largest, body.leading):
            return False
        # Lines in the style of the running text would glue its first line to a heading that is only numbered.
        if not (line.bold or line.largest > 1.05 * body.size):
            return False
    return True


def _bare(text: str) -> str:
    found = heading(text)
    return found.title


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()
