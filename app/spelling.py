"""Signs for terminals that have no UTF-8: what cannot be written is spelt, and no output ever fails for it."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

from app.terminal import UTF8, named_encoding

SPELT = {
    "✔": "ok",
    "✘": "no",
    "●": "*",
    "◌": "o",
    "○": "o",
    "▶": ">",
    "■": "#",
    "✎": "note",
    "↶": "undone",
    "·": "-",
    "–": "-",
    "—": "--",
    "−": "-",
    "→": "->",
    "←": "<-",
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "…": "...",
    "≤": "<=",
    "≥": ">=",
    "±": "+/-",
    "×": "x",
    "§": "section ",
    "¶": "par. ",
    "σ": "sigma",
    "α": "alpha",
    "│": "|",
    "─": "-",
}
"""Our own signs, and those that papers use most."""


def spell(text: str) -> str:
    """The text in ASCII: signs as words, letters without their marks, a question mark for the rest."""
    return "".join(map(_one, text))


def _one(letter: str) -> str:
    if letter.isascii():
        return letter
    plain = SPELT.get(letter) or unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return plain or "?"


def _spelt(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return spell(error.object[error.start : error.end]), error.end


def prepare_streams() -> None:
    """Let standard output and error spell what their terminal cannot show."""
    codecs.register_error("spelt", _spelt)
    named = named_encoding()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            known = named if stream.isatty() and named not in ("", *UTF8) else stream.encoding
            stream.reconfigure(encoding=known if _exists(known) else "ascii", errors="spelt")


def _exists(encoding: str) -> bool:
    try:
        codecs.lookup(encoding)
    except LookupError:
        return False
    return True
