"""Verbs that decide: accept, reject, edit, undo, redo, reproduce, stop."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
from pathlib import Path
from typing import Annotated

import typer

from agents.research import Paper
from app.cli.options import Content, Folder, Json, NoInput, StateDir, client
from app.cli.output import FAILED, NEEDS_APPROVAL, NOT_FOUND, USAGE, Failure, Output
from app.engine import cards, editing, process
from app.engine import commands as cmd
from app.engine.client import Client
from app.engine.state import StepState

Step = Annotated[int, typer.Argument(help="Number of a step, see `mlrc inbox`.")]
Hash = Annotated[str, typer.Option("--hash", help="Hash of what you saw (`mlrc show STEP`); at least 12 digits.")]


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (accept, reject, edit, undo, redo, reproduce, stop):
        app.command()(verb)


def accept(
    step: Step,
    hash: Hash = "",
    hunks: Annotated[
        str, typer.Option("--hunks", help="Take only these hunks of a diff, e.g. 1,3-4; --hash is of their summary.")
    ] = "",
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
    content: Content = False,
    no_input: NoInput = False,
) -> None:
    """Say yes to a step, or to some hunks of a diff.

    Exactly what `mlrc show STEP` shows takes effect, and nothing else. With --hunks it is what the summary shows.
    """
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        found = _step(here, step)
        if hunks:
            _accept_some(out, here, found, hunks, hash, no_input=no_input)
            return
        card = _seen(out, here, found, hash, no_input=no_input)
        _ask(out, here, cmd.Decide(step=step, decision="accepted", card=card))


def _accept_some(out: Output, here: Client, step: StepState, hunks: str, given: str, *, no_input: bool) -> None:
    from app.cli import chosen

    choice = chosen.choice_of(step, cards.read(here.paths.cards, step.card), hunks)
    name, card = chosen.summarised(here, step, choice)
    if given and (len(given) < 12 or not name.startswith(given)):
        raise Failure(
            f"The summary of these hunks is {name}, not {given}. Look at it: `mlrc accept {step.id} --hunks {hunks}`.",
            FAILED,
        )
    if not given:
        _confirm_summary(out, step, hunks, name, card, no_input=no_input)
    _ask(out, here, cmd.Decide(step=step.id, decision="accepted", card=name, choice=choice.dump()))


def _confirm_summary(out: Output, step: StepState, hunks: str, name: str, card: cards.Card, *, no_input: bool) -> None:
    """Show what would be applied and have it confirmed on the terminal."""
    from app.cli.look import card_body

    if out.as_json:
        out.record("summary", {"step": step.id, "hash": name, "content": card})
    shown = dataclasses.replace(step, card=name)
    for line in (f"step {step.id} · {step.title}", *card_body(shown, card)):
        out.line(line)
    if no_input or out.as_json or not sys.stdin.isatty():
        raise Failure(f"Say what you saw: `mlrc accept {step.id} --hunks {hunks} --hash {name}`.", NEEDS_APPROVAL)
    if not typer.confirm("Accept exactly this?"):
        raise Failure("Nothing was accepted.")


def reject(
    step: Step,
    reason: Annotated[str, typer.Option("--reason", "-r", help="Why; the agent is told.")] = "",
    hash: Hash = "",
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
    content: Content = False,
) -> None:
    """Say no to a step, with a reason.

    A rejected verdict is annotated; its numbers stay.
    """
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        found = _step(here, step)
        _ask(
            out,
            here,
            cmd.Decide(step=step, decision="rejected", card=_full(found, hash) if hash else found.card, reason=reason),
        )


def edit(
    step: Annotated[str, typer.Argument(help="Number of a step, or `p1` for what was drawn from paper 1.")],
    file: Annotated[
        str, typer.Option("--file", help="Take the new text from a file (- for standard input) instead of an editor.")
    ] = "",
    path: Annotated[
        str, typer.Option("--path", help="With a diff that has no change yet: the file of yours to write it in.")
    ] = "",
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
    content: Content = False,
) -> None:
    """Edit a step in $VISUAL or $EDITOR.

    An idea, a diff, or what was drawn from a paper; it then waits for your yes again.
    """
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        if step.startswith("p") and step[1:].isdigit():
            _edit_paper(out, here, int(step[1:]), file)
            return
        if not step.isdigit():
            raise Failure(f"`{step}` is neither a step number nor a paper like p1.", USAGE)
        found = _step(here, int(step))
        card = cards.read(here.paths.cards, found.card)
        path = path or ("" if file else editing.only_file(card))
        before, suffix = _file_text(card, path) if path else step_text(here, found)
        _ask(out, here, cmd.Revise(step=found.id, card=found.card, text=_edited(before, suffix, file), path=path))


def _file_text(card: cards.Card, path: str) -> tuple[str, str]:
    """A file that a diff without a change yet lets the human write, and its suffix."""
    files = card.get("files", {})
    if path not in files:
        known = f"Its files: {', '.join(files)}." if files else "Edit it as a diff, without --path."
        raise Failure(f"{path} cannot be edited whole in this step. {known}", NOT_FOUND)
    return str(files[path]), Path(path).suffix


def step_text(here: Client, step: StepState) -> tuple[str, str]:
    """The editable text of a step and a file suffix for the editor's colours."""
    card = cards.read(here.paths.cards, step.card)
    if step.kind == "idea":
        from app.engine.proposals import idea_from

        return editing.idea_text(idea_from(card["idea"])), ".toml"
    if step.kind == "diff":
        return str(card["patch"]), ".diff"
    if step.kind == "contract":
        raise Failure("The contract is edited as a file: change copilot.toml, then run `mlrc init`.")
    raise Failure("A verdict is computed and cannot be edited. Reject it with a reason to annotate it.")


