"""The review of a diff by hunks: marks, their summary, and the yes to it. A mark is about the hunk in view, and the yes
about the summary that is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.engine import commands as cmd
from app.engine import hunks
from app.ui.actors.actor import Actor
from app.ui.diff.blocks import Block, chosen_text
from app.ui.diff.desk import Desk
from app.ui.diff.summary import Summary
from app.ui.messages import Previewed
from app.ui.previews import redo_preview
from app.ui.screens.ask import Ask, Confirm
from app.ui.widgets.diff import TWO_COLUMNS
from app.ui.widgets.pane import FRAME

if TYPE_CHECKING:
    from app.ui.screens.main import MainScreen

_LOOK = ("two_columns", "find", "find_before", "leave_review")
"""What a read-only screen may do too."""


class Review(Actor):
    """Marks hunks, asks the engine what they come to, and accepts that."""

    def __init__(self, screen: MainScreen) -> None:
        super().__init__(screen)
        self._pane = screen.diff
        self._awaited: cmd.Preview | None = None
        self._unusable: dict[tuple[str, str], str] = {}
        """What the human wrote that could not be taken, by card and piece: offered again."""

    def act(self, action: str) -> bool:
        """Carry out an action of the review; `accept`, `reject` and `edit` are its own where hunks are marked."""
        if action in ("accept", "reject", "edit") and self._model.view.pane == "diff" and self._stands_for(action):
            return True
        if self._model.read_only and action not in _LOOK and hasattr(self, f"do_{action}"):
            self._screen.say("This screen is read-only; review on another one.", "warn")
            return True
        return super().act(action)

    def _stands_for(self, action: str) -> bool:
        desk = self._pane.marking
        if self._awaited is not None:
            self._screen.say("The summary of your marks is being made; wait for it, or press Esc.", "warn")
        elif self._pane.summary is not None and action == "accept":
            self._apply(self._pane.summary)
        elif self._pane.summary is not None:
            self._screen.say("This is the summary of your marks. Esc goes back to the whole diff.", "warn")
        elif action == "accept" and desk is not None and desk.marks:
            self._ask_for_summary(desk)
        else:
            return False
        return True

    # marks

    def _in_view(self) -> tuple[Desk, Block] | None:
        """The desk and its hunk that the cursor is on; None, and a sentence, where none is drawn."""
        desk = self._pane.marking
        block = desk.block if desk is not None else None
        if desk is None or block is None:
            self._screen.say(
                "Esc goes back to the hunks." if self._pane.summary else "There is no open hunk to mark here.", "warn"
            )
            return None
        if not self._pane.in_sight():
            self._pane.reveal_cursor()
            self._screen.say(f"Hunk {desk.current + 1} was not in view; it is now. Press the key again.", "warn")
            return None
        return desk, block

    def do_yes(self) -> None:
        """The hunk is taken, or only its selected lines."""
        found = self._in_view()
        if found is None:
            return
        desk, block = found
        if desk.anchor is not None:
            self._write_lines(desk, block, desk.chosen(), "")
            return
        desk.mark(desk.marks.said_yes(block.id))
        self._go_on(desk)

    def do_no(self) -> None:
        """The hunk is refused, or its selected lines; a reason is asked for."""
        found = self._in_view()
        if found is None:
            return
        desk, block = found
        lines, marks, number = desk.chosen(), desk.marks, desk.current + 1

        def answered(reason: str | None) -> None:
            if reason is None or desk is not self._pane.desk or desk.marks != marks:
                return
            if lines:
                left = {at for at, code in enumerate(block.lines) if code.sign in "+-"} - lines
                self._write_lines(desk, block, left, reason)
                return
            desk.mark(marks.said_no(block.id, reason))
            self._go_on(desk)

        what = f"{len(lines)} lines of hunk" if lines else "hunk"
        self._screen.app.push_screen(
            Ask(f"No to {what} {number} of step {self._model.view.step}: why? (may be empty)"), answered
        )

    def do_toggle(self) -> None:
        """Yes to the hunk, or no mark again."""
        if found := self._in_view():
            desk, block = found
            taken = desk.marks.takes(block.id)
            desk.mark(desk.marks.undecided(block.id) if taken else desk.marks.said_yes(block.id))
            self._pane.draw()

    def _go_on(self, desk: Desk) -> None:
        if not desk.to_undecided():
            self._screen.say("All hunks are decided: ⏎ shows the summary, and what would be applied.", "good")
        self._pane.reveal_cursor()

    def _write_lines(self, desk: Desk, block: Block, lines: set[int], reason: str) -> None:
        if block.piece.hunk is None or not lines:
            why = "A whole file is taken or left." if block.piece.hunk is None else "No changed line would be left."
            self._screen.say(f"{why} Use y or n without a selection.", "warn")
            return
        try:
            text = chosen_text(block, lines)
        except hunks.HunkError as error:
            self._screen.say(str(error), "warn")
            return
        marks = desk.marks.wrote(block.id, text)
        desk.mark(marks.commented(block.id, reason) if reason else marks)
        self._go_on(desk)

    def do_divide(self) -> None:
        """Decide the hunk part by part."""
        found = self._in_view()
        if found is None:
            return
        desk, block = found
        hunk = block.piece.hunk
        if hunk is None or block.id in desk.marks.edited or len(hunks.split(hunk)) < 2:
            self._screen.say("It has no unchanged lines to split at. v selects single lines of it.", "warn")
            return
        desk.mark(desk.marks.divided(block.id))
        self._pane.reveal_cursor()

    def do_take_back(self) -> None:
        """The marks as they were before the last one."""
        desk = self._pane.marking
        if desk is not None and not desk.take_back():
            self._screen.say("There is no mark here to take back.", "warn")
        self._pane.reveal_cursor()

    def do_select(self) -> None:
        """Select lines of the hunk from here on, or stop."""
        found = self._in_view()
        if found is None:
            return
        desk, _ = found
        if desk.anchor is None and desk.rows[desk.cursor].kind == "head":
            desk.move(1)
        on_code = desk.rows[desk.cursor].kind == "code"
        desk.anchor = desk.cursor if desk.anchor is None and on_code else None
        self._screen.say(
            "j and k select lines; y takes only those, n leaves only those out; v stops." if desk.anchor else "", "dim"
        )
        self._pane.draw()

    def do_comment(self) -> None:
        """Tell the agent something of the hunk."""
        found = self._in_view()
        if found is None:
            return
        desk, block = found
        before = desk.marks.reasons.get(block.id, "")

        def answered(text: str | None) -> None:
            if text is not None and desk is self._pane.desk:
                desk.mark(desk.marks.commented(block.id, text))
                self._pane.draw()

        question = f"For the agent, on hunk {desk.current + 1} of step {self._model.view.step}:"
        self._screen.app.push_screen(Ask(question, before), answered)

    def do_edit_hunk(self) -> None:
        """Edit the hunk in the human's editor; it is taken as it was written."""
        found = self._in_view()
        if found is None:
            return
        desk, block = found
        hunk = block.piece.hunk
        if hunk is None:
            self._screen.say("A whole file is taken or left; e edits the step.", "warn")
            return
        key = (desk.marks.of, block.id)
        known = desk.marks.edited.get(block.id, hunks.text_of(hunk))
        start = self._unusable.pop(key, known)
        new = self._screen.decisions.in_editor(start, ".diff") or start
        if new == known:
            return
        try:
            made = hunks.edited(hunk, new)
        except hunks.HunkError as error:
            self._unusable[key] = new
            self._screen.say(f"{error} Your text is kept: E goes on with it.", "bad")
            return
        if not made.changes:
            self._screen.say("What you wrote changes nothing. n refuses the hunk.", "warn")
            return
        same = made.rows == hunk.rows
        desk.mark(desk.marks.undecided(block.id).said_yes(block.id) if same else desk.marks.wrote(block.id, new))
        self._screen.say("The hunk is taken as you wrote it.", "good")
        self._go_on(desk)

    # the summary

    def do_proceed(self) -> None:
        """The summary of the marks; there, apply it; in a search, the next match."""
        desk = self._pane.marking
        if self._awaited is not None:
            self._screen.say("The summary of your marks is being made …", "dim")
        elif self._pane.summary is not None:
            self._apply(self._pane.summary)
        elif desk is not None and desk.query:
            self._to_match(desk, 1)
        elif desk is None:
            self._screen.say("There is no open diff here.", "warn")
        else:
            self._ask_for_summary(desk)

    def _ask_for_summary(self, desk: Desk) -> None:
        shown = self._pane.drawn
        if shown is None or not any(desk.marks.takes(block.id) for block in desk.blocks):
            self._screen.say(
                "No hunk is taken: y takes one, a accepts a diff without marks, r rejects all of it.", "warn"
            )
            return
        self._awaited = asked = cmd.Preview(step=shown[0], card=shown[1], choice=desk.marks.choice().dump())
        self._screen.say("The summary of your marks is being made …", "dim")
        self._screen.sender.send(asked, lambda text, refused: Previewed(asked, text, refused=refused))

    def previewed(self, message: Previewed) -> None:
        """Show the summary, if it is of what is drawn and marked now."""
        asked, desk = message.asked, self._pane.desk
        if asked != self._awaited:
            return
        self._awaited = None
        if message.refused:
            self._screen.say(f"✘ {message.text}", "bad")
            return
        current = desk is not None and desk.marks.choice().dump() == asked.choice
        if not current or self._pane.drawn != (asked.step, asked.card):
            self._screen.say("The diff or its marks changed meanwhile. ⏎ makes a new summary.", "warn")
            return
        self._pane.summary = Summary(asked.step, asked.card, message.text, asked.choice)
        self._pane.draw()
        # Keys that were typed for the hunks must not be a yes to their summary.
        self._screen.deafen()
        self._screen.say("Nothing is applied yet.", "warn")

    def _apply(self, found: Summary) -> None:
        if self._pane.drawn != (found.step, found.card):
            self._screen.say("The summary cannot be read. Esc goes back; ⏎ makes a new one.", "bad")
            return
        self._screen.say(f"Applying what the summary of step {found.step} shows …", "dim")
        self._screen.sender.send(cmd.Decide(step=found.step, decision="accepted", card=found.card, choice=found.choice))

    def do_leave_review(self) -> None:
        """Back from the summary to the hunks; or end selection and search."""
        desk = self._pane.desk
        self._awaited = None
        if self._pane.summary is not None:
            self._pane.summary = None
            self._pane.draw()
            self._pane.reveal_cursor()
        elif desk is not None:
            desk.anchor, desk.query = (None, desk.query) if desk.anchor is not None else (None, "")
            self._pane.draw()

    # looking

    def do_two_columns(self) -> None:
        """Old and new side by side; where the pane is too narrow, it fills the screen."""
        view, screen = self._model.view, self._screen
        view.two_columns = not view.two_columns
        if view.two_columns and self._pane.text_width < TWO_COLUMNS:
            room = screen.app.size.width - FRAME.width
            if room < TWO_COLUMNS:
                view.two_columns = False
                screen.say(f"Two columns need {TWO_COLUMNS} cells; this terminal has {max(0, room)} for them.", "warn")
                return
            view.zoomed = True
            screen.place()
        self._pane.draw()
        if self._pane.marking is not None:
            self._pane.reveal_cursor()

    def do_find(self) -> None:
        """Ask for a text and go to its first match."""
        desk = self._pane.marking
        if desk is None:
            self._screen.say("Search works in a diff that waits for you.", "warn")
            return

        def answered(text: str | None) -> None:
            if text is not None and desk is self._pane.desk:
                desk.query = text
                self._to_match(desk, 0)

        self._screen.app.push_screen(Ask("Search in diff"), answered)

    def do_find_before(self) -> None:
        """The match before."""
        if (desk := self._pane.marking) is not None:
            self._to_match(desk, -1)

    def _to_match(self, desk: Desk, move: int) -> None:
        number, count = desk.to_match(move)
        self._pane.reveal_cursor()
        if desk.query:
            where = f"Match {number} of {count} for “{desk.query}”; ⏎ next, f3 before, Esc ends." if count else ""
            self._screen.say(where or f"No match for “{desk.query}”; Esc ends the search.", "dim" if count else "warn")

    # redo

    def do_redo(self) -> None:
        """Apply an undone diff again, after saying what that does."""
        shown = self._screen.shown
        step = self._model.state.steps.get(shown[0]) if shown else None
        if step is None or step.phase != "undone":
            undone = [one for one in self._model.state.steps.values() if one.phase == "undone"]
            step = max(undone, key=lambda one: one.since, default=None)
        if step is None:
            self._screen.say("Nothing was undone that could be done again.", "warn")
            return
        number = step.id

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.sender.send(cmd.Redo(step=number))

        self._screen.app.push_screen(Confirm(redo_preview(step)), answered)
