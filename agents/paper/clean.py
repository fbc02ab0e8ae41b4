"""Untrusted text made safe and uniform, before any structure is looked for."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# Controls except tab and newline; direction marks; zero-width and invisible marks; tag characters; lone surrogates.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\u034f\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u206a-\u206f\u3164\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
_BREAK_MARK = re.compile("[\u00ad\ufffe](?=\\n)")

_NOTHING = "\u00ad"


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Text, and how many characters that nobody sees were taken out of it."""

    text: str
    hidden: int


def sanitise(text: str) -> Cleaned:
    """Compatibility forms unified (ligatures become letters), line ends `\\n`, hidden characters removed and counted.

    Spec: security.md, boundary for untrusted text; the characters are those that hide or reorder what is read.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\u2028", "\n")
    text = _BREAK_MARK.sub("-", text).replace(_NOTHING, "").removeprefix("\ufeff")
    visible, hidden = _HIDDEN.subn("", text)
    return Cleaned(unicodedata.normalize("NFKC", visible), hidden)


@dataclass(frozen=True, slots=True)
class Words:
    """Words of a document, lower case: they tell a word broken at a line's end from one written with a hyphen."""

    plain: frozenset[str] = frozenset()
    hyphenated: frozenset[str] = frozenset()

    @classmethod
    def of(cls, lines: list[str]) -> Words:
        """From lines as printed; pieces next to a break at a line's end do not count."""
        plain: set[str] = set()
        hyphenated: set[str] = set()
        for line in lines:
            for word in re.findall(r"[^\W\d_]+(?:-[^\W\d_]+)*(?!-)\b", line.lower()):
                parts = word.split("-")
                plain.update(parts)
                hyphenated.update("-".join(parts[:count]) for count in range(2, len(parts) + 1))
        return cls(frozenset(plain), frozenset(hyphenated))

    def keeps_hyphen(self, head: str, tail: str) -> bool:
        """Whether `head-` at a line's end and `tail` at the next one's begin are one word with a hyphen."""
        head, tail = head.lower(), tail.lower()
        last = head.rpartition("-")[2]
        if f"{head}-{tail}" in self.hyphenated or f"{last}-{tail}" in self.hyphenated:
            return True
        return f"{last}{tail}" not in self.plain and len(last) >= 4 and last in self.plain


def join_lines(lines: list[str], words: Words | None = None) -> str:
    """Lines of one paragraph as running text, words that were broken at a line's end made whole."""
    words = words or Words()
    text = ""
    for line in lines:
        line = line.strip()
        head = re.search(r"([^\W\d_]+(?:-[^\W\d_]+)*)-$", text)
        tail = re.match(r"[^\W\d_]+", line)
        if head and tail and tail[0][0].islower():
            text = (text if words.keeps_hyphen(head[1], tail[0]) else text[:-1]) + line
        elif head and tail:
            text += line
        else:
            text = f"{text} {line}" if text else line
    return " ".join(text.split())
