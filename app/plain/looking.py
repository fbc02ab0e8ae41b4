"""Looking in plain mode: lists, logs, curves as tables, the paper section by section, search."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from app.cli.output import NOT_FOUND, USAGE, Failure
from app.engine.state import RunState
from app.plain import wording
from app.plain.rows import Rows
from app.ui.curves import Curves
from sandbox import logtail, runs

if TYPE_CHECKING:
    from agents.research import Paper
    from app.plain.session import Session

LINES = 20
WINDOW = 256 << 10
PIECE = 64 << 10
"""Bytes of a followed log read at once."""
MATCHES = 20


class Looking:
    """Everything that changes nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._section = 0

    def do_steps(self, _: str) -> None:
        """Every item."""
        steps = self._session.state.steps.values()
        nothing = "There are no items yet. Type read and the name of a paper's file."
        self._session.say(*([wording.item(step, time.time()) for step in steps] or [nothing]))

    def do_experiments(self, _: str) -> None:
        """Every experiment."""
        found = self._session.state.experiments.values()
        self._session.say(*(map(wording.experiment, found) if found else ["No experiments yet. Accept an idea first."]))

    # logs and curves

    def do_log(self, text: str) -> None:
        """The last lines of a run."""
        word, _, count = text.partition(" ")
        if count and not count.isdigit():
            raise Failure("Say how many lines as a number, for example: log 3 100.", USAGE)
        run = self._session.found_run(word)
        self._session.say(wording.run_name(run, self._session.state) + ":")
        lines = self._printed(run)[-int(count or LINES) :]
        self._session.say(*(lines or ["It has printed nothing yet."]))

    def do_follow(self, text: str) -> None:
        """The lines of a run as they come."""
        run = self._session.found_run(text)
        log = self._session.here.paths.run(run.id) / "stdout.log"
        stop = " Press Enter to stop." if self._session.listener.human else ""
        self._session.say(f"Following {wording.run_name(run, self._session.state)}.{stop}")
        rows = Rows()
        begin = logtail.tail(log, WINDOW)
        self._session.say(*rows.feed(begin.data)[-LINES:])
        offset = begin.end
        while True:
            ended = self._ended(run)
            piece, _, offset = logtail.read_from(log, offset, PIECE)
            self._session.say(*rows.feed(piece))
            if ended and not piece:
                self._session.say(*rows.rest(), f"Run {run.id} has ended.")
                return
            if self._session.listener.called(0 if piece else 0.2):
                return

    def _ended(self, run: RunState) -> bool:
        # One that was stopped in the queue has no exit record.
        if runs.read_exit(self._session.here.paths.run(run.id)) is not None:
            return True
        return self._session.here.state().runs[run.id].phase == "ended"

    def _printed(self, run: RunState) -> list[str]:
        rows = Rows()
        data = logtail.tail(self._session.here.paths.run(run.id) / "stdout.log", WINDOW).data
        return [*rows.feed(data), *rows.rest()]

    def do_chart(self, text: str) -> None:
        """A curve as a table."""
        first, _, second = text.partition(" ")
        word, metric = (first, second) if first.isdigit() or not first else ("", text)
        run = self._session.found_run(word)
        state = self._session.state
        curves = self._curves(run)
        names = curves.names()
        if not names:
            raise Failure(f"Run {run.id} has written no metrics yet. Type log {run.id} for what it printed.", NOT_FOUND)
        if metric and metric not in names:
            raise Failure(f"Run {run.id} has no metric {metric}; it has {', '.join(names)}.", NOT_FOUND)
        baseline = state.baseline(state.experiments[run.experiment].contract)
        reference = state.run_of(baseline.id, run.purpose) if baseline else None
        beside = self._curves(reference) if reference and reference.id != run.id else Curves()
        self._session.say(wording.run_name(run, state), *wording.curve(curves, beside, metric or names[0]))
        self._session.say(f"Metrics: {', '.join(names)}.")

    def _curves(self, run: RunState) -> Curves:
        from sandbox.metrics import read_metrics

        curves, folder, before, offset = Curves(), self._session.here.paths.run(run.id), -1, 0
        while offset != before:
            before = offset
            batch, offset = read_metrics(folder, offset)
            curves.add(batch)
        return curves

    # the paper

    def _paper(self) -> Paper:
        from app.cli.decide import paper_of

        papers = self._session.state.papers
        if not papers:
            raise Failure("There is no paper yet. Type read and the name of its file.", NOT_FOUND)
        return paper_of(self._session.here, max(papers))

    def do_paper(self, text: str) -> None:
        """Contents, or one section."""
        paper = self._paper()
        if not text:
            self._section = 0
            self._session.say(*wording.contents(paper))
            return
        if not text.isdigit() or not 1 <= int(text) <= len(paper.sections):
            raise Failure(f"Say a number from 1 to {len(paper.sections)}, for example: paper 1.", NOT_FOUND)
        self._section = int(text)
        self._session.say(*wording.section(paper, self._section))

    def do_next(self, _: str) -> None:
        """The section after the one read last."""
        if self._section >= len(self._paper().sections):
            self._session.say("That was the last section. Type paper for the contents.")
            return
        self.do_paper(str(self._section + 1))

    # search

    def do_search(self, text: str) -> None:
        """Where a text stands."""
        if not text:
            raise Failure("Say what to look for: search gradient.", USAGE)
        wanted = text.casefold()
        found = [row for row in self._searched() if wanted in row.casefold()]
        more = f" The first {MATCHES}:" if len(found) > MATCHES else ""
        count = "1 place" if len(found) == 1 else f"{len(found) or 'No'} places"
        self._session.say(f"{count} with “{text}”.{more}", *found[:MATCHES])

    def _searched(self) -> list[str]:
        state, rows = self._session.state, []
        if state.papers:
            for number, section in enumerate(self._paper().sections, 1):
                for place, text in enumerate(section.paragraphs, 1):
                    rows.append(f"paper {number}, {section.title}, paragraph {place}: {text}")
        rows += [f"item {step.id}, {step.kind}: {step.title}" for step in state.steps.values()]
        if any(run.phase != "queued" for run in state.runs.values()):
            run = self._session.found_run("")
            rows += [f"log of run {run.id}: {row}" for row in self._printed(run)]
        return rows
