"""Lines: clean whatever they are made of, and as wide as they say."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from app.ui.markdown import lines
from app.ui.text import crop, fit, labelled, line, pad, spread, wrap

HOSTILE = "a\x1b]52;c;aGk=\x07b\x1b[2Jc\u202ed\x9be\tf"


def test_no_control_character_survives_in_any_builder() -> None:
    made = [
        line(HOSTILE, (HOSTILE, "bold")),
        spread([HOSTILE], [HOSTILE], 90),
        crop(line(HOSTILE * 9), 40),
        *labelled(HOSTILE, HOSTILE, 40),
        *lines(f"| {HOSTILE} | b |\n| - | - |\n**{HOSTILE}**", 40),
    ]
    texts = [row.plain for row in made] + wrap(HOSTILE, 20) + [fit(HOSTILE, 9), pad(HOSTILE, 30)]
    assert all(character.isprintable() for text in texts for character in text), texts
    assert all("]52" not in text for text in texts)


def test_the_plain_text_stays() -> None:
    assert line("x = 1  # ümlaut 数 ✔").plain == "x = 1  # ümlaut 数 ✔"


@pytest.mark.parametrize("text", ["short", "a word that is long", "数学の論文を読む", "x" * 50])
@pytest.mark.parametrize("cells", [1, 2, 7, 20])
def test_widths_are_kept(text: str, cells: int) -> None:
    assert cell_len(fit(text, cells)) <= cells
    assert cell_len(pad(text, cells)) == cells
    assert all(cell_len(row) <= max(cells, 2) for row in wrap(text, cells))
    assert "".join("".join(wrap(text, cells)).split()) == "".join(text.split())


def test_left_gives_way_to_right() -> None:
    row = spread(["a very long title indeed"], ["✔ done"], 20)
    assert row.plain == "a very long…  ✔ done" or (
        row.width == 20 and row.plain.endswith("✔ done") and "…" in row.plain
    )


def test_tables_are_aligned() -> None:
    rows = [row.plain.rstrip() for row in lines("| name | loss |\n| --- | ---: |\n| a | 0.5 |\n| longer | 12.25 |", 40)]
    assert rows == ["  name      loss", "  a          0.5", "  longer   12.25"]