def _edit_paper(out: Output, here: Client, number: int, file: str) -> None:
    before = editing.paper_text(paper_of(here, number))
    _ask(out, here, cmd.RevisePaper(paper=number, text=_edited(before, ".toml", file)))


def paper_of(here: Client, number: int) -> Paper:
    """A paper that was read, with what was drawn from it.

    Raises:
        Failure: there is no such paper, or its file cannot be read.
    """
    import json

    from agents.paper import paper_from_json

    state = here.state()
    if number not in state.papers:
        raise Failure(f"There is no paper {number}.", NOT_FOUND)
    try:
        return paper_from_json(json.loads((here.paths.state / state.papers[number].file).read_bytes()))
    except (OSError, ValueError) as error:
        raise Failure(
            f"Paper {number} cannot be shown ({error}). Read it again with `mlrc run --paper FILE`."
        ) from None


def _edited(before: str, suffix: str, file: str) -> str:
    if file == "-":
        return sys.stdin.read()
    if file:
        try:
            return Path(file).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise Failure(f"{file} cannot be read: {error}.", NOT_FOUND) from None
    return in_editor(before, suffix)


def in_editor(before: str, suffix: str) -> str:
    """Let the human change a text in $VISUAL or $EDITOR."""
    from app.ui import editor

    if not sys.stdin.isatty():
        raise Failure(
            "There is no terminal for an editor. Give the new text with --file FILE or --file -.", NEEDS_APPROVAL
        )
    try:
        after = editor.edited(before, suffix, contextlib.nullcontext)
    except editor.NoEditor as error:
        raise Failure(str(error)) from None
    return before if after is None else after


def undo(
    step: Step, folder: Folder = Path(), state_dir: StateDir = None, json: Json = False, content: Content = False
) -> None:
    """Take a decision back.

    An applied diff by a revert commit, a rejection by opening the step again.
    """
    with client(folder, state_dir) as here:
        _step(here, step)
        _ask(Output(as_json=json, content=content), here, cmd.Undo(step=step))


def redo(
    step: Step, folder: Folder = Path(), state_dir: StateDir = None, json: Json = False, content: Content = False
) -> None:
    """Apply an undone diff again.

    The tree is the one that was accepted; its runs are kept.
    """
    with client(folder, state_dir) as here:
        _step(here, step)
        _ask(Output(as_json=json, content=content), here, cmd.Redo(step=step))


def reproduce(
    run: Annotated[int, typer.Argument(help="Number of a run that ended without a score, see `mlrc status`.")],
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
    content: Content = False,
) -> None:
    """Do a run again that ended without a score.

    It was stopped, lost, or out of time: the same code, trials, limits and sandbox, under the yes that covered it.
    Where any of that has changed, it says what, and asks for a new yes.
    """
    with client(folder, state_dir) as here:
        if run not in here.state().runs:
            raise Failure(f"There is no run {run}. See `mlrc status`.", NOT_FOUND)
        _ask(Output(as_json=json, content=content), here, cmd.RunAgain(run=run))


def stop(
    run: Annotated[int | None, typer.Argument(help="Number of a run.")] = None,
    all_runs: Annotated[bool, typer.Option("--all", help="Stop every run of this workspace.")] = False,
    engine: Annotated[bool, typer.Option("--engine", help="End the engine process instead; runs go on.")] = False,
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
) -> None:
    """Stop a run, all runs, or the engine."""
    out = Output(as_json=json, content=True)
    with client(folder, state_dir) as here:
        if engine:
            _stop_engine(out, here)
            return
        if run is None and not all_runs:
            raise Failure("Say which run, or --all, or --engine. See `mlrc status`.", USAGE)
        if run is not None and run not in here.state().runs:
            raise Failure(f"There is no run {run}. See `mlrc status`.", NOT_FOUND)
        _ask(out, here, cmd.StopRuns(run=run))


def _stop_engine(out: Output, here: Client) -> None:
    who = process.running(here.paths)
    if who is None:
        out.line("No engine is running.")
        return
    process.terminate(here.paths, who)
    out.line("The engine has stopped; runs go on.")


def _step(here: Client, number: int) -> StepState:
    state = here.state()
    if number not in state.steps:
        raise Failure(f"There is no step {number}. See `mlrc steps`.", NOT_FOUND)
    return state.steps[number]


def _full(step: StepState, given: str) -> str:
    """The whole hash for a prefix of 12 or more; a prefix of an older card stays what it is and is refused by the
    engine."""
    if len(given) < 12:
        raise Failure("Give at least 12 digits of the hash.", USAGE)
    return next((card for card in step.cards if card.startswith(given)), given)


def _seen(out: Output, here: Client, step: StepState, given: str, *, no_input: bool) -> str:
    """The hash of what the human saw: given, or shown now and confirmed on the terminal."""
    if given:
        return _full(step, given)
    if no_input or out.as_json or not sys.stdin.isatty():
        raise Failure(
            f"Say what you saw: `mlrc accept {step.id} --hash HASH` with the hash of `mlrc show {step.id}`.",
            NEEDS_APPROVAL,
        )
    from app.cli.look import card_lines

    card = cards.read(here.paths.cards, step.card)
    for line in card_lines(step, card):
        out.line(line)
    if not typer.confirm("Accept exactly this?"):
        raise Failure("Nothing was accepted.")
    return cards.digest(card)


def _ask(out: Output, here: Client, command: cmd.Command) -> None:
    answer = here.ask(command)
    if answer.status == "refused":
        if out.as_json:
            out.record("refused", {"answer": answer.text}, exempt=True)
        raise Failure(answer.text, FAILED)
    if out.as_json:
        out.record("done", {"answer": answer.text}, exempt=True)
    out.line(answer.text)
