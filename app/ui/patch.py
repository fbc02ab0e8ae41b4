"""A unified diff as files, hunks and numbered lines. What it does not know is kept as it stands, never dropped."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

Kind = Literal["context", "add", "del", "note"]
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)")


class PatchLine(NamedTuple):
    """One line of a hunk with its number in the old and the new file."""

    kind: Kind
    text: str
    old: int | None = None
    new: int | None = None


@dataclass(slots=True)
class Hunk:
    """One place that changes."""

    header: str
    context: str
    """What git names as the enclosing function or class."""
    lines: list[PatchLine] = field(default_factory=list)


@dataclass(slots=True)
class FilePatch:
    """One file that changes."""

    path: str
    notes: list[str] = field(default_factory=list)
    """New, deleted, renamed, mode, binary: as git says it."""
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def added(self) -> int:
        """Lines added."""
        return sum(1 for hunk in self.hunks for row in hunk.lines if row.kind == "add")

    @property
    def removed(self) -> int:
        """Lines removed."""
        return sum(1 for hunk in self.hunks for row in hunk.lines if row.kind == "del")


def parse(text: str) -> list[FilePatch]:
    """The files of a patch, in its order."""
    reader = _Reader()
    # Only line feeds end a line of a patch; other separators belong to the code and must not break a number.
    for row in text.removesuffix("\n").split("\n") if text else ():
        reader.take(row)
    return reader.files


class _Reader:
    def __init__(self) -> None:
        self.files: list[FilePatch] = []
        self.old = self.new = 0
        self.old_left = self.new_left = 0

    def take(self, row: str) -> None:
        if self.old_left or self.new_left:
            self._inside(row)
        elif row.startswith("diff --git "):
            self.files.append(FilePatch(path=_path(row)))
        elif match := _HUNK.match(row):
            self._open(row, match)
        elif row.startswith("\\") and self.files and self.files[-1].hunks:
            self.files[-1].hunks[-1].lines.append(PatchLine("note", row))
        else:
            self._head(row)

    def _open(self, row: str, match: re.Match[str]) -> None:
        self._file().hunks.append(Hunk(header=row, context=match[5]))
        self.old, self.new = int(match[1]), int(match[3])
        self.old_left = int(match[2]) if match[2] is not None else 1
        self.new_left = int(match[4]) if match[4] is not None else 1

    def _inside(self, row: str) -> None:
        lines = self.files[-1].hunks[-1].lines
        if row.startswith("+"):
            lines.append(PatchLine("add", row[1:], new=self.new))
            self.new, self.new_left = self.new + 1, max(0, self.new_left - 1)
        elif row.startswith("-"):
            lines.append(PatchLine("del", row[1:], old=self.old))
            self.old, self.old_left = self.old + 1, max(0, self.old_left - 1)
        elif row.startswith("\\"):
            lines.append(PatchLine("note", row))
        else:
            lines.append(PatchLine("context", row[1:], old=self.old, new=self.new))
            self.old, self.new = self.old + 1, self.new + 1
            self.old_left, self.new_left = max(0, self.old_left - 1), max(0, self.new_left - 1)

    def _head(self, row: str) -> None:
        if row.startswith("+++ ") and row != "+++ /dev/null":
            self._file().path = row[4:].removeprefix("b/").rstrip("\t")
        elif row.startswith(("--- ", "+++ ", "index ")):
            return
        elif row:
            self._file().notes.append(row)

    def _file(self) -> FilePatch:
        if not self.files:
            self.files.append(FilePatch(path="(no file named)"))
        return self.files[-1]


def _path(row: str) -> str:
    # `diff --git a/X b/X`: both halves are the same unless the file was renamed, where +++ says the new one.
    names = row.removeprefix("diff --git ")
    half = names[len(names) // 2 + 1 :]
    return half.removeprefix("b/") if names == f"a/{half.removeprefix('b/')} {half}" else names
