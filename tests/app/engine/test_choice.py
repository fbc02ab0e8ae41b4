"""Pieces of a diff and a choice among them: numbers, splits, what is whole, what cannot be read."""

from __future__ import annotations

import pytest

from app.engine import hunks
from app.engine.choice import Choice, ChoiceError, marked, numbered, pieces, place

PATCH = """\
diff --git a/train.py b/train.py
index 1111111..2222222 100644
--- a/train.py
+++ b/train.py
@@ -1,7 +1,7 @@
-a = 1
+a = 2
 b
 c
-d = 1
+d = 2
 e
 f
 g
@@ -20,3 +20,4 @@ def f():
 x
+y
 z
 w
diff --git a/new.py b/new.py
new file mode 100644
index 0000000..3333333
--- /dev/null
+++ b/new.py
@@ -0,0 +1 @@
+n = 1
diff --git a/run.sh b/run.sh
old mode 100644
new mode 100755
diff --git a/notes.ipynb b/notes.ipynb
index 4444444..5555555 100644
--- a/notes.ipynb
+++ b/notes.ipynb
@@ -1 +1 @@
-{}
+{"a": 1}
diff --git a/data.bin b/data.bin
index 6666666..7777777 100644
--- a/data.bin
+++ b/data.bin
@@ -1 +1 @@
-\0a
+\0b
diff --git "a/odd \\"name\\".py" "b/odd \\"name\\".py"
index 8888888..9999999 100644
--- "a/odd \\"name\\".py"
+++ "b/odd \\"name\\".py"
@@ -1 +1 @@
-q
+r
"""


def test_pieces_have_stable_names_and_whole_files_say_why() -> None:
    found = {piece.id: piece for piece in pieces(PATCH)}
    assert list(found) == ["0.0", "0.1", "1", "2", "3", "4", "5.0"]
    assert [found[name].file.whole for name in ("1", "2", "3", "4")] == [
        "new file mode 100644",
        "old mode 100644",
        "notebook",
        "binary file",
    ]
    assert found["5.0"].file.path == 'odd "name".py'
    assert [place(piece) for piece in numbered(PATCH).values()][:3] == [
        "train.py:1",
        "train.py:21",
        "new.py (new file mode 100644)",
    ]


def test_a_split_hunk_is_given_as_its_parts_and_the_others_keep_their_names() -> None:
    found = {piece.id: piece for piece in pieces(PATCH, ["0.0"])}
    assert list(found)[:3] == ["0.0.0", "0.0.1", "0.1"]
    assert found["0.0.0"].line == 1 and found["0.0.1"].line == 4


def test_a_choice_survives_its_text_bytes_that_are_no_text_included() -> None:
    choice = Choice(of="h", taken=("0.1",), split=("0.0",), edited={"0.0.0": "+\udcff\n"}, reasons={"1": "zu früh"})
    assert Choice.load(choice.dump()) == choice


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"of":1,"taken":[],"split":[],"edited":{},"reasons":{}}',
        '{"of":"h","taken":[0],"split":[],"edited":{},"reasons":{}}',
        '{"of":"h","taken":[],"split":[],"edited":[],"reasons":{}}',
        '{"of":"h","taken":[],"split":[],"edited":{"0.0":2},"reasons":{}}',
        "[" * 100_000,
    ],
)
def test_what_is_no_choice_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(ChoiceError, match="Mark the hunks again"):
        Choice.load(text)


@pytest.mark.parametrize(
    "choice",
    [
        Choice(of="h", taken=("0.2",)),
        Choice(of="h", taken=("0.0",), split=("0.0",)),
        Choice(of="h", taken=("0.0.0",)),
        Choice(of="h", split=("1",)),
        Choice(of="h", split=("0.9",)),
        Choice(of="h", edited={"1.0": "+x\n"}),
        Choice(of="h", reasons={"9": "why"}),
    ],
)
def test_a_piece_that_the_diff_has_not_is_named(choice: Choice) -> None:
    with pytest.raises(ChoiceError, match="has no piece"):
        marked(PATCH, choice)
    assert marked(PATCH, Choice(of="h", taken=("0.0", "1"), reasons={"2": "why"}))


def test_an_edit_changes_what_is_added_and_never_what_the_file_is() -> None:
    text = hunks.text_of(pieces(PATCH)[1].hunk or pytest.fail("no hunk"))
    edited = marked(PATCH, Choice(of="h", edited={"0.1": text.replace("+y", "+why")}))[1]
    assert edited.hunk is not None and ("+", "why\n") in edited.hunk.rows
    with pytest.raises(hunks.HunkError, match="old side"):
        marked(PATCH, Choice(of="h", edited={"0.1": text.replace(" z", " zz")}))
    with pytest.raises(ChoiceError, match="as a whole"):
        marked(PATCH, Choice(of="h", edited={"1": "+x\n"}))
