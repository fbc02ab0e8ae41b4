"""What can have happened: one small class each, past tense. The journal is a list of these and nothing else.

Events are few (a state change, a decision, a proposal); large things are files that events point at. Each was
written after its effect was durable. Adding one: a class here and a branch in `app.engine.fold`, whose match ends
in `assert_never`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

StepKind = Literal["contract", "idea", "diff", "verdict"]
Decision = Literal["accepted", "rejected"]
Dial = Literal["manual", "gated", "auto"]
POLICY = "policy auto"
"""Who decides while the dial is at `auto`."""
Purpose = Literal["prepare", "screening", "confirmation", "evaluation"]
Rule = Literal["not a number", "spike", "stall", "memory", "disk", "time", "budget"]
"""What alerts are raised for (`app.engine.alerts`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceOpened:
    """A folder became a workspace."""

    workspace: str
    name: str
    path: str
    template: str = ""
    """Shipped template it was made from; empty for somebody's own repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStarted:
    """An engine process took the workspace's lock."""

    pid: int
    version: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineStopped:
    """The engine process ended on purpose."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DialTurned:
    """Who decides from now on: a person at every step, at the gates, or the policy until the budget."""

    dial: Dial
    by: str
    ideas: int = 0
    """With `auto`: how many ideas the policy takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRead:
    """A paper was read; its text, tasks, gaps and keywords are in `file` (relative to the state folder)."""

    paper: int
    title: str
    source: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperRevised:
    """A human corrected tasks, gaps or keywords."""

    paper: int
    file: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepProposed:
    """An agent proposes something; nothing has taken effect. The whole proposal is the card with this sha256."""

    step: int
    kind: StepKind
    title: str
    card: str
    paper: int | None = None
    idea: int | None = None
    """The idea's step."""
    experiment: int | None = None
    summary: dict[str, str] = field(default_factory=dict)
    """What a table shows of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRevised:
    """The same step with other content (a human's edit); every earlier card of it is void."""

    step: int
    card: str
    by: str
    title: str
    summary: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDecided:
    """A yes or a no, over exactly the card that was seen."""

    step: int
    decision: Decision
    by: str
    card: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReopened:
    """A decision was taken back before it had effects."""

    step: int
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepStale:
    """The world moved under a proposal (environment, contract, base); a yes to it is refused."""

    step: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepApplied:
    """An accepted diff was published as this commit on this branch."""

    step: int
    commit: str
    branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUndone:
    """A revert commit took an applied diff back; its runs are kept."""

    step: int
    commit: str
    branch: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRedone:
    """An undone diff was applied again by this commit; the tree is the one that was accepted."""

    step: int
    commit: str
    branch: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentOpened:
    """One idea under test. The baseline is the experiment without an idea."""

    experiment: int
    title: str
    slug: str
    base: str
    """Commit it starts from."""
    idea: int | None = None
    contract: str = ""
    """Contract hash it is judged under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentClosed:
    """No more will happen in it by itself."""

    experiment: int
    why: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentResumed:
    """An experiment that ended without a score goes on; what it said at its end is void."""

    experiment: int
    by: str
    run: int | None = None
    """The run that is done again; None where the experiment only waited for another one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunQueued:
    """A run that a yes covers waits for its turn; `runs/<run>/spec.json` says exactly what."""

    run: int
    experiment: int
    purpose: Purpose
    split: str
    seeds: tuple[int, ...]
    backend: str
    step: int
    """The step whose yes covers it."""
    evaluates: int | None = None
    """The run whose predictions an evaluation reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    """A keeper has it."""

    run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    """What the keeper's exit record says."""

    run: int
    reason: str
    detail: str
    code: int | None
    seconds: float
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunScored:
    """The metric of each trial of a run, computed by the evaluator (or self-reported, where there is none)."""

    run: int
    scores: dict[str, float]
    yardsticks: dict[str, float] = field(default_factory=dict)
    self_reported: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictReached:
    """The numbers decided. The verdict is a dictionary of `agents.research.Verdict`."""

    experiment: int
    verdict: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeGiven:
    """Something the human should read: an honest empty answer, a refusal, a warning."""

    about: str
    """What it is about, e.g. `paper 1`, `experiment 3`, `run 7`."""
    text: str
    failed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRaised:
    """Something looks wrong with a run under way, or with the budget; nothing was stopped for it."""

    alert: int
    rule: Rule
    text: str
    run: int | None = None
    """None where it is about the whole workspace."""
    evidence: tuple[str, ...] = ()
    """A few lines of the log or of the metrics: the experiment's own words."""
    offset: int = 0
    """Byte of the run's log at which to look."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertEnded:
    """What an alert was about is over by itself: a run that had fallen silent writes again."""

    alert: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertSeen:
    """A human has taken note of an alert."""

    alert: int
    by: str


type_names: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        WorkspaceOpened,
        EngineStarted,
        EngineStopped,
        DialTurned,
        PaperRead,
        PaperRevised,
        StepProposed,
        StepRevised,
        StepDecided,
        StepReopened,
        StepStale,
        StepApplied,
        StepUndone,
        StepRedone,
        ExperimentOpened,
        ExperimentClosed,
        ExperimentResumed,
        RunQueued,
        RunStarted,
        RunEnded,
        RunScored,
        VerdictReached,
        NoticeGiven,
        AlertRaised,
        AlertEnded,
        AlertSeen,
    )
}

Event = (
    WorkspaceOpened
    | EngineStarted
    | EngineStopped
    | DialTurned
    | PaperRead
    | PaperRevised
    | StepProposed
    | StepRevised
    | StepDecided
    | StepReopened
    | StepStale
    | StepApplied
    | StepUndone
    | StepRedone
    | ExperimentOpened
    | ExperimentClosed
    | ExperimentResumed
    | RunQueued
    | RunStarted
    | RunEnded
    | RunScored
    | VerdictReached
    | NoticeGiven
    | AlertRaised
    | AlertEnded
    | AlertSeen
)
