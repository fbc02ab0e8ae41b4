"""What the screen shows and what is selected in it: state, view and the files they point at."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal

from app.engine import cards
from app.engine.cards import Card
from app.engine.journal import Journal
from app.engine.state import AlertState, ExperimentState, RunState, StepState, WorkspaceState
from app.paths import Paths
from app.ui.chart.readings import Readings
from app.ui.curves import Curves
from app.ui.follow import RunOutput
from app.ui.keymap import Keymap
from app.ui.pulse import Pulse
from app.ui.regions import PANES, PaneName
from app.ui.signs import EngineWord

if TYPE_CHECKING:
    from agents.research import Paper

REVIEWED_IN_DIFF = ("diff", "contract", "verdict")
LEFT = "left"
"""The row of the inbox that says what happened while the user was away."""


@dataclass(slots=True)
class View:
    """What is selected. Kept as a draft, so that it comes back after a lost connection."""

    pane: PaneName = "inbox"
    idea: int | None = None
    step: int | None = None
    """Shown in the diff pane."""
    item: str = ""
    """Selected row of the inbox pane, e.g. `step 3`, `alert 1` or `experiment 2`."""
    seen_seq: int = 0
    """The newest event when a key was last pressed, and when that was in Unix seconds; 0 for never."""
    seen_at: float = 0.0
    run: int | None = None
    """Chosen by the human; None follows the newest one."""
    paper: int | None = None
    section: int = 0
    spot: int = 0
    """What is chosen on the page of the paper, from 0."""
    idea_sort: str = "number"
    idea_filter: str = ""
    idea_page: str = ""
    """`compare` or `similarity`; empty for table and card."""
    marked: list[int] = field(default_factory=list)
    """Ideas marked for comparing or merging, at most two."""
    metric: str = ""
    overlay: str = "trials"
    """What the chart lays over each other: `trials`, `mean` or `others`."""
    log_axis: bool = False
    smooth: float = 0.0
    """Weight of the past in the chart's moving average; 0 draws the values themselves."""
    table: bool = False
    cursor: float | None = None
    """Step that the chart points at."""
    curve: int = 0
    """Which of the drawn curves the cursor is on, the one in front first."""
    follow: bool = True
    log_run: int | None = None
    """Whose log is held where it is; it stays in view while `follow` is off."""
    log_at: int = 0
    """Byte of that log at the top of the pane."""
    log_seen: int = 0
    """Bytes it had when following stopped."""
    wrap: bool = False
    times: Literal["", "clock", "elapsed"] = ""
    """What the log pane writes before each row."""
    two_columns: bool = False
    """Old and new side by side in the diff, where the pane is wide enough."""
    diff_at: list[Any] = field(default_factory=lambda: ["", 0])
    """Card and row that the cursor of the diff is at."""
    zoomed: bool = False
    sizes: dict[str, dict[str, int]] = field(default_factory=dict)
    """By layout and edge: cells by which the user moved the edge from where it stands by itself."""
    theme: str = ""
    """Chosen on the screen; empty: the setting's."""
    mouse: str = ""
    """`on` or `off`, chosen on the screen; empty: the setting's."""
    hinted: dict[str, int] = field(default_factory=dict)
    """How often each first hint was given."""

    places: dict[str, list[Any]] = field(default_factory=dict)
    """By pane: what it shows, and by how many cells it is scrolled to the right and down."""
    typed: dict[str, str] = field(default_factory=dict)
    """Half-typed answers by their questions."""

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
        self.low_bandwidth = False
        self.keys = Keymap()
        self.drafts: Journal | None = None
        """Where what is half done is kept."""
        self.output: RunOutput | None = None
        self.readings: Readings | None = None
        """What chart and progress are drawn from."""
        self.engine = EngineWord("◌ engine starting", "dim")
        self.left = ""
        """What happened while the user was away; empty once it was noted."""
        self.pulses: dict[int, Pulse] = {}
        """Of the running runs."""
        self._cards: dict[str, Card | str] = {}
        self._papers: dict[str, Paper | str] = {}

    # selection

    def settle(self) -> bool:
        """Fill what is not selected yet or is gone; True if something moved without being asked to."""
        view, state = self.view, self.state
        before = (view.idea, view.step)
        if view.idea not in {s.id for s in self.ideas()}:
            view.idea = _first(self.ideas())
        step = self.step()
        # A contract that was agreed on is no longer what there is to look at, once there is a diff.
        agreed = step is not None and step.kind == "contract" and step.phase != "proposed" and view.pane != "diff"
        if agreed or view.step not in {s.id for s in self.reviewed()}:
            view.step = _first(self.reviewed())
        if view.paper not in state.papers:
            view.paper, view.section, view.spot = max(state.papers, default=None), 0, 0
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

        An evaluation that went well is over in a moment and says little; the run it judged stays in view. So does the
        one whose log is being read.
        """
        held = None if self.view.follow else self.state.runs.get(self.view.log_run or 0)
        if self.view.run is not None:
            return self.state.runs.get(self.view.run)
        if held is not None:
            return held
        started = [
            r
            for r in self.state.runs.values()
            if r.phase != "queued" and (r.purpose != "evaluation" or (r.phase == "ended" and not r.ended_well))
        ]
        return max(started, key=lambda r: (r.phase == "running", r.started, r.id), default=None)

    def curves(self) -> Curves:
        """What the shown run has measured so far; empty while nothing of it was read."""
        run, found = self.run(), self.readings
        if run is None or found is None or found.sources.usage != run.id:
            return Curves()
        return found.curves.get(run.evaluates or run.id, Curves())

    def experiment(self) -> ExperimentState | None:
        """The experiment of the shown run."""
        run = self.run()
        return self.state.experiments.get(run.experiment) if run else None

    def select(self, step: StepState) -> PaneName:
        """Show a step where it is decided; returns that pane."""
        if step.kind == "idea":
            self.view.idea = step.id
            return "ideas"
        self.view.step = step.id
        return "diff"

    def next_needed(self) -> StepState | AlertState | None:
        """What needs the human next, after what is shown now.

        Decisions come before alerts, each oldest first: work waits for a decision, and never for a look at an alert.
        """
        needed: list[StepState | AlertState] = [*self.state.waiting(), *self.state.unseen()]
        shown = next((n for n, one in enumerate(needed) if self._is_shown(one)), -1)
        return needed[(shown + 1) % len(needed)] if needed else None

    def _is_shown(self, needed: StepState | AlertState) -> bool:
        if isinstance(needed, AlertState):
            return self.view.pane in ("inbox", "log") and self.view.item == f"alert {needed.id}"
        shown = self.idea() if self.view.pane == "ideas" else self.step() if self.view.pane == "diff" else None
        return shown is not None and shown.id == needed.id

    # files

    def card(self, step: StepState | None) -> Card | str:
        """The card of a step, or the sentence that says why it cannot be read."""
        return "" if step is None else self.card_of(step.card)

    def card_of(self, name: str) -> Card | str:
        """A card by its hash, as `card`."""
        if name not in self._cards:
            try:
                self._cards[name] = cards.read(self.paths.cards, name)
            except cards.CardError as error:
                return str(error)
        return self._cards[name]

    def paper(self) -> Paper | str | None:
        """The shown paper, or the sentence that says why it cannot be read; None where there is none."""
        return self.paper_of(self.view.paper or 0)

    def paper_of(self, number: int) -> Paper | str | None:
        """A paper by its number, as `paper`."""
        record = self.state.papers.get(number)
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
