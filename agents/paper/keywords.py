"""Keywords k of a paper: phrases between stop words, ranked by how often and where they stand.

Candidates as in RAKE (Rose et al. 2010), nested phrases as in C-value (Frantzi et al. 2000); the weights are ours.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from agents.paper.formula import FORMULA
from agents.paper.sentences import Sentence
from agents.paper.stop_words import STOP, VAGUE
from agents.research import Finding, Paper, Passage

_MOST = 15
_MOST_WORDS = 4
_LENGTHS = (0.6, 1.5, 1.9, 2.0)
"""Factor of a phrase of one to four words."""
Phrase = tuple[str, ...]
CITATION = re.compile(
    r"\([^()]*\b(?:19|20)\d\d[a-z]?\b[^()]*\)|\[\d[\d,\s–-]*\]|"
    r"(?:[A-Z][\w'’-]+(?: (?:&|and) [A-Z][\w'’-]+)?|[A-Z][\w'’-]+ et al\.?) ?\(?(?:19|20)\d\d[a-z]?\)?|"
    r"[A-Z][\w'’-]+ et al\.?|https?://\S+|\S+@\S+"
)
"""References to other papers, and addresses: no words of the sentence they stand in."""
_TOKEN = re.compile(r"[^\W\d_][\w'’]*(?:[-_–][\w'’]+)*|[^\w\s]|\d\S*")
_WORD = re.compile(r"[^\W\d_][\w]*(?:[-_–]\w+)*")


def keywords(paper: Paper, sentences: list[Sentence]) -> tuple[Finding, ...]:
    """At most 15 phrases, best first, each with the first passage that holds it word for word."""
    forms: dict[Phrase, Counter[str]] = defaultdict(Counter)
    places: dict[str, Passage] = {}
    weights: Counter[Phrase] = Counter()
    for sentence in sentences:
        if sentence.part == "appendix":
            continue
        for phrase in phrases(sentence.text):
            for part in _parts(phrase):
                key = tuple(stem(word) for word in part)
                form = " ".join(part)
                if form in sentence.text:
                    forms[key][form] += 1
                    places.setdefault(form, sentence.passage)
                    weights[key] += 1
    scores = _scores(weights, _prominent(paper))
    ranked = sorted(scores, key=lambda key: (-scores[key], key))
    kept: list[Phrase] = []
    for key in ranked:
        if len(kept) < _MOST and not any(_overlaps(key, other) for other in kept):
            kept.append(key)
    best = [_form(forms[key]) for key in kept]
    return tuple(Finding(text=form, passage=places[form]) for form in best)


def phrases(text: str) -> list[list[str]]:
    """Runs of words without stop words, punctuation, numbers, formulas and citations between them."""
    runs: list[list[str]] = [[]]
    for token in _TOKEN.findall(CITATION.sub(" , ", FORMULA.sub(" , ", text))):
        if _WORD.fullmatch(token) and token.lower() not in STOP and len(token) > 1:
            runs[-1].append(token)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _parts(run: list[str]) -> list[list[str]]:
    result = []
    for length in range(1, min(len(run), _MOST_WORDS) + 1):
        for start in range(len(run) - length + 1):
            part = run[start : start + length]
            if _is_candidate(part):
                result.append(part)
    return result


def _is_candidate(part: list[str]) -> bool:
    words = [word.lower() for word in part]
    if len(set(words)) < len(words) or any(len(word) < 2 for word in words):
        return False
    if words[-1].endswith(("ly", "ed", "ous")) or words[0].endswith("ly"):
        return False
    return len(part) > 1 or (
        words[0] not in VAGUE and len(words[0]) > 2 and not words[0].endswith(("ing", "able", "ive"))
    )


def _scores(weights: Counter[Phrase], prominent: list[tuple[Phrase, float]]) -> dict[Phrase, float]:
    """C-value with a bonus for phrases in title, abstract and headings; phrases that stand once need that bonus."""
    longer: dict[Phrase, list[int]] = defaultdict(list)
    for key, count in weights.items():
        for length in range(1, len(key)):
            for start in range(len(key) - length + 1):
                longer[key[start : start + length]].append(count)
    result: dict[Phrase, float] = {}
    for key, count in weights.items():
        bonus = sum(weight for place, weight in prominent if _contains(place, key))
        own = count - max(longer[key], default=0)
        if (count < 2 and not bonus) or (own <= 0 and longer[key]) or count + bonus < 3:
            continue
        result[key] = _LENGTHS[len(key) - 1] * (own + 0.3 * (count - own)) ** 0.7 * (1.0 + bonus)
    return result


def _prominent(paper: Paper) -> list[tuple[Phrase, float]]:
    places = [(paper.title, 1.5), (paper.abstract, 1.0)]
    places += [(section.title, 0.4) for section in paper.sections]
    return [(tuple(stem(word) for word in _WORD.findall(text)), weight) for text, weight in places]


def _contains(place: Phrase, key: Phrase) -> bool:
    return any(place[start : start + len(key)] == key for start in range(len(place) - len(key) + 1))


def _overlaps(key: Phrase, other: Phrase) -> bool:
    """One phrase is part of the other, or they share all but one of their words in order."""
    if _contains(key, other) or _contains(other, key):
        return True
    shared = len(set(key) & set(other))
    return shared >= 2 and shared >= min(len(key), len(other)) - 1


def stem(word: str) -> str:
    """Lower case and singular: enough to count "layer" and "layers" as one."""
    word = word.lower().replace("’s", "").replace("'s", "")
    if word.endswith("ies") and len(word) > 5:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


def _form(counts: Counter[str]) -> str:
    return min(counts, key=lambda form: (-counts[form], form))
