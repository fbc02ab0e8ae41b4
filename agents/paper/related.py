"""Related work as a paper itself shows it: its references, where it cites each, and how near each is to a question."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from agents.paper.bibliography import Reference, parse
from agents.paper.citations import citations
from agents.paper.similarity import cosine, terms
from agents.research import Paper, Passage


@dataclass(frozen=True, slots=True)
class Related:
    """One reference of a paper."""

    number: int
    """1-based, as the paper lists them."""
    reference: Reference
    cited: tuple[Passage, ...]
    """The sentences that cite it, in reading order."""
    similarity: float | None
    """Of its title and the sentences that cite it to the question, 0 to 1; None where there is nothing to compare."""


def related(paper: Paper, question: str) -> tuple[Related, ...]:
    """The references, most similar to the question first, those without a figure last. Pure."""
    references = tuple(map(parse, paper.references))
    asked = terms(question)
    found = [
        Related(number, reference, cited, cosine(asked, terms(" ".join([reference.title, *(c.text for c in cited)]))))
        for number, (reference, cited) in enumerate(zip(references, citations(paper, references), strict=True), 1)
    ]
    return tuple(sorted(found, key=lambda r: (r.similarity is None, -(r.similarity or 0.0), r.number)))


def likeness(one: Paper, other: Paper) -> float | None:
    """Similarity of two papers by title, abstract and keywords, 0 to 1; None where there is nothing to compare."""
    return cosine(_gist(one), _gist(other))


def _gist(paper: Paper) -> Counter[str]:
    return terms(" ".join([paper.title, paper.abstract, *(finding.text for finding in paper.keywords)]))
