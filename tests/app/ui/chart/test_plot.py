"""The picture: right places, round numbers, names at the ends, and curves that differ without colours."""

from __future__ import annotations

import math

import pytest

from app.engine.state import RunState
from app.ui.braille import Canvas
from app.ui.chart.plot import Cursor, Picture, plot, reduced
from app.ui.chart.scales import Scale, labels, log_ticks, ticks
from app.ui.chart.series import BASELINE, EARLIER, OWN, STROKES, Series, Stroke
from app.ui.curves import Mean, Point
from app.ui.text import cells_of

RUN = RunState(id=1, experiment=1, purpose="screening", split="valid", seeds=(7,), backend="docker", step=1)


def series(values: list[float], label: str = "exp 3", stroke: Stroke = OWN) -> Series:
    return Series(label, [Point(float(step), value) for step, value in enumerate(values, 1)], stroke, RUN)


def banded(means: list[tuple[float, float]]) -> Series:
    found = tuple(Mean(float(step), value, sigma, 5) for step, (value, sigma) in enumerate(means, 1))
    return Series("baseline", [Point(m.step, m.value) for m in found], BASELINE, RUN, None, found, True)


def drawn(picture: Picture, width: int = 60, height: int = 12) -> list[str]:
    rows = [row.plain for row in plot(picture, width, height)]
    assert len(rows) == height and all(cells_of(row) <= width for row in rows)
    return rows


def dots(row: str) -> list[int]:
    return [column for column, sign in enumerate(row) if 0x2800 < ord(sign) <= 0x28FF]


def test_canvas_dots_are_where_they_belong_and_text_stands_above_them() -> None:
    canvas = Canvas(3, 1)
    for x, y in ((0, 0), (3, 3), (99, 0), (0, -1)):
        canvas.dot(x, y)
    assert canvas.rows_drawn()[0].plain == chr(0x2801) + chr(0x2880) + " "
    canvas.write(1, 0, "ab", over=False)
    assert canvas.rows_drawn()[0].plain == chr(0x2801) + chr(0x2880) + "b"
    canvas.write(0, 0, "xyz!")
    assert canvas.rows_drawn()[0].plain == "xyz"


def test_scale_ends_constant_and_log() -> None:
    scale = Scale(1.0, 3.0, 21)
    assert (scale.at(1.0), scale.at(2.0), scale.at(3.0), scale.down(3.0)) == (0, 10, 20, 0)
    assert Scale(5.0, 5.0, 21).at(5.0) == 10
    log = Scale(0.01, 100.0, 21, log=True)
    assert [log.at(value) for value in (0.01, 0.1, 1.0, 10.0, 100.0)] == [0, 5, 10, 15, 20]


@pytest.mark.parametrize(
    ("low", "high", "count", "found"),
    [
        (0.37, 0.61, 5, ["0.40", "0.45", "0.50", "0.55", "0.60"]),
        (0.0, 1400.0, 3, ["0", "500", "1000"]),
        (-3.0, 3.0, 3, ["-2", "0", "2"]),
        (0.0, 2e9, 2, ["0", "1e+09", "2e+09"]),
        (1.0, 1.0, 3, []),
    ],
)
def test_ticks_are_round(low: float, high: float, count: int, found: list[str]) -> None:
    assert labels(ticks(low, high, count)) == found


def test_a_scale_has_more_than_one_number_and_one_alone_is_plain() -> None:
    assert labels(Scale(2.0, 34.0, 60).ticks(2)) == ["10", "20", "30"]
    assert labels([20.0]) == ["20"]


def test_log_ticks_are_powers_or_finer() -> None:
    assert log_ticks(0.01, 100.0, 5) == pytest.approx([0.01, 0.1, 1, 10, 100])
    assert log_ticks(0.9, 11.0, 5) == pytest.approx([1, 2, 5, 10])
    assert len(log_ticks(1e-9, 1e9, 4)) <= 5
    assert len(log_ticks(3.0, 4.0, 4)) >= 2


