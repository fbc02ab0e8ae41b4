"""The human's own editor on a text, with the screen suspended."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
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
        with suspend(), _unharmed():
            trouble = _run([*words, str(file)])
        after = file.read_bytes().decode("utf-8", "surrogateescape") if file.exists() else text
        if trouble and after != text and after.strip():
            trouble += f" What you wrote is in {_kept(file)}."
    if trouble:
        raise NoEditor(trouble)
    return after if after != text and after.strip() else None


def _run(words: list[str]) -> str:
    """Run the editor; returns what went wrong. Nothing may be raised while the screen is suspended: it would not come
    back."""
    try:
        code = subprocess.run(words, check=False).returncode
    except OSError as error:
        return f"{words[0]} could not be started ({error.strerror}). Set $EDITOR to an editor."
    if code < 0:
        return f"{words[0]} was ended by {signal.Signals(-code).name}; nothing was changed here."
    return f"{words[0]} ended with code {code}; nothing was changed here." if code else ""


@contextmanager
def _unharmed() -> Iterator[None]:
    # ctrl+c and ctrl+\ in the editor are meant for it, but reach every process of the terminal. A handler of ours is
    # not handed on to the editor, as ignoring them would be.
    signals = (signal.SIGINT, signal.SIGQUIT)
    before = [signal.signal(number, lambda *_: None) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _kept(file: Path) -> Path:
    descriptor, name = tempfile.mkstemp(prefix="mlrc-kept-", suffix=file.suffix)
    os.close(descriptor)
    return Path(shutil.copyfile(file, name))
