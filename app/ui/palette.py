"""Every action in the command palette."""

from __future__ import annotations

from collections.abc import Callable

from textual.command import DiscoveryHit, Hit, Hits, Provider

from app.ui.actions import ACTIONS, Action


class ActionCommands(Provider):
    """Finds actions by label and help."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action in ACTIONS:
            yield DiscoveryHit(_name(action), self._run(action), help=action.help)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for action in ACTIONS:
            score = matcher.match(f"{action.label} {action.help}")
            if score > 0:
                yield Hit(score, matcher.highlight(_name(action)), self._run(action), help=action.help)

    def _run(self, action: Action) -> Callable[[], None]:
        act: Callable[[str], None] = self.screen.action_act  # type: ignore[attr-defined]
        return lambda: act(action.id)


def _name(action: Action) -> str:
    return f"{action.label}  ({action.shown})"
