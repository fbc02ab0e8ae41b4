"""Curves of a run: bounded memory, true means, and nothing that is not finite lost without a word."""

from __future__ import annotations

import math

import pytest

from app.ui.curves import MAX_BROKEN, MAX_NAMES, MAX_POINTS, Curves, Point, smoothed
from sandbox.metrics import MetricRecord


def curves(*trials: list[float], name: str = "loss") -> Curves:
    """One curve per trial."""
    made = Curves()
    for seed, values in enumerate(trials):
        made.add(
            MetricRecord(trial=seed, step=n, of=len(values), values={name: value}) for n, value in enumerate(values, 1)
        )
    return made


def test_memory_is_bounded_and_the_last_point_stays() -> None:
    made = Curves()
    made.add(MetricRecord(trial=0, step=n, values={"loss": float(n)}, at=9 * n) for n in range(10_000))
    (curve,) = made.of_metric("loss").values()
    assert len(curve) <= MAX_POINTS + 1
    assert curve[0].value == 0.0 and curve[-1] == Point(9999.0, 9999.0, 9 * 9999)


def test_means_of_a_long_run_are_bounded_and_true_where_they_stand() -> None:
    made = Curves()
    for trial in range(4):
        made.add(MetricRecord(trial=trial, step=n, values={"loss": n + trial}) for n in range(5000))
    means = made.means("loss")
    assert MAX_POINTS / 4 < len(means) <= MAX_POINTS
    assert all(mean.trials == 4 and mean.value == pytest.approx(mean.step + 1.5) for mean in means)
    assert means[0].step == 0 and means[-1].step > 4900


def test_names_are_bounded_and_losses_come_first() -> None:
    made = Curves()
    made.add([MetricRecord(trial=0, step=1, values={"accuracy": 0.5, "val_loss": 1.0})])
    assert made.names() == ["val_loss", "accuracy"]
    made.add([MetricRecord(trial=0, step=1, values={f"m{n}": 1.0 for n in range(40)})])
    assert len(made.names()) == MAX_NAMES


def test_mean_and_deviation_over_trials() -> None:
    made = curves([1.0, 2.0], [3.0, 2.0], [5.0])
    first, second = made.means("loss")
    assert (first.step, first.value, first.trials) == (1.0, 3.0, 3)
    assert first.sigma == pytest.approx(2.0)
    assert (second.value, second.sigma, second.trials) == (2.0, 0.0, 2)
    assert made.means("nothing") == []


def test_what_is_not_finite_is_kept_as_a_place() -> None:
    made = Curves()
    made.add(MetricRecord(trial=1, step=n, broken={"loss": math.nan}) for n in range(1000))
    assert made.broken["loss"] == [float(n) for n in range(MAX_BROKEN)]
    assert made.names() == ["loss"] and made.means("loss") == []


def test_a_trial_with_two_curves_is_done_with_the_second() -> None:
    made = Curves()

    def part(trial: int, name: str, step: int) -> float:
        made.add([MetricRecord(trial=trial, step=step, of=10, values={name: 1.0})])
        return made.reached

    assert [part(1, "a", 10), part(1, "b", 10)] == [1.0, 1.0]
    assert [part(2, "a", 5), part(2, "a", 10), part(2, "b", 5), part(2, "b", 10)] == [1.25, 1.5, 1.75, 2.0]


def test_metrics_of_one_step_advance_together_and_never_back() -> None:
    made = Curves()
    made.add([MetricRecord(trial=1, step=5, of=10, values={"a": 1.0, "b": 1.0})])
    assert made.reached == 0.5
    made.add([MetricRecord(trial=1, step=6, of=10, values={"late": 1.0})])
    assert made.reached >= 0.5


def test_a_copy_stays_as_it_is() -> None:
    made = curves([1.0, 2.0])
    before = made.copy()
    made.add([MetricRecord(trial=0, step=3, values={"loss": 9.0}, broken={"other": math.inf})])
    assert len(before.of_metric("loss")[0]) == 2 and len(made.of_metric("loss")[0]) == 3
    assert (len(before.means("loss")), len(made.means("loss")), before.broken) == (2, 3, {})


def test_smoothing_keeps_a_constant_and_lags_behind_a_step() -> None:
    assert smoothed([3.0] * 5, 0.9) == pytest.approx([3.0] * 5)
    rising = smoothed([0.0] * 5 + [1.0] * 5, 0.6)
    assert rising[4] == 0.0 and rising == sorted(rising) and 0.8 < rising[-1] < 1.0
