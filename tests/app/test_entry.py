"""What `mlrc` opens without asking the command-line library."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.entry import to_open


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [
        ([], Path.cwd()),
        (["open"], Path.cwd()),
        (["open", "study"], Path("study")),
        (["open", "/a b/c"], Path("/a b/c")),
    ],
)
def test_the_screen_is_opened_without_a_parser(arguments: list[str], folder: Path) -> None:
    assert to_open(arguments) == folder


@pytest.mark.parametrize(
    "arguments",
    [["open", "--plain"], ["open", "--help"], ["open", "a", "b"], ["open", "a", "--plain"], ["open", ""], ["status"]],
)
def test_everything_else_is_parsed(arguments: list[str]) -> None:
    assert to_open(arguments) is None
