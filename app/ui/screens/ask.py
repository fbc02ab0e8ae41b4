"""A question at the bottom of the screen; everything above stays in view and goes on."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from app.ui.text import line, paragraph
from app.ui.widgets.bar import Bar


class Ask(ModalScreen[str | None]):
    """Asks for one line of text; None where it was cancelled."""

    BINDINGS = [Binding("escape", "cancel", "cancel", show=False)]

    def __init__(self, question: str, text: str = "") -> None:
        super().__init__()
        self._question, self._text = question, text

    def compose(self) -> ComposeResult:
        """A question above a field."""
        with Vertical(id="question"):
            yield Bar(id="question-text")
            yield Input(self._text, id="answer", compact=True)

    def on_resize(self) -> None:
        """Draw the question at the new width."""
        bar = self.query_one(Bar)
        bar.put([line((self._question, "bold"), ("   ⏎ send   Esc cancel", "dim"))])

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter; an empty answer is an answer."""
        self.dismiss(event.value.strip())

    def action_cancel(self) -> None:
        """Esc."""
        self.dismiss(None)


class Confirm(ModalScreen[bool]):
    """Asks yes or no, after saying what a yes would do. Enter and Esc decide nothing but no."""

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """The sentence and the keys."""
        with Vertical(id="question"):
            yield Bar(id="confirm-text")

    def on_resize(self) -> None:
        """Draw the sentence at the new width."""
        bar = self.query_one(Bar)
        rows = paragraph(self._sentence, self.app.size.width - 4, "bold")[:3]
        bar.styles.height = len(rows) + 1
        bar.put([*rows, line(("y", "key"), " yes   ", ("n", "key"), " no")])

    def on_key(self, event: events.Key) -> None:
        """y, or anything that means no."""
        event.stop()
        if event.key in ("y", "n", "escape", "q"):
            self.dismiss(event.key == "y")
