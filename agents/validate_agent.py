"""ValidateAgent: what is shown with a verdict, and the check of what others write about it (science.md 3).

The numbers come from `agents.verdict`; the texts here are filled in by code, with numbers of the verdict only. A
conclusion that a model or a human wrote goes through `check_claims`: every number in it has to be one of the run's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.contract import Contract, Objective
from agents.research import Verdict
from agents.scores import Scores, ScoresError, read_scores, reported_files, self_reported
from agents.verdict import ALPHA, figure

__all__ = [
    "Flagged",
    "Row",
    "Scores",
    "ScoresError",
    "check_claims",
    "explain",
    "known_numbers",
    "labels",
    "read_scores",
    "reported_files",
    "self_reported",
    "table",
]

SELF_REPORTED = "self-reported by the code under test"
PUBLIC = "public data: labels recoverable"
REACHABLE = "labels were reachable (local backend)"


def labels(contract: Contract, *, backend: str, self_reported: bool | None = None) -> tuple[str, ...]:
    """Caveats of every verdict on runs of this backend. `self_reported` is how they were scored (default: contract)."""
    reported = contract.self_reported is not None if self_reported is None else self_reported
    found = ((SELF_REPORTED, reported), (PUBLIC, contract.data.public), (REACHABLE, backend == "local"))
    return tuple(label for label, applies in found if applies)


# the table and the text


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a verdict's table."""

    name: str
    value: float
    gain: float
    """Against the baseline, positive is better, in units of the metric."""


def table(verdict: Verdict, objective: Objective, best: tuple[str, float] | None = None) -> tuple[Row, ...]:
    """Baseline, candidate, trivial predictors and the best so far (its title and metric), on the same split.

    A gain over the baseline says little where a trivial predictor does better than both; hence they stand in every
    table (science.md 3.5). Empty where nothing was compared.
    """
    if verdict.baseline is None or verdict.candidate is None:
        return ()
    named = [("baseline", verdict.baseline), ("candidate", verdict.candidate)]
    if best is not None:
        named.append((f"best so far: {best[0]}", best[1]))
    named += [(f"{name} (trivial)", value) for name, value in verdict.yardsticks.items()]
    sign = 1.0 if objective.direction == "maximize" else -1.0
    return tuple(Row(name=name, value=value, gain=sign * (value - verdict.baseline)) for name, value in named)


def explain(verdict: Verdict, objective: Objective, title: str = "", best: tuple[str, float] | None = None) -> str:
    """The conclusion as Markdown: word, reason, table, noise floor, method and caveats."""
    heading = f"{title}: {verdict.word}" if title else verdict.word.capitalize()
    parts = [f"**{_one_line(heading)}**", verdict.why]
    if rows := table(verdict, objective, best):
        parts += [_markdown(rows, verdict, objective), *_remarks(verdict, rows), _method(verdict, objective)]
    if verdict.labels:
        parts.append("Read with care: " + "; ".join(verdict.labels) + ".")
    return "\n\n".join(parts) + "\n"


def _scale(verdict: Verdict) -> float:
    sizes = [verdict.smallest_effect]
    if verdict.low is not None and verdict.high is not None:
        sizes.append(verdict.high - verdict.low)
    return min(size for size in sizes if size > 0)


def _markdown(rows: Sequence[Row], verdict: Verdict, objective: Objective) -> str:
    better = "lower is better" if objective.direction == "minimize" else "higher is better"
    lines = [f"| | {_cell(objective.metric)} ({better}) | gain over baseline |", "| --- | ---: | ---: |"]
    for row in rows:
        gain = "" if row.name == "baseline" else figure(row.gain, _scale(verdict))
        lines.append(f"| {_cell(row.name)} | {figure(row.value, _scale(verdict))} | {gain} |")
    return "\n".join(lines)


def _remarks(verdict: Verdict, rows: Sequence[Row]) -> list[str]:
    remarks = []
    if verdict.noise_floor is not None and verdict.effect is not None:
        floor = figure(verdict.noise_floor, _scale(verdict))
        if verdict.noise_floor > 0:
            times = f"the effect is {figure(verdict.effect / verdict.noise_floor, 1.0)} times that"
        else:
            times = "the baseline does not vary with its seed, so the interval rests on the candidate's spread alone"
        remarks.append(f"Noise floor: standard deviation of the baseline over seeds {floor}; {times}.")
    candidate = rows[1].gain
    better = [row.name for row in rows if row.name.endswith("(trivial)") and row.gain >= candidate]
    if better:
        remarks.append(f"The candidate does not beat {', '.join(map(_one_line, better))}.")
    return remarks


