"""The text a human gets in the editor for a step, and the way back. Ideas and papers as TOML, diffs as they are."""

from __future__ import annotations

import dataclasses
import re
import tomllib

import tomlkit

from agents.research import Finding, Idea, Paper, Passage

IDEA_FIELDS = ("title", "hypothesis", "rationale", "expected", "kill_test")


class EditError(Exception):
    """The edited text cannot be read; the text says where and what to mend."""


def idea_text(idea: Idea) -> str:
    """An idea as TOML."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Edit the idea, save and close. The passage it stands on cannot be changed here:"))
    document.add(tomlkit.comment(f"{idea.passage.where()} “{idea.passage.text}”"))
    for name in IDEA_FIELDS:
        document.add(name, _string(getattr(idea, name)))
    plan = tomlkit.array()
    plan.extend(idea.plan)
    document.add("plan", plan.multiline(True))
    return tomlkit.dumps(document)


def idea_from_text(text: str, old: Idea) -> Idea:
    """The idea with the edited fields.

    Raises:
        EditError: not TOML, an unknown or missing key, or a wrong type.
    """
    table = _table(text, {*IDEA_FIELDS, "plan"})
    values: dict[str, str] = {}
    for name in IDEA_FIELDS:
        value = table.get(name)
        if not isinstance(value, str) or not value.strip():
            raise EditError(f"`{name}` must be a text that is not empty. Edit the step again.")
        values[name] = value.strip()
    plan = table.get("plan")
    if not isinstance(plan, list) or not plan or not all(isinstance(line, str) for line in plan):
        raise EditError("`plan` must be a list of texts that is not empty. Edit the step again.")
    slug = old.slug if values["title"] == old.title else _slug(values["title"])
    return dataclasses.replace(
        old,
        title=values["title"],
        hypothesis=values["hypothesis"],
        rationale=values["rationale"],
        expected=values["expected"],
        kill_test=values["kill_test"],
        plan=tuple(plan),
        slug=slug,
    )


def paper_text(paper: Paper) -> str:
    """Tasks, gaps and keywords of a paper as TOML."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Edit what was drawn from the paper, save and close. One text per line of a list."))
    for name in ("tasks", "gaps", "keywords"):
        rows = tomlkit.array()
        rows.extend(finding.text for finding in getattr(paper, name))
        document.add(name, rows.multiline(True))
    return tomlkit.dumps(document)


def paper_from_text(text: str, old: Paper) -> Paper:
    """The paper with the edited tasks, gaps and keywords; a text found in the paper keeps its passage, another one is
    the human's.

    Raises:
        EditError: not TOML, an unknown key, or not lists of texts.
    """
    table = _table(text, {"tasks", "gaps", "keywords"})
    found: dict[str, tuple[Finding, ...]] = {}
    for name in ("tasks", "gaps", "keywords"):
        rows = table.get(name, [])
        if not isinstance(rows, list) or not all(isinstance(row, str) and row.strip() for row in rows):
            raise EditError(f"`{name}` must be a list of texts. Edit the paper again.")
        known = {finding.text: finding for finding in getattr(old, name)}
        found[name] = tuple(known.get(row) or Finding(text=row, passage=_passage(row, old)) for row in rows)
    return dataclasses.replace(old, tasks=found["tasks"], gaps=found["gaps"], keywords=found["keywords"])


def _passage(text: str, paper: Paper) -> Passage:
    for section in paper.sections:
        for number, paragraph in enumerate(section.paragraphs, 1):
            if text.casefold() in paragraph.casefold():
                return Passage(section=section.number or section.title, paragraph=number, text=paragraph)
    return Passage(section="your own words", paragraph=1, text=text)


def _table(text: str, known: set[str]) -> dict[str, object]:
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EditError(f"The edited text is not TOML: {error}. Edit the step again.") from None
    unknown = sorted(set(table) - known)
    if unknown:
        raise EditError(f"Unknown key `{unknown[0]}`; known are {', '.join(sorted(known))}. Edit the step again.")
    return table


def _string(text: str) -> tomlkit.items.String:
    return tomlkit.string(text, multiline="\n" in text)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "idea"
