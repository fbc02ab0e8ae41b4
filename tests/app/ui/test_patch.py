"""Reading unified diffs as git writes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

from app.ui.highlight import coloured
from app.ui.patch import parse


def git_diff(folder: Path, before: dict[str, bytes], after: dict[str, bytes]) -> str:
    """What git says about two sets of files."""
    for name, files in (("a", before), ("b", after)):
        for path, content in files.items():
            target = folder / name / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    command = ["git", "diff", "--no-index", "--src-prefix=", "--dst-prefix=", "a", "b"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=20).stdout


def test_numbers_signs_and_counts(tmp_path: Path) -> None:
    old = "".join(f"line {n}\n" for n in range(1, 31)).encode()
    new = old.replace(b"line 3\n", b"").replace(b"line 20\n", b"line twenty\nand one\n")
    (file,) = parse(git_diff(tmp_path, {"x.py": old}, {"x.py": new}))
    assert file.path == "x.py"
    assert (file.added, file.removed, len(file.hunks)) == (2, 2, 2)
    by_text = {row.text: row for hunk in file.hunks for row in hunk.lines}
    assert (by_text["line 3"].kind, by_text["line 3"].old, by_text["line 3"].new) == ("del", 3, None)
    assert (by_text["line 4"].old, by_text["line 4"].new) == (4, 3)
    assert (by_text["and one"].kind, by_text["and one"].new) == ("add", 20)
    assert (by_text["line 21"].old, by_text["line 21"].new) == (21, 21)


def test_every_line_of_the_patch_is_shown(tmp_path: Path) -> None:
    old = b"a\n-- looks like a header\nb\x0cc\n"
    new = b"a\n++ another one\nb\x0cc\nd \xc3\xbc\n@@ -1 +1 @@\nno newline"
    patch = git_diff(tmp_path, {"t.txt": old}, {"t.txt": new})
    (file,) = parse(patch)
    shown = [row.text for hunk in file.hunks for row in hunk.lines]
    body = patch.split("@@\n", 1)[1].removesuffix("\n").split("\n")
    assert [row[1:] if not row.startswith("\\") else row for row in body] == shown
    assert any(row.startswith("\\ No newline") for row in shown)


def test_new_deleted_and_several_files(tmp_path: Path) -> None:
    patch = git_diff(tmp_path, {"gone.py": b"x = 1\n"}, {"new.py": b"y = 2\n"})
    files = {file.path: file for file in parse(patch)}
    assert len(files) == 2
    assert any("new file" in note for file in files.values() for note in file.notes)
    assert any("deleted file" in note for file in files.values() for note in file.notes)


def test_what_is_not_a_patch_is_not_lost() -> None:
    (file,) = parse("garbage\nmore")
    assert file.notes == ["garbage", "more"]
    assert parse("") == []


def test_colours_keep_text_and_rows() -> None:
    rows = ['def f(x):  # "', '    """doc', '    more"""', "    return 'a\tb'", ""]
    found = coloured("x.py", rows)
    assert ["".join(piece.text for piece in row) for row in found] == [row.expandtabs(4) for row in rows]
    assert {piece.look for row in found for piece in row} >= {"keyword", "string", "comment"}
    assert [p.text for row in coloured("x.unknown-kind", ["a"]) for p in row] == ["a"]
