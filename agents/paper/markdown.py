"""Markdown: headings and paragraphs, markup taken off."""

from __future__ import annotations

import re

from agents.paper.draft import Block, Draft, Heading, Text, heading
from agents.paper.formula import FORMULA
from agents.paper.table import pipe

_ATX = re.compile(r"^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_UNDERLINE = re.compile(r"^ {0,3}(=+|-+)\s*$")
_FENCE = re.compile(r"^ {0,3}(```|~~~)")
_ITEM = re.compile(r"^\s{0,6}([-*+]|\d{1,3}[.)])\s+")
_TABLE = re.compile(r"^\s*\|.*\|\s*$")
_CELL = re.compile(r"(?<!\\)\|")
_RULER = re.compile(r"^[\s|:-]+$")
_COMMENT = re.compile(r"<!--.*?-->", re.S)
_FRONT = re.compile(r"\A---\n(.*?)\n---\n", re.S)
_NAMED = re.compile(r"^title:\s*[\"']?(.+?)[\"']?\s*$", re.M)
_INLINE = (
    (re.compile(r"!\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"\[([^\]]+)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)"), r"\1"),
    (re.compile(r"(\*\*|__)(?=\S)(.+?)(?<=\S)\1"), r"\2"),
    (re.compile(r"(?<![\w*])\*(?=\S)([^*]+?)(?<=\S)\*(?![\w*])"), r"\1"),
    (re.compile(r"(?<!\w)_(?=\S)([^_]+?)(?<=\S)_(?!\w)"), r"\1"),
    (re.compile(r"`([^`]+)`"), r"\1"),
    (re.compile(r"</?[a-zA-Z][^<>]*>"), ""),
    (re.compile(r"\\([\\`*_{}\[\]()#+.!$-])"), r"\1"),
)


def draft_of_markdown(text: str) -> Draft:
    """Headings, paragraphs, list items, tables and formulas; code is left out, comments too (and noted)."""
    visible = _COMMENT.sub("", text)
    notes = ["Comments in the Markdown left out."] if visible != text else []
    front = _FRONT.match(visible)
    named = _NAMED.search(front[1]) if front else None
    blocks = _blocks((visible[front.end() :] if front else visible).split("\n"))
    title = named[1] if named else ""
    heads = [block for block in blocks if isinstance(block, Heading)]
    if not title and heads and not heads[0].is_abstract and not heads[0].number:
        title = heads[0].title
        blocks.remove(heads[0])
    top = min((block.level for block in blocks if isinstance(block, Heading)), default=1)
    return Draft(title=title, blocks=[_raised(block, top) for block in blocks], notes=notes)


def _raised(block: Block, top: int) -> Block:
    """Levels count from the highest one below the title."""
    return Heading(block.title, block.number, block.level - top + 1) if isinstance(block, Heading) else block


def _blocks(lines: list[str]) -> list[Block]:
    blocks: list[Block] = []
    held: list[str] = []
    table: list[str] = []
    fenced = formula = False
    for line in lines:
        if not fenced and _TABLE.match(line):
            table.append(line)
            continue
        _flush_table(table, held, blocks)
        if formula or line.count("$$") % 2:
            formula = formula != bool(line.count("$$") % 2)
            held.append(line)
        elif _FENCE.match(line):
            fenced = not fenced
            _flush(held, blocks)
        elif fenced:
            continue
        elif found := _ATX.match(line):
            _flush(held, blocks)
            blocks.append(heading(_plain(found[2]), len(found[1])))
        elif held and len(held) == 1 and (under := _UNDERLINE.match(line)):
            blocks.append(heading(_plain(held.pop()), 1 if under[1][0] == "=" else 2))
        else:
            _text_line(line, held, blocks)
    _flush_table(table, held, blocks)
    _flush(held, blocks)
    return blocks


def _flush_table(table: list[str], held: list[str], blocks: list[Block]) -> None:
    if table:
        _flush(held, blocks)
        rows = [line.strip().strip("|") for line in table if not _RULER.match(line)]
        text = pipe([[_plain(cell.replace("\\|", "|")) for cell in _CELL.split(row)] for row in rows])
        blocks += [Text(text)] if text else []
        table.clear()


def _text_line(line: str, held: list[str], blocks: list[Block]) -> None:
    if not line.strip() or _ITEM.match(line):
        _flush(held, blocks)
    if line.strip():
        held.append(line)


def _flush(held: list[str], blocks: list[Block]) -> None:
    text = _plain(" ".join(line.strip().removeprefix("> ") for line in held))
    held.clear()
    if re.search(r"\w", text):
        blocks.append(Text(text))


def _plain(text: str) -> str:
    # Markup is none inside a formula: an underscore there makes a subscript.
    pieces = FORMULA.split(text)
    for index in range(0, len(pieces), 2):
        for pattern, replacement in _INLINE:
            pieces[index] = pattern.sub(replacement, pieces[index])
    return " ".join("".join(pieces).split())
