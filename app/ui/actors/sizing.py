"""The sizes of panes: by keys, by dragging a border, and back. Remembered for each kind of layout."""

from __future__ import annotations

from textual import events

from app.ui.actors.actor import Actor
from app.ui.regions import Edge, moved
from app.ui.widgets.pane import Pane

STEP_COLUMNS, STEP_ROWS = 4, 2


class Sizing(Actor):
    """Moves the edges between panes."""

    _held: tuple[Edge, Pane] | None = None

    def do_wider(self) -> None:
        """Four columns more for the focused pane."""
        self._grow(STEP_COLUMNS, upright=True)

    def do_narrower(self) -> None:
        """Four columns fewer."""
        self._grow(-STEP_COLUMNS, upright=True)

    def do_taller(self) -> None:
        """Two rows more."""
        self._grow(STEP_ROWS, upright=False)

    def do_shorter(self) -> None:
        """Two rows fewer."""
        self._grow(-STEP_ROWS, upright=False)

    def do_reset_sizes(self) -> None:
        """All edges of this layout stand by themselves again."""
        placed, view = self._screen.placed, self._model.view
        if placed is not None:
            view.sizes = {kind: edges for kind, edges in view.sizes.items() if kind != placed.kind}
            view.zoomed = False
            self._screen.place()

    def _grow(self, cells: int, *, upright: bool) -> None:
        placed, view = self._screen.placed, self._model.view
        found = placed.edge_of(view.pane, upright=upright) if placed is not None else None
        if placed is None or found is None:
            self._screen.say("This pane has no neighbour to take room from or to give it to.", "warn")
            return
        edge, direction = found
        self._move(edge, cells * direction)

    def _move(self, edge: Edge, cells: int) -> None:
        placed, view = self._screen.placed, self._model.view
        if placed is not None and edge.least <= edge.most:
            view.sizes = moved(view.sizes, placed.kind, edge, cells)
            self._screen.place()

    # the mouse

    def grab(self, event: events.MouseDown) -> None:
        """Take hold of the edge under the mouse, if there is one."""
        placed = self._screen.placed
        edge = placed.edge_at(int(event.screen_x), int(event.screen_y)) if placed is not None else None
        if edge is not None:
            pane = self._screen.pane
            self._held = edge, pane
            pane.capture_mouse()

    def drag(self, event: events.MouseMove) -> None:
        """Move the edge that is held to the mouse."""
        placed = self._screen.placed
        if self._held is None or placed is None:
            return
        edge = next((one for one in placed.edges if one.name == self._held[0].name), None)
        to = int(event.screen_x if self._held[0].upright else event.screen_y)
        if edge is not None and edge.at != to:
            self._move(edge, to - edge.at)

    def drop(self) -> None:
        """Let go."""
        if self._held is not None:
            self._held[1].release_mouse()
            self._held = None
