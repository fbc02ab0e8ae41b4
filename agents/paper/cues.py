"""The words in which authors state tasks and gaps, and how much each counts. The weights are ours; they only order."""

from __future__ import annotations

import re
from dataclasses import dataclass

Cues = tuple[tuple[re.Pattern[str], float], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes a sentence a finding of one kind."""

    cues: Cues
    parts: Cues
    """Factors by the section's title; the first that matches counts."""
    least: float
    """Score below which a sentence is none."""
    most: int


def _cues(*pairs: tuple[float, str]) -> Cues:
    return tuple((re.compile(pattern, re.I), weight) for weight, pattern in pairs)


_AUTHORS = r"\b(we|this (paper|work|article|study)) (\w+ly )?"
_FIELDS = (
    "classification|translation|regression|generation|detection|segmentation|recognition|forecasting|"
    "question answering|language model(l)?ing|fine-tuning"
)
TASKS = Rule(
    cues=_cues(
        (3.0, _AUTHORS + r"(propos|introduc|present|develop|devis)(e|es)\b"),
        (3.0, _AUTHORS + r"(address|tackle|study|studies|investigat|explor|consider|examin|focus|formulat|revisit)"),
        (2.5, r"\b(task|problem) of\b|\bwe (aim|seek) to\b|\baim(s|ing)? (to|at)\b"),
        (3.0, r"\b(goal|objective|aim|question)\b.{0,40}\b(is|are) (to|how)\b"),
        (1.5, r"\bin this (paper|work|article|study)\b"),
        (1.5, r"\bexperiments? on\b|\btasks?\b.{0,60}\bshow\b|\bextensive (experiments|evaluation)\b"),
        (1.0, r"\b(evaluate|trained|validated?|conducted? .{0,20}experiments) .{0,30}\b(on|using)\b"),
        (0.7, r"\b(data ?sets?|benchmarks?|corpus|corpora)\b|\b[a-z]\w*-\d+\b"),
        (0.7, r"\b(accuracy|error|loss|perplexity|BLEU|F1|Spearman|correlation|RMSE)\b"),
        (1.5, rf"\b({_FIELDS}) tasks?\b"),
        (-1.5, r":$|\bfigure \d|\btable \d"),
    ),
    parts=_cues(
        (1.6, r"^abstract"),
        (1.3, r"introduction"),
        (1.2, r"problem|task|setting"),
        (0.9, r"experiment|evaluation"),
        (0.8, r"conclusion"),
        (0.3, r"related"),
        (0.2, r"appendix"),
        (0.7, r""),
    ),
    least=2.4,
    most=6,
)
GAPS = Rule(
    cues=_cues(
        (2.5, r"\blimitations?\b|\blimited (by|to|in)\b"),
        (2.5, r"\b(future (work|research|directions?)|in the future|plan to|left (for|to) future)\b"),
        (3.0, r"\b(unclear|unknown|unexplored|under-?explored|not well understood)\b"),
        (3.0, r"\bopen (question|problem)s?\b|\bremains? to be\b"),
        (1.5, r"\bremains?\b"),
        (2.0, r"\b(lacks?|lacking|absence of|little attention)\b"),
        (2.5, r"\b(has|have|had) (not|never|rarely) (yet )?been\b|\bno (prior|previous|existing) work\b|\bnot yet\b"),
        (2.0, r"\b(inherently|precludes?|prohibits?|prevents?|inhibits?|bottlenecks?|constraints?)\b"),
        (1.8, r"\b(fails? to|struggles?|suffers?|cannot|can ?not|unable to|is not able)\b"),
        (2.0, r"\b(may|might) not\b|\bdo(es)? not (generalize|scale|reflect|represent|adapt|account)\b"),
        (1.5, r"\b(challeng(e|es|ing)|difficult(y|ies)?|hard to|sub-?optimal)\b"),
        (1.5, r"\b(costly|expensive|time-consuming|slow(s|ed|er|ing)?( down)?|overhead|trade-?offs?)\b"),
        (1.5, r"\bat (the|a) cost of\b"),
        (1.5, r"\b(sensitive to|unstable|instability|overfit(ting)?|degrad(e|es|ation)|concerns?)\b"),
        (1.5, r"\boutdated\b|\btoo (easy|hard|large|small|slow)\b"),
        (1.0, r"\b(however|nevertheless|nonetheless|despite|unfortunately|although|yet,|still)\b"),
        (1.5, r"\b(further|more) (research|investigation|study|analysis) (is|are)\b|\bcould (benefit|focus)\b"),
        (-1.5, r"\b(our|we) .{0,60}\b(outperform|achiev|improv|superior|effectively)"),
        (-1.5, r"\baddress(es|ing)? (this|these|several|some)\b"),
        (-1.5, r":$|\bin the (following|remainder)\b"),
        # A sentence that only announces limitations says less than the ones after it.
        (-0.8, r"^.{0,90}\blimitations\.$"),
        (-1.5, r"\b(our contributions?|are summarized|as follows|is organized|section \d|figure \d|table \d)\b"),
    ),
    parts=_cues(
        (1.5, r"limitation|future|discussion"),
        (1.3, r"conclusion"),
        (1.2, r"^abstract"),
        (1.3, r"introduction"),
        (1.1, r"related|background|motivation|why "),
        (0.0, r"acknowledg|reproducib|ethic"),
        (0.3, r"appendix"),
        (0.9, r""),
    ),
    least=2.4,
    most=10,
)
