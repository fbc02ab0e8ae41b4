"""How states look: a sign, a word and a look, so that no meaning hangs on colour alone. Numbers and ages in words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from app.engine.state import ExperimentState, RunState, StepState, WorkspaceState

if TYPE_CHECKING:
    from app.engine.events import Purpose


class Sign(NamedTuple):
    """One state as sign, word and look."""

    sign: str
    word: str
    look: str

    @property
    def text(self) -> str:
        """Sign and word."""
        return f"{self.sign} {self.word}"


class EngineWord(NamedTuple):
    """How the engine is, in a word, and a sentence where something is wrong."""

    word: str
    look: str
    sentence: str = ""


_STEPS = {
    "proposed": Sign("●", "needs you", "warn"),
    "accepted": Sign("✔", "accepted", "good"),
    "applied": Sign("✔", "applied", "good"),
    "rejected": Sign("✘", "rejected", "bad"),
    "stale": Sign("!", "stale", "warn"),
    "undone": Sign("↶", "undone", "dim"),
}
_PHASES = {
    "writing": Sign("◌", "agent writes", "note"),
    "review": Sign("●", "needs you", "warn"),
    "queued": Sign("◌", "queued", "dim"),
    "screening": Sign("▶", "screening", "note"),
    "confirming": Sign("▶", "confirming", "note"),
    "judging": Sign("▶", "evaluating", "note"),
    "closed": Sign("–", "closed", "dim"),
    "failed": Sign("✘", "failed", "bad"),
    "undone": Sign("↶", "undone", "dim"),
    "done": Sign("✔", "done", "good"),
}
_VERDICTS = {
    "confirmed": Sign("✔", "confirmed", "good"),
    "refuted": Sign("✘", "refuted", "bad"),
    "inconclusive": Sign("?", "inconclusive", "warn"),
    "crashed": Sign("✘", "crashed", "bad"),
}
STALLED = Sign("‖", "stalled", "warn")
_ENDS = {"finished": Sign("✔", "finished", "good"), "stopped": Sign("■", "stopped", "warn")}


def of_step(step: StepState) -> Sign:
    """What became of a proposal."""
    if step.kind == "verdict" and step.phase == "accepted":
        return Sign("✔", "seen", "good")
    if step.kind == "verdict" and step.phase == "rejected":
        return Sign("✎", "annotated", "warn")
    return _STEPS[step.phase]


def of_verdict(word: str) -> Sign:
    """What the numbers said."""
    return _VERDICTS.get(word, Sign("?", word or "no verdict", "dim"))


def of_experiment(experiment: ExperimentState) -> Sign:
    """Where an experiment stands; a verdict says more than its phase."""
    if experiment.verdict is not None and experiment.phase in ("done", "undone"):
        sign = of_verdict(str(experiment.verdict.get("word", "")))
        return sign if experiment.phase == "done" else Sign(sign.sign, f"{sign.word}, undone", "dim")
    if experiment.idea is None and experiment.phase == "closed":
        return Sign("✔", "measured", "good")
    return _PHASES[experiment.phase]


def of_run(run: RunState, *, stalled: bool = False) -> Sign:
    """Where a run stands; `stalled` where nothing has come of it for a while."""
    if run.phase == "ended":
        return _ENDS.get(run.reason, Sign("✘", run.reason or "ended", "bad"))
    if stalled:
        return STALLED
    return Sign("▶", "running", "note") if run.phase == "running" else Sign("◌", "queued", "dim")


SCORED: tuple[Purpose, ...] = ("confirmation", "screening")
"""Purposes whose runs have scores, the one that counts more first."""


def scores_of(
    state: WorkspaceState, experiment: ExperimentState, purposes: tuple[Purpose, ...] = SCORED
) -> tuple[float, float, int] | None:
    """Mean, standard deviation and number of trials of the newest scored run."""
    for purpose in purposes:
        run = state.run_of(experiment.id, purpose)
        if run is not None and run.scores:
            values = list(run.scores.values())
            mean = sum(values) / len(values)
            spread = sum((value - mean) ** 2 for value in values) / max(1, len(values) - 1)
            return mean, math.sqrt(spread), len(values)
    return None


def number(values: dict[str, object] | None, key: str) -> float | None:
    """A finite number of a verdict, or None."""
    value = values.get(key) if values else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not math.isfinite(value):
        return None
    return float(value)


def person(by: str) -> str:
    """Who decided, without the process: `ada (screen 41)` is ada."""
    return by.split(" (")[0]


def short_title(step: StepState) -> str:
    """The title without the name of its family, which says nothing among others of it, where the rest is a name."""
    family, _, rest = step.title.partition(" ")
    first = rest.partition(" ")[0]
    goes_on = not first or (first.isalpha() and first.islower())
    named = family.casefold() == step.summary.get("component", "").partition(":")[0]
    return rest if named and not goes_on else step.title


def age(since: float, now: float) -> str:
    """How long ago, to the minute, so that a quiet screen changes once a minute at most."""
    minutes = max(0, int((now - since) // 60))
    if minutes < 1:
        return "now"
    if minutes < 60:
        return f"{minutes} m"
    return f"{minutes // 60} h {minutes % 60:02d} m" if minutes < 1440 else f"{minutes // 1440} d"


def duration(seconds: float) -> str:
    """Seconds in words."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} m {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} m"


def size(count: float) -> str:
    """Bytes in words."""
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GiB"
