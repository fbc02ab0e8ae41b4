"""One plain session: reads a line, carries it out, and says in between what happened."""

from __future__ import annotations

import time
from collections.abc import Callable

from app.cli import main
from app.cli.output import NOT_FOUND, UNREACHABLE, USAGE, Failure, Output, complain
from app.engine import events as ev
from app.engine import process
from app.engine.client import Client
from app.engine.fold import apply
from app.engine.state import RunState, StepState
from app.narrate import sentence
from app.plain import wording
from app.plain.commands import BY_WORD, help_lines
from app.plain.deciding import Deciding
from app.plain.listen import Listener
from app.plain.looking import Looking
from app.plain.verbs import carry_out

UNTOLD = (ev.EngineStarted, ev.EngineStopped, ev.WorkspaceOpened)


class Session:
    """What the desks (`Deciding`, `Looking`) share: the workspace, its state, the way in and the way out.

    Args:
        here: a client of the workspace.
        listener: where lines come from.
    """

    def __init__(self, here: Client, listener: Listener) -> None:
        self.here, self.listener = here, listener
        self.out = Output(content=True)
        self.state = here.state()
        self.printed: dict[int, str] = {}
        """Per step the hash of the card that was printed: a yes is bound to it."""
        self.step: int | None = None
        """The item that was printed last; commands without a number mean it."""
        self._desks = (self, Deciding(self), Looking(self))
        self._trouble = ""
        self._left = False

    def run(self) -> int:
        """Go on until the human leaves or the input ends; a script gets the code of its last command that failed."""
        self._say(*wording.status(self.state, engine=self._engine(), now=time.time()))
        self.do_inbox("")
        if self.listener.human:
            self._say("Type help for the list of commands, quit to leave.")
        code = 0
        while not self._left:
            self._prompt()
            row = self.listener.line()
            if row is None:
                break
            code = main.guarded(self._work(row.strip())) or code
        self._say("Work goes on; open it again with `mlrc --plain`." if self.state.under_way() else "Left.")
        return 0 if self.listener.human else code

    def _prompt(self) -> None:
        self.catch_up()
        if self.listener.human:
            waiting, running = len(self.state.waiting()), len(self.state.running())
            self._say(f"ready: {waiting} need{'s' if waiting == 1 else ''} you, {running} running.")

    def _work(self, row: str) -> Callable[[], int]:
        def work() -> int:
            word, _, rest = row.partition(" ")
            if word.isdigit():
                word, rest = "show", row
            elif word.startswith("/") and len(word) > 1:
                word, rest = "search", row[1:]
            command = BY_WORD.get(word.lower())
            # Somebody may have sat before the prompt for long: what is meant is meant for the state of now.
            self.catch_up()
            if command is not None:
                self._doer(command.name)(rest.strip())
            elif word:
                return carry_out(row, self.here.paths)
            return 0

        return work

    def _doer(self, name: str) -> Callable[[str], None]:
        found: Callable[[str], None] = next(
            getattr(desk, f"do_{name}") for desk in self._desks if hasattr(desk, f"do_{name}")
        )
        return found

    # for the desks

    def _say(self, *lines: str) -> None:
        for line in lines:
            self.out.line(line)

    def say(self, *lines: str) -> None:
        """Print lines, cleaned of everything that could harm a terminal."""
        self._say(*lines)

    def ask(self, question: str) -> str:
        """The answer to a question, on a line of its own; empty at the end of the input."""
        self._say(question)
        return (self.listener.line() or "").strip()

    def agrees(self, question: str) -> bool:
        """Whether the human types yes. Anything else, the end of the input included, is a no."""
        return self.ask(f"{question} Type yes or no.").lower() in ("yes", "y")

    def catch_up(self) -> None:
        """Say what happened since the last look."""
        rows = self.here.events(self.state.seq)
        for seq, when, event in rows:
            apply(self.state, when, event)
            self.state.seq, self.state.time = seq, when
            if not isinstance(event, UNTOLD):
                self._say(sentence(event, self.state))
        try:
            self.here.resume()
            self._trouble = ""
        except process.EngineUnreachable as error:
            if str(error) != self._trouble:
                self._trouble = str(error)
                complain(self._trouble)

    def found(self, text: str) -> tuple[StepState, str]:
        """The item that a command is about, and the words after its number.

        Raises:
            Failure: there is none.
        """
        word, _, rest = text.partition(" ")
        number = int(word) if word.isdigit() else self.step
        if number is None:
            raise Failure("Say the number of an item, for example: show 2. Type inbox for those that need you.", USAGE)
        if number not in self.state.steps:
            raise Failure(f"There is no item {number}. Type steps for all of them.", NOT_FOUND)
        return self.state.steps[number], rest.strip() if word.isdigit() else text

    def found_run(self, word: str) -> RunState:
        """A run by its number, or the newest one that started.

        Raises:
            Failure: there is none.
        """
        runs = self.state.runs
        if word and (not word.isdigit() or int(word) not in runs):
            raise Failure(f"There is no run {word}. Type status for those that run.", NOT_FOUND)
        started = [run for run in runs.values() if run.phase != "queued" and run.purpose != "evaluation"]
        if not word and not started:
            raise Failure("No run has started yet. Accept an item first: type inbox.", NOT_FOUND)
        return runs[int(word)] if word else max(started, key=lambda run: (run.phase == "running", run.started, run.id))

    def _engine(self) -> bool:
        return process.running(self.here.paths) is not None

    # commands about the session itself

    def do_inbox(self, _: str) -> None:
        """What needs the human."""
        self._say(*wording.inbox(self.state, time.time()))

    def do_status(self, _: str) -> None:
        """What is going on."""
        self._say(*wording.status(self.state, engine=self._engine(), now=time.time()))

    def do_help(self, _: str) -> None:
        """What can be typed."""
        self._say(*help_lines())

    def do_quit(self, _: str) -> None:
        """Leave."""
        self._left = True

    def do_watch(self, _: str) -> None:
        """Say what happens, until Enter; a script goes on when something new needs it, or nothing goes on."""
        if self.listener.human:
            self._say("Watching. Press Enter to stop.")
        self.catch_up()
        before = {step.id for step in self.state.waiting()}
        while not self.listener.called(0.2):
            self.catch_up()
            if self.listener.human:
                continue
            settled = not self.state.under_way() and not self.here.journal.pending()
            if settled or {step.id for step in self.state.waiting()} - before:
                return
            if self._trouble:
                raise Failure(f"{self._trouble} Watching has ended.", UNREACHABLE)
