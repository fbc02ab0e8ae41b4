"""What goes to standard output: plain lines or JSON records, never both; sentences about trouble go to standard
error."""

from __future__ import annotations

import json
import sys
from typing import Any, get_args

from app.sanitise import clean
from sandbox.base import Reason

DONE, FAILED, USAGE, NOT_FOUND, NEEDS_APPROVAL, BUDGET, UNREACHABLE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 130
"""Exit codes (interaction.md 3.8)."""

WITHHELD = "(withheld; ask with --content)"
_FREE_TEXT = frozenset(
    {
        "passage",
        "hypothesis",
        "rationale",
        "expected",
        "plan",
        "kill_test",
        "patch",
        "reason",
        "text",
        "why",
        "detail",
        "notes",
        "evidence",
    }
)


_OUR_WORDS = frozenset(get_args(Reason))
"""How runs end: a reason that is one of these was not written by anybody."""


class Failure(Exception):
    """A verb that failed, with the exit code and the sentence for standard error."""

    def __init__(self, sentence: str, code: int = FAILED) -> None:
        super().__init__(sentence)
        self.code = code


class Output:
    """Where a verb writes; `json` and `content` are its flags."""

    def __init__(self, *, as_json: bool = False, content: bool = False) -> None:
        self.as_json = as_json
        self.content = content

    def record(self, kind: str, values: dict[str, Any], *, exempt: bool = False) -> None:
        """One JSON object on one line; free text is withheld unless asked for."""
        shown = values if exempt or self.content else _withhold(values)
        sys.stdout.write(json.dumps({"v": 1, "type": kind, **shown}, ensure_ascii=False, default=str) + "\n")
        sys.stdout.flush()

    def line(self, text: str = "") -> None:
        """One plain line, or nothing in JSON mode."""
        if not self.as_json:
            sys.stdout.write(clean(text) + "\n")
            sys.stdout.flush()

    def rows(self, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
        """A plain table, or nothing in JSON mode."""
        if self.as_json or not rows:
            return
        table = [head, *[tuple(clean(cell, newlines=False) for cell in row) for row in rows]]
        widths = [max(len(row[column]) for row in table) for column in range(len(head))]
        for row in table:
            self.line("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def complain(text: str) -> None:
    """One sentence on standard error."""
    sys.stderr.write(clean(text) + "\n")


def _withhold(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: WITHHELD if _is_free_text(key, entry) else _withhold(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_withhold(entry) for entry in value]
    return value


def _is_free_text(key: str, entry: Any) -> bool:
    if key not in _FREE_TEXT or not isinstance(entry, str | list | tuple) or not entry:
        return False
    return not (isinstance(entry, str) and entry in _OUR_WORDS)
