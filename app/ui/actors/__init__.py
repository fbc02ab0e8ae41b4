"""What carries out actions beyond a single pane: looked for by name, made with the first key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui.actors.actor import Actor

if TYPE_CHECKING:
    from app.ui.screens.main import MainScreen


def actors(screen: MainScreen) -> tuple[Actor, ...]:
    """All of them; the first that has `do_<action>` carries it out."""
    from app.ui.actors.appearance import Appearance
    from app.ui.actors.session import Session

    return (screen.decisions, screen.navigation, Appearance(screen), Session(screen))
