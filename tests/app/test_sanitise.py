"""The boundary: nothing that a terminal acts on leaves it, and ordinary text passes untouched."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sanitise import clean, clean_bytes

ATTACKS = {
    "clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;http://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "reset": "\x1bc",
    "cursor": "\x1b[2J\x1b[H",
    "query": "\x1b[6n",
    "mode query": "\x1b[?2026$p",
    "C1 CSI": "\x9b31m",
    "C1 OSC": "\x9d52;c;eA==\x9c",
    "NUL": "a\x00b",
    "bell": "\x07",
    "delete": "\x7f",
    "carriage return": "safe\rEVIL",
    "unfinished": "\x1b]52;c;",
    "lone escape": "text\x1b",
    "bidi": "if \u202eadmin\u202c:",
    "zero width": "pass\u200bword",
    "tag characters": "\U000e0041",
}


@pytest.mark.parametrize("name", ATTACKS)
def test_no_attack_gets_through(name: str) -> None:
    shown = clean(ATTACKS[name])
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in shown if char not in "\t\n")


@pytest.mark.parametrize("name", ["clipboard", "title", "link", "cursor"])
def test_the_attacks_are_real(name: str) -> None:
    assert "\x1b" in ATTACKS[name]


@pytest.mark.parametrize(
    "text", ["plain", "naïve – “quoted” §3 ¶1", "日本語", "α=0.05", "tab\there", "two\nlines", "👩 ok"]
)
def test_ordinary_text_is_untouched(text: str) -> None:
    assert clean(text) == text


@given(st.text())
def test_cleaning_is_final(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in once if char not in "\t\n")


@given(st.binary())
def test_any_bytes_become_safe_text(content: bytes) -> None:
    assert "\x1b" not in clean_bytes(content)


def test_one_line_places_get_one_line() -> None:
    assert clean("a\nb\r\nc", newlines=False) == "a b c"
    assert clean("a\nb") == "a\nb"
