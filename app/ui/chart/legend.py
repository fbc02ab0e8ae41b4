"""What the chart says in words: the metric, how it is drawn, whose curves these are, and the point under the cursor."""

from __future__ import annotations

import time

from app.ui.chart.series import EARLIER, Series
from app.ui.curves import Mean, Point
from app.ui.text import Line, Part, line, spread

NAMES = {"trials": "trials", "mean": "mean", "others": "experiments"}


def legend(name: str, series: list[Series], drawn: list[str], width: int) -> Line:
    """Metric and way of drawing at the left, the signs of the curves at the right.

    Args:
        drawn: how it is drawn, e.g. `log`, `EMA 0.6`.
    """
    left: list[Part] = [(name, "bold"), ("".join(f"  {word}" for word in drawn), "dim")]
    right: list[Part] = []
    earlier = [one for one in series if one.stroke == EARLIER]
    for one in reversed([one for one in series if one.stroke != EARLIER]):
        band = " ±1 σ" if one.banded else ""
        right += ["  ", (f"{one.stroke.sign} ", one.stroke.look), f"{one.label}{band}"]
        if one is series[0] and earlier:
            right += [f"  {EARLIER.sign} {len(earlier)} before"]
    while line(*left, *right).width > width and len(right) > 3:
        # What stands at the end of a curve too gives way to what stands nowhere else.
        right = right[3:]
    return spread(left, right[1:], width)


def drawn_as(overlay: str, *, log: bool, smooth: float, broken: int) -> list[str]:
    """How the curves are drawn, in words."""
    words = [NAMES[overlay]] if overlay != "trials" else []
    words += ["log"] if log else []
    words += [f"EMA {smooth:g}"] if smooth else []
    words += [f"× {broken} not finite"] if broken else []
    return words


def cursor_line(series: Series, point: Point, written: float | None, width: int) -> Line:
    """The point under the cursor: where, what, of whom, and when it was written.

    Args:
        written: Unix seconds, known to the second; None where nothing tells.
    """
    mean = _mean_at(series, point.step)
    of = series.label if series.trial is None else f"{series.label}, seed {series.trial}"
    of += f", mean of {mean.trials} ± {mean.sigma:.2g}" if mean is not None else ""
    when = f"{time.strftime('%H:%M:%S', time.localtime(written))} ±1 s" if written is not None else ""
    left: list[Part] = [("◆ ", "mark"), f"step {point.step:g} · ", (f"{point.value:.6g}", "bold"), f" · {of}"]
    # Where there is no room for both, the time of day is what is missed least.
    fits = line(*left).width + len(when) < width
    return spread(left, [(when, "dim")] if when and fits else [], width)


def _mean_at(series: Series, step: float) -> Mean | None:
    return next((mean for mean in series.means if mean.step == step), None)
