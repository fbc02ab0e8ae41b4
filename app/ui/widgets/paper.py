"""The paper, section by section: outline, text, and the tasks, gaps and keywords drawn from it with their passages."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.ui.model import Model
from app.ui.text import EMPTY, Line, Part, cells_of, fit, labelled, line, pad, paragraph, wrap
from app.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from agents.research import Finding, Paper, Section

TITLE_ROWS = 2
OUTLINE_ROWS = 3
BRIEF_ROWS = 9
FINDINGS = "Tasks, gaps, keywords"


class PaperPane(Pane):
    """h and l go through the sections, j and k through the text of one."""

    PANE = "paper"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.query_text = ""
        self._rows_of: dict[int, int] = {}
        """Paragraph (1-based) -> first row of the body."""
        self._found: list[tuple[int, int]] = []
        self._at = -1

    def draw(self) -> None:
        """Title and outline above, text, findings below."""
        paper, width = self.model.paper(), self.text_width
        if paper is None or isinstance(paper, str):
            self.show(
                paragraph(paper or "No paper yet. Read one: mlrc run --paper FILE", width, "bad" if paper else "dim")
            )
            self.caption("")
            return
        pages = _pages(paper)
        view = self.model.view
        view.section = min(max(0, view.section), len(pages) - 1)
        head = [*_title(paper.title, width), *_outline(pages, view.section, width), EMPTY]
        page = pages[view.section]
        foot: list[Line] = []
        if page.title == FINDINGS:
            body = _all_findings(paper, width)
        else:
            body, self._rows_of = _section_lines(page, width, self._marked(), self.query_text)
            foot = [EMPTY, *_brief(paper, width)[:BRIEF_ROWS]]
        self.show(body, head, foot if self.text_height >= 18 else ())
        where = f" {view.section + 1} of {len(pages)} sections "
        if self.query_text:
            where = f" “{fit(self.query_text, 20)}” {self._at + 1} of {len(self._found)} ·{where}"
        self.caption(where)

    def _marked(self) -> str:
        card = self.model.card(self.model.idea())
        return str(card["idea"]["passage"]["text"]) if isinstance(card, dict) and "idea" in card else ""

    def go(self, section: int) -> None:
        """Show a section from its beginning."""
        self.model.view.section = section
        self.draw()
        self.jump(0)

    def to_passage(self, where: str, number: int) -> bool:
        """Show a paragraph by its section's number or title; True if it is in the paper."""
        paper = self.model.paper()
        if paper is None or isinstance(paper, str):
            return False
        for index, page in enumerate(_pages(paper)):
            if where in (page.number, page.title):
                self.go(index)
                row = self._rows_of.get(number, 0)
                self.jump(row - 1)
                return True
        return False

    def do_left(self) -> None:
        """Section before."""
        self.go(max(0, self.model.view.section - 1))

    def do_right(self) -> None:
        """Next section."""
        self.go(self.model.view.section + 1)

    def search(self, text: str) -> int:
        """Find a text in all sections and show the first match; returns how many there are."""
        self.query_text, self._found, self._at = text, [], -1
        paper = self.model.paper()
        if text and paper is not None and not isinstance(paper, str):
            wanted = text.casefold()
            self._found = [
                (index, number)
                for index, page in enumerate(_pages(paper))
                for number, content in enumerate(page.paragraphs, 1)
                if wanted in content.casefold()
            ]
        if self._found:
            self.do_next_match()
        else:
            self.draw()
        return len(self._found)

    def do_next_match(self) -> None:
        """Next match."""
        self._match(1)

    def do_previous_match(self) -> None:
        """Match before."""
        self._match(-1)

    def _match(self, move: int) -> None:
        if self._found:
            self._at = (self._at + move) % len(self._found)
            section, number = self._found[self._at]
            self.go(section)
            self.jump(self._rows_of.get(number, 0) - 1)

    def hints(self) -> list[Part]:
        """Which paper."""
        return [("paper", "bold")]


