"""The screen of a workspace without an engine behind it. Started as a program."""

from __future__ import annotations

import sys
from pathlib import Path

from app.engine.journal import Journal
from app.paths import Paths
from app.ui.app import CopilotApp

if __name__ == "__main__":
    paths = Paths(Path(sys.argv[1]))
    with Journal.open(paths.journal) as journal:
        sys.exit(CopilotApp(paths, journal, ensure=lambda paths: None).run() or 0)
