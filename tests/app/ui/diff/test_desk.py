"""The desk without a screen: what is drawn is what is applied, and marks say exactly what was marked."""

from __future__ import annotations

from app.engine import hunks
from app.engine.choice import Choice, marked
from app.ui.diff.badges import badges, protected
from app.ui.diff.blocks import blocks, chosen_text
from app.ui.diff.desk import Desk
from app.ui.diff.marks import Marks, counted
from app.ui.diff.paint import Painter, Sheet
from app.ui.diff.visible import visible
from app.ui.diff.words import changed, pairs
from app.ui.highlight import coloured

PATCH = """diff --git a/m.py b/m.py
index 1111111..2222222 100644
--- a/m.py
+++ b/m.py
@@ -1,6 +1,7 @@
 import torch
-a = 1
+a = 2
 b = 3
-c = relu(x)
+c = gelu(x)
+import os
 d = 4
 e = 5
@@ -20,2 +21,2 @@ def f():
-    return a
+    return b
 # end
diff --git a/new.md b/new.md
new file mode 100644
index 0000000..2222222
--- /dev/null
+++ b/new.md
@@ -0,0 +1 @@
+Hello
"""


def desk(kept: list[Marks] | None = None, patch: str = PATCH) -> Desk:
    """A desk with the patch."""
    return Desk(patch, frozenset(), Marks(of="card"), (kept if kept is not None else []).append)


def shown(found: Desk, width: int = 100, **options: bool) -> list[str]:
    """Its rows as text."""
    painter = Painter(found, coloured=options.get("coloured", False))
    return [row.plain.rstrip() for row in Sheet(found, painter, width, marked=options.get("marked", True))]


def test_every_line_of_the_patch_is_drawn_with_its_numbers() -> None:
    rows = "\n".join(shown(desk()))
    for wanted in ("   2      − a = 1", "        2 + a = 2", "  20      −     return a", "       21 +     return b"):
        assert wanted in rows
    assert "@@ -20,2 +21,2 @@ def f():" in rows and "hunk 2 of 3" in rows and "1 + Hello" in rows
    assert rows.count("new file mode 100644") == 1


def test_several_files_are_listed_on_top_and_one_is_not() -> None:
    rows = shown(desk())
    assert "m.py" in rows[0] and "0/2 decided" in rows[0] and "+4 −3" in rows[0] and "new.md" in rows[1]
    alone = shown(desk(patch=PATCH[: PATCH.index("diff --git a/new.md")]))
    assert "/2 decided" not in "\n".join(alone)


def test_folding_hides_the_lines_and_says_how_many() -> None:
    found = desk()
    found.fold()
    rows = "\n".join(shown(found))
    assert "a = 2" not in rows and "5 changed lines folded" in rows and "return b" in rows
    found.fold()
    assert "a = 2" in "\n".join(shown(found))
    found.fold(all_of_them=True)
    assert "return b" not in "\n".join(shown(found))


def test_two_columns_hold_the_same_lines() -> None:
    found = desk()
    found.side_by_side = True
    found.lay_out()
    rows = shown(found, 140)
    (both,) = (row for row in rows if "a = 1" in row)
    assert "│" in both and "a = 2" in both.split("│")[1] and both.count("−") == 1
    (alone,) = (row for row in rows if "import os" in row and "imports" not in row)
    assert alone.split("│")[0].strip() in ("", "┃")


def test_marks_are_drawn_and_kept_at_once() -> None:
    kept: list[Marks] = []
    found = desk(kept)
    found.mark(found.marks.said_yes("0.0"))
    assert found.to_undecided() and found.block is not None and found.block.id == "0.1"
    found.mark(found.marks.said_no("0.1", "not\x1b]52;c;aGk=\x07 now"))
    rows = "\n".join(shown(found))
    assert "✔ yes" in rows and "✘ no: not" in rows and "○ undecided" in rows and "\x1b" not in rows
    assert len(kept) == 2 and Marks.load(kept[-1].dump(), "card") == found.marks
    assert counted(found.marks, [block.id for block in found.blocks]) == "1 of 3 hunks, 1 refused, 1 undecided"
    assert not Marks.load(kept[-1].dump(), "another card") and not Marks.load("{}", "card")


def test_marks_are_taken_back_one_by_one() -> None:
    found = desk()
    found.mark(found.marks.said_yes("0.0"))
    found.mark(found.marks.divided("0.0"))
    assert [block.id for block in found.blocks] == ["0.0.0", "0.0.1", "0.1", "1"]
    assert found.take_back() and found.marks.yes == ("0.0",) and len(found.blocks) == 3
    assert found.take_back() and not found.marks and not found.take_back()


