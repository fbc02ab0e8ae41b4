"""Opening the screen: light before the first paint, and sentences where there is nothing to open."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.screen import open_here, open_workspace
from app.paths import Paths

from .conftest import Study
from .test_terminal import terminal

HEAVY = {"openai", "docker", "git", "torch", "typer", "pydantic", "tree_sitter", "pypdf", "bs4", "tomlkit"}
LATER = {
    *("app.engine.events", "app.engine.commands", "app.engine.fold", "app.narrate", "app.ui.actors.decisions"),
    *("app.ui.actors.navigation", "app.ui.screens.ask", "app.ui.palette", "app.cli.output"),
    *("sandbox.base", "sandbox.records", "sandbox.metrics", "agents", "pygments", "tomllib", "getpass"),
}
"""What a screen needs, but not before its first paint from a fresh snapshot; here, the workspace has no paper."""
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


FIRST_FRAME = """
import json, sys
from pathlib import Path
import app.entry, app.cli.screen, app.ui.app
from app.engine.journal import Journal
from app.paths import Paths
from app.ui.app import CopilotApp
class Watched(CopilotApp):
    CSS_PATH = str(Path(app.ui.app.__file__).with_name("copilot.tcss"))
    def post_display_hook(self):
        if not self.seen:
            self.seen = True
            panes = {n: [p.render_line(y).text for y in range(p.text_height)] for n, p in self.screen.panes.items()}
            Path(sys.argv[2]).write_text(json.dumps({"modules": sorted(sys.modules), "panes": panes}))
paths = Paths(Path(sys.argv[1]))
found = Watched(paths, Journal.open(paths.journal), ensure=lambda paths: None)
found.seen = False
raise SystemExit(found.run() or 0)
"""


def first_frame(study: Study, notes: Path) -> tuple[set[str], dict[str, str]]:
    """What was loaded when the first frame was written, and the text of its panes."""
    with terminal(FIRST_FRAME, str(study.paths.workspace), str(notes)) as found:
        found.wait_for("leaky slope")
    said = json.loads(notes.read_text())
    return set(said["modules"]), {name: "\n".join(rows) for name, rows in said["panes"].items()}


@pytest.fixture
def unread(tmp_path: Path) -> Iterator[Study]:
    """Two ideas and a diff, without a paper."""
    made = Study(tmp_path / "unread")
    made.idea(2, "leaky slope")
    made.baseline_run(b"step 1 loss 2.0\n")
    made.diff(4, made.diff_card())
    yield made
    made.journal.close()


def test_the_first_frame_has_content_and_waits_for_the_snapshot_alone(unread: Study, tmp_path: Path) -> None:
    unread.journal.save_snapshot(unread.journal.state())
    modules, panes = first_frame(unread, tmp_path / "notes")
    assert "leaky slope" in panes["ideas"] and "Leaky(nn.Module)" in panes["diff"] and "running" in panes["log"]
    assert "app.ui.widgets.diff" in modules
    assert modules & (LATER | HEAVY) == set()


def test_what_is_newer_than_the_snapshot_is_loaded_with_it_and_follows(unread: Study, tmp_path: Path) -> None:
    unread.journal.save_snapshot(unread.journal.state())
    unread.idea(9, "a newer idea")
    with terminal(FIRST_FRAME, str(unread.paths.workspace), str(tmp_path / "notes")) as found:
        found.wait_for("a newer idea")
        assert "proposed, support" not in found.text, "what was there before the screen is no news"
    first = json.loads((tmp_path / "notes").read_text())
    assert "a newer idea" not in "\n".join(first["panes"]["ideas"])


def test_without_a_snapshot_the_first_frame_has_all_events(unread: Study, tmp_path: Path) -> None:
    modules, panes = first_frame(unread, tmp_path / "notes")
    assert "leaky slope" in panes["ideas"]
    assert modules >= {"app.engine.events", "app.engine.fold"}


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
