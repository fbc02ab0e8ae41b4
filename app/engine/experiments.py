"""Runs: queue them, hand them to keepers, learn how they ended, read their scores. Reconciles after a crash by looking
at the same files."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

from agents import validate_agent
from app.engine import events as ev
from app.engine.context import Context
from app.engine.state import ExperimentState, RunState
from app.engine.terms import Terms, run_spec
from sandbox import runs
from sandbox.base import Exit, Input, SandboxError

ADOPTION_SECONDS = 10.0


def queue(
    ctx: Context,
    terms: Terms,
    experiment: ExperimentState,
    purpose: ev.Purpose,
    *,
    split: str = "",
    evaluates: RunState | None = None,
) -> None:
    """Write down exactly what a yes covers and put it in line."""
    number = ctx.next_run()
    seeds = () if purpose == "prepare" else (evaluates.seeds if evaluates else terms.seeds(purpose))
    agent_code = purpose in ("screening", "confirmation")
    tree = _tree(ctx, terms, experiment) if agent_code else terms.tree
    source = exported(ctx, terms, tree, agent_code=agent_code)
    spec = run_spec(
        terms,
        run=number,
        purpose=purpose,
        split=split,
        tree=tree,
        source=source,
        inputs=_inputs(ctx, terms, purpose, evaluates),
        seeds=seeds,
    )
    # Left by an engine that was killed before it could say so; no run of this number was ever queued, so none started.
    shutil.rmtree(ctx.paths.run(number), ignore_errors=True)
    runs.prepare(ctx.paths.run(number), spec)
    ctx.emit(
        ev.RunQueued(
            run=number,
            experiment=experiment.id,
            purpose=purpose,
            split=split,
            seeds=seeds,
            backend=terms.backend,
            step=experiment.diff or terms.step,
            evaluates=evaluates.id if evaluates else None,
        )
    )


def _tree(ctx: Context, terms: Terms, experiment: ExperimentState) -> str:
    return ctx.store.tree(experiment.commit) if experiment.commit else terms.tree


def exported(ctx: Context, terms: Terms, tree: str, *, agent_code: bool) -> Path:
    """The folder that holds this tree for runs; private files are left out wherever agent code runs."""
    visible = ctx.store.without(tree, terms.contract.private) if agent_code and terms.contract.private else tree
    folder = ctx.paths.trees / visible
    ctx.store.export(visible, folder)
    return folder


def _inputs(ctx: Context, terms: Terms, purpose: ev.Purpose, evaluates: RunState | None) -> tuple[Input, ...]:
    given: list[Input] = []
    if terms.needs_preparation() and purpose != "prepare":
        kept = prepared(ctx, terms)
        given.append(Input(name="data", source=str(kept / "public")))
        if purpose == "evaluation":
            given.append(Input(name="hidden", source=str(kept / "hidden")))
    if evaluates is not None:
        given.append(Input(name="predictions", source=str(ctx.paths.run(evaluates.id) / "kept")))
    return tuple(given)


def prepared(ctx: Context, terms: Terms) -> Path:
    """Where the prepared data of these terms lies (the kept files of the prepare run)."""
    baseline = ctx.state.baseline(terms.card)
    run = ctx.state.run_of(baseline.id, "prepare") if baseline else None
    assert run is not None, "a run that reads prepared data was planned before the data was prepared"
    return ctx.paths.run(run.id) / "kept"


def start_next(ctx: Context) -> bool:
    """Start the oldest queued run if there is room; True if one was started."""
    queued = ctx.state.queued()
    if not queued or len(ctx.state.running()) >= ctx.settings.parallel:
        return False
    for run in queued:
        if runs.read_keeper(ctx.paths.run(run.id)) is None:
            ctx.pool.start(ctx.paths.run(run.id))
        ctx.emit(ev.RunStarted(run=run.id))
        return True
    return False


def watch(ctx: Context) -> bool:
    """Look at every running run; True if one ended."""
    moved = False
    for run in ctx.state.running():
        folder = ctx.paths.run(run.id)
        try:
            record = runs.read_exit(folder)
        except SandboxError as error:
            record = Exit(reason="lost", detail=str(error), code=None)
        if record is None:
            _adopt_if_orphaned(ctx, run.id, folder)
        else:
            ctx.emit(_ended(run, record))
            moved = True
    return moved


def _adopt_if_orphaned(ctx: Context, run: int, folder: Path) -> None:
    """A new keeper finds the container again, or closes the run as lost; it gets time before another one is sent."""
    now = time.monotonic()
    if runs.state(folder) == "orphaned" and now - ctx.adopted.get(run, -ADOPTION_SECONDS) >= ADOPTION_SECONDS:
        ctx.adopted[run] = now
        runs.adopt(folder)


def _ended(run: RunState, record: Exit) -> ev.RunEnded:
    return ev.RunEnded(
        run=run.id,
        reason=record.reason,
        detail=record.detail,
        code=record.code,
        seconds=record.seconds,
        facts=record.facts | ({"dropped log bytes": str(record.dropped_bytes)} if record.dropped_bytes else {}),
    )


def stop(ctx: Context, number: int | None, by: str) -> str:
    """Stop one run or all; a queued one ends without having started."""
    chosen = [r for r in ctx.state.runs.values() if r.phase != "ended" and number in (None, r.id)]
    for run in chosen:
        if run.phase == "running":
            runs.request_stop(ctx.paths.run(run.id), by)
        else:
            ctx.emit(
                ev.RunEnded(
                    run=run.id, reason="stopped", detail=f"Stopped by {by} before it started.", code=None, seconds=0.0
                )
            )
    return f"Stopping {len(chosen)} run{'s' if len(chosen) != 1 else ''}." if chosen else "No run to stop."


def score(ctx: Context, terms: Terms, run: RunState, evaluation: RunState | None) -> ev.RunScored:
    """The metric of every trial of a run.

    Raises:
        validate_agent.ScoresError: what is there is not what was asked for.
    """
    if evaluation is not None:
        content = _kept(ctx, evaluation, "scores.json")
        found = validate_agent.read_scores(content, run.seeds)
    else:
        found = validate_agent.self_reported(terms.contract, run.seeds, ctx.paths.run(run.id))
    return ev.RunScored(
        run=run.id,
        scores={str(seed): value for seed, value in found.scores.items()},
        yardsticks=dict(found.yardsticks),
        self_reported=evaluation is None,
    )


def _kept(ctx: Context, run: RunState, name: str) -> bytes:
    record = runs.read_exit(ctx.paths.run(run.id))
    if record is None or name not in record.kept:
        refused = json.dumps(record.refused_files) if record and record.refused_files else "it wrote none"
        raise validate_agent.ScoresError(f"The evaluator left no {name} ({refused}). See `mlrc logs {run.id}`.")
    return (ctx.paths.run(run.id) / "kept" / name).read_bytes()
