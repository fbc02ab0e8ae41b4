"""Ways to leave, and to stop what goes on: each says first what it does to runs and engine."""

from __future__ import annotations

from collections.abc import Callable

from app.engine import commands as cmd
from app.engine import process
from app.engine.journal import JournalError
from app.ui.actors.actor import Actor
from app.ui.screens.ask import Ask
from app.ui.screens.menu import Choice, Menu

STOP = "stop"
"""The word that stops all runs: too long to be typed by mistake."""


class Leaving(Actor):
    """Detach, stop all runs, stop the engine."""

    def do_stop_all(self) -> None:
        """Stop all runs, after the word was typed."""
        self._after_the_word(lambda: self._screen.sender.send(cmd.StopRuns()))

    def do_leave(self) -> None:
        """Ask how to leave."""
        state = self._model.state
        choices = [Choice("d", "detach", _going_on(len(state.running()), len(state.queued())))]
        if not self._model.read_only:
            choices += [
                Choice("s", "stop all runs", "what they have written is kept"),
                Choice("e", "stop the engine", "runs go on, what is queued waits"),
            ]
        self._screen.app.push_screen(Menu("Leave how?", tuple(choices)), self._chosen)

    def _chosen(self, key: str | None) -> None:
        if key == "d":
            self._screen.action_act("detach")
        elif key == "s":
            self.do_stop_all()
        elif key == "e":
            self._stop_engine()

    def _stop_engine(self) -> None:
        screen, paths = self._screen, self._model.paths
        # First of all, or it would start an engine again.
        screen.sender.close()
        try:
            # Asked for from here and not from a thread: the program ends with the next line.
            if process.running(paths) is not None:
                screen.feed.journal.submit(cmd.StopEngine(), screen.sender.name)
                process.wake(paths)
        except JournalError as error:
            screen.say(f"{error} Use `mlrc stop --engine`.", "bad")
            return
        screen.action_act("detach")

    def _after_the_word(self, then: Callable[[], None]) -> None:
        if self._model.read_only:
            self._screen.say("This screen is read-only; stop runs on another one or with `mlrc stop --all`.", "warn")
            return
        going = len(self._model.state.running()) + len(self._model.state.queued())
        if not going:
            self._screen.say("No run is running or queued.", "warn")
            return

        def answered(text: str | None) -> None:
            if text is not None and text.strip().lower() == STOP:
                then()
            else:
                self._screen.say(f"Nothing was stopped: the word is “{STOP}”.", "dim")

        what = f"Stop all {going} runs" if going > 1 else "Stop the only run"
        self._screen.app.push_screen(Ask(f"{what}? What they have written is kept. Type {STOP}", keep=False), answered)


def _going_on(running: int, queued: int) -> str:
    counts = [f"{count} {word}" for count, word in ((running, "running"), (queued, "queued")) if count]
    if not counts:
        return "nothing is running"
    return f"{' and '.join(counts)} run{' goes' if running + queued == 1 else 's go'} on"
