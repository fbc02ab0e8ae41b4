"""The change under review: a diff, a contract or a verdict, with why, checks, and what a yes would run."""

from __future__ import annotations

from typing import Any

from app.engine.state import StepState
from app.ui import copying, highlight, patch, signs
from app.ui.model import Model
from app.ui.text import EMPTY, Line, Part, Piece, crop, fit, labelled, line, paragraph, safe, spread
from app.ui.widgets.pane import Pane

WHY_ROWS = 2
_SIGNS = {"add": "+", "del": "−", "context": " "}


class DiffPane(Pane):
    """Shows the selected step; `drawn` is what a decision from here is about."""

    PANE = "diff"

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._hunks: list[int] = []
        self._coloured = False
        self._parsed: tuple[str, int, bool, list[Line], list[int]] = ("", 0, False, [], [])

    def draw(self) -> None:
        """The whole payload, scrollable; what a yes covers below it."""
        step, width = self.model.step(), self.text_width
        if step is None:
            self.drawn = None
            text = "Nothing to review yet. Accept an idea and the agent writes a change for it."
            self.show(paragraph(text, width, "dim"))
            self.caption("")
            return
        card = self.model.card(step)
        previous = self.drawn
        self.drawn = (step.id, step.card) if isinstance(card, dict) else None
        self._hunks = []
        if isinstance(card, str):
            self.show(paragraph(card, width, "bad"))
            return
        {"diff": self._draw_diff, "contract": self._draw_contract, "verdict": self._draw_verdict}[step.kind](step, card)
        if previous != self.drawn:
            self.jump(0, x=0)

    def copied(self) -> str:
        """The patch or the contract itself."""
        return copying.step_text(self.model, self.drawn) or super().copied()

    def colour(self) -> None:
        """Colour code from now on; called after the first paint, which does not wait for Pygments."""
        self._coloured = True
        self.draw()

    def _draw_diff(self, step: StepState, card: Any) -> None:
        width = self.text_width
        wanted = (step.card, width, self._coloured)
        if self._parsed[:3] != wanted:
            self._parsed = (*wanted, *diff_lines(patch.parse(str(card["patch"])), width, self._coloured))
        body, self._hunks = self._parsed[3:]
        sign = signs.of_step(step)
        facts = f"exp {card['experiment']} · {card['title']} · base {str(card['base'])[:7]} · {_size(step)}"
        head = [spread([(facts, "bold")], [(sign.text, sign.look)], width), EMPTY]
        body = [*body, EMPTY, *_in_full(card, width)]
        foot = [line(("─" * width, "faint")), *_shortened("Why", str(card["why"]), width)]
        foot += [crop(_checks(card["checks"]), width), *_will_run(card["will_run"], width)]
        foot += _covered(step, card, width)
        foot += _said(step, width)
        self.show(body, head, foot, sideways=True)
        count = len(self._hunks)
        self.caption(f" step {step.id} · {count} hunk{'s' if count != 1 else ''} · card {step.card[:8]} ")

    def _draw_contract(self, step: StepState, card: Any) -> None:
        width = self.text_width
        sign = signs.of_step(step)
        facts = f"contract · base {str(card['base'])[:7]} · environment {str(card['environment']['digest'])[:8]}"
        head = [spread([(facts, "bold")], [(sign.text, sign.look)], width), EMPTY]
        colour = highlight.coloured if self._coloured else highlight.plain
        rows = colour("copilot.toml", str(card["text"]).rstrip("\n").split("\n"))
        body = [Line((Piece(f"{number:>4}  ", "faint"), *row)) for number, row in enumerate(rows, 1)]
        body = [*body, EMPTY, *_commands(card["will_run"], width)]
        foot = [line(("─" * width, "faint")), *_will_run(card["will_run"], width)]
        foot += labelled(
            "Your yes", "confirms these terms and starts the baseline runs above, nothing else", width, look="note"
        )
        self.show(body, head, [*foot, *_said(step, width)], sideways=True)
        self.caption(f" step {step.id} · {len(body)} lines · card {step.card[:8]} ")

    def _draw_verdict(self, step: StepState, card: Any) -> None:
        from app.narrate import verdict_line
        from app.ui import markdown

        width = self.text_width
        verdict = card["verdict"]
        found, sign = signs.of_verdict(str(verdict["word"])), signs.of_step(step)
        head = [spread([(f"exp {card['experiment']} · verdict", "bold")], [(sign.text, sign.look)], width), EMPTY]
        body = [
            line((f"{found.sign} {found.word.upper()}", found.look)),
            *paragraph(verdict_line(verdict), width, "bold"),
            EMPTY,
            *markdown.lines(str(card["text"]), width),
        ]
        foot = [
            EMPTY,
            *labelled("Your yes", "says that you have seen it; a computed value never changes", width, look="note"),
        ]
        self.show(body, head, [*foot, *_said(step, width)])
        self.caption(f" step {step.id} · computed, not written by a model ")

    def do_next_hunk(self) -> None:
        """Next hunk."""
        top = self.scroll_offset.y
        below = [row for row in self._hunks if row > top]
        if below:
            self.jump(below[0])

    def do_previous_hunk(self) -> None:
        """Hunk before."""
        above = [row for row in self._hunks if row < self.scroll_offset.y]
        if above:
            self.jump(above[-1])

    def _choose(self, move: int) -> None:
        steps = [step.id for step in self.model.reviewed()]
        if self.model.view.step in steps:
            index = steps.index(self.model.view.step) + move
            self.model.view.step = steps[min(max(0, index), len(steps) - 1)]
            self.draw()

    def do_next_step(self) -> None:
        """Next step that this pane can show."""
        self._choose(1)

    def do_previous_step(self) -> None:
        """The one before."""
        self._choose(-1)

    def hints(self) -> list[Part]:
        """Which step is shown."""
        step = self.model.step()
        return [] if step is None else [(f"{step.kind} {step.id}", "bold")]


