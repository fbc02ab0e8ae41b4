"""A question at the bottom of the screen; everything above stays in view and goes on."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input

from app.ui.text import Line, line, paragraph
from app.ui.widgets.bar import Bar


class TypedAhead(Message):
    """A key that came after the one that asks, and before the question was there."""

    def __init__(self, event: events.Key) -> None:
        super().__init__()
        self.event = event


class Ask(ModalScreen[str | None]):
    """Asks for one line of text; None where it was cancelled.

    What is typed is kept with the view until it is sent or cancelled, and offered when the same question comes again: a
    lost connection costs no words.

    Args:
        question: names what it is about, so that no other is the same.
        text: offered where nothing was typed before.
        keep: False where Enter alone must not send what was typed at another time.
        append: typing goes on after the text that is offered, instead of replacing it.
        enter: what Enter does, in a word.
    """

    BINDINGS = [Binding("escape", "cancel", "cancel", show=False)]

    def __init__(
        self, question: str, text: str = "", *, keep: bool = True, append: bool = False, enter: str = "send"
    ) -> None:
        super().__init__()
        self._question, self._text, self._keep, self._append = question, text, keep, append
        self._enter = enter

    @property
    def _typed(self) -> dict[str, str]:
        return getattr(self.app, "typed", {}) if self._keep else {}

    def compose(self) -> ComposeResult:
        """A question above a field."""
        with Vertical(id="question"):
            yield Bar(id="question-text")
            yield Input(
                self._typed.get(self._question, self._text), id="answer", compact=True, select_on_focus=not self._append
            )

    def on_resize(self) -> None:
        """Draw the question at the new width."""
        bar, room = self.query_one(Bar), self.app.size.width - 4
        rows, keys = paragraph(self._question, room, "bold")[:3], line((f"   ⏎ {self._enter}   Esc cancel", "dim"))
        if rows[-1].width + keys.width <= room:
            rows[-1] = Line((*rows[-1].pieces, *keys.pieces))
        bar.styles.height = len(rows)
        bar.put(rows)

    def on_key(self, event: events.Key) -> None:
        """A key that came before the field had the focus.

        A focused field keeps what can be printed to itself, so a letter that gets here was sent before, whatever has
        the focus by now.
        """
        if event.is_printable or not self.query_one(Input).has_focus:
            self._put(event)

    def on_typed_ahead(self, message: TypedAhead) -> None:
        """A key that came before this question was there."""
        self._put(message.event)

    def _put(self, event: events.Key) -> None:
        field = self.query_one(Input)
        if event.key == "enter":
            self._close(field.value.strip())
        elif event.key == "escape":
            self.action_cancel()
        elif event.key == "backspace":
            field.action_delete_left()
        elif event.character is not None and event.is_printable:
            field.insert_text_at_cursor(event.character)

    def on_input_changed(self, event: Input.Changed) -> None:
        """A key; an answer that is offered as it stands need not be kept."""
        # The last change may be told after the answer was sent.
        if event.value != self._text and self.is_current:
            self._typed[self._question] = event.value

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter; an empty answer is an answer."""
        self._close(event.value.strip())

    def action_cancel(self) -> None:
        """Esc."""
        self._close(None)

    def _close(self, answer: str | None) -> None:
        self._typed.pop(self._question, None)
        # Keys that came together may close it twice.
        if self.is_current:
            self.dismiss(answer)


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
        if event.key in ("y", "n", "escape", "q") and self.is_current:
            self.dismiss(event.key == "y")
