"""What the screen shows and what is selected in it: state, view and the files they point at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from app.engine import cards
from app.engine.cards import Card
from app.engine.state import ExperimentState, RunState, StepState, WorkspaceState
from app.paths import Paths
from app.ui.follow import RunOutput, Target
from app.ui.regions import PANES, PaneName
from app.ui.signs import EngineWord

if TYPE_CHECKING:
    from agents.research import Paper

REVIEWED_IN_DIFF = ("diff", "contract", "verdict")


@dataclass(slots=True)
class View:
    """What is selected. Kept as a draft, so that it comes back after a lost connection."""

    pane: PaneName = "inbox"
    idea: int | None = None
    step: int | None = None
    """Shown in the diff pane."""
    item: str = ""
    """Selected row of the inbox pane, e.g. `step 3` or `experiment 2`."""
    run: int | None = None
    """Chosen by the human; None follows the newest one."""
    paper: int | None = None
    section: int = 0
    metric: str = ""
    follow: bool = True
    wrap: bool = False

    def dump(self) -> str:
        """As a draft."""
        return json.dumps(asdict(self))

    @classmethod
    def load(cls, text: str) -> View:
        """From a draft; one of another version is no draft."""
        try:
            values = json.loads(text)
        except ValueError:
            return cls()
        if not isinstance(values, dict) or values.get("pane") not in PANES:
            return cls()
        known = {field.name for field in fields(cls)}
        return cls(**{key: value for key, value in values.items() if key in known})


class Model:
    """Everything the panes draw from."""

    def __init__(
        self, paths: Paths, state: WorkspaceState, view: View, clock: Callable[[], float], *, read_only: bool = False
    ) -> None:
        self.paths, self.state, self.view, self.now = paths, state, view, clock
        self.read_only = read_only
        self.output: RunOutput | None = None
        self.engine = EngineWord("◌ engine starting", "dim")
        self._cards: dict[str, Card | str] = {}
        self._papers: dict[str, Paper | str] = {}

    # selection

    def settle(self) -> bool:
        """Fill what is not selected yet or is gone; True if something moved without being asked to."""
        view, state = self.view, self.state
        before = (view.idea, view.step)
        if view.idea not in {s.id for s in self.ideas()}:
            view.idea = _first(self.ideas())
        if view.step not in {s.id for s in self.reviewed()}:
            view.step = _first(self.reviewed())
        if view.paper not in state.papers:
            view.paper, view.section = max(state.papers, default=None), 0
        if view.run is not None and view.run not in state.runs:
            view.run = None
        return before != (view.idea, view.step)

    def ideas(self) -> list[StepState]:
        """Ideas as the table lists them."""
        return [s for s in self.state.steps.values() if s.kind == "idea"]

    def reviewed(self) -> list[StepState]:
        """What the diff pane can show."""
        return [s for s in self.state.steps.values() if s.kind in REVIEWED_IN_DIFF]

    def idea(self) -> StepState | None:
        """The selected idea."""
        return self.state.steps.get(self.view.idea or 0)

    def step(self) -> StepState | None:
        """The step that the diff pane shows."""
        return self.state.steps.get(self.view.step or 0)

    def run(self) -> RunState | None:
        """The run that log and chart show: the chosen one, else the newest that started.

        An evaluation that went well is over in a moment and says little; the run it judged stays in view.
        """
        if self.view.run is not None:
            return self.state.runs.get(self.view.run)
        started = [
            r
            for r in self.state.runs.values()
            if r.phase != "queued" and (r.purpose != "evaluation" or (r.phase == "ended" and not r.ended_well))
        ]
        return max(started, key=lambda r: (r.phase == "running", r.started, r.id), default=None)

    def experiment(self) -> ExperimentState | None:
        """The experiment of the shown run."""
        run = self.run()
        return self.state.experiments.get(run.experiment) if run else None

    def target(self) -> Target | None:
        """What to follow for the shown run."""
        run = self.run()
        if run is None:
            return None
        trained = self.state.runs.get(run.evaluates or 0, run)
        experiment = self.state.experiments[run.experiment]
        baseline = self.state.baseline(experiment.contract)
        reference = self.state.run_of(baseline.id, trained.purpose) if baseline else None
        shared = reference is not None and reference.id != trained.id
        return Target(run.id, trained.id, reference.id if reference and shared else None)

    def select(self, step: StepState) -> PaneName:
        """Show a step where it is decided; returns that pane."""
        if step.kind == "idea":
            self.view.idea = step.id
            return "ideas"
        self.view.step = step.id
        return "diff"

    def next_needed(self) -> StepState | None:
        """The next step that needs the human, after the one shown now, oldest first."""
        waiting = self.state.waiting()
        shown = self.idea() if self.view.pane == "ideas" else self.step() if self.view.pane == "diff" else None
        numbers = [s.id for s in waiting]
        if shown is None or shown.id not in numbers:
            return waiting[0] if waiting else None
        return waiting[(numbers.index(shown.id) + 1) % len(waiting)]

    # files

    def card(self, step: StepState | None) -> Card | str:
        """The card of a step, or the sentence that says why it cannot be read."""
        if step is None:
            return ""
        if step.card not in self._cards:
            try:
                self._cards[step.card] = cards.read(self.paths.cards, step.card)
            except cards.CardError as error:
                return str(error)
        return self._cards[step.card]

    def paper(self) -> Paper | str | None:
        """The shown paper, or the sentence that says why it cannot be read; None where there is none."""
        record = self.state.papers.get(self.view.paper or 0)
        if record is None:
            return None
        if record.file not in self._papers:
            from agents.paper import paper_from_json

            try:
                values: Any = json.loads((self.paths.state / record.file).read_bytes())
                self._papers[record.file] = paper_from_json(values)
            except (OSError, ValueError) as error:
                return f"The paper cannot be shown ({error}). Read it again with `mlrc run --paper FILE`."
        return self._papers[record.file]


def _first(steps: list[StepState]) -> int | None:
    waiting = next((s.id for s in steps if s.phase == "proposed"), None)
    return waiting if waiting is not None else (steps[-1].id if steps else None)
