"""The lines around the panes: who needs you, what runs, what it costs; and what the keys do."""

from __future__ import annotations

from collections.abc import Callable

from app.engine.state import WorkspaceState
from app.ui import hints, signs
from app.ui.actions import ACTIONS, BY_ID, SHORT_TITLES, of_pane
from app.ui.agenda import standing
from app.ui.keymap import Keymap
from app.ui.model import Model
from app.ui.regions import PANES, TINY_HEIGHT, TINY_WIDTH, Kind, PaneName
from app.ui.text import Line, Part, cells_of, crop, fit, line, spread

_GATES = {
    "manual": "asks at every step",
    "gated": "gates: idea, diff, verdict",
    "auto": "policy decides until the budget",
}
_NEEDED = ("next_needed", "help", "detach", "next_pane", "undo", "zoom", "stop", "palette")
_DECISIONS = {"accept", "reject", "edit"}
_TURNS = {"next_paragraph", "previous_paragraph", "next_paper", "previous_paper", "leave_page"}
_MOVES = {"left", "right", "previous_hunk", "next_match", "previous_match", "previous_step", *_TURNS}

BRIEF = ("dim", "good")
"""Looks of sentences that tell what happened, which the panes show as well: they give way to the next key. Refusals
and hints do not."""
BRIEF_CELLS = 24
"""So much of the line is kept for the key that leads on."""

INBOX_SHARE = 0.5
"""What needs you takes at most so much of the strip with its titles; else they give way to the experiments."""


def counts(state: WorkspaceState, *, zeros: bool = True) -> list[Part]:
    """Needs you, running, queued, stalled: states that are never merged; and what looks wrong.

    Args:
        state: of the workspace.
        zeros: also say of what there is none; else as short as it can be said.
    """
    waiting, queued = len(state.waiting()), len(state.queued())
    stalled = sum(state.stalled(run) for run in state.running())
    running, alerts = len(state.running()) - stalled, len(state.unseen())
    parts: list[Part] = [(f"● {waiting} need{'s' if waiting == 1 else ''} you", "warn" if waiting else "dim")]
    gap = "   " if zeros else "  "
    parts += [gap, (f"! {alerts} alert{'' if alerts == 1 else 's'}", "bad")] if alerts else []
    parts += [gap, (f"▶ {running} running", "note" if running else "dim")] if running or zeros else []
    parts += [gap, (f"‖ {stalled} stalled", "warn")] if stalled else []
    parts += [gap, (f"◌ {queued} queued", "" if queued else "dim")] if queued or zeros else []
    return parts


def top(model: Model, kind: Kind, width: int) -> list[Line]:
    """What stands above the panes in a kind of layout."""
    if kind == "tiny":
        return [too_small(width)]
    return [tabs(model, model.view.pane, width), status(model, width)] if kind == "narrow" else [header(model, width)]


def bottom(
    model: Model,
    actions: list[Part],
    message: tuple[str, str],
    width: int,
    *,
    decidable: bool,
    offers: Callable[[str], bool],
) -> list[Line]:
    """What stands below the panes: keys of the selected item; the last sentence, or a first hint, and global keys.

    Args:
        model: what is shown.
        actions: what the focused pane says about its keys.
        message: the last sentence and its look; empty: the first hint's turn.
        width: in cells.
        decidable: the focused pane shows something that waits for a yes or no.
        offers: whether an action of the pane does something for what it shows.
    """
    said = message if message[0] else (hints.first(model), "note")
    keys = model.keys
    return [actions_line(keys, model.view.pane, actions, decidable, width, offers), keys_line(keys, said, width)]


