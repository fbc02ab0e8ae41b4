"""From numbers to a verdict: a one-sided paired t test, decided in advance and computed by code.

The plan of every experiment is the same (science.md 3, decisions.md "Verdicts"): the candidate runs on the screening
seeds (`screen`), and unless it is clearly worse there, on fresh confirmation seeds of the hidden split (`decide`).
Only the confirmation enters the verdict, so picking the best of many at screening cannot raise the error rate.
Baseline and candidate share their seeds, and every objective declares how many claims it will judge: alpha = 0.05 /
claims each, so that at most 5 % of objectives confirm anything where there is nothing (Bonferroni; it also holds
where all claims share one baseline).

A limit worth knowing: differences between trees whose noise has one distribution are symmetric, and 13 pairs then keep
the error rate, however heavy or skewed that noise is. A candidate that is usually a little better and rarely much
worse, at the same mean, can exceed it, most where the baseline hardly varies; `tests/benchmarks/simulate_verdicts.py`
says by how much.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agents.contract import Objective
from agents.research import Verdict
from agents.student_t import t_quantile

ALPHA = 0.05
"""Probability that an objective confirms anything where there is nothing, over all its declared claims."""
SCREENING_ALPHA = 0.05
"""One-sided level at which a candidate counts as clearly worse after screening."""
SAME = 1e-12
"""Relative spread below which differences are equal: what rounding leaves of identical trials, with room to spare."""
LARGEST = 1e150
"""Values beyond this are no measurements; their squares would overflow."""


# spread and pairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Mean and sample standard deviation of repeated trials, in units of the metric."""

    mean: float
    sd: float
    count: int


def spread(scores: Mapping[int, float]) -> Spread:
    """The noise of repeated trials (seed -> metric).

    Raises:
        ValueError: fewer than two trials, or one that is not a finite number.
    """
    values = list(scores.values())
    if len(values) < 2 or not all(map(_usable, values)):
        raise ValueError(f"A spread needs at least two trials with finite scores, not {values}.")
    return _spread(values)


def _spread(values: Sequence[float]) -> Spread:
    mean = math.fsum(values) / len(values)
    variance = math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    return Spread(mean=mean, sd=math.sqrt(variance), count=len(values))


def _usable(value: float) -> bool:
    return math.isfinite(value) and abs(value) < LARGEST


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """Oriented differences of the seeds that baseline and candidate share; positive is better."""

    differences: Spread
    baseline: Spread
    candidate: float
    equal: bool
    """All differences are the same number: there is no noise to judge the effect against."""


