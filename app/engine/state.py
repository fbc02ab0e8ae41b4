"""The state of a workspace, derived from its events (`app.engine.fold`) and from nothing else.

Every client draws this; no client changes it. Events are imported for their types alone: a screen whose snapshot is
up to date is drawn without them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from app.engine import events as ev

StepPhase = Literal["proposed", "accepted", "rejected", "stale", "applied", "undone"]
RunPhase = Literal["queued", "running", "ended"]
Phase = Literal[
    "writing", "review", "queued", "screening", "confirming", "judging", "done", "closed", "failed", "undone"
]

OPEN_PHASES = ("writing", "review", "queued", "screening", "confirming", "judging")


@dataclass(slots=True, kw_only=True)
class PaperState:
    """A paper that was read."""

    id: int
    title: str
    source: str
    file: str
    sha256: str


@dataclass(slots=True, kw_only=True)
class StepState:
    """One proposal and what became of it."""

    id: int
    kind: ev.StepKind
    title: str
    card: str
    phase: StepPhase = "proposed"
    paper: int | None = None
    idea: int | None = None
    experiment: int | None = None
    summary: dict[str, str] = field(default_factory=dict)
    since: float = 0.0
    by: str = ""
    reason: str = ""
    commit: str = ""
    branch: str = ""
    revisions: int = 0
    cards: list[str] = field(default_factory=list)
    """Every card it had, oldest first; the last is the current one."""


@dataclass(slots=True, kw_only=True)
class RunState:
    """One sandbox execution."""

    id: int
    experiment: int
    purpose: ev.Purpose
    split: str
    seeds: tuple[int, ...]
    backend: str
    step: int
    evaluates: int | None = None
    phase: RunPhase = "queued"
    since: float = 0.0
    started: float = 0.0
    reason: str = ""
    detail: str = ""
    code: int | None = None
    seconds: float = 0.0
    facts: dict[str, str] = field(default_factory=dict)
    scores: dict[str, float] = field(default_factory=dict)
    yardsticks: dict[str, float] = field(default_factory=dict)
    self_reported: bool = False
    scored: bool = False
    code_undone: bool = False
    repeated: bool = False
    """Whether another run is done in its place; it counts no more."""

    @property
    def ended_well(self) -> bool:
        """Whether its output may be used."""
        return self.phase == "ended" and self.reason == "finished"


@dataclass(slots=True, kw_only=True)
class ExperimentState:
    """One idea under test; the baseline has none."""

    id: int
    title: str
    slug: str
    base: str
    idea: int | None = None
    contract: str = ""
    phase: Phase = "writing"
    why: str = ""
    diff: int | None = None
    """Its current diff step."""
    commit: str = ""
    branch: str = ""
    runs: list[int] = field(default_factory=list)
    verdict: dict[str, object] | None = None
    since: float = 0.0


@dataclass(slots=True, kw_only=True)
class Notice:
    """A sentence for the human."""

    time: float
    about: str
    text: str
    failed: bool


@dataclass(slots=True, kw_only=True)
class AlertState:
    """Something that looked wrong, and whether anybody has taken note."""

    id: int
    rule: ev.Rule
    text: str
    run: int | None = None
    evidence: tuple[str, ...] = ()
    offset: int = 0
    since: float = 0.0
    seen: str = ""
    """Who took note of it; empty for nobody yet."""
    over: bool = False


@dataclass(slots=True, kw_only=True)
class WorkspaceState:
    """Everything a client draws."""

    workspace: str = ""
    name: str = ""
    path: str = ""
    template: str = ""
    agent: str = ""
    dial: ev.Dial = "gated"
    auto_ideas: int = 0
    taken_before: int = 0
    """Ideas the policy had accepted when the dial was last turned."""
    contract: str = ""
    """Hash of the confirmed contract card (contract text, base, environment, backend)."""
    contract_step: int | None = None
    papers: dict[int, PaperState] = field(default_factory=dict)
    steps: dict[int, StepState] = field(default_factory=dict)
    experiments: dict[int, ExperimentState] = field(default_factory=dict)
    runs: dict[int, RunState] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    alerts: dict[int, AlertState] = field(default_factory=dict)
    engine: str = ""
    seq: int = 0
    time: float = 0.0
    spent_seconds: float = 0.0
    """Wall seconds of ended runs."""

    def waiting(self) -> list[StepState]:
        """Steps that need the human: what goes on by itself after a yes before new ideas, then the oldest first.

        A stale one needs nobody, what replaces it does.
        """
        return sorted(
            (s for s in self.steps.values() if s.phase == "proposed"), key=lambda s: (s.kind == "idea", s.since)
        )

    def unseen(self) -> list[AlertState]:
        """Alerts that nobody has taken note of, oldest first."""
        return [alert for alert in self.alerts.values() if not alert.seen]

    def stalled(self, run: RunState) -> bool:
        """Whether a run under way has fallen silent for long."""
        own = (a for a in self.alerts.values() if a.run == run.id and a.rule == "stall")
        return run.phase == "running" and any(not alert.over for alert in own)

    def taken_by_policy(self) -> int:
        """Ideas that the policy accepted, ever."""
        from app.engine.events import POLICY

        ideas = (s for s in self.steps.values() if s.kind == "idea" and s.phase == "accepted")
        return sum(1 for s in ideas if s.by == POLICY)

    def running(self) -> list[RunState]:
        """Runs a keeper has now."""
        return [run for run in self.runs.values() if run.phase == "running"]

    def queued(self) -> list[RunState]:
        """Runs that wait for their turn."""
        return [run for run in self.runs.values() if run.phase == "queued"]

    def under_way(self) -> bool:
        """Whether something goes on by itself: a run, an experiment that needs nobody now, or the policy."""
        moving = any(e.phase in OPEN_PHASES and e.phase != "review" for e in self.experiments.values())
        return moving or self.dial == "auto" or bool(self.running() or self.queued())

    def baseline(self, contract: str = "") -> ExperimentState | None:
        """The newest baseline experiment under a contract (default: the confirmed one)."""
        wanted = contract or self.contract
        found = [e for e in self.experiments.values() if e.idea is None and e.contract == wanted]
        return found[-1] if found else None

    def run_of(self, experiment: int, purpose: ev.Purpose) -> RunState | None:
        """The newest run of an experiment for a purpose, unless it is to be done again."""
        own = self.experiments[experiment].runs if experiment in self.experiments else []
        newest = next((self.runs[run] for run in reversed(own) if self.runs[run].purpose == purpose), None)
        return None if newest is None or newest.repeated else newest

    def evaluation_of(self, run: int) -> RunState | None:
        """The newest evaluation of a run, unless it is to be done again."""
        own = self.experiments[self.runs[run].experiment].runs if run in self.runs else []
        newest = next((self.runs[other] for other in reversed(own) if self.runs[other].evaluates == run), None)
        return None if newest is None or newest.repeated else newest
