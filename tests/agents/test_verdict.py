"""The verdict: Student's t against printed tables, the rule against its properties, and its error rate."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agents.contract import Objective
from agents.research import Verdict
from agents.student_t import t_cdf, t_quantile
from agents.verdict import claim_number, decide, figure, screen, spread, stopped_at_screening

# A busy machine is no failure.
untimed = settings(deadline=None)

LOSS = Objective(metric="loss", direction="minimize", smallest_effect=0.01)
ACCURACY = Objective(metric="accuracy", direction="maximize", smallest_effect=0.01)
SHORT = Objective(metric="loss", direction="minimize", smallest_effect=0.01, confirmation_trials=5, claims=1)

# Upper percentage points as printed in the usual tables of Student's t.
TABLE = {
    (0.95, 1): 6.314, (0.99, 1): 31.821, (0.95, 2): 2.920, (0.99, 2): 6.965, (0.975, 3): 3.182, (0.99, 4): 3.747,
    (0.95, 5): 2.015, (0.995, 7): 3.499, (0.975, 10): 2.228, (0.95, 12): 1.782, (0.99, 12): 2.681, (0.9995, 12): 4.318,
    (0.975, 29): 2.045, (0.99, 30): 2.457, (0.95, 120): 1.658, (0.975, 120): 1.980,
}  # fmt: skip


def seeded(values: list[float]) -> dict[int, float]:
    return dict(enumerate(values, 100))


def constant(value: float, count: int = 13) -> dict[int, float]:
    return seeded([value] * count)


def around(mean: float, size: float, count: int = 13, shift: int = 0) -> dict[int, float]:
    """Scores that spread evenly around a mean, in an order that depends on `shift`."""
    steps = [(7 * (k + shift)) % count - (count - 1) / 2 for k in range(count)]
    return seeded([mean + size * step for step in steps])


# Student's t


@pytest.mark.parametrize(("probability", "degrees"), TABLE)
def test_quantiles_are_those_of_the_printed_tables(probability: float, degrees: int) -> None:
    assert t_quantile(probability, degrees) == pytest.approx(TABLE[probability, degrees], abs=5e-4)


def test_the_distribution_is_cauchys_for_one_degree_and_nearly_normal_for_many() -> None:
    for t in (-3.0, -0.5, 0.0, 1.0, 12.7):
        assert t_cdf(t, 1) == pytest.approx(0.5 + math.atan(t) / math.pi, abs=1e-15)
        assert t_cdf(t, 2) == pytest.approx(0.5 + t / (2 * math.sqrt(2 + t * t)), abs=1e-15)
        assert t_cdf(t, 999) == pytest.approx(0.5 * math.erfc(-t / math.sqrt(2)), abs=1e-3)


@untimed
@given(probability=st.floats(1e-5, 1 - 1e-5), degrees=st.integers(1, 400))
def test_the_quantile_inverts_the_distribution_and_is_symmetric(probability: float, degrees: int) -> None:
    t = t_quantile(probability, degrees)
    assert t_cdf(t, degrees) == pytest.approx(probability, abs=1e-12)
    assert t_quantile(1 - probability, degrees) == pytest.approx(-t, rel=1e-6, abs=1e-9)


def test_impossible_quantiles_are_refused() -> None:
    for probability, degrees in ((0.0, 5), (1.0, 5), (math.nan, 5), (0.9, 0)):
        with pytest.raises(ValueError):
            t_quantile(probability, degrees)


# the rule


def test_a_case_computed_by_hand() -> None:
    baseline = seeded([0.50, 0.52, 0.48, 0.51, 0.49])
    candidate = seeded([0.46, 0.47, 0.45, 0.45, 0.47])
    # Gains .04 .05 .03 .06 .02: mean .04, deviation .0158114, standard error .0070711, t(.95, 4) = 2.131847.
    verdict = decide(SHORT, baseline, candidate)
    assert verdict.word == "confirmed"
    assert verdict.effect == pytest.approx(0.04)
    assert verdict.low == pytest.approx(0.04 - 2.131847 * 0.0070710678, abs=1e-8)
    assert verdict.high == pytest.approx(0.04 + 2.131847 * 0.0070710678, abs=1e-8)
    assert (verdict.level, verdict.pairs, verdict.better_by_what_you_asked) == (pytest.approx(0.9), 5, True)
    assert (verdict.baseline, verdict.candidate) == (pytest.approx(0.5), pytest.approx(0.46))
    assert verdict.noise_floor == pytest.approx(0.0158113883)
    assert verdict.why == (
        "Better, and by at least the 0.010 you asked for: effect 0.040 in loss, 90 % interval 0.025 to 0.055, 5 pairs."
    )


@pytest.mark.parametrize(
    ("gain", "size", "word", "asked", "begins"),
    [
        (0.05, 0.002, "confirmed", True, "Better, and by at least the 0.010"),
        (0.012, 0.002, "confirmed", False, "Better; whether by the 0.010 you asked for is open"),
        (0.004, 0.0002, "confirmed", False, "Better, but by less than the 0.010"),
        (0.000, 0.001, "refuted", False, "Not better by the 0.010"),
        (-0.05, 0.002, "refuted", False, "Worse"),
        (0.005, 0.01, "inconclusive", False, "13 pairs cannot tell whether it is better"),
    ],
)
def test_words(gain: float, size: float, word: str, asked: bool, begins: str) -> None:
    baseline, candidate = around(0.5, size), around(0.5 - gain, size, shift=3)
    verdict = decide(LOSS, baseline, candidate)
    assert (verdict.word, verdict.better_by_what_you_asked) == (word, asked)
    assert verdict.why.startswith(begins)
    assert verdict.level == pytest.approx(0.98)


def test_more_claims_ask_for_more_evidence() -> None:
    baseline, candidate = around(0.5, 0.002), around(0.488, 0.002, shift=3)
    words = [
        decide(LOSS.model_copy(update={"claims": claims}), baseline, candidate).word for claims in (1, 5, 100, 1000)
    ]
    assert words == ["confirmed", "confirmed", "inconclusive", "inconclusive"]


def test_the_noise_floor_is_the_baselines_unless_other_repeats_are_given() -> None:
    baseline, candidate = around(0.5, 0.002), around(0.45, 0.002, shift=3)
    assert decide(LOSS, baseline, candidate).noise_floor == pytest.approx(spread(baseline).sd)
    assert decide(LOSS, baseline, candidate, [1.0, 3.0]).noise_floor == pytest.approx(math.sqrt(2))
    assert decide(LOSS, baseline, candidate, [1.0]).noise_floor is None
    assert decide(LOSS, baseline, candidate, [1.0, math.nan]).noise_floor is None


def test_yardsticks_and_labels_are_passed_on() -> None:
    verdict = decide(LOSS, around(0.5, 0.01), around(0.4, 0.01), yardsticks={"mean": 0.7}, labels=["careful"])
    assert (verdict.yardsticks, verdict.labels) == ({"mean": 0.7}, ("careful",))


# what cannot be judged


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e200])
def test_a_candidate_without_a_finite_score_crashed_and_its_finite_neighbour_did_not(bad: float) -> None:
    baseline, candidate = around(0.5, 0.002), around(0.4, 0.002, shift=3)
    assert decide(LOSS, baseline, candidate).word == "confirmed"
    verdict = decide(LOSS, baseline, candidate | {103: bad})
    assert verdict.word == "crashed"
    assert "no finite score for seed 103 of 13" in verdict.why
    assert (verdict.effect, verdict.low, verdict.pairs) == (None, None, 12)


def test_missing_and_extra_seeds_are_named() -> None:
    baseline, candidate = around(0.5, 0.002), around(0.4, 0.002, shift=3)
    few = {seed: candidate[seed] for seed in list(candidate)[:6]}
    assert decide(LOSS, baseline, few).word == "crashed"
    assert "7 seeds (106, 107, 108, 109, 110 …) of 13" in decide(LOSS, baseline, few).why
    more = decide(LOSS, baseline, candidate | {999: 0.0})
    assert (more.word, more.effect) == ("inconclusive", None)
    assert "seed 999 that the baseline did not" in more.why


def test_a_broken_baseline_is_not_the_candidates_fault() -> None:
    baseline, candidate = around(0.5, 0.002), around(0.4, 0.002, shift=3)
    for broken in (baseline | {100: math.nan}, {s: v for s, v in baseline.items() if s != 100}, {}):
        verdict = decide(LOSS, broken, candidate)
        assert (verdict.word, verdict.effect) == ("inconclusive", None)
        assert verdict.why.endswith("Run the baseline again.")


def test_trials_added_until_it_looks_good_are_refused() -> None:
    source = random.Random(3)
    baseline = seeded([source.gauss(0, 1) for _ in range(26)])
    candidate = seeded([source.gauss(-3, 1) for _ in range(26)])
    verdict = decide(LOSS, baseline, candidate)
    assert (verdict.word, verdict.effect) == ("inconclusive", None)
    assert "26 trials, the contract fixed 13 in advance" in verdict.why
    first = list(baseline)[:13]
    assert decide(LOSS, {s: baseline[s] for s in first}, {s: candidate[s] for s in first}).word == "confirmed"


def test_identical_code_is_never_confirmed_and_says_so() -> None:
    baseline = around(0.5, 0.01)
    verdict = decide(LOSS, baseline, dict(baseline))
    assert (verdict.word, verdict.effect, verdict.low, verdict.high) == ("inconclusive", 0.0, None, None)
    assert verdict.why == "No difference on any of 13 seeds: the change has no effect on loss."


def test_the_same_gain_on_every_seed_is_not_confirmed_but_a_spread_one_is() -> None:
    baseline = around(0.5, 0.01)
    same = decide(LOSS, baseline, {seed: value - 0.1 for seed, value in baseline.items()})
    assert (same.word, same.low) == ("inconclusive", None)
    assert "differs by the same 0.100 on all 13 seeds" in same.why
    spread_out = {seed: value - 0.1 - 0.0001 * (seed % 3) for seed, value in baseline.items()}
    assert decide(LOSS, baseline, spread_out).word == "confirmed"


# the family of claims


def test_no_verdict_beyond_the_declared_claims() -> None:
    baseline, candidate = around(0.5, 0.002), around(0.4, 0.002, shift=3)
    assert decide(LOSS, baseline, candidate, earlier_claims=4).word == "confirmed"
    spent = decide(LOSS, baseline, candidate, earlier_claims=5)
    assert (spent.word, spent.effect, spent.pairs) == ("inconclusive", None, 0)
    assert spent.why.startswith("Claim 6 of 5: open a new family on a fresh split.")


def test_a_claim_is_spent_once_confirmation_trials_were_seen() -> None:
    baseline = around(0.5, 0.002)
    judged = decide(LOSS, baseline, around(0.4, 0.002, shift=3))
    crashed_midway = decide(LOSS, baseline, around(0.4, 0.002) | {100: math.nan})
    never_ran = decide(LOSS, baseline, {})
    stopped = stopped_at_screening(LOSS, screen(LOSS, around(0.5, 0.01, 3), around(0.9, 0.01, 3)))
    assert claim_number(LOSS, []) == 1
    assert claim_number(LOSS, [never_ran, stopped]) == 1
    assert claim_number(LOSS, [judged, crashed_midway, never_ran, stopped]) == 3


# screening


def test_screening_stops_what_is_clearly_worse_only() -> None:
    baseline = around(0.5, 0.01, 3)
    for gain, go in ((0.05, True), (0.0, True), (-0.01, True), (-0.05, False)):
        screening = screen(LOSS, baseline, around(0.5 - gain, 0.01, 3, shift=1))
        assert screening.go is go, gain
        assert screening.effect == pytest.approx(gain)
    assert screening.why.startswith("Clearly worse on 3 screening seeds: effect -0.050 in loss")
    verdict = stopped_at_screening(LOSS, screening)
    assert (verdict.word, verdict.effect, verdict.pairs) == ("inconclusive", None, 0)
    assert verdict.why.startswith("Stopped after screening. Clearly worse")


def test_three_pairs_that_agree_by_luck_do_not_stop_an_idea_within_the_noise() -> None:
    baseline = around(0.5, 0.01, 3)
    # A little worse on every seed by nearly the same amount: the t test on these pairs alone would stop it.
    lucky = {seed: value + 0.004 + 0.0001 * (seed % 3) for seed, value in baseline.items()}
    gains = spread({seed: baseline[seed] - lucky[seed] for seed in baseline})
    assert gains.mean + t_quantile(0.95, 2) * gains.sd / math.sqrt(3) < 0
    assert screen(LOSS, baseline, lucky).go
    steady = {seed: 0.5 + 0.0001 * (seed % 3) for seed in baseline}
    assert not screen(LOSS, steady, {seed: value + 0.004 for seed, value in steady.items()}).go


def test_screening_without_scores_goes_no_further() -> None:
    baseline = around(0.5, 0.01, 3)
    crashed = screen(LOSS, baseline, {100: 0.5, 101: math.nan, 102: 0.5})
    assert (crashed.go, crashed.crashed, crashed.effect) == (False, True, None)
    assert stopped_at_screening(LOSS, crashed).word == "crashed"
    broken = screen(LOSS, {}, baseline)
    assert (broken.go, broken.crashed) == (False, False)


def test_a_spread_needs_two_finite_trials() -> None:
    assert spread({1: 1.0, 2: 3.0}).mean == 2.0
    for bad in ({1: 1.0}, {}, {1: 1.0, 2: math.nan}):
        with pytest.raises(ValueError, match="at least two trials"):
            spread(bad)


# properties

values = st.floats(-1e6, 1e6).map(lambda value: round(value, 6))
series = st.lists(values, min_size=13, max_size=13)


def bounds(verdict: Verdict) -> tuple[float, float, float]:
    assert verdict.effect is not None and verdict.low is not None and verdict.high is not None
    return verdict.low, verdict.effect, verdict.high


def varied(before: list[float], after: list[float]) -> bool:
    """Whether the differences spread well beyond rounding, so that both sides of a comparison do."""
    gains = [new - old for old, new in zip(before, after, strict=True)]
    return max(gains) - min(gains) > 1e-5 * max(1.0, *map(abs, before), *map(abs, after))


@untimed
@given(before=series, after=series)
def test_the_interval_holds_the_effect_and_the_words_follow_from_it(before: list[float], after: list[float]) -> None:
    assume(varied(before, after))
    verdict = decide(LOSS, seeded(before), seeded(after))
    low, effect, high = bounds(verdict)
    assert low < effect < high
    assert (verdict.word == "confirmed") == (low > 0)
    assert (verdict.word == "refuted") == (low <= 0 and high < LOSS.smallest_effect)
    assert verdict.better_by_what_you_asked == (low >= LOSS.smallest_effect)


@untimed
@given(before=series, after=series)
def test_direction_flips_the_sign_and_swaps_the_bounds(before: list[float], after: list[float]) -> None:
    assume(varied(before, after))
    low, effect, high = bounds(decide(LOSS, seeded(before), seeded(after)))
    assert bounds(decide(ACCURACY, seeded(before), seeded(after))) == (-high, -effect, -low)
    negated = decide(ACCURACY, seeded([-value for value in before]), seeded([-value for value in after]))
    assert bounds(negated) == (low, effect, high)


@untimed
@given(before=series, after=series, power=st.integers(-20, 20))
def test_the_unit_of_the_metric_does_not_matter(before: list[float], after: list[float], power: int) -> None:
    assume(varied(before, after))
    unit = 2.0**power
    scaled = LOSS.model_copy(update={"smallest_effect": LOSS.smallest_effect * unit})
    one = decide(LOSS, seeded(before), seeded(after))
    other = decide(scaled, seeded([unit * value for value in before]), seeded([unit * value for value in after]))
    assert other.word == one.word
    assert bounds(other) == tuple(unit * bound for bound in bounds(one))


@untimed
@given(before=series, after=series, constant_gain=st.integers(-1000, 1000))
def test_a_constant_on_all_candidates_shifts_effect_and_interval(
    before: list[float], after: list[float], constant_gain: int
) -> None:
    assume(varied(before, after))
    one = bounds(decide(LOSS, seeded(before), seeded(after)))
    shifted = bounds(decide(LOSS, seeded(before), seeded([value - constant_gain for value in after])))
    for old, new in zip(one, shifted, strict=True):
        assert new - old == pytest.approx(constant_gain, abs=1e-6 * max(1.0, *map(abs, one)))


@untimed
@given(before=series, gain=values)
def test_zero_variance_is_never_confirmed(before: list[float], gain: float) -> None:
    # The rounding of `value - gain` leaves differences that are equal but for the last bits.
    verdict = decide(LOSS, seeded(before), seeded([value - gain for value in before]))
    assert verdict.word == "inconclusive"
    assert verdict.low is None and not verdict.better_by_what_you_asked


@untimed
@given(before=series, after=series, order=st.permutations(range(13)))
def test_pairs_go_by_seed_and_not_by_order(before: list[float], after: list[float], order: list[int]) -> None:
    candidate = seeded(after)
    shuffled = {100 + k: candidate[100 + k] for k in order}
    assert decide(LOSS, seeded(before), shuffled) == decide(LOSS, seeded(before), candidate)


@untimed
@given(value=st.floats(-1e12, 1e12), scale=st.floats(1e-12, 1e12))
def test_figures_keep_two_digits_of_the_scale(value: float, scale: float) -> None:
    shown = float(figure(value, scale))
    assert abs(shown - value) <= max(0.051 * min(scale, abs(value)), 1e-5 * abs(value))
    assert (shown == 0) == (value == 0)


# error rate and power (the full simulation is tests/benchmarks/simulate_verdicts.py)


def confirmed_share(gain: float, count: int) -> float:
    source = random.Random(7)
    found = 0
    for _ in range(count):
        baseline = seeded([source.gauss(0, 1) for _ in range(13)])
        candidate = seeded([source.gauss(-gain, 1) for _ in range(13)])
        found += decide(LOSS, baseline, candidate).word == "confirmed"
    return found / count


def test_error_rate_and_power_at_the_defaults() -> None:
    # One claim at 0.05 / 5: within four standard errors of 1 %, and a test that never confirms would fail as well.
    assert 0.004 < confirmed_share(0.0, 4000) < 0.0165
    assert confirmed_share(1.5, 1000) > 0.80
