"""Tasks t and gaps g of a paper, by the words in which authors state them: extraction, no model.

MLR-Copilot (2408.14033) has a language model draw t and g; which words count how much here is ours, and the ranking is
only an order.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from agents.paper.cues import Rule
from agents.paper.sentences import Sentence
from agents.research import Finding

_MOST_CHARACTERS = 320
_FEWEST_WORDS = 6
_MOST_WORDS = 70
_LIKENESS = 0.6

# What comes before the statement itself, and is no part of it.
_LEAD = re.compile(
    r"^(?:[•◦▪–-]|\(?[ivx]{1,4}\)|\d{1,2}[.)])\s+|"
    r"^(?:In this (?:paper|work|article|study),?|Therefore,|Thus,|Hence,|Moreover,|Furthermore,|Additionally,|"
    r"To address (?:this|these)[^,]{0,40},|However,|Nevertheless,|Unfortunately,|In addition,|Finally,)\s+"
)
_CLAUSE = re.compile(r"(?:;|, (?:which|where|while|whereas|and|but|with|including|thereby)\b|: )")


def find(sentences: Iterable[Sentence], rule: Rule) -> tuple[Finding, ...]:
    """Best first; of two that say nearly the same, the better scored one stays."""
    scored = [(score(sentence, rule), sentence) for sentence in sentences]
    ranked = sorted((pair for pair in scored if pair[0] >= rule.least), key=lambda pair: (-pair[0], pair[1].order))
    kept: list[Sentence] = []
    for _, sentence in ranked:
        if len(kept) < rule.most and not any(_alike(sentence.text, other.text) for other in kept):
            kept.append(sentence)
    return tuple(Finding(text=statement(sentence.text), passage=sentence.passage) for sentence in kept)


def score(sentence: Sentence, rule: Rule) -> float:
    """Sum of the cues in a sentence times the factor of its section; 0 for what is no prose."""
    words = sentence.text.split()
    letters = sum(character.isalpha() or character.isspace() for character in sentence.text)
    if not _FEWEST_WORDS <= len(words) <= _MOST_WORDS or letters < 0.8 * len(sentence.text):
        return 0.0
    cues = sum(weight for pattern, weight in rule.cues if pattern.search(sentence.text))
    return cues * next((factor for pattern, factor in rule.parts if pattern.search(sentence.part)), 1.0)


def statement(sentence: str) -> str:
    """A piece of the sentence, word for word: without its lead-in, and cut at a clause when it is long."""
    text = sentence
    while found := _LEAD.match(text):
        text = text[found.end() :]
    if len(text) > _MOST_CHARACTERS:
        cuts = [cut.start() for cut in _CLAUSE.finditer(text) if 80 <= cut.start() <= _MOST_CHARACTERS]
        text = text[: cuts[-1]] if cuts else text[:_MOST_CHARACTERS].rpartition(" ")[0]
    return text.strip()


def _alike(one: str, other: str) -> bool:
    first, second = (set(re.findall(r"[a-z]{4,}", text.lower())) for text in (one, other))
    return len(first & second) >= _LIKENESS * max(1, min(len(first), len(second)))
