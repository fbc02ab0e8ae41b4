"""Decisions of the human: each carries the hash of the card that the pane drew, never the newest one of the state."""

from __future__ import annotations

import dataclasses
from pathlib import PurePath
from typing import Any

from textual.app import SuspendNotSupported

from app.engine import commands as cmd
from app.engine.state import StepState
from app.ui import editor
from app.ui.actors.actor import Actor
from app.ui.previews import undo_preview
from app.ui.screens.ask import Ask, Confirm


class Decisions(Actor):
    """Accept, reject, edit, undo, stop."""

    def act(self, action: str) -> bool:
        """Carry out an action that decides; False where it does not."""
        if self._model.read_only and hasattr(self, f"do_{action}"):
            self._screen.say("This screen is read-only; decide on another one or with `mlrc accept`.", "warn")
            return True
        return super().act(action)

    def _decidable(self) -> tuple[StepState, str] | None:
        shown = self._screen.shown
        if shown is None:
            self._screen.say("Nothing is shown here that can be decided.", "warn")
            return None
        step = self._model.state.steps[shown[0]]
        if step.phase == "stale":
            self._screen.say(f"Step {step.id} is stale: {step.reason}. Look for the newer one with i.", "warn")
            return None
        if step.phase != "proposed":
            self._screen.say(f"Step {step.id} is already {step.phase} by {step.by}.", "warn")
            return None
        return step, shown[1]

    def do_accept(self) -> None:
        """Say yes to exactly what is drawn."""
        found = self._decidable()
        if found is not None:
            step, card = found
            self._screen.say(f"Accepting step {step.id} …", "dim")
            self._screen.sender.send(cmd.Decide(step=step.id, decision="accepted", card=card))

    def do_reject(self) -> None:
        """Say no, with a reason that may be empty."""
        found = self._decidable()
        if found is None:
            return
        step, card = found

        def answered(reason: str | None) -> None:
            if reason is not None:
                self._screen.sender.send(cmd.Decide(step=step.id, decision="rejected", card=card, reason=reason))

        what = "Note on" if step.kind == "verdict" else "Reject"
        self._screen.app.push_screen(Ask(f"{what} {step.kind} {step.id}: why? (may be empty)"), answered)

    def do_edit(self) -> None:
        """Edit what is drawn in the human's editor; the engine takes the new text or says why not."""
        found = self._decidable()
        if found is None:
            return
        step, card = found
        shown = self._model.card(step)
        if step.kind not in ("idea", "diff") or not isinstance(shown, dict):
            self._screen.say(_not_editable(step), "warn")
            return
        if shown.get("files"):
            self._write_change(step, card, shown["files"])
            return
        text, suffix = text_of_step(step, shown)
        new = self.in_editor(text, suffix)
        if new is not None:
            self._screen.sender.send(cmd.Revise(step=step.id, card=card, text=new))

    def _write_change(self, step: StepState, card: str, files: dict[str, str]) -> None:
        """Let the human write the change that the agent could not, in a file of theirs."""

        def chosen(path: str | None) -> None:
            if path is None:
                return
            if path not in files:
                self._screen.say(f"{path or 'Nothing'} is no editable file. Choose among {', '.join(files)}.", "warn")
                return
            new = self.in_editor(files[path], PurePath(path).suffix)
            if new is not None:
                self._screen.sender.send(cmd.Revise(step=step.id, card=card, text=new, path=path))

        first, *others = files
        if others:
            self._screen.app.push_screen(Ask(f"Write the change in which file? {', '.join(files)}", first), chosen)
        else:
            chosen(first)

    def in_editor(self, text: str, suffix: str) -> str | None:
        """What the human made of a text in an editor; None where nothing was changed, which is said."""
        try:
            new = editor.edited(text, suffix, self._screen.app.suspend)
        except editor.NoEditor as error:
            self._screen.say(str(error), "bad")
            return None
        except SuspendNotSupported:
            self._screen.say("This terminal cannot be given to an editor. Use `mlrc edit`.", "bad")
            return None
        self._screen.say("Sent for a check …" if new is not None else "Nothing was changed.", "dim")
        return new

    def do_undo(self) -> None:
        """Take a decision back, after saying what that does."""
        shown = self._screen.shown
        step = self._model.state.steps[shown[0]] if shown else self._last_decided()
        if step is None or step.phase in ("proposed", "stale", "undone"):
            self._screen.say("There is no decision here to take back.", "warn")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.sender.send(cmd.Undo(step=step.id))

        self._screen.app.push_screen(Confirm(undo_preview(step)), answered)

    def _last_decided(self) -> StepState | None:
        decided = [s for s in self._model.state.steps.values() if s.phase in ("accepted", "rejected", "applied")]
        return max(decided, key=lambda s: s.since, default=None)

    def do_stop(self) -> None:
        """Stop the shown run, after asking."""
        run = self._model.run()
        if run is None or run.phase == "ended":
            self._screen.say("The shown run is not running.", "warn")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.sender.send(cmd.StopRuns(run=run.id))

        title = self._model.state.experiments[run.experiment].title
        sentence = f"Stop run {run.id} ({run.purpose} of {title})? What it has written is kept; the time is lost."
        self._screen.app.push_screen(Confirm(sentence), answered)

    def do_run_again(self) -> None:
        """Do the shown run again under the yes that covered it, after asking; the engine says whether it still does."""
        run = self._model.run()
        if run is None or run.phase != "ended":
            self._screen.say("The shown run has not ended.", "warn")
            return
        if run.scored:
            self._screen.say(f"Run {run.id} ended well and what it measured stands; nothing is run again.", "warn")
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._screen.sender.send(cmd.RunAgain(run=run.id))

        title = self._model.state.experiments[run.experiment].title
        sentence = (
            f"Run {run.id} ({run.purpose} of {title}) again? Same code, trials, limits and sandbox, "
            f"under the yes to step {run.step}."
        )
        self._screen.app.push_screen(Confirm(sentence), answered)


def _not_editable(step: StepState) -> str:
    if step.kind == "contract":
        return "The contract is edited as a file: change copilot.toml, then run `mlrc init`."
    return "A verdict is computed and cannot be edited. Press r to annotate it."


def text_of_step(step: StepState, card: dict[str, Any]) -> tuple[str, str]:
    """What the human edits of a step, and the suffix that tells an editor its kind."""
    if step.kind == "diff":
        return str(card["patch"]), ".diff"
    from agents.research import Idea, Passage
    from app.engine import editing

    known = {field.name for field in dataclasses.fields(Idea)}
    values = {key: value for key, value in card["idea"].items() if key in known}
    return editing.idea_text(Idea(**{**values, "passage": Passage(**values["passage"])})), ".toml"
