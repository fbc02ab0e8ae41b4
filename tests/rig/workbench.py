"""A researcher's small workspace, driven through the product: engine and keepers in processes of their own.

Loaded by the conftest files of `tests/engine`, `tests/cli` and `tests/journeys`. A trial takes milliseconds; every
workspace is closed by ending its engine and proving that no process of it is left.
"""

from __future__ import annotations

import difflib
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from surroundings import (
    CONTRACT,
    MLRC,
    PAPER,
    TRAIN,
    Said,
    alive,
    children,
    git,
    make_environment,
    make_repository,
    mlrc,
    processes,
    wait_until,
)

from app.cli.setup import make_workspace
from app.engine import cards, process
from app.engine import commands as cmd
from app.engine.client import Client
from app.engine.fold import fold
from app.engine.journal import Answer, Journal
from app.engine.state import ExperimentState, RunState, StepState, WorkspaceState
from app.paths import Paths

__all__ = [
    "CONTRACT",
    "MLRC",
    "PAPER",
    "TRAIN",
    "Said",
    "Study",
    "alive",
    "children",
    "git",
    "make_environment",
    "make_repository",
    "make_study",
    "mlrc",
    "processes",
    "study",
    "wait_until",
]


@dataclass
class Study:
    """A workspace and one client of it."""

    folder: Path
    backend: str = "local"
    _client: Client | None = None
    _spares: set[int] = field(default_factory=set)

    @property
    def paths(self) -> Paths:
        return Paths(self.folder)

    @property
    def client(self) -> Client:
        if self._client is None:
            self._client = Client(self.paths)
        return self._client

    # making it

    def open(self) -> Study:
        """Make the repository a workspace; its contract waits as step 1."""
        make_workspace(self.folder, sandbox=self.backend)
        self._note_spares()
        return self

    def confirmed(self) -> Study:
        """A workspace with a confirmed contract."""
        self.open()
        self.yes(self.newest("contract"))
        return self

    def read(self, wanted: int = 4, paper: str = PAPER) -> list[StepState]:
        """Have a paper read; returns the open ideas."""
        file = self.folder.parent / f"{self.folder.name}-paper.md"
        file.write_text(paper)
        answer = self.ask(cmd.ReadPaper(path=str(file), wanted=wanted))
        assert answer.status == "done", answer
        return [s for s in self.state.waiting() if s.kind == "idea"]

    # looking

    @property
    def state(self) -> WorkspaceState:
        return self.client.state()

    def step(self, number: int) -> StepState:
        return self.state.steps[number]

    def newest(self, kind: str, phase: str = "proposed") -> StepState:
        return [s for s in self.state.steps.values() if s.kind == kind and s.phase == phase][-1]

    def card(self, step: StepState) -> dict[str, Any]:
        return cards.read(self.paths.cards, step.card)

    def events(self, kind: type | None = None) -> list[Any]:
        rows = [event for _, _, event in self.client.events(0)]
        return rows if kind is None else [event for event in rows if isinstance(event, kind)]

    def wait(self, condition: Callable[[WorkspaceState], bool], what: str, seconds: float = 30.0) -> WorkspaceState:
        def told() -> str:
            rows = [f"{type(e).__name__} {e}" for e in self.events()[-6:]]
            word = process.word(self.paths)
            return what + "\n" + "\n".join(rows) + (word.read_text() if word.exists() else "")

        wait_until(lambda: condition(self.state), told, seconds)
        return self.state

    def wait_diff(self, idea: StepState) -> StepState:
        """The diff that the agent writes for an accepted idea."""

        def found(state: WorkspaceState) -> list[StepState]:
            return [s for s in state.steps.values() if s.kind == "diff" and s.idea == idea.id]

        self.wait(lambda state: bool(found(state)), f"a diff for step {idea.id}")
        return found(self.state)[-1]

    def wait_run(self, purpose: str, experiment: int, phase: str = "running") -> RunState:
        def there(state: WorkspaceState) -> bool:
            run = state.run_of(experiment, purpose)  # type: ignore[arg-type]
            return run is not None and (run.phase == phase or run.phase == "ended")

        self.wait(there, f"a {purpose} run of experiment {experiment} that is {phase}")
        run = self.state.run_of(experiment, purpose)  # type: ignore[arg-type]
        assert run is not None
        return run

    def log(self, run: RunState) -> str:
        """What a run printed so far."""
        file = self.paths.run(run.id) / "stdout.log"
        return file.read_bytes().decode() if file.exists() else ""

    def wait_log(self, run: RunState, text: str) -> None:
        wait_until(lambda: text in self.log(run), f"{text!r} in the log of run {run.id}")

    def wait_end(self, experiment: int, seconds: float = 30.0) -> ExperimentState:
        ended = ("done", "closed", "failed", "undone")
        self.wait(lambda s: experiment in s.experiments and s.experiments[experiment].phase in ended, "an end", seconds)
        return self.state.experiments[experiment]

    def wait_quiet(self) -> None:
        """Until no run is under way and the engine has nothing of its own to do."""

        def busy(state: WorkspaceState) -> bool:
            moving = ("writing", "queued", "screening", "confirming", "judging")
            return bool(state.running() or state.queued()) or any(e.phase in moving for e in state.experiments.values())

        self.wait(lambda state: not busy(state), "quiet")

    # asking

    def ask(self, command: cmd.Command) -> Answer:
        return self.client.ask(command, patience=30)

    def yes(self, step: StepState, card: str = "") -> str:
        answer = self.decide(step, "accepted", card)
        assert answer.status == "done", answer
        return answer.text

    def yes_queued(self, step: StepState) -> int:
        """Queue a yes without waking or starting an engine."""
        return self.client.journal.submit(cmd.Decide(step=step.id, decision="accepted", card=step.card), "Ada")

    def no(self, step: StepState, reason: str = "") -> str:
        answer = self.ask(cmd.Decide(step=step.id, decision="rejected", card=step.card, reason=reason))
        assert answer.status == "done", answer
        return answer.text

    def decide(self, step: StepState, decision: str = "accepted", card: str = "") -> Answer:
        return self.ask(cmd.Decide(step=step.id, decision=decision, card=card or step.card))  # type: ignore[arg-type]

    def revise(self, step: StepState, text: str) -> Answer:
        return self.ask(cmd.Revise(step=step.id, card=step.card, text=text))

    def patch(self, changed: str, path: str = "train.py") -> str:
        """The diff that makes a file of the base this text."""
        before = git(self.folder, "show", f"main:{path}").decode().splitlines(keepends=True)
        rows = difflib.unified_diff(before, changed.splitlines(keepends=True), f"a/{path}", f"b/{path}")
        return f"diff --git a/{path} b/{path}\n" + "".join(rows)

    def proposed(self, ideas: Iterable[StepState]) -> StepState:
        """The diff of the first idea, which is accepted."""
        idea = next(iter(ideas))
        self.yes(idea)
        return self.wait_diff(idea)

    def tested(self, idea: StepState, code: str) -> ExperimentState:
        """Take an idea with this code in place of the agent's to its end."""
        self.yes(idea)
        diff = self.wait_diff(idea)
        answer = self.revise(diff, self.patch(code))
        assert answer.status == "done", answer
        self.yes(self.step(diff.id))
        assert diff.experiment is not None
        return self.wait_end(diff.experiment)

    def mlrc(self, *words: str | Path, **options: Any) -> Said:
        said = mlrc(*words, cwd=self.folder, **options)
        self._note_spares()
        return said

    # what the researcher has

    def branches(self) -> dict[str, str]:
        """Published branches and their commits."""
        rows = git(self.folder, "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads/copilot/")
        return dict(row.split() for row in rows.decode().splitlines())

    def belongings(self) -> dict[str, Any]:
        """Everything of the researcher's repository that the engine may not change."""
        files = {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in sorted(self.folder.rglob("*"))
            if path.is_file() and not {".mlrc", ".git"} & set(path.relative_to(self.folder).parts)
        }
        own = self.folder / ".git"
        refs = [
            row
            for row in git(self.folder, "for-each-ref", "--format=%(refname) %(objectname)").decode().splitlines()
            if not row.startswith(("refs/heads/copilot/", "refs/mlrc/keep/"))
        ]
        logs = {str(p.relative_to(own)): p.read_bytes() for p in sorted((own / "logs").rglob("*")) if p.is_file()}
        return {
            "files": files,
            "index": (own / "index").read_bytes(),
            "config": (own / "config").read_bytes(),
            "head": (own / "HEAD").read_bytes(),
            "refs": refs,
            "logs": {name: data for name, data in logs.items() if "copilot" not in name},
            "stash": git(self.folder, "stash", "list"),
            "hooks": sorted(p.name for p in (own / "hooks").iterdir()),
        }

    # processes

    @property
    def engine(self) -> int:
        """Pid of the engine; 0 for none."""
        who = process.running(self.paths)
        return int(who["pid"]) if who else 0

    def keeper(self, run: RunState) -> int:
        from sandbox import runs

        record = runs.read_keeper(self.paths.run(run.id))
        assert record is not None
        return record.pid

    def _note_spares(self) -> None:
        if self.engine:
            self._spares.update(children(self.engine))

    def kill_engine(self) -> int:
        """`kill -9` of the engine; returns its pid."""
        self._note_spares()
        pid = self.engine
        assert pid, f"no engine to kill: {process.last_word(self.paths)}"
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not alive(pid), "the engine's death")
        return pid

    def stop_engine(self) -> None:
        self._note_spares()
        who = process.running(self.paths)
        if who:
            process.terminate(self.paths, who)

    def close(self) -> None:
        """End everything and prove it."""
        if not self.paths.journal.exists():
            return
        if self.engine and any(run.phase != "ended" for run in self.state.runs.values()):
            self.ask(cmd.StopRuns())
            self.wait(lambda state: not state.running(), "the end of all runs")
        self.stop_engine()
        if self._client is not None:
            self._client.journal.close()
            self._client = None
        wait_until(
            lambda: not processes(self.folder) and not any(map(alive, self._spares)),
            lambda: f"the end of {processes(self.folder)} {[p for p in self._spares if alive(p)]}",
            15,
        )

    # invariants

    def assert_sound(self) -> None:
        """Nothing doubled, and the state is the full fold of the journal."""
        counts: dict[tuple[str, int], int] = {}
        for event in self.events():
            name = type(event).__name__
            number = getattr(event, "run" if name.startswith("Run") else "step", None)
            if name in ("RunQueued", "RunStarted", "RunEnded", "RunScored", "StepApplied", "StepProposed"):
                counts[name, number] = counts.get((name, number), 0) + 1
        assert {key: count for key, count in counts.items() if count > 1} == {}
        with Journal.open(self.paths.journal) as journal:
            state = journal.state()
            assert state == fold(row for row in journal.since(0) if row[0] <= state.seq)


# --- fixtures ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def make_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Study]]:
    """Makes workspaces of a repository with an environment of its own; closes them after the test."""
    made: list[Study] = []

    def make(name: str = "study", backend: str = "local", files: Mapping[str, str] | None = None) -> Study:
        folder = make_repository(tmp_path / name, files)
        python = make_environment(tmp_path / f"{name}-env")
        monkeypatch.setenv("VIRTUAL_ENV", str(python.parent.parent))
        made.append(Study(folder, backend))
        return made[-1]

    yield make
    for study in made:
        study.close()


@pytest.fixture
def study(make_study: Callable[..., Study]) -> Study:
    """A workspace whose contract is confirmed."""
    return make_study().confirmed()
