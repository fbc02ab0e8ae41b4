"""After the verdict: the effect, its interval as a bar, and what it rests on; before it, what the evaluator scored."""

from __future__ import annotations

from app.engine.state import ExperimentState, WorkspaceState
from app.ui import signs
from app.ui.chart.scales import Scale
from app.ui.text import Line, crop, line, paragraph, spread


def verdict_lines(experiment: ExperimentState, width: int) -> list[Line]:
    """The effect, its interval as a bar with 0 and the smallest effect marked, and what it rests on."""
    verdict = experiment.verdict
    if verdict is None:
        return []
    sign = signs.of_verdict(str(verdict.get("word", "")))
    effect, low, high = (signs.number(verdict, key) for key in ("effect", "low", "high"))
    smallest = signs.number(verdict, "smallest_effect") or 0.0
    rows = [line((sign.text, sign.look), (f"  exp {experiment.id}", "dim"))]
    if effect is None:
        return rows + paragraph(str(verdict.get("why", "")), width, "dim")[:3]
    if low is not None and high is not None:
        level = signs.number(verdict, "level") or 0.0
        rows = [
            spread([(sign.text, sign.look)], [f"effect {effect:+.4g}  {level:.0%} [{low:+.4g}, {high:+.4g}]"], width)
        ]
        rows += interval(effect, low, high, smallest, width, sign.look)
    else:
        rows = [spread([(sign.text, sign.look)], [f"effect {effect:+.4g} (screening only)"], width)]
    noise, pairs = signs.number(verdict, "noise_floor"), verdict.get("pairs")
    means = [signs.number(verdict, key) for key in ("candidate", "baseline")]
    facts = [f"{means[0]:.4g} against {means[1]:.4g}"] if None not in means else []
    facts += [f"σ {noise:.3g}"] if noise is not None else []
    facts += [f"{pairs} pairs"] if pairs else []
    facts.append(f"asked for {smallest:g}")
    return [*rows, crop(line((" · ".join(facts), "dim")), width)]


def interval(effect: float, low: float, high: float, smallest: float, width: int, look: str) -> list[Line]:
    """`0──┆──[━━●━━]──` and its labels below."""
    ends = (low, high, effect, 0.0, smallest)
    margin = (max(ends) - min(ends)) * 0.06 or 1.0
    scale = Scale(min(ends) - margin, max(ends) + margin, max(8, width))
    cells: list[tuple[str, str]] = [("─", "faint")] * scale.dots
    for x in range(scale.at(low), scale.at(high) + 1):
        cells[x] = ("━", look)
    cells[scale.at(smallest)] = ("┆", "warn")
    cells[scale.at(0.0)] = ("┃", "bold")
    cells[scale.at(low)], cells[scale.at(high)] = ("┣", look), ("┫", look)
    cells[scale.at(effect)] = ("●", look)
    names = [" "] * scale.dots
    _name(names, scale.at(smallest), f"{smallest:g}")
    _name(names, scale.at(0.0), "0")
    return [line(*cells), line(("".join(names), "dim"))]


def _name(row: list[str], at: int, text: str) -> None:
    begin = min(max(0, at - len(text) // 2), len(row) - len(text))
    row[begin : begin + len(text)] = text


def score_lines(state: WorkspaceState, experiment: ExperimentState, width: int) -> list[Line]:
    """What the evaluator scored so far, against the baseline's same purpose."""
    purpose = next((p for p in signs.SCORED if signs.scores_of(state, experiment, (p,))), None)
    found = signs.scores_of(state, experiment, (purpose,)) if purpose else None
    if purpose is None or found is None or experiment.verdict is not None:
        return []
    mean, sigma, count = found
    text = f"evaluator: {mean:.4f} ± {sigma:.4f} over {count} trials"
    baseline = state.baseline(experiment.contract)
    # On the same split and seeds only: another purpose's baseline is no yardstick.
    other = signs.scores_of(state, baseline, (purpose,)) if baseline and baseline.id != experiment.id else None
    return [crop(line((text + (f" · baseline {other[0]:.4f}" if other else ""), "dim")), width)]
