"""How much a paper supports a component: its cue terms, weighted by where they stand.

    support  = strength / (strength + HALF)                              0 to 1
    strength = Σ over cues of  weight · hits / (hits + SATURATION)       hits = Σ of section weights

Weights, saturation and thresholds are ours (the papers publish none): a ranking of what the text speaks about, no
judgement of quality.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from agents.grammar.component import Component
from agents.paper.sentences import Sentence, sentences
from agents.research import Paper, Passage

HALF = 3.0
SATURATION = 1.5
SPECIFIC = 2.0
"""Weight from which one cue may stand for the whole component."""
FEWEST_HITS = 1.0
"""Section-weighted mentions of specific cues below which a component is named in passing only."""
LEAST_SUPPORT = 0.3
FEWEST_WORDS_OF_TRADE = 4
PARTS = (
    (r"^abstract", 2.0),
    (r"appendix|supplement|acknowledg", 0.4),
    (r"related|background|prior|previous", 0.5),
    (r"limitation|future|discussion|open|conclusion", 1.4),
    (r"introduction", 1.2),
    (r"method|approach|architecture|model|training|algorithm|optimi|regulari|attention|adapter", 1.5),
    (r"", 1.0),
)
TITLE_WEIGHT = 3.0
GAP_WEIGHT = 1.5
"""Factor on a sentence that states a gap: an idea had better answer one."""
TRADE = (
    "neural network*",
    "deep learning",
    "machine learning",
    "gradient*",
    "training set*",
    "test error",
    "training data",
    "validation loss*",
    "test loss*",
    "loss function*",
    "classifier*",
    "image classification",
    "language model*",
    "transformer*",
    "convolution*",
    "hyperparameter*",
    "learning rate*",
    "optimizer*",
    "overfit*",
    "backpropagat*",
    "mini batch*",
    "epoch*",
    "activation function*",
    "hidden layer*",
    "benchmark*",
    "dataset*",
    "generaliz*",
    "generalis*",
)
"""Words that a text about training models cannot do without."""
_DENIED = re.compile(r"\b(no|without|nor|not|non)\W+$", re.I)
_AIMLESS = re.compile(r"^(figure|table|algorithm|equation|proof)\b", re.I)


@dataclass(frozen=True, slots=True, kw_only=True)
class Support:
    """What a paper says for one component."""

    component: Component
    score: float
    terms: tuple[str, ...]
    """Cue terms found, most telling first, as the paper writes them."""
    passages: tuple[Passage, ...]
    """Sentences with cues, best first."""


@cache
def pattern(term: str) -> re.Pattern[str]:
    """A cue as a pattern: words from their beginning, hyphens like spaces, plurals and, after `*`, any ending.

    British and American endings are one: `normali*` finds normalise and normalize.
    """
    words = []
    for word in term.split():
        stem = re.escape(word.rstrip("*"))
        words.append(stem + (r"[^\W\d_]*" if word.endswith("*") else r"(?:s|es)?"))
    return re.compile(r"(?<!\w)" + r"[\s_\-‐‑–]+".join(words) + r"(?!\w)", re.I)


def cue(term: str) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """A cue and the word that its sentence must hold as well, `warmup & learning rate*`: much else is warmed up."""
    word, _, context = term.partition(" & ")
    return pattern(word), pattern(context) if context else None


def about_training(paper: Paper) -> bool:
    """Whether the text speaks about training models at all; a recipe says "mix" and "rest", never "gradient"."""
    whole = " ".join(
        (paper.title, paper.abstract, *(text for section in paper.sections for text in section.paragraphs))
    )
    return sum(bool(pattern(term).search(whole)) for term in TRADE) >= FEWEST_WORDS_OF_TRADE


def supports(paper: Paper, components: Iterable[Component]) -> tuple[Support, ...]:
    """Components that the paper supports, best first; ties in the order of their ids. Pure."""
    text = _Text.of(paper)
    found = (text.support(component) for component in components)
    kept = [support for support in found if support and support.score >= LEAST_SUPPORT]
    return tuple(sorted(kept, key=lambda support: (-support.score, support.component.id)))


@dataclass(frozen=True)
class _Hit:
    index: int
    """Of the sentence."""
    count: int
    written: str
    denied: bool
    """"No dropout" speaks of dropout, but is no sentence to quote for it."""


@dataclass(frozen=True)
class _Text:
    """A paper's sentences with their weights, and every cue's hits, each looked up once."""

    title: str
    sentences: tuple[Sentence, ...]
    weights: tuple[float, ...]
    lines: str
    starts: tuple[int, ...]
    cache: dict[str, tuple[_Hit, ...]]

    @classmethod
    def of(cls, paper: Paper) -> _Text:
        found = tuple(sentences(paper))
        gaps = {finding.passage.text for finding in paper.gaps}
        weights = tuple(_part(one.part) * (GAP_WEIGHT if one.text in gaps else 1.0) for one in found)
        starts = []
        at = 0
        for one in found:
            starts.append(at)
            at += len(one.text) + 1
        # One text for all sentences: a pattern runs once over the paper. Sentences have single spaces and no line feed.
        return cls(paper.title, found, weights, "\n".join(one.text for one in found), tuple(starts), {})

    def hits(self, term: str) -> tuple[_Hit, ...]:
        if term not in self.cache:
            counted: dict[int, _Hit] = {}
            word, context = cue(term)
            for match in word.finditer(self.lines):
                index = self._sentence_at(match.start())
                if context and not context.search(self.sentences[index].text):
                    continue
                denied = bool(_DENIED.search(self.lines[max(0, match.start() - 12) : match.start()]))
                known = counted.get(index, _Hit(index, 0, match[0], denied))
                counted[index] = _Hit(index, known.count + 1, known.written, known.denied and denied)
            self.cache[term] = tuple(counted.values())
        return self.cache[term]

    def _sentence_at(self, offset: int) -> int:
        return bisect_right(self.starts, offset) - 1

    def support(self, component: Component) -> Support | None:
        counts = {term: self._count(term) for term in component.cues}
        shares = {term: component.cues[term] * count / (count + SATURATION) for term, count in counts.items() if count}
        specific = sum(count for term, count in counts.items() if component.cues[term] >= SPECIFIC)
        passages = self._passages(component.cues)
        if specific < FEWEST_HITS or not passages:
            return None
        strength = sum(shares.values())
        ranked = sorted(shares, key=lambda term: (-shares[term], term))
        terms = dict.fromkeys(self._written(term).lower() for term in ranked)
        score = round(strength / (strength + HALF), 3)
        return Support(component=component, score=score, terms=tuple(terms), passages=passages)

    def _count(self, term: str) -> float:
        word, context = cue(term)
        titled = word.search(self.title) and (context is None or context.search(self.title))
        return (TITLE_WEIGHT if titled else 0.0) + sum(self.weights[hit.index] * hit.count for hit in self.hits(term))

    def _written(self, term: str) -> str:
        hits = self.hits(term)
        return hits[0].written if hits else term.partition(" & ")[0].rstrip("*")

    def _passages(self, cues: Mapping[str, float]) -> tuple[Passage, ...]:
        """Sentences with cues, best first, without debris of tables."""
        values: dict[int, float] = {}
        for term, weight in cues.items():
            for hit in self.hits(term):
                worth = 0.3 * weight if hit.denied else weight
                values[hit.index] = values.get(hit.index, 0.0) + worth * self.weights[hit.index] ** 0.5
        ranked = sorted(values, key=lambda index: (-values[index] * _legible(self.sentences[index].text), index))
        return tuple(self.sentences[index].passage for index in ranked if _legible(self.sentences[index].text) > 0)


def _part(title: str) -> float:
    return next(weight for part, weight in PARTS if re.search(part, title))


def _legible(text: str) -> float:
    """How well a sentence can be quoted: prose of 40 to 350 characters best, debris of tables not at all."""
    letters = sum(char.isalpha() or char.isspace() for char in text) / max(1, len(text))
    if letters < 0.75 or len(text) < 25 or _AIMLESS.match(text):
        return 0.0
    return 1.0 if 40 <= len(text) <= 350 and not text.endswith(":") else 0.5
