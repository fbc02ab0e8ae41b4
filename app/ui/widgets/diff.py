"""The change under review: a diff to mark hunk by hunk, a contract or a verdict, and what a yes would run."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

from rich.style import Style

from app.engine.journal import JournalError
from app.engine.state import StepState
from app.ui import copying, highlight, signs
from app.ui.diff import facts, pages, summary
from app.ui.diff.badges import protected
from app.ui.diff.desk import Desk
from app.ui.diff.marks import CLIENT, Marks, counted
from app.ui.diff.paint import GUTTER, Painter, Sheet
from app.ui.diff.summary import Summary
from app.ui.diff.visible import OVER
from app.ui.model import Model
from app.ui.text import EMPTY, Line, Part, line, paragraph, spread
from app.ui.widgets.lines import FOOT_SHARE
from app.ui.widgets.pane import Pane

TWO_COLUMNS = 120
"""Cells that the pane needs for old and new side by side."""
SHIFT = 8
OF_MARKS = frozenset(
    ("yes", "no", "divide", "edit_hunk", "comment", "take_back", "proceed", "toggle", "select", "fold", "fold_all")
    + ("find", "find_before", "leave_review")
)
"""Actions on hunks that are open."""


class DiffPane(Pane):
    """Shows the selected step; `drawn` is what a decision from here is about."""

    PANE = "diff"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self.desk: Desk | None = None
        """The diff that is drawn, or the one that its summary is of."""
        self.summary: Summary | None = None
        """Drawn in place of the diff it is the summary of."""
        self._desk_of: tuple[int, str] | None = None
        self._result: tuple[str, Desk] | None = None
        self._painter: Painter | None = None
        self._coloured = False
        self._shift = 0
        self._cells = 0

    def draw(self) -> None:
        """The whole payload, scrollable; what a yes covers below it."""
        step, width = self.model.step(), self.text_width
        if step is None:
            self.drawn = None
            text = "Nothing to review yet. Accept an idea and the agent writes a change for it."
            self.show(paragraph(text, width, "dim"))
            self.caption("")
            return
        card = self.model.card(step)
        previous = self.drawn
        self.drawn = (step.id, step.card) if isinstance(card, dict) else None
        if isinstance(card, str):
            self.show(paragraph(card, width, "bad"))
            return
        if step.kind == "diff":
            self._draw_diff(step, card)
        else:
            self.desk = self._desk_of = self.summary = None
            self._draw_page(step, card)
        if previous != self.drawn:
            self.jump(0, x=0)

    def copied(self) -> str:
        """The patch or the contract itself."""
        return copying.step_text(self.model, self.drawn) or super().copied()

    def colour(self) -> None:
        """Colour code from now on; called after the first paint, which does not wait for Pygments."""
        self._coloured = True
        self.draw()

    def look_style(self, look: str) -> Style:
        """Looks may lie over each other."""
        if OVER not in look:
            return super().look_style(look)
        # Without a look of its own, what lies below is the band of the line and not the ground of the pane.
        return Style.combine(self.look_style(name) for name in look.split(OVER) if name)

    # a diff

    def _draw_diff(self, step: StepState, card: Any) -> None:
        desk, result = self._on_desk(step, card), self._summed(step)
        if result is not None:
            self._draw_summary(step, *result)
            return
        width, wants = self.text_width, step.phase == "proposed"
        sign, count = signs.of_step(step), len(desk.blocks)
        marked = counted(desk.marks, [block.id for block in desk.blocks]) if wants and desk.marks else ""
        named = f"exp {card['experiment']} · {card['title']} · base {str(card['base'])[:7]} · {facts.size(step)}"
        right: list[Part] = [(f"{marked}  ", "note")] if marked else []
        head = [spread([(named, "bold")], [*right, (sign.text, sign.look)], width), EMPTY]
        foot = [line(("─" * width, "faint")), *facts.shortened("Why", str(card["why"]), width)]
        foot += [facts.checks_row(card["checks"], width), *facts.will_run(card["will_run"], width)]
        foot += [*facts.covered(step, card, width), *facts.said(step, width)]
        if len(foot) > self.text_height * FOOT_SHARE:
            self._put(desk, head, [EMPTY, *facts.in_full(card, width), *foot], facts.least(step, card, width), wants)
        else:
            self._put(desk, head, [EMPTY, *facts.in_full(card, width)], foot, wants)
        place = f"hunk {desk.current + 1} of {count}" if wants and count else f"{count} hunk{'s' if count != 1 else ''}"
        self.caption(f" step {step.id} · {place} · card {step.card[:8]} ")

    def _on_desk(self, step: StepState, card: Any) -> Desk:
        if self.desk is None or self._desk_of != (step.id, step.card):
            drafts, number = self.model.drafts, str(step.id)
            kept = ""
            with contextlib.suppress(JournalError):
                kept = drafts.draft(CLIENT, number) if drafts is not None else ""

            def keep(marks: Marks) -> None:
                # A journal that cannot be written is said by the engine, which needs it too.
                with contextlib.suppress(JournalError):
                    if drafts is not None and not self.model.read_only:
                        drafts.keep_draft(CLIENT, number, marks.dump())

            patch, marks = str(card["patch"]), Marks.load(kept, step.card)
            self.desk = Desk(patch, protected(card["checks"]), marks, keep)
            self._desk_of = (step.id, step.card)
            content, row = self.model.view.diff_at
            if content == step.card and row < len(self.desk.rows):
                self.desk.cursor = row
        return self.desk

    def _put(self, desk: Desk, head: Sequence[Line], tail: list[Line], foot: list[Line], marked: bool) -> None:
        wide = self.text_width >= TWO_COLUMNS
        if desk.side_by_side != (wide and self.model.view.two_columns):
            desk.side_by_side = not desk.side_by_side
            desk.lay_out()
        if self._painter is None or not self._painter.fits(desk, coloured=self._coloured):
            self._painter = Painter(desk, coloured=self._coloured)
            self._cells = self._painter.widest() + GUTTER
        shown = Sheet(desk, self._painter, self.text_width, marked=marked, shift=self._shift, tail=tail)
        self.show(shown, head, foot, widest=0 if desk.side_by_side else self._cells)
        if marked:
            self.model.view.diff_at = [desk.marks.of, desk.cursor]

    # the summary of what was marked

    def _summed(self, step: StepState) -> tuple[Summary, Any] | None:
        """The summary that is drawn in place of the step, and its card; None where it no longer holds."""
        found = self.summary
        if found is None or (found.step, found.of) != (step.id, step.card) or step.phase != "proposed":
            self.summary = self._result = None
            return None
        card = self.model.card_of(found.card)
        return (found, card) if isinstance(card, dict) else None

    def _draw_summary(self, step: StepState, found: Summary, card: Any) -> None:
        if self._result is None or self._result[0] != found.card:
            made = Desk(str(card["patch"]), protected(card["checks"]), Marks(of=found.card), lambda marks: None)
            self._result = (found.card, made)
        self.drawn = (step.id, found.card)
        width = self.text_width
        tail = [EMPTY, *facts.commands(card["will_run"], width)]
        foot = summary.foot(card, width)
        if len(foot) > self.text_height * FOOT_SHARE:
            tail, foot = [*tail, *foot], facts.least(step, card, width)
        self._put(self._result[1], summary.head(card, width), tail, foot, False)
        self.caption(f" step {step.id} · summary {found.card[:8]} ")

    # contract and verdict

    def _draw_page(self, step: StepState, card: Any) -> None:
        if step.kind == "contract":
            colour = highlight.coloured if self._coloured else highlight.plain
            page = pages.contract(step, card, self.text_width, colour)
        else:
            page = pages.verdict(step, card, self.text_width)
        self.show(page.body, page.head, page.foot, sideways=step.kind == "contract")
        self.caption(page.caption)

    # moving

    @property
    def marking(self) -> Desk | None:
        """The desk, where hunks can be marked now: a proposed diff is drawn and not its summary."""
        step = self.model.step()
        if self.desk is None or self.summary is not None or step is None or self.drawn != self._desk_of:
            return None
        return self.desk if step.phase == "proposed" else None

    def _move(self, action: str) -> bool:
        desk = self.marking
        if desk is None:
            return super()._move(action)
        page = max(1, self.body_height - 2)
        rows = {
            "down": 1,
            "up": -1,
            "page_down": page,
            "page_up": -page,
            "first": -len(desk.rows),
            "last": len(desk.rows),
        }
        if action not in rows:
            return super()._move(action)
        before = desk.cursor
        desk.move(rows[action])
        if action in ("down", "last", "page_down") and desk.cursor == before:
            # What stands below the last hunk is read by scrolling on.
            return super()._move(action)
        self.reveal_cursor()
        return True

    def reveal_cursor(self) -> None:
        """Draw the desk, with the cursor in view; the head of a hunk with as much of it as there is room for."""
        self.draw()
        desk = self.desk
        if desk is None or not desk.rows:
            return
        first, last = desk.cursor, desk.cursor
        if desk.rows[first].kind == "head":
            last = min(desk.extent(desk.current)[1], first + self.body_height - 2)
        self.reveal(first, last)

    def in_sight(self) -> bool:
        """Whether the row of the cursor is in view."""
        top = round(self.scroll_y)
        return self.desk is not None and top <= self.desk.cursor < top + self.body_height

    def click(self, y: int) -> None:
        """Put the cursor on a row of the widget."""
        row, desk = self.body_row(y), self.marking
        if desk is not None and row is not None and row < len(desk.rows):
            desk.cursor, desk.anchor = row, None
            self.draw()

    def do_left(self) -> None:
        """Sideways; in two columns both of them."""
        self._sideways(-SHIFT)

    def do_right(self) -> None:
        """As `do_left`."""
        self._sideways(SHIFT)

    def _sideways(self, cells: int) -> None:
        desk = self.desk
        if desk is None or not desk.side_by_side:
            self.scroll_relative(x=cells, animate=False)
            return
        self._shift = min(max(0, self._shift + cells), max(0, self._cells - self.text_width // 2))
        self.draw()

    def do_next_hunk(self) -> None:
        """Next hunk."""
        self._to_hunk(1)

    def do_previous_hunk(self) -> None:
        """Hunk before."""
        self._to_hunk(-1)

    def _to_hunk(self, move: int) -> None:
        if self.marking is not None:
            self.marking.to_block(move)
            self.reveal_cursor()
        elif self._result is not None or self.desk is not None:
            desk = self._result[1] if self._result is not None else self.desk
            assert desk is not None
            top = self.scroll_offset.y
            rows = [row for row in desk.heads if (row > top if move > 0 else row < top)]
            self.jump((rows[0] if move > 0 else rows[-1]) if rows else top)

    def do_fold(self) -> None:
        """Fold the hunk or show it again."""
        self._fold(all_of_them=False)

    def do_fold_all(self) -> None:
        """All hunks."""
        self._fold(all_of_them=True)

    def _fold(self, *, all_of_them: bool) -> None:
        if self.marking is not None:
            self.marking.fold(all_of_them=all_of_them)
            self.reveal_cursor()

    def _choose(self, move: int) -> None:
        steps = [step.id for step in self.model.reviewed()]
        if self.model.view.step in steps:
            index = steps.index(self.model.view.step) + move
            self.model.view.step = steps[min(max(0, index), len(steps) - 1)]
            self.draw()

    def do_next_step(self) -> None:
        """Next step that this pane can show."""
        self._choose(1)

    def do_previous_step(self) -> None:
        """The one before."""
        self._choose(-1)

    def offers(self, action: str) -> bool:
        """Marks need a diff that waits; its summary is applied or left."""
        if self.summary is not None:
            return False
        return super().offers(action) and (action not in OF_MARKS or self.marking is not None)

    def hints(self) -> list[Part]:
        """Which step is shown, and what the next key may be."""
        step, desk = self.model.step(), self.marking
        if step is None:
            return []
        if self.summary is not None:
            return [("summary", "bold"), "  ", ("a", "key"), " apply   ", ("escape", "key"), " back to the hunks"]
        if desk is not None and desk.anchor is not None:
            count = len(desk.chosen())
            return [(f"{count} changed line{'s' if count != 1 else ''} selected", "bold")]
        if desk is not None and desk.blocks:
            return [(f"hunk {desk.current + 1}", "bold")]
        return [(f"{step.kind} {step.id}", "bold")]
