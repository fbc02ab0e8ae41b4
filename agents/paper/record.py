"""A paper as JSON and back: what the parsing process prints, and what a workspace keeps."""

from __future__ import annotations

from typing import Any

from agents.research import Finding, Paper, Passage, Section


def paper_json(paper: Paper) -> dict[str, Any]:
    """Plain data for `json.dumps`: title, abstract, sections, tasks, gaps, keywords, references, source, sha256, notes.

    Each task, gap and keyword is `{text, passage: {section, paragraph, text}}`.
    """
    return {
        "title": paper.title,
        "abstract": paper.abstract,
        "sections": [
            {"number": s.number, "title": s.title, "level": s.level, "paragraphs": list(s.paragraphs)}
            for s in paper.sections
        ],
        "tasks": [_finding_json(finding) for finding in paper.tasks],
        "gaps": [_finding_json(finding) for finding in paper.gaps],
        "keywords": [_finding_json(finding) for finding in paper.keywords],
        "references": list(paper.references),
        "source": paper.source,
        "sha256": paper.sha256,
        "notes": list(paper.notes),
    }


def paper_from_json(record: object) -> Paper:
    """The inverse of `paper_json`; later additions to the record that we do not know are ignored.

    Raises:
        ValueError: the record is not a paper; the text names the key.
    """
    table = _table(record, "paper")
    return Paper(
        title=_text(table, "title"),
        abstract=_text(table, "abstract"),
        sections=tuple(_section(item) for item in _list(table, "sections")),
        tasks=tuple(_finding(item) for item in _list(table, "tasks")),
        gaps=tuple(_finding(item) for item in _list(table, "gaps")),
        keywords=tuple(_finding(item) for item in _list(table, "keywords")),
        references=_texts(table, "references"),
        source=_text(table, "source", ""),
        sha256=_text(table, "sha256", ""),
        notes=_texts(table, "notes"),
    )


def _finding_json(finding: Finding) -> dict[str, Any]:
    passage = finding.passage
    return {
        "text": finding.text,
        "passage": {"section": passage.section, "paragraph": passage.paragraph, "text": passage.text},
    }


def _finding(item: object) -> Finding:
    table = _table(item, "finding")
    passage = _table(table.get("passage"), "passage")
    return Finding(
        text=_text(table, "text"),
        passage=Passage(
            section=_text(passage, "section"), paragraph=_number(passage, "paragraph"), text=_text(passage, "text")
        ),
    )


def _section(item: object) -> Section:
    table = _table(item, "section")
    return Section(
        number=_text(table, "number"),
        title=_text(table, "title"),
        level=_number(table, "level"),
        paragraphs=_texts(table, "paragraphs"),
    )


def _table(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ValueError(f"This is not the record of a paper: `{name}` is not a table.")
    return value


def _text(table: dict[str, object], key: str, default: str | None = None) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise ValueError(f"This is not the record of a paper: `{key}` is not a text.")
    return value


def _number(table: dict[str, object], key: str) -> int:
    value = table.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"This is not the record of a paper: `{key}` is not a whole number.")
    return value


def _list(table: dict[str, object], key: str) -> list[object]:
    value = table.get(key, [])
    if not isinstance(value, list):
        raise ValueError(f"This is not the record of a paper: `{key}` is not a list.")
    return value


def _texts(table: dict[str, object], key: str) -> tuple[str, ...]:
    values = _list(table, key)
    texts = tuple(value for value in values if isinstance(value, str))
    if len(texts) != len(values):
        raise ValueError(f"This is not the record of a paper: `{key}` holds something that is not a text.")
    return texts
