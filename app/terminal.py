"""What can be known of the terminal without importing anything."""

from __future__ import annotations

import os
import sys


def on_terminal() -> bool:
    """Whether a full screen can be drawn."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
