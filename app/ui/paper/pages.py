"""The pages of a paper in order: abstract, sections, then what was drawn from it and what it builds on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from agents.research import Paper

FINDINGS = "Tasks, gaps, keywords"
RELATED = "Related work"
ABSTRACT = "Abstract"


class Page(NamedTuple):
    """One page: a section, or one of the two that are made for the pane."""

    kind: Literal["text", "findings", "related"]
    title: str
    number: str = ""
    level: int = 1
    paragraphs: tuple[str, ...] = ()
    """Of the references on the page of related work."""

    @property
    def name(self) -> str:
        """Number and title, as printed."""
        return f"{self.number} {self.title}".strip()

    @property
    def where(self) -> str:
        """How passages name it."""
        return self.number or self.title


def pages(paper: Paper) -> list[Page]:
    """Everything that can be shown of a paper."""
    found = [Page("text", s.title, s.number, s.level, s.paragraphs) for s in paper.sections]
    if paper.abstract and not any(page.title.casefold() == "abstract" for page in found):
        found.insert(0, Page("text", ABSTRACT, paragraphs=(paper.abstract,)))
    return [*found, Page("findings", FINDINGS), Page("related", RELATED, paragraphs=paper.references)]


def index_of(found: list[Page], kind: str) -> int:
    """Where the first page of a kind is."""
    return next(index for index, page in enumerate(found) if page.kind == kind)