@pytest.mark.parametrize(
    "values", [[1e308, -1e308], [1.7e308, 0.0], [5e-324], [5e-324, 0.0], [1e-300, 1.0], [0.0, 0.0], [7.0]]
)
def test_extreme_values_are_drawn(values: list[float]) -> None:
    assert any(dots(row) for row in drawn(Picture([series(values)])))
    if min(values) > 0:
        assert any(dots(row) for row in drawn(Picture([series(values)], log=True)))


def test_a_falling_curve_falls_and_has_its_name_at_its_end() -> None:
    rows = drawn(Picture([series([4.0, 3.0, 2.0, 1.0])]))
    middles = [sum(found) / len(found) for row in rows[:-1] if (found := dots(row))]
    assert len(middles) >= 10 and middles == sorted(middles)
    named = [number for number, row in enumerate(rows) if row.rstrip().endswith("exp 3 1")]
    assert len(named) == 1 and named[0] >= 9
    assert rows[-1].split()[-1] == "step"


def test_names_never_share_a_row_and_earlier_trials_have_none() -> None:
    same = [series([2.0, 1.0], f"exp {n}", stroke) for n, stroke in enumerate((OWN, *STROKES), 1)]
    rows = drawn(Picture([*same, series([2.0, 1.0], "seed 9", EARLIER)]))
    text = "\n".join(rows)
    assert all(text.count(f"exp {n} 1") == 1 for n in range(1, 6)) and "seed 9" not in text
    assert len([row for row in rows if "exp" in row]) == 5


def test_every_stroke_has_its_own_sign_and_its_own_dashes() -> None:
    strokes = (OWN, BASELINE, EARLIER, *STROKES)
    assert len({stroke.sign for stroke in strokes}) == len({stroke.dashes for stroke in strokes}) == len(strokes)
    flat = {stroke: drawn(Picture([series([1.0] * 30, stroke=stroke)]))[:-1] for stroke in strokes}
    assert len({"".join(row[8:40] for row in rows) for rows in flat.values()}) == len(strokes)


def test_the_band_reaches_from_below_to_above_the_mean() -> None:
    plain = drawn(Picture([banded([(1.0, 0.0)] * 10)]), height=20)
    wide = drawn(Picture([banded([(1.0, 0.5)] * 10)]), height=20)
    assert sum(bool(dots(row)) for row in plain[:-1]) == 1
    assert sum(bool(dots(row)) for row in wide[:-1]) >= 17


def test_a_band_below_zero_on_a_log_axis_ends_at_the_axis() -> None:
    assert any(dots(row) for row in drawn(Picture([banded([(1.0, 2.0), (0.5, 2.0)])], log=True)))


def test_what_is_not_finite_stands_at_the_top() -> None:
    rows = drawn(Picture([series([3.0, 2.0, 1.0, 1.0, 1.0])], broken=[3.0]))
    assert rows[0].count("×") == 1 and all("×" not in row for row in rows[1:])
    only = drawn(Picture([series([1.0])], broken=[9.0]))
    assert "×" in only[0]


def test_the_cursor_stands_on_its_point() -> None:
    values = [4.0, 3.0, 2.0, 1.0, 0.0]
    rows = drawn(Picture([series(values)], cursor=Cursor(3.0, 2.0)))
    (row,) = [number for number, text in enumerate(rows) if "◆" in text]
    assert 4 <= row <= 6
    column = rows[row].index("◆")
    assert all(text[column] != " " for text in rows[:-1])


def test_reduced_keeps_the_extremes_of_every_column() -> None:
    points = [Point(float(n), math.sin(n) + (5.0 if n == 4321 else 0.0)) for n in range(10_000)]
    across, up = Scale(0, 9999, 100), Scale(-1, 6, 64)
    few = reduced(points, across, up)
    assert len(few) <= 400
    assert min(y for _, y in few) == up.down(points[4321].value)
    assert {x for x, _ in few} == set(range(100))


def test_a_small_picture_and_none() -> None:
    assert drawn(Picture([series([2.0, 1.0])]), 20, 4)
    assert plot(Picture([]), 60, 12)[0].plain == "no points yet"
