"""Paper → ideas → diff → run → verdict. Reads the state, takes the next steps that are due, and stops where a human is
needed.

Everything here is derived from state, so it does not matter whether the engine has just started or has been there
all along.
"""

from __future__ import annotations

import json
from concurrent.futures import Future
from dataclasses import asdict
from typing import Any

from agents import validate_agent, verdict
from agents.research import Verdict
from agents.researcher import Memory, NothingToPropose
from app.engine import approvals, diffs, experiments, lessons, proposals
from app.engine import events as ev
from app.engine.cards import CardError
from app.engine.context import Context
from app.engine.state import OPEN_PHASES, ExperimentState, RunState
from app.engine.terms import SPLIT_OF, Terms
from sandbox.base import SandboxError

REJECTIONS_BEFORE_ASKING = 2
"""After so many rejected diffs of one idea the human is asked instead of the agent (science.md, 2)."""


def advance(ctx: Context) -> bool:
    """One round; True if anything moved, so that the caller comes again."""
    before = ctx.state.seq
    approvals.apply_policy(ctx)
    terms = ctx.terms()
    if terms is not None:
        _open_baseline(ctx, terms)
        _open_accepted_ideas(ctx, terms)
    for experiment in list(ctx.state.experiments.values()):
        if experiment.phase in OPEN_PHASES:
            _advance_or_fail(ctx, experiment)
    experiments.watch(ctx)
    if not _over_budget(ctx):
        experiments.start_next(ctx)
    return ctx.state.seq != before


# opening


def _open_baseline(ctx: Context, terms: Terms) -> None:
    if ctx.state.baseline(terms.card) is None:
        ctx.emit(
            ev.ExperimentOpened(
                experiment=ctx.next_experiment(),
                title="baseline",
                slug="baseline",
                base=terms.base,
                contract=terms.card,
            )
        )


def _open_accepted_ideas(ctx: Context, terms: Terms) -> None:
    steps = ctx.state.steps
    # A closed one counts no more when its idea was accepted again after that.
    opened = {
        e.idea
        for e in ctx.state.experiments.values()
        if e.idea is not None and (e.phase != "closed" or e.since >= steps[e.idea].since)
    }
    for step in steps.values():
        if step.kind == "idea" and step.phase == "accepted" and step.id not in opened:
            ctx.emit(
                ev.ExperimentOpened(
                    experiment=ctx.next_experiment(),
                    title=step.title,
                    slug=step.summary.get("slug", "idea"),
                    base=terms.base,
                    idea=step.id,
                    contract=terms.card,
                )
            )


# one experiment


def _advance_or_fail(ctx: Context, experiment: ExperimentState) -> None:
    """One experiment that cannot go on must not hold up the others, or the runs under way."""
    try:
        _advance(ctx, experiment)
    except (SandboxError, CardError) as error:
        ctx.emit(ev.ExperimentClosed(experiment=experiment.id, why=str(error), failed=True))


def _advance(ctx: Context, experiment: ExperimentState) -> None:
    terms = ctx.terms(experiment.contract)
    assert terms is not None, "an experiment was opened without confirmed terms"
    if experiment.phase == "writing":
        _write(ctx, terms, experiment)
    elif experiment.phase == "review":
        _rewrite_if_rejected(ctx, terms, experiment)
    elif experiment.idea is None:
        _run_baseline(ctx, terms, experiment)
    else:
        _run_candidate(ctx, terms, experiment)


def _write(ctx: Context, terms: Terms, experiment: ExperimentState, feedback: tuple[str, ...] = ()) -> None:
    idea_step = ctx.state.steps[experiment.idea or 0]
    idea = proposals.idea_of(ctx, idea_step)
    files = ctx.store.texts(terms.tree)
    researcher, learned = ctx.researcher, lessons.learned(ctx)

    def then(future: Future[Any]) -> str:
        now = ctx.state.experiments[experiment.id]
        if not _awaits_diff(ctx, now):
            return f"Experiment {experiment.id} needs this diff no more."
        failure = future.exception()
        if isinstance(failure, NothingToPropose) and not idea.component and now.diff is None:
            return diffs.propose_blank(ctx, terms, now, idea, str(failure))
        if failure is not None and not isinstance(failure, NothingToPropose):
            return _give_up(ctx, now, f"{_fault(failure)} Write the change by hand, or take another idea.")
        try:
            return diffs.propose(ctx, terms, now, idea, future.result())
        except (NothingToPropose, SandboxError, CardError) as reason:
            return _give_up(ctx, now, str(reason))

    ctx.begin(
        f"diff of experiment {experiment.id}",
        lambda: researcher.change(idea, files, terms.contract, feedback, learned),
        then,
    )


def _awaits_diff(ctx: Context, experiment: ExperimentState) -> bool:
    """Whether nobody took the question back while the agent wrote."""
    current = ctx.state.steps.get(experiment.diff or 0)
    rejected = current is not None and current.phase == "rejected"
    return experiment.phase == "writing" or (experiment.phase == "review" and rejected)


