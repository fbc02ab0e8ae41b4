"""A decision carries the hash of what was drawn, and nothing is decided by keys meant for something else."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.events import Key

from app.engine import cards
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.journal import Journal
from app.ui import editor
from app.ui.actors.decisions import text_of_step, undo_preview
from app.ui.app import CopilotApp
from app.ui.screens.ask import Ask

from .conftest import PATCH, Clock, Study
from .test_screen import main_of, text_of, until


def asked(study: Study) -> list[cmd.Command]:
    """Commands in the queue."""
    return [queued.command for queued in study.journal.pending()]


def revise(study: Study) -> str:
    """Somebody else edits the diff; returns the hash of the new card."""
    card = study.diff_card(PATCH.replace("slope = 0.1", "slope = 0.9"))
    study.add(ev.StepRevised(step=4, card=card, by="somebody", title="leaky slope"))
    return card


def readers() -> list[threading.Thread]:
    """Threads that look for new events."""
    return [thread for thread in threading.enumerate() if thread.name == "journal-reader"]


async def test_accept_sends_what_is_drawn(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "a")
        await until(pilot, lambda: bool(asked(study)))
    assert asked(study) == [cmd.Decide(step=4, decision="accepted", card=study.diff_card())]


async def test_accept_sends_the_drawn_hash_although_the_step_was_revised(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3")
        await until(pilot, lambda: bool(readers()))
        (reader,) = readers()
        main_of(app).feed.close()
        reader.join(5.0)
        assert not reader.is_alive(), "what would redraw is not stopped"
        revise(study)
        assert "slope = 0.1" in text_of(app, "diff")
        await pilot.press("a")
        await until(pilot, lambda: bool(asked(study)))
    assert asked(study) == [cmd.Decide(step=4, decision="accepted", card=study.diff_card())]


async def test_keys_wait_after_the_shown_card_changed_by_itself(app: CopilotApp, study: Study, clock: Clock) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3")
        fresh = revise(study)
        await until(pilot, lambda: "slope = 0.9" in text_of(app, "diff"))
        clock.seconds += 0.39
        await pilot.press("a")
        await pilot.pause(0.2)
        assert asked(study) == []
        clock.seconds += 0.02
        await pilot.press("a")
        await until(pilot, lambda: bool(asked(study)))
    assert asked(study) == [cmd.Decide(step=4, decision="accepted", card=fresh)]


async def test_keys_are_not_held_back_by_events_elsewhere(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3")
        study.idea(9, "somewhere else")
        await until(pilot, lambda: "somewhere else" in text_of(app, "ideas"))
        await pilot.press("a")
        await until(pilot, lambda: bool(asked(study)))


async def test_accept_and_reject_act_on_the_focused_pane(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "j", "a")
        await until(pilot, lambda: bool(asked(study)))
    assert asked(study) == [cmd.Decide(step=3, decision="accepted", card=study.idea_card("learned slope"))]


async def test_panes_that_show_no_card_decide_nothing(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        for pane in "1456":
            await pilot.press(pane, "a", "r")
        await pilot.pause(0.2)
        assert asked(study) == []


async def test_reject_asks_for_a_reason(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "r")
        assert isinstance(app.screen, Ask)
        await pilot.press(*"same as a", "enter")
        await until(pilot, lambda: bool(asked(study)))
    (command,) = asked(study)
    assert isinstance(command, cmd.Decide)
    assert (command.decision, command.reason, command.step) == ("rejected", "same as a", 2)


async def test_an_empty_reason_is_allowed_and_escape_cancels(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "r", "x", "escape")
        await pilot.pause(0.2)
        assert asked(study) == []
        await pilot.press("r", "enter")
        await until(pilot, lambda: bool(asked(study)))
    (command,) = asked(study)
    assert isinstance(command, cmd.Decide) and command.reason == ""


async def test_decided_and_unreadable_steps_are_not_decided_again(app: CopilotApp, study: Study, clock: Clock) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3")
        study.add(ev.StepDecided(step=4, decision="rejected", by="ada", card=study.diff_card()))
        await until(pilot, lambda: "✘ rejected" in text_of(app, "diff"))
        clock.seconds += 1
        await pilot.press("a")
        await until(pilot, lambda: "already rejected by ada" in text_of(app, "footer"))
        (study.paths.cards / f"{study.idea_card('leaky slope')}.json").write_bytes(b"{}")
    journal = Journal.open(study.paths.journal)
    again = CopilotApp(study.paths, journal, ensure=lambda paths: None)
    async with again.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "g", "a")
        await until(pilot, lambda: "changed on disk" in text_of(again, "ideas"))
        await pilot.pause(0.2)
    journal.close()
    assert asked(study) == []


async def test_read_only_decides_nothing(study: Study) -> None:
    journal = Journal.open(study.paths.journal)
    app = CopilotApp(study.paths, journal, read_only=True, ensure=lambda paths: None)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "a")
        await until(pilot, lambda: "read-only" in text_of(app, "footer"))
        assert asked(study) == []
    journal.close()


async def test_the_answer_is_shown(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "a")
        await until(pilot, lambda: bool(asked(study)))
        study.journal.answer(study.journal.pending()[0].id, "refused", "Not today\x1b]52;c;aGk=\x07.")
        await until(pilot, lambda: "✘ Not today." in text_of(app, "footer"))


async def test_undo_previews_and_asks(app: CopilotApp, study: Study) -> None:
    study.add(ev.StepDecided(step=2, decision="rejected", by="ada", card=study.idea_card("leaky slope")))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "g", "z", "n")
        await pilot.pause(0.1)
        assert asked(study) == []
        await pilot.press("z", "y")
        await until(pilot, lambda: asked(study) == [cmd.Undo(step=2)])


def test_the_preview_of_an_applied_diff_names_the_branch(study: Study) -> None:
    study.add(ev.StepApplied(step=4, commit="d" * 40, branch="copilot/2-leaky"))
    text = undo_preview(study.journal.state().steps[4])
    assert "revert commit goes on copilot/2-leaky" in text and "runs are kept" in text


# --- the editor -------------------------------------------------------------------------------------------------------


def script(folder: Path, body: str) -> str:
    """A program that takes the place of an editor."""
    path = folder / "editor.sh"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


class Suspended:
    """Counts how often the screen was given away."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> Suspended:
        return self

    def __enter__(self) -> None:
        self.times += 1

    def __exit__(self, *_: object) -> None:
        return None


