"""Curves, canvas and interval: right places, bounded memory."""

from __future__ import annotations

from app.ui.braille import Canvas, Scale
from app.ui.curves import MAX_POINTS, Curves
from app.ui.widgets.chart import interval, plot
from sandbox.metrics import MetricRecord


def curves(*trials: list[float], name: str = "loss") -> Curves:
    """One curve per trial."""
    made = Curves()
    for seed, values in enumerate(trials):
        made.add(
            MetricRecord(trial=seed, step=n, of=len(values), values={name: value}) for n, value in enumerate(values, 1)
        )
    return made


def test_canvas_dots_are_where_they_belong() -> None:
    canvas = Canvas(2, 1)
    canvas.dot(0, 0)
    canvas.dot(3, 3)
    canvas.dot(99, 0)
    canvas.dot(0, -1)
    assert canvas.rows_drawn()[0].plain == chr(0x2801) + chr(0x2880)


def test_scale_ends_and_constant() -> None:
    scale = Scale(1.0, 3.0, 21)
    assert (scale.at(1.0), scale.at(2.0), scale.at(3.0), scale.down(3.0)) == (0, 10, 20, 0)
    flat = Scale(5.0, 5.0, 21)
    assert flat.at(5.0) == 10


def test_a_falling_curve_falls() -> None:
    rows = [row.plain for row in plot(curves([4.0, 3.0, 2.0, 1.0]), Curves(), "loss", 50, 9)]
    drawn = [[column for column, sign in enumerate(row) if 0x2800 < ord(sign) <= 0x28FF] for row in rows[:-1]]
    middles = [sum(columns) / len(columns) for columns in drawn if columns]
    assert len(middles) == len(rows) - 1 and middles == sorted(middles)
    assert rows[0].startswith("       4") and rows[-2].startswith("       1")
    assert rows[-1].strip().startswith("1") and rows[-1].endswith("step 4")


def test_memory_is_bounded_and_the_last_point_stays() -> None:
    made = Curves()
    made.add(MetricRecord(trial=0, step=n, values={"loss": float(n)}) for n in range(10_000))
    (curve,) = made.of_metric("loss")
    assert len(curve) <= MAX_POINTS + 1
    assert curve[0][1] == 0.0 and curve[-1] == (9999.0, 9999.0)


def test_losses_come_first_and_the_band_needs_trials() -> None:
    made = Curves()
    made.add([MetricRecord(trial=0, step=1, values={"accuracy": 0.5, "val_loss": 1.0})])
    assert made.names() == ["val_loss", "accuracy"]
    assert made.band("val_loss") == []
    two = curves([1.0, 2.0], [3.0, 2.0])
    assert two.band("loss")[1] == (2.0, 2.0, 2.0)
    step, low, high = two.band("loss")[0]
    assert step == 1.0 and low < 1.0 < 3.0 < high


def test_the_interval_shows_zero_and_the_smallest_effect_in_order() -> None:
    bar, names = (row.plain for row in interval(0.047, 0.011, 0.084, 0.05, 60, "good"))
    assert len(bar) == len(names) == 60
    order = [bar.index(sign) for sign in ("┃", "┣", "●", "┆", "┫")]
    assert order == sorted(order)
    assert names.split() == ["0", "0.05"]


def test_an_interval_on_both_sides_of_zero_contains_it() -> None:
    bar, _ = (row.plain for row in interval(-0.01, -0.05, 0.03, 0.05, 60, "warn"))
    assert bar.index("┣") < bar.index("●") < bar.index("┃") < bar.index("┫") < bar.index("┆")
