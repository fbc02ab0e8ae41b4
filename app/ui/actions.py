"""Every action a user can take, once: bindings, palette, help screen and README table are made from this list."""

from __future__ import annotations

from typing import NamedTuple

from app.ui.regions import PANES, PaneName

TITLES: dict[PaneName, str] = {
    "paper": "Paper",
    "ideas": "Ideas",
    "diff": "Diff",
    "inbox": "Inbox and experiments",
    "log": "Log",
    "chart": "Chart",
}
SHORT_TITLES = {**TITLES, "inbox": "Inbox"}


class Action(NamedTuple):
    """One thing to do. `keys` as Textual names them; `shown` is what the user reads."""

    id: str
    keys: str
    shown: str
    label: str
    help: str
    panes: tuple[PaneName, ...] = ()
    """Where it works; empty for everywhere."""


def _go(number: int, pane: PaneName) -> Action:
    return Action(f"go_{pane}", str(number), str(number), SHORT_TITLES[pane].lower(), f"Go to the pane {TITLES[pane]}.")


_DECIDABLE: tuple[PaneName, ...] = ("ideas", "diff")
_LISTS: tuple[PaneName, ...] = ("ideas", "inbox")
_TEXTS: tuple[PaneName, ...] = ("paper", "log")

ACTIONS: tuple[Action, ...] = (
    *(_go(number, pane) for number, pane in enumerate(PANES, 1)),
    Action("next_pane", "tab", "tab", "panes", "Next pane."),
    Action("previous_pane", "shift+tab", "shift+tab", "previous pane", "Previous pane."),
    Action("next_needed", "i", "i", "next that needs me", "Go to the next item that needs you."),
    Action("accept", "a", "a", "accept", "Accept what this pane shows: exactly what was drawn.", _DECIDABLE),
    Action("reject", "r", "r", "reject with reason", "Reject it; a reason is asked for and may be empty.", _DECIDABLE),
    Action("edit", "e", "e", "edit in $EDITOR", "Edit it in $VISUAL or $EDITOR; then decide.", ("paper", *_DECIDABLE)),
    Action("open", "enter", "⏎", "open", "Open the selected item in the pane where it is decided.", _LISTS),
    Action("down", "j,down", "j", "down", "Down: next row, or one line of text."),
    Action("up", "k,up", "k", "up", "Up."),
    Action("page_down", "pagedown,space", "pgdn", "page down", "One page down."),
    Action("page_up", "pageup", "pgup", "page up", "One page up."),
    Action("first", "g,home", "g", "first", "To the beginning."),
    Action("last", "G,end", "G", "last", "To the end."),
    Action("left", "h,left", "h", "left", "Left: previous section, or scroll sideways.", ("paper", "diff", "log")),
    Action("right", "l,right", "l", "right", "Right: next section, or scroll sideways.", ("paper", "diff", "log")),
    Action("next_hunk", "J", "J", "next hunk", "Next hunk of the diff.", ("diff",)),
    Action("previous_hunk", "K", "K", "previous hunk", "Previous hunk.", ("diff",)),
    Action(
        "next_step", "right_square_bracket", "]", "next step", "Show the next diff, contract or verdict.", ("diff",)
    ),
    Action("previous_step", "left_square_bracket", "[", "previous step", "Show the one before.", ("diff",)),
    Action("follow", "s", "s", "follow", "Follow the log, or stop following.", ("log",)),
    Action("wrap", "w", "w", "wrap", "Wrap long lines, or cut them.", ("log",)),
    Action("metric", "m", "m", "metric", "Draw the next metric.", ("chart",)),
    Action("search", "slash", "/", "search", "Search; n and N go through the matches.", _TEXTS),
    Action("next_match", "n", "n", "next match", "Next match.", _TEXTS),
    Action("previous_match", "N", "N", "previous match", "Previous match.", _TEXTS),
    Action("zoom", "f", "f", "zoom", "Let the pane fill the screen, or put it back."),
    Action("undo", "z", "z", "undo", "Take a decision back; says first what would happen."),
    Action("stop", "x", "x", "stop run", "Stop the run that the log shows; asks first."),
    Action("palette", "colon", ":", "palette", "Find an action by its name (also ctrl+p)."),
    Action("help", "question_mark,f1", "?", "help", "This list."),
    Action("detach", "q", "q", "detach (work goes on)", "Close the screen; runs and engine go on."),
)

BY_ID = {action.id: action for action in ACTIONS}


def of_pane(pane: PaneName) -> list[Action]:
    """Actions that only some panes have, this one among them."""
    return [action for action in ACTIONS if pane in action.panes]


def everywhere() -> list[Action]:
    """Actions that every pane has."""
    return [action for action in ACTIONS if not action.panes]


KEYS = tuple(dict.fromkeys(key for action in ACTIONS for key in action.keys.split(",")))
"""Every key, once."""


def meant(key: str, pane: PaneName) -> Action:
    """What a key means in a pane: the pane's own action, else that of everywhere; else that of another pane, so that it
    can be said where it works."""
    found = [action for action in ACTIONS if key in action.keys.split(",")]
    return min(found, key=lambda action: 0 if pane in action.panes else 1 if not action.panes else 2)


def readme_rows() -> list[str]:
    """The key table of the README, one Markdown row per action."""
    return [
        f"| `{a.shown}` | {a.help} | {', '.join(SHORT_TITLES[p] for p in a.panes) or 'everywhere'} |" for a in ACTIONS
    ]
