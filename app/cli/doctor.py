"""Verbs about the product itself: doctor, config."""

from __future__ import annotations

import platform
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app import __version__
from app.cli import terminal_checks
from app.cli.options import Folder, Json, StateDir
from app.cli.output import FAILED, USAGE, Failure, Output
from app.engine import process
from app.engine.client import NoWorkspace, locate

if TYPE_CHECKING:
    from app.ui.keymap import Keymap


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(doctor)
    app.command()(completion)
    config = typer.Typer(help="Settings and where they come from.", no_args_is_help=True)
    config.command("show")(config_show)
    app.add_typer(config, name="config")


def doctor(folder: Folder = Path(), state_dir: StateDir = None, json: Json = False) -> None:
    """What this machine offers and lacks."""
    from sandbox import registry

    out = Output(as_json=json, content=True)
    usable = False
    _say(out, "mlr-copilot", True, f"{__version__}, Python {platform.python_version()} at {sys.executable}")
    git = shutil.which("git")
    _say(out, "git", git is not None, git or "not found", "" if git else "install git")
    for name, probe in registry.probe_all().items():
        usable |= probe.usable and name != "local"
        _say(out, name, probe.usable, probe.detail, probe.remedy)
    for check in terminal_checks.checks():
        _say(out, check.name, check.good, check.found, "" if check.good else check.remedy, bad="!")
    keys = _keys()
    _say(out, "keys", not keys.problems, " ".join(keys.problems) or f"{keys.changed or 'none'} changed in keys.toml")
    free = shutil.disk_usage(folder if folder.exists() else Path.cwd()).free >> 30
    _say(out, "disk", free >= 2, f"{free} GiB free here", "" if free >= 2 else "free some space")
    _workspace(out, folder, state_dir)
    if not usable:
        out.line(
            "No isolation is available: only work from shipped templates runs, labelled “no isolation”. "
            "Install docker.io or bubblewrap."
        )
        raise typer.Exit(FAILED)


def completion(shell: Annotated[str, typer.Argument(help="bash, zsh or fish.")] = "bash") -> None:
    """Print a completion script for your shell.

    For example: mlrc completion bash > ~/.local/share/bash-completion/completions/mlrc
    """
    from typer.completion import get_completion_script  # type: ignore[attr-defined]

    if shell not in ("bash", "zsh", "fish"):
        raise Failure(f"There is no completion for `{shell}`; choose bash, zsh or fish.", USAGE)
    sys.stdout.write(get_completion_script(prog_name="mlrc", complete_var="_MLRC_COMPLETE", shell=shell) + "\n")


def _say(out: Output, name: str, good: bool, detail: str, remedy: str = "", *, bad: str = "✘") -> None:
    if out.as_json:
        out.record("check", {"name": name, "ok": good, "found": detail, "remedy": remedy})
    out.line(f"{'✔' if good else bad} {name:<12} {detail.rstrip('.')}{f'. To mend it: {remedy}' if remedy else ''}")


def _workspace(out: Output, folder: Path, state_dir: Path | None) -> None:
    try:
        paths = locate(folder, state_dir)
    except NoWorkspace:
        _say(out, "workspace", True, "none here")
        return
    who = process.running(paths)
    word = f"engine pid {who['pid']}, version {who['version']}" if who else "engine not running"
    _say(out, "workspace", not process.silent(paths) or who is None, f"{paths.workspace}, {word}")


def config_show(
    origin: Annotated[bool, typer.Option("--origin", help="Say where each value comes from.")] = False,
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
) -> None:
    """The settings in force for this workspace."""
    from app.config import ConfigError, load

    out = Output(as_json=json, content=True)
    try:
        paths = locate(folder, state_dir)
    except NoWorkspace:
        paths = None
    try:
        rows = load(paths)
    except ConfigError as error:
        raise Failure(str(error), USAGE) from None
    for row in rows:
        if json:
            out.record("setting", {"name": row.name, "value": row.value, "origin": row.origin})
        out.line(f"{row.name} = {row.value!r}{f'  ({row.origin})' if origin else ''}")
    for problem in _keys().problems:
        if json:
            out.record("problem", {"name": "keys", "text": problem})
        out.line(f"! {problem}")


def _keys() -> Keymap:
    from app.ui import keymap

    return keymap.load()
