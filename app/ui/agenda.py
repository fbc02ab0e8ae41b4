"""What the inbox lists: what needs you, what looks wrong, and every experiment with what was measured of it.

Rows give their line when they are looked at: there may be hundreds of experiments, and a dozen rows in view.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from app.engine.state import AlertState, ExperimentState, RunState, StepState, WorkspaceState
from app.ui import signs
from app.ui.model import LEFT, Model
from app.ui.signs import Sign
from app.ui.text import EMPTY, Line, cells_of, fit, line, pad, paragraph

DO = {
    "idea": "decide",
    "diff": "review",
    "contract": "confirm",
    "verdict": "read",
}
"""What the human does with a step of a kind."""
MAX_NOTICES = 2
STATE_CELLS = 14
NARROW = 50
"""Below so many cells only what cannot be seen elsewhere has a column."""

WIDEST = 120
"""Cells of a row: figures stand near the name they are of."""
ROOMY, ROOMY_STATE_CELLS = 100, 22
"""From so many cells on, a verdict that was undone says both in full."""


class Row(NamedTuple):
    """What gives the line, and what it stands for (`step 3`, `alert 1`, `experiment 2`; empty for a heading)."""

    line: Callable[[], Line]
    item: str = ""


def rows(model: Model, width: int) -> list[Row]:
    """Everything, in the order in which it matters."""
    width = min(width, WIDEST)
    return [
        *_left(model, width),
        *_waiting(model, width),
        *_alerts(model, width),
        *_notices(model.state, width),
        *_experiments(model, width),
    ]


def _row(found: Line, item: str = "") -> Row:
    return Row(lambda: found, item)


def _left(model: Model, width: int) -> list[Row]:
    """What happened while nobody was there."""
    if not model.left:
        return []
    keys = model.keys.shown
    told = paragraph(model.left, width, "note")
    hint = line((f"  {keys('digest')} all of it   {keys('dismiss')} dismiss", "dim"))
    return [_row(told[0], LEFT), *(_row(found) for found in told[1:]), _row(hint), _row(EMPTY)]


def _waiting(model: Model, width: int) -> list[Row]:
    waiting = model.state.waiting()
    if not waiting:
        quiet = "Nothing needs you." if model.state.steps else "Nothing here yet."
        return [_row(line(("✔ " + quiet, "good"))), _row(EMPTY)]
    head = line((f"● {len(waiting)} need{'s' if len(waiting) == 1 else ''} you", "warn"))
    label = max(len(_label(step)) for step in waiting) + 1
    ages, now = _age_cells(model), model.now()
    found = [Row(partial(_step_line, step, now, label, ages, width), f"step {step.id}") for step in waiting]
    return [_row(head), *found, _row(EMPTY)]


def _label(step: StepState) -> str:
    return f"{step.kind} {step.id}"


def _age_cells(model: Model) -> int:
    """Width of the column of ages, the same for all that is listed."""
    now, state = model.now(), model.state
    listed = [step.since for step in state.waiting()] + [alert.since for alert in state.unseen()]
    return 2 + max((len(signs.age(since, now)) for since in listed), default=0)


def _step_line(step: StepState, now: float, label: int, ages: int, width: int) -> Line:
    what = "" if width < NARROW else f" {pad(DO[step.kind], 8)}"
    title = pad(step.title, max(8, width - 2 - label - len(what) - ages))
    age = pad(signs.age(step.since, now), ages, right=True)
    return line((f"  {pad(_label(step), label)}", "bold"), title, (what + age, "dim"))


def _alerts(model: Model, width: int) -> list[Row]:
    unseen = model.state.unseen()
    if not unseen:
        return []
    found = [_row(line((f"! {len(unseen)} alert{'' if len(unseen) == 1 else 's'}", "bad")))]
    label = max(len(_about(alert)) for alert in unseen) + 1
    ages, now = _age_cells(model), model.now()
    for alert in unseen:
        item = f"alert {alert.id}"
        found.append(Row(partial(_alert_line, alert, now, label, ages, width), item))
        if model.view.item == item:
            found += [_row(one) for one in _evidence(alert, label + ages, width)]
    return [*found, _row(EMPTY)]


def _about(alert: AlertState) -> str:
    return f"run {alert.run}" if alert.run is not None else alert.rule


def _alert_line(alert: AlertState, now: float, label: int, ages: int, width: int) -> Line:
    age = pad(signs.age(alert.since, now), ages, right=True)
    text = pad(alert.text, max(8, width - 2 - label - ages))
    return line((f"  {pad(_about(alert), label)}", "bold"), text, (age, "dim"))


def _evidence(alert: AlertState, used: int, width: int) -> list[Line]:
    """The whole text where its row cut it, and the lines it stands on."""
    told = paragraph(alert.text, width - 4, "warn") if cells_of(alert.text) > width - 2 - used else []
    words = [line("    ", *((piece.text, piece.look) for piece in one.pieces)) for one in told]
    return [*words, *(line(("    │ ", "faint"), (fit(text, width - 6), "dim")) for text in alert.evidence)]


def _notices(state: WorkspaceState, width: int) -> list[Row]:
    failed = [notice for notice in state.notices if notice.failed][-MAX_NOTICES:]
    found = [_row(one) for n in failed for one in paragraph(f"! {n.about}: {n.text}", width, "bad")[:2]]
    return [*found, _row(EMPTY)] if found else []


def _experiments(model: Model, width: int) -> list[Row]:
    state = model.state
    if not state.experiments:
        keys = model.keys.shown
        text = f"No experiments yet: accept an idea with {keys('accept')} in pane {keys('go_ideas')}."
        return [_row(found) for found in paragraph(text, width, "dim")]
    metric = 0 if width < NARROW else 9
    cells = ROOMY_STATE_CELLS if width >= ROOMY else STATE_CELLS
    title = max(6, width - 5 - metric - 9 - cells - 2)
    head = f"{pad('Experiments', title + 5)}{'metric'.rjust(metric - 1) if metric else ''} {'effect':>8}  state"
    found = [_row(line((head, "dim")))]
    running = {run.experiment: run for run in state.running()}
    for one in state.experiments.values():
        run = running.get(one.id)
        found.append(Row(partial(_experiment_line, state, one, run, title, metric, cells), f"experiment {one.id}"))
        if run is not None:
            found.append(Row(partial(_pulse_line, model, run, width)))
    return found


def standing(state: WorkspaceState, experiment: ExperimentState, run: RunState | None) -> Sign:
    """Working, needs you, waiting, stalled or finished: one of them, never two in one word."""
    return signs.STALLED if run is not None and state.stalled(run) else signs.of_experiment(experiment)


def _experiment_line(
    state: WorkspaceState, experiment: ExperimentState, run: RunState | None, title: int, metric: int, cells: int
) -> Line:
    sign = standing(state, experiment, run)
    found = signs.scores_of(state, experiment)
    effect = signs.number(experiment.verdict, "effect")
    measured = f"{found[0]:.4f}" if found else "–"
    change = f"{effect:+.4f}" if effect is not None else "–"
    if experiment.idea is None and found:
        change = f"±{found[1]:.4f}"
    return line(
        (f"{experiment.id:>3}  ", "dim"),
        pad(_short_title(state, experiment), title),
        pad(measured, metric - 1, right=True) + " " if metric else " ",
        (f"{change:>8}", sign.look if effect is not None else "dim"),
        ("  " + pad(sign.text, cells), sign.look),
    )


def _short_title(state: WorkspaceState, experiment: ExperimentState) -> str:
    """As the table of ideas calls it."""
    idea = state.steps.get(experiment.idea or 0)
    return signs.short_title(idea) if idea is not None and idea.title == experiment.title else experiment.title


def _pulse_line(model: Model, run: RunState, width: int) -> Line:
    """What a running run is at, below its experiment."""
    pulse = model.pulses.get(run.id)
    words = pulse.words(model.now()) if pulse else []
    text = " · ".join([f"run {run.id}", *words])
    if words and cells_of(text) > width - 5:
        text = " · ".join(words)
    return line("     ", (fit(text, width - 5), "dim"))
