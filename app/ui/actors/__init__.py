"""What carries out actions beyond a single pane: looked for by name, made with the first key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.ui.actors.actor import Actor

if TYPE_CHECKING:
    from app.ui.screens.main import MainScreen


def actors(screen: MainScreen) -> tuple[Actor, ...]:
    """All of them; the first that has `do_<action>` carries it out."""
    from app.ui.actors.corrections import Corrections
    from app.ui.actors.jump import Jump
    from app.ui.actors.leaving import Leaving
    from app.ui.actors.session import Session
    from app.ui.actors.writing import Writing

    return (
        Corrections(screen),
        screen.review,
        screen.decisions,
        screen.navigation,
        screen.sizing,
        screen.appearance,
        screen.news,
        Jump(screen),
        Leaving(screen),
        Session(screen),
        Writing(screen),
    )