def diff_lines(files: list[patch.FilePatch], width: int, coloured: bool) -> tuple[list[Line], list[int]]:
    """A patch as lines, and the rows where hunks begin."""
    colour = highlight.coloured if coloured else highlight.plain
    rows: list[Line] = []
    hunks: list[int] = []
    for file in files:
        rows.append(
            spread([(file.path, "title")], [(f"+{file.added}", "good"), " ", (f"−{file.removed}", "bad")], width, "bar")
        )
        rows += [line((f"  {note}", "warn")) for note in file.notes]
        for number, hunk in enumerate(file.hunks, 1):
            hunks.append(len(rows))
            span = hunk.header[: hunk.header.find("@@", 2) + 2]
            rows.append(
                line(
                    (f"{span} ", "faint"),
                    (fit(hunk.context, 48), "hunk"),
                    (f"  hunk {number} of {len(file.hunks)}", "dim"),
                )
            )
            rows += _hunk_lines(file.path, hunk, colour)
        rows.append(EMPTY)
    return rows[:-1], hunks


def _hunk_lines(path: str, hunk: patch.Hunk, colour: highlight.Colour) -> list[Line]:
    # Each side is coloured as one stretch, so that a string over several lines keeps its colour.
    old = iter(colour(path, [row.text for row in hunk.lines if row.kind == "del"]))
    new = iter(colour(path, [row.text for row in hunk.lines if row.kind in ("add", "context")]))
    rows = []
    for row in hunk.lines:
        if row.kind == "note":
            rows.append(line(("           " + row.text, "faint")))
            continue
        code = next(old) if row.kind == "del" else next(new)
        numbers = f"{row.old if row.old is not None else '':>4} {row.new if row.new is not None else '':>4} "
        look = {"add": "good", "del": "bad"}.get(row.kind, "")
        edge = Piece("▌" if look else " ", look)
        band = row.kind if look else ""
        rows.append(Line((edge, Piece(numbers, "faint"), Piece(f"{_SIGNS[row.kind]} ", look), *code), band))
    return rows


def _size(step: StepState) -> str:
    return step.summary.get("size", "")


def _checks(checks: dict[str, str]) -> Line:
    parts: list[Part] = [("Checks      ", "dim")]
    for name, value in checks.items():
        passed = value == "ok"
        parts += [(f"✔ {name}" if passed else f"✘ {name}: {value}", "good" if passed else "bad"), "   "]
    return line(*parts)


def _will_run(rows: list[Any], width: int) -> list[Line]:
    """What a yes would start: where, with which limits, how often."""
    if not rows:
        return labelled("Will run", "nothing", width)
    first = rows[0]
    limits = first["limits"]
    where = (
        f"{first['backend']} ({first['isolation']}) · env {str(first['environment'])[:8]} · "
        f"≤ {limits['wall_seconds']:g} s · {int(limits['memory_bytes']) >> 20} MiB"
        f"{' · network of the host' if first['network'] else ''}"
    )
    trials = ", ".join(f"{row['purpose']} {row['trials']}" for row in rows)
    return [*labelled("Will run", where, width), *labelled("", f"trials: {trials}", width, look="dim")]


def _commands(rows: list[Any], width: int) -> list[Line]:
    """Each command that a yes would start, in full."""
    found = [line(("What would run, in full", "bold"))] if rows else []
    for row in rows:
        found += labelled(str(row["purpose"]), " ".join(map(safe, row["command"])), width, indent=14)
    return found


def _in_full(card: Any, width: int) -> list[Line]:
    """What the foot shortens or leaves out."""
    rows = [*labelled("Why", str(card["why"]), width, indent=14)]
    for note in card["notes"]:
        rows += labelled("Note", str(note), width, look="warn", indent=14)
    for name, value in card["checks"].items():
        if value != "ok":
            rows += labelled("Check failed", f"{name}: {value}", width, look="bad", indent=14)
    return [*rows, EMPTY, *_commands(card["will_run"], width)]


def _shortened(label: str, text: str, width: int) -> list[Line]:
    rows = labelled(label, text, width)
    return (
        rows if len(rows) <= WHY_ROWS else [*rows[: WHY_ROWS - 1], crop(line(*rows[WHY_ROWS - 1].pieces, " …"), width)]
    )


def _covered(step: StepState, card: Any, width: int) -> list[Line]:
    if step.commit:
        done = f"commit {step.commit[:7]} on {step.branch}, accepted by {signs.person(step.by)}"
        return labelled("Applied" if step.phase == "applied" else step.phase, done, width, look="good")
    covers = f"covers tree {str(card['tree'])[:7]} on {card['branch']} and these runs, nothing else"
    return labelled("Your yes", covers, width, look="note")


def _said(step: StepState, width: int) -> list[Line]:
    if step.phase == "stale":
        return labelled("Stale", f"{step.reason}; a yes is refused", width, look="bad")
    return labelled("You said", f"“{step.reason}”", width, look="warn") if step.reason else []
