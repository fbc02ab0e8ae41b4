"""How alike two texts are: the cosine of the angle between their term counts.

Terms are words in lower case and singular, without English function words, what every paper says
(`agents.paper.stop_words.STOP`), formulas, citations and addresses. 0 means no term in common, 1 the same terms in the
same proportions; it says nothing about meaning.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from agents.paper.formula import FORMULA
from agents.paper.keywords import CITATION, stem
from agents.paper.stop_words import STOP

_WORD = re.compile(r"[^\W\d_]{2,}")


def terms(text: str) -> Counter[str]:
    """How often each term stands in a text."""
    words = _WORD.findall(CITATION.sub(" ", FORMULA.sub(" ", text)).casefold())
    return Counter(stem(word) for word in words if word not in STOP)


def cosine(one: Counter[str], other: Counter[str]) -> float | None:
    """Similarity from 0 to 1; None where one of them has no term, so that there is nothing to compare."""
    lengths = [math.sqrt(sum(count * count for count in counts.values())) for counts in (one, other)]
    if not all(lengths):
        return None
    shared = sum(count * other[term] for term, count in one.items())
    return min(1.0, shared / (lengths[0] * lengths[1]))
