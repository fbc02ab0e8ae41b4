"""What threads and panes tell the screen. Neither touches another widget; they post one of these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from app.ui.chart.readings import Readings
from app.ui.follow import RunOutput
from app.ui.pulse import Pulse
from app.ui.signs import EngineWord

if TYPE_CHECKING:
    from app.engine.commands import Preview
    from app.engine.events import Event


class OutputChanged(Message):
    """The shown run wrote something."""

    def __init__(self, output: RunOutput) -> None:
        super().__init__()
        self.output = output


class ReadingsChanged(Message):
    """Metrics or usage of the runs in the chart moved on."""

    def __init__(self, readings: Readings) -> None:
        super().__init__()
        self.readings = readings


class FollowChanged(Message):
    """A pane shows other runs than before: the threads should read those."""


class JournalMoved(Message):
    """There are new events, or the journal came or went."""


class PulsesChanged(Message):
    """A running run is further than before."""

    def __init__(self, pulses: dict[int, Pulse]) -> None:
        super().__init__()
        self.pulses = pulses


class Returned(Message):
    """The user is back after so many seconds; these events happened meanwhile."""

    def __init__(self, rows: list[tuple[int, float, Event]], away: float) -> None:
        super().__init__()
        self.rows = rows
        self.away = away


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


class Previewed(Message):
    """What the engine made of marks on a diff: the hash of their summary, or the sentence why not."""

    def __init__(self, asked: Preview, text: str, *, refused: bool) -> None:
        super().__init__()
        self.asked = asked
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
