"""What needs you, oldest first, and the experiments with what was measured of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, overload

from app.engine.state import ExperimentState, StepState, WorkspaceState
from app.ui import signs
from app.ui.messages import GoExperiment, GoStep
from app.ui.model import Model
from app.ui.text import EMPTY, Line, Part, line, pad, paragraph
from app.ui.widgets.pane import Pane

_DO = {
    "idea": "decide",
    "diff": "review",
    "contract": "confirm",
    "verdict": "read",
}
MAX_NOTICES = 2
STATE_CELLS = 13


class Row(NamedTuple):
    """What gives the line, and what it stands for (`step 3`, `experiment 2`; empty for a heading)."""

    line: Callable[[], Line]
    item: str = ""


class _Drawn(Sequence[Line]):
    """Lines made when they are looked at: there may be hundreds of experiments, and a dozen rows in view.

    A line that was made is kept: it is what stands on the screen, also after its experiment has moved on.
    """

    def __init__(self, rows: Sequence[Row], selected: str) -> None:
        self._rows, self._selected = rows, selected
        self._made: dict[int, Line] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [self._line(number) for number in range(*index.indices(len(self)))]
        return self._line(index)

    def _line(self, index: int) -> Line:
        if index not in self._made:
            row = self._rows[index]
            found = row.line()
            chosen = row.item and row.item == self._selected
            self._made[index] = found._replace(band="selected") if chosen else found
        return self._made[index]


def _row(found: Line) -> Row:
    return Row(lambda: found)


class Inbox(Pane):
    """Moving selects; Enter goes where the item is decided or shown."""

    PANE = "inbox"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._rows: list[Row] = []

    def draw(self) -> None:
        """Items, then experiments."""
        width, model = self.text_width, self.model
        self._rows = [*_waiting(model, width), *_notices(model.state, width), *_experiments(model, width)]
        items = [row.item for row in self._rows if row.item]
        if model.view.item not in items:
            model.view.item = items[0] if items else ""
        self.show(_Drawn(self._rows, model.view.item))
        self.caption(f" {len(model.state.experiments)} experiments ")

    def click(self, y: int) -> bool:
        """Select the row at a row of the widget; True if it stands for something."""
        row = self.body_row(y)
        if row is None or row >= len(self._rows) or not self._rows[row].item:
            return False
        self.model.view.item = self._rows[row].item
        self.draw()
        return True

    def _choose(self, move: int) -> None:
        items = [row.item for row in self._rows if row.item]
        if not items:
            return
        index = min(max(0, items.index(self.model.view.item) + move), len(items) - 1)
        self.model.view.item = items[index]
        self.draw()
        at = next(n for n, row in enumerate(self._rows) if row.item == items[index])
        self.reveal(0 if index == 0 else at)

    def do_down(self) -> None:
        """Next row."""
        self._choose(1)

    def do_up(self) -> None:
        """Row before."""
        self._choose(-1)

    def do_first(self) -> None:
        """First row."""
        self._choose(-len(self._rows))

    def do_last(self) -> None:
        """Last row."""
        self._choose(len(self._rows))

    def do_open(self) -> None:
        """Where the selected item is decided or shown."""
        kind, _, number = self.model.view.item.partition(" ")
        if kind == "step":
            self.post_message(GoStep(int(number)))
        elif kind == "experiment":
            self.post_message(GoExperiment(int(number)))

    def hints(self) -> list[Part]:
        """What is selected."""
        return [(self.model.view.item, "bold")] if self.model.view.item else []


def _waiting(model: Model, width: int) -> list[Row]:
    waiting = model.state.waiting()
    if not waiting:
        quiet = "Nothing needs you." if model.state.steps else "Nothing here yet."
        return [_row(line(("✔ " + quiet, "good"))), _row(EMPTY)]
    head = line((f"● {len(waiting)} need{'s' if len(waiting) == 1 else ''} you", "warn"))
    now = model.now()
    rows = [Row(partial(_step_line, step, now, width), f"step {step.id}") for step in waiting]
    return [_row(head), *rows, _row(EMPTY)]


def _step_line(step: StepState, now: float, width: int) -> Line:
    what = "stale" if step.phase == "stale" else _DO[step.kind]
    title = pad(step.title, max(8, width - 2 - 12 - 8 - 10))
    head: tuple[str, str] = (f"  {pad(f'{step.kind} {step.id}', 12)}", "bold")
    tail: tuple[str, str] = (f" {pad(what, 8)}{pad(signs.age(step.since, now), 9, right=True)}", "dim")
    return line(head, title, tail)


def _notices(state: WorkspaceState, width: int) -> list[Row]:
    failed = [notice for notice in state.notices if notice.failed][-MAX_NOTICES:]
    rows = [_row(found) for n in failed for found in paragraph(f"! {n.about}: {n.text}", width, "bad")[:2]]
    return [*rows, _row(EMPTY)] if rows else []


def _experiments(model: Model, width: int) -> list[Row]:
    state = model.state
    if not state.experiments:
        return [_row(found) for found in paragraph("No experiments yet: accept an idea.", width, "dim")]
    title = max(8, width - 5 - 8 - 9 - STATE_CELLS - 2)
    head = f"{pad('Experiments', title + 5)} {'metric':>7} {'effect':>8}  {'state'}"
    found = state.experiments.values()
    rows = [Row(partial(_experiment_line, state, one, title), f"experiment {one.id}") for one in found]
    return [_row(line((head, "dim"))), *rows]


def _experiment_line(state: WorkspaceState, experiment: ExperimentState, title: int) -> Line:
    sign = signs.of_experiment(experiment)
    found = signs.scores_of(state, experiment)
    effect = signs.number(experiment.verdict, "effect")
    measured = f"{found[0]:.4f}" if found else "–"
    change = f"{effect:+.4f}" if effect is not None else "–"
    if experiment.idea is None and found:
        change = f"±{found[1]:.4f}"
    return line(
        (f"{experiment.id:>3}  ", "dim"),
        pad(experiment.title, title),
        f" {measured:>7} ",
        (f"{change:>8}", sign.look if effect is not None else "dim"),
        ("  " + pad(sign.text, STATE_CELLS), sign.look),
    )
