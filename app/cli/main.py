"""`mlrc`: assembles the verbs, turns every named error into a sentence and an exit code."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app import __version__
from app.cli import decide, doctor, look, serve, setup, start
from app.cli.output import FAILED, INTERRUPTED, NOT_FOUND, UNREACHABLE, USAGE, Failure, complain
from app.config import ConfigError
from app.engine.cards import CardError
from app.engine.client import NoWorkspace
from app.engine.journal import JournalError
from app.engine.process import EngineUnreachable
from sandbox.base import SandboxError

app = typer.Typer(
    name="mlrc",
    help="A research copilot for the terminal: paper → ideas → reviewed diff → sandboxed training → computed "
    "verdict.\n\n"
    "Without a verb: open the workspace here.",
    no_args_is_help=False,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(invoke_without_command=True)
def _bare(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", "-V", help="Print the version and leave.")] = False,
    plain: Annotated[bool, typer.Option("--plain", help=start.PLAIN)] = False,
) -> None:
    if version:
        typer.echo(f"mlr-copilot {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        start.open_workspace(Path(), plain=plain)


for verbs in (start, setup, look, decide, doctor, serve):
    verbs.register(app)


NAMED: dict[type[Exception], int] = {
    NoWorkspace: NOT_FOUND,
    EngineUnreachable: UNREACHABLE,
    JournalError: FAILED,
    CardError: FAILED,
    SandboxError: FAILED,
    ConfigError: USAGE,
}
"""Errors whose text is a sentence for the user, and the exit code of each."""


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code."""
    return guarded(lambda: app(args=arguments, prog_name="mlrc", standalone_mode=False))


def guarded(work: Callable[[], Any]) -> int:
    """Do some work; every named error becomes a sentence, and its exit code is returned."""
    try:
        result = work()
    except Failure as failure:
        complain(str(failure))
        return failure.code
    except tuple(NAMED) as error:
        complain(str(error))
        return next(code for kind, code in NAMED.items() if isinstance(error, kind))
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted()
    except BrokenPipeError:
        sys.stderr.close()
        return FAILED
    except OSError as error:
        complain(f"{error.filename or 'A file'} cannot be used: {error.strerror or error}. Mend that, then try again.")
        return FAILED
    except typer.Exit as leave:
        return int(leave.exit_code)
    except typer.TyperException as error:
        return _usage(error)
    if result == INTERRUPTED:
        return _interrupted()
    return result if isinstance(result, int) else 0


def _interrupted() -> int:
    complain("Interrupted. Work that was started goes on; see `mlrc status`.")
    return INTERRUPTED


def _usage(error: typer.TyperException) -> int:
    """What the command-line library complains of: an unknown option, a missing argument."""
    explain = getattr(error, "format_message", error.__str__)
    complain(f"{explain()} See `mlrc --help`.")
    return USAGE
