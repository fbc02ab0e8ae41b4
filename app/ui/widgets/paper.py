"""The paper, page by page: text, outline, tasks, gaps and keywords, related work; in each something is chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui import copying
from app.ui.messages import GoStep, Said
from app.ui.model import Model
from app.ui.paper import findings, outline, reading, related
from app.ui.paper.pages import Page, index_of, pages
from app.ui.paper.reading import Marks
from app.ui.paper.search import Search, search
from app.ui.paper.sheet import EMPTY_SHEET, Sheet, Spot
from app.ui.paper.standing import standing
from app.ui.text import EMPTY, Line, Part, fit, line, paragraph, wrap
from app.ui.widgets.pane import Pane

if TYPE_CHECKING:
    from agents.research import Paper

TITLE_ROWS = 2
TALL = 24
"""Rows from which on title and sections have more than one row each."""
FOOT_FROM = 18
"""Rows of the pane from which on findings are shown below the text."""
FOOT_SHARE = 4
"""They take at most one of so many rows."""
RELATED_FROM = 28
"""Rows from which on related work is, too."""


class PaperPane(Pane):
    """h and l turn the pages; on a page of text j and k scroll, on a list they choose."""

    PANE = "paper"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._sheet = EMPTY_SHEET
        self._outlined = False
        self._typeset = False
        self._quote = ""
        self._back = (0, 0)
        self._search = Search()
        self._cycle: tuple[str, int] = ("", -1)
        self._work: tuple[tuple[int, str, str], related.Work] | None = None

    def typeset(self) -> None:
        """Set formulas and compare references from now on; called after the first paint, which does not wait."""
        self._typeset = True
        self.draw()

    # drawing

    def draw(self) -> None:
        """Title and strip of sections above, the page, findings and related work below."""
        paper, width = self._paper(), self.text_width
        if paper is None:
            text = self.model.paper()
            self._sheet = EMPTY_SHEET
            self.show(paragraph(str(text or "No paper yet. Read one: mlrc run --paper FILE"), width, _tone(text)))
            self.caption("")
            return
        found, view = pages(paper), self.model.view
        view.section = min(max(0, view.section), len(found) - 1)
        self._sheet = self._drawn(paper, found)
        view.spot = min(max(0, view.spot), max(0, len(self._sheet.spots) - 1))
        tall = self.text_height >= TALL
        sections = outline.strip(found, view.section, width, outline.STRIP_ROWS if tall else 1)
        above = [line(("Outline", "key"))] if self._outlined else sections
        head = [*_title(paper.title, width, TITLE_ROWS if tall else 1), *above, EMPTY, *self._sheet.head]
        self.show(self._sheet.body, head, self._below(paper, found[view.section]))
        self.caption(self._caption(len(found)))

    def _drawn(self, paper: Paper, found: list[Page]) -> Sheet:
        view, width = self.model.view, self.text_width
        page, chosen = found[view.section], view.spot
        steps = standing(self.model.state, view.paper or 0)
        if self._outlined:
            return outline.sheet(paper, found, width, chosen, steps)
        if page.kind == "findings":
            return findings.sheet(paper, width, chosen)
        if page.kind == "related":
            return related.sheet(self._compared(paper), related.others(self.model, paper), width, chosen)
        marks = Marks(self._quotes(), self._search.text, self._search.current, self._typeset)
        return reading.sheet(page, width, chosen, marks, steps)

    def _below(self, paper: Paper, page: Page) -> list[Line]:
        if self._outlined or page.kind != "text" or self.text_height < FOOT_FROM:
            return []
        rows = findings.brief(paper, self.text_width)[: self.text_height // FOOT_SHARE]
        if self._typeset and self.text_height >= RELATED_FROM:
            rows += [EMPTY, *related.brief(self._compared(paper), self.text_width)]
        return [EMPTY, *rows]

    def _caption(self, count: int) -> str:
        view, papers = self.model.view, list(self.model.state.papers)
        where = f" {view.section + 1} of {count} pages "
        if len(papers) > 1 and view.paper in papers:
            where = f" paper {papers.index(view.paper) + 1} of {len(papers)} ·{where}"
        return self._search.caption + where

    def _paper(self) -> Paper | None:
        paper = self.model.paper()
        return None if isinstance(paper, str) else paper

    def _quotes(self) -> tuple[str, ...]:
        idea = self.model.idea()
        card = self.model.card(idea)
        of_idea = str(card["idea"]["passage"]["text"]) if isinstance(card, dict) and "idea" in card else ""
        own = idea is not None and idea.paper in (None, self.model.view.paper)
        return tuple(quote for quote in (of_idea if own else "", self._quote) if quote)

    def _compared(self, paper: Paper) -> related.Work:
        """The references compared with what is selected; kept, since it costs some milliseconds."""
        asked, text = related.question(self.model, paper)
        wanted = (self.model.view.paper or 0, paper.sha256, text)
        if self._work is None or self._work[0] != wanted:
            self._work = (wanted, related.work(paper, asked, text))
        return self._work[1]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The chosen paragraph is always one in view."""
        super().watch_scroll_y(old_value, new_value)
        spot = self.spot()
        if spot is None or self._sheet.listed:
            return
        top = round(new_value)
        if spot.last < top or spot.first >= top + self.body_height:
            whole = next((n for n, other in enumerate(self._sheet.spots) if other.first >= top), None)
            inside = next((n for n, other in enumerate(self._sheet.spots) if other.last >= top), None)
            fits = whole is not None and self._sheet.spots[whole].first < top + self.body_height
            self._choose(whole if fits else inside, reveal=False)

    # what is chosen

    def spot(self) -> Spot | None:
        """What is chosen on the page; None where nothing can be."""
        spots = self._sheet.spots
        return spots[min(self.model.view.spot, len(spots) - 1)] if spots else None

    def finding(self) -> tuple[str, int] | None:
        """Group and index of the chosen task, gap or keyword."""
        spot = self.spot()
        return (spot.kind, spot.nth) if spot is not None and spot.kind in findings.GROUPS else None

    def paragraph_shown(self) -> tuple[str, int, str] | None:
        """Section, number and text of the paragraph that is chosen or that what is chosen stands on; None where there
        is none."""
        paper, spot = self._paper(), self.spot()
        if paper is None or spot is None:
            return None
        for page in pages(paper):
            if page.kind == "text" and page.where == spot.section and spot.paragraph <= len(page.paragraphs):
                return page.where, spot.paragraph, page.paragraphs[spot.paragraph - 1]
        return None

    def _choose(self, index: int | None, *, reveal: bool = True) -> None:
        spots = self._sheet.spots
        if index is None or not spots:
            return
        self.model.view.spot = min(max(0, index), len(spots) - 1)
        self.draw()
        spot = self.spot()
        if reveal and spot is not None:
            # The heading above the first one comes into view with it.
            self.reveal(0 if self.model.view.spot == 0 else spot.first, spot.last)

    def go(self, section: int, spot: int = 0) -> None:
        """Show a page from its beginning, with something chosen on it."""
        self._outlined = False
        self.model.view.section, self.model.view.spot = section, spot
        self.draw()
        self.jump(0)

    def to_passage(self, where: str, number: int, quote: str = "") -> bool:
        """Show a paragraph by its section's number or title; True if it is in the paper."""
        paper = self._paper()
        for index, page in enumerate(pages(paper) if paper is not None else ()):
            if page.kind == "text" and where in (page.number, page.title):
                self._quote = quote
                self.go(index, number - 1)
                spot = self.spot()
                self.jump(spot.first - 1 if spot is not None else 0)
                return True
        return False

    def click(self, y: int) -> None:
        """Choose what stands at a row of the widget; what is chosen already is visited."""
        row = self.body_row(y)
        spots = enumerate(self._sheet.spots)
        index = next((n for n, spot in spots if row is not None and spot.first <= row <= spot.last), None)
        if index is not None and index == self.model.view.spot and self._sheet.listed:
            self.do_visit()
        else:
            self._choose(index)

    def targets(self) -> list[int]:
        """Rows of a list that a letter can choose."""
        if not self._sheet.listed:
            return []
        above = len(self._head)
        rows = (above + spot.first - self.scroll_offset.y for spot in self._sheet.spots)
        return [y for y in rows if above <= y < above + self.body_height]

    # keys

    def act(self, action: str) -> bool:
        """On a list, moving chooses; else as every pane."""
        page = max(1, self.body_height // 2)
        moves = {"down": 1, "up": -1, "page_down": page, "page_up": -page}
        moves |= {"last": len(self._sheet.spots), "first": -len(self._sheet.spots)}
        if self._sheet.listed and action in moves:
            self._choose(self.model.view.spot + moves[action])
            return True
        return super().act(action)

    def do_left(self) -> None:
        """Page before."""
        self.go(max(0, self.model.view.section - 1))

    def do_right(self) -> None:
        """Next page."""
        self.go(self.model.view.section + 1)

    def do_next_paragraph(self) -> None:
        """Next paragraph, or next row of a list."""
        self._choose(self.model.view.spot + 1)

    def do_previous_paragraph(self) -> None:
        """Paragraph before."""
        self._choose(self.model.view.spot - 1)

    def do_outline(self) -> None:
        """All sections on one page, or back."""
        if self._outlined:
            self.do_leave_page()
            return
        self._remember()
        self._outlined = True
        self._draw_at(self.model.view.section)

    def do_findings(self) -> None:
        """Tasks, gaps and keywords, or back."""
        self._toggle("findings")

    def do_related(self) -> None:
        """Related work, or back."""
        self._toggle("related")

    def _toggle(self, kind: str) -> None:
        paper = self._paper()
        if paper is None:
            return
        found = pages(paper)
        if not self._outlined and found[self.model.view.section].kind == kind:
            self.do_leave_page()
            return
        self._remember()
        self.go(index_of(found, kind))

    def _remember(self) -> None:
        """Keep where the text was left, for the way back."""
        paper = self._paper()
        if paper is not None and not self._outlined and pages(paper)[self.model.view.section].kind == "text":
            self._back = (self.model.view.section, self.model.view.spot)

    def do_leave_page(self) -> None:
        """Back to the text."""
        section, spot = self._back
        self.go(section)
        self._choose(spot)

    def _draw_at(self, spot: int) -> None:
        self.draw()
        self._choose(spot)

    def do_visit(self) -> None:
        """Go where the chosen one leads: section, passage, first citation, paper, or the step that cites it."""
        spot = self.spot()
        if spot is None:
            return
        if spot.kind == "section":
            self.go(spot.nth)
        elif spot.kind == "paper":
            self._show_paper(spot.nth)
        elif spot.kind == "paragraph":
            self.do_citing_step()
        else:
            self._remember()
            if not self.to_passage(spot.section, spot.paragraph, spot.quote):
                word = (
                    "The text that was read does not cite it."
                    if spot.kind == "reference"
                    else ("These are your own words; they stand on no paragraph of the paper.")
                )
                self.post_message(Said(word, "warn"))

    def do_citing_step(self) -> None:
        """Go to the step that stands on the chosen paragraph; to the next one where there are several."""
        spot = self.spot()
        steps = standing(self.model.state, self.model.view.paper or 0).get(spot.place, []) if spot is not None else []
        if spot is None or not steps:
            self.post_message(Said("No idea stands on this paragraph. Those that do have a mark ◂ below them.", "dim"))
            return
        last = self._cycle[1] if self._cycle[0] == spot.place else -1
        self._cycle = (spot.place, (last + 1) % len(steps))
        self.post_message(GoStep(steps[self._cycle[1]].id))

    def do_next_paper(self) -> None:
        """Next paper of the workspace."""
        self._turn(1)

    def do_previous_paper(self) -> None:
        """Paper before."""
        self._turn(-1)

    def _turn(self, move: int) -> None:
        numbers = list(self.model.state.papers)
        if len(numbers) < 2 or self.model.view.paper not in numbers:
            self.post_message(Said("There is no other paper here. Read one: mlrc run --paper FILE", "dim"))
            return
        self._show_paper(numbers[(numbers.index(self.model.view.paper) + move) % len(numbers)])

    def _show_paper(self, number: int) -> None:
        self.model.view.paper = number
        self._back, self._quote = (0, 0), ""
        self.search("")
        self.go(0)

    # search

    def search(self, text: str) -> int:
        """Find a text on all pages and show the first place; returns how many there are."""
        self._search = search(self._paper(), text)
        if self._search.places:
            self.do_next_match()
        else:
            self.draw()
        return len(self._search.places)

    def do_next_match(self) -> None:
        """Next match."""
        self._match(1)

    def do_previous_match(self) -> None:
        """Match before."""
        self._match(-1)

    def _match(self, move: int) -> None:
        if not self._search.places:
            return
        self._search = self._search.turned(move)
        section, number = self._search.places[self._search.at]
        if self._outlined or section != self.model.view.section:
            self.go(section)
        self._choose(next((n for n, spot in enumerate(self._sheet.spots) if spot.nth == number), 0))
        shown = (n for n, row in enumerate(self.body) if any(piece.look == "alert" for piece in row.pieces))
        if (row := next(shown, None)) is not None:
            self.reveal(row)

    def copied(self) -> str:
        """The text of the page."""
        return copying.page_text(self.model) or super().copied()

    def hints(self) -> list[Part]:
        """What is chosen."""
        spot = self.spot()
        words = {"paragraph": spot.place, "reference": "reference", "paper": "paper"} if spot is not None else {}
        name = words.get(spot.kind, findings.GROUPS.get(spot.kind, "section")) if spot is not None else "paper"
        return [(name, "bold")]


def _tone(text: object) -> str:
    return "bad" if text else "dim"


def _title(text: str, width: int, most: int) -> list[Line]:
    rows = wrap(text, width)
    shown = rows if len(rows) <= most else [*rows[: most - 1], fit(" ".join(rows[most - 1 :]), width)]
    return [line((row, "title")) for row in shown]
