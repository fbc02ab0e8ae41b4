"""Medians of interleaved repetitions, and the table that every benchmark prints."""

from __future__ import annotations

import os
import platform
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


def interleaved(measures: Mapping[str, Callable[[], float]], rounds: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Each measure once a round, A B A B, so that a busy machine burdens all alike; the warm-up rounds are dropped."""
    found: dict[str, list[float]] = {name: [] for name in measures}
    for number in range(warm_up + rounds):
        for name, measure in measures.items():
            value = measure()
            if number >= warm_up:
                found[name].append(value)
    return found


def median(values: Sequence[float]) -> float:
    """The middle value."""
    return statistics.median(values)


def milliseconds(values: Sequence[float]) -> str:
    """Median and range of durations in seconds, as milliseconds."""
    return f"{median(values) * 1e3:9.2f} ms  [{min(values) * 1e3:.2f} to {max(values) * 1e3:.2f}, n = {len(values)}]"


def machine() -> str:
    """What the figures were taken on."""
    load = os.getloadavg()[0]
    return f"{os.cpu_count()} cores, load {load:.1f}, Python {platform.python_version()}, Linux {platform.release()}"


def heading(title: str, *lines: str) -> None:
    """The first lines of a benchmark's output."""
    print(f"{title}\n{machine()}")
    for line in lines:
        print(line)


def row(name: str, value: str, note: str = "") -> None:
    """One line of the table."""
    print(f"  {name:<58} {value}{'  ' + note if note else ''}".rstrip())
    sys.stdout.flush()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A limit that was stated beforehand, and what was reached."""

    name: str
    reached: float
    limit: float
    unit: str = ""

    @property
    def kept(self) -> bool:
        """Whether it is not exceeded."""
        return self.reached <= self.limit


def judge(bars: Sequence[Bar]) -> int:
    """Print the bars; the exit status of the benchmark."""
    for bar in bars:
        word = "kept" if bar.kept else "MISSED"
        print(f"  {word:<7} {bar.name}: {bar.reached:.3g}{bar.unit}, at most {bar.limit:.3g}{bar.unit}")
    return 0 if all(bar.kept for bar in bars) else 1
