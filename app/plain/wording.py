"""What plain mode says of items, experiments, diffs, papers and curves: lines of text, each complete in itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.engine.state import ExperimentState, RunState, StepState, WorkspaceState
from app.ui import patch, signs

if TYPE_CHECKING:
    from agents.research import Paper
    from app.ui.curves import Curves

ROWS = 12
"""Steps of a curve that a table shows."""

DECIDES = {
    "manual": "you, at every step",
    "gated": "you, on every idea, diff and verdict",
    "auto": "the policy, until the budget is spent",
}
"""What the dial means."""


def item(step: StepState, now: float) -> str:
    """One item of a list: number, kind, title, state, age."""
    age = signs.age(step.since, now)
    since = "just now" if age == "now" else f"since {age}"
    by = f" by {signs.person(step.by)}" if step.by else ""
    return f"{step.id}. {step.kind}: {step.title}. state: {signs.of_step(step).word}{by}, {since}."


def inbox(state: WorkspaceState, now: float) -> list[str]:
    """What needs the human, oldest first."""
    waiting = state.waiting()
    if not waiting:
        going = "Work goes on: type watch to hear of it." if state.under_way() else "Nothing goes on."
        return [f"Nothing needs you. {going}"]
    count = "1 item needs you:" if len(waiting) == 1 else f"{len(waiting)} items need you:"
    return [count, *(item(step, now) for step in waiting), "Type a number to hear the whole of an item."]


def status(state: WorkspaceState, *, engine: bool, now: float) -> list[str]:
    """What is going on."""
    lines = [
        f"workspace: {state.name} at {state.path}",
        f"engine: {'running' if engine else 'not running; it starts with your next decision'}",
        f"agent: {state.agent or 'not started yet'}. Who decides: {DECIDES[state.dial]}.",
        f"needs you: {len(state.waiting())}. running: {len(state.running())}. queued: {len(state.queued())}. "
        f"spent: {signs.duration(state.spent_seconds)} of runs.",
    ]
    lines += [f"{run_name(run, state)}: running since {signs.age(run.started, now)}." for run in state.running()]
    return lines + [f"trouble with {n.about}: {n.text}" for n in state.notices if n.failed][-3:]


def run_name(run: RunState, state: WorkspaceState) -> str:
    """A run by number, purpose and experiment."""
    return f"run {run.id}, {run.purpose} of {state.experiments[run.experiment].title}"


def experiment(found: ExperimentState) -> str:
    """One experiment: number, title, state, effect, reason."""
    effect, low, high = (signs.number(found.verdict, key) for key in ("effect", "low", "high"))
    measured = "" if effect is None else f" effect {effect:+.4g}"
    if effect is not None and low is not None and high is not None:
        measured += f", interval {low:+.4g} to {high:+.4g}"
    why = found.why or str((found.verdict or {}).get("why", ""))
    parts = [f"{found.id}. {found.title}. state: {signs.of_experiment(found).word}."]
    parts += [f"{measured.strip()}."] if measured else []
    return " ".join([*parts, *([why] if why else [])])


def spoken_patch(text: str) -> list[str]:
    """A patch with a word before every line that changes, and its number in the file that it belongs to."""
    lines: list[str] = []
    for file in patch.parse(text):
        lines.append(f"file {file.path}: {_count(file.added, 'line')} added, {_count(file.removed, 'line')} removed.")
        lines += [f"note: {note}" for note in file.notes]
        for number, hunk in enumerate(file.hunks, 1):
            place = f", in {hunk.context}" if hunk.context else ""
            lines.append(f"hunk {number} of {len(file.hunks)}{place}.")
            lines += [_spoken(row) for row in hunk.lines]
    return lines


def _spoken(row: patch.PatchLine) -> str:
    match row.kind:
        case "add":
            return f"added line {row.new}: {row.text}"
        case "del":
            return f"removed line {row.old}: {row.text}"
        case "note":
            return f"note: {row.text}"
        case _:
            return f"line {row.new}: {row.text}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def contents(paper: Paper) -> list[str]:
    """Title, abstract, what was drawn from it, and its sections by number."""
    lines = [f"paper: {paper.title}", *([f"abstract: {paper.abstract}"] if paper.abstract else [])]
    for name in ("task", "gap", "keyword"):
        lines += [f"{name}: {found.text} ({found.passage.where()})" for found in getattr(paper, f"{name}s")]
    sections = [f"{number}. {s.number} {s.title}".replace("  ", " ") for number, s in enumerate(paper.sections, 1)]
    return [*lines, f"{_count(len(sections), 'section')}:", *sections, "Type paper and a number to read a section."]


def section(paper: Paper, number: int) -> list[str]:
    """The text of one section, by its place in the list."""
    chosen = paper.sections[number - 1]
    head = f"section {number} of {len(paper.sections)}: {chosen.number} {chosen.title}".replace("  ", " ")
    end = "That was the last section." if number == len(paper.sections) else "Type next for the next section."
    return [head, *(f"paragraph {place}: {text}" for place, text in enumerate(chosen.paragraphs, 1)), end]


def curve(curves: Curves, reference: Curves, name: str) -> list[str]:
    """A metric at a dozen steps: the mean over the trials, their deviation, and the baseline beside it."""
    rows, beside = curves.means(name), {row.step: row.value for row in reference.means(name)}
    last = len(rows) - 1
    chosen = rows if len(rows) <= ROWS else [rows[round(place * last / (ROWS - 1))] for place in range(ROWS)]
    lines = [f"{name}: {_count(len(curves.trials), 'trial')}, {_count(len(rows), 'step')}, {len(chosen)} shown."]
    for row in chosen:
        spread = f", deviation {row.sigma:.2g} over {row.trials} trials" if row.trials > 1 else ""
        base = f", baseline {beside[row.step]:.4g}" if row.step in beside else ""
        lines.append(f"step {row.step:g}: {row.value:.4g}{spread}{base}.")
    broken = curves.broken.get(name)
    return lines + ([f"Not a number at step {broken[0]:g} and {len(broken) - 1} more."] if broken else [])