def _method(verdict: Verdict, objective: Objective) -> str:
    if verdict.low is None:
        return f"{verdict.pairs} pairs on shared confirmation seeds."
    return (
        f"One-sided paired t test on {verdict.pairs} pairs with shared confirmation seeds, at {ALPHA} / "
        f"{objective.claims} for each of {objective.claims} claims; the interval covers {100 * verdict.level:.4g} %."
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return _one_line(text).replace("|", "\\|")


# the claim check


@dataclass(frozen=True, slots=True, kw_only=True)
class Flagged:
    """A number in a conclusion that is none of the run's."""

    number: str
    """As written."""
    start: int
    """Offset in the text, in characters."""
    sentence: str
    """Where it stands, for the reader."""


# Not part of a word such as `resnet50` or `v1.2`, and no reference such as §3.1.
_NUMBER = re.compile(
    r"(?<![\w§¶.#])(?P<sign>(?<![\w)\]])[-+−±])?(?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<exponent>[eE][-+−]?\d{1,3})?(?P<percent>\s?%)?"
)
# Numbers of list items, and commit or content hashes.
_NO_CLAIM = re.compile(r"(?m)^[ \t]*\d{1,2}[.)](?=[ \t])|\b(?=(?:\d*[a-f]){2})[0-9a-f]{7,64}\b")
_SENTENCE_END = re.compile(r"[.!?](?=\s)|\n")


def check_claims(text: str, known: Iterable[float]) -> list[Flagged]:
    """Numbers of a conclusion that are not among `known`, in order.

    A written number is known where a known value rounds to it at the digits written, with its sign; a percentage may
    also stand for a share. Integers without % must be exact, and a written zero only stands for zero: rounding would
    hide any claim in them. References (§3.1), list numbers and digits inside words are no claims. Number words
    ("twice", "three") are not looked at.
    """
    values = [float(value) for value in known if math.isfinite(value)]
    masked = _NO_CLAIM.sub(lambda match: " " * len(match[0]), text)
    return [
        Flagged(number=match[0], start=match.start(), sentence=_around(text, match))
        for match in _NUMBER.finditer(masked)
        if not any(_says(match, value) for value in values)
    ]


def _says(match: re.Match[str], known: float) -> bool:
    digits = match["digits"].replace(",", "")
    exponent = int(match["exponent"][1:].replace("−", "-")) if match["exponent"] else 0
    written = float(f"{digits}e{exponent}")
    if not math.isfinite(written):
        return False
    signs = {"-": (-1,), "−": (-1,), "±": (-1, 1)}.get(match["sign"] or "", (1,))
    half = float(f"0.5e{exponent - len(digits.partition('.')[2])}")
    scales = (1.0, 100.0) if match["percent"] else (1.0,)
    exact = written == 0 or ("." not in digits and not exponent and not match["percent"])
    reach = 1e-12 * written if exact else half * (1 + 1e-9)
    return any(abs(scale * known - sign * written) <= reach for scale in scales for sign in signs)


def _around(text: str, match: re.Match[str]) -> str:
    begin = max((end.end() for end in _SENTENCE_END.finditer(text, 0, match.start())), default=0)
    after = _SENTENCE_END.search(text, match.end())
    return _one_line(text[begin : after.end() if after else len(text)])


def known_numbers(verdict: Verdict, objective: Objective, *more: Iterable[float]) -> tuple[float, ...]:
    """Every number that a conclusion about this verdict may use: its own, the contract's, derived ones, and `more`.

    `more` are scores and seeds of the runs, or what else the conclusion is about.
    """
    found = [
        objective.claims,
        objective.screening_trials,
        objective.confirmation_trials,
        ALPHA,
        ALPHA / objective.claims,
    ]
    own = (verdict.effect, verdict.low, verdict.high, verdict.noise_floor, verdict.baseline, verdict.candidate)
    found += [value for value in own if value is not None]
    found += [verdict.level, 100 * verdict.level, verdict.pairs, verdict.smallest_effect]
    for row in table(verdict, objective):
        found += [row.value, row.gain]
    if verdict.effect is not None and verdict.baseline is not None and verdict.candidate is not None:
        change = verdict.candidate - verdict.baseline
        found.append(change)
        if verdict.baseline:
            found += [change / abs(verdict.baseline), verdict.effect / abs(verdict.baseline)]
        if verdict.noise_floor:
            found.append(verdict.effect / verdict.noise_floor)
    return (*found, *(value for values in more for value in values))
