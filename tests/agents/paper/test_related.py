"""References taken apart, found where the text cites them, and compared by the words around them."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.paper import read
from agents.paper.bibliography import parse
from agents.paper.citations import citations
from agents.paper.related import likeness, related
from agents.paper.similarity import cosine, terms
from agents.research import Paper, Section

ENTRIES = [
    (
        "[31] Yonghui Wu, Mike Schuster, Quoc V Le, et al. Google’s translation system. arXiv 1609.08144, 2016.",
        ("31", ("Wu", "Schuster", "Le"), "2016", "Google’s translation system"),
    ),
    (
        "2. Nair, V., & Hinton, G. (2010). Rectified linear units improve machines. ICML.",
        ("2", ("Nair", "Hinton"), "2010", "Rectified linear units improve machines"),
    ),
    (
        "Jimmy Lei Ba, Jamie Ryan Kiros, and Geoffrey E Hinton. Layer normalization. arXiv preprint, 2016a.",
        ("", ("Ba", "Kiros", "Hinton"), "2016a", "Layer normalization"),
    ),
    (
        "[person] A. Person and B. Other, “Gates for small nets,” in Proc. Nets, pp. 1980–1990, 2019.",
        ("person", ("Person", "Other"), "2019", "Gates for small nets"),
    ),
    (
        "OpenAI. A technical report, 2024. URL https://arxiv.org/abs/2303.08774.",
        ("", ("OpenAI",), "2024", "A technical report"),
    ),
    ("Something without any structure", ("", (), "", "Something without any structure")),
    ("", ("", (), "", "")),
]


@pytest.mark.parametrize(("entry", "expected"), ENTRIES)
def test_an_entry_is_taken_apart(entry: str, expected: tuple[str, tuple[str, ...], str, str]) -> None:
    found = parse(entry)
    assert (found.mark, found.authors, found.year, found.title) == expected


def paper(*paragraphs: str, references: tuple[str, ...]) -> Paper:
    section = Section(number="1", title="Introduction", level=1, paragraphs=paragraphs)
    return Paper(title="Gates", abstract="We study gates.", sections=(section,), references=references)


def cited(text: str, *references: str) -> list[int]:
    found = paper(text, references=references)
    return [len(places) for places in citations(found, tuple(map(parse, references)))]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("As [1] shows. Others [2, 3] differ. See [1].", [2, 1, 1]),
        ("Ranges [1–3] count.", [1, 1, 1]),
        ("An interval [0, 1] is no citation of [4].", [1, 0, 0]),
        ("Nothing is cited in 2001.", [0, 0, 0]),
    ],
)
def test_numbers_cite(text: str, counts: list[int]) -> None:
    assert cited(text, "[1] A. One. First. 2001.", "[2] B. Two. Second. 2002.", "[3] C. Three. Third. 2003.") == counts


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("It works (Vaswani et al., 2017; Nair & Hinton, 2010).", [1, 1]),
        ("Vaswani et al. (2017) say so.", [1, 0]),
        ("Nair and Hinton [2010] say so.", [0, 1]),
        ("Vaswani et al. (2018) is another paper.", [0, 0]),
    ],
)
def test_names_and_years_cite(text: str, counts: list[int]) -> None:
    vaswani = "Ashish Vaswani, Noam Shazeer, et al. Attention is all you need. NeurIPS, 2017."
    assert cited(text, vaswani, "V. Nair and G. Hinton. Rectified units. ICML, 2010.") == counts


def test_keys_of_latex_cite() -> None:
    assert cited("Gates [person, other] are common.", "[person] A. Person. Gates. 2019.") == [1]


def test_similarity_counts_words() -> None:
    one = terms("Cubic gates in networks")
    assert cosine(one, terms("A network with gates")) == pytest.approx(2 / (3 * 2) ** 0.5)
    assert cosine(one, terms("cubes")) == 0.0
    assert cosine(one, one) == pytest.approx(1.0)
    assert cosine(one, terms("of the [1] $x_i$")) is None


def test_the_nearest_reference_comes_first_and_one_without_words_last() -> None:
    references = ("[1] A. One. Cubes. 2001.", "[2] B. Two. Gates in networks. 2002.", "[3]")
    found = related(paper("Cubes [1]. Gates of networks [2].", references=references), "gates in a network")
    assert [(item.number, item.similarity is None) for item in found] == [(2, False), (1, False), (3, True)]
    assert found[0].cited[0].where() == "§1 ¶1" and found[0].cited[0].text == "Gates of networks [2]."


def test_papers_are_as_near_as_their_words() -> None:
    one = paper("x", references=())
    assert likeness(one, one) == pytest.approx(1.0)
    assert likeness(one, Paper(title="Cubes", abstract="", sections=())) == 0.0
    assert likeness(one, Paper(title="", abstract="", sections=())) is None


@pytest.mark.data
@pytest.mark.parametrize(("name", "count", "uncited"), [("attention.pdf", 32, 1), ("carpe_diem.pdf", 23, 4)])
def test_references_of_real_papers(papers: Path, name: str, count: int, uncited: int) -> None:
    found = related(read(papers / name), "attention")
    assert len(found) == count
    assert all(item.reference.title and item.reference.authors and item.reference.year for item in found)
    assert sum(not item.cited for item in found) <= uncited
