"""Tables: aligned where they fit, wrapped where they do not, in blocks where that is not enough."""

from __future__ import annotations

import pytest

from app.ui.tables import is_table, lines, parse

RESULTS = """\
| model | loss | accuracy | notes on the run |
| --- | --- | --- | --- |
| ReLU | 0.512 | 87.1 % | the baseline with a warm-up of one pass |
| odd \\| even | 12.3 | 9.0 % | – |"""


def drawn(width: int) -> list[str]:
    return [row.plain.rstrip() for row in lines(parse(RESULTS), width, indent=0)]


def test_only_a_paragraph_of_rows_is_a_table() -> None:
    assert is_table(RESULTS)
    assert not is_table("|x| is the norm.\nIt is not negative.")


def test_figures_are_flush_right_and_bars_in_cells_stay() -> None:
    assert drawn(100) == [
        "model         loss   accuracy   notes on the run",
        "ReLU         0.512     87.1 %   the baseline with a warm-up of one pass",
        "odd | even    12.3      9.0 %   –",
    ]


@pytest.mark.parametrize("width", [78, 58, 44, 30, 16, 5])
def test_it_fits_every_width_and_loses_nothing(width: int) -> None:
    rows = drawn(width)
    assert all(len(row) <= width for row in rows)
    words = {"ReLU", "0.512", "12.3", "87.1", "baseline", "warm-up"}
    if width >= 30:
        assert words <= set(" ".join(rows).split())


def test_columns_that_do_not_fit_go_below_with_the_names_of_the_rows() -> None:
    rows = drawn(24)
    assert sum(row.startswith("ReLU") for row in rows) >= 2, rows


def test_the_ruler_says_how_columns_are_aligned() -> None:
    table = parse("| a | b |\n| ---: | --- |\n| x | 1 |")
    assert table.right == [True, False] and table.rows == [["a", "b"], ["x", "1"]]
