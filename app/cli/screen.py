"""Opening the screen. Imports nothing heavy before the workspace is found: a wrong folder is told in milliseconds."""

from __future__ import annotations

import contextlib
import gc
from pathlib import Path

from app.cli.output import FAILED, NOT_FOUND, complain
from app.engine import process
from app.engine.client import NoWorkspace, locate
from app.engine.journal import Journal, JournalError
from app.paths import Paths


def open_here(folder: Path) -> int:
    """Open the workspace at or above a folder; returns the exit code."""
    try:
        paths = locate(folder)
    except NoWorkspace as error:
        complain(str(error))
        return NOT_FOUND
    return open_workspace(paths)


def open_workspace(paths: Paths, *, read_only: bool = False) -> int:
    """Show a workspace until the user leaves or the terminal is gone; work goes on. Returns the exit code."""
    # Start-up makes many objects that stay; the screen turns collection on again after its first paint.
    gc.disable()
    try:
        with contextlib.ExitStack() as held:
            journal = held.enter_context(Journal.open(paths.journal))
            if not read_only:
                held.enter_context(process.attended(paths))
            from app.ui.app import CopilotApp

            return CopilotApp(paths, journal, read_only=read_only).run() or 0
    except JournalError as error:
        complain(str(error))
        return FAILED
    except OSError as error:
        complain(f"{paths.state} cannot be used ({error}). Mend its permissions, or choose another with --state-dir.")
        return FAILED
    finally:
        gc.enable()
