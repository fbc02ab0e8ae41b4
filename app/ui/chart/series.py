"""Which curves are drawn: this run's trials, its mean, or its mean beside other experiments'; always over the baseline.

Each has a look and a dash of its own, so that they are told apart without colours; and a name at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from app.engine.state import RunState, WorkspaceState
from app.ui.chart.readings import Readings, Sources
from app.ui.curves import Curves, Mean, Point, smoothed
from app.ui.model import Model

OVERLAYS = ("trials", "mean", "others")
"""What `o` goes through."""
SMOOTHINGS = (0.0, 0.6, 0.9)
"""What `S` goes through: the weight of the past."""
LATEST = 4
"""Trials, or other experiments, drawn at most."""
MAX_STEPS = 1e15
"""Steps are whole numbers."""


class Stroke(NamedTuple):
    """How a curve is drawn."""

    sign: str
    """In the legend."""
    look: str
    dashes: tuple[int, int]
    """Columns of dots drawn, and left out."""


OWN = Stroke("━", "curve", (1, 0))
BASELINE = Stroke("┈", "dim", (1, 3))
EARLIER = Stroke("·", "faint", (1, 1))
"""Trials before the newest one: there to show how much they differ, not to be read one by one."""
STROKES = (
    Stroke("╍", "curve-2", (6, 2)),
    Stroke("┅", "curve-3", (3, 3)),
    Stroke("┉", "curve-4", (2, 2)),
    Stroke("╌", "curve-5", (8, 6)),
)
"""Of the other curves, in their order."""


class Series(NamedTuple):
    """One curve to draw."""

    label: str
    points: list[Point]
    stroke: Stroke
    run: RunState
    trial: int | None = None
    """Its seed; None for a mean."""
    means: tuple[Mean, ...] = ()
    """What it is the mean of, step by step; empty for a trial."""
    banded: bool = False
    """Whether its deviation is drawn."""

    @property
    def last(self) -> float:
        """Where it stands."""
        return self.points[-1].value

    def smooth(self, weight: float) -> Series:
        """The moving average in place of the values."""
        if not weight:
            return self
        values = smoothed((point.value for point in self.points), weight)
        points = [Point(step, value, at) for (step, _, at), value in zip(self.points, values, strict=True)]
        return self._replace(points=points)


class Compared(NamedTuple):
    """The runs whose curves belong together: those of one contract."""

    own: RunState
    baseline: RunState | None
    others: tuple[RunState, ...]
    """Newest experiment first."""


def compared(model: Model) -> Compared | None:
    """What the shown run is compared with; None where nothing ran."""
    shown = model.run()
    if shown is None:
        return None
    state = model.state
    # An evaluation has no curves of its own.
    own = state.runs.get(shown.evaluates or 0, shown)
    experiment = state.experiments[own.experiment]
    baseline = state.baseline(experiment.contract)
    reference = state.run_of(baseline.id, own.purpose) if baseline and baseline.id != experiment.id else None
    known = (own.experiment, baseline.id if baseline else None)
    same = [e.id for e in state.experiments.values() if e.contract == experiment.contract and e.id not in known]
    others = [run for number in reversed(same) if (run := _latest(state, number, own)) is not None]
    return Compared(own, reference, tuple(others[:LATEST]))


def _latest(state: WorkspaceState, experiment: int, like: RunState) -> RunState | None:
    """The newest run of the same purpose, else the newest that trained."""
    found = state.run_of(experiment, like.purpose)
    if found is None or found.phase == "queued":
        runs = [state.runs[run] for run in state.experiments[experiment].runs]
        trained = [r for r in runs if r.purpose in ("screening", "confirmation") and r.phase != "queued"]
        found = trained[-1] if trained else None
    return found


def sources_of(model: Model) -> Sources | None:
    """What must be read to draw it; other experiments only while they are looked at."""
    shown, found = model.run(), compared(model)
    if shown is None or found is None:
        return None
    others = found.others if model.view.overlay == "others" else ()
    runs = (found.own, *((found.baseline,) if found.baseline else ()), *others)
    return Sources(shown.id, tuple(run.id for run in runs))


def series_of(found: Compared, readings: Readings, name: str, overlay: str, state: WorkspaceState) -> list[Series]:
    """The curves of a metric, the one that stands in front first and the baseline last; empty ones are left out."""
    drawn = _of_trials(found.own, readings, name) if overlay == "trials" else _of_means(found, readings, name, overlay)
    made = [series if series.label else series._replace(label=_label(state, series.run)) for series in drawn]
    if found.baseline is not None and (means := _means(readings, found.baseline, name)):
        spread = any(mean.trials > 1 for mean in means)
        made.append(Series("baseline", _points(means), BASELINE, found.baseline, None, means, spread))
    return [series for series in made if series.points]


def _of_trials(run: RunState, readings: Readings, name: str) -> Iterator[Series]:
    curves = readings.curves.get(run.id, Curves())
    newest = list(reversed(curves.of_metric(name).items()))[:LATEST]
    for (trial, points), stroke in zip(newest, (OWN, *[EARLIER] * LATEST), strict=False):
        # By their number, as the log counts them: seeds are long.
        yield Series(f"trial {curves.trials.index(trial) + 1}", points, stroke, run, trial)


def _of_means(found: Compared, readings: Readings, name: str, overlay: str) -> Iterator[Series]:
    runs = (found.own, *(found.others if overlay == "others" else ()))
    for run, stroke in zip(runs, (OWN, *STROKES), strict=False):
        means = _means(readings, run, name)
        yield Series("", _points(means), stroke, run, None, means)


def _means(readings: Readings, run: RunState, name: str) -> tuple[Mean, ...]:
    return tuple(readings.curves.get(run.id, Curves()).means(name))


def _points(means: tuple[Mean, ...]) -> list[Point]:
    return [Point(mean.step, mean.value) for mean in means]


def _label(state: WorkspaceState, run: RunState) -> str:
    return "baseline" if state.experiments[run.experiment].idea is None else f"exp {run.experiment}"
