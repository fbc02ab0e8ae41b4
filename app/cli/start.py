"""Verbs that begin something: open, demo, new, init, run, paper, templates."""

from __future__ import annotations

import json as jsonlib
import os
import shutil
import sys
import uuid
from pathlib import Path
from typing import Annotated

import typer

from app.cli import follow
from app.cli.options import Content, Json, NoInput, StateDir, client
from app.cli.output import FAILED, NEEDS_APPROVAL, NOT_FOUND, USAGE, Failure, Output
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.client import Client, NoWorkspace, locate
from app.engine.journal import Journal
from app.entry import on_terminal
from app.paths import Paths
from app.paths import templates as template_folder

DEMO_TEMPLATE = "activation_digits"
Sandbox = Annotated[
    str,
    typer.Option(
        "--sandbox", help="docker, podman, bubblewrap, or local (no isolation); default: the strongest there is."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("open")(open_workspace)
    for verb in (demo, new, init, run, paper):
        app.command()(verb)
    app.command("templates")(list_templates)


def open_workspace(
    folder: Annotated[Path, typer.Argument(help="The workspace.")] = Path(),
    state_dir: StateDir = None,
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines instead of the screen.")] = False,
) -> None:
    """Open a workspace: the screen on a terminal, its status and inbox as plain lines elsewhere."""
    paths = locate(folder, state_dir)
    if on_terminal() and not plain:
        from app.cli.screen import open_workspace as open_screen

        raise typer.Exit(open_screen(paths))
    from app.cli.look import inbox, status

    status(folder, state_dir)
    inbox(folder, state_dir)


def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="Where; default: a fresh folder below your data folder.")
    ] = None,
    ideas: Annotated[
        int, typer.Option("--ideas", min=1, max=20, help="How many ideas to take to a verdict off a terminal.")
    ] = 2,
    sandbox: Sandbox = "",
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines instead of the screen.")] = False,
    json: Json = False,
    content: Content = False,
) -> None:
    """The main job on a small real study, without a key: paper, ideas, diff, sandboxed training, verdict."""
    target = folder or _fresh_demo()
    out = Output(as_json=json, content=content)
    if not (target / ".mlrc").exists():
        make(target, DEMO_TEMPLATE, sandbox)
    out.line(f"Workspace: {target}")
    paths = locate(target)
    with Client(paths) as here:
        if not here.state().papers:
            here.send(cmd.ReadPaper(path=str(target / "paper.md")))
        if not (on_terminal() and not plain and not json):
            code = follow.to_verdicts(out, here, ideas=ideas)
            out.line(f"\nOpen it on a terminal with: mlrc open {target}")
            raise typer.Exit(code)
    from app.cli.screen import open_workspace as open_screen

    raise typer.Exit(open_screen(paths))


def _fresh_demo() -> Path:
    import platformdirs

    root = Path(platformdirs.user_data_dir("mlr-copilot"))
    number = 1
    while (root / f"demo-{number}").exists():
        number += 1
    return root / f"demo-{number}"


def new(
    folder: Annotated[Path, typer.Argument(help="A folder that does not exist yet, or is empty.")],
    template: Annotated[
        str, typer.Option("--template", "-t", help="Name of a template, see `mlrc templates`.")
    ] = "blank",
    paper: Annotated[Path | None, typer.Option("--paper", "-p", help="A paper to begin with.")] = None,
    sandbox: Sandbox = "",
    json: Json = False,
) -> None:
    """Make a workspace from a template: a git repository with a confirmed contract."""
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
    """Make a git repository of yours a workspace, or read its copilot.toml again. Nothing of it runs before you confirm
    the contract."""
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
    from app.engine.context import Settings
    from sandbox import repository
    from sandbox.base import SandboxError
    from sandbox.store import Store

    paths = Paths(folder, state.resolve() if state else None)
    try:
        found = repository.inspect(folder)
        if found.top != folder:
            raise Failure(f"{folder} is inside the repository {found.top}. Run `mlrc init {found.top}`.", USAGE)
        if not (folder / "copilot.toml").exists():
            _write_contract(folder)
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
    settings = Settings(paths.settings)
    if not settings.get("python"):
        settings.put(python=_interpreter(folder))
    if sandbox:
        settings.put(sandbox=sandbox)
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


def run(
    folder: Annotated[Path, typer.Argument(help="The workspace.")] = Path(),
    paper: Annotated[Path | None, typer.Option("--paper", "-p", help="Read this paper first.")] = None,
    auto: Annotated[
        bool,
        typer.Option("--auto", help="Let the policy accept ideas and diffs until the budget; same record as your yes."),
    ] = False,
    ideas: Annotated[int, typer.Option("--ideas", min=1, max=100, help="With --auto: how many ideas to take.")] = 1,
    state_dir: StateDir = None,
    no_input: NoInput = False,
    json: Json = False,
    content: Content = False,
) -> None:
    """Take the work on: read the paper, propose ideas; with --auto go on to the verdicts, then end."""
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        state = here.state()
        if auto and not state.contract:
            raise Failure("The contract is not confirmed; nothing may run. See `mlrc inbox`.", NEEDS_APPROVAL)
        source = paper or _last_paper(here)
        if source is None:
            raise Failure("There is no paper yet. Give one with --paper FILE.", USAGE)
        if auto:
            if paper is not None or not _open_ideas(here):
                follow.read_paper(out, here, source, quiet=True, wanted=max(4, ideas))
            raise typer.Exit(follow.to_verdicts(out, here, ideas=ideas))
        follow.read_paper(out, here, source)
        waiting = here.state().waiting()
    out.line(f"{len(waiting)} steps wait for you: `mlrc inbox`.")
    if waiting and no_input:
        raise typer.Exit(NEEDS_APPROVAL)


def _last_paper(here: Client) -> Path | None:
    papers = here.state().papers
    if papers:
        return Path(papers[max(papers)].source)
    shipped = here.paths.workspace / "paper.md"
    return shipped if shipped.exists() else None


def _open_ideas(here: Client) -> bool:
    return any(step.kind == "idea" for step in here.state().waiting())


def paper(
    file: Annotated[Path, typer.Argument(help="PDF, Markdown, HTML, LaTeX or text.")],
    json: Json = False,
) -> None:
    """Read a paper and show what an agent sees of it: sections, tasks, gaps, keywords with their passages,
    references."""
    from agents.offline import OfflineResearcher
    from agents.paper import PaperError, paper_json, read

    try:
        found = paper_json(OfflineResearcher().brief(read(file.resolve())))
    except PaperError as error:
        raise Failure(str(error), NOT_FOUND if not file.exists() else FAILED) from None
    out = Output(as_json=json, content=True)
    if json:
        sys.stdout.write(jsonlib.dumps(found, ensure_ascii=False, indent=1) + "\n")
        return
    out.line(found["title"])
    out.line(f"\nAbstract\n{found['abstract']}\n")
    out.line("Sections")
    for section in found["sections"]:
        out.line(f"  {section['number']:<6} {section['title']}")
    for name in ("tasks", "gaps", "keywords"):
        out.line(f"\n{name.capitalize()}")
        for row in found[name]:
            where = f"§{row['passage']['section']} ¶{row['passage']['paragraph']}"
            out.line(f"  {row['text']}  ({where})")
    out.line(f"\nReferences: {len(found['references'])}")


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


__all__ = ["NoWorkspace", "demo", "make", "make_workspace", "new", "open_workspace", "register", "run"]
