"""Verbs of the command line typed in plain mode: the same parser, pointed at the workspace of the session."""

from __future__ import annotations

import difflib
import shlex

from app.cli.output import USAGE, Failure
from app.paths import Paths
from app.plain.commands import BY_WORD

ELSEWHERE = ("open", "demo", "new", "init", "run", "serve")
"""Verbs that begin something of their own, in a folder of their own."""


def carry_out(row: str, paths: Paths) -> int:
    """Carry out one line as `mlrc` would; returns the exit code.

    Raises:
        Failure: it is no verb, or one that begins something elsewhere.
    """
    import typer.main

    from app.cli import main

    try:
        words = shlex.split(row)
    except ValueError as error:
        raise Failure(f"This line cannot be read: {error}. Close the quotation.", USAGE) from None
    verbs = getattr(typer.main.get_command(main.app), "commands", {})
    verb = words[0] if words else ""
    if verb in ELSEWHERE:
        raise Failure(f"`mlrc {verb}` is for the shell: type quit first, or use another terminal.", USAGE)
    if verb not in verbs:
        near = difflib.get_close_matches(verb, [*BY_WORD, *verbs], 1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise Failure(f"There is no command {verb}.{hint} Type help for the list.", USAGE)
    known = {option for parameter in verbs[verb].params for option in parameter.opts}
    place = ["--dir", str(paths.workspace)] if "--dir" in known and "--dir" not in words and "-C" not in words else []
    state = ["--state-dir", str(paths.state)] if "--state-dir" in known and place else []
    return main.run([*words, *place, *state])
