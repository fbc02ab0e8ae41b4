"""Ideas: the table, and the card of the selected one with the passage it stands on."""

from __future__ import annotations

from typing import Any

from app.engine.state import StepState
from app.ui import signs
from app.ui.messages import GoPassage
from app.ui.model import Model
from app.ui.text import EMPTY, Line, Part, fit, labelled, line, pad, paragraph, spread
from app.ui.widgets.pane import Pane

_FIELDS = (
    ("Hypothesis", "hypothesis"),
    ("Rationale", "rationale"),
    ("Expected", "expected"),
    ("Kill test", "kill_test"),
    ("Changes", "target"),
    ("Reviews", "reviews"),
)


class Ideas(Pane):
    """Moving selects; the card below follows."""

    PANE = "ideas"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._first_row = 0

    def draw(self) -> None:
        """Table above, card below."""
        ideas, chosen = self.model.ideas(), self.model.idea()
        width = self.text_width
        if not ideas or chosen is None:
            self.drawn = None
            self.show(paragraph(_nothing(self.model), width, "dim"))
            self.caption("")
            return
        index = next(n for n, step in enumerate(ideas) if step.id == chosen.id)
        head = self._table(ideas, index, width)
        card = self.model.card(chosen)
        previous = self.drawn
        self.drawn = (chosen.id, chosen.card) if isinstance(card, dict) else None
        body = _card_lines(chosen, card, width, self.model.now())
        self.show(body, head)
        if previous != self.drawn:
            self.jump(0)
        self.caption(f" {index + 1} of {len(ideas)} ideas ")

    def _table(self, ideas: list[StepState], index: int, width: int) -> list[Line]:
        room = max(3, min(len(ideas), self.text_height * 2 // 5))
        first = min(max(0, index - room // 2), max(0, len(ideas) - room))
        self._first_row = first
        # The card below names the passage too, so that column is the first to go.
        where_cells = 8 if width >= 46 else 0
        title = max(8, width - 22 - where_cells)
        rows = [line((f"{'#':>3} {'state':<11} {'supp':>4} {pad('where', where_cells)} {pad('idea', title)}", "dim"))]
        for number, step in enumerate(ideas[first : first + room], first):
            sign = signs.of_step(step)
            where = step.summary.get("where", "")
            rows.append(
                line(
                    (f"{step.id:>3} ", "bold" if number == index else ""),
                    (pad(sign.text, 11), sign.look),
                    f" {pad(step.summary.get('support', '–'), 4, right=True)} ",
                    (pad(where, where_cells), "dim"),
                    (" " + fit(step.title, title), "bold" if number == index else ""),
                    band="selected" if number == index else "",
                )
            )
        return [*rows, line(("─" * width, "faint"))]

    def row_step(self, y: int) -> StepState | None:
        """The idea at a row of the widget, for the mouse."""
        ideas = self.model.ideas()
        index = y - 1 + self._first_row
        inside = 1 <= y < len(self._head) - 1
        return ideas[index] if inside and 0 <= index < len(ideas) else None

    def _choose(self, move: int) -> None:
        ideas, chosen = self.model.ideas(), self.model.idea()
        if chosen is None:
            return
        index = next(n for n, step in enumerate(ideas) if step.id == chosen.id)
        self.model.view.idea = ideas[min(max(0, index + move), len(ideas) - 1)].id
        self.draw()

    def do_down(self) -> None:
        """Next idea."""
        self._choose(1)

    def do_up(self) -> None:
        """Idea before."""
        self._choose(-1)

    def do_first(self) -> None:
        """First idea."""
        self._choose(-len(self.model.ideas()))

    def do_last(self) -> None:
        """Last idea."""
        self._choose(len(self.model.ideas()))

    def do_open(self) -> None:
        """The passage that the idea stands on."""
        card = self.model.card(self.model.idea())
        if isinstance(card, dict):
            passage = card["idea"]["passage"]
            self.post_message(GoPassage(str(passage["section"]), int(passage["paragraph"])))

    def hints(self) -> list[Part]:
        """Which decision is open."""
        chosen = self.model.idea()
        return [] if chosen is None else [(f"idea {chosen.id}", "bold")]


def _nothing(model: Model) -> str:
    notices = [n for n in model.state.notices if n.about.startswith("paper") and n.failed]
    if notices:
        return f"{notices[-1].about}: {notices[-1].text}"
    if model.state.papers:
        return "The agent is looking for ideas in the paper."
    return "No ideas yet. Read a paper: mlrc run --paper FILE"


def _card_lines(step: StepState, card: Any, width: int, now: float) -> list[Line]:
    if isinstance(card, str):
        return paragraph(card, width, "bad")
    idea = card["idea"]
    passage = idea["passage"]
    sign = signs.of_step(step)
    state = f"{sign.text}{f' by {signs.person(step.by)}' if step.by and step.phase != 'proposed' else ''}"
    rows = [
        *paragraph(str(idea["title"]), width, "title"),
        spread(
            [(state, sign.look)], [(f"support {float(idea['score']):.2f} · {signs.age(step.since, now)}", "dim")], width
        ),
        EMPTY,
        *_passage(f"§{passage['section']} ¶{passage['paragraph']}", str(passage["text"]), width),
        EMPTY,
    ]
    for label, key in _FIELDS:
        if idea[key]:
            rows += labelled(label, str(idea[key]), width)
    for number, text in enumerate(idea["plan"], 1):
        rows += labelled("Plan" if number == 1 else "", f"{number}. {text}", width)
    if idea["evidence"]:
        rows += labelled("Counts", ", ".join(map(str, idea["evidence"])), width, look="dim")
    if step.reason:
        rows += [EMPTY, *labelled("You said", f"“{step.reason}”", width, look="warn")]
    return [*rows, EMPTY, line((f"card {step.card[:12]}", "faint"))]


def _passage(where: str, text: str, width: int) -> list[Line]:
    quoted = paragraph(f"“{text}”", width - 2, "mark")
    return [line((where, "note"), ("  the passage it stands on", "dim"))] + [
        line(("▌ ", "note"), *((piece.text, piece.look) for piece in row.pieces)) for row in quoted
    ]
