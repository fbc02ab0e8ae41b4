"""Opening the screen. Imports nothing heavy before the workspace is found: a wrong folder is told in milliseconds.

What is needed where something goes wrong alone is imported there: every import here delays the first paint.
"""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator
from pathlib import Path

from app.engine import process
from app.engine.client import NoWorkspace, locate
from app.engine.journal import Journal, JournalError
from app.paths import Paths


def open_here(folder: Path) -> int:
    """Open the workspace at or above a folder; returns the exit code."""
    try:
        paths = locate(folder)
    except NoWorkspace as error:
        from app.cli.output import NOT_FOUND

        return _told(str(error), NOT_FOUND)
    return open_workspace(paths)


def open_workspace(paths: Paths, *, read_only: bool = False) -> int:
    """Show a workspace until the user leaves or the terminal is gone; work goes on. Returns the exit code."""
    # As in `app.entry`, for verbs that come here by themselves.
    gc.disable()
    try:
        with _opened(paths, attend=not read_only) as journal:
            from app.ui.app import CopilotApp

            app = CopilotApp(paths, journal, read_only=read_only)
            code = app.run() or 0
            if app.fault is not None:
                raise app.fault
            if code == 0:
                sys.stdout.write(app.farewell() + "\n")
            return code
    except (JournalError, OSError) as error:
        from app.cli.output import FAILED

        return _told(_in_words(error, paths), FAILED)
    finally:
        gc.enable()


def open_plainly(paths: Paths) -> int:
    """The same workspace as lines of text, until the human leaves or the input ends; returns the exit code."""
    from app.cli.output import FAILED
    from app.engine.client import Client
    from app.plain.listen import Listener
    from app.plain.session import Session
    from app.terminal import interactive

    try:
        with Client(paths) as here, process.attended(paths):
            listener = Listener(sys.stdin.fileno(), sys.stdin.encoding, human=interactive())
            return Session(here, listener).run()
    except PermissionError as error:
        return _told(_in_words(error, paths), FAILED)


@contextlib.contextmanager
def _opened(paths: Paths, *, attend: bool) -> Iterator[Journal]:
    """The journal, with a mark that somebody attends to the workspace."""
    with Journal.open(paths.journal) as journal, process.attended(paths) if attend else contextlib.nullcontext():
        yield journal


def _in_words(error: Exception, paths: Paths) -> str:
    if isinstance(error, JournalError):
        return str(error)
    return f"{paths.state} cannot be used ({error}). Mend its permissions, or choose another with --state-dir."


def _told(sentence: str, code: int) -> int:
    from app.cli.output import complain

    complain(sentence)
    return code
