"""What rules can honour of a human's reason for rejecting a change: where, what not, how much."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from agents.grammar.component import Place

_ONLY = re.compile(r"\bonly\s+(?:in\s+|on\s+|for\s+|change\s+|touch\s+|edit\s+)*(?:the\s+)?([\w.]+)", re.I)
_EXCEPT = re.compile(
    r"\b(?:leave|keep|except|excluding|not in|don't touch|do not touch|but not)\s+(?:for\s+)?(?:the\s+)?([\w.]+)", re.I
)
_NO = re.compile(
    r"\b(?:no|without|avoid|never|don't use|do not use)\s+(?:any\s+|the\s+|a\s+|an\s+)?"
    r"([\w-]+(?:\s+(?:operations?|parameters?|functions?))?)",
    re.I,
)
_SMALLER = re.compile(r"\b(smaller|less|weaker|lower|milder|gentler|too (?:large|big|strong|much|high))\b", re.I)
_LARGER = re.compile(r"\b(larger|bigger|more|stronger|higher|too (?:small|weak|little|low))\b", re.I)
_OTHER = re.compile(r"\b(another|different|other|try again)\b", re.I)
_FEW = re.compile(r"\b(fewer places|one place|first place|smaller (?:diff|change|edit))\b", re.I)
_INITIALISER = re.compile(r"\binit\.\w+_\(")
_IN_PLACE = re.compile(r"[^\W_]_\(|\binplace=True")
"""Calls that change a tensor; initialisers, which run before any gradient, are none."""
_LEARNED = re.compile(r"\bnn\.(Parameter|Linear)\b|\$nn\.(Parameter|Linear)\b")
_NOTHING = frozenset({"more", "longer", "idea", "change", "need", "good", "way"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Feedback in terms that choosing places and variants understands."""

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    """Names of places to leave alone."""
    forbidden: tuple[str, ...] = ()
    """Words that the written code must not hold."""
    size: int = 0
    """−1 a weaker variant, 1 a stronger one."""
    skip: int = 0
    """How many acceptable variants to pass over."""
    first_only: bool = False
    unused: tuple[str, ...] = ()
    """Feedback in which no rule found anything."""

    def with_limits(self, other: Wishes) -> Wishes:
        """These wishes, with what others forbid; their wishes of size and variant were about another change."""
        return replace(
            self,
            without=tuple(dict.fromkeys((*self.without, *other.without))),
            forbidden=tuple(dict.fromkeys((*self.forbidden, *other.forbidden))),
        )

    def limits(self) -> str:
        """What is forbidden, in words."""
        spared = [f"leave {name} alone" for name in self.without]
        return ", ".join([*spared, *(f"no {word}" for word in self.forbidden)])

    def takes(self, place: Place) -> bool:
        """Whether this place may change."""
        where = f"{place.path} {place.scope} {place.what}".lower()
        wanted = not self.only or any(word in where for word in self.only)
        return wanted and not any(word in where for word in self.without)

    def forbids(self, code: str) -> bool:
        """Whether this code holds something unwanted."""
        return any(_holds(word, code) for word in self.forbidden)


def wishes(feedback: Sequence[str]) -> Wishes:
    """Read feedback, oldest first; later words on size add up."""
    only: list[str] = []
    without: list[str] = []
    forbidden: list[str] = []
    unused: list[str] = []
    size = skip = 0
    first_only = False
    for given in feedback:
        reason = prose(given)
        few = bool(_FEW.search(reason))
        there = [word.lower() for word in _ONLY.findall(reason)]
        spared = [word.lower() for word in _EXCEPT.findall(reason)]
        unwanted = [word.lower() for word in _NO.findall(reason) if word.lower() not in _NOTHING]
        step = 0 if few else bool(_LARGER.search(reason)) - bool(_SMALLER.search(reason))
        other = bool(_OTHER.search(reason))
        if not (few or there or spared or unwanted or step or other):
            unused.append(given)
        only, without, forbidden = only + there, without + spared, forbidden + unwanted
        size, skip, first_only = size + step, skip + other, first_only or few
    return Wishes(
        only=tuple(only),
        without=tuple(without),
        forbidden=tuple(forbidden),
        size=max(-1, min(1, size)),
        skip=skip,
        first_only=first_only,
        unused=tuple(unused),
    )


def prose(reason: str) -> str:
    """A reason without the code that a human's edit of a hunk quotes in it."""
    return "\n".join(row for row in reason.split("\n") if not row.startswith(("+", "-", " ", "@")))


def _holds(word: str, code: str) -> bool:
    if word.startswith(("in-place", "inplace")):
        return bool(_IN_PLACE.search(_INITIALISER.sub("", code)))
    if word.startswith(("learned", "learnable", "trainable")) or "parameter" in word:
        return bool(_LEARNED.search(code))
    return re.search(rf"(?<![a-z]){re.escape(word.rstrip('s'))}", code, re.I) is not None
