"""Verbs that begin something: open, demo, run, paper."""

from __future__ import annotations

import json as jsonlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from app.cli import follow
from app.cli.options import Content, Json, NoInput, StateDir, client
from app.cli.output import FAILED, NEEDS_APPROVAL, NOT_FOUND, USAGE, Failure, Output, complain
from app.cli.setup import Sandbox, make
from app.engine import commands as cmd
from app.engine.client import Client, locate
from app.terminal import interactive, on_terminal

DEMO_TEMPLATE = "activation_digits"
PLAIN = "Lines of text instead of the screen, for screen readers, dumb terminals and scripts."


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("open")(open_workspace)
    for verb in (demo, run, paper):
        app.command()(verb)


def open_workspace(
    folder: Annotated[Path, typer.Argument(help="The workspace.")] = Path(),
    state_dir: StateDir = None,
    plain: Annotated[bool, typer.Option("--plain", help=PLAIN)] = False,
) -> None:
    """Open a workspace.

    The screen on a terminal, plain lines where it cannot be shown, status and inbox elsewhere.
    """
    paths = locate(folder, state_dir)
    if plain or (interactive() and not on_terminal()):
        from app.cli.screen import open_plainly

        raise typer.Exit(open_plainly(paths))
    if on_terminal():
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
    plain: Annotated[bool, typer.Option("--plain", help=PLAIN)] = False,
    json: Json = False,
    content: Content = False,
) -> None:
    """The whole job on a small real study.

    Paper, ideas, diff, sandboxed training, verdict; without a key.
    """
    target = folder or _fresh_demo()
    out = Output(as_json=json, content=content)
    if not (target / ".mlrc").exists():
        make(target, DEMO_TEMPLATE, sandbox)
    out.line(f"Workspace: {target}")
    paths = locate(target)
    with Client(paths) as here:
        if not here.state().papers:
            here.send(cmd.ReadPaper(path=str(target / "paper.md")))
        if json or not interactive():
            code = follow.to_verdicts(out, here, ideas=ideas)
            out.line(f"\nOpen it on a terminal with: mlrc open {target}")
            raise typer.Exit(code)
    from app.cli.screen import open_plainly
    from app.cli.screen import open_workspace as open_screen

    raise typer.Exit(open_screen(paths) if on_terminal() and not plain else open_plainly(paths))


def _fresh_demo() -> Path:
    import platformdirs

    root = Path(platformdirs.user_data_dir("mlr-copilot"))
    number = 1
    while (root / f"demo-{number}").exists():
        number += 1
    return root / f"demo-{number}"


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
    """Read a paper and propose ideas.

    With --auto go on to the verdicts, then end.
    """
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
    """Show what an agent sees of a paper.

    Sections, tasks, gaps and keywords with their passages, and references.
    """
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
    for note in found["notes"]:
        complain(note)
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
