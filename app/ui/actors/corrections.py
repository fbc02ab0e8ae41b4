"""Corrections of what was drawn from a paper: one task, gap or keyword at a time, or all of them in an editor."""

from __future__ import annotations

import dataclasses
import re

from agents.research import Finding, Paper, Passage
from app.engine import commands as cmd
from app.engine import editing
from app.ui.actors.actor import Actor
from app.ui.paper.findings import GROUPS, of
from app.ui.screens.ask import Ask, Confirm
from app.ui.widgets.paper import PaperPane

_NAMED = re.compile(r"\s*(?P<word>[a-z]+)\s*:\s*(?P<text>.+)", re.I | re.S)


class Corrections(Actor):
    """Acts where the paper is focused; the engine takes the whole list or says why not."""

    def act(self, action: str) -> bool:
        """Carry out an action that corrects; False where it does not."""
        if self._model.view.pane != "paper" or not hasattr(self, f"do_{action}"):
            return False
        if self._model.read_only:
            self._screen.say("This screen is read-only; correct the paper on another one.", "warn")
            return True
        if self._paper() is None:
            self._screen.say("There is no paper to correct.", "warn")
            return True
        return super().act(action)

    def _paper(self) -> Paper | None:
        paper = self._model.paper()
        return paper if isinstance(paper, Paper) else None

    def _pane(self) -> PaperPane:
        pane = self._screen.panes["paper"]
        assert isinstance(pane, PaperPane)
        return pane

    def _chosen(self) -> tuple[Paper, str, int] | None:
        paper, found = self._paper(), self._pane().finding()
        if paper is None or found is None or found[1] >= len(of(paper, found[0])):
            return None
        return paper, *found

    def _send(self, text: str) -> None:
        self._screen.say("Sent for a check …", "dim")
        self._screen.sender.send(cmd.RevisePaper(paper=self._model.view.paper or 0, text=text))

    def _replace(self, paper: Paper, group: str, found: tuple[Finding, ...]) -> None:
        new = {name: found if name == group else of(paper, name) for name in GROUPS}
        self._send(editing.findings_text(new))

    def do_edit(self) -> None:
        """Edit the chosen task, gap or keyword here; on another page all of them in the human's editor."""
        chosen = self._chosen()
        if chosen is None:
            self._edit_all()
            return
        paper, group, index = chosen
        finding = of(paper, group)[index]

        def answered(text: str | None) -> None:
            if not text or text == finding.text:
                self._screen.say("Nothing was changed." if text is None or text else "An empty text is no finding.")
                return
            found = [*of(paper, group)]
            found[index] = dataclasses.replace(finding, text=text)
            self._replace(paper, group, tuple(found))

        number = self._model.view.paper
        question = f"{GROUPS[group].capitalize()} {index + 1} of paper {number}, from {finding.passage.where()}"
        self._screen.app.push_screen(Ask(question, finding.text, append=True), answered)

    def _edit_all(self) -> None:
        paper = self._paper()
        if paper is not None:
            new = self._screen.decisions.in_editor(editing.paper_text(paper), ".toml")
            if new is not None:
                self._screen.sender.send(cmd.RevisePaper(paper=self._model.view.paper or 0, text=new))

    def do_add_finding(self) -> None:
        """Write a task, gap or keyword that stands on the chosen paragraph."""
        paper, place = self._paper(), self._pane().paragraph_shown()
        if paper is None or place is None:
            self._screen.say("Choose a paragraph first: what you write stands on it.", "warn")
            return
        chosen = self._pane().finding()
        passage = Passage(section=place[0], paragraph=place[1], text=place[2])

        def answered(text: str | None) -> None:
            if text is None:
                return
            named = named_finding(text)
            if named is None:
                self._screen.say("Begin with task:, gap: or keyword:, then your words.", "warn")
                return
            group, words = named
            self._replace(paper, group, (*of(paper, group), Finding(text=words, passage=passage)))

        start = f"{GROUPS[chosen[0] if chosen else 'gaps']}: "
        question = f"Add a task, gap or keyword to paper {self._model.view.paper}, from {passage.where()}"
        self._screen.app.push_screen(Ask(question, start, append=True), answered)

    def do_delete_finding(self) -> None:
        """Delete the chosen task, gap or keyword, after asking."""
        chosen = self._chosen()
        if chosen is None:
            self._screen.say("Choose a task, gap or keyword first: t shows them.", "warn")
            return
        paper, group, index = chosen
        found = of(paper, group)

        def answered(yes: bool | None) -> None:
            if yes:
                self._replace(paper, group, found[:index] + found[index + 1 :])

        sentence = f"Delete the {GROUPS[group]} “{found[index].text}”? The paper itself stays as it is."
        self._screen.app.push_screen(Confirm(sentence), answered)


def named_finding(text: str) -> tuple[str, str] | None:
    """Group and words of a line such as `gap: nobody compared slopes`; None where the group is missing or unknown."""
    found = _NAMED.fullmatch(text)
    if found is None:
        return None
    word = found["word"].casefold()
    group = next((group for group, name in GROUPS.items() if word in (group, name, name[0])), None)
    return (group, found["text"].strip()) if group else None
