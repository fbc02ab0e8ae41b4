"""Colours, matches and widths of a log's rows; nothing in them commands the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sanitise import clean, painted
from app.ui.log.colour import parts_of
from app.ui.log.paint import from_cell, painted_row, query_pattern, wrapped
from app.ui.log.rows import Row
from app.ui.text import Line, line, safe
from app.ui.theme import LOOKS

SGR = st.sampled_from(
    ["\x1b[31m", "\x1b[0m", "\x1b[1;38;5;196m", "\x1b[", "\x1b", "\x1b]0;t\x07", "\x9b31m", "\x1b[2J", "31m"]
)


def row(text: str) -> Line:
    """A row with this text."""
    return painted_row(Row(0, len(text), text))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("plain", [("plain", "")]),
        ("a\x1b[31mred\x1b[0mb", [("a", ""), ("red", "ansi-red"), ("b", "")]),
        ("\x1b[1mbold\x1b[22m \x1b[2mdim\x1b[m.", [("bold", "bold"), (" ", ""), ("dim", "dim"), (".", "")]),
        ("\x1b[1;32mok\x1b[39m!", [("ok", "ansi-green-bold"), ("!", "bold")]),
        ("\x1b[91ma\x1b[90mb\x1b[97mc", [("a", "ansi-red"), ("b", "dim"), ("c", "")]),
        ("\x1b[38;5;196ma\x1b[38;5;21mb\x1b[38;5;244mc", [("a", "ansi-red"), ("b", "ansi-blue"), ("c", "dim")]),
        ("\x1b[38;2;0;200;200ma\x1b[38:2::200:0:200mb", [("a", "ansi-cyan"), ("b", "ansi-magenta")]),
        ("\x1b[48;5;196;33my\x1b[48;2;31;31;31mz", [("y", "ansi-yellow"), ("z", "ansi-yellow")]),
        ("\x1b[4:3mcurly\x1b[38;5m\x1b[38mx\x1b[38;9;31my", [("curly", ""), ("x", ""), ("y", "ansi-red")]),
        ("\x1b[99999999999999999999ma", [("a", "")]),
    ],
)
def test_colours_are_kept_as_looks(text: str, parts: list[tuple[str, str]]) -> None:
    assert parts_of(text) == parts
    assert {look for _, look in parts if look} <= set(LOOKS)


def test_all_256_colours_have_a_look() -> None:
    looks = {parts_of(f"\x1b[1;38;5;{number}mx")[0][1] for number in range(256)}
    assert looks <= set(LOOKS) and {"ansi-red-bold", "ansi-yellow-bold", "ansi-blue-bold"} <= looks


@given(st.lists(st.one_of(st.text(), SGR)).map("".join))
def test_painted_pieces_are_the_clean_text(text: str) -> None:
    pieces = list(painted(text))
    assert "".join(piece for _, piece in pieces) == clean(text, newlines=False)
    assert all(set(numbers) <= set("0123456789;:") for numbers, _ in pieces)


@given(st.lists(st.one_of(st.text(), SGR)).map("".join))
def test_a_row_says_what_its_clean_text_says(text: str) -> None:
    shown = row(text)
    assert "\x1b" not in shown.plain
    assert shown.plain.replace(" ", "") == safe(text).replace(" ", "")


@pytest.mark.parametrize(
    "payload", ["\x1b]52;c;ZXZpbA==\x07", "\x1b[2J", "\x1bc", "\x9b2J", "\x07", "\x1b]8;;http://x\x1b\\", "\x1b[6n"]
)
def test_other_sequences_are_not_passed_on(payload: str) -> None:
    shown = row(f"a\x1b[31m{payload}b")
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in shown.plain)
    assert shown.pieces[-1].look == "ansi-red", "and the colour beside it is kept"


def test_rows_without_colours_get_ours() -> None:
    assert ("0.5", "number") in row("loss 0.5").pieces
    assert row("ValueError: Traceback").pieces[0].look == "bad"
    assert row("\x1b[32mTraceback 5").pieces[0].look == "ansi-green"


def test_a_hole_says_how_much_is_gone() -> None:
    assert painted_row(Row(10, 1_000_010, "", dropped=True)).plain == "… 1,000,000 bytes were dropped here"


def test_tabs_stand_at_their_places() -> None:
    assert row("a\tb").plain == "a   b"
    assert row("a\x1b[31mb\tc").plain == "ab  c"


def test_matches_are_marked_across_colours() -> None:
    found = painted_row(Row(0, 9, "Loss \x1b[31m0.5\x1b[0m loss"), query_pattern("loss"))
    assert [piece.text for piece in found.pieces if piece.look == "match"] == ["Loss", "loss"]
    across = painted_row(Row(0, 9, "ab\x1b[31mcd\x1b[0mef"), query_pattern("bcde"))
    assert "".join(piece.text for piece in across.pieces if piece.look == "match") == "bcde"
    assert across.plain == "abcdef"


@given(st.text(alphabet="ab 数👩é\t", max_size=40), st.integers(2, 9))
def test_wrapping_loses_nothing(text: str, cells: int) -> None:
    whole = row(text)
    parts = wrapped(whole, cells)
    assert "".join(part.plain for part in parts) == whole.plain
    assert all(part.width <= cells for part in parts)


def test_sideways_cuts_wide_characters_in_halves() -> None:
    assert from_cell(line("数据ab"), 1).plain == " 据ab"
    assert from_cell(line("数据ab"), 2).plain == "据ab"
    assert from_cell(line("ab"), 5).plain == ""
