"""The learning curves of a run, from its `metrics.jsonl`: the experiment's own words, bounded in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sandbox.metrics import MetricRecord

MAX_TRIALS = 64
MAX_NAMES = 16
MAX_POINTS = 1024

Point = tuple[float, float]


@dataclass(slots=True)
class Curves:
    """Per metric and trial, the points (step, value)."""

    points: dict[str, dict[int, list[Point]]] = field(default_factory=dict)
    trials: list[int] = field(default_factory=list)
    """Seeds in the order in which they appeared."""
    step: int = 0
    of: int = 0

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
        self.step = record.step or 0
        self.of = record.of or self.of
        for name, value in record.values.items():
            if name not in self.points and len(self.points) >= MAX_NAMES:
                continue
            curve = self.points.setdefault(name, {}).setdefault(trial, [])
            curve.append((float(record.step if record.step is not None else len(curve)), value))
            if len(curve) > MAX_POINTS:
                # Every other point goes; the last one stays, because it is the one that is read.
                curve[:] = curve[:-1:2] + curve[-1:]

    def names(self) -> list[str]:
        """Metrics that can be drawn, losses first."""
        return sorted(self.points, key=lambda name: ("loss" not in name, list(self.points).index(name)))

    def of_metric(self, name: str) -> list[list[Point]]:
        """The curves of a metric, oldest trial first."""
        return [self.points[name][trial] for trial in self.trials if trial in self.points.get(name, {})]

    def band(self, name: str) -> list[tuple[float, float, float]]:
        """(step, mean − σ, mean + σ) over the trials, at the steps that more than one trial reported."""
        at: dict[float, list[float]] = {}
        for curve in self.of_metric(name):
            for step, value in curve:
                at.setdefault(step, []).append(value)
        found = []
        for step in sorted(at):
            values = at[step]
            mean = sum(values) / len(values)
            sigma = (sum((v - mean) ** 2 for v in values) / max(1, len(values) - 1)) ** 0.5
            found.append((step, mean - sigma, mean + sigma))
        return found if len(self.trials) > 1 else []

    def copy(self) -> Curves:
        """A copy that another thread may read while this one grows."""
        points = {name: {trial: list(curve) for trial, curve in rows.items()} for name, rows in self.points.items()}
        return Curves(points, list(self.trials), self.step, self.of)
