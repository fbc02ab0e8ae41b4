"""Curves of the shown run beside what they are compared with; after the verdict, effect and interval; gauges."""

from __future__ import annotations

import math

from app.engine.state import ExperimentState, RunState
from app.ui import copying
from app.ui.chart.gauges import BARS_FROM, gauge_lines
from app.ui.chart.legend import NAMES, cursor_line, drawn_as, legend
from app.ui.chart.plot import Cursor, Picture, plot
from app.ui.chart.pointer import Pointer
from app.ui.chart.readings import Readings, Sources
from app.ui.chart.series import OVERLAYS, SMOOTHINGS, Series, compared, series_of
from app.ui.chart.table import table_lines
from app.ui.chart.verdict import score_lines, verdict_lines
from app.ui.messages import FollowChanged, GoLine, GoStep, Said
from app.ui.model import Model
from app.ui.progress import progress_of
from app.ui.regions import WIDE
from app.ui.text import Line, Part, paragraph
from app.ui.widgets.pane import Pane

MIN_PLOT = 4
"""Rows below which a picture says nothing."""
NOT_ABOVE_ZERO = "A log axis needs values above 0; this metric has others, so its axis stays linear."
OF_A_POINT = ("log_line", "commit", "no_point", "next_curve")
"""Actions that mean something once a value is pointed at."""


