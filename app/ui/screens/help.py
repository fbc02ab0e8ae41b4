"""Every key, from the one declaration of actions; those of the focused pane first, and a field to search them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.screen import ModalScreen

from app.ui.actions import TITLES, Action, everywhere, of_pane
from app.ui.keymap import Keymap
from app.ui.regions import PANES, PaneName
from app.ui.text import EMPTY, Line, labelled, line, pad, spread, wrap
from app.ui.widgets.lines import Lines

KEY_CELLS, ID_CELLS = 11, 16
NAMES_FROM = 70
"""A wider list names the actions, too, as `keys.toml` does."""

ABOUT: dict[PaneName, str] = {
    "paper": "The paper, section by section, with the tasks, gaps and keywords found in it and where they stand.",
    "ideas": "Ideas from the paper, each with its passage, its hypothesis and the cheapest run that could refute it.",
    "diff": "What an agent proposes: a change, a contract or a verdict, with everything that your yes would start.",
    "inbox": "What needs you, oldest first, and below it the experiments with what their numbers say.",
    "log": "What the run writes, as it writes it: the experiment's own word, on which no verdict rests.",
    "chart": "What the run measures, against the baseline; and the effect, with its interval, once there is one.",
}
"""What each pane is for."""
GROUPS = {
    "Panes": ("go_", "next_pane", "previous_pane", "jump", "next_needed", "zoom", "palette", "help"),
    "Moving": ("down", "up", "page_", "first", "last"),
    "Looks": ("wider", "narrower", "taller", "shorter", "reset_sizes", "next_theme", "mouse"),
    "Work": ("undo", "stop", "run_again", "detach", "leave"),
}
"""Actions that work everywhere, by what they are about; a beginning stands for all that begin so."""


class Section(NamedTuple):
    """A title, what it is about, and the actions below it."""

    title: str
    about: str
    actions: list[Action]


def sections(pane: PaneName) -> list[Section]:
    """The focused pane's keys, then those of everywhere by group, then those of the other panes."""
    own = Section(f"In {TITLES[pane]}", ABOUT[pane], of_pane(pane))
    left = everywhere()
    found = [own]
    for title, names in GROUPS.items():
        chosen = [action for action in left if action.id.startswith(names)]
        left = [action for action in left if action not in chosen]
        found.append(Section(title, "", chosen))
    found.append(Section("And everywhere", "", left))
    return [*found, *(Section(f"In {TITLES[name]}", ABOUT[name], of_pane(name)) for name in PANES if name != pane)]


def rows(keys: Keymap, found: Iterable[Section], text: str, width: int) -> list[Line]:
    """The sections as lines; with a text, only the actions that have it in key, label, help or id."""
    lines: list[Line] = []
    for section in found:
        chosen = [action for action in section.actions if text.lower() in _searched(keys, action)]
        if not chosen:
            continue
        lines += [EMPTY] if lines else []
        lines.append(line((section.title, "title")))
        if section.about and not text:
            lines += [line((row, "dim")) for row in wrap(section.about, width)]
        for action in chosen:
            lines += _action(keys, action, width)
    return lines or [line((f"No key does “{text}”. Backspace takes a letter back.", "warn"))]


def _searched(keys: Keymap, action: Action) -> str:
    return f"{keys.shown(action.id)} {action.label} {action.help} {action.id}".lower()


def _action(keys: Keymap, action: Action, width: int) -> list[Line]:
    names = width > NAMES_FROM
    room = width - (ID_CELLS + 1 if names else 0)
    found = labelled(keys.shown(action.id), action.help, room, indent=KEY_CELLS)
    first = found[0]
    shown = [(first.pieces[0].text, "key"), *((piece.text, piece.look) for piece in first.pieces[1:])]
    gap = " " * (room - first.width)
    tail = [(f"{gap} {pad(action.id, ID_CELLS)}", "faint")] if names else []
    return [line(*shown, *tail), *found[1:]]


class Help(ModalScreen[None]):
    """Closed by the keys that open it, Esc or q; `/` begins a search."""

    def __init__(self, keys: Keymap, pane: PaneName) -> None:
        super().__init__()
        self._keys, self._pane = keys, pane
        self._text: str | None = None
        """What is searched for; None while nothing is."""

    def compose(self) -> ComposeResult:
        """One list."""
        yield Lines(id="help")

    def on_resize(self) -> None:
        """Draw at the new width, once the list has it."""
        self.call_after_refresh(self._draw)

    def _draw(self) -> None:
        found = self.query_one(Lines)
        found.border_title = "Keys"
        keys_file = "names: for keys.toml" if found.text_width > NAMES_FROM else ""
        head = spread([("/ search   j k scroll   Esc close", "dim")], [(keys_file, "faint")], found.text_width)
        if self._text is not None:
            head = line(("/ ", "key"), self._text, ("█", "note"), ("   ⏎ keep   Esc all keys", "dim"))
        found.show(rows(self._keys, sections(self._pane), self._text or "", found.text_width), head=[head, EMPTY])

    def on_key(self, event: events.Key) -> None:
        """Letters search once `/` was typed; before, they move and close."""
        event.stop()
        event.prevent_default()
        if self._text is None or not self._typed(event):
            self._command(event.key)
            return
        self._draw()
        self.query_one(Lines).jump(0)

    def _typed(self, event: events.Key) -> bool:
        if event.key == "escape":
            self._text = None
        elif event.key == "backspace":
            self._text = (self._text or "")[:-1]
        elif event.is_printable and event.character:
            self._text = (self._text or "") + event.character
        else:
            return False
        return True

    def _command(self, key: str) -> None:
        found = self.query_one(Lines)
        page = max(1, found.text_height - 4)
        moves = {"j": 1, "down": 1, "k": -1, "up": -1, "pagedown": page, "space": page, "pageup": -page}
        if key in moves:
            found.scroll_relative(y=moves[key], animate=False)
        elif key == "slash":
            self._text = ""
            self._draw()
        elif key in ("g", "home", "G", "end"):
            found.jump(0 if key in ("g", "home") else found.max_scroll_y)
        elif self._text is None and (key in ("escape", "q", "enter") or key in self._keys.keys("help")):
            self.dismiss(None)
