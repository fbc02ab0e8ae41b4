"""Related work: the references with where the text cites them and how near they are, and the other papers read here."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.ui.model import Model
from app.ui.paper.sheet import Sheet, Spot, banded
from app.ui.text import EMPTY, Line, cells_of, fit, line, pad, paragraph, spread

if TYPE_CHECKING:
    from agents.paper.related import Related
    from agents.research import Paper, Passage

_FIGURE = 4
_AUTHORS = (9, 17)
"""Cells of the first author's name, in a narrow and in a wide pane; there is room for "et al." in a wide one."""
_WIDE, _NARROW = 72, 50
"""Widths from which on they are set so, and below which they give way to the title."""
_YEAR = 5
_CITED = 4
_MOST_PAPERS = 20
"""So many of the newest other papers are compared."""
_BRIEF = 3
_MOST_PLACES = 12


class Work(NamedTuple):
    """What a paper builds on, compared with a question."""

    asked: str
    """What the question is called."""
    references: tuple[Related, ...]


class Other(NamedTuple):
    """Another paper of the workspace."""

    number: int
    title: str
    similarity: float | None


def question(model: Model, paper: Paper) -> tuple[str, str]:
    """What the references are compared with, and its text: the selected idea of this paper, else the abstract."""
    idea = model.idea()
    card = model.card(idea) if idea is not None and idea.paper == model.view.paper else ""
    if idea is None or isinstance(card, str):
        return "the abstract", f"{paper.title} {paper.abstract}"
    values = card["idea"]
    words = (values["title"], values["hypothesis"], values["rationale"], values["passage"]["text"])
    return f"idea {idea.id}", " ".join(map(str, words))


def work(paper: Paper, asked: str, text: str) -> Work:
    """The references of a paper, nearest first."""
    from agents.paper.related import related

    return Work(asked, related(paper, text))


def others(model: Model, paper: Paper) -> list[Other]:
    """The other papers of the workspace that can be read, nearest first."""
    from agents.paper.related import likeness

    numbers = sorted((n for n in model.state.papers if n != model.view.paper), reverse=True)[:_MOST_PAPERS]
    found = []
    for number in numbers:
        other = model.paper_of(number)
        if other is not None and not isinstance(other, str):
            found.append(Other(number, other.title, likeness(paper, other)))
    return sorted(found, key=lambda o: (o.similarity is None, -(o.similarity or 0.0), o.number))


def sheet(shown: Work, papers: list[Other], width: int, chosen: int) -> Sheet:
    """References and papers; the chosen one in full."""
    by = "similarity to" if width >= _NARROW else "like"
    head = spread(
        [("References", "bold"), (f"  {len(shown.references)}", "dim")],
        [(f"{by} {shown.asked}, cited", "dim")],
        width,
    )
    rows: list[Line] = [head]
    spots: list[Spot] = []
    for item in shown.references:
        first = len(rows)
        is_chosen = len(spots) == chosen
        own = [_row(item, width), *(_in_full(item, width) if is_chosen else [])]
        rows += banded(own, is_chosen)
        cited = item.cited[0] if item.cited else None
        spots.append(_spot(first, len(rows) - 1, item.number - 1, cited))
    if not shown.references:
        rows.append(line(("No list of references was found in this paper.", "dim")))
    rows += [EMPTY, line(("Other papers read here", "bold"), (f"  {len(papers)}", "dim"))]
    for other in papers:
        text = line((figure(other.similarity), "number"), "  ", fit(other.title, width - _FIGURE - 2))
        rows += banded([text], len(spots) == chosen)
        spots.append(Spot(len(rows) - 1, len(rows) - 1, "paper", other.number))
    rows += [EMPTY, *paragraph(_MEANING, width, "dim")]
    return Sheet(rows, spots)


_MEANING = (
    "Similarity is the cosine of term counts: a reference's title and the sentences that cite it, or another paper's "
    "title, abstract and keywords. It counts words and judges nothing; – where there is nothing to compare."
)


def _spot(first: int, last: int, index: int, cited: Passage | None) -> Spot:
    if cited is None:
        return Spot(first, last, "reference", index)
    return Spot(first, last, "reference", index, cited.section, cited.paragraph, cited.text)


def figure(similarity: float | None) -> str:
    """A similarity as it is shown, always as wide."""
    return f"{similarity:.2f}" if similarity is not None else "   –"


def _row(item: Related, width: int) -> Line:
    reference = item.reference
    wide = width >= _WIDE
    authors = reference.authors[0] if reference.authors else ""
    authors += " et al." if wide and len(reference.authors) > 1 else ""
    column = f" {pad(authors, _AUTHORS[wide])} " if width >= _NARROW else " "
    room = width - _FIGURE - 2 - cells_of(column) - _YEAR - _CITED
    cited = f"{len(item.cited)}×" if item.cited else "–"
    return line(
        (figure(item.similarity), "number"),
        "  ",
        pad(reference.title or reference.text, room),
        (f"{column}{pad(reference.year, _YEAR)}", "dim"),
        (pad(cited, _CITED, right=True), "note" if item.cited else "dim"),
    )


def _in_full(item: Related, width: int) -> list[Line]:
    places = list(dict.fromkeys(passage.where() for passage in item.cited))
    more = f" and {len(places) - _MOST_PLACES} more" if len(places) > _MOST_PLACES else ""
    where = f"cited in {', '.join(places[:_MOST_PLACES])}{more}" if places else "not cited in the text that was read"
    indent = " " * (_FIGURE + 2)
    rows = [*paragraph(item.reference.text, width - len(indent), "dim"), *paragraph(where, width - len(indent), "note")]
    return [line(indent, *((piece.text, piece.look) for piece in row.pieces)) for row in rows]


def brief(shown: Work, width: int) -> list[Line]:
    """The nearest ones in a few rows."""
    if not shown.references:
        return []
    head = spread(
        [("▌ ", "note"), (f"Related work ({len(shown.references)})", "dim")],
        [(f"similarity to {shown.asked}", "dim")],
        width,
    )
    room = width - _FIGURE - 3
    rows = [
        line(
            ("▌ ", "note"),
            pad(item.reference.title or item.reference.text, room),
            " ",
            (figure(item.similarity), "number"),
        )
        for item in shown.references[:_BRIEF]
    ]
    return [head, *rows]
