"""A proposed patch hunk by hunk: which there are, how one splits, what a human made of one, what a choice amounts to.

A choice is applied to the text that the patch was made from, by line numbers and with every old line compared: nothing
is searched for, so a hunk can never land on a similar place (git's own search misplaces hunks of repetitive files).
Lines keep their ends; only a line feed ends one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

_HEADER = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)", re.DOTALL)
_NO_END = "\\ No newline at end of file\n"
_CONTENT = ("index ", "--- ", "+++ ")


class HunkError(Exception):
    """An edited hunk or a choice cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """One place that changes: rows are a sign (blank, + or −) and a line with its end."""

    start: int
    """1-based line of the old file at which the old side begins."""
    rows: tuple[tuple[str, str], ...]
    context: str = ""
    """What git names as the enclosing function or class."""

    @property
    def old(self) -> list[str]:
        """Lines of the old side."""
        return [text for sign, text in self.rows if sign != "+"]

    @property
    def new(self) -> list[str]:
        """Lines of the new side."""
        return [text for sign, text in self.rows if sign != "-"]

    @property
    def changes(self) -> bool:
        """Whether it changes anything."""
        return any(sign != " " for sign, _ in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """One file of a patch."""

    path: str
    head: tuple[str, ...]
    """Rows before the first hunk, as git printed them."""
    hunks: tuple[Hunk, ...]

    @property
    def whole(self) -> str:
        """Why it can only be taken or left as a whole; empty where hunks can be chosen."""
        notes = [row.rstrip("\n") for row in self.head[1:] if not row.startswith(_CONTENT)]
        if notes:
            return notes[0]
        if self.path.endswith(".ipynb"):
            return "notebook"
        if any("\0" in text for hunk in self.hunks for _, text in hunk.rows):
            return "binary file"
        return "" if self.hunks else "no lines to choose from"


def read(patch: str) -> list[FileChange]:
    """The files of a canonical unified diff, in its order."""
    files: list[FileChange] = []
    rows = _rows(patch)
    at = 0
    while at < len(rows):
        head, at = _head(rows, at)
        hunks = []
        while at < len(rows) and (match := _HEADER.match(rows[at])):
            hunk, at = _hunk(rows, at + 1, match)
            hunks.append(hunk)
        files.append(FileChange(path=_path(head), head=tuple(head), hunks=tuple(hunks)))
    return files


def _rows(text: str) -> list[str]:
    # `splitlines` would break rows at form feeds and other separators, which belong to the code.
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def _head(rows: Sequence[str], at: int) -> tuple[list[str], int]:
    first = at
    at += 1
    while at < len(rows) and not rows[at].startswith("diff --git ") and not _HEADER.match(rows[at]):
        at += 1
    return list(rows[first:at]), at


def _hunk(rows: Sequence[str], at: int, match: re.Match[str]) -> tuple[Hunk, int]:
    old, new = (int(match[n]) if match[n] is not None else 1 for n in (2, 4))
    # Where the old side is empty, git numbers the line before it.
    start = int(match[1]) + (1 if old == 0 else 0)
    found: list[tuple[str, str]] = []
    while at < len(rows) and (old > 0 or new > 0 or rows[at].startswith("\\")):
        sign, text = rows[at][:1], rows[at][1:]
        at += 1
        if sign == "\\":
            found[-1] = (found[-1][0], found[-1][1].removesuffix("\n"))
            continue
        sign = sign if sign in "+-" else " "
        old -= sign != "+"
        new -= sign != "-"
        found.append((sign, text))
    return Hunk(start=start, rows=tuple(found), context=match[5].strip()), at


def _path(head: Sequence[str]) -> str:
    for prefix in ("+++ b/", "--- a/"):
        found = next((row for row in head if row.startswith(prefix)), "")
        if found:
            return found.removeprefix(prefix).rstrip("\n").rstrip("\t")
        # git quotes a name that holds a quote or a backslash.
        quoted = next((row for row in head if row.startswith(f'{prefix[:4]}"{prefix[4:]}')), "")
        if quoted:
            return _unquoted(quoted[4:].rstrip("\n"))[2:]
    # `diff --git a/X b/X`: both halves are the same.
    names = head[0].removeprefix("diff --git ").rstrip("\n")
    second = names[len(names) // 2 + 1 :]
    return (_unquoted(second) if second.startswith('"') else second).removeprefix("b/")


def _unquoted(name: str) -> str:
    return re.sub(r'\\(["\\])', r"\1", name[1:-1])


def split(hunk: Hunk) -> list[Hunk]:
    """The hunk as one hunk for each stretch of changes; the context between two goes with the first."""
    parts: list[Hunk] = []
    start, line, rows = hunk.start, hunk.start, list[tuple[str, str]]()
    for index, (sign, text) in enumerate(hunk.rows):
        changed_before = any(kind != " " for kind, _ in rows)
        if sign != " " and changed_before and hunk.rows[index - 1][0] == " ":
            parts.append(Hunk(start=start, rows=tuple(rows), context=hunk.context))
            start, rows = line, []
        rows.append((sign, text))
        line += sign != "+"
    return [*parts, Hunk(start=start, rows=tuple(rows), context=hunk.context)]


def text_of(hunk: Hunk) -> str:
    """The hunk as a human edits it: a header that nobody needs to keep up to date, then its rows."""
    return f"@@ -{hunk.start} @@ {hunk.context}".rstrip() + "\n" + _body(hunk)


def _body(hunk: Hunk) -> str:
    return "".join(f"{sign}{text}" if text.endswith("\n") else f"{sign}{text}\n{_NO_END}" for sign, text in hunk.rows)


def edited(hunk: Hunk, text: str) -> Hunk:
    """The hunk that a human made of `text_of(hunk)`. Counts are taken anew; headers are ignored.

    Raises:
        HunkError: its old side (rows with − or a blank) is no longer that of the file.
    """
    rows: list[tuple[str, str]] = []
    for row in _rows(text):
        sign, content = row[:1], row[1:] if row.endswith("\n") else row[1:] + "\n"
        if sign == "\\" and rows:
            rows[-1] = (rows[-1][0], rows[-1][1].removesuffix("\n"))
        elif row == "\n":
            # Editors strip the blank of an empty line of context.
            rows.append((" ", "\n"))
        elif sign in ("+", "-", " "):
            rows.append((sign, content))
        elif not row.startswith("@@"):
            raise HunkError(f"A row of a hunk begins with +, - or a blank; this one does not: {row.strip()[:60]}")
    made = replace(hunk, rows=tuple(rows))
    if made.old != hunk.old:
        at = next((n for n, pair in enumerate(zip(made.old, hunk.old, strict=False)) if pair[0] != pair[1]), None)
        where = hunk.old[at].strip() if at is not None else "the number of old lines"
        raise HunkError(
            f"The old side of the hunk was changed (at: {where[:60]}). Rows with - or a blank are the file as it is: "
            "change only rows with +, or turn a - into a blank to keep a line."
        )
    return made


def applied(base: str, chosen: Sequence[Hunk]) -> str:
    """The text of a file after the chosen hunks.

    Raises:
        HunkError: a hunk's old side is not what stands in the text at its line.
    """
    lines = _rows(base)
    result: list[str] = []
    at = 0
    for hunk in sorted(chosen, key=lambda one: one.start):
        begin, end = hunk.start - 1, hunk.start - 1 + len(hunk.old)
        if begin < at or lines[begin:end] != hunk.old:
            raise HunkError(f"The hunk at line {hunk.start} does not stand on the file any more. Ask for a new diff.")
        result += [*lines[at:begin], *hunk.new]
        at = end
    return "".join([*result, *lines[at:]])


def patch_of(file: FileChange, chosen: Sequence[Hunk]) -> str:
    """The chosen hunks of a file as a patch of their own, with line numbers that fit what was left out."""
    if not chosen:
        return ""
    rows, shift = list(file.head), 0
    for hunk in sorted(chosen, key=lambda one: one.start):
        old, new = len(hunk.old), len(hunk.new)
        first, then = hunk.start - (old == 0), hunk.start + shift - (new == 0)
        rows.append(f"@@ -{first},{old} +{then},{new} @@{' ' + hunk.context if hunk.context else ''}\n{_body(hunk)}")
        shift += new - old
    return "".join(rows)


def contents(
    files: Sequence[FileChange], chosen: Mapping[str, Sequence[Hunk]], base: Mapping[str, str]
) -> dict[str, str]:
    """The new text of every file of which hunks were chosen.

    Raises:
        HunkError: a hunk does not stand on its file.
    """
    return {file.path: applied(base[file.path], chosen[file.path]) for file in files if chosen.get(file.path)}
