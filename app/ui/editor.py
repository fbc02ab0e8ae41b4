"""The human's own editor on a text, with the screen suspended."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

Suspend = Callable[[], AbstractContextManager[None]]
FALLBACKS = ("nano", "vim", "vi")


class NoEditor(Exception):
    """No editor can be started; the text says what to set."""


def command() -> list[str]:
    """The editor's command line: $VISUAL, then $EDITOR, then what is installed.

    Raises:
        NoEditor: there is none.
    """
    for name in ("VISUAL", "EDITOR"):
        if words := shlex.split(os.environ.get(name, "")):
            return words
    found = next((name for name in FALLBACKS if shutil.which(name)), None)
    if found is None:
        raise NoEditor("There is no editor. Set $EDITOR to one, with its wait flag where it opens a window.")
    return [found]


def edited(text: str, suffix: str, suspend: Suspend) -> str | None:
    """What the human made of the text; None where it was left as it is.

    Raises:
        NoEditor: the editor cannot be started, or it failed.
    """
    words = command()
    with tempfile.TemporaryDirectory(prefix="mlrc-edit-") as folder:
        file = Path(folder) / f"step{suffix}"
        file.touch(mode=0o600)
        # Surrogates carry bytes that are not UTF-8 through unchanged.
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        try:
            with suspend():
                done = subprocess.run([*words, str(file)], check=False)
        except OSError as error:
            raise NoEditor(f"{words[0]} could not be started ({error.strerror}). Set $EDITOR to an editor.") from None
        if done.returncode != 0:
            raise NoEditor(f"{words[0]} ended with code {done.returncode}; nothing was changed.")
        after = file.read_bytes().decode("utf-8", "surrogateescape")
    return after if after != text and after.strip() else None
