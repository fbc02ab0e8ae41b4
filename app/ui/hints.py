"""First hints: what a pane is for and what to do next in it, said the first times it is looked at."""

from __future__ import annotations

from app.ui.model import Model

TIMES = 3
"""So often a hint is given when its pane is chosen; whoever needs it longer has the help."""


def first(model: Model) -> str:
    """The hint for the focused pane as it is now; empty once it was given often enough."""
    name, text = _hint(model)
    return text if model.view.hinted.get(name, 0) <= TIMES else ""


def count(model: Model) -> None:
    """The focused pane was chosen: its hint counts as given once more."""
    name, _ = _hint(model)
    hinted = model.view.hinted
    hinted[name] = min(TIMES, hinted.get(name, 0)) + 1


def _hint(model: Model) -> tuple[str, str]:
    pane = model.view.pane
    if is_empty(model):
        return f"no {pane}", _for_nothing(model)
    step = model.step() if pane == "diff" else None
    return (pane if step is None else step.kind), _for_something(model)


def is_empty(model: Model) -> bool:
    """Whether the focused pane has nothing to show yet."""
    match model.view.pane:
        case "paper":
            return not model.state.papers
        case "ideas":
            return not model.ideas()
        case "diff":
            return not model.reviewed()
        case "inbox":
            return not model.state.steps and not model.state.experiments
        case "log" | "chart":
            return model.run() is None


def _for_nothing(model: Model) -> str:
    accept, ideas = model.keys.shown("accept"), model.keys.shown("go_ideas")
    match model.view.pane:
        case "diff":
            return f"No diff yet: accept an idea with {accept} in pane {ideas}."
        case "log" | "chart":
            return f"No run yet: accept a diff with {accept} in pane {model.keys.shown('go_diff')}."
        case "paper":
            what = "No paper yet"
        case "inbox":
            what = "First a paper"
        case "ideas":
            what = "No ideas yet: they come from a paper"
    return f"{what}; `mlrc run --paper FILE` in another terminal reads one."


def _for_something(model: Model) -> str:
    key = model.keys.shown
    match model.view.pane:
        case "paper":
            return f"{key('right')} and {key('left')} turn the sections, {key('search')} searches them all."
        case "ideas":
            return f"{key('accept')} lets the agent plan the idea and write a diff; nothing runs before your next yes."
        case "diff":
            return _for_step(model)
        case "inbox":
            return f"{key('next_needed')} goes to the next item that needs you; {key('open')} opens the selected one."
        case "log":
            return f"Scrolling stops following; {key('follow')} follows again, {key('search')} searches."
        case "chart":
            return f"{key('metric')} draws the next metric the run has written."


def _for_step(model: Model) -> str:
    """What a decision on the step of the diff pane would do."""
    key, step = model.keys.shown, model.step()
    if step is not None and step.kind == "verdict":
        return f"{key('accept')} notes that you have seen it, {key('reject')} adds a remark; it stays as it is."
    if step is not None and step.kind == "contract":
        return f"A yes ({key('accept')}) to the contract starts the baseline runs listed under Will run."
    return f"A yes ({key('accept')}) to a diff starts exactly the runs listed under Will run, and nothing else."
