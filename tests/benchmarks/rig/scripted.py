"""An engine whose researcher costs nothing, with a clock on everything it asks of git and of the journal."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agents.contract import Contract
from agents.research import Change, Edit, Idea, Paper, Passage
from agents.researcher import Memory
from app.engine import process
from app.engine.supervisor import Engine
from app.paths import Paths


@dataclass(frozen=True, slots=True)
class Replacement:
    """A change of one file: every occurrence of `old` becomes `new`."""

    path: str
    old: str
    new: str


class Scripted:
    """Fulfils `agents.researcher.Researcher`: idea n is the n-th replacement, and nothing is thought about."""

    def __init__(self, replacements: Sequence[Replacement]) -> None:
        self.name = "scripted (benchmark)"
        self._replacements = tuple(replacements)

    def brief(self, paper: Paper) -> Paper:
        """The paper as it is."""
        return paper

    def ideas(
        self, paper: Paper, files: Mapping[str, str], contract: Contract, wanted: int, memory: Memory
    ) -> tuple[Idea, ...]:
        """One idea for each replacement."""
        section = next(section for section in paper.sections if section.paragraphs)
        passage = Passage(section=section.number or section.title, paragraph=1, text=section.paragraphs[0][:200])
        return tuple(
            Idea(
                title=f"Change number {number}",
                slug=f"change-{number}",
                component=f"scripted:{number}",
                passage=passage,
                hypothesis="It makes no difference.",
                rationale="A measurement of the machinery around it.",
                expected="None.",
                plan=("Apply the replacement.",),
                kill_test="Any run.",
                score=0.5,
            )
            for number in range(len(self._replacements))
        )

    def change(
        self,
        idea: Idea,
        files: Mapping[str, str],
        contract: Contract,
        feedback: Sequence[str] = (),
        learned: Sequence[str] = (),
    ) -> Change:
        """The replacement of this idea."""
        wanted = self._replacements[int(idea.component.split(":")[1])]
        content = files[wanted.path].replace(wanted.old, wanted.new)
        return Change(edits=(Edit(path=wanted.path, content=content),), why="As scripted.")


@dataclass(frozen=True, slots=True)
class Call:
    """One call that was timed, in wall-clock Unix seconds as events are."""

    part: str
    name: str
    start: float
    end: float


@dataclass(slots=True)
class Trace:
    """What an engine asked of its git store, its journal and its researcher."""

    calls: list[Call] = field(default_factory=list)

    def within(self, part: str, start: float, end: float, name: str = "") -> float:
        """Seconds spent in a part (in calls of this name) that began in the window."""
        return sum(
            c.end - c.start for c in self.calls if c.part == part and start <= c.start < end and name in ("", c.name)
        )

    def names(self, part: str, start: float, end: float) -> dict[str, float]:
        """Seconds by name of call, the longest first."""
        names = dict.fromkeys(c.name for c in self.calls if c.part == part and start <= c.start < end)
        sums = {name: self.within(part, start, end, name) for name in names}
        return dict(sorted(sums.items(), key=lambda item: -item[1]))

    def write(self, file: Path) -> None:
        """Keep it."""
        file.write_text(json.dumps([[c.part, c.name, c.start, c.end] for c in self.calls]))

    @classmethod
    def read(cls, file: Path) -> Trace:
        """What `write` kept."""
        return cls([Call(*row) for row in json.loads(file.read_text())])


class Timed:
    """Stands before an object and times the calls of its methods. Calls that the object makes itself count once."""

    def __init__(self, inner: Any, part: str, trace: Trace) -> None:
        self._inner, self._part, self._trace = inner, part, trace

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        return self._wrapped(name, value) if callable(value) else value

    def _wrapped(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            start = time.time()
            try:
                return method(*args, **kwargs)
            finally:
                self._trace.calls.append(Call(self._part, name, start, time.time()))

        return call


def serve(paths: Paths, researcher: Scripted, notes: Path) -> None:
    """Be the engine of a workspace until a signal ends it, then leave the trace in `notes`."""
    import signal

    trace = Trace()
    with process.locked(paths) as won, process.opened(paths) as (ctx, wake):
        assert won, "another engine has the workspace"
        context: Any = ctx
        context.store = Timed(ctx.store, "git", trace)
        context.journal = Timed(ctx.journal, "journal", trace)
        context.pool = Timed(ctx.pool, "keepers", trace)
        context.researcher = Timed(researcher, "researcher", trace)
        engine = Engine(ctx, wake, idle_exit=3600.0)
        signal.signal(signal.SIGTERM, lambda *_: engine.stop("the end of a benchmark"))
        engine.run()
    trace.write(notes)
