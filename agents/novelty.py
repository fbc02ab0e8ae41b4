"""How near two ideas are to each other, computed from what they say and from what their components do.

Ours, since the N-score of 2409.05258 is not public. The similarity of two ideas is the cosine between the counts of
their words; where both name an activation of the catalogue, it is the mean of that and of the likeness of the two
response curves. Novelty is one minus the highest similarity to any other idea or to what the idea would replace. It
says how unlike the rest an idea is, never how good.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from agents import responses
from agents.paper.stop_words import STOP

_WORD = re.compile(r"[^\W\d_][\w-]+|\d+\.\d+")
_QUOTED = re.compile(r"“[^”]*”")
_FRAME = "against unchanged code loss accuracy lower lowers raise raises least speaks speak idea"
FRAME = frozenset(_FRAME.split())
"""Words that our own sentences about ideas share, and that would make all ideas alike."""
SMALLEST_BEND = 1e-12
_WEIGHTS = tuple(math.exp(-(x**2) / 2) for x in responses.POINTS)
_ONES = (1.0,) * len(responses.POINTS)


@dataclass(frozen=True, slots=True)
class Sketch:
    """What similarity needs of an idea."""

    words: Mapping[str, float]
    """Weights of unit length."""
    curve: tuple[float, ...] | None = None
    replaces: str = ""
    """Activation of torch that the idea would replace, e.g. `ReLU`."""
    replaced: tuple[float, ...] | None = None
    """Its curve."""


def sketch(idea: Mapping[str, Any]) -> Sketch:
    """The sketch of an idea as its card has it.

    Where the idea would be written and what it is expected to bring are left out: all ideas of a study share them.
    """
    shared = set(_words(f"{idea.get('target', '')} {idea.get('expected', '')}"))
    text = " ".join(str(idea.get(key, "")) for key in ("title", "title", "hypothesis", "rationale"))
    counts: dict[str, float] = {}
    for word in _words(_QUOTED.sub(" ", text)):
        if word not in shared or word in set(_words(str(idea.get("title", "")))):
            counts[word] = counts.get(word, 0) + 1
    damped = {word: 1 + math.log(count) for word, count in counts.items()}
    length = math.sqrt(sum(weight**2 for weight in damped.values())) or 1.0
    baseline = responses.curve_of_torch(str(idea.get("target", "")))
    return Sketch(
        words={word: weight / length for word, weight in damped.items()},
        curve=responses.curve(str(idea.get("component", ""))),
        replaces=baseline[0] if baseline else "",
        replaced=baseline[1] if baseline else None,
    )


def _words(text: str) -> list[str]:
    found = (word.casefold().strip("-_") for word in _WORD.findall(text))
    kept = (word for word in found if len(word) > 2 and word not in STOP and word not in FRAME)
    return [word[:-1] if word.endswith("s") and not word.endswith("ss") else word for word in kept]


@dataclass(frozen=True, slots=True)
class Likeness:
    """How near two ideas are: 0 for nothing in common, 1 for the same."""

    value: float
    words: float
    curves: float | None
    """None where one of them has no response curve."""


def likeness(one: Sketch, other: Sketch) -> Likeness:
    """How near two ideas are, and by what."""
    words = min(1.0, _product(one.words, other.words))
    if one.curve is None or other.curve is None:
        return Likeness(words, words, None)
    curves = curve_likeness(one.curve, other.curve)
    return Likeness((words + curves) / 2, words, curves)


def likeness_to_replaced(one: Sketch) -> float | None:
    """How near an activation is to the one it would replace, by their curves alone; None where one has no curve."""
    if one.curve is None or one.replaced is None:
        return None
    return curve_likeness(one.curve, one.replaced)


def _product(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    if len(other) < len(one):
        one, other = other, one
    return sum(weight * other[word] for word, weight in one.items() if word in other)


@lru_cache(maxsize=4096)
def curve_likeness(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """1 − angle / 90° between the bends of two curves over standard normal inputs.

    The bend is what is left of a curve without its best straight line: a layer can draw the line without an activation.
    The angle, and not its cosine, tells apart what bends alike but not equally.
    """
    first, second = _bend(one), _bend(other)
    norm = math.sqrt(_inner(first, first) * _inner(second, second))
    cosine = _inner(first, second) / norm if norm > SMALLEST_BEND else 0.0
    return max(0.0, 1 - 2 * math.acos(min(1.0, abs(cosine))) / math.pi)


def _bend(curve: tuple[float, ...]) -> list[float]:
    # The inputs lie evenly around zero, so that mean and slope can be taken off one after the other.
    mean, slope = (_inner(curve, base) / _inner(base, base) for base in (_ONES, responses.POINTS))
    return [y - mean - slope * x for x, y in zip(responses.POINTS, curve, strict=True)]


def _inner(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(w * a * b for w, a, b in zip(_WEIGHTS, one, other, strict=True))
