"""Reading a paper, and asking the researcher for ideas drawn from it."""

from __future__ import annotations

import dataclasses
import json
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from agents.paper import PaperError, paper_from_json, paper_json
from agents.paper import read as read_paper
from agents.research import Paper
from agents.researcher import NothingToPropose
from app.engine import agreement, editing, proposals, workflow
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.context import Context, Refused


def read(ctx: Context, command: cmd.ReadPaper, number: int) -> str | None:
    """Start reading; the answer comes when its ideas are there."""
    path, researcher = Path(command.path), ctx.researcher

    def work() -> Paper:
        return researcher.brief(read_paper(path))

    def then(future: Future[Any]) -> None:
        try:
            paper: Paper = future.result()
        except (PaperError, OSError) as error:
            text = str(error) if isinstance(error, PaperError) else f"{path} cannot be read: {error}. Mend that first."
            ctx.emit(ev.NoticeGiven(about=f"paper {path.name}", text=text, failed=True))
            raise Refused(text) from None
        known = next((p.id for p in ctx.state.papers.values() if p.sha256 == paper.sha256), None)
        identity = known or _keep(ctx, paper, command.path)
        _ask_ideas(ctx, identity, paper, command.wanted, number)

    ctx.begin(f"paper {command.path}", work, then, number)
    return None


def _keep(ctx: Context, paper: Paper, source: str) -> int:
    identity = max(ctx.state.papers, default=0) + 1
    file = f"papers/{identity}.json"
    _write(ctx.paths.state / file, paper)
    ctx.emit(ev.PaperRead(paper=identity, title=paper.title, source=source, file=file, sha256=paper.sha256))
    return identity


def _write(target: Path, paper: Paper) -> None:
    fresh = target.with_suffix(".new")
    fresh.write_text(
        json.dumps(
            paper_json(paper) | {"source": paper.source, "sha256": paper.sha256, "notes": list(paper.notes)},
            ensure_ascii=False,
        )
    )
    fresh.chmod(0o600)
    fresh.replace(target)


def _ask_ideas(ctx: Context, identity: int, paper: Paper, wanted: int, command: int) -> None:
    terms = ctx.terms()
    contract = terms.contract if terms else agreement.unconfirmed_contract(ctx)
    files = ctx.store.texts(terms.tree if terms else ctx.store.tree(ctx.store.head()))
    researcher, remembered = ctx.researcher, workflow.memory(ctx)

    def then(future: Future[Any]) -> str:
        try:
            ideas = future.result()
        except NothingToPropose as reason:
            ctx.emit(ev.NoticeGiven(about=f"paper {identity}", text=str(reason), failed=True))
            raise Refused(str(reason)) from None
        return proposals.propose_ideas(ctx, identity, ideas)

    ctx.begin(
        f"ideas of paper {identity}",
        lambda: researcher.ideas(paper, files, contract, wanted, remembered),
        then,
        command,
    )


def revise(ctx: Context, command: cmd.RevisePaper, by: str) -> str:
    """Take a human's corrections of tasks, gaps and keywords."""
    if command.paper not in ctx.state.papers:
        raise Refused(f"There is no paper {command.paper}. See `mlrc status`.")
    old = paper_of(ctx, command.paper)
    try:
        new = editing.paper_from_text(command.text, old)
    except editing.EditError as error:
        raise Refused(str(error)) from None
    if new == old:
        return "Nothing was changed."
    number = sum(1 for _ in ctx.paths.papers.glob(f"{command.paper}*.json"))
    file = f"papers/{command.paper}.{number}.json"
    _write(ctx.paths.state / file, dataclasses.replace(new))
    ctx.emit(ev.PaperRevised(paper=command.paper, file=file, by=by))
    return f"Paper {command.paper} holds your corrections; ask for ideas again with `mlrc run`."


def paper_of(ctx: Context, number: int) -> Paper:
    """The paper as it was read, with the human's corrections."""
    return paper_from_json(json.loads((ctx.paths.state / ctx.state.papers[number].file).read_text()))
