"""The part of the heat map that fits, and its signs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.ui.ideas import matrix


@given(st.integers(1, 600), st.data(), st.integers(8, 200), st.integers(1, 60))
def test_the_window_fits_and_holds_the_chosen(count: int, data: st.DataObject, width: int, height: int) -> None:
    chosen = data.draw(st.integers(0, count - 1))
    shown = matrix.window(count, chosen, width, height)
    assert chosen in shown.rows and chosen in shown.columns
    assert len(shown.rows) <= height and matrix.LABEL + shown.cells * len(shown.columns) <= width
    assert len(shown.rows) == min(count, height)


def test_squares_are_as_wide_as_there_is_room() -> None:
    assert [matrix.window(8, 0, width, 9).cells for width in (45, 44, 29, 28)] == [5, 3, 3, 1]


def test_signs_grow_with_similarity() -> None:
    assert "".join(matrix.shade(value) for value in (0.0, 0.19, 0.2, 0.4, 0.6, 0.8, 1.0)) == "··░▒▓██"
