"""Ideas: the table, and the card of the selected one; or two compared, or how near all are to each other."""

from __future__ import annotations

from textual import events

from app.engine.state import StepState
from app.ui import copying
from app.ui.ideas import card, listing, table
from app.ui.ideas.kinship import Kinship
from app.ui.messages import GoPassage, Said
from app.ui.model import Model
from app.ui.text import Line, Part, fit, line, paragraph
from app.ui.widgets.pane import Pane

LEARN_AFTER_SECONDS = 0.1
"""So long after the first paint, which has everything but the novelty, likeness is computed."""
SLICE_SECONDS, PAUSE_SECONDS = 0.006, 0.01
"""How much of it at a time, so that no key waits; and the pause in between."""
COMPARE, SIMILARITY = "compare", "similarity"


class Ideas(Pane):
    """Moving selects; the card below follows."""

    PANE = "ideas"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.kin = Kinship(model)
        self._first_row = 0
        self._begun = self._learning = False
        self._own_after: int | None = None
        self._listing: tuple[tuple[object, ...], list[StepState]] = ((), [])

    # learning how near ideas are

    def on_mount(self) -> None:
        """Compute likeness, once the first paint is through."""
        self.call_after_refresh(self.set_timer, LEARN_AFTER_SECONDS, self._begin)

    def _begin(self) -> None:
        self._begun = self._learning = True
        self._learn()

    def _learn(self) -> None:
        self._learning = self.kin.learn(SLICE_SECONDS)
        if self._learning:
            self.set_timer(PAUSE_SECONDS, self._learn)
        elif self.is_attached:
            self.draw()

    # drawing

    def listed(self) -> list[StepState]:
        """The ideas that the table lists, in its order."""
        view = self.model.view
        key = (self.model.state.seq, view.idea_sort, view.idea_filter, self.kin.rounds)
        if self._listing[0] != key:
            found = listing.listed(self.model.ideas(), view.idea_sort, view.idea_filter, self.kin)
            self._listing = (key, found)
        return self._listing[1]

    def select_own(self, after: int) -> None:
        """Select the next idea of a human's with a number above this one, as soon as it is there."""
        self._own_after = after

    def draw(self) -> None:
        """Table above, card below; or one of the other two pages."""
        self._take_own()
        if self._begun and not self._learning and not self.kin.complete():
            self._learning = True
            self.call_later(self._learn)
        page, pair = self.model.view.idea_page, self._pair()
        if page == COMPARE and pair:
            self._draw_comparison(*pair)
        elif page == SIMILARITY and self.listed():
            self._draw_similarity()
        else:
            self._draw_table()

    def _take_own(self) -> None:
        if self._own_after is None:
            return
        own = (s for s in self.model.ideas() if s.id > (self._own_after or 0) and "author" in s.summary)
        if step := next(own, None):
            self.model.view.idea, self.model.view.idea_page, self._own_after = step.id, "", None

    def _draw_table(self) -> None:
        listed, chosen, width = self.listed(), self.model.idea(), self.text_width
        if chosen is None:
            self.drawn = None
            self.show(paragraph(_nothing(self.model), width, "dim"))
            self.caption("")
            return
        index = next((n for n, step in enumerate(listed) if step.id == chosen.id), None)
        shown = self.model.card(chosen)
        previous = self.drawn
        self.drawn = (chosen.id, chosen.card) if isinstance(shown, dict) else None
        self.show(card.lines(self.model, chosen, self.kin, width), self._table(listed, index, width))
        if previous != self.drawn:
            self.jump(0)
        among = f"idea {chosen.id} is not among {len(listed)}" if listed else "nothing matches"
        place = f"{index + 1} of {len(listed)}" if index is not None else among
        self._caption(place if self.model.view.idea_filter else f"{place} ideas")

    def _table(self, listed: list[StepState], index: int | None, width: int) -> list[Line]:
        view = self.model.view
        room = max(3, min(len(listed), self.text_height * 2 // 5))
        self._first_row = first = min(max(0, (index or 0) - room // 2), max(0, len(listed) - room))
        fields = table.columns(width, self._digits())
        rows = [
            table.row(step, fields, self.kin, chosen=step.id == view.idea, marked=step.id in view.marked)
            for step in listed[first : first + room]
        ]
        none = [line(("No idea matches the filter. Esc clears it.", "warn"))] if not listed else []
        return [table.header(fields, view.idea_sort), *rows, *none, line(("─" * width, "faint"))]

    def _digits(self) -> int:
        return len(str(max((step.id for step in self.model.ideas()), default=0)))

    def _caption(self, text: str) -> None:
        wanted, marked = self.model.view.idea_filter, len(self._marked())
        parts = [f"/{fit(wanted, 20)}" if wanted else "", text, f"{marked} marked" if marked else ""]
        self.caption(f" {' · '.join(filter(None, parts))} ")

    def _draw_comparison(self, one: StepState, other: StepState) -> None:
        from app.ui.ideas import comparison

        # Two are shown, so that nothing here is what a yes could mean.
        self.drawn = None
        head, body = comparison.lines(self.model, self.kin, one, other, self.text_width)
        self.show(body, head)
        self.caption(" compared · c or Esc goes back ")

    def _draw_similarity(self) -> None:
        from app.ui.ideas import matrix

        self.drawn = None
        listed, width = self.listed(), self.text_width
        chosen = next((n for n, step in enumerate(listed) if step.id == self.model.view.idea), 0)
        titles = {step.id: step.title for step in listed}
        foot = matrix.nearest(listed[chosen], self.kin, titles, width)
        tall = max(len(str(listed[-1].id)), len(str(listed[0].id))) + 2
        shown = matrix.window(len(listed), chosen, width, max(1, self.text_height - tall - len(foot)))
        head = [matrix.legend(width), *matrix.header(listed, shown, chosen)]
        body = [matrix.row(listed, at, at == chosen, shown, self.kin, width) for at in shown.rows]
        self.show([*body, *foot], head)
        self.jump(0)
        part = "" if len(shown.columns) == len(listed) else f"{len(shown.columns)} of "
        roomy = " by similarity" if width >= table.WORDY else ""
        self._caption(f"{part}{len(listed)} ideas{roomy} · v or Esc goes back")

    # selecting

    def row_step(self, y: int) -> StepState | None:
        """The idea at a row of the widget, for the mouse."""
        index = y - 1 + self._first_row
        inside = not self.model.view.idea_page and 1 <= y < len(self._head) - 1
        return self.listed()[index] if inside and 0 <= index < len(self.listed()) else None

    def targets(self) -> list[int]:
        """Rows in view that are ideas."""
        return [y for y in range(self.text_height) if self.row_step(y) is not None]

    def on_click(self, event: events.Click) -> None:
        """A click on the table's header sorts by that column."""
        place = event.get_content_offset_capture(self)
        if place.y == 0 and not self.model.view.idea_page and self.listed():
            self._sort(table.sort_at(place.x, table.columns(self.text_width, self._digits())))

    def _choose(self, move: int) -> None:
        listed = self.listed()
        if not listed:
            return
        index = next((n for n, step in enumerate(listed) if step.id == self.model.view.idea), None)
        at = 0 if index is None else min(max(0, index + move), len(listed) - 1)
        self.model.view.idea = listed[at].id
        self.draw()

    def _move(self, action: str) -> bool:
        moves = {"down": 1, "up": -1, "first": -len(self.listed()), "last": len(self.listed())}
        if action in moves and self.model.view.idea_page != COMPARE:
            self._choose(moves[action])
            return True
        return super()._move(action)

    def do_open(self) -> None:
        """The passage that the idea stands on."""
        shown = self.model.card(self.model.idea())
        if isinstance(shown, dict):
            passage = shown["idea"]["passage"]
            self.post_message(GoPassage(str(passage["section"]), int(passage["paragraph"])))

    # what the table lists

    def do_sort(self) -> None:
        """The next order: number, state, novelty, support."""
        at = listing.SORTS.index(self.model.view.idea_sort) if self.model.view.idea_sort in listing.SORTS else -1
        self._sort(listing.SORTS[(at + 1) % len(listing.SORTS)])

    def _sort(self, by: str) -> None:
        if by:
            self.model.view.idea_sort = by
            self.draw()
            self.post_message(Said(f"Sorted by {by}."))

    def do_filter(self) -> None:
        """Ask for a filter; what is typed takes effect at once."""
        from app.ui.screens.filter import Filter

        question = "Filter by title, hypothesis or state; !word leaves out"
        self.app.push_screen(
            Filter(question, self.model.view.idea_filter, self._filter), lambda text: self._filter(text or "")
        )

    def _filter(self, wanted: str) -> None:
        self.model.view.idea_filter = wanted
        listed = self.listed()
        if listed and self.model.view.idea not in {step.id for step in listed}:
            self.model.view.idea = listed[0].id
        self.draw()

    def do_close_page(self) -> None:
        """Back to the table; from the table, back to all ideas."""
        if self.model.view.idea_page:
            self._show_page("")
        elif self.model.view.idea_filter:
            self._filter("")
        elif self.model.view.marked:
            self.model.view.marked = []
            self.draw()

    # marks and pages

    def _marked(self) -> list[StepState]:
        steps = self.model.state.steps
        return [steps[number] for number in self.model.view.marked if number in steps]

    def do_mark(self) -> None:
        """Mark the selected idea, or unmark it; of three, the one marked first is let go."""
        view = self.model.view
        if view.idea is None:
            return
        kept = [number for number in view.marked if number != view.idea]
        view.marked = kept if view.idea in view.marked else [*kept[-1:], view.idea]
        self.draw()

    def _pair(self) -> tuple[StepState, StepState] | None:
        """The two marked ideas, or the marked and the selected one."""
        marked, chosen = self._marked(), self.model.idea()
        if len(marked) == 1 and chosen is not None and chosen.id != marked[0].id:
            marked = [*marked, chosen]
        return (marked[0], marked[1]) if len(marked) == 2 else None

    def pair(self) -> tuple[StepState, StepState] | None:
        """The two ideas that comparing and merging are about; says what to mark where there are none."""
        found = self._pair()
        if found is None:
            self.post_message(Said("Mark two ideas with space, or mark one and select another.", "warn"))
        return found

    def do_compare(self) -> None:
        """Two ideas beside each other, or back."""
        if self.model.view.idea_page == COMPARE:
            self._show_page("")
        elif self.pair():
            self._show_page(COMPARE)

    def do_similarity(self) -> None:
        """How near all listed ideas are to each other, or back."""
        if not self.listed():
            self.post_message(Said("There are no ideas to compare here.", "warn"))
        else:
            self._show_page("" if self.model.view.idea_page == SIMILARITY else SIMILARITY)

    def _show_page(self, page: str) -> None:
        self.model.view.idea_page = page
        self.draw()
        self.jump(0)

    def copied(self) -> str:
        """The selected idea as it is edited; on the other pages, the lines in view."""
        return (not self.model.view.idea_page and copying.step_text(self.model, self.drawn)) or super().copied()

    def offers(self, action: str) -> bool:
        """Without ideas, one can be written; back goes only from where something was opened."""
        view = self.model.view
        if action == "close_page":
            return bool(view.idea_page or view.idea_filter or view.marked)
        return action == "write_idea" or super().offers(action)

    def hints(self) -> list[Part]:
        """Which decision is open."""
        chosen = self.model.idea()
        return [] if chosen is None else [(f"idea {chosen.id}", "bold")]


def _nothing(model: Model) -> str:
    notices = [n for n in model.state.notices if n.about.startswith("paper") and n.failed]
    if notices:
        return f"{notices[-1].about}: {notices[-1].text} Or press + to write an idea yourself."
    if model.state.papers:
        return "The agent is looking for ideas in the paper. Press + to write one yourself."
    return "No ideas yet. Press + to write one, or read a paper: mlrc run --paper FILE"
