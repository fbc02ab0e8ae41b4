"""The form a human fills in for an idea of their own: a TOML text with what may stand in it said in comments."""

from __future__ import annotations

import dataclasses
import re
import textwrap
from collections.abc import Iterator, Sequence

import tomlkit

from agents.research import Idea, Paper, Passage
from app.engine import editing
from app.engine.editing import EditError

OWN_WORDS = "your own words"
"""Section of a passage that no paper holds."""
_PLACE = re.compile(r"§?\s*(.+?)\s*¶\s*(\d+)")
_SHOWN = 90
"""Characters of a passage that a comment shows."""
_ASKED = {
    "title": "A few words for the table. Must be filled in.",
    "hypothesis": "What becomes better, by how much, against what? Must be filled in, so that a run can refute it.",
    "rationale": "Why it should. May be empty, like everything below.",
    "expected": "The effect you expect on the contract's metric.",
    "kill_test": "The cheapest run that would show it wrong.",
}


def blank(passage: Passage | None) -> Idea:
    """An idea with nothing in it yet, on a passage of the paper or on none."""
    return Idea(
        title="",
        slug="",
        component="",
        passage=passage or Passage(section=OWN_WORDS, paragraph=1, text=""),
        hypothesis="",
        rationale="",
        expected="",
        plan=(),
        kill_test="",
        score=0.0,
    )


def merged(first: Idea, second: Idea) -> Idea:
    """The texts of two ideas in one, for the human to make one of; it stands on the passage of the first."""

    def both(name: str) -> str:
        texts = (getattr(first, name), getattr(second, name))
        return "\n".join(dict.fromkeys(text for text in texts if text))

    return dataclasses.replace(
        blank(first.passage),
        title=f"{first.title} + {second.title}",
        hypothesis=both("hypothesis"),
        rationale=both("rationale"),
        expected=both("expected"),
        kill_test=both("kill_test"),
        plan=tuple(dict.fromkeys((*first.plan, *second.plan))),
        component=first.component if first.component == second.component else "",
    )


def form(start: Idea, paper: Paper | None, components: Sequence[str], word: str = "") -> str:
    """The form as the editor shows it.

    Args:
        start: what is filled in already.
        paper: whose passages are offered.
        components: what the agent can write by itself, offered in a comment.
        word: a sentence for the top, e.g. what two ideas it was merged from.
    """
    document = tomlkit.document()
    for text in filter(None, (word, "Fill in, save and close. Nothing runs before you accept the idea.")):
        document.add(tomlkit.comment(text))
    for name, asked in _ASKED.items():
        document.add(tomlkit.nl())
        document.add(tomlkit.comment(asked))
        text = getattr(start, name)
        document.add(name, tomlkit.string(text, multiline="\n" in text))
    plan = tomlkit.array()
    plan.extend(start.plan)
    document.add("plan", plan.multiline(True))
    document.add(tomlkit.nl())
    document.add(
        tomlkit.comment("Where in the paper it stands; its words are taken from there. Empty: your own words.")
    )
    for text in _offered(paper):
        document.add(tomlkit.comment(f"  {text}"))
    own = start.passage.section == OWN_WORDS
    document.add("passage", "" if own else start.passage.where())
    document.add(tomlkit.nl())
    document.add(tomlkit.comment("A component that the agent can write into your code. Empty: you write the change."))
    for row in textwrap.wrap("  ".join(components), _SHOWN, break_on_hyphens=False):
        document.add(tomlkit.comment(f"  {row}"))
    document.add("component", start.component)
    return tomlkit.dumps(document)


def _offered(paper: Paper | None) -> Iterator[str]:
    if paper is not None:
        for finding in (*paper.gaps, *paper.tasks):
            text = " ".join(finding.passage.text.split())
            yield f"{finding.passage.where()}  “{text[:_SHOWN]}{'…' if len(text) > _SHOWN else ''}”"


def read(text: str, paper: Paper | None, components: Sequence[str]) -> Idea:
    """The idea that a filled form describes.

    Raises:
        EditError: not TOML, an unknown key, no title or hypothesis, or a passage or component that is not there.
    """
    table = editing.table_of(text)
    place, component = table.pop("passage", ""), table.pop("component", "")
    if not isinstance(place, str) or not isinstance(component, str):
        raise EditError("`passage` and `component` must be texts; they may be empty.")
    if component and component not in components:
        raise EditError(f"`{component}` is no component the agent can write. Take one of the list, or leave it empty.")
    # Not empty in the old one, and so not allowed to be empty in the new one.
    start = dataclasses.replace(blank(None), title=" ", hypothesis=" ")
    filled = {name: table.get(name, "") for name in editing.IDEA_FIELDS} | {"plan": table.get("plan", [])}
    try:
        idea = editing.idea_from_table(filled | table, start)
    except EditError as error:
        raise EditError(str(error).removesuffix(" Edit the step again.")) from None
    passage = _passage(place.strip(), paper) if place.strip() else None
    own = Passage(section=OWN_WORDS, paragraph=1, text=idea.rationale or idea.hypothesis)
    return dataclasses.replace(idea, passage=passage or own, component=component)


def _passage(place: str, paper: Paper | None) -> Passage:
    found = _PLACE.fullmatch(place)
    if found is None:
        raise EditError(f"`passage` must be like §2 ¶1 or empty, not “{place}”.")
    where, number = found[1], int(found[2])
    for section in paper.sections if paper else ():
        if where in (section.number, section.title) and 1 <= number <= len(section.paragraphs):
            return Passage(section=where, paragraph=number, text=section.paragraphs[number - 1])
    if paper is not None and where == "Abstract" and paper.abstract:
        return Passage(section=where, paragraph=1, text=paper.abstract)
    raise EditError(f"The paper has no paragraph §{where} ¶{number}. Take one that the paper pane numbers.")
