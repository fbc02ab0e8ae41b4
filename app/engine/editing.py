"""The text a human gets in the editor for a step, and the way back. Ideas and papers as TOML, diffs as they are."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from collections.abc import Mapping
from typing import Any

import tomlkit

from agents.research import Finding, Idea, Paper, Passage, Section

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
    return idea_from_table(table_of(text), old)


def idea_from_table(table: dict[str, object], old: Idea) -> Idea:
    """The idea with the fields of a table; what was empty may stay empty.

    Raises:
        EditError: an unknown or missing key, or a wrong type.
    """
    _check_keys(table, {*IDEA_FIELDS, "plan"})
    values: dict[str, str] = {}
    for name in IDEA_FIELDS:
        value = table.get(name)
        if not isinstance(value, str) or (getattr(old, name) and not value.strip()):
            raise EditError(f"`{name}` must be a text that is not empty. Edit the step again.")
        values[name] = value.strip()
    plan = table.get("plan")
    if not isinstance(plan, list) or (old.plan and not plan) or not all(isinstance(line, str) for line in plan):
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


def only_file(card: Mapping[str, Any]) -> str:
    """The file in which the change of a diff without one is written, where there is no choice; else empty."""
    files = list(card.get("files", {}))
    return files[0] if len(files) == 1 else ""


FINDINGS = ("tasks", "gaps", "keywords")


def findings_text(found: Mapping[str, tuple[Finding, ...]]) -> str:
    """Tasks, gaps and keywords as TOML, each with the place it stands on: read back, nothing is lost."""
    rows = {
        name: [{"text": f.text, "section": f.passage.section, "paragraph": f.passage.paragraph} for f in found[name]]
        for name in FINDINGS
        if found[name]
    }
    return tomlkit.dumps(rows)


def paper_text(paper: Paper) -> str:
    """Tasks, gaps and keywords of a paper as TOML."""
    document = tomlkit.document()
    document.add(tomlkit.comment("Edit what was drawn from the paper, save and close. One text per line of a list."))
    for name in FINDINGS:
        rows = tomlkit.array()
        rows.extend(finding.text for finding in getattr(paper, name))
        document.add(name, rows.multiline(True))
    return tomlkit.dumps(document)


def paper_from_text(text: str, old: Paper) -> Paper:
    """The paper with the edited tasks, gaps and keywords; a text found in the paper keeps its passage, another one is
    the human's, unless the row says where it stands.

    Raises:
        EditError: not TOML, an unknown key, not lists of texts, or a place that is not in the paper.
    """
    table = table_of(text)
    _check_keys(table, set(FINDINGS))
    found: dict[str, tuple[Finding, ...]] = {}
    for name in FINDINGS:
        rows = table.get(name, [])
        if not isinstance(rows, list):
            raise EditError(f"`{name}` must be a list of texts. Edit the paper again.")
        found[name] = tuple(_finding(row, getattr(old, name), name, old) for row in rows)
    return dataclasses.replace(old, tasks=found["tasks"], gaps=found["gaps"], keywords=found["keywords"])


def _finding(row: object, known: tuple[Finding, ...], name: str, paper: Paper) -> Finding:
    place = None
    if isinstance(row, dict) and set(row) == {"text", "section", "paragraph"}:
        place = (row["section"], row["paragraph"])
        row = row["text"]
    if not isinstance(row, str) or not row.strip():
        raise EditError(f"`{name}` must be a list of texts. Edit the paper again.")
    same = next((f for f in known if f.text == row and place in (None, (f.passage.section, f.passage.paragraph))), None)
    return same or Finding(text=row, passage=_placed(place, known, paper) if place else _passage(row, paper))


def _placed(place: tuple[object, object], known: tuple[Finding, ...], paper: Paper) -> Passage:
    """The passage at a place: that of what stood there before, else the whole paragraph."""
    kept = next((f.passage for f in known if (f.passage.section, f.passage.paragraph) == place), None)
    if kept:
        return kept
    abstract = Section(number="", title="Abstract", level=1, paragraphs=(paper.abstract,))
    for section in (*paper.sections, abstract):
        for number, paragraph in enumerate(section.paragraphs, 1):
            if place == (section.number or section.title, number):
                return Passage(section=section.number or section.title, paragraph=number, text=paragraph)
    raise EditError(f"There is no paragraph {place[1]} in section {place[0]} of the paper. Choose another one.")


def _passage(text: str, paper: Paper) -> Passage:
    for section in paper.sections:
        for number, paragraph in enumerate(section.paragraphs, 1):
            if text.casefold() in paragraph.casefold():
                return Passage(section=section.number or section.title, paragraph=number, text=paragraph)
    return Passage(section="your own words", paragraph=1, text=text)


def table_of(text: str) -> dict[str, object]:
    """A TOML text as a table.

    Raises:
        EditError: it is none.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise EditError(f"The edited text is not TOML: {error}. Edit the step again.") from None


def _check_keys(table: dict[str, object], known: set[str]) -> None:
    unknown = sorted(set(table) - known)
    if unknown:
        raise EditError(f"Unknown key `{unknown[0]}`; known are {', '.join(sorted(known))}. Edit the step again.")


def _string(text: str) -> tomlkit.items.String:
    return tomlkit.string(text, multiline="\n" in text)


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:40] or "idea"
