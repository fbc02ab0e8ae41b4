"""Copying over SSH: through tmux, through the terminal (OSC 52), or into a file; and a sentence that says which.

Never through a clipboard tool of this machine: in a session begun elsewhere it would reach nobody.
"""

from __future__ import annotations

import base64
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from app.sanitise import clean

TERMINAL_BYTES = 74_000
"""What terminals take by OSC 52; longer ones are cut or dropped by many."""
TMUX_SECONDS = 3.0
FILE = "copied.txt"


def copy(
    text: str, folder: Path, tell: Callable[[str], None] | None, environment: Mapping[str, str] = os.environ
) -> str:
    """Copy a text where the user can paste it; returns what was done.

    No control character is copied: pasted into a shell, it would act there.

    Args:
        text: what to copy.
        folder: for the file, where neither tmux nor the terminal takes it.
        tell: writes to the terminal; None where there is none.
        environment: of this process.

    Raises:
        OSError: the file cannot be written.
    """
    safe = clean(text)
    what = _amount(safe)
    changed = ""
    if safe != text:
        changed = " Control characters in it were made visible, so it is not the exact text."
    if "TMUX" in environment and (way := _through_tmux(safe)):
        return f"Copied {what} {way}.{changed}"
    path = _to_file(safe, folder)
    if tell is None or environment.get("TERM", "").startswith(("screen", "linux", "dumb")):
        return f"Copied {what} to {path}: this terminal takes no text.{changed}"
    size = len(safe.encode())
    if size > TERMINAL_BYTES:
        return f"Copied {what} to {path}: {size:,} bytes are more than a terminal takes.{changed}"
    tell(f"\x1b]52;c;{base64.b64encode(safe.encode()).decode()}\x07")
    return f"Copied {what} through the terminal; where it does not take them: {path}.{changed}"


def _amount(text: str) -> str:
    lines = text.count("\n") + (not text.endswith("\n"))
    return f"{lines} line{'s' if lines != 1 else ''}"


def _through_tmux(text: str) -> str:
    # Since 3.2, -w passes the text on to the terminal outside; before that, it stays with tmux.
    for options, way in ((["-w"], "through tmux"), ([], "into tmux only (paste with prefix ])")):
        try:
            done = subprocess.run(
                ["tmux", "load-buffer", *options, "-"],
                input=text.encode(),
                capture_output=True,
                timeout=TMUX_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        if done.returncode == 0:
            return way
    return ""


def _to_file(text: str, folder: Path) -> Path:
    path = folder / FILE
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")
    return path
