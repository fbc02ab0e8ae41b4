"""Every action in the command palette, and every theme."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from app.ui.actions import ACTIONS, SHORT_TITLES, Action
from app.ui.colours import THEMES

if TYPE_CHECKING:
    from app.ui.screens.main import MainScreen


class Entry(NamedTuple):
    """One line of the palette."""

    name: str
    help: str
    run: Callable[[], None]


class ActionCommands(Provider):
    """Finds actions by label, help and id, and themes by name."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for entry in self._entries():
            yield DiscoveryHit(entry.name, entry.run, help=entry.help)

    async def search(self, query: str) -> Hits:
        """Those that match, those whose name does first."""
        matcher = self.matcher(query)
        for entry in self._entries():
            score = max(matcher.match(entry.name), matcher.match(f"{entry.name} {entry.help}") * 0.5)
            if score > 0:
                yield Hit(score, matcher.highlight(entry.name), entry.run, help=entry.help)

    def _entries(self) -> Iterator[Entry]:
        screen = cast("MainScreen", self.screen)
        own = [action for action in ACTIONS if screen.model.view.pane in action.panes]
        for action in (*own, *(action for action in ACTIONS if action not in own)):
            yield Entry(_name(action, screen.model.keys.shown(action.id)), _help(action), _acting(screen, action.id))
        for name in THEMES:
            yield Entry(f"theme: {name}", "Draw the screen in this theme.", _theming(screen, name))


def _name(action: Action, key: str) -> str:
    return f"{action.label}  ({key})"


def _help(action: Action) -> str:
    return f"{action.help} [{', '.join(SHORT_TITLES[pane] for pane in action.panes)}]" if action.panes else action.help


def _acting(screen: MainScreen, action: str) -> Callable[[], None]:
    return lambda: screen.action_act(action)


def _theming(screen: MainScreen, name: str) -> Callable[[], None]:
    return lambda: screen.appearance.choose_theme(name)
