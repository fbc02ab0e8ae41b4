"""References taken apart: mark, authors, year and title, as far as the entry shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agents.paper.sentences import split

_MARK = re.compile(r"^\s*(?:\[(?P<mark>[^\[\]]{1,60})\]|(?P<number>\d{1,3})\.(?=\s+\S))\s*")
_YEAR = re.compile(r"(?<![\d.:/–-])(?P<year>(?:19|20)\d\d[a-z]?)\b(?![.:/–-]?\d)")
_IN_BRACKETS = re.compile(r"\((?P<year>(?:19|20)\d\d[a-z]?)\)")
_QUOTED = re.compile(r"[“\"](?P<title>[^”\"]{8,300}?)[,.]?[”\"]")
_END_OF_AUTHORS = re.compile(r"\bet al\.\s+(?=[A-Z“\"])")
_TAIL = re.compile(r"[,.]?\s*\(?(?:19|20)\d\d[a-z]?\)?[.\s]*$|[.\s]+$")
_AND = re.compile(r"\s*(?:,\s*(?:and|&)\s+|;\s*|,\s+|\s+(?:and|&)\s+)")
_END_OF_TITLE = re.compile(r"(?<=[\w)?!][\w)?!])\.\s+")
_MOST_INITIALS = 3
_LONGEST = 2000


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry of a list of references. What could not be made out is empty."""

    text: str
    mark: str
    """By which the text may cite it, e.g. `12` or a key of LaTeX."""
    authors: tuple[str, ...]
    """Surnames in order."""
    year: str
    """With its letter, e.g. `2017a`."""
    title: str


def parse(entry: str) -> Reference:
    """Take an entry apart by its punctuation; pure."""
    entry = entry[:_LONGEST]
    found = _MARK.match(entry)
    mark = (found["mark"] or found["number"]) if found else ""
    rest = entry[found.end() :] if found else entry
    bracketed = _IN_BRACKETS.search(rest)
    years = list(_YEAR.finditer(rest))
    year = bracketed["year"] if bracketed else years[-1]["year"] if years else ""
    authors, title = _halves(rest, bracketed)
    return Reference(
        text=entry,
        mark=mark,
        authors=_surnames(authors),
        year=year,
        title=_TAIL.sub("", _END_OF_TITLE.split(title)[0]).strip(),
    )


def _halves(text: str, bracketed: re.Match[str] | None) -> tuple[str, str]:
    """Authors and title: by the quotation marks, the year in brackets, or the first full stop between them."""
    if quoted := _QUOTED.search(text):
        return text[: quoted.start()], quoted["title"]
    # Within "Authors (2017). Title." the year stands between the two; after "Venue (2017)" it does not.
    if bracketed and (after := text[bracketed.end() :].lstrip(" .,:")) and bracketed.start() < len(text) * 0.6:
        return text[: bracketed.start()], split(after)[0]
    if ended := _END_OF_AUTHORS.search(text):
        pieces = split(text[ended.end() :])
        return text[: ended.start()], pieces[0] if pieces else ""
    pieces = split(text)
    return (pieces[0], pieces[1]) if len(pieces) > 1 else ("", pieces[0] if pieces else "")


def _surnames(text: str) -> tuple[str, ...]:
    """Surnames from "First Last, First Last" and from "Last, F., Last, F."."""
    names: list[str] = []
    for piece in _AND.split(text.strip(" .,")):
        words = [word for word in piece.replace("et al", "").split() if word.strip(".")]
        if not words or (names and _are_initials(piece)):
            continue
        whole = [word for word in words if not _are_initials(word)]
        names.append((whole or words)[-1].strip(".,"))
    return tuple(names[:40])


def _are_initials(text: str) -> bool:
    letters = "".join(letter for letter in text if letter.isalpha())
    return letters.isupper() and len(letters) <= _MOST_INITIALS
