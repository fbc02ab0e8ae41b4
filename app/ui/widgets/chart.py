"""Curves of the shown run against the baseline; after the verdict, the effect and its interval; gauges."""

from __future__ import annotations

from app.engine.state import ExperimentState, WorkspaceState
from app.ui import signs
from app.ui.braille import Canvas, Scale
from app.ui.curves import Curves, Point
from app.ui.follow import RunOutput
from app.ui.text import Line, Part, Piece, crop, line, pad, paragraph, spread
from app.ui.widgets.pane import Pane

AXIS = 8
"""Cells of the labels at the left."""
LATEST = 4
"""Trials drawn; the newest one stands out."""


class ChartPane(Pane):
    """m draws the next metric."""

    PANE = "chart"

    def draw(self) -> None:
        """Curves, verdict, gauges."""
        run, output, width = self.model.run(), self.model.output, self.text_width
        experiment = self.model.experiment()
        if run is None or experiment is None:
            self.show(paragraph("Curves and effects appear here once something runs.", width, "dim"))
            return
        if output is None or output.run != run.id:
            output = RunOutput(run=run.id)
        foot = [*verdict_lines(experiment, width), *_scores(self.model.state, experiment, width), *_gauges(output)]
        names = output.curves.names()
        name = self._metric(names)
        room = self.text_height - len(foot) - 1
        if not names or room < 4:
            self.show([] if names else paragraph("This run has reported no metrics.", width, "dim"), (), foot)
            self.caption("")
            return
        head = [_legend(name, names, output, experiment, width)]
        self.show(plot(output.curves, output.reference, name, width, room), head, foot)
        self.caption(f" m metric {names.index(name) + 1} of {len(names)} " if len(names) > 1 else "")

    def _metric(self, names: list[str]) -> str:
        return self.model.view.metric if self.model.view.metric in names else (names[0] if names else "")

    def do_metric(self) -> None:
        """Next metric."""
        names = self.model.output.curves.names() if self.model.output else []
        if names:
            self.model.view.metric = names[(names.index(self._metric(names)) + 1) % len(names)]
            self.draw()

    def hints(self) -> list[Part]:
        """Which run."""
        run = self.model.run()
        return [] if run is None else [(f"run {run.id}", "bold")]


def _legend(name: str, names: list[str], output: RunOutput, experiment: ExperimentState, width: int) -> Line:
    own = "baseline" if experiment.idea is None else f"exp {experiment.id}"
    right: list[Part] = [("━ ", "curve"), own]
    if output.reference.points.get(name):
        right = [("░ ", "dim"), "baseline ±1 σ  ", *right]
    return spread([(name, "bold"), ("" if len(names) == 1 else f"  +{len(names) - 1}", "dim")], right, width)


def plot(curves: Curves, reference: Curves, name: str, width: int, height: int) -> list[Line]:
    """A braille chart of the newest trials over the baseline's band; the last row is the axis of steps."""
    own = curves.of_metric(name)[-LATEST:]
    band = reference.band(name)
    points: list[Point] = [point for curve in own for point in curve]
    if not points:
        return [line(("no points yet", "dim"))]
    canvas = Canvas(max(4, width - AXIS - 2), max(2, height - 1))
    low = min([p[1] for p in points] + [row[1] for row in band])
    high = max([p[1] for p in points] + [row[2] for row in band])
    steps = [p[0] for p in points] + [row[0] for row in band]
    across, up = Scale(min(steps), max(steps), canvas.width), Scale(low, high, canvas.height)
    _draw_band(canvas, band, across, up)
    for number, curve in enumerate(own):
        newest = number == len(own) - 1
        canvas.stroke([(across.at(x), up.down(y)) for x, y in curve], "curve" if newest else "faint")
    rows = canvas.rows_drawn()
    labelled = [
        Line((Piece(_label(up, index, len(rows)), "dim"), Piece(" ┤", "faint"), *row.pieces))
        for index, row in enumerate(rows)
    ]
    first, last = f"{across.low:g}", f"step {across.high:g}"
    axis = " " * (AXIS + 2) + first + last.rjust(canvas.columns - len(first))
    return [*labelled, line((axis, "dim"))]


def _draw_band(canvas: Canvas, band: list[tuple[float, float, float]], across: Scale, up: Scale) -> None:
    for index, (step, low, high) in enumerate(band):
        following = band[min(index + 1, len(band) - 1)]
        x0, x1 = across.at(step), across.at(following[0])
        for x in range(x0, x1 + 1):
            part = (x - x0) / max(1, x1 - x0)
            upper, lower = high + (following[2] - high) * part, low + (following[1] - low) * part
            for y in range(up.down(upper), up.down(lower) + 1):
                if (x + y) % 2 == 0:
                    canvas.dot(x, y, "dim")


def _label(up: Scale, index: int, rows: int) -> str:
    marks = {0: up.high, rows - 1: up.low}
    if rows >= 5:
        marks[rows // 2] = (up.high + up.low) / 2
    return f"{marks[index]:{AXIS}.4g}" if index in marks else " " * AXIS


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


def _scores(state: WorkspaceState, experiment: ExperimentState, width: int) -> list[Line]:
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


def _gauges(output: RunOutput) -> list[Line]:
    usage = output.usage
    if not usage:
        return []
    cpu, memory = usage.get("cpu_pct", 0.0), usage.get("memory_bytes", 0.0)
    disk = usage.get("disk_bytes", 0.0)
    return [
        line(
            ("CPU ", "dim"),
            pad(f"{cpu:.0f} %", 7),
            ("mem ", "dim"),
            pad(signs.size(memory), 9),
            ("disk ", "dim"),
            signs.size(disk),
        )
    ]
