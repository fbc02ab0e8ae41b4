"""The log of the shown run: a bounded window that follows until the user scrolls up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import overload

from app.engine.state import RunState
from app.ui import signs
from app.ui.follow import RunOutput
from app.ui.model import Model
from app.ui.text import EMPTY, Line, Part, fit, line, paragraph, spread, wrap
from app.ui.widgets.pane import Pane

_TROUBLE = re.compile(r"\b(?:error|traceback|exception|killed|nan|failed)\b", re.IGNORECASE)
_NUMBERS = re.compile(r"(?<![\w.])[-+]?\d[\d.e+-]*(?:/\d+)?")


class LogPane(Pane):
    """j and k scroll; s follows again."""

    PANE = "log"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._seen = 0
        """Lines seen when following stopped."""
        self._query = ""
        self._at = -1
        self._progress = 0.0
        self._run = 0

    def draw(self) -> None:
        """Where the run is above, its output below."""
        run, output, width = self.model.run(), self.model.output, self.text_width
        if run is None:
            self.show(paragraph("No run yet. Accepting a diff or the contract starts what it lists.", width, "dim"))
            self.caption("")
            return
        if run.id != self._run:
            self._run, self._progress, self._at = run.id, 0.0, -1
        if output is None or output.run != run.id:
            output = RunOutput(run=run.id)
        head = [self._title(run, output, width), *self._bar(run, output, width)]
        self.show(self._output(run, output), head, _end(run, width), sideways=not self.model.view.wrap)
        if self.model.view.follow:
            self._seen = output.total
            self.jump(self.virtual_size.height - self.text_height)
        self._caption(output)

    def _output(self, run: RunState, output: RunOutput) -> Sequence[Line]:
        if not output.lines:
            return [line(("no output yet" if run.phase != "ended" else "the run printed nothing", "dim"))]
        lines: Sequence[str] = output.lines
        if self.model.view.wrap:
            lines = [row for text in lines for row in wrap(text, self.text_width)]
        return _Drawn(lines, self._query)

    def _caption(self, output: RunOutput) -> None:
        new = output.total - self._seen
        follow = "following" if self.model.view.follow else f"paused{f' · +{new} new' if new > 0 else ''}"
        found = f" “{fit(self._query, 16)}” ·" if self._query else ""
        self.caption(f"{found} {follow} · s follow  w wrap  / search ")

    def _title(self, run: RunState, output: RunOutput, width: int) -> Line:
        sign = signs.of_run(run)
        facts = f"exp {run.experiment} · run {run.id} · {run.purpose}"
        if len(run.seeds) > 1 and run.purpose != "evaluation" and run.phase == "running":
            facts += f" · trial {max(1, len(output.curves.trials))} of {len(run.seeds)}"
        elif len(run.seeds) > 1:
            facts += f" · {len(run.seeds)} trials"
        seconds = f" · {signs.duration(run.seconds)}" if run.phase == "ended" else ""
        return spread([(facts, "bold"), (f" · {run.backend}{seconds}", "dim")], [(sign.text, sign.look)], width)

    def _bar(self, run: RunState, output: RunOutput, width: int) -> list[Line]:
        curves = output.curves
        if run.phase != "running" or not curves.of or run.purpose == "evaluation":
            return []
        trials = max(1, len(run.seeds))
        done = (max(1, len(curves.trials)) - 1 + min(1.0, curves.step / curves.of)) / trials
        # Several curves per trial begin anew; what was reached stays reached.
        self._progress = max(self._progress, done)
        elapsed = self.model.now() - run.started
        eta = elapsed * (1 - self._progress) / self._progress if self._progress > 0.02 else 0.0
        cells = max(8, min(30, width - 44))
        full, part = divmod(round(self._progress * cells * 8), 8)
        bar = "█" * full + ("▏▎▍▌▋▊▉"[part - 1] if part else "")
        tail = (
            f" {self._progress:4.0%}   step {curves.step}/{curves.of}{f'   ETA {signs.duration(eta)}' if eta else ''}"
        )
        return [line(("▕", "faint"), (bar.ljust(cells), "note"), ("▏", "faint"), tail)]

    def act(self, action: str) -> bool:
        """Scrolling up stops following; the end follows again."""
        if action in ("up", "page_up", "first", "next_match", "previous_match"):
            self.pause()
        done = super().act(action)
        if action == "last":
            self.model.view.follow = True
            self.draw()
        return done

    def pause(self) -> None:
        """Stop following, and count what comes."""
        if self.model.view.follow:
            self.model.view.follow = False
            self._seen = self.model.output.total if self.model.output else 0
            self.draw()

    def show_offset(self, offset: int) -> None:
        """Show the line at a byte of the file."""
        self.pause()

    def do_follow(self) -> None:
        """Follow, or stop it."""
        if self.model.view.follow:
            self.pause()
        else:
            self.model.view.follow = True
            self.draw()

    def do_wrap(self) -> None:
        """Wrap long lines, or cut them."""
        self.model.view.wrap = not self.model.view.wrap
        self.draw()

    def search(self, text: str) -> int:
        """Find a text in the window and show its last match; returns how many lines have it."""
        self._query, self._at = text, -1
        self.pause()
        self.draw()
        found = self._found()
        if found:
            self._at = 0
            self._match(-1)
        return len(found)

    def _found(self) -> list[int]:
        wanted = self._query.casefold()
        return [n for n, row in enumerate(self.body) if wanted in row.plain.casefold()] if wanted else []

    def do_next_match(self) -> None:
        """Next match."""
        self._match(1)

    def do_previous_match(self) -> None:
        """Match before."""
        self._match(-1)

    def _match(self, move: int) -> None:
        found = self._found()
        if found:
            self._at = (self._at + move) % len(found)
            self.reveal(found[self._at])

    def on_resize(self) -> None:
        """The end stays in view; how far down it lies is known only after the layout."""
        if self.model.view.follow:
            self.jump(self.virtual_size.height - self.text_height)

    def on_mouse_scroll_up(self, event: object) -> None:
        """The wheel is scrolling too."""
        self.pause()

    def hints(self) -> list[Part]:
        """Which run."""
        run = self.model.run()
        return [] if run is None else [(f"run {run.id}", "bold")]


class _Drawn(Sequence[Line]):
    """Lines made when they are looked at: the window is larger than the pane."""

    def __init__(self, lines: Sequence[str], query: str) -> None:
        self._lines, self._query = lines, query

    def __len__(self) -> int:
        return len(self._lines)

    @overload
    def __getitem__(self, index: int) -> Line: ...
    @overload
    def __getitem__(self, index: slice) -> list[Line]: ...
    def __getitem__(self, index: int | slice) -> Line | list[Line]:
        if isinstance(index, slice):
            return [_log_line(text, self._query) for text in self._lines[index]]
        return _log_line(self._lines[index], self._query)


def _log_line(text: str, query: str) -> Line:
    look = "bad" if _TROUBLE.search(text) else ""
    if query and query.casefold() in text.casefold():
        parts = re.split(f"({re.escape(query)})", text, flags=re.IGNORECASE)
        return line(*((part, "match" if n % 2 else look) for n, part in enumerate(parts)))
    if look or text.startswith("…"):
        return line((text, look or "dim"))
    parts, at = [], 0
    for match in _NUMBERS.finditer(text):
        parts += [(text[at : match.start()], ""), (match[0], "number")]
        at = match.end()
    return line(*parts, (text[at:], ""))


def _end(run: RunState, width: int) -> list[Line]:
    if run.phase != "ended" or run.reason == "finished":
        return []
    return [EMPTY, *paragraph(f"{run.reason}: {run.detail}", width, "bad")[:3]]
