"""Options that many verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.engine.client import Client, locate

Json = Annotated[bool, typer.Option("--json", help="Print JSON records, one a line.")]
Content = Annotated[
    bool, typer.Option("--content", help="With --json: include free text written by agents, papers and logs.")
]
NoInput = Annotated[
    bool, typer.Option("--no-input", help="Never ask; fail with exit code 4 where a decision is needed.")
]
Folder = Annotated[Path, typer.Option("--dir", "-C", help="The workspace; default: the folder you are in.")]
StateDir = Annotated[
    Path | None, typer.Option("--state-dir", help="State folder, where it is not .mlrc in the workspace.")
]


def client(folder: Path, state: Path | None = None) -> Client:
    """A client of the workspace at a folder."""
    return Client(locate(folder, state))
