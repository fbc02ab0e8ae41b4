"""The first lines of `mlrc`: decide what to import. The screen must not wait for the command-line library."""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from types import TracebackType

from app.terminal import on_terminal


def main() -> None:
    """Entry point of `mlrc` and `mlr-copilot`."""
    sys.excepthook = _last_word
    intruder = _intruder()
    if intruder:
        sys.stderr.write(intruder + "\n")
        raise SystemExit(1)
    arguments = sys.argv[1:]
    if arguments in (["--version"], ["-V"]):
        from app import __version__

        sys.stdout.write(f"mlr-copilot {__version__}\n")
        return
    folder = to_open(arguments)
    if folder is not None and on_terminal():
        # Start-up makes many objects that stay; the screen turns collection on again after its first paint.
        gc.disable()
        from app.cli.screen import open_here

        raise SystemExit(open_here(folder))
    from app.cli.main import run
    from app.spelling import prepare_streams

    prepare_streams()
    raise SystemExit(run(arguments))


def to_open(arguments: list[str]) -> Path | None:
    """The folder of `mlrc` and `mlrc open DIR`, which need no parser; None for everything else."""
    match arguments:
        case [] | ["open"]:
            return Path.cwd()
        case ["open", folder] if folder and not folder.startswith("-"):
            return Path(folder)
        case _:
            return None


def _last_word(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault of ours: the traceback goes to a file, the reader gets a sentence."""
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="mlrc-fault-", suffix=".txt", delete=False) as report:
        report.write("".join(traceback.format_exception(kind, error, trace)))
    sys.stderr.write(
        f"mlrc ended on a fault of its own ({kind.__name__}). Nothing was lost: the engine and its runs are separate "
        f"processes. Details for a bug report are in {report.name}.\n"
    )


def _intruder() -> str:
    """`app`, `agents` and `sandbox` are common names: say so where somebody else's shadow ours."""
    import importlib.util

    here = Path(__file__).resolve().parent.parent
    for name in ("agents", "sandbox"):
        found = importlib.util.find_spec(name)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin is None or origin.parent.parent != here:
            return (
                f"Another package called `{name}` ({origin}) hides the one of mlr-copilot in {here}. "
                "Install mlr-copilot into an environment of its own, or unset PYTHONPATH."
            )
    return ""
