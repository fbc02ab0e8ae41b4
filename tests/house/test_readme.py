"""The README says what the product does: its key table comes from the one declaration, its verbs are all there are."""

from __future__ import annotations

from pathlib import Path

import typer

from app.cli import decide, doctor, look, setup, start
from app.ui.actions import readme_rows


def verbs() -> set[str]:
    program = typer.Typer()
    for module in (start, setup, look, decide, doctor):
        module.register(program)
    commands = program.registered_commands
    named = {str(command.name or getattr(command.callback, "__name__", "")) for command in commands}
    return named | {
        str(group.name or group.typer_instance.info.name or "config") for group in program.registered_groups
    }


def test_every_key_is_in_the_readme(repository_root: Path) -> None:
    text = (repository_root / "README.md").read_text()
    missing = [row for row in readme_rows() if row not in text]
    assert not missing, "write them into the table under “Keys”"


def test_every_verb_is_in_the_readme(repository_root: Path) -> None:
    text = (repository_root / "README.md").read_text()
    found = verbs()
    assert len(found) > 15
    missing = sorted(verb for verb in found if f"`{verb}" not in text and f"mlrc {verb}" not in text)
    assert not missing


def test_the_check_would_notice_a_missing_verb(repository_root: Path) -> None:
    assert "`frobnicate" not in (repository_root / "README.md").read_text()