def test_a_choice_names_pieces_and_a_yes_after_a_no_drops_its_reason() -> None:
    marks = Marks(of="card").said_no("0.0", "why").said_yes("0.0").said_no("0.1", "because").commented("1", "mind")
    assert marks.choice() == Choice(of="card", taken=("0.0",), reasons={"0.1": "because", "1": "mind"})
    assert marks.said_yes("0.0").wrote("0.0", "@@ @@\n").choice().taken == ("0.0",)
    assert marks.comment_on("1") == "mind" and marks.comment_on("0.1") == ""


def test_selected_lines_become_a_hunk_that_the_engine_takes() -> None:
    found = desk()
    block = found.blocks[0]
    only = {at for at, code in enumerate(block.lines) if code.text in ("c = relu(x)", "c = gelu(x)")}
    text = chosen_text(block, only)
    (piece, *_) = marked(PATCH, found.marks.wrote("0.0", text).choice())
    assert piece.hunk is not None
    lines = "".join(piece.hunk.new).split("\n")
    assert lines == ["import torch", "a = 1", "b = 3", "c = gelu(x)", "d = 4", "e = 5", ""]
    assert hunks.edited(hunks.read(PATCH)[0].hunks[0], text) == piece.hunk


def test_an_edited_hunk_is_drawn_as_it_was_written() -> None:
    found = desk()
    hunk = hunks.read(PATCH)[0].hunks[0]
    found.mark(found.marks.wrote("0.0", hunks.text_of(hunk).replace("+a = 2", "+a = 9\n+more = 1")))
    rows = "\n".join(shown(found))
    assert "+ a = 9" in rows and "+ more = 1" in rows and "+ a = 2" not in rows and "✎ edited" in rows
    assert "@@ -20,2 +22,2 @@" in rows, "what follows moves by the line that was added"


def test_the_selection_stays_in_its_hunk() -> None:
    found = desk()
    found.move(2)
    found.anchor = found.cursor
    found.move(100)
    assert found.rows[found.cursor].block == 0 and found.chosen() == {1, 2, 4, 5, 6}
    found.move(-100)
    assert found.rows[found.cursor].kind == "code" and found.rows[found.cursor].at == 0


def test_search_goes_round_and_opens_folded_hunks() -> None:
    found = desk()
    found.fold(all_of_them=True)
    found.query = "return"
    assert found.to_match(0) == (1, 2) and found.rows[found.cursor].kind == "code"
    assert found.to_match(1) == (2, 2) and found.to_match(1) == (1, 2) and found.to_match(-1) == (2, 2)
    found.query = "Return"
    assert found.to_match(1) == (0, 0), "a capital in what is searched for counts"


def test_words_that_differ_are_found_and_unlike_lines_are_left_alone() -> None:
    old, new = changed("self.act = nn.ReLU()", "self.act = nn.GELU()")
    assert [
        ("self.act = nn.ReLU()"[s.start : s.end], "self.act = nn.GELU()"[t.start : t.end])
        for s, t in zip(old, new, strict=True)
    ] == [("ReLU", "GELU")]
    assert changed("abc def", "1 + 2") == ((), ()) == changed("x" * 500, "x" * 499)
    assert pairs([" ", "-", "-", "+", " ", "+"]) == {1: 3, 3: 1}


def test_what_is_not_seen_by_itself_is_made_visible() -> None:
    text, spans = visible("\tx\u202e\x1b[2J = 1 \t")
    assert text.startswith("→   x‹202e›␛[2J = 1·→")
    assert "\x1b" not in text and "\u202e" not in text and len(spans) == 5
    assert visible("plain = 1") == ("plain = 1", ())


def test_badges_name_what_is_new() -> None:
    assert badges(["import os", "from subprocess import run", "x = eval(s)"], []) == [
        "imports os",
        "imports subprocess",
        "calls eval",
    ]
    assert badges(["import os", "model.eval()", "evaluate(x)"], ["import os"]) == []
    assert badges(["a = '\u200b'"], []) == ["hidden characters"] and badges(["\ta = 1"], []) == []
    assert protected({"protected files untouched": "not editable: a.py, b.py"}) == {"a.py", "b.py"}
    assert protected({"protected files untouched": "ok"}) == frozenset()


def test_a_missing_line_end_is_told() -> None:
    patch = PATCH[: PATCH.index("diff --git a/new.md")].replace(" # end\n", " # end\n\\ No newline at end of file\n")
    rows = shown(desk(patch=patch))
    assert "no newline at end of file" in rows[-1]
    assert not any("no newline" in row for row in shown(desk()))


def test_colours_come_when_they_are_asked_for_and_change_no_text() -> None:
    plain, colour = shown(desk()), shown(desk(), coloured=True)
    assert plain == colour
    (block, *_) = blocks(PATCH, (), {})
    rows = coloured("m.py", [code.text for code in block.lines])
    assert any(piece.look == "keyword" for row in rows for piece in row)
