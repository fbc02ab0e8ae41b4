"""Getting about: from pane to pane, to what needs the human, from an item to where it is decided, from text to text."""

from __future__ import annotations

from app.engine.state import AlertState, StepState
from app.ui.actions import SHORT_TITLES
from app.ui.actors.actor import Actor
from app.ui.regions import PANES
from app.ui.screens.ask import Ask
from app.ui.widgets.inbox import Inbox
from app.ui.widgets.log import LogPane
from app.ui.widgets.paper import PaperPane


class Navigation(Actor):
    """Actions that only look and move."""

    def do_next_pane(self) -> None:
        """Tab."""
        self._step_pane(1)

    def do_previous_pane(self) -> None:
        """Shift+tab."""
        self._step_pane(-1)

    def _step_pane(self, move: int) -> None:
        placed = self._screen.placed
        shown = [n for n in PANES if placed is None or placed.kind in ("narrow", "tiny") or n in placed.panes]
        self._screen.go(shown[(shown.index(self._model.view.pane) + move) % len(shown)])

    def do_next_needed(self) -> None:
        """The next item that needs the human."""
        found = self._model.next_needed()
        if found is None:
            self._screen.say("Nothing needs you.", "good")
        elif isinstance(found, AlertState):
            self.show_alert(found)
        else:
            self.show_step(found)

    def show_alert(self, alert: AlertState) -> None:
        """Show an alert with the lines that it stands on."""
        self._screen.go("inbox")
        inbox = self._screen.panes["inbox"]
        if isinstance(inbox, Inbox):
            inbox.select(f"alert {alert.id}")

    def show_step(self, step: StepState) -> None:
        """Show a step in the pane where it is decided."""
        self._model.view.item = f"step {step.id}"
        self._screen.go(self._model.select(step))

    def go_step(self, number: int) -> None:
        """Show a step by its number."""
        if step := self._model.state.steps.get(number):
            self.show_step(step)

    def go_passage(self, section: str, paragraph: int) -> None:
        """Show a paragraph of the paper."""
        paper = self._screen.panes["paper"]
        self._screen.go("paper")
        if not isinstance(paper, PaperPane) or not paper.to_passage(section, paragraph):
            self._screen.say("The passage is not in the shown paper.", "warn")

    def go_experiment(self, number: int) -> None:
        """Show the newest run of an experiment."""
        experiment = self._model.state.experiments[number]
        if not experiment.runs:
            self._screen.say(f"Experiment {experiment.id} has no run yet.", "warn")
            return
        newest = experiment.runs[-1]
        self._follow(None if newest == max(self._model.state.runs) else newest)
        if self._screen.placed is None or "log" not in self._screen.placed.panes or self._screen.placed.kind != "wide":
            self._screen.go("log")
        self._screen.redraw()

    def go_line(self, run: int, offset: int) -> None:
        """Show the log of a run at a byte of its file."""
        self._follow(run)
        self._screen.go("log")
        log = self._screen.panes["log"]
        if isinstance(log, LogPane):
            log.show_offset(offset)

    def _follow(self, run: int | None) -> None:
        view = self._model.view
        view.run = run
        # The log of another run is followed; only of the same one the place is kept.
        view.follow = view.follow or run != view.log_run
        self._screen.follow()

    def do_next_run(self) -> None:
        """The run after the shown one; after the last one, always the newest."""
        self._step_run(1)

    def do_previous_run(self) -> None:
        """The run before the shown one, which stays until another is chosen."""
        self._step_run(-1)

    def _step_run(self, move: int) -> None:
        shown = self._model.run()
        runs = sorted(run.id for run in self._model.state.runs.values() if run.phase != "queued" or run == shown)
        if shown is None:
            self._screen.say("There are no runs yet.", "warn")
            return
        at = runs.index(shown.id) + move
        if at < 0:
            self._screen.say(f"Run {shown.id} is the first one.", "warn")
            return
        self._follow(runs[at] if at < len(runs) else None)
        self._screen.redraw()
        newest = "" if at < len(runs) else "; newer ones follow by themselves"
        self._screen.say(f"Run {min(at, len(runs) - 1) + 1} of {len(runs)}{newest}.", "dim")

    def do_search(self) -> None:
        """Ask for a text and show its first match."""
        pane = self._screen.pane
        if not isinstance(pane, PaperPane | LogPane):
            return

        def found(text: str | None) -> None:
            if text is None:
                return
            count = pane.search(text)
            # The log is searched in a thread and says itself what was found.
            if count is not None:
                self._screen.say(f"{count} match{'es' if count != 1 else ''} for “{text}”." if text else "", "dim")

        question = f"Search in {SHORT_TITLES[pane.PANE].lower()}"
        self._screen.app.push_screen(Ask(question, enter="search"), found)
