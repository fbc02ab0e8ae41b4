"""Spikes: what stands out is told, and ordinary training is not."""

from __future__ import annotations

import random

import pytest

from app.engine.spikes import FEWEST, Spikes, direction_of
from sandbox.metrics import MetricRecord


def curve(*values: float, name: str = "loss", trial: int = 1, first: int = 0) -> list[MetricRecord]:
    return [MetricRecord(trial=trial, step=first + n, of=1000, values={name: v}) for n, v in enumerate(values)]


def noisy(count: int, start: float = 2.0, end: float = 0.4) -> list[float]:
    rng = random.Random(5)
    return [end + (start - end) * 0.97**n + rng.gauss(0, 0.03) for n in range(count)]


def test_a_jump_is_told_with_where_and_from_what() -> None:
    spike = Spikes("loss", "minimize").watch(curve(*noisy(200), 6.0, 0.4))
    assert spike is not None and (spike.name, spike.value, spike.step) == ("loss", 6.0, 200)
    assert spike.usual == pytest.approx(0.42, abs=0.1)


def test_a_noisy_falling_curve_is_no_alarm() -> None:
    assert Spikes("loss", "minimize").watch(curve(*noisy(600))) is None


def test_the_good_direction_is_no_alarm_and_the_bad_one_is() -> None:
    values = [0.8] * 30
    assert Spikes("acc", "maximize").watch(curve(*values, 2.0, name="acc")) is None
    assert Spikes("acc", "maximize").watch(curve(*values, 0.1, name="acc")) is not None
    assert Spikes("loss", "minimize").watch(curve(*values, 0.0001)) is None


def test_a_new_trial_or_a_new_curve_begins_anew() -> None:
    low, high = [0.1] * 40, [2.0] * 40
    assert Spikes("loss", "minimize").watch([*curve(*low), *curve(*high, trial=2)]) is None
    assert Spikes("loss", "minimize").watch([*curve(*low), *curve(*high)]) is None, "the steps begin anew"
    assert Spikes("loss", "minimize").watch([*curve(*low), *curve(*high, first=40)]) is not None


def test_a_few_values_say_nothing_yet() -> None:
    assert Spikes("loss", "minimize").watch(curve(*[0.1] * (FEWEST - 1), 9.0)) is None
    assert Spikes("loss", "minimize").watch(curve(*[0.1] * FEWEST, 9.0)) is not None


def test_a_metric_without_a_known_direction_is_not_judged() -> None:
    assert direction_of("temperature", "loss", "minimize") is None
    assert direction_of("temperature", "temperature", "maximize") == "maximize"
    assert direction_of("train/loss", "acc", "maximize") == "minimize"
    assert Spikes("loss", "minimize").watch(curve(*[1.0] * 40, 99.0, name="temperature")) is None
