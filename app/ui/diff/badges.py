"""What a reviewer should look at twice in added lines: reach beyond the experiment, code from text, hidden characters.

A badge is a pointer for a human and no protection: the sandbox is that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.ui.diff.visible import hidden

_IMPORT = re.compile(
    r"^\s*(?:from|import)\s+(os|sys|subprocess|socket|shutil|ctypes|pickle|marshal|requests|urllib|http|multiprocessing"
    r"|importlib|signal|threading)\b"
)
_CALL = re.compile(r"(?<![\w.])(eval|exec|compile|__import__)\s*\(|\b(os\.(?:system|popen|exec\w*|remove|unlink))\s*\(")


def badges(added: Iterable[str], others: Iterable[str]) -> list[str]:
    """Why to look twice, each once, in the order of the lines.

    Args:
        added: lines that come in.
        others: lines that stay or go: an import that was there before is nothing new.
    """
    known = {match[1] for row in others if (match := _IMPORT.match(row))}
    found: dict[str, None] = {}
    for row in added:
        if (match := _IMPORT.match(row)) and match[1] not in known:
            found[f"imports {match[1]}"] = None
        if match := _CALL.search(row):
            found[f"calls {match[1] or match[2]}"] = None
        if hidden(row.rstrip("\r")):
            found["hidden characters"] = None
    return list(found)


def protected(checks: dict[str, str]) -> frozenset[str]:
    """The files that the engine's own check calls not editable."""
    value = checks.get("protected files untouched", "ok")
    named = value.removeprefix("not editable: ")
    return frozenset(named.split(", ")) if named != value else frozenset()
