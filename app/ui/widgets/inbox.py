"""What needs you, what looks wrong, and the experiments with what was measured of them (`app.ui.agenda`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

from app.ui import agenda
from app.ui.agenda import Row
from app.ui.messages import GoExperiment, GoLine, GoStep, Said
from app.ui.model import LEFT, Model
from app.ui.text import Line, Part
from app.ui.widgets.pane import Pane


class _Drawn(Sequence[Line]):
    """Lines made when they are looked at.

    A line that was made is kept: it is what stands on the screen, also after its experiment has moved on.
    """

    def __init__(self, rows: Sequence[Row], selected: str) -> None:
        self._rows, self._selected = rows, selected
        self._made: dict[int, Line] = {}

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [self._line(number) for number in range(*index.indices(len(self)))]
        return self._line(index)

    def _line(self, index: int) -> Line:
        if index not in self._made:
            row = self._rows[index]
            found = row.line()
            chosen = row.item and row.item == self._selected
            self._made[index] = found._replace(band="selected") if chosen else found
        return self._made[index]


class Inbox(Pane):
    """Moving selects; Enter goes where the item is decided or shown."""

    PANE = "inbox"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._rows: list[Row] = []

    def draw(self) -> None:
        """Items, then experiments."""
        model = self.model
        self._rows = agenda.rows(model, self.text_width)
        items = [row.item for row in self._rows if row.item]
        if model.view.item not in items:
            model.view.item = items[0] if items else ""
            self._rows = agenda.rows(model, self.text_width)
        self.show(_Drawn(self._rows, model.view.item))
        count = len(model.state.experiments)
        self.caption(f" {count} experiment{'' if count == 1 else 's'} " if count else "")

    def click(self, y: int) -> bool:
        """Select the row at a row of the widget; True if it stands for something."""
        row = self.body_row(y)
        if row is None or row >= len(self._rows) or not self._rows[row].item:
            return False
        self.model.view.item = self._rows[row].item
        self.draw()
        return True

    def targets(self) -> list[int]:
        """Rows in view that stand for something."""
        found = ((y, self.body_row(y)) for y in range(self.text_height))
        return [y for y, row in found if row is not None and row < len(self._rows) and self._rows[row].item]

    def select(self, item: str) -> None:
        """Select a row by what it stands for, and have it in view with all that belongs to it."""
        self.model.view.item = item
        self.draw()
        at = next((n for n, row in enumerate(self._rows) if row.item == item), 0)
        last = next((n for n, row in enumerate(self._rows) if n > at and row.item), len(self._rows)) - 1
        self.reveal(0 if at <= 1 else at, last if item.startswith("alert") else None)

    def _choose(self, move: int) -> None:
        items = [row.item for row in self._rows if row.item]
        if items:
            self.select(items[min(max(0, items.index(self.model.view.item) + move), len(items) - 1)])

    def do_down(self) -> None:
        """Next row."""
        self._choose(1)

    def do_up(self) -> None:
        """Row before."""
        self._choose(-1)

    def do_first(self) -> None:
        """First row."""
        self._choose(-len(self._rows))

    def do_last(self) -> None:
        """Last row."""
        self._choose(len(self._rows))

    def do_open(self) -> None:
        """Where the selected item is decided or shown."""
        kind, _, number = self.model.view.item.partition(" ")
        if kind == "step":
            self.post_message(GoStep(int(number)))
        elif kind == "experiment":
            self.post_message(GoExperiment(int(number)))
        elif kind == "alert":
            self._open_alert(int(number))

    def _open_alert(self, number: int) -> None:
        alert = self.model.state.alerts.get(number)
        if alert is None or alert.run is None:
            self.post_message(Said("This alert is about the whole workspace; there is no log of it."))
        else:
            self.post_message(GoLine(alert.run, alert.offset))

    def offers(self, action: str) -> bool:
        """Only what is news can be taken note of."""
        item = self.model.view.item
        return bool(item) and (action != "dismiss" or item == LEFT or item.startswith("alert"))

    def hints(self) -> list[Part]:
        """What is selected."""
        item = self.model.view.item
        kind, _, number = item.partition(" ")
        if kind == "step" and int(number) in self.model.state.steps:
            item = f"{self.model.state.steps[int(number)].kind} {number}"
        return [("since you left" if item == LEFT else item, "bold")] if item else []
