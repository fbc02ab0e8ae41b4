"""What can be asked of an engine: one small class each, imperative. Clients queue them in the journal; the engine
answers each once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.engine.events import Decision, Dial

SHIPPED = "shipped"
"""Trust in a contract that is still, byte for byte, the one of the shipped template the workspace was made from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPaper:
    """Read a paper and propose ideas from it."""

    path: str
    wanted: int = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisePaper:
    """Replace tasks, gaps and keywords by the edited text."""

    paper: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """A yes or a no over the card the client drew."""

    step: int
    decision: Decision
    card: str
    """With a choice that is accepted: the hash of its summary (see `Preview`)."""
    reason: str = ""
    choice: str = ""
    """Marks on the hunks of the step's present card (`app.engine.choice.Choice` as text); empty for the whole step."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a choice of hunks comes to: the answer is the hash of its summary card. Nothing takes effect."""

    step: int
    card: str
    choice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Revise:
    """Replace a proposal's content by what the human wrote in the editor."""

    step: int
    card: str
    text: str
    path: str = ""
    """The file that the text is the whole new content of; empty where the text is a diff or an idea."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteIdea:
    """Propose an idea of a human's own: the filled form of `app.engine.idea_form`."""

    text: str
    paper: int | None = None
    """Whose passages it may stand on."""
    merged: tuple[int, ...] = ()
    """Steps of the ideas it was merged from; they stay as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Take a decision back: revert an applied diff, or reopen a step whose decision had no effect yet."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Redo:
    """Apply an undone diff again."""

    step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDial:
    """Change who decides."""

    dial: Dial
    ideas: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRuns:
    """Stop one run, or all of them."""

    run: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAgain:
    """Do a run again that ended without a score, under the yes that covered it."""

    run: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewContract:
    """Read `copilot.toml` again and propose it where it differs from the confirmed one."""

    trust: str = ""
    """A contract hash that the human confirms in the same breath (`mlrc init --trust HASH`), or `SHIPPED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeeAlert:
    """Take note of an alert: it leaves the inbox."""

    alert: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StopEngine:
    """End the engine process; runs go on."""


type_names: dict[str, type] = {
    kind.__name__: kind
    for kind in (
        ReadPaper,
        RevisePaper,
        Decide,
        Preview,
        Revise,
        WriteIdea,
        Undo,
        Redo,
        TurnDial,
        StopRuns,
        RunAgain,
        ReviewContract,
        SeeAlert,
        StopEngine,
    )
}

Command = (
    ReadPaper
    | RevisePaper
    | Decide
    | Preview
    | Revise
    | WriteIdea
    | Undo
    | Redo
    | TurnDial
    | StopRuns
    | RunAgain
    | ReviewContract
    | SeeAlert
    | StopEngine
)
