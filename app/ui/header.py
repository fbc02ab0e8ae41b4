"""The lines around the panes: who needs you, what runs, what it costs; and what the keys do."""

from __future__ import annotations

from app.engine.state import WorkspaceState
from app.ui import signs
from app.ui.actions import ACTIONS, BY_ID, SHORT_TITLES, of_pane
from app.ui.model import Model
from app.ui.regions import PANES, PaneName
from app.ui.text import Line, Part, crop, fit, line, spread

_GATES = {
    "manual": "asks at every step",
    "gated": "gates: idea, diff, verdict",
    "auto": "policy decides until the budget",
}
_NEEDED = ("next_needed", "help", "detach", "next_pane", "undo", "zoom", "stop", "palette")
_DECISIONS = {"accept", "reject", "edit"}
_MOVES = {"open", "left", "right", "previous_hunk", "next_match", "previous_match", "previous_step"}


def counts(state: WorkspaceState) -> list[Part]:
    """Needs you, running, queued: five states that are never merged."""
    waiting, running, queued = len(state.waiting()), len(state.running()), len(state.queued())
    return [
        (f"● {waiting} need{'s' if waiting == 1 else ''} you", "warn" if waiting else "dim"),
        "   ",
        (f"▶ {running} running", "note" if running else "dim"),
        "   ",
        (f"◌ {queued} queued", "" if queued else "dim"),
    ]


def header(model: Model, width: int) -> Line:
    """One line: the workspace at the left, the engine at the right, in between as much as there is room for."""
    state, engine = model.state, model.engine
    left: list[Part] = [(" mlrc ", "alert"), "  ", (state.name, "bold"), "   ", *counts(state)]
    right: list[Part] = [("read-only  ", "warn")] if model.read_only else []
    right += [(_backend(state), "dim"), "  ", (engine.word, engine.look), " "]
    room = width - line(*left).width - line(*right).width - 2
    for text in (_spent(state), _GATES[state.dial], state.agent):
        need = len(text) + 4
        if text and need <= room:
            left += ["    ", (text, "dim")]
            room -= need
    return spread(left, right, width, "bar")


def _contract(state: WorkspaceState) -> dict[str, str]:
    step = state.steps.get(state.contract_step or 0)
    return step.summary if step else {}


def _backend(state: WorkspaceState) -> str:
    return _contract(state).get("backend", "contract not confirmed")


def _spent(state: WorkspaceState) -> str:
    budget = _contract(state).get("budget", "")
    return f"spent {signs.duration(state.spent_seconds)}{f' of {budget}' if budget else ''}"


def tabs(model: Model, focused: PaneName, width: int) -> Line:
    """The tab line of a narrow terminal."""
    parts: list[Part] = []
    for number, pane in enumerate(PANES, 1):
        parts += [(f" {number} {SHORT_TITLES[pane]} ", "selected" if pane == focused else "dim"), " "]
    return crop(line(*parts), width)


def status(model: Model, width: int) -> Line:
    """The header of a narrow terminal."""
    engine = model.engine
    return spread(
        [" ", *counts(model.state)], [(_spent(model.state), "dim"), "  ", (engine.word, engine.look), " "], width
    )


def strip(model: Model, width: int) -> Line:
    """Inbox and experiments in one line, for the medium layout."""
    state = model.state
    parts: list[Part] = [(" 4 Inbox ", "key")]
    waiting = state.waiting()
    for step in waiting[:2]:
        parts += [("  ● ", "warn"), f"{step.kind} {step.id} ", (fit(step.title, 18), "dim")]
    parts.append((f"  +{len(waiting) - 2}", "dim") if len(waiting) > 2 else "")
    parts.append(("   Experiments", "key"))
    for experiment in reversed(state.experiments.values()):
        sign = signs.of_experiment(experiment)
        parts += [f"  {experiment.id} {fit(experiment.title, 14)} ", (sign.text, sign.look)]
    return crop(line(*parts, band="bar"), width)


def too_small(width: int) -> Line:
    """What a tiny terminal says."""
    return crop(line((" Too small for the panes, which need 60 × 15.", "warn")), width)


def actions_line(pane: PaneName, hints: list[Part], decidable: bool, width: int) -> Line:
    """What the keys do in this pane for what is selected."""
    parts: list[Part] = [" ", *hints, "   "] if hints else [" "]
    for action in of_pane(pane):
        if action.id in _DECISIONS and pane != "paper" and not decidable:
            continue
        if action.id in _MOVES - {"open"} or (action.id == "next_match"):
            continue
        label = "show its passage" if (action.id, pane) == ("open", "ideas") else action.label
        parts += [(action.shown, "key"), f" {label}   "]
    return crop(line(*parts), width)


def keys_line(message: tuple[str, str], width: int) -> Line:
    """The last answer or event, and the keys that work everywhere."""
    text, look = message
    if not text:
        return line(" ", *_keys(width - 1))
    shown = crop(line((" " + text, look)), width)
    keys = _keys(width - shown.width - 3)
    return Line((*shown.pieces, *line((" │ ", "faint"), *keys).pieces)) if keys else shown


def _keys(room: int) -> list[Part]:
    """As many of the global keys as there is room for, the most needed first to stay."""
    chosen = []
    for name in _NEEDED:
        action = BY_ID[name]
        room -= len(action.shown) + len(action.label) + 4
        if room < 0:
            break
        chosen.append(name)
    parts: list[Part] = []
    for action in ACTIONS:
        if action.id in chosen:
            parts += [(action.shown, "key"), (f" {action.label}   ", "dim")]
    return parts
