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
    return (f"no {pane}", _for_nothing(model)) if _is_empty(model) else (pane, _for_something(model))


def _is_empty(model: Model) -> bool:
    content = {"paper": model.state.papers, "ideas": model.ideas(), "diff": model.reviewed()}
    return not content.get(model.view.pane, True)


def _for_nothing(model: Model) -> str:
    if model.view.pane == "diff":
        return f"No diff yet: accept an idea with {model.keys.shown('accept')} in pane {model.keys.shown('go_ideas')}."
    what = "No paper yet" if model.view.pane == "paper" else "No ideas yet: they come from a paper"
    return f"{what}; `mlrc run --paper FILE` in another terminal reads one."


def _for_something(model: Model) -> str:
    key = model.keys.shown
    match model.view.pane:
        case "paper":
            return f"{key('right')} and {key('left')} turn the sections, {key('search')} searches them all."
        case "ideas":
            return f"{key('accept')} lets the agent plan the idea and write a diff; nothing runs before your next yes."
        case "diff":
            return f"A yes ({key('accept')}) to a diff starts exactly the runs listed under Will run, and nothing else."
        case "inbox":
            return f"{key('next_needed')} goes to the next item that needs you; {key('open')} opens the selected one."
        case "log":
            return f"Scrolling stops following; {key('follow')} follows again, {key('search')} searches."
        case "chart":
            return f"{key('metric')} draws the next metric the run has written."
