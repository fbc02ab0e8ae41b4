"""Opening the screen: light before the first paint, and sentences where there is nothing to open."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli.screen import open_here, open_workspace
from app.paths import Paths

from .conftest import Study

HEAVY = {"openai", "docker", "git", "torch", "typer", "pydantic", "tree_sitter", "pypdf", "bs4", "tomlkit"}
PAINT = """
import asyncio, json, sys
from pathlib import Path
import app.cli.screen
from app.engine.journal import Journal
from app.paths import Paths
from app.ui.app import CopilotApp
async def main():
    paths = Paths(Path(sys.argv[1]))
    found = CopilotApp(paths, Journal.open(paths.journal), ensure=lambda paths: None)
    async with found.run_test(size=(200, 50)) as pilot:
        await pilot.pause(0.3)
    print(json.dumps(sorted(sys.modules)))
asyncio.run(main())
"""


def test_nothing_heavy_is_imported_for_the_first_paint(study: Study) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", PAINT, str(study.paths.workspace)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    modules = set(json.loads(done.stdout.splitlines()[-1]))
    assert {"textual", "app.ui.widgets.diff"} <= modules
    assert modules & HEAVY == set()


def test_a_folder_that_is_no_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert open_here(tmp_path) == 3
    assert "is not a workspace" in capsys.readouterr().err


def test_a_damaged_journal_is_a_sentence(tmp_path: Path) -> None:
    paths = Paths(tmp_path)
    paths.make()
    paths.journal.write_bytes(b"this is no database, but it is long enough to be taken for one" * 50)
    code = "import sys, pathlib; from app.cli import screen; sys.exit(screen.open_here(pathlib.Path(sys.argv[1])))"
    done = subprocess.run([sys.executable, "-I", "-c", code, str(tmp_path)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "damaged" in done.stderr and "Traceback" not in done.stderr


def test_no_journal_at_all_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert open_workspace(Paths(tmp_path)) == 1
    assert "There is no workspace" in capsys.readouterr().err
