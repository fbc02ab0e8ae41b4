"""Jump mode: a letter on every pane and on every row that can be chosen; typing it goes there."""

from __future__ import annotations

from itertools import chain

from app.ui.actors.actor import Actor
from app.ui.widgets.pane import Pane

LETTERS = "asdfghjklqwertyuiopzxcvbnm"
"""In the order in which they are given away: those under the fingers first."""


class Jump(Actor):
    """Shows the letters, and goes where the typed one stands."""

    def do_jump(self) -> None:
        """Ask for a letter."""
        from app.ui.screens.letter import Letter

        shown = [pane for pane in self._screen.panes.values() if pane.display]
        # Panes first, so that theirs are always the same letters; what rows get is left over.
        places: list[tuple[Pane, int | None]] = [(pane, None) for pane in shown]
        places += chain.from_iterable(((pane, row) for row in pane.targets()) for pane in shown)
        found = dict(zip(LETTERS, places, strict=False))
        for pane in shown:
            rows = {row: letter for letter, (owner, row) in found.items() if owner is pane and row is not None}
            pane.tag(rows, next((letter for letter, place in found.items() if place == (pane, None)), ""))

        def typed(letter: str | None) -> None:
            for pane in shown:
                pane.tag({})
            if letter is not None:
                self._to(*found[letter])

        self._screen.say("Type a letter to go there; Esc stays.", "note")
        self._screen.app.push_screen(Letter(frozenset(found)), typed)

    def _to(self, pane: Pane, row: int | None) -> None:
        self._screen.say("")
        self._screen.go(pane.PANE)
        if row is not None:
            self._screen.on_pane_clicked(Pane.Clicked(pane, row))
