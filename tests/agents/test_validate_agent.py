"""What is shown with a verdict, and that no number in a conclusion goes unnoticed."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import contract as contracts
from agents.contract import Objective
from agents.research import Verdict
from agents.validate_agent import check_claims, explain, known_numbers, labels, table
from agents.verdict import decide

# A busy machine is no failure.
untimed = settings(deadline=None)

LOSS = Objective(metric="loss", direction="minimize", smallest_effect=0.01)
ACCURACY = Objective(metric="accuracy", direction="maximize", smallest_effect=0.01)

EVALUATED = """
name = "evaluated"
editable = ["*.py"]
[objective]
metric = "loss"
direction = "minimize"
smallest_effect = 0.1
[commands]
run = ["{python}", "train.py"]
evaluate = ["{python}", "evaluate.py"]
[predictions]
files = ["predictions-*.json"]
"""
REPORTED = EVALUATED.partition("evaluate =")[0] + '[self_reported]\nline = "loss"\n'


def judged(gain: float, noise: float = 0.01, objective: Objective = LOSS, level: float = 0.5, seed: int = 1) -> Verdict:
    source = random.Random(seed)
    sign = -1 if objective.direction == "minimize" else 1
    baseline = {k: level + source.gauss(0, noise) for k in range(13)}
    candidate = {k: level + sign * gain + source.gauss(0, noise) for k in range(13)}
    return decide(objective, baseline, candidate, yardsticks={"majority": 0.7}, labels=["public data"])


def flagged(text: str, *known: float) -> list[str]:
    return [flag.number for flag in check_claims(text, known)]


# labels


def test_labels_say_what_weakens_a_verdict() -> None:
    evaluated = contracts.parse(EVALUATED.encode())
    reported = contracts.parse(REPORTED.encode())
    public = contracts.parse((EVALUATED + "[data]\npublic = true\n").encode())
    assert labels(evaluated, backend="docker") == ()
    assert labels(evaluated, backend="local") == ("labels were reachable (local backend)",)
    assert labels(reported, backend="bubblewrap") == ("self-reported by the code under test",)
    assert labels(evaluated, backend="docker", self_reported=True) == ("self-reported by the code under test",)
    assert labels(public, backend="docker") == ("public data: labels recoverable",)


# the table and the text


@pytest.mark.parametrize("objective", [LOSS, ACCURACY], ids=["minimize", "maximize"])
def test_the_table_holds_baseline_candidate_best_and_trivial_predictors(objective: Objective) -> None:
    verdict = judged(0.05, objective=objective)
    rows = table(verdict, objective, best=("cubic gate", 0.4))
    assert [row.name for row in rows] == ["baseline", "candidate", "best so far: cubic gate", "majority (trivial)"]
    assert rows[0].gain == 0
    assert rows[1].gain == pytest.approx(verdict.effect)
    assert rows[3].gain == pytest.approx(0.7 - rows[0].value if objective is ACCURACY else rows[0].value - 0.7)


def test_nothing_compared_has_no_table() -> None:
    crashed = decide(LOSS, dict.fromkeys(range(13), 0.5), {})
    assert table(crashed, LOSS) == ()
    text = explain(crashed, LOSS, "gate")
    assert (
        text
        == "**gate: crashed**\n\nThe candidate has no finite score for 13 seeds (0, 1, 2, 3, 4 …) of 13. See its log.\n"
    )


def test_the_text_says_word_reason_noise_method_and_caveats() -> None:
    verdict = judged(0.05)
    text = explain(verdict, LOSS, "cubic\ngate")
    assert text.startswith(f"**cubic gate: confirmed**\n\n{verdict.why}\n")
    assert "| | loss (lower is better) | gain over baseline |" in text
    assert "Noise floor: standard deviation of the baseline over seeds 0.0" in text
    assert (
        "One-sided paired t test on 13 pairs with shared confirmation seeds, at 0.05 / 5 for each of 5 claims" in text
    )
    assert "does not beat" not in text
    assert text.endswith("Read with care: public data.\n")


def test_a_candidate_worse_than_a_trivial_predictor_is_told_so() -> None:
    verdict = judged(0.05, objective=ACCURACY)
    assert verdict.word == "confirmed"
    assert "The candidate does not beat majority (trivial)." in explain(verdict, ACCURACY)


def test_a_baseline_that_ignores_its_seed_is_pointed_out() -> None:
    source = random.Random(1)
    verdict = decide(LOSS, dict.fromkeys(range(13), 0.5), {k: source.gauss(0.4, 0.01) for k in range(13)})
    assert "the baseline does not vary with its seed" in explain(verdict, LOSS)
    assert "does not vary" not in explain(judged(0.05), LOSS)


@untimed
@given(
    gain=st.floats(-2, 2),
    noise=st.floats(1e-4, 3),
    level=st.floats(-50, 50),
    smallest=st.floats(1e-4, 40),
    claims=st.integers(1, 60),
    seed=st.integers(0, 999),
)
def test_our_own_text_passes_the_claim_check(
    gain: float, noise: float, level: float, smallest: float, claims: int, seed: int
) -> None:
    objective = LOSS.model_copy(update={"smallest_effect": smallest, "claims": claims})
    verdict = judged(gain, noise, objective, level, seed)
    text = explain(verdict, objective, "gate")
    assert check_claims(text, known_numbers(verdict, objective)) == []


# the claim check


def test_a_number_that_no_run_has_is_flagged_with_its_sentence() -> None:
    verdict = judged(0.05)
    text = (
        f"The gate helps. Loss fell by {verdict.effect:.3f} on 13 seeds. On the large set it falls by 0.083! We stop."
    )
    (flag,) = check_claims(text, known_numbers(verdict, LOSS))
    assert (flag.number, text[flag.start : flag.start + 5]) == ("0.083", "0.083")
    assert flag.sentence == "On the large set it falls by 0.083!"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("a loss of 0.4163", 0.41629),
        ("a loss of 0.416", 0.41629),
        ("a loss of 0.42", 0.41629),
        ("a loss of .42", 0.41629),
        ("a loss of 0.4", 0.41629),
        ("a gain of 4.2e-1", 0.41629),
        ("up 41.6 %", 0.41629),
        ("up 42%", 0.41629),
        ("44.16 % on average", 44.16),
        ("36,000 hypotheses", 36000),
        ("a change of -0.03", -0.0301),
        ("a change of −0.03", -0.0301),
        ("by ±0.03", -0.0301),
        ("by +0.03", 0.0301),
        ("loss=0.03", 0.0301),
        ("from 0.03-0.03", 0.0301),
        ("13-fold", 13),
        ("no change: 0.00", 0),
        ("1.5e-07", 1.52e-7),
        ("0.125", 0.1245),
    ],
)
def test_rounded_numbers_of_the_run_are_known(text: str, known: float) -> None:
    assert flagged(text, known) == []


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("a loss of 0.417", 0.41629),
        ("a loss of 0.43", 0.41629),
        ("a loss of 0.41630", 0.41629),
        ("up 43 %", 0.41629),
        ("up 0.42 %", 42.0),
        ("a change of 0.03", -0.0301),
        ("a change of -0.03", 0.0301),
        ("13 seeds", 12.9),
        ("accuracy 1", 0.62),
        ("a difference of 0.00", 0.004),
        ("a difference of 0", 0.4),
        ("1e999 better", 1e308),
        ("360,000 hypotheses", 36000),
        ("1.5e-07", 1.52e-8),
    ],
)
def test_other_numbers_are_flagged(text: str, known: float) -> None:
    assert len(flagged(text, known)) == 1


def test_names_references_lists_and_hashes_are_no_claims() -> None:
    text = (
        "1. ResNet50 and v1.2 of conv2d (§3.1 ¶2)\n2) commit 3f2a9c1 on layer_4\n"
        "#12 is the issue, sha256 9b1deb4d3b7d4bad9bdd2b0d7b3dcb6d"
    )
    assert flagged(text) == []
    assert flagged("1. It reached 50 with conv2d at 3.1") == ["50", "3.1"]


def test_without_known_numbers_everything_is_flagged_and_without_claims_nothing() -> None:
    assert flagged("0.5 and 7 and 3 %") == ["0.5", "7", "3 %"]
    assert flagged("no number here", 1.0) == []
    assert flagged("", 1.0) == []
    assert flagged("nan is 0.5", float("nan"), float("inf")) == ["0.5"]


@untimed
@given(value=st.floats(0.001, 1e6), digits=st.integers(0, 8))
def test_any_rounding_with_a_decimal_left_is_known(value: float, digits: int) -> None:
    shown = f"{value:.{digits}f}"
    if "." in shown and float(shown):
        assert flagged(f"it is {shown}.", value) == []


def test_known_numbers_are_finite_and_hold_both_signs_of_a_falling_loss() -> None:
    verdict = judged(0.05)
    known = known_numbers(verdict, LOSS, [7.0], [8.0])
    assert verdict.effect in known
    assert flagged(f"loss changes by {-(verdict.effect or 0):.4f}; see 7 and 8", *known) == []
