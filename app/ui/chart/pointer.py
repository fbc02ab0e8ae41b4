"""The chart's cursor: a curve and a step, kept in the view; where its point was measured, in time and in the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.ui.chart.series import Series
from app.ui.curves import Curves, Point
from app.ui.model import Model

if TYPE_CHECKING:
    from sandbox.moments import Place


class Pointed(NamedTuple):
    """A point of a curve."""

    series: Series
    number: int

    @property
    def point(self) -> Point:
        """The point itself."""
        return self.series.points[self.number]


class Pointer:
    """Moves over the curves that are drawn."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def at(self, series: list[Series]) -> Pointed | None:
        """What is pointed at: the newest point up to the chosen step, so that it stays where it is as curves grow."""
        step = self._model.view.cursor
        if step is None or not series:
            return None
        one = series[min(max(0, self._model.view.curve), len(series) - 1)]
        up_to = [index for index, point in enumerate(one.points) if point.step <= step]
        return Pointed(one, max(up_to, key=lambda index: (one.points[index].step, index), default=0))

    def move(self, series: list[Series], move: int) -> None:
        """So many points on; where nothing was pointed at, to the newest point of the curve in front."""
        pointed, view = self.at(series), self._model.view
        if pointed is not None:
            points = pointed.series.points
            view.cursor = points[min(max(0, pointed.number + move), len(points) - 1)].step
        elif series:
            view.curve, view.cursor = 0, series[0].points[-1].step

    def next_curve(self, series: list[Series]) -> None:
        """To the next curve, at the same step."""
        if self.at(series) is None:
            self.move(series, 0)
        else:
            self._model.view.curve = (min(self._model.view.curve, len(series) - 1) + 1) % len(series)

    def away(self) -> None:
        """Point at nothing."""
        self._model.view.cursor = None

    def written(self, pointed: Pointed, metric: str) -> float | None:
        """When the point was written (Unix seconds, to the second); None where nothing tells."""
        from sandbox.moments import moment_of

        found = self._measured(pointed, metric)
        moment = moment_of(self._model.paths.run(pointed.series.run.id), found[1].at) if found else None
        return moment.time if moment else None

    def place(self, pointed: Pointed, metric: str) -> Place | None:
        """The line of the log that belongs to it; None where there is none."""
        from sandbox.moments import place_in_log

        found = self._measured(pointed, metric)
        if found is None:
            return None
        trial, point = found
        folder = self._model.paths.run(pointed.series.run.id)
        return place_in_log(folder, point.at, step=point.step, trial=trial, name=metric)

    def _measured(self, pointed: Pointed, metric: str) -> tuple[int, Point] | None:
        """The trial and its point; of a mean, those of the newest trial that has the step."""
        if pointed.series.trial is not None:
            return pointed.series.trial, pointed.point
        readings = self._model.readings
        curves = readings.curves.get(pointed.series.run.id, Curves()) if readings else Curves()
        trials = reversed(curves.of_metric(metric).items())
        return next(((trial, p) for trial, points in trials for p in points if p.step == pointed.point.step), None)
