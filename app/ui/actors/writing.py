"""Ideas of the human's own: a form in the editor, checked here and by the engine; what was typed is never lost."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from typing import TYPE_CHECKING, Any

from app.engine import commands as cmd
from app.engine.journal import JournalError
from app.engine.state import StepState
from app.ui.actors.actor import Actor
from app.ui.widgets.ideas import Ideas
from app.ui.widgets.paper import PaperPane

if TYPE_CHECKING:
    from agents.research import Idea, Paper, Passage

DRAFT = ("screen", "idea")
"""Where the newest form is kept, until the idea it became is there."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form as it is opened, or kept because it could not be taken."""

    text: str
    paper: int | None = None
    merged: tuple[int, ...] = ()
    after: int = 0
    """The newest step when it was filled in."""
    title: str = ""
    """Of the idea it became; empty where it could not be read."""


class Writing(Actor):
    """Write an idea, or merge two."""

    def act(self, action: str) -> bool:
        """Carry out an action that writes; False where it does not."""
        if self._model.read_only and hasattr(self, f"do_{action}"):
            self._screen.say("This screen is read-only; write ideas on another one.", "warn")
            return True
        return super().act(action)

    def do_write_idea(self) -> None:
        """Open the form of a new idea, or the one that could not be taken."""
        kept = self._kept()
        if kept is not None:
            self._fill(kept, unchanged_too=bool(kept.title))
            return
        from app.engine import idea_form

        paper = self._paper(self._model.view.paper)
        start = idea_form.blank(self._passage(paper))
        self._fill(Form(text=self._form(start, paper), paper=self._model.view.paper))

    def do_merge(self) -> None:
        """Open the form with the texts of two ideas, to make one of them."""
        from app.engine import idea_form

        pane = self._screen.panes["ideas"]
        pair = pane.pair() if isinstance(pane, Ideas) else None
        if pair is None:
            return
        ideas = [self._idea(step) for step in pair]
        if ideas[0] is None or ideas[1] is None:
            self._screen.say("The card of one of them cannot be read, so they cannot be merged.", "bad")
            return
        numbers = tuple(step.id for step in pair)
        paper = self._paper(pair[0].paper)
        word = f"Merged from {numbers[0]} and {numbers[1]}, which stay as they are. Make one idea of it."
        text = self._form(idea_form.merged(ideas[0], ideas[1]), paper, word)
        self._fill(Form(text=text, paper=pair[0].paper, merged=numbers))

    # what the form starts with

    def _form(self, start: Idea, paper: Paper | None, word: str = "") -> str:
        from app.engine import idea_form

        return idea_form.form(start, paper, _components(), word)

    def _idea(self, step: StepState) -> Idea | None:
        from agents.research import Idea, Passage

        card = self._model.card(step)
        if isinstance(card, str):
            return None
        known = {field.name for field in dataclasses.fields(Idea)}
        values: dict[str, Any] = {key: value for key, value in card["idea"].items() if key in known}
        return Idea(**{**values, "passage": Passage(**values["passage"]), "plan": tuple(values["plan"])})

    def _paper(self, number: int | None) -> Paper | None:
        shown = self._model.paper() if number == self._model.view.paper else None
        return None if isinstance(shown, str) else shown

    def _passage(self, paper: Paper | None) -> Passage | None:
        """The paragraph at the top of the paper pane."""
        from agents.research import Passage

        pane = self._screen.panes["paper"]
        where = pane.paragraph_shown() if isinstance(pane, PaperPane) and paper is not None else None
        if where is None:
            return None
        section, number, text = where
        return Passage(section=section, paragraph=number, text=text)

    # filling it in

    def _fill(self, form: Form, *, unchanged_too: bool = False) -> None:
        """Let the human fill in a form; propose it, or keep it where it cannot be read."""
        from app.engine import idea_form
        from app.engine.editing import EditError

        new = self._screen.decisions.in_editor(form.text, ".toml")
        if new is None and not unchanged_too:
            return
        after = max(self._model.state.steps, default=0)
        form = dataclasses.replace(form, text=new or form.text, after=after, title="")
        try:
            idea = idea_form.read(form.text, self._paper(form.paper), _components())
        except EditError as error:
            self._keep(form)
            self._screen.say(f"{error} Your text is kept: press + to go on with it.", "bad")
            return
        # Kept until the idea is there: an engine that cannot take it leaves the text to be sent again.
        self._keep(dataclasses.replace(form, title=idea.title))
        pane = self._screen.panes["ideas"]
        if isinstance(pane, Ideas):
            pane.select_own(after)
        self._screen.go("ideas")
        self._screen.sender.send(cmd.WriteIdea(text=form.text, paper=form.paper, merged=form.merged))

    def _keep(self, form: Form) -> None:
        # A journal that cannot be written is said by the engine, which needs it too.
        with contextlib.suppress(JournalError):
            self._screen.feed.journal.keep_draft(*DRAFT, json.dumps(dataclasses.asdict(form)))

    def _kept(self) -> Form | None:
        """The form that has not become an idea yet."""
        try:
            values = json.loads(self._screen.feed.journal.draft(*DRAFT))
            form = Form(**{**values, "merged": tuple(values["merged"])})
        except (JournalError, ValueError, TypeError, KeyError):
            return None
        newer = (s for s in self._model.ideas() if s.id > form.after and "author" in s.summary)
        taken = form.title and any(step.title == form.title for step in newer)
        return None if taken else form


def _components() -> tuple[str, ...]:
    from agents.grammar import catalogue

    return tuple(catalogue())