class ChartPane(Pane):
    """h and l point at a value; Enter shows the log there, C the commit."""

    PANE = "chart"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._series: list[Series] = []
        """The curves on the screen, unsmoothed."""
        self._drawn_metric = ""
        """Their metric."""
        self._pointer = Pointer(model)

    def draw(self) -> None:
        """Curves, verdict, gauges."""
        run, found, experiment, width = self.model.run(), compared(self.model), self.model.experiment(), self.text_width
        self._series = []
        if run is None or found is None or experiment is None:
            self.show(paragraph("Curves and effects appear here once something runs.", width, "dim"))
            self.caption("")
            return
        readings = self._readings(run)
        foot = self._below(run, experiment, readings, width)
        names = self.model.curves().names()
        if not names:
            before, after = (self.model.keys.shown(name) for name in ("previous_run", "next_run"))
            text = readings.trouble or f"Run {run.id} has reported no metrics. {before} and {after} show other runs."
            self.show(paragraph(text, width, "dim"), (), foot)
            self.caption("")
            return
        self._drawn_metric = self._metric(names)
        self._series = series_of(found, readings, self._drawn_metric, self._overlay(), self.model.state)
        runs = {one.run.id for one in self._series}
        broken = {step for run_id in runs for step in readings.curves[run_id].broken.get(self._drawn_metric, ())}
        self._draw_curves(sorted(broken), foot)
        self._caption(names)

    def _below(self, run: RunState, experiment: ExperimentState, readings: Readings, width: int) -> list[Line]:
        columns = self.app.size.width
        # On a wide screen the log stands beside the chart and says it.
        beside = columns >= WIDE and not self.model.view.zoomed
        progress = None if beside else progress_of(run, self.model.curves(), self.model.now())
        return [
            *verdict_lines(experiment, width),
            *score_lines(self.model.state, experiment, width),
            *gauge_lines(run, readings, progress, width, bars=columns >= BARS_FROM, rows=max(2, self.text_height // 4)),
        ]

    def _draw_curves(self, broken: list[float], foot: list[Line]) -> None:
        view, width, series = self.model.view, self.text_width, self._series
        log = view.log_axis and _above_zero(series)
        words = drawn_as(self._overlay(), log=log, smooth=view.smooth, broken=len(broken))
        head = [legend(self._drawn_metric, series, words, width)]
        pointed = self._pointer.at(series)
        if pointed is not None:
            written = self._pointer.written(pointed, self._drawn_metric)
            head.append(cursor_line(pointed.series, pointed.point, written, width))
        room = self.text_height - len(head) - len(foot)
        if view.table or room < MIN_PLOT:
            titles, rows = table_lines(series, width, pointed.point.step if pointed else None)
            self.show(rows, [*head, titles], foot)
            return
        drawn = [one.smooth(view.smooth) for one in series]
        cursor = None
        if pointed is not None:
            at = drawn[series.index(pointed.series)].points[pointed.number]
            cursor = Cursor(at.step, at.value)
        self.show(plot(Picture(drawn, broken, log, cursor), width, room), head, foot)

    def _caption(self, names: list[str]) -> None:
        words = [f"m metric {names.index(self._drawn_metric) + 1} of {len(names)}"] if len(names) > 1 else []
        words += ["h l point"] if self.model.view.cursor is None else ["⏎ log", "C commit"]
        self.caption(f" {'  '.join([*words, f'o {NAMES[_next(OVERLAYS, self._overlay())]}', 't table'])} ")

    def _readings(self, run: RunState) -> Readings:
        found = self.model.readings
        # While another run is read first, its readings are not this one's.
        return found if found is not None and found.sources.usage == run.id else Readings(Sources(run.id, ()))

    def _metric(self, names: list[str]) -> str:
        return self.model.view.metric if self.model.view.metric in names else names[0]

    def _overlay(self) -> str:
        return self.model.view.overlay if self.model.view.overlay in OVERLAYS else OVERLAYS[0]

    # the cursor

    def do_point_left(self) -> None:
        """The point before."""
        self._pointer.move(self._series, -1)
        self.draw()

    def do_point_right(self) -> None:
        """The point after."""
        self._pointer.move(self._series, 1)
        self.draw()

    def do_next_curve(self) -> None:
        """Point at the next curve."""
        self._pointer.next_curve(self._series)
        self.draw()

    def do_no_point(self) -> None:
        """Take the cursor away."""
        self._pointer.away()
        self.draw()

    def do_log_line(self) -> None:
        """Show the log where the point was measured."""
        pointed = self._pointer.at(self._series)
        if pointed is None:
            self.post_message(Said("Point at a value with h and l first.", "warn"))
            return
        run, place = pointed.series.run.id, self._pointer.place(pointed, self._drawn_metric)
        if place is None:
            self.post_message(Said(f"Run {run} has no log of that moment.", "warn"))
            return
        self.post_message(GoLine(run, place.offset))
        near = "the line of" if place.exact else "the nearest line to"
        self.post_message(Said(f"Run {run}: {near} step {pointed.point.step:g}."))

    def do_commit(self) -> None:
        """Show the diff that the curve comes from."""
        pointed = self._pointer.at(self._series)
        run = pointed.series.run if pointed else self.model.run()
        if run is None:
            return
        experiment = self.model.state.experiments[run.experiment]
        if experiment.diff is None:
            base = experiment.base[:7]
            self.post_message(Said(f"The baseline ran your own commit {base}; it has no diff.", "dim"))
            return
        self.post_message(GoStep(experiment.diff))
        if experiment.commit:
            self.post_message(Said(f"Experiment {experiment.id} ran commit {experiment.commit[:7]}."))

    # how it is drawn

    def do_metric(self) -> None:
        """Next metric."""
        names = self.model.curves().names()
        if names:
            self.model.view.metric = names[(names.index(self._metric(names)) + 1) % len(names)]
            self.draw()

    def do_overlay(self) -> None:
        """This run's trials, its mean, or other experiments beside it."""
        view = self.model.view
        view.overlay, view.curve = _next(OVERLAYS, self._overlay()), 0
        self.post_message(FollowChanged())
        self.draw()
        found = compared(self.model)
        if view.overlay == "others" and found is not None and not found.others:
            self.post_message(Said("No other experiment under this contract has run yet.", "dim"))

    def do_log_axis(self) -> None:
        """A logarithmic axis, or a linear one."""
        self.model.view.log_axis = not self.model.view.log_axis
        self.draw()
        if self.model.view.log_axis and self._series and not _above_zero(self._series):
            self.post_message(Said(NOT_ABOVE_ZERO, "warn"))

    def do_smooth(self) -> None:
        """Smooth the curves more, or not at all."""
        view = self.model.view
        view.smooth = (
            SMOOTHINGS[(SMOOTHINGS.index(view.smooth) + 1) % len(SMOOTHINGS)] if view.smooth in SMOOTHINGS else 0.0
        )
        self.draw()
        self.post_message(
            Said(f"Moving average, weight of the past {view.smooth:g}." if view.smooth else "Not smoothed.")
        )

    def do_table(self) -> None:
        """Numbers in place of curves, or back."""
        self.model.view.table = not self.model.view.table
        self.jump(0)
        self.draw()

    def copied(self) -> str:
        """The values of the curves."""
        return copying.series_text(self._series) or super().copied()

    def offers(self, action: str) -> bool:
        """What is about a point needs one."""
        return super().offers(action) and (action not in OF_A_POINT or self.model.view.cursor is not None)

    def hints(self) -> list[Part]:
        """Which run."""
        run = self.model.run()
        return [] if run is None else [(f"run {run.id}", "bold")]


def _above_zero(series: list[Series]) -> bool:
    return all(point.value > 0 and math.isfinite(point.value) for one in series for point in one.points)


def _next(choices: tuple[str, ...], now: str) -> str:
    return choices[(choices.index(now) + 1) % len(choices)]