def header(model: Model, width: int) -> Line:
    """One line: the workspace at the left, the engine at the right, in between as much as there is room for."""
    state, engine = model.state, model.engine
    name = fit(state.name, max(12, width // 6))
    right: list[Part] = [("read-only  ", "warn")] if model.read_only else []
    right += [(_backend(state), "dim"), "  ", (engine.word, engine.look), " "]
    named: list[Part] = [(" mlrc ", "alert"), "  ", (name, "bold"), "   "]
    left = [*named, *_counts_for(state, width - line(*named).width - line(*right).width)]
    room = width - line(*left).width - line(*right).width - 2
    gates, spent = _GATES[state.dial], _spent(state)
    chosen = set()
    low = "low bandwidth" if model.low_bandwidth else ""
    for text in (spent, gates, state.agent, low):
        if text and cells_of(text) + 4 <= room:
            chosen.add(text)
            room -= cells_of(text) + 4
    for text in (gates, state.agent, spent, low):
        left += ["    ", (text, "dim")] if text in chosen else []
    return spread(left, right, width, "bar")


def _counts_for(state: WorkspaceState, room: int) -> list[Part]:
    """The counts; where they would be cut, without those that are zero."""
    found = counts(state)
    return found if line(*found).width < room else counts(state, zeros=False)


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
    right: list[Part] = [(engine.word, engine.look), " "]
    left = [" ", *_counts_for(model.state, width - 1 - line(*right).width)]
    spent: list[Part] = [(_spent(model.state), "dim"), "  "]
    roomy = line(*left).width + line(*spent, *right).width < width
    return spread(left, [*spent, *right] if roomy else right, width)


def strip(model: Model, width: int) -> Line:
    """Inbox and experiments in one line, for the medium layout."""
    state = model.state
    parts = _waiting(state, titles=True)
    if line(*parts).width > width * INBOX_SHARE:
        parts = _waiting(state, titles=False)
    parts.append(("   Experiments", "key"))
    running = {run.experiment: run for run in state.running()}
    for experiment in reversed(state.experiments.values()):
        sign = standing(state, experiment, running.get(experiment.id))
        parts += [f"  {experiment.id} {fit(experiment.title, 14)} ", (sign.text, sign.look)]
    return crop(line(*parts, band="bar"), width)


def _waiting(state: WorkspaceState, *, titles: bool) -> list[Part]:
    """The inbox in a part of a line: the first items, and what looks wrong."""
    parts: list[Part] = [(" 4 Inbox ", "key")]
    waiting, cells = state.waiting(), 18 if titles else 0
    for step in waiting[:2]:
        parts += [("  ● ", "warn"), f"{step.kind} {step.id} ", (fit(step.title, cells), "dim")]
    parts.append((f"  +{len(waiting) - 2}", "dim") if len(waiting) > 2 else "")
    for alert in state.unseen()[:1]:
        parts += [("  ! ", "bad"), f"run {alert.run} " if alert.run else "", (fit(alert.text, 24), "dim")]
    return parts


def too_small(width: int) -> Line:
    """What a tiny terminal says."""
    whole = f" Too small for the panes, which need {TINY_WIDTH} × {TINY_HEIGHT}."
    short = f" needs {TINY_WIDTH} × {TINY_HEIGHT}"
    return crop(line((whole if cells_of(whole) <= width else short, "warn")), width)


def actions_line(
    keys: Keymap, pane: PaneName, said: list[Part], decidable: bool, width: int, offers: Callable[[str], bool]
) -> Line:
    """What the keys do in this pane for what is selected."""
    parts: list[Part] = [" ", *(_translated(keys, part, pane) for part in said), "   "] if said else [" "]
    more: list[Part] = [(keys.shown("help"), "key"), " more"]
    room = width - line(*parts).width - line(*more).width
    for action in of_pane(pane):
        if action.id in _DECISIONS and pane != "paper" and not decidable:
            continue
        if action.id in _MOVES or not offers(action.id):
            continue
        label = "show its passage" if (action.id, pane) == ("open", "ideas") else action.label
        found: list[Part] = [(keys.shown(action.id), "key"), f" {label}   "]
        room -= line(*found).width
        if room < 0:
            parts += more
            break
        parts += found
    return crop(line(*parts), width)


def _translated(keys: Keymap, part: Part, pane: PaneName) -> Part:
    """Hints name keys as they were declared; the user reads his own."""
    return (keys.translated(part[0], pane), "key") if not isinstance(part, str) and part[1] == "key" else part


def keys_line(keys: Keymap, message: tuple[str, str], width: int) -> Line:
    """The last answer or event, and the keys that work everywhere."""
    text, look = message
    if not text:
        return line(" ", *_keys(keys, width - 1))
    needed = _keys(keys, BRIEF_CELLS) if look in BRIEF else []
    shown = crop(line((" " + text, look)), width - line(*needed).width - 3 if needed else width)
    found = _keys(keys, width - shown.width - 3)
    return Line((*shown.pieces, *line((" │ ", "faint"), *found).pieces)) if found else shown


def _keys(keys: Keymap, room: int) -> list[Part]:
    """As many of the global keys as there is room for, the most needed first to stay."""
    chosen = []
    for name in _NEEDED:
        action = BY_ID[name]
        room -= len(keys.shown(name)) + len(action.label) + 4
        if room < 0:
            break
        chosen.append(name)
    parts: list[Part] = []
    for action in ACTIONS:
        if action.id in chosen:
            parts += [(keys.shown(action.id), "key"), (f" {action.label}   ", "dim")]
    return parts
