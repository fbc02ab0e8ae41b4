"""Verbs that only look: status, inbox, steps, show, experiments, logs, events."""

from __future__ import annotations

import dataclasses
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.chosen import choice_lines, listed
from app.cli.options import Content, Folder, Json, StateDir, client
from app.cli.output import NOT_FOUND, UNREACHABLE, Failure, Output
from app.engine import cards, process
from app.engine.choice import numbered
from app.engine.client import Client
from app.engine.state import StepState, WorkspaceState
from app.narrate import sentence, verdict_line
from app.sanitise import clean_bytes
from sandbox import logtail, runs


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    for verb in (status, inbox, steps, show, experiments, logs, events):
        app.command()(verb)


def status(folder: Folder = Path(), state_dir: StateDir = None, json: Json = False, content: Content = False) -> None:
    """What the workspace is doing, in a few lines."""
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        trouble = _resumed(here)
        state = here.state()
        engine = process.running(here.paths)
    if json:
        out.record("status", status_record(state, engine is not None))
    else:
        _status_lines(out, state, engine is not None)
    if trouble:
        raise Failure(trouble, UNREACHABLE)


def _resumed(here: Client) -> str:
    """Have an engine go on with what one left behind; why it does not, where it does not."""
    try:
        here.resume()
    except process.EngineUnreachable as error:
        return str(error)
    return ""


def _status_lines(out: Output, state: WorkspaceState, engine: bool) -> None:
    out.line(f"{state.name} at {state.path}")
    out.line(
        f"engine: {'running' if engine else 'not running'} · {state.agent or 'not started yet'} · dial: {state.dial}"
    )
    out.line(
        f"needs you: {len(state.waiting())} · alerts: {len(state.unseen())} · running: {len(state.running())} "
        f"· queued: {len(state.queued())} · spent: {state.spent_seconds / 60:.1f} min of runs"
    )
    for run in state.running():
        out.line(
            f"  run {run.id}: {run.purpose} of {state.experiments[run.experiment].title}, {run.backend}, "
            f"{_age(run.since)}{', stalled' if state.stalled(run) else ''}"
        )
    for notice in [n for n in state.notices if n.failed][-3:]:
        out.line(f"  ! {notice.about}: {notice.text}")


def status_record(state: WorkspaceState, engine: bool) -> dict[str, Any]:
    """The status as data."""
    return {
        "workspace": state.name,
        "path": state.path,
        "engine": engine,
        "agent": state.agent,
        "dial": state.dial,
        "contract": state.contract,
        "waiting": [s.id for s in state.waiting()],
        "alerts": [a.id for a in state.unseen()],
        "running": [r.id for r in state.running()],
        "queued": [r.id for r in state.queued()],
        "papers": [p.title for p in state.papers.values()],
        "spent_seconds": round(state.spent_seconds, 3),
        "notices": [dataclasses.asdict(n) for n in state.notices[-5:]],
    }


def inbox(folder: Folder = Path(), state_dir: StateDir = None, json: Json = False, content: Content = False) -> None:
    """Steps that wait for your yes or no, and alerts that nobody has seen."""
    _table(folder, state_dir, Output(as_json=json, content=content), only_waiting=True)


def steps(folder: Folder = Path(), state_dir: StateDir = None, json: Json = False, content: Content = False) -> None:
    """Every step and what became of it."""
    _table(folder, state_dir, Output(as_json=json, content=content), only_waiting=False)


def _table(folder: Path, state_dir: Path | None, out: Output, *, only_waiting: bool) -> None:
    with client(folder, state_dir) as here:
        trouble = _resumed(here)
        state = here.state()
    chosen = state.waiting() if only_waiting else list(state.steps.values())
    for step in chosen if out.as_json else ():
        out.record("step", step_record(step))
    alerts = state.unseen() if only_waiting else []
    for alert in alerts if out.as_json else ():
        out.record("alert", dataclasses.asdict(alert))
    if not chosen and not alerts:
        out.line("Nothing needs you." if only_waiting else "No steps yet. Read a paper with `mlrc run --paper FILE`.")
    out.rows(
        ("step", "kind", "state", "since", "hash", "title"),
        [(str(s.id), s.kind, s.phase, _age(s.since), s.card[:12], s.title) for s in chosen],
    )
    out.rows(
        ("alert", "about", "rule", "since", "what"),
        [(str(a.id), f"run {a.run}" if a.run else "workspace", a.rule, _age(a.since), a.text) for a in alerts],
    )
    if trouble:
        raise Failure(trouble, UNREACHABLE)