def _pair(objective: Objective, baseline: Mapping[int, float], candidate: Mapping[int, float]) -> _Pairs:
    sign = 1.0 if objective.direction == "maximize" else -1.0
    seeds = sorted(baseline)
    before, after = [baseline[seed] for seed in seeds], [candidate[seed] for seed in seeds]
    differences = _spread([sign * (new - old) for old, new in zip(before, after, strict=True)])
    largest = max(map(abs, [*before, *after]))
    return _Pairs(
        differences=differences,
        baseline=_spread(before),
        candidate=_spread(after).mean,
        equal=differences.sd <= SAME * largest,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unpaired:
    """Why there is nothing to compare."""

    why: str
    crashed: bool
    """The candidate's fault: it left a seed without a finite score."""


def _unpaired(wanted: int, baseline: Mapping[int, float], candidate: Mapping[int, float]) -> _Unpaired | None:
    bad = [seed for seed, value in baseline.items() if not _usable(value)]
    if bad:
        why = f"The baseline has no finite score for {_seeds(bad)}. Run the baseline again."
        return _Unpaired(why=why, crashed=False)
    if len(baseline) != wanted:
        why = (
            f"The baseline has {len(baseline)} trials, the contract fixed {wanted} in advance. Run the baseline again."
        )
        return _Unpaired(why=why, crashed=False)
    missing = [seed for seed in baseline if not _usable(candidate.get(seed, math.nan))]
    if missing:
        why = f"The candidate has no finite score for {_seeds(missing)} of {wanted}. See its log."
        return _Unpaired(why=why, crashed=True)
    extra = candidate.keys() - baseline.keys()
    if extra:
        # More trials than were fixed in advance would be a second look at the data.
        why = f"The candidate ran {_seeds(extra)} that the baseline did not. Run it on the baseline's seeds only."
        return _Unpaired(why=why, crashed=False)
    return None


def _seeds(seeds: Iterable[int]) -> str:
    ordered = sorted(seeds)
    shown = ", ".join(map(str, ordered[:5])) + (" …" if len(ordered) > 5 else "")
    return f"seed {shown}" if len(ordered) == 1 else f"{len(ordered)} seeds ({shown})"


# screening


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """What the screening trials say about going on; never a verdict."""

    go: bool
    why: str
    effect: float | None = None
    """Mean paired difference, positive is better, in units of the metric."""
    high: float | None = None
    """One-sided 95 % upper bound of the effect."""
    crashed: bool = False


def screen(objective: Objective, baseline: Mapping[int, float], candidate: Mapping[int, float]) -> Screening:
    """Whether a candidate goes on to confirmation: it does unless it is clearly worse on the screening seeds.

    Clearly worse: effect + t(0.95, n-1) * s / sqrt(n) < 0. Three pairs can agree by luck, and their own spread would
    then stop a good idea, so s is the larger of the spread of the paired differences and the spread of the baseline
    over its seeds. An idea that is truly better by 1.5 baseline spreads is stopped less than once in a thousand
    (simulate_verdicts.py).
    """
    unpaired = _unpaired(objective.screening_trials, baseline, candidate)
    if unpaired is not None:
        return Screening(go=False, why=unpaired.why, crashed=unpaired.crashed)
    pairs = _pair(objective, baseline, candidate)
    found, noise = pairs.differences, max(pairs.differences.sd, pairs.baseline.sd)
    high = found.mean + t_quantile(1 - SCREENING_ALPHA, found.count - 1) * noise / math.sqrt(found.count)
    metric, scale = objective.metric, objective.smallest_effect
    data = f"effect {figure(found.mean, scale)} in {metric}, at best {figure(high, scale)} (95 %)"
    if high < 0:
        why = f"Clearly worse on {found.count} screening seeds: {data}."
    elif pairs.equal and found.mean == 0:
        why = f"No difference in {metric} on any of {found.count} screening seeds; the confirmation seeds will tell."
    else:
        why = f"Not clearly worse on {found.count} screening seeds: {data}."
    return Screening(go=high >= 0, why=why, effect=found.mean, high=high)


def stopped_at_screening(objective: Objective, screening: Screening) -> Verdict:
    """What is said of a candidate that did not reach confirmation. It has no pairs and so costs no claim.

    Screening numbers do not enter a verdict, hence the word is "inconclusive" and effect and interval stay empty.
    """
    return Verdict(
        word="crashed" if screening.crashed else "inconclusive",
        why=f"Stopped after screening. {screening.why}",
        smallest_effect=objective.smallest_effect,
    )


# confirmation


def claim_number(objective: Objective, verdicts: Iterable[Verdict]) -> int:
    """Which claim of the objective the next verdict would be, from 1; above `objective.claims` the family is spent.

    A verdict counts once any pair of confirmation trials was seen, whatever its word.
    """
    return 1 + sum(1 for verdict in verdicts if verdict.pairs)


def decide(
    objective: Objective,
    baseline: Mapping[int, float],
    candidate: Mapping[int, float],
    noise: Sequence[float] | None = None,
    *,
    earlier_claims: int = 0,
    yardsticks: Mapping[str, float] | None = None,
    labels: Sequence[str] = (),
) -> Verdict:
    """The verdict on one experiment from its confirmation trials (seed -> metric).

    `noise` are repeated trials of the baseline for the noise floor; by default its confirmation trials.
    `earlier_claims` is how many verdicts with pairs this objective has had: beyond the declared number nothing is
    computed, since every further look would raise the error rate. Confirmed: lower bound > 0. Refuted: not confirmed,
    and upper bound < the smallest effect of interest. Otherwise inconclusive. Bounds are one-sided at alpha = 0.05 /
    claims each. Differences without any spread are never confirmed.
    """
    facts = _Facts(objective=objective, yardsticks=dict(yardsticks or {}), labels=tuple(labels))
    if earlier_claims >= objective.claims:
        why = (
            f"Claim {earlier_claims + 1} of {objective.claims}: open a new family on a fresh split. "
            "No verdict is computed beyond the claims that the contract declared; a new workspace draws a fresh split."
        )
        return facts.nothing(why)
    unpaired = _unpaired(objective.confirmation_trials, baseline, candidate)
    if unpaired is not None:
        seen = sum(1 for seed in baseline if _usable(candidate.get(seed, math.nan)))
        return facts.nothing(unpaired.why, crashed=unpaired.crashed, pairs=seen)
    pairs = _pair(objective, baseline, candidate)
    floor = list(baseline.values() if noise is None else noise)
    noise_floor = _spread(floor).sd if len(floor) > 1 and all(map(_usable, floor)) else None
    return facts.judged(pairs, noise_floor)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What every verdict of a call says, however it turns out."""

    objective: Objective
    yardsticks: dict[str, float]
    labels: tuple[str, ...]

    def nothing(self, why: str, *, crashed: bool = False, pairs: int = 0) -> Verdict:
        """Nothing was compared."""
        return Verdict(
            word="crashed" if crashed else "inconclusive",
            why=why,
            pairs=pairs,
            smallest_effect=self.objective.smallest_effect,
            yardsticks=self.yardsticks,
            labels=self.labels,
        )

    def judged(self, pairs: _Pairs, noise_floor: float | None) -> Verdict:
        """The test itself."""
        found, smallest = pairs.differences, self.objective.smallest_effect
        alpha = ALPHA / self.objective.claims
        low = high = None
        if not pairs.equal:
            margin = t_quantile(1 - alpha, found.count - 1) * found.sd / math.sqrt(found.count)
            low, high = found.mean - margin, found.mean + margin
        confirmed = low is not None and low > 0
        refuted = not confirmed and high is not None and high < smallest
        return Verdict(
            word="confirmed" if confirmed else "refuted" if refuted else "inconclusive",
            why=_sentence(self.objective, found, low, high, 1 - 2 * alpha),
            effect=found.mean,
            low=low,
            high=high,
            level=1 - 2 * alpha,
            pairs=found.count,
            noise_floor=noise_floor,
            smallest_effect=smallest,
            baseline=pairs.baseline.mean,
            candidate=pairs.candidate,
            better_by_what_you_asked=low is not None and low >= smallest,
            yardsticks=self.yardsticks,
            labels=self.labels,
        )


def _sentence(objective: Objective, found: Spread, low: float | None, high: float | None, level: float) -> str:
    smallest, metric = objective.smallest_effect, objective.metric
    effect = figure(found.mean, smallest)
    if low is None or high is None:
        if found.mean == 0:
            return f"No difference on any of {found.count} seeds: the change has no effect on {metric}."
        return (
            f"{metric} differs by the same {effect} on all {found.count} seeds: without spread nothing says how sure "
            "that is. Let the trials depend on their seed."
        )
    asked = figure(smallest, smallest)
    scale = min(smallest, high - low)
    data = (
        f"effect {figure(found.mean, scale)} in {metric}, {100 * level:.4g} % interval {figure(low, scale)} to "
        f"{figure(high, scale)}, {found.count} pairs"
    )
    if low >= smallest:
        return f"Better, and by at least the {asked} you asked for: {data}."
    if low > 0:
        if high < smallest:
            return f"Better, but by less than the {asked} you asked for: {data}."
        return f"Better; whether by the {asked} you asked for is open: {data}."
    if high < 0:
        return f"Worse: {data}."
    if high < smallest:
        return f"Not better by the {asked} you asked for: {data}."
    return f"{found.count} pairs cannot tell whether it is better: {data}; you asked for {asked}."


def figure(value: float, scale: float) -> str:
    """A value in units of the metric, with two digits of `scale` (a size that matters) and at least one decimal."""
    if value == 0:
        return "0"
    decimals = max(1, 1 - math.floor(math.log10(min(scale, abs(value)))))
    return f"{value:.{decimals}f}" if decimals <= 9 and abs(value) < 1e9 else f"{value:.6g}"
