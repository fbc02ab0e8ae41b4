"""Values far outside what went before, in the direction that is bad for the metric: by median and median deviation, so
that one odd value changes nothing and a falling curve is no alarm."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from sandbox.metrics import MetricRecord

WINDOW = 48
"""So many values before it are what a value is compared with."""
FEWEST = 12
FAR = 10.0
"""Robust standard deviations."""
LEAST_SHARE = 0.5
"""A change of less than this share of the median is none, however quiet the curve was."""
NAMES = 16
"""Metrics of one run that are watched at most."""
_TO_SIGMA = 1.4826
"""Of a normal distribution, the standard deviation per median absolute deviation."""
_LOWER_IS_BETTER = ("loss", "err", "nll", "mse", "mae", "ppl", "perplexity")
_HIGHER_IS_BETTER = ("acc", "f1", "auc", "reward", "return", "bleu", "precision", "recall")

Direction = Literal["minimize", "maximize"]


class Spike(NamedTuple):
    """A value that stands out."""

    name: str
    value: float
    usual: float
    """Median of the values before."""
    step: int | None


def direction_of(name: str, metric: str, direction: Direction) -> Direction | None:
    """Which way is better; known for the metric of the contract and for names that say it, None for others."""
    low = name.lower()
    if name == metric:
        return direction
    if any(word in low for word in _LOWER_IS_BETTER):
        return "minimize"
    return "maximize" if any(word in low for word in _HIGHER_IS_BETTER) else None


@dataclass(slots=True)
class Spikes:
    """Watches the metrics of one run.

    Args:
        metric: name of the contract's metric.
        direction: which way of it is better.
    """

    metric: str
    direction: Direction
    _before: dict[str, deque[float]] = field(default_factory=dict)
    _trial: int | None = None
    _step: int = 0

    def watch(self, records: Iterable[MetricRecord]) -> Spike | None:
        """Take the next records; the first value among them that stands out."""
        found = None
        for record in records:
            self._begin_anew_with(record)
            for name, value in record.values.items():
                found = found or self._judge(name, value, record.step)
        return found

    def _begin_anew_with(self, record: MetricRecord) -> None:
        # Another trial, or another curve of the same one, starts where curves start.
        if record.trial != self._trial or (record.step or 0) < self._step:
            self._before.clear()
        self._trial, self._step = record.trial, record.step or 0

    def _judge(self, name: str, value: float, step: int | None) -> Spike | None:
        better = direction_of(name, self.metric, self.direction)
        if better is None or (name not in self._before and len(self._before) >= NAMES):
            return None
        before = self._before.setdefault(name, deque(maxlen=WINDOW))
        usual = median(before) if len(before) >= FEWEST else value
        worse = value - usual if better == "minimize" else usual - value
        found = None
        if worse > LEAST_SHARE * abs(usual) and worse > 0:
            spread = _TO_SIGMA * median([abs(other - usual) for other in before])
            found = Spike(name, value, usual, step) if worse > FAR * spread else None
        before.append(value)
        return found
