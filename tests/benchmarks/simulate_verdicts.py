"""Error rate and power of the verdict code, by simulation. Run `python tests/benchmarks/simulate_verdicts.py`.

As in the product, one baseline (3 screening and 13 confirmation trials) is shared by all claims of an objective, and
every candidate goes through `screen` and then `decide`. A and A are independent given the seed, the worst case for
pairing. The unit of every size is sigma, the standard deviation of one trial over seeds. A bar is kept
where the whole 95 % interval keeps it; exits with 1 when one of science.md 3 is missed.
"""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from agents.contract import Objective
from agents.research import Verdict
from agents.verdict import claim_number, decide, screen, stopped_at_screening

SEED = 20240816
FAMILIES = 20000
CANDIDATES = 6000
MOST_ERRORS = 0.05
LEAST_POWER = 0.80
OBJECTIVE = Objective(metric="loss", direction="minimize", smallest_effect=1.0)

Noise = Callable[[random.Random], float]


def normal(source: random.Random) -> float:
    """Standard normal noise."""
    return source.gauss(0, 1)


def heavy_tailed(source: random.Random) -> float:
    """Student's t with 3 degrees of freedom, scaled to a standard deviation of 1."""
    chi_square = sum(source.gauss(0, 1) ** 2 for _ in range(3))
    return source.gauss(0, 1) / math.sqrt(chi_square)


def skewed(source: random.Random) -> float:
    """Lognormal noise (log standard deviation 1), shifted and scaled to mean 0 and standard deviation 1."""
    return (source.lognormvariate(0, 1) - math.exp(0.5)) / math.sqrt(math.e * (math.e - 1))


def silent(_source: random.Random) -> float:
    """A script that ignores its seed."""
    return 0.0


NOISES: dict[str, Noise] = {"normal": normal, "heavy-tailed (t, 3)": heavy_tailed, "skewed (lognormal)": skewed}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """The scores of one tree: seed -> metric."""

    screening: dict[int, float]
    confirmation: dict[int, float]


def trials(source: random.Random, noise: Noise, gain: float = 0.0) -> Trials:
    """Fresh trials of a tree that is better by `gain` sigma."""
    first, rest = OBJECTIVE.screening_trials, OBJECTIVE.confirmation_trials
    scores = [10 - gain + noise(source) for _ in range(first + rest)]
    return Trials(screening=dict(enumerate(scores[:first])), confirmation=dict(enumerate(scores[first:], 100)))


def judge(baseline: Trials, candidate: Trials, earlier: list[Verdict]) -> Verdict:
    """One experiment as the workflow runs it."""
    screening = screen(OBJECTIVE, baseline.screening, candidate.screening)
    if not screening.go:
        return stopped_at_screening(OBJECTIVE, screening)
    spent = claim_number(OBJECTIVE, earlier) - 1
    return decide(OBJECTIVE, baseline.confirmation, candidate.confirmation, earlier_claims=spent)


def family(baseline: Trials, make: Callable[[], Trials]) -> list[Verdict]:
    """Verdicts of one objective whose researcher goes on until every declared claim is spent."""
    verdicts: list[Verdict] = []
    while claim_number(OBJECTIVE, verdicts) <= OBJECTIVE.claims:
        verdicts.append(judge(baseline, make(), verdicts))
    return verdicts


def false_families(noise: Noise, families: int, source: random.Random, base_noise: Noise | None = None) -> int:
    """Objectives with any confirmed claim where no mean differs; A/A unless the baseline has noise of another shape."""
    found = 0
    for _ in range(families):
        verdicts = family(trials(source, base_noise or noise), lambda: trials(source, noise))
        found += any(verdict.word == "confirmed" for verdict in verdicts)
    return found


def identical_families(noise: Noise, families: int, source: random.Random) -> int:
    """Objectives with any confirmed claim where every candidate is the baseline itself, on shared seeds."""
    found = 0
    for _ in range(families):
        baseline = trials(source, noise)
        found += any(verdict.word == "confirmed" for verdict in family(baseline, lambda same=baseline: same))  # type: ignore[misc]
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What became of candidates with a true effect."""

    tried: int
    stopped: int
    confirmed: int


def power(noise: Noise, gain: float, tried: int, source: random.Random) -> Power:
    """Candidates better by `gain` sigma, each against a baseline of its own."""
    verdicts = [judge(trials(source, noise), trials(source, noise, gain), []) for _ in range(tried)]
    stopped = sum(verdict.pairs == 0 for verdict in verdicts)
    return Power(tried=tried, stopped=stopped, confirmed=sum(verdict.word == "confirmed" for verdict in verdicts))


def interval(hits: int, tried: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    z = 1.959964
    share, weight = hits / tried, z * z / tried
    middle = (share + weight / 2) / (1 + weight)
    margin = z / (1 + weight) * math.sqrt(share * (1 - share) / tried + weight / (4 * tried))
    return max(0.0, middle - margin), min(1.0, middle + margin)


def _line(what: str, hits: int, tried: int, bar: str, kept: bool | None) -> str:
    low, high = interval(hits, tried)
    mark = "" if kept is None else "ok" if kept else "MISSED"
    return f"{what:<62}{100 * hits / tried:6.2f} %  [{100 * low:5.2f}, {100 * high:5.2f}]  {bar:<10}{mark}"


def main(families: int = FAMILIES, candidates: int = CANDIDATES) -> int:
    """Print the table; the number of missed bars."""
    started, source = time.monotonic(), random.Random(SEED)
    missed = 0
    plan = f"{OBJECTIVE.claims} claims, {OBJECTIVE.screening_trials} + {OBJECTIVE.confirmation_trials} pairs"
    print(f"{plan}; {families} objectives or {candidates} candidates a line; share [95 % interval]")
    for name, noise in NOISES.items():
        hits = false_families(noise, families, source)
        kept = interval(hits, families)[1] <= MOST_ERRORS
        missed += not kept
        print(_line(f"A/A, {name}: objectives with a confirmed claim", hits, families, "<= 5 %", kept))
    for name, noise in NOISES.items():
        hits = identical_families(noise, families // 10, source)
        missed += hits > 0
        print(_line(f"identical code, {name}", hits, families // 10, "0", hits == 0))
    for name, noise in NOISES.items():
        for gain in (1.0, 1.5, 2.0):
            found = power(noise, gain, candidates, source)
            # Sizes without a bar are for the reader.
            barred = gain == 1.5
            kept = interval(found.confirmed, candidates)[0] >= LEAST_POWER
            missed += barred and not kept
            what = f"effect {gain} sigma, {name} ({found.stopped} stopped)"
            print(_line(what, found.confirmed, candidates, ">= 80 %" if barred else "", kept if barred else None))
    for name, noise in (("normal", normal), ("silent", silent)):
        hits = false_families(skewed, families // 8, source, noise)
        print(_line(f"limit: same mean, baseline {name}, candidates skewed", hits, families // 8, "", None))
    print(f"{time.monotonic() - started:.1f} s; {missed} bars missed")
    return missed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
