"""Decisions in plain mode: a yes is bound to the hash of what was printed, as on the screen to what was drawn."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.cli.output import FAILED, NEEDS_APPROVAL, NOT_FOUND, USAGE, Failure
from app.engine import cards
from app.engine import commands as cmd
from app.engine.state import StepState
from app.plain import wording
from app.ui.previews import undo_preview

if TYPE_CHECKING:
    from app.plain.session import Session


class Deciding:
    """Show, accept, reject, edit, undo, stop."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = True

    def do_show(self, text: str) -> None:
        """The whole card of an item, and what can be done with it."""
        step, _ = self._session.found(text)
        self._print(step)
        if step.phase == "proposed":
            edit = f", or edit {step.id}" if step.kind in ("idea", "diff") else ""
            self._session.say(f"Type accept {step.id}, or reject {step.id} and why{edit}.")

    def _print(self, step: StepState) -> None:
        from app.cli.look import card_body

        card = cards.read(self._session.here.paths.cards, step.card)
        patch = wording.spoken_patch if self._words else str.splitlines
        self._session.say(wording.item(step, time.time()), *card_body(step, card, patch))
        self._session.printed[step.id] = step.card
        self._session.step = step.id

    def _open(self, text: str) -> tuple[StepState, str]:
        step, rest = self._session.found(text)
        if step.phase == "stale":
            raise Failure(f"Item {step.id} is stale: {step.reason}. Type inbox for what replaces it.")
        if step.phase != "proposed":
            raise Failure(f"Item {step.id} is already {step.phase}. Type undo {step.id} to take that back.")
        return step, rest

    def do_accept(self, text: str) -> None:
        """Say yes to what was printed; what was not printed yet, or has changed, is printed and asked about."""
        step, rest = self._open(text)
        if rest:
            raise Failure("Accept takes the number of one item and nothing else.", USAGE)
        if self._session.printed.get(step.id) != step.card:
            if step.id in self._session.printed:
                self._session.say(f"Item {step.id} has changed since it was printed. It is now:")
            self._print(step)
            if not self._session.agrees("Accept exactly this?"):
                raise Failure("Nothing was accepted.", NEEDS_APPROVAL)
        card = self._session.printed[step.id]
        self._send(cmd.Decide(step=step.id, decision="accepted", card=card))
        if self._session.state.under_way():
            self._session.say("Work goes on: type watch to hear of it.")

    def do_reject(self, text: str) -> None:
        """Say no, with a reason."""
        step, reason = self._open(text)
        if not reason:
            reason = self._session.ask(f"Why is {step.kind} {step.id} rejected? The reason may be empty.")
        card = self._session.printed.get(step.id, step.card)
        self._send(cmd.Decide(step=step.id, decision="rejected", card=card, reason=reason))

    def do_edit(self, text: str) -> None:
        """Change an item, or what was drawn from a paper, in an editor."""
        from app.cli import decide

        if text.startswith("p") and text[1:].isdigit():
            paper = decide.paper_of(self._session.here, int(text[1:]))
            from app.engine import editing

            before, suffix = editing.paper_text(paper), ".toml"
            after = decide.in_editor(before, suffix)
            command: cmd.Command = cmd.RevisePaper(paper=int(text[1:]), text=after)
        else:
            step, _ = self._open(text)
            before, suffix = decide.step_text(self._session.here, step)
            after = decide.in_editor(before, suffix)
            command = cmd.Revise(step=step.id, card=step.card, text=after)
        if after == before:
            self._session.say("Nothing was changed.")
        else:
            self._send(command)

    def do_undo(self, text: str) -> None:
        """Take a decision back, after saying what that does."""
        step, _ = self._session.found(text)
        if step.phase in ("proposed", "stale", "undone"):
            raise Failure(f"Item {step.id} is {step.phase}; there is no decision to take back.", USAGE)
        if self._session.agrees(undo_preview(step)):
            self._send(cmd.Undo(step=step.id))
        else:
            self._session.say("Nothing was taken back.")

    def do_stop(self, text: str) -> None:
        """Stop a run, after asking."""
        run = self._session.found_run(text)
        if run.phase == "ended":
            raise Failure(f"Run {run.id} is not running.", NOT_FOUND)
        name = wording.run_name(run, self._session.state)
        if self._session.agrees(f"Stop {name}? What it has written is kept; the time is lost."):
            self._send(cmd.StopRuns(run=run.id))
        else:
            self._session.say("Nothing was stopped.")

    def do_again(self, text: str) -> None:
        """Do a run again under the yes that covered it, after asking."""
        run = self._session.found_run(text)
        name = wording.run_name(run, self._session.state)
        if self._session.agrees(f"Do {name} again, with the same code, trials and limits?"):
            self._send(cmd.RunAgain(run=run.id))
        else:
            self._session.say("Nothing was started.")

    def do_words(self, text: str) -> None:
        """How a diff is printed."""
        if text not in ("on", "off"):
            raise Failure("Type words on, or words off.", USAGE)
        self._words = text == "on"
        self._session.say("Diffs are printed with words." if self._words else "Diffs are printed with + and -.")

    def do_read(self, text: str) -> None:
        """Read a paper and propose ideas."""
        from pathlib import Path

        if not text:
            raise Failure("Say which file: read paper.pdf.", USAGE)
        self._send(cmd.ReadPaper(path=str(Path(text).expanduser().resolve())))

    def _send(self, command: cmd.Command) -> None:
        answer = self._session.here.ask(command)
        # What happened is told before the answer: it came before it.
        self._session.catch_up()
        if answer.status == "refused":
            raise Failure(answer.text, FAILED)
        self._session.say(answer.text)
