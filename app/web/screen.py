"""What the web server starts for each browser window: the screen, talking to the server over its standard streams."""

from __future__ import annotations

import os
import select
import signal
import sys
import threading
from pathlib import Path

from app.cli.screen import open_workspace
from app.paths import Paths


def main(arguments: list[str]) -> int:
    """Show a workspace: its folder, its state folder, and `--read-only` where nothing may be decided."""
    workspace, state, *rest = arguments
    threading.Thread(target=_leave_with_the_server, name="hang-up", daemon=True).start()
    return open_workspace(Paths(Path(workspace), Path(state)), read_only="--read-only" in rest)


def _leave_with_the_server() -> None:
    """End when the other end of standard input is gone: Textual does not notice a server that was killed."""
    poll = select.poll()
    # No events are asked for: only a hang-up or an error ends the wait.
    poll.register(sys.__stdin__ or 0, 0)
    poll.poll()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
