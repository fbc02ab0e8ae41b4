"""The one boundary between untrusted text and a terminal.

Logs, diffs, papers, file names and model text may hold escape sequences, control characters, bidirectional overrides
and invisible marks. `clean` makes all of them visible or harmless; nothing else in the product may decide what
reaches a terminal (security.md, C).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor, modes
    r"|\x1b[\]PX^_][^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c|$)"  # OSC, DCS, SOS, PM, APC: clipboard, titles, links
    r"|\x1b[ -/]*[0-~]"  # the rest of the two-byte ones
)


def clean(text: str, *, newlines: bool = True) -> str:
    """Text that is safe to hand to a terminal or a widget: escape sequences removed, other harmful characters made
    visible.

    Tabs stay; newlines stay unless `newlines` is false, for places that hold one line.
    """
    if not newlines:
        text = text.replace("\r\n", " ").replace("\n", " ")
    if not _HARMFUL.search(text):
        return text
    text = text.replace("\r\n", "\n")
    return _HARMFUL.sub(_visible, _ESCAPES.sub("", text))


_COLOUR = re.compile(r"\x1b\[([0-9;:]*)m")


def painted(text: str) -> Iterator[tuple[str, str]]:
    """A line as `clean` gives it, in pieces, each after the numbers of a colour sequence (SGR) that stood before it.

    Joined, the pieces are what `clean` gives for one line. The numbers hold digits, `;` and `:` only; no sequence is
    passed on.
    """
    text = text.replace("\r\n", " ").replace("\n", " ")
    at, numbers = 0, ""
    for match in _ESCAPES.finditer(text):
        yield numbers, _HARMFUL.sub(_visible, text[at : match.start()])
        colour = _COLOUR.fullmatch(match[0])
        at, numbers = match.end(), (colour[1] or "0") if colour else ""
    yield numbers, _HARMFUL.sub(_visible, text[at:])


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    return "�" if unicodedata.category(match[0]) == "Cs" else f"‹{code:04x}›"


def clean_bytes(content: bytes) -> str:
    """As `clean`, from bytes that should be UTF-8 and may not be."""
    return clean(content.decode("utf-8", "replace"))
