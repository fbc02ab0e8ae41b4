"""The vocabulary of research: paper, idea, plan, verdict. Types only; everything is plain data that can be written as
JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Direction = Literal["minimize", "maximize"]
VerdictWord = Literal["confirmed", "refuted", "inconclusive", "crashed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Where in a paper something is said: the anchor of every idea."""

    section: str
    """Number or title as printed, e.g. "3.1" or "Introduction"."""
    paragraph: int
    """1-based within the section."""
    text: str
    """The sentence or sentences themselves, cleaned of hyphenation."""

    def where(self) -> str:
        """Short form for a table, e.g. `§3.1 ¶2`."""
        return f"§{self.section} ¶{self.paragraph}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One section of a paper, in reading order."""

    number: str
    title: str
    level: int
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A task, gap or keyword of the paper (t, g, k of MLR-Copilot 2408.14033), with the passage it stands on."""

    text: str
    passage: Passage


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A paper c as the agents see it: sections, and t, g, k extracted from them."""

    title: str
    abstract: str
    sections: tuple[Section, ...]
    tasks: tuple[Finding, ...] = ()
    gaps: tuple[Finding, ...] = ()
    keywords: tuple[Finding, ...] = ()
    references: tuple[str, ...] = ()
    source: str = ""
    """File name it was read from."""
    sha256: str = ""
    """Of the file's bytes."""
    notes: tuple[str, ...] = ()
    """What the reader of this paper should know, e.g. pages without text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Idea:
    """A hypothesis h with its experiment plan e (MLR-Copilot): every field is drawn from the paper, the code or the
    contract."""

    title: str
    slug: str
    """Letters, digits and dashes; becomes part of the branch name."""
    component: str
    """Which component of the grammar it instantiates, e.g. `activation:odd-cubic-gate`; empty for a human's idea."""
    passage: Passage
    hypothesis: str
    rationale: str
    expected: str
    """Expected effect in words; offline it names the contract's smallest effect, never an invented size."""
    plan: tuple[str, ...]
    kill_test: str
    """The cheapest run that could refute it."""
    score: float
    """Support by the paper, 0 to 1; a ranking, not a rating of quality."""
    evidence: tuple[str, ...] = ()
    """Terms of the paper that the score counts."""
    reviews: str = "not reviewed (no LLM)"
    target: str = ""
    """File and place that would change, e.g. `model.py:20 nn.ReLU`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One file's new content, as an agent or a human wrote it."""

    path: str
    content: str | None
    """None deletes the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the ExperimentAgent proposes for one idea: edits of editable files, and why."""

    edits: tuple[Edit, ...]
    why: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the numbers say about one experiment; computed, never written by a model.

    The effect is oriented so that positive is better, in units of the metric.
    """

    word: VerdictWord
    why: str
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    level: float = 0.0
    """Two-sided coverage of [low, high]: 1 − 2·alpha/claims."""
    pairs: int = 0
    noise_floor: float | None = None
    """Standard deviation of the baseline over seeds."""
    smallest_effect: float = 0.0
    baseline: float | None = None
    """Mean baseline metric on the same seeds and split."""
    candidate: float | None = None
    better_by_what_you_asked: bool = False
    """Lower bound of the effect at least the smallest effect of interest."""
    yardsticks: dict[str, float] = field(default_factory=dict)
    """Metric of trivial predictors on the same split, as the evaluator reports them."""
    labels: tuple[str, ...] = ()
    """Caveats shown with the verdict, e.g. "public data: labels recoverable"."""
