"""From values to dots, and the round numbers that stand at an axis."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from math import ceil, floor, log10

LARGEST = sys.float_info.max


class Scale:
    """Maps values to dots; a range without extent is widened, so that a constant curve is a line in the middle.

    Args:
        low: value at the low end.
        high: value at the high end.
        dots: how many there are.
        log: equal factors have equal distances; both ends must be above 0.
    """

    def __init__(self, low: float, high: float, dots: int, *, log: bool = False) -> None:
        if high <= low and log:
            low, high = low / 2 or low, high * 2
        elif high <= low:
            margin = abs(low) * 0.05 or 0.5
            low, high = low - margin, high + margin
        low, high = max(low, -LARGEST), min(high, LARGEST)
        self.low, self.high, self.dots, self.log = low, high, dots, log
        begin = log10(low) if log else low
        # From the halves: the whole range may be larger than the largest number.
        half = ((log10(high) if log else high) / 2 - begin / 2) or 1.0
        self._per_unit = (dots - 1) / 2 / half
        # With the half that makes cutting off the same as rounding.
        self._first = begin * self._per_unit - 0.5

    def at(self, value: float) -> int:
        """The dot of a value, counted from the low end."""
        return int((log10(value) if self.log else value) * self._per_unit - self._first)

    def all_at(self, values: Iterable[float]) -> list[int]:
        """`at` for many: curves have thousands of points."""
        per_unit, first = self._per_unit, self._first
        if self.log:
            return [int(log10(value) * per_unit - first) for value in values]
        return [int(value * per_unit - first) for value in values]

    def all_down(self, values: Iterable[float]) -> list[int]:
        """`down` for many."""
        top = self.dots - 1
        return [top - dot for dot in self.all_at(values)]

    def down(self, value: float) -> int:
        """The dot of a value, counted from the high end: rows grow downwards."""
        return self.dots - 1 - self.at(value)

    def ticks(self, count: int) -> list[float]:
        """Round numbers within the range, about `count` of them; rather more than one alone, which makes no scale."""
        made = log_ticks if self.log else ticks
        found = (made(self.low, self.high, count + more) for more in range(4))
        return next((values for values in found if len(values) > 1), made(self.low, self.high, count))


def ticks(low: float, high: float, count: int) -> list[float]:
    """Multiples of 1, 2 or 5 times a power of ten between two values, at most `count` and one."""
    rough = (high - low) / max(1, count)
    if not 0 < rough < float("inf"):
        return []
    power = 10.0 ** floor(log10(rough))
    if not power:
        return []
    step = next((power * factor for factor in (1, 2, 5) if power * factor >= rough * 0.999), power * 10)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def log_ticks(low: float, high: float, count: int) -> list[float]:
    """1, 2 and 5 times powers of ten where they fit, else powers of ten, else every so many of these."""
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for factors in ((1, 2, 5), (1,)):
        found = [factor * 10.0**power for power in powers for factor in factors]
        found = [value for value in found if low <= value <= high]
        if len(found) <= count + 1:
            return found if len(found) > 1 else ticks(low, high, count)
    return found[:: ceil(len(found) / max(1, count))]


def labels(values: Iterable[float]) -> list[str]:
    """Ticks as text, all with as many decimals as their distance needs."""
    found = list(values)
    gaps = [abs(after - before) for before, after in zip(found, found[1:], strict=False)]
    largest = max((abs(value) for value in found), default=0.0)
    if largest >= 1e5 or (gaps and 0 < min(gaps) < 1e-4):
        return [f"{value:.3g}" if value else "0" for value in found]
    if len(found) == 1:
        return [f"{found[0]:g}"]
    decimals = max(0, -floor(log10(min(gaps)) + 1e-9)) if gaps and min(gaps) > 0 else 2
    return [f"{value:.{decimals}f}" for value in found]