def _give_up(ctx: Context, experiment: ExperimentState, why: str) -> str:
    ctx.emit(ev.ExperimentClosed(experiment=experiment.id, why=why, failed=True))
    return why


def _fault(error: BaseException) -> str:
    return f"The agent failed on a fault of its own ({type(error).__name__}: {error})."


def _rewrite_if_rejected(ctx: Context, terms: Terms, experiment: ExperimentState) -> None:
    rejected = [
        s
        for s in ctx.state.steps.values()
        if s.kind == "diff" and s.experiment == experiment.id and s.phase == "rejected"
    ]
    current = ctx.state.steps.get(experiment.diff or 0)
    if current is None or current.phase != "rejected":
        return
    if len(rejected) >= REJECTIONS_BEFORE_ASKING:
        why = (
            f"{len(rejected)} diffs were rejected. "
            f"Write the change yourself with `mlrc edit {current.id}`, or accept another idea."
        )
        ctx.emit(ev.ExperimentClosed(experiment=experiment.id, why=why))
        return
    _write(ctx, terms, experiment, tuple(s.reason for s in rejected if s.reason))


def _run_baseline(ctx: Context, terms: Terms, experiment: ExperimentState) -> None:
    if terms.needs_preparation():
        run = ctx.state.run_of(experiment.id, "prepare")
        if run is None:
            experiments.queue(ctx, terms, experiment, "prepare")
            return
        if run.phase != "ended":
            return
        if not run.ended_well:
            _fail(ctx, experiment, run)
            return
    for purpose in ("screening", "confirmation"):
        scored = _measured(ctx, terms, experiment, purpose)
        if scored is None or not scored.scored:
            if scored is not None and scored.phase == "ended":
                _fail(ctx, experiment, scored)
            return
    noise = verdict.spread(_scores(scored))
    ctx.emit(
        ev.ExperimentClosed(
            experiment=experiment.id,
            why=f"{terms.contract.objective.metric} {noise.mean:.4g} ± {noise.sd:.2g} over {noise.count} trials",
        )
    )


def _run_candidate(ctx: Context, terms: Terms, experiment: ExperimentState) -> None:
    baseline = ctx.state.baseline(experiment.contract)
    if baseline is None or baseline.phase in OPEN_PHASES:
        return
    if baseline.phase == "failed":
        ctx.emit(ev.ExperimentClosed(experiment=experiment.id, why=f"The baseline failed: {baseline.why}", failed=True))
        return
    screened = _scored_or_crashed(ctx, terms, experiment, "screening")
    if screened is None:
        return
    screening = verdict.screen(
        terms.contract.objective, _scores(ctx.state.run_of(baseline.id, "screening")), _scores(screened)
    )
    if not screening.go:
        _judge(ctx, terms, experiment, verdict.stopped_at_screening(terms.contract.objective, screening))
        return
    run = _scored_or_crashed(ctx, terms, experiment, "confirmation")
    if run is not None:
        _conclude(ctx, terms, experiment, baseline, run)


def _scored_or_crashed(ctx: Context, terms: Terms, experiment: ExperimentState, purpose: ev.Purpose) -> RunState | None:
    """The scored run of a purpose; None while it is under way, and after a crash, which is a verdict of its own."""
    run = _measured(ctx, terms, experiment, purpose)
    if run is None or run.scored:
        return run
    _judge(ctx, terms, experiment, _crashed(ctx, terms, run))
    return None


def _conclude(
    ctx: Context, terms: Terms, experiment: ExperimentState, baseline: ExperimentState, run: RunState
) -> None:
    reference = ctx.state.run_of(baseline.id, "confirmation")
    earlier = sum(1 for e in ctx.state.experiments.values() if e.contract == experiment.contract and _claims(e))
    result = verdict.decide(
        terms.contract.objective,
        _scores(reference),
        _scores(run),
        earlier_claims=earlier,
        yardsticks=run.yardsticks,
        labels=_labels(terms, run),
    )
    _judge(ctx, terms, experiment, result)


def _claims(experiment: ExperimentState) -> bool:
    return experiment.verdict is not None and bool(experiment.verdict.get("pairs"))


