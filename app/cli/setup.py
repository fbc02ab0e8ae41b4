"""Verbs that make a workspace: new, init, templates."""

from __future__ import annotations

import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer

from app import config
from app.cli import follow
from app.cli.options import Json, NoInput, StateDir, client
from app.cli.output import NEEDS_APPROVAL, NOT_FOUND, USAGE, Failure, Output, complain
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.client import Client
from app.engine.journal import Journal
from app.paths import Paths
from app.paths import templates as template_folder

Sandbox = Annotated[
    str,
    typer.Option(
        "--sandbox", help="docker, podman, bubblewrap, or local (no isolation); default: the strongest there is."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command()(new)
    app.command()(init)
    app.command("templates")(list_templates)


def new(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
    template: Annotated[
        str, typer.Option("--template", "-t", help="Name of a template, see `mlrc templates`.")
    ] = "blank",
    paper: Annotated[Path | None, typer.Option("--paper", "-p", help="A paper to begin with.")] = None,
    sandbox: Sandbox = "",
    json: Json = False,
) -> None:
    """Make a workspace from a template.

    A git repository with a confirmed contract.
    """
    out = Output(as_json=json, content=True)
    answer = make(folder, template, sandbox)
    out.line(answer)
    if json:
        out.record("workspace", {"path": str(folder.resolve()), "template": template})
    if paper is not None:
        with client(folder) as here:
            follow.read_paper(out, here, paper)


def make(folder: Path, template: str, sandbox: str = "") -> str:
    """Copy a template, make it a git repository and a workspace; returns the engine's word on its contract."""
    source = template_folder() / template
    if not (source / "copilot.toml").exists():
        raise Failure(f"There is no template `{template}`. See `mlrc templates`.", NOT_FOUND)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Failure(f"{folder} exists and is not an empty folder. Choose another name.", USAGE)
    _check_sandbox(sandbox)
    from sandbox import repository
    from sandbox.base import SandboxError

    try:
        shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        repository.initialise(folder.resolve(), f"Start from template {template}")
    except (OSError, SandboxError) as error:
        raise Failure(f"{folder} could not be made: {error}") from None
    return make_workspace(folder.resolve(), template=template, sandbox=sandbox, trust=cmd.SHIPPED)


def init(
    folder: Annotated[Path, typer.Argument(help="A git repository of yours.")] = Path(),
    trust: Annotated[
        str, typer.Option("--trust", help="Confirm the contract with this hash, without a terminal.")
    ] = "",
    sandbox: Sandbox = "",
    state_dir: StateDir = None,
    no_input: NoInput = False,
    json: Json = False,
) -> None:
    """Make your git repository a workspace.

    Or read its copilot.toml again. Nothing of it runs before you confirm the contract.
    """
    out = Output(as_json=json, content=True)
    answer = make_workspace(folder.resolve(), state=state_dir, trust=trust, sandbox=sandbox)
    with client(folder, state_dir) as here:
        state = here.state()
        waiting = [s for s in state.waiting() if s.kind == "contract"]
    if json:
        out.record(
            "contract",
            {
                "answer": answer,
                "step": waiting[-1].id if waiting else state.contract_step,
                "hash": waiting[-1].card if waiting else state.contract,
            },
        )
    out.line(answer)
    if waiting and not trust:
        out.line(
            f"Read it with `mlrc show {waiting[-1].id}`, then `mlrc accept {waiting[-1].id} --hash "
            f"{waiting[-1].card[:12]}`."
        )
        if no_input:
            raise Failure("The contract is not confirmed.", NEEDS_APPROVAL)


def make_workspace(
    folder: Path, *, template: str = "", state: Path | None = None, trust: str = "", sandbox: str = ""
) -> str:
    """Create the state folder of a repository where there is none, and have its contract read; returns the engine's
    word."""
    from sandbox import repository
    from sandbox.base import SandboxError
    from sandbox.store import Store

    _check_sandbox(sandbox)
    paths = Paths(folder, state.resolve() if state else None)
    try:
        found = repository.inspect(folder)
        if found.top != folder:
            raise Failure(f"{folder} is inside the repository {found.top}. Run `mlrc init {found.top}`.", USAGE)
        if not (folder / "copilot.toml").exists():
            _write_contract(folder)
        for note in found.notes:
            complain(note)
        paths.make()
        repository.exclude(found, ".mlrc/")
        if not (paths.state / ".git").exists():
            Store.create(paths.state, found)
    except SandboxError as error:
        raise Failure(str(error)) from None
    except PermissionError as error:
        raise Failure(
            f"{error.filename} cannot be written. Mend its permissions, or keep the state elsewhere with --state-dir."
        ) from None
    _keep_choices(paths, sandbox)
    with Journal.create(paths.journal) as journal:
        if journal.last() == 0:
            opened = ev.WorkspaceOpened(
                workspace=uuid.uuid4().hex, name=folder.name, path=str(folder), template=template
            )
            journal.append(opened)
    with Client(paths) as here:
        answer = here.ask(cmd.ReviewContract(trust=trust))
    if answer.status == "refused":
        raise Failure(answer.text)
    return answer.text


def _keep_choices(paths: Paths, sandbox: str) -> None:
    try:
        if not config.in_force(paths).python:
            config.keep(paths, python=_interpreter(paths.workspace))
        if sandbox:
            config.keep(paths, sandbox=sandbox)
    except config.ConfigError as error:
        raise Failure(str(error), USAGE) from None


def _check_sandbox(name: str) -> None:
    try:
        config.check(sandbox=name)
    except config.ConfigError as error:
        raise Failure(str(error), USAGE) from None


def _write_contract(folder: Path) -> None:
    shutil.copyfile(template_folder() / "blank" / "copilot.toml", folder / "copilot.toml")
    raise Failure(
        f"{folder / 'copilot.toml'} was missing; a commented one was written. Say in it what is measured, what "
        "may be edited and how it is run, "
        "then run `mlrc init` again.",
        NEEDS_APPROVAL,
    )


def _interpreter(folder: Path) -> str:
    """The environment active now, else the workspace's own, else ours (decisions.md, Sandbox)."""
    for prefix in (os.environ.get("VIRTUAL_ENV"), os.environ.get("CONDA_PREFIX"), str(folder / ".venv")):
        if prefix and (Path(prefix) / "bin" / "python").exists():
            return str(Path(prefix) / "bin" / "python")
    return sys.executable


def list_templates(json: Json = False) -> None:
    """The templates a workspace can start from."""
    from agents import contract as contracts

    out = Output(as_json=json, content=True)
    for folder in sorted(template_folder().iterdir()):
        if (folder / contracts.FILE_NAME).exists():
            contract = contracts.read(folder / contracts.FILE_NAME)
            if json:
                out.record(
                    "template", {"name": folder.name, "summary": contract.summary, "metric": contract.objective.metric}
                )
            out.line(f"{folder.name:<20} {contract.summary}")
