"""The learning curves of a run, from its `metrics.jsonl`: the experiment's own words, bounded in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sandbox.metrics import MetricRecord

MAX_TRIALS = 64
MAX_NAMES = 16
MAX_POINTS = 1024
MAX_BROKEN = 64


class Point(NamedTuple):
    """One value of a curve."""

    step: float
    value: float
    at: int = 0
    """Byte of `metrics.jsonl` at which its line begins."""


class Mean(NamedTuple):
    """What the trials of a run have in common at one step."""

    step: float
    value: float
    sigma: float
    """Standard deviation of the trials; 0 for one trial."""
    trials: int


class _Means:
    """Mean and deviation per step, kept up to date record by record; at most `MAX_POINTS` steps."""

    def __init__(self) -> None:
        self._at: dict[float, tuple[int, float, float]] = {}
        self._gap = 0.0
        self._last = float("-inf")

    def add(self, step: float, value: float) -> None:
        known = self._at.get(step)
        if known is None:
            # Once steps were thinned out, those in between stay out: one trial alone would bend the mean there.
            if self._gap and step - self._last < self._gap:
                return
            known = (0, 0.0, 0.0)
            self._last = max(self._last, step)
        count, mean, squares = known
        count += 1
        change = value - mean
        mean += change / count
        self._at[step] = (count, mean, squares + change * (value - mean))
        if len(self._at) > MAX_POINTS:
            self._thin()

    def _thin(self) -> None:
        steps = sorted(self._at)[::2]
        self._at = {step: self._at[step] for step in steps}
        self._gap = min(after - step for step, after in zip(steps, steps[1:], strict=False))
        self._last = steps[-1]

    def copy(self) -> _Means:
        made = _Means()
        made._at, made._gap, made._last = dict(self._at), self._gap, self._last
        return made

    def rows(self) -> list[Mean]:
        """In the order of steps."""
        return [
            Mean(step, mean, (squares / (count - 1)) ** 0.5 if count > 1 else 0.0, count)
            for step, (count, mean, squares) in sorted(self._at.items())
        ]


@dataclass(slots=True)
class Curves:
    """Per metric and trial, the points."""

    points: dict[str, dict[int, list[Point]]] = field(default_factory=dict)
    broken: dict[str, list[float]] = field(default_factory=dict)
    """Per metric, the steps whose value was NaN or infinite; the first ones."""
    trials: list[int] = field(default_factory=list)
    """Seeds in the order in which they appeared."""
    step: int = 0
    of: int = 0
    reached: float = 0.0
    """Trials done so far, with the part of the present one. A trial that draws its curves one after the other is done
    when the last one is."""
    _means: dict[str, _Means] = field(default_factory=dict)
    _parts: dict[str, float] = field(default_factory=dict)

    def add(self, records: Iterable[MetricRecord]) -> None:
        """The next records."""
        for record in records:
            self._take(record)

    def _take(self, record: MetricRecord) -> None:
        trial = record.trial if record.trial is not None else 0
        if trial not in self.trials:
            if len(self.trials) >= MAX_TRIALS:
                return
            self.trials.append(trial)
            self._parts = {}
        self.step = record.step or 0
        self.of = record.of or self.of
        for name, value in record.values.items():
            self._point(name, trial, record, value)
        for name in record.broken:
            if self._known(name):
                steps = self.broken.setdefault(name, [])
                if len(steps) < MAX_BROKEN:
                    steps.append(float(self.step))
        self._reach()

    def _known(self, name: str) -> bool:
        if name not in self.points and len(self.points) >= MAX_NAMES:
            return False
        self.points.setdefault(name, {})
        return True

    def _point(self, name: str, trial: int, record: MetricRecord, value: float) -> None:
        if not self._known(name):
            return
        curve = self.points[name].setdefault(trial, [])
        step = float(record.step if record.step is not None else len(curve))
        curve.append(Point(step, value, record.at))
        if name not in self._means:
            self._means[name] = _Means()
        self._means[name].add(step, value)
        if len(curve) > MAX_POINTS:
            # Every other point goes; the last one stays, because it is the one that is read.
            curve[:] = curve[:-1:2] + curve[-1:]
        if record.of:
            self._parts[name] = min(1.0, step / record.of)

    def _reach(self) -> None:
        if self._parts:
            part = sum(self._parts.values()) / max(1, len(self.points))
            # What was reached stays reached, although a metric may turn up late.
            self.reached = max(self.reached, len(self.trials) - 1 + part)

    def names(self) -> list[str]:
        """Metrics that can be drawn, losses first."""
        return sorted(self.points, key=lambda name: ("loss" not in name, list(self.points).index(name)))

    def of_metric(self, name: str) -> dict[int, list[Point]]:
        """The curves of a metric by trial, oldest trial first."""
        found = self.points.get(name, {})
        return {trial: found[trial] for trial in self.trials if trial in found}

    def means(self, name: str) -> list[Mean]:
        """The mean over the trials, in the order of steps."""
        return self._means[name].rows() if name in self._means else []

    def copy(self) -> Curves:
        """A copy that another thread may read while this one grows."""
        return replace(
            self,
            points={name: {trial: list(curve) for trial, curve in rows.items()} for name, rows in self.points.items()},
            broken={name: list(steps) for name, steps in self.broken.items()},
            trials=list(self.trials),
            _means={name: means.copy() for name, means in self._means.items()},
            _parts=dict(self._parts),
        )


def smoothed(values: Iterable[float], weight: float) -> list[float]:
    """The exponential moving average, corrected for its start: `weight` is what remains of the past at each point."""
    found: list[float] = []
    average, total = 0.0, 0.0
    for value in values:
        average = weight * average + (1 - weight) * value
        total = weight * total + (1 - weight)
        found.append(average / total)
    return found