def step_record(step: StepState) -> dict[str, Any]:
    """A step as data."""
    values = dataclasses.asdict(step)
    values["hash"] = values.pop("card")
    return values


def show(
    step: Annotated[int, typer.Argument(help="Number of a step, see `mlrc steps`.")],
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
    content: Content = False,
) -> None:
    """The whole card of a step, with its hash."""
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        state = here.state()
        if step not in state.steps:
            raise Failure(f"There is no step {step}. See `mlrc steps`.", NOT_FOUND)
        found = state.steps[step]
        try:
            card = cards.read(here.paths.cards, found.card)
        except cards.CardError as error:
            raise Failure(str(error)) from None
    if json:
        out.record("step", step_record(found) | {"content": card})
        return
    for line in card_lines(found, card):
        out.line(line)


def card_lines(step: StepState, card: dict[str, Any]) -> list[str]:
    """A card as plain lines, and the command lines that decide it."""
    tail = (
        []
        if step.phase != "proposed"
        else [f"accept: mlrc accept {step.id} --hash {step.card}", f"reject: mlrc reject {step.id} --reason TEXT"]
    )
    if tail and step.kind == "diff" and len(numbered(card["patch"])) > 1:
        tail.append(f"accept some: mlrc accept {step.id} --hunks N,N-N, of hunks {listed(card)}")
    head = [f"step {step.id} · {step.kind} · {step.phase}{f' by {step.by}' if step.by else ''}", f"title: {step.title}"]
    return [*head, *card_body(step, card), *tail]


def card_body(step: StepState, card: dict[str, Any], patch: Callable[[str], list[str]] = str.splitlines) -> list[str]:
    """What a card holds, as plain lines; `patch` makes those of a patch."""
    body = {
        "idea": _idea_lines,
        "diff": lambda card: _diff_lines(card, patch),
        "contract": _contract_lines,
        "verdict": _verdict_lines,
    }[step.kind](card)
    reason = [f"reason: {step.reason}"] if step.reason else []
    return [*body, *reason, f"hash: {step.card}"]


def _idea_lines(card: dict[str, Any]) -> list[str]:
    idea = card["idea"]
    passage = idea["passage"]
    lines = [f"from §{passage['section']} ¶{passage['paragraph']}: “{passage['text']}”"]
    lines += [
        f"{name.replace('_', ' ')}: {idea[name]}"
        for name in ("hypothesis", "rationale", "expected", "kill_test", "target", "reviews")
    ]
    lines.append(f"support by the paper: {idea['score']:.2f} ({', '.join(idea['evidence'])})")
    return [*lines, "plan:", *(f"  {number}. {line}" for number, line in enumerate(idea["plan"], 1))]


def _diff_lines(card: dict[str, Any], patch: Callable[[str], list[str]]) -> list[str]:
    lines = [
        f"experiment {card['experiment']} · branch {card['branch']} · base {card['base'][:10]} · tree {card['tree']}",
        f"why: {card['why']}",
    ]
    lines += [f"note: {note}" for note in card["notes"]]
    lines += choice_lines(card["choice"]) if "choice" in card else []
    lines.append("checks: " + ", ".join(f"{name}: {value}" for name, value in card["checks"].items()))
    return [*lines, *_runs_lines(card), "", *patch(card["patch"]), ""]


def _contract_lines(card: dict[str, Any]) -> list[str]:
    return [
        f"base {card['base'][:10]} · environment {card['environment']['digest'][:12]}",
        *_runs_lines(card),
        "",
        *card["text"].splitlines(),
        "",
    ]


