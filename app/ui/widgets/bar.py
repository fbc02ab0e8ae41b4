"""One or a few rows that never scroll: header, inbox strip, action lines."""

from __future__ import annotations

from collections.abc import Sequence

from app.ui.text import Line
from app.ui.widgets.lines import Lines


class Bar(Lines):
    """Lines without focus and without scroll bars."""

    def put(self, rows: Sequence[Line]) -> None:
        """Draw these rows."""
        self.show([], head=rows)
