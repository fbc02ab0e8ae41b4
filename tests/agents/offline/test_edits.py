"""Replacements are exact, and no change passes that leaves its bounds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import edits
from agents.contract import Contract
from agents.edits import EditError, Replacement
from agents.research import Change, Edit

FILES = {"src/a.py": "x = 1\n", "src/b.md": "b\n", "evaluate.py": "y = 1\n"}


def change(path: str, content: str | None = "x = 2\n") -> Change:
    return Change(edits=(Edit(path=path, content=content),), why="test")


def rules(proposed: Change, contract: Contract) -> list[str]:
    return [failure.rule for failure in edits.check(proposed, contract, FILES)]


@given(st.text(max_size=30), st.text(max_size=5), st.text(max_size=30))
def test_everything_outside_of_a_replacement_is_kept(before: str, new: str, after: str) -> None:
    start, end = len(before.encode()), len((before + "MIDDLE").encode())
    written = new.replace("\n", "\r\n") if "\r\n" in before + "MIDDLE" + after else new
    assert edits.apply(f"{before}MIDDLE{after}", [Replacement(start, end, new)]) == before + written + after


def test_order_of_replacements_does_not_matter() -> None:
    both = [Replacement(0, 1, "A"), Replacement(2, 3, "C")]
    assert edits.apply("abc", both) == edits.apply("abc", both[::-1]) == "AbC"


def test_new_lines_are_written_as_the_file_writes_them() -> None:
    assert edits.apply("a\r\nb\r\n", [Replacement(3, 3, "x\ny\n")]) == "a\r\nx\r\ny\r\nb\r\n"
    assert edits.apply("a\nb\n", [Replacement(2, 2, "x\n")]) == "a\nx\nb\n"


@pytest.mark.parametrize(
    ("text", "replacements", "words"),
    [
        ("abc", [Replacement(0, 2, "x"), Replacement(1, 3, "y")], "overlap"),
        ("abc", [Replacement(2, 9, "x")], "outside"),
        ("aé", [Replacement(0, 2, "x")], "cuts a character"),
    ],
)
def test_impossible_replacements_are_refused(text: str, replacements: list[Replacement], words: str) -> None:
    with pytest.raises(EditError, match=words):
        edits.apply(text, replacements)


def test_an_edit_of_an_editable_file_passes(study: Contract) -> None:
    assert rules(change("src/a.py"), study) == []
    assert rules(change("src/new.py"), study) == []
    assert rules(change("src/a.py", None), study) == []


@pytest.mark.parametrize("path", ["evaluate.py", "copilot.toml", ".git/config", "src/.git/hooks.py", "src/.GIT/x.py"])
def test_protected_files_are_refused(path: str, study: Contract) -> None:
    assert rules(change(path), study) == ["protected"]


def test_git_stays_protected_when_everything_is_editable(study: Contract) -> None:
    everything = study.model_copy(update={"editable": ("*", "**")})
    assert rules(change("lib/.git/config"), everything) == ["protected"]
    assert rules(change("lib/config"), everything) == []


@pytest.mark.parametrize(
    "path", ["src/../evaluate.py", "/src/a.py", "src//a.py", "src/./a.py", "src\\a.py", "src/a\n.py", ""]
)
def test_paths_that_wander_are_refused(path: str, study: Contract) -> None:
    everything = study.model_copy(update={"editable": ("*", "**", "src/*")})
    assert everything.may_edit("src/../evaluate.py"), "the glob alone lets it out, or this test proves nothing"
    assert rules(change(path), everything) == ["path"]
    assert rules(change("src/a.py"), everything) == []


@pytest.mark.parametrize(
    ("proposed", "rule"),
    [
        (change("src/a.py", "x = (\n"), "syntax"),
        (change("src/a.py", "x = 1\n"), "unchanged"),
        (change("src/a.py", "x = '\0'\n"), "text"),
        (change("src/b.md", "\ud800"), "text"),
        (change("src/gone.py", None), "absent"),
        (Change(edits=(), why=""), "unchanged"),
    ],
)
def test_other_reasons_have_their_names(proposed: Change, rule: str, study: Contract) -> None:
    everything = study.model_copy(update={"editable": ("src/*",)})
    assert rules(proposed, everything) == [rule]


def test_one_file_takes_one_edit(study: Contract) -> None:
    twice = change("src/a.py")
    assert rules(replace(twice, edits=twice.edits * 2), study) == ["twice"]


def test_every_failure_says_what_to_do_in_a_sentence(study: Contract) -> None:
    for path in ("evaluate.py", "../x", "src/none.py"):
        failures = edits.check(change(path, None), study, FILES)
        assert failures
        assert all(failure.sentence.endswith(".") for failure in failures)
