"""Getting about: from pane to pane, to what needs the human, from an item to where it is decided, from text to text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.engine.state import ExperimentState, StepState
from app.ui.actions import SHORT_TITLES
from app.ui.regions import PANES
from app.ui.screens.ask import Ask
from app.ui.widgets.ideas import Ideas
from app.ui.widgets.inbox import Inbox
from app.ui.widgets.log import LogPane
from app.ui.widgets.paper import PaperPane

if TYPE_CHECKING:
    from app.ui.screens.main import MainScreen


class Navigation:
    """Actions that only look and move."""

    def __init__(self, screen: MainScreen) -> None:
        self._screen = screen

    def act(self, action: str) -> bool:
        """Carry out an action that moves between panes; False where it does not."""
        own: dict[str, Callable[[], None]] = {
            "next_pane": self.next_pane,
            "previous_pane": self.previous_pane,
            "next_needed": self.next_needed,
            "open": self.open,
            "search": self.search,
        }
        if action not in own:
            return False
        own[action]()
        return True

    def next_pane(self) -> None:
        """Tab."""
        self._step_pane(1)

    def previous_pane(self) -> None:
        """Shift+tab."""
        self._step_pane(-1)

    def _step_pane(self, move: int) -> None:
        placed = self._screen.placed
        shown = [n for n in PANES if placed is None or placed.kind in ("narrow", "tiny") or n in placed.panes]
        self._screen.go(shown[(shown.index(self._screen.model.view.pane) + move) % len(shown)])

    def next_needed(self) -> None:
        """The next item that needs the human."""
        step = self._screen.model.next_needed()
        if step is None:
            self._screen.say("Nothing needs you.", "good")
            return
        self.show_step(step)

    def show_step(self, step: StepState) -> None:
        """Show a step in the pane where it is decided."""
        self._screen.model.view.item = f"step {step.id}"
        self._screen.go(self._screen.model.select(step))

    def open(self) -> None:
        """Enter: an inbox item, an experiment, or the passage of an idea."""
        pane = self._screen.pane
        if isinstance(pane, Inbox):
            chosen = pane.selected()
            if isinstance(chosen, StepState):
                self.show_step(chosen)
            elif isinstance(chosen, ExperimentState):
                self._show_experiment(chosen)
        elif isinstance(pane, Ideas):
            card = self._screen.model.card(self._screen.model.idea())
            paper = self._screen.panes["paper"]
            if isinstance(card, dict) and isinstance(paper, PaperPane):
                passage = card["idea"]["passage"]
                self._screen.go("paper")
                if not paper.to_passage(str(passage["section"]), int(passage["paragraph"])):
                    self._screen.say("The passage is not in the shown paper.", "warn")

    def _show_experiment(self, experiment: ExperimentState) -> None:
        if not experiment.runs:
            self._screen.say(f"Experiment {experiment.id} has no run yet.", "warn")
            return
        newest = self._screen.model.state.runs
        self._screen.model.view.run = None if experiment.runs[-1] == max(newest) else experiment.runs[-1]
        self._screen.follower.watch(self._screen.model.target())
        if self._screen.placed is None or "log" not in self._screen.placed.panes or self._screen.placed.kind != "wide":
            self._screen.go("log")
        self._screen.redraw()

    def search(self) -> None:
        """Ask for a text and show its first match."""
        pane = self._screen.pane
        if not isinstance(pane, PaperPane | LogPane):
            return

        def found(text: str | None) -> None:
            if text is not None:
                count = pane.search(text)
                self._screen.say(f"{count} match{'es' if count != 1 else ''} for “{text}”." if text else "", "dim")

        self._screen.app.push_screen(Ask(f"Search in {SHORT_TITLES[pane.PANE].lower()}"), found)
