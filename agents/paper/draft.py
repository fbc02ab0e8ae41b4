"""What every reader of a format hands over (headings and texts in reading order), and how a paper is built from it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agents.paper.references import entries
from agents.research import Paper, Section

_NUMBERED = re.compile(
    r"^(?:(?:Appendix|APPENDIX|Section)\s+)?"
    r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,4}|[A-Z](?:\.\d{1,2}){1,4}|[A-Z](?=\.\s*[A-Z])|[IVX]{1,5}(?=\.\s))\.?:?\s+"
    r"(?P<title>\S.*)$"
)
# "A Proofs" is an appendix only where appendices stand: elsewhere it may be "A Simple Example".
_LETTERED = re.compile(r"^(?P<number>[A-Z])\s+(?P<title>[A-Z“\"].*)$")
_APPENDIX = re.compile(r"^(appendix|appendices|supplement)", re.I)
_ABSTRACT = re.compile(r"^abstract$", re.I)
_RUN_IN = re.compile(r"^abstract\s*(?:[-–—.:]+|(?=[A-Z][a-z]))\s*", re.I)
_REFERENCES = re.compile(r"^(references|bibliography|literature( cited)?|works cited)$", re.I)
_UNNUMBERED = re.compile(
    r"^(abstract|references|bibliography|acknowledge?ments?|appendix|supplement|limitations|ethic|reproducib|broader)",
    re.I,
)
_FEWEST_WORDS = 40
_LONGEST_TITLE = 300


class Unreadable(Exception):
    """The file gives no paper; the text continues a sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A section's heading; `number` is empty when none is printed."""

    title: str
    number: str = ""
    level: int = 1

    @property
    def is_abstract(self) -> bool:
        """Whether the abstract stands below."""
        return bool(_ABSTRACT.match(self.title.strip(" .:")))

    @property
    def stands_alone(self) -> bool:
        """Whether it has a number or a letter, or is one of those that never have one."""
        return bool(self.number or _LETTERED.match(self.title) or _UNNUMBERED.match(self.title.strip(" .:")))

    def lettered(self) -> Heading:
        """The same with the letter of an appendix taken for its number."""
        found = None if self.number else _LETTERED.match(self.title)
        return Heading(found["title"], found["number"], self.level) if found else self

    @property
    def begins_the_end(self) -> bool:
        """Whether appendices may follow."""
        return self.is_references or bool(_APPENDIX.match(self.title))

    @property
    def is_references(self) -> bool:
        """Whether the list of references stands below."""
        return bool(_REFERENCES.match(self.title.strip(" .:")))


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph, one line; or a table, one line per row (`agents.paper.table`)."""

    text: str


Block = Heading | Text


@dataclass(slots=True)
class Draft:
    """A file's content before it is sorted into abstract, sections and references."""

    title: str
    blocks: list[Block]
    abstract: str = ""
    references: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def heading(text: str, level: int | None = None) -> Heading:
    """Split "3.1 Scaled Attention" into number and title; the number gives the level when none is known."""
    text = " ".join(text.split())
    found = _NUMBERED.match(text)
    number, title = (found["number"], found["title"]) if found else ("", text)
    return Heading(title=title, number=number, level=level or number.count(".") + 1)


def paper(draft: Draft, sha256: str) -> Paper:
    """Sort a draft into title, abstract, sections and references.

    Raises:
        Unreadable: there is no text at all.
    """
    front, groups = _groups(draft.blocks)
    abstract = draft.abstract
    references = list(draft.references)
    sections: list[Section] = []
    for head, texts in groups:
        if head.is_abstract and not abstract:
            abstract = " ".join(texts)
        elif head.is_references:
            references += entries(texts)
        else:
            sections.append(Section(number=head.number, title=head.title, level=head.level, paragraphs=tuple(texts)))
    if not abstract:
        abstract, front = _abstract_of(front, alone=not sections)
    if not sections and front:
        sections.append(Section(number="", title="Text", level=1, paragraphs=tuple(front)))
    if not abstract and not any(section.paragraphs for section in sections):
        raise Unreadable("holds no text that could be read. Give another copy of the paper.")
    notes = [*draft.notes]
    if not abstract:
        notes.append("No abstract was found.")
    if not references:
        notes.append("No list of references was found.")
    return Paper(
        title=_shortened(draft.title),
        abstract=abstract,
        sections=tuple(sections),
        references=tuple(references),
        sha256=sha256,
        notes=tuple(notes),
    )


def _shortened(title: str) -> str:
    """A title of a length that titles have; a file may call anything its title."""
    title = " ".join(title.split())
    return title if len(title) <= _LONGEST_TITLE else title[:_LONGEST_TITLE].rpartition(" ")[0] + " …"


def _groups(blocks: list[Block]) -> tuple[list[str], list[tuple[Heading, list[str]]]]:
    front: list[str] = []
    groups: list[tuple[Heading, list[str]]] = []
    ending = False
    for block in blocks:
        if isinstance(block, Heading):
            ending = ending or block.begins_the_end
            groups.append((block.lettered() if ending else block, []))
        elif groups:
            groups[-1][1].append(block.text)
        else:
            front.append(block.text)
    return front, groups


def _abstract_of(front: list[str], *, alone: bool) -> tuple[str, list[str]]:
    """The abstract among the texts before the first heading: the one that says so, else the long ones."""
    for index, text in enumerate(front):
        if _RUN_IN.match(text):
            return _RUN_IN.sub("", text), front[:index] + front[index + 1 :]
    if alone:
        return "", front
    return " ".join(text for text in front if len(text.split()) >= _FEWEST_WORDS), []