def _verdict_lines(card: dict[str, Any]) -> list[str]:
    return [verdict_line(card["verdict"]), "", *card["text"].splitlines(), ""]


def _runs_lines(card: dict[str, Any]) -> list[str]:
    rows = card["will_run"]
    first = rows[0]
    limits = first["limits"]
    lines = [
        f"will run: {first['backend']} ({first['isolation']}), environment {first['environment'][:12]}, "
        f"{'network of the host' if first['network'] else 'no network'}, ≤ {limits['wall_seconds']:g} s and "
        f"{limits['memory_bytes'] >> 20} MiB each"
    ]
    return lines + [f"  {row['purpose']}: {row['trials']} trials: {' '.join(row['command'])}" for row in rows]


def experiments(
    folder: Folder = Path(), state_dir: StateDir = None, json: Json = False, content: Content = False
) -> None:
    """Every experiment: state, branch, verdict."""
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        state = here.state()
    for experiment in state.experiments.values() if json else ():
        out.record("experiment", dataclasses.asdict(experiment))
    if not state.experiments:
        out.line("No experiments yet. Accept an idea: `mlrc inbox`.")
    out.rows(
        ("exp", "title", "state", "effect", "branch", "why"),
        [
            (
                str(e.id),
                e.title,
                _experiment_word(e.phase, e.verdict),
                _effect(e.verdict),
                e.branch or "–",
                e.why or _why(e.verdict),
            )
            for e in state.experiments.values()
        ],
    )


def _experiment_word(phase: str, verdict: dict[str, Any] | None) -> str:
    return str(verdict["word"]) if verdict and phase == "done" else phase


def _effect(verdict: dict[str, Any] | None) -> str:
    effect = verdict.get("effect") if verdict else None
    return f"{effect:+.4g}" if isinstance(effect, float) else "–"


def _why(verdict: dict[str, Any] | None) -> str:
    return str(verdict["why"]) if verdict else ""


def logs(
    run: Annotated[int | None, typer.Argument(help="Number of a run; default: the newest.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run ends.")] = False,
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
    content: Content = False,
) -> None:
    """What a run printed."""
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        if follow:
            here.resume()
        state = here.state()
        number = run if run is not None else max(state.runs, default=0)
        if number not in state.runs:
            there = f"There is no run {number}." if run is not None else "There are no runs yet."
            raise Failure(f"{there} See `mlrc status`.", NOT_FOUND)
        log = here.paths.run(number) / "stdout.log"
        offset = 0
        while True:
            # One that was stopped in the queue has no exit record.
            ended = runs.read_exit(here.paths.run(number)) is not None or here.state().runs[number].phase == "ended"
            piece, _, offset = logtail.read_from(log, offset, 1 << 20)
            _write_log(out, number, offset, piece)
            if not piece:
                if ended or not follow:
                    break
                time.sleep(0.1)


def _write_log(out: Output, run: int, offset: int, piece: bytes) -> None:
    if not piece:
        return
    if out.as_json:
        out.record("log", {"run": run, "offset": offset, "text": piece.decode("utf-8", "replace")})
    else:
        sys.stdout.write(clean_bytes(piece))
        sys.stdout.flush()


def events(
    since: Annotated[int, typer.Option("--since", help="Only events after this number.")] = 0,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until interrupted.")] = False,
    folder: Folder = Path(),
    state_dir: StateDir = None,
    json: Json = False,
    content: Content = False,
) -> None:
    """The journal, one event a line."""
    out = Output(as_json=json, content=content)
    with client(folder, state_dir) as here:
        if follow:
            here.resume()
        for rows in here.follow(since):
            state = here.state() if rows and not json else WorkspaceState()
            for seq, when, event in rows:
                if json:
                    out.record(type(event).__name__, {"seq": seq, "time": when, **dataclasses.asdict(event)})
                else:
                    stamp = time.strftime("%H:%M:%S", time.localtime(when))
                    out.line(f"{seq:>5}  {stamp}  {sentence(event, state)}")
            if not rows and not follow:
                break


def _age(since: float) -> str:
    seconds = max(0, int(time.time() - since))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"
