"""Keys that arrive together, as over a slow link: what follows a question's key is the answer, and decides nothing."""

from __future__ import annotations

import os
import time

from app.engine import commands as cmd
from app.engine.journal import Journal

from .conftest import Study
from .test_terminal import SCREEN, Terminal, terminal


def queued(study: Study, found: Terminal, seconds: float) -> list[object]:
    """Commands in the journal, at the latest after so long."""
    deadline = time.monotonic() + seconds
    with Journal.open(study.paths.journal) as journal:
        while not journal.pending() and time.monotonic() < deadline:
            found.read(0.05)
        return [one.command for one in journal.pending()]


def typed(study: Study, keys: bytes, seconds: float) -> tuple[list[object], str]:
    """What came of keys that were written at once, in the diff pane."""
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"3")
        found.quiet(0.3)
        os.write(found.master, keys)
        return queued(study, found, seconds), found.text


def test_a_reason_that_begins_with_the_key_for_yes_is_a_reason(study: Study) -> None:
    commands, _ = typed(study, b"raccuracy is worse\r", 10.0)
    (command,) = commands
    assert isinstance(command, cmd.Decide)
    assert (command.decision, command.reason) == ("rejected", "accuracy is worse")


def test_the_same_keys_one_after_the_other_say_the_same(study: Study) -> None:
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        for key in "3raccuracy is worse\r":
            os.write(found.master, key.encode())
            found.quiet(0.1)
        (command,) = queued(study, found, 10.0)
    assert isinstance(command, cmd.Decide) and command.reason == "accuracy is worse"


def test_an_answer_that_was_sent_is_not_offered_again(study: Study) -> None:
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"5")
        found.quiet(0.2)
        for word in ("loss 2", "loss 1"):
            os.write(found.master, f"/{word}\r".encode())
            found.wait_for(f"for “{word}”")


def test_a_yes_typed_before_its_question_was_drawn_is_no_yes(study: Study) -> None:
    commands, text = typed(study, b"xy", 1.0)
    assert commands == [] and "Stop run 1" in text
