"""The keys in force: those of `app.ui.actions`, and what the user's `keys.toml` puts in their place.

`keys.toml` in the user's configuration folder (or the file that `MLRC_KEYS` names) holds lines such as
`accept = "ctrl+y"` or `down = ["j", "down"]`, by the id of an action. A line that cannot be used is told in a sentence;
the others hold.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from app.ui.actions import ACTIONS, BY_ID, Action
from app.ui.regions import PANES, PaneName

RESERVED = {
    "ctrl+a": "belongs to screen",
    "ctrl+b": "belongs to tmux",
    "ctrl+c": "is the terminal's own",
    "ctrl+i": "reaches programs as tab",
    "ctrl+m": "reaches programs as enter",
    "ctrl+p": "opens the palette",
    "ctrl+q": "is the terminal's own",
    "ctrl+s": "is the terminal's own",
    "escape": "closes what is open",
}
"""Keys that no action may have, and why."""


class Wish(NamedTuple):
    """The keys that a user wants for an action, as written and as the terminal reports them."""

    written: tuple[str, ...]
    keys: tuple[str, ...]


class Keymap:
    """Which key means which action.

    Args:
        wishes: keys of the user by action id, already without conflicts.
        problems: one sentence for each line of the user's file that is not used.
    """

    def __init__(self, wishes: Mapping[str, Wish] | None = None, problems: Iterable[str] = ()) -> None:
        self._wishes = dict(wishes or {})
        self.problems = tuple(problems)
        self._by_key: dict[str, list[Action]] = {}
        for action in ACTIONS:
            for key in self.keys(action.id):
                self._by_key.setdefault(key, []).append(action)

    @property
    def changed(self) -> int:
        """How many actions have keys of the user's."""
        return len(self._wishes)

    @property
    def trouble(self) -> str:
        """The problems in one sentence for the bottom of the screen; empty where there is none."""
        more = f" {len(self.problems) - 1} more: `mlrc config show`." if len(self.problems) > 1 else ""
        return f"{self.problems[0]}{more}" if self.problems else ""

    def keys(self, action: str) -> tuple[str, ...]:
        """The keys of an action, as the terminal reports them."""
        wish = self._wishes.get(action)
        return wish.keys if wish else tuple(BY_ID[action].keys.split(","))

    def shown(self, action: str) -> str:
        """The first key of an action, as the user reads it."""
        wish = self._wishes.get(action)
        return wish.written[0] if wish else BY_ID[action].shown

    def meant(self, key: str, pane: PaneName) -> Action | None:
        """What a key means in a pane: the pane's own action, else that of everywhere, else that of another pane.

        The last is for saying where it works. None for a key without a meaning.
        """
        found = self._by_key.get(key, [])
        return min(found, key=lambda action: _distance(action, pane), default=None)

    def translated(self, declared: str, pane: PaneName) -> str:
        """The user's key in the place of a declared one, for hints that name keys as they were declared."""
        if not self._wishes:
            return declared
        found = [action for action in ACTIONS if action.shown == declared]
        action = min(found, key=lambda action: _distance(action, pane), default=None)
        return self.shown(action.id) if action is not None else declared


def _distance(action: Action, pane: PaneName) -> int:
    return 0 if pane in action.panes else 1 if not action.panes else 2


def user_file() -> Path:
    """Where the user's keys are."""
    from app.sources import user_folder

    named = os.environ.get("MLRC_KEYS")
    return Path(named) if named else user_folder() / "keys.toml"


def load(path: Path | None = None) -> Keymap:
    """The keys in force with a user's file; without one, the declared keys."""
    from app.sources import ConfigError, toml

    path = path or user_file()
    if not path.exists():
        problem = f"{path}: there is no such file. Mend MLRC_KEYS." if os.environ.get("MLRC_KEYS") else ""
        return Keymap(problems=[problem] if problem else [])
    try:
        values = toml(path)
    except ConfigError as error:
        return Keymap(problems=[f"{error} Your keys are not used."])
    return read(values)


def read(values: Mapping[str, Any]) -> Keymap:
    """The keys in force with what a user's file says."""
    wishes: dict[str, Wish] = {}
    problems: list[str] = []
    for name, value in values.items():
        written = [value] if isinstance(value, str) else value
        if name not in BY_ID:
            problems.append(f"keys.toml: there is no action `{name}`. The palette (:) and the help (?) name them.")
        elif not isinstance(written, list) or not written or not all(isinstance(key, str) for key in written):
            problems.append(f'keys.toml: `{name}` must be a key such as "ctrl+y", or a list of keys.')
        else:
            usable = [(key, named) for key in written if (named := _named(name, key, problems))]
            if usable:
                wishes[name] = Wish(tuple(key for key, _ in usable), tuple(named for _, named in usable))
    _without_conflicts(wishes, problems)
    return Keymap(wishes, problems)


def _named(action: str, written: str, problems: list[str]) -> str:
    """A key as the terminal reports it; empty, and a problem, where it cannot be used."""
    key = _as_reported(written.strip())
    if key in RESERVED:
        problems.append(f"keys.toml: `{written}` for `{action}` {RESERVED[key]}. Choose another key.")
    elif key.startswith(("alt+", "super+", "meta+", "hyper+")):
        problems.append(
            f"keys.toml: `{written}` for `{action}` does not arrive from every terminal. Choose another key."
        )
    elif not _is_key(key):
        problems.append(
            f"keys.toml: `{written}` for `{action}` is no key. Write it as `y`, `Y`, `ctrl+y`, `f5` or `tab`."
        )
    else:
        return key
    return ""


def _as_reported(written: str) -> str:
    from textual.keys import KEY_NAME_REPLACEMENTS

    if len(written) != 1 or written.isalnum():
        return written if len(written) == 1 else written.lower()
    name = unicodedata.name(written, "").lower().replace(" ", "_").replace("-", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


def _is_key(key: str) -> bool:
    from textual.keys import KEY_NAME_REPLACEMENTS, Keys

    if len(key) == 1 or key in {known.value for known in Keys} or key in KEY_NAME_REPLACEMENTS.values():
        return key.isprintable() and not key.startswith("<")
    name = key.replace("_", " ")
    try:
        return bool(unicodedata.lookup(name))
    except KeyError:
        return False


def _without_conflicts(wishes: dict[str, Wish], problems: list[str]) -> None:
    """Take wishes away, the later of two first, until every key means one thing in every pane.

    A wish that falls gives its action the declared keys back, which another wish may have counted on being free; so it
    goes round until nothing falls.
    """
    while True:
        found = next((pair for name in reversed(wishes) if (pair := _conflict(name, wishes))), None)
        if found is None:
            return
        name, key, other = found
        del wishes[name]
        problems.append(
            f"keys.toml: `{key}` for `{name}` is taken by `{other}` ({BY_ID[other].label}). "
            "Choose another key, or give that action another one too."
        )


def _conflict(name: str, wishes: Mapping[str, Wish]) -> tuple[str, str, str] | None:
    for key in wishes[name].keys:
        for action in ACTIONS:
            keys = wishes[action.id].keys if action.id in wishes else action.keys.split(",")
            if action.id != name and key in keys and _meet(BY_ID[name], action):
                return name, key, action.id
    return None


def _meet(one: Action, other: Action) -> bool:
    """Whether two actions work in one pane."""
    return bool(set(one.panes or PANES) & set(other.panes or PANES))
