"""What threads tell the screen. Threads never touch widgets; they post one of these."""

from __future__ import annotations

from textual.message import Message

from app.ui.follow import RunOutput
from app.ui.signs import EngineWord


class StateChanged(Message):
    """New events were folded into the state."""


class JournalLost(Message):
    """The journal cannot be read at the moment."""

    def __init__(self, why: str) -> None:
        super().__init__()
        self.why = why


class OutputChanged(Message):
    """The shown run wrote something."""

    def __init__(self, output: RunOutput) -> None:
        super().__init__()
        self.output = output


class EngineSeen(Message):
    """The engine's state changed."""

    def __init__(self, word: EngineWord) -> None:
        super().__init__()
        self.word = word


class Answered(Message):
    """What the engine said to a command of ours."""

    def __init__(self, text: str, *, refused: bool) -> None:
        super().__init__()
        self.text = text
        self.refused = refused
