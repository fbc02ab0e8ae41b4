"""Where everything of a workspace lies. The one place that knows file names in the state folder."""

from __future__ import annotations

import os
from pathlib import Path

STATE_FOLDER = ".mlrc"
LEAST_FREE_BYTES = 4 << 20
"""Free space below which a full disk is the likely reason of trouble."""


class Paths:
    """The state folder of one workspace: `.mlrc/` in it, or another folder by `--state-dir`."""

    def __init__(self, workspace: Path, state: Path | None = None) -> None:
        self.workspace = workspace
        self.state = state or workspace / STATE_FOLDER
        self.journal = self.state / "journal.db"
        self.lock = self.state / "engine.lock"
        self.engine = self.state / "engine.json"
        self.engine_log = self.state / "engine.log"
        self.socket = self.state / "wake"
        self.bound = self.state / "bound.json"
        self.secret = self.state / "secret"
        self.contract = self.state / "contract.toml"
        self.settings = self.state / "settings.json"
        self.papers = self.state / "papers"
        self.cards = self.state / "cards"
        self.trees = self.state / "trees"
        self.runs = self.state / "runs"
        self.data = self.state / "data"

    def run(self, number: int) -> Path:
        """Folder of one run."""
        return self.runs / str(number)

    def make(self) -> None:
        """Create the folders, readable by the owner alone."""
        for folder in (self.state, self.papers, self.cards, self.trees, self.runs, self.data):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def find_workspace(start: Path) -> Path | None:
    """The nearest folder at or above `start` that has a state folder with a journal."""
    for folder in (start, *start.parents):
        if (folder / STATE_FOLDER / "journal.db").exists():
            return folder
    return None


def templates() -> Path:
    """The folder of the shipped templates, beside this package."""
    return Path(__file__).resolve().parent.parent / "workspace_templates"


def disk_is_full(folder: Path) -> bool:
    """Whether next to nothing can be written below a folder any more."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize < LEAST_FREE_BYTES
