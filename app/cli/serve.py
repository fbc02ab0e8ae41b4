"""The verb `serve`: the screen in a browser, over an SSH tunnel."""

from __future__ import annotations

import getpass
import importlib.util
import secrets
import shlex
import socket
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli.options import StateDir
from app.cli.output import FAILED, Failure, Output, complain
from app.engine.client import locate
from app.engine.journal import Journal
from app.paths import Paths

LOOPBACK = "127.0.0.1"


def register(app: typer.Typer) -> None:
    """Add the verb."""
    app.command()(serve)


def serve(
    folder: Annotated[Path, typer.Argument(help="The workspace.")] = Path(),
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8500,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = LOOPBACK,
    read_only: Annotated[bool, typer.Option("--read-only", help="Look only; nothing can be decided.")] = False,
    state_dir: StateDir = None,
) -> None:
    """The same screen in a browser, over an SSH tunnel.

    Listens on this machine alone, at an address that holds a secret. Needs the extra: pip install 'mlr-copilot[serve]'
    """
    if importlib.util.find_spec("textual_serve") is None:
        raise Failure("The web server is not installed. Install it with `pip install 'mlr-copilot[serve]'`.")
    paths = locate(folder, state_dir)
    with Journal.open(paths.journal):
        _check_free(host, port)
    secret = secrets.token_urlsafe(24)
    _say_where(Output(), host, port, secret, read_only=read_only)
    from app.web.server import GuardedServer

    command = shlex.join(_command(paths, read_only=read_only))
    GuardedServer(command, host=host, port=port, secret=secret, title=f"mlrc {paths.workspace.name}").serve()


def _command(paths: Paths, *, read_only: bool) -> list[str]:
    flag = ["--read-only"] if read_only else []
    return [sys.executable, "-I", "-m", "app.web.screen", str(paths.workspace), str(paths.state), *flag]


def _check_free(host: str, port: int) -> None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind(address)
    except OSError as error:
        raise Failure(
            f"Port {port} of {host} cannot be used ({error.strerror}). Choose another with --port.", FAILED
        ) from None


def _say_where(out: Output, host: str, port: int, secret: str, *, read_only: bool) -> None:
    reach = "look at" if read_only else "decide as you in"
    if host != LOOPBACK:
        complain(
            f"Warning: {host} is not this machine alone. Whoever reaches port {port} and learns the address can "
            f"{reach} this workspace, and nothing is encrypted on the way. An SSH tunnel to 127.0.0.1 is safe."
        )
    shown = "127.0.0.1" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host  # noqa: S104
    out.line("On your own machine type:")
    out.line(f"  ssh -N -L {port}:{shown}:{port} {getpass.getuser()}@{socket.gethostname()}")
    out.line("and open in its browser:")
    out.line(f"  http://127.0.0.1:{port}/{secret}/")
    out.line(f"Keep the address: who has it can {reach} this workspace. Ctrl+c ends; engine and runs go on.")