def _measured(ctx: Context, terms: Terms, experiment: ExperimentState, purpose: ev.Purpose) -> RunState | None:
    """The run of a purpose once it is scored or has failed; queues what is missing and returns None while it is under
    way."""
    run = ctx.state.run_of(experiment.id, purpose)
    if run is None:
        experiments.queue(ctx, terms, experiment, purpose, split=SPLIT_OF[purpose])
        return None
    if run.phase != "ended":
        return None
    if run.scored or not run.ended_well:
        return run
    evaluation = ctx.state.evaluation_of(run.id)
    if terms.evaluates():
        if evaluation is None:
            experiments.queue(ctx, terms, experiment, "evaluation", split=SPLIT_OF[purpose], evaluates=run)
            return None
        if evaluation.phase != "ended":
            return None
        if not evaluation.ended_well:
            return run
    try:
        ctx.emit(experiments.score(ctx, terms, run, evaluation))
    except validate_agent.ScoresError as error:
        about = f"run {run.id}"
        if not any(n.about == about and n.text == str(error) for n in ctx.state.notices):
            ctx.emit(ev.NoticeGiven(about=about, text=str(error), failed=True))
        return run
    return ctx.state.runs[run.id]


def _scores(run: RunState | None) -> dict[int, float]:
    return {int(seed): value for seed, value in run.scores.items()} if run else {}


def _labels(terms: Terms, run: RunState) -> tuple[str, ...]:
    return validate_agent.labels(terms.contract, backend=run.backend, self_reported=run.self_reported)


def _reason(ctx: Context, run: RunState) -> str:
    """Why a run has no scores, in a sentence."""
    evaluation = ctx.state.evaluation_of(run.id)
    if not run.ended_well:
        again = f"`mlrc logs {run.id}` shows why, `mlrc reproduce {run.id}` runs it again."
        return f"{run.purpose} run {run.id} {_how(run)} {again}"
    notice = next((n.text for n in reversed(ctx.state.notices) if n.about == f"run {run.id}"), "")
    if notice:
        return notice
    if evaluation is not None:
        return f"the evaluator (run {evaluation.id}) {_how(evaluation)} See `mlrc logs {evaluation.id}`."
    return f"run {run.id} has no scores."


def _how(run: RunState) -> str:
    return f"ended: {run.reason}. {run.detail}" if run.detail else f"ended: {run.reason}."


def _crashed(ctx: Context, terms: Terms, run: RunState) -> Verdict:
    return Verdict(
        word="crashed",
        why=_reason(ctx, run),
        smallest_effect=terms.contract.objective.smallest_effect,
        labels=_labels(terms, run),
    )


def _fail(ctx: Context, experiment: ExperimentState, run: RunState) -> None:
    ctx.emit(ev.ExperimentClosed(experiment=experiment.id, why=_reason(ctx, run), failed=True))


def _judge(ctx: Context, terms: Terms, experiment: ExperimentState, result: Verdict) -> None:
    reached = ev.VerdictReached(experiment=experiment.id, verdict=json.loads(json.dumps(asdict(result))))
    # Together, or an engine killed in between would leave a verdict that nobody is shown.
    ctx.emit(reached, proposals.verdict_step(ctx, terms, experiment, result))


# budget and memory


def _over_budget(ctx: Context) -> bool:
    terms = ctx.terms()
    if terms is None or not ctx.state.queued():
        return False
    budget = terms.contract.budget
    ended = sum(1 for r in ctx.state.runs.values() if r.phase == "ended")
    if ctx.state.spent_seconds < budget.minutes * 60 and ended < budget.runs:
        return False
    text = (
        f"Budget reached: {ctx.state.spent_seconds / 60:.1f} of {budget.minutes:g} minutes, {ended} of "
        f"{budget.runs} runs. "
        "Raise [budget] in copilot.toml and confirm it with `mlrc init`."
    )
    # Who lets the policy decide is told each time, and does not wait for what will not come.
    waited_for = ctx.state.dial == "auto" and not ctx.state.running()
    if waited_for or not any(n.text == text for n in ctx.state.notices):
        ctx.emit(ev.NoticeGiven(about="budget", text=text, failed=True))
    if waited_for:
        ctx.emit(ev.DialTurned(dial="gated", by=f"{ev.POLICY}: budget reached"))
    return True


def memory(ctx: Context) -> Memory:
    """What was decided before, so that the researcher does not propose it again."""
    ideas = [s for s in ctx.state.steps.values() if s.kind == "idea"]
    rejected = [s for s in ideas if s.phase == "rejected"]
    refuted = [
        f"{ctx.state.steps[e.idea].summary.get('component', '')}: {e.verdict.get('why', '')}"
        for e in ctx.state.experiments.values()
        if e.idea is not None and e.verdict is not None and e.verdict.get("word") in ("refuted", "crashed")
    ]
    return Memory(
        taken=tuple(s.summary.get("component", "") for s in ideas),
        rejected=tuple(f"{s.summary.get('component', '')}: {s.reason}" for s in rejected),
        refuted=tuple(refuted),
        reviewed=lessons.learned(ctx),
    )


def idle(ctx: Context) -> bool:
    """Whether nothing is under way: no job, no run, nothing queued, no experiment that goes on by itself."""
    waits = {"review"}
    busy = any(e.phase in OPEN_PHASES and e.phase not in waits for e in ctx.state.experiments.values())
    return not (ctx.jobs or ctx.state.running() or ctx.state.queued() or busy)
