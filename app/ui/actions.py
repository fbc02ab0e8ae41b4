"""Every action a user can take, once: keys, palette, help screen and README table are made from this list."""

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
_RUNS: tuple[PaneName, ...] = ("log", "chart")

ACTIONS: tuple[Action, ...] = (
    *(_go(number, pane) for number, pane in enumerate(PANES, 1)),
    Action("next_pane", "tab", "tab", "panes", "Next pane."),
    Action("previous_pane", "shift+tab", "shift+tab", "previous pane", "Previous pane."),
    Action("next_needed", "i", "i", "next that needs me", "Go to the next item that needs you."),
    Action("accept", "a", "a", "accept", "Accept what this pane shows: exactly what was drawn.", _DECIDABLE),
    Action("reject", "r", "r", "reject with reason", "Reject it; a reason is asked for and may be empty.", _DECIDABLE),
    Action("edit", "e", "e", "edit in $EDITOR", "Edit it in $VISUAL or $EDITOR; then decide.", ("paper", *_DECIDABLE)),
    Action("yes", "y", "y", "yes", "Yes to the hunk, or to its selected lines alone.", ("diff",)),
    Action("no", "n", "n", "no", "No to the hunk or its selected lines; a reason may be given.", ("diff",)),
    Action("divide", "s", "s", "split", "Split the hunk at its unchanged lines.", ("diff",)),
    Action(
        "edit_hunk", "E", "E", "edit hunk", "Edit the hunk in $VISUAL or $EDITOR; it is taken as written.", ("diff",)
    ),
    Action("comment", "c", "c", "comment", "Tell the agent something about the hunk.", ("diff",)),
    Action("take_back", "u", "u", "undo mark", "Take the last mark back.", ("diff",)),
    Action("proceed", "enter", "⏎", "summary", "Show what the marks come to; there, apply it.", ("diff",)),
    Action("write_idea", "plus", "+", "write an idea", "Write an idea of your own in $VISUAL or $EDITOR.", ("ideas",)),
    Action("mark", "space", "space", "mark", "Mark the idea, for comparing or merging two.", ("ideas",)),
    Action("compare", "c", "c", "compare", "Compare two ideas: both marked, or one of them selected.", ("ideas",)),
    Action("merge", "m", "m", "merge", "Make one idea of two in $VISUAL or $EDITOR; both stay.", ("ideas",)),
    Action("similarity", "v", "v", "similarity", "How near all ideas are to each other.", ("ideas",)),
    Action("sort", "o", "o", "sort", "Sort by number, state, novelty or support.", ("ideas",)),
    Action("filter", "slash", "/", "filter", "List only ideas with a word in them; !word leaves out.", ("ideas",)),
    Action("close_page", "escape", "Esc", "back", "Back to the table, then to all ideas.", ("ideas",)),
    Action("open", "enter", "⏎", "open", "Open the selected item in the pane where it is decided.", _LISTS),
    Action("dismiss", "d,escape", "d", "dismiss", "Take note of the selected alert, or of what happened.", ("inbox",)),
    Action("down", "j,down", "j", "down", "Down: next row, or one line of text."),
    Action("up", "k,up", "k", "up", "Up."),
    Action("page_down", "pagedown,space", "pgdn", "page down", "One page down."),
    Action("page_up", "pageup", "pgup", "page up", "One page up."),
    Action("first", "g,home", "g", "first", "To the beginning."),
    Action("last", "G,end", "G", "last", "To the end."),
    Action("left", "h,left", "h", "left", "Left: previous section, or scroll sideways.", ("paper", "diff", "log")),
    Action("right", "l,right", "l", "right", "Right: next section, or scroll sideways.", ("paper", "diff", "log")),
    Action("visit", "enter", "⏎", "go there", "Go to the passage, section or paper that is chosen.", ("paper",)),
    Action("outline", "o", "o", "outline", "All sections, what was found in each, and what cites it.", ("paper",)),
    Action("findings", "t", "t", "tasks, gaps, keywords", "Tasks, gaps and keywords, or back to the text.", ("paper",)),
    Action("related", "r", "r", "related work", "References and other papers by similarity, or back.", ("paper",)),
    Action("citing_step", "c", "c", "what cites this", "The idea or diff that stands on the paragraph.", ("paper",)),
    Action("next_paragraph", "J", "J", "next paragraph", "Choose the next paragraph.", ("paper",)),
    Action("previous_paragraph", "K", "K", "previous paragraph", "Choose the one before.", ("paper",)),
    Action("add_finding", "plus", "+", "add", "Add a task, gap or keyword on the chosen paragraph.", ("paper",)),
    Action("delete_finding", "d", "d", "delete", "Delete the chosen task, gap or keyword; asks first.", ("paper",)),
    Action("next_paper", "right_square_bracket", "]", "next paper", "Next paper of the workspace.", ("paper",)),
    Action("previous_paper", "left_square_bracket", "[", "previous paper", "The paper before.", ("paper",)),
    Action("leave_page", "escape", "Esc", "back to the text", "Back from a list to the text.", ("paper",)),
    Action("next_hunk", "J", "J", "next hunk", "Next hunk of the diff.", ("diff",)),
    Action("previous_hunk", "K", "K", "previous hunk", "Previous hunk.", ("diff",)),
    Action("toggle", "space", "space", "yes or no mark", "Yes to the hunk, or no mark again.", ("diff",)),
    Action("select", "v", "v", "select lines", "Select lines of the hunk; y takes only those.", ("diff",)),
    Action("fold", "o", "o", "fold", "Fold the hunk, or show it again.", ("diff",)),
    Action("fold_all", "O", "O", "fold all", "Fold all hunks, or show them again.", ("diff",)),
    Action("two_columns", "t", "t", "two columns", "Old and new side by side, or one below the other.", ("diff",)),
    Action("find", "slash", "/", "search", "Search in the diff; ⏎ goes to the next match.", ("diff",)),
    Action("find_before", "shift+enter,f3", "f3", "match before", "Go to the match before.", ("diff",)),
    Action("leave_review", "escape", "Esc", "back", "Back from the summary; end selection or search.", ("diff",)),
    Action(
        "next_step", "right_square_bracket", "]", "next step", "Show the next diff, contract or verdict.", ("diff",)
    ),
    Action("previous_step", "left_square_bracket", "[", "previous step", "Show the one before.", ("diff",)),
    Action("follow", "s", "s", "follow", "Follow the log, or stop following.", ("log",)),
    Action("wrap", "w", "w", "wrap", "Wrap long lines, or cut them.", ("log",)),
    Action("times", "t", "t", "times", "Times of the output: of the day, since the run began, none.", ("log",)),
    Action(
        "next_run", "right_square_bracket", "]", "next run", "Show the next run; after the last, the newest.", _RUNS
    ),
    Action("previous_run", "left_square_bracket", "[", "previous run", "Show the run before; it stays.", _RUNS),
    Action("point_left", "h,left", "h", "point before", "Point at the value before.", ("chart",)),
    Action("point_right", "l,right", "l", "point after", "Point at the value after.", ("chart",)),
    Action("next_curve", "c", "c", "next curve", "Point at the next curve.", ("chart",)),
    Action("no_point", "escape", "esc", "no point", "Point at nothing.", ("chart",)),
    Action("log_line", "enter", "⏎", "log line", "Show the log where the point was measured.", ("chart",)),
    Action("commit", "C", "C", "commit", "Show the diff that the curve comes from.", ("chart",)),
    Action("metric", "m", "m", "metric", "Draw the next metric.", ("chart",)),
    Action("overlay", "o", "o", "overlay", "This run's trials, its mean, or other experiments beside it.", ("chart",)),
    Action("log_axis", "y", "y", "log axis", "A logarithmic axis, or a linear one.", ("chart",)),
    Action("smooth", "S", "S", "smooth", "Moving average: off, 0.6 or 0.9 of the past.", ("chart",)),
    Action("table", "t", "t", "table", "Numbers in place of curves, or back.", ("chart",)),
    Action("search", "slash", "/", "search", "Search; n and N go through the matches.", _TEXTS),
    Action("next_match", "n", "n", "next match", "Next match.", _TEXTS),
    Action("previous_match", "N", "N", "previous match", "Previous match.", _TEXTS),
    Action("end_search", "escape", "Esc", "end search", "Stop the search; then take its marks away.", ("log",)),
    Action("zoom", "f", "f", "zoom", "Let the pane fill the screen, or put it back."),
    Action("wider", "greater_than_sign", ">", "wider", "Make the pane wider; the size is remembered."),
    Action("narrower", "less_than_sign", "<", "narrower", "Make the pane narrower."),
    Action("taller", "right_parenthesis", ")", "taller", "Make the pane taller."),
    Action("shorter", "left_parenthesis", "(", "shorter", "Make the pane shorter."),
    Action("reset_sizes", "0", "0", "default sizes", "Give all panes their sizes back."),
    Action("jump", "ctrl+o", "ctrl+o", "jump", "Go to a pane or a row by the letter that appears on it."),
    Action("next_theme", "T", "T", "next theme", "Next theme: dark, light, ansi, high-contrast, colour-blind."),
    Action(
        "mouse", "M", "M", "mouse on or off", "Give the mouse to the terminal for its own selection, or take it back."
    ),
    Action("undo", "z", "z", "undo", "Take a decision back; says first what would happen."),
    Action("redo", "Z", "Z", "redo", "Apply an undone diff again; says first what would happen."),
    Action("stop", "x", "x", "stop run", "Stop the run that the log shows; asks first."),
    Action("run_again", "R", "R", "run again", "Run the shown run again, where it ended without a score; asks first."),
    Action("stop_all", "X", "X", "stop all runs", "Stop all runs; asks for the word stop."),
    Action("digest", "H", "H", "what happened", "What happened since you left, or in the last 24 hours."),
    Action("palette", "colon", ":", "palette", "Find an action by its name (also ctrl+p)."),
    Action("help", "question_mark,f1", "?", "help", "This list."),
    Action("copy", "Y", "Y", "copy", "Copy what the pane shows: through tmux, the terminal, or into a file."),
    Action("suspend", "ctrl+z", "ctrl+z", "suspend", "Stop the screen alone and go to the shell; fg comes back."),
    Action("repaint", "ctrl+l", "ctrl+l", "draw anew", "Draw everything again, where the terminal lost it."),
    Action("detach", "q", "q", "detach (work goes on)", "Close the screen; runs and engine go on."),
    Action("leave", "Q", "Q", "leave …", "Choose how to leave: close the screen, stop the runs, stop the engine."),
)

BY_ID = {action.id: action for action in ACTIONS}


def of_pane(pane: PaneName) -> list[Action]:
    """Actions that only some panes have, this one among them."""
    return [action for action in ACTIONS if pane in action.panes]


def everywhere() -> list[Action]:
    """Actions that every pane has."""
    return [action for action in ACTIONS if not action.panes]


def readme_rows() -> list[str]:
    """The key table of the README, one Markdown row per action."""
    return [
        f"| `{a.shown}` | {a.help} | {', '.join(SHORT_TITLES[p] for p in a.panes) or 'everywhere'} |" for a in ACTIONS
    ]