def test_the_editor_gets_the_text_in_a_private_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    body = f'cp "$2" {tmp_path}/seen; stat -c %a "$2" > {tmp_path}/mode; echo "$1" > {tmp_path}/flag; echo more >> "$2"'
    monkeypatch.setenv("VISUAL", f"{script(tmp_path, body)} --wait")
    monkeypatch.setenv("EDITOR", "false")
    suspended = Suspended()
    assert editor.edited("text\n", ".diff", suspended) == "text\nmore\n"
    assert (tmp_path / "seen").read_text() == "text\n"
    assert (tmp_path / "mode").read_text() == "600\n"
    assert (tmp_path / "flag").read_text() == "--wait\n"
    assert suspended.times == 1


@pytest.mark.parametrize("body", ["true", ': > "$1"'])
def test_unchanged_or_emptied_is_no_edit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", script(tmp_path, body))
    assert editor.edited("text\n", ".toml", Suspended()) is None


@pytest.mark.parametrize(("value", "told"), [("/nowhere/vi", "could not be started"), ("false", "ended with code 1")])
def test_an_editor_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, value: str, told: str) -> None:
    monkeypatch.setenv("VISUAL", value)
    with pytest.raises(editor.NoEditor, match=told):
        editor.edited("text\n", ".toml", Suspended())


def test_the_text_of_an_idea_is_what_the_engine_reads_back(study: Study) -> None:
    from app.engine import editing, proposals

    step = study.journal.state().steps[2]
    card = cards.read(study.paths.cards, step.card)
    text, suffix = text_of_step(step, card)
    assert suffix == ".toml" and "Nobody compared slopes" in text
    old = proposals.idea_from(card["idea"])
    assert editing.idea_from_text(text, old) == old
    assert editing.idea_from_text(text.replace("three trials", "four trials"), old).kill_test == "four trials"


async def test_keys_typed_in_one_breath_reach_the_chosen_pane(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        screen = main_of(app)
        assert screen.model.view.pane == "inbox"
        for key in "3a":
            app.post_message(Key(key, key))
        await until(pilot, lambda: bool(asked(study)))
    assert asked(study) == [cmd.Decide(step=4, decision="accepted", card=study.diff_card())]
