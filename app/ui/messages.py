"""What threads and panes tell the screen. Neither touches another widget; they post one of these."""

from __future__ import annotations

from textual.message import Message

from app.ui.follow import RunOutput
from app.ui.signs import EngineWord


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


class Said(Message):
    """A pane has a sentence for the bottom of the screen."""

    def __init__(self, text: str, look: str = "dim") -> None:
        super().__init__()
        self.text = text
        self.look = look


class GoStep(Message):
    """Show a step where it is decided."""

    def __init__(self, step: int) -> None:
        super().__init__()
        self.step = step


class GoExperiment(Message):
    """Show the newest run of an experiment."""

    def __init__(self, experiment: int) -> None:
        super().__init__()
        self.experiment = experiment


class GoPassage(Message):
    """Show a paragraph of the paper: section by number or title, paragraph 1-based."""

    def __init__(self, section: str, paragraph: int) -> None:
        super().__init__()
        self.section = section
        self.paragraph = paragraph


class GoLine(Message):
    """Show the log of a run at a byte of its file."""

    def __init__(self, run: int, offset: int) -> None:
        super().__init__()
        self.run = run
        self.offset = offset
