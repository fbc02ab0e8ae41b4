"""The other reference of `busy_screen.py`: a RichLog that is given each line as it comes. Started as a program."""

from __future__ import annotations

import sys
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import RichLog

LOOK_SECONDS = 0.02


class Naive(App[None]):
    """One log over the whole screen."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._file = path.open("rb")
        self._file.seek(0, 2)

    def compose(self) -> ComposeResult:
        """The widget a first version would take."""
        yield RichLog()

    def on_mount(self) -> None:
        """Look for new lines fifty times a second."""
        self.set_interval(LOOK_SECONDS, self._read)

    def _read(self) -> None:
        log = self.query_one(RichLog)
        for line in self._file.read().decode("utf-8", "replace").splitlines():
            log.write(line)


if __name__ == "__main__":
    Naive(Path(sys.argv[1])).run()