def _title(text: str, width: int) -> list[Line]:
    rows = wrap(text, width)
    shown = rows if len(rows) <= TITLE_ROWS else [rows[0], fit(f"{rows[1]} …", width)]
    return [line((row, "title")) for row in shown]


def _pages(paper: Paper) -> list[Section]:
    """What can be shown, in order: abstract, sections, findings, references."""
    from agents.research import Section

    pages = list(paper.sections)
    if paper.abstract and not any(s.title.casefold() == "abstract" for s in pages):
        pages.insert(0, Section(number="", title="Abstract", level=1, paragraphs=(paper.abstract,)))
    pages.append(Section(number="", title=FINDINGS, level=1, paragraphs=()))
    if paper.references:
        pages.append(Section(number="", title="References", level=1, paragraphs=paper.references))
    return pages


def _name(page: Section) -> str:
    return f"{page.number} {page.title}".strip()


def _outline(pages: list[Section], chosen: int, width: int) -> list[Line]:
    """Names of the sections in a few rows; the row of the shown one is always among them."""
    rows: list[list[tuple[str, str]]] = [[]]
    used, at = 0, 0
    for index, page in enumerate(pages):
        name = ("▾ " if index == chosen else "▸ ") + fit(_name(page), min(26, width - 4))
        size = cells_of(name) + 2
        if used and used + size > width:
            rows.append([])
            used = 0
        if index == chosen:
            at = len(rows) - 1
        rows[-1].append((name + "  ", "key" if index == chosen else "dim"))
        used += size
    first = min(max(0, at - 1), max(0, len(rows) - OUTLINE_ROWS))
    return [line(*row) for row in rows[first : first + OUTLINE_ROWS]]


def _section_lines(page: Section, width: int, marked: str, wanted: str) -> tuple[list[Line], dict[int, int]]:
    rows: list[Line] = [line((_name(page), "bold"))]
    places: dict[int, int] = {}
    for number, content in enumerate(page.paragraphs, 1):
        places[number] = len(rows)
        look = "mark" if marked and (marked in content or content in marked) else ""
        label = f"¶{number}"
        for index, text in enumerate(wrap(content, width - 4)):
            edge = (pad(label if index == 0 else "", 4), "note" if look else "faint")
            rows.append(line(edge, *_matches(text, look, wanted)))
        rows.append(EMPTY)
    return rows, places


def _matches(text: str, look: str, wanted: str) -> list[tuple[str, str]]:
    if not wanted:
        return [(text, look)]
    parts = re.split(f"({re.escape(wanted)})", text, flags=re.IGNORECASE)
    return [(part, "match" if index % 2 else look) for index, part in enumerate(parts)]


def _brief(paper: Paper, width: int) -> list[Line]:
    rows: list[Line] = []
    for label, found, most in (("Task", paper.tasks, 2), ("Gap", paper.gaps, 4)):
        for number, finding in enumerate(found[:most], 1):
            name = label if len(found) == 1 else f"{label} {number}"
            rows.append(_finding_row(name, finding, width))
    if paper.keywords:
        rows += labelled("Keywords", ", ".join(f.text for f in paper.keywords), width, mark="▌ ", indent=10)[:2]
    return rows


def _finding_row(label: str, finding: Finding, width: int) -> Line:
    where = fit(finding.passage.where(), 16)
    room = width - 12 - cells_of(where) - 1
    return line(("▌ ", "note"), (pad(label, 10), "dim"), pad(finding.text, room), " ", (where, "note"))


def _all_findings(paper: Paper, width: int) -> list[Line]:
    rows: list[Line] = []
    for title, found in (("Tasks", paper.tasks), ("Gaps", paper.gaps), ("Keywords", paper.keywords)):
        rows.append(line((title, "bold"), (f"  {len(found)}", "dim")))
        for finding in found:
            rows += labelled(fit(finding.passage.where(), 12), finding.text, width, mark="▌ ", indent=13)
        rows.append(EMPTY)
    for note in paper.notes:
        rows += paragraph(f"! {note}", width, "warn")
    return rows
