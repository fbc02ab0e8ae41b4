"""Ideas that the human writes in an editor: what the form starts with, what is sent, and that no text is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from agents.grammar import catalogue
from app.engine import cards, idea_form
from app.engine import commands as cmd
from app.engine import events as ev
from app.ui import editor
from app.ui.actors.writing import DRAFT
from app.ui.app import CopilotApp
from app.ui.screens.ask import Ask

from .conftest import Clock, Study
from .test_decisions import asked
from .test_screen import main_of, text_of, until

Write = Callable[[str], str]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the editor was given, as (text, suffix); the human's part is set with `types`."""
    return []


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch, opened: list[tuple[str, str]]) -> Callable[[Write], None]:
    """Say what the human does with the text in the editor."""

    def set_to(write: Write) -> None:
        def edited(text: str, suffix: str, suspend: object) -> str | None:
            opened.append((text, suffix))
            new = write(text)
            return new if new != text else None

        monkeypatch.setattr(editor, "edited", edited)

    return set_to


def filled(text: str) -> str:
    """A title and a hypothesis in a form."""
    return text.replace('title = ""', 'title = "Warm restarts"').replace(
        'hypothesis = ""', 'hypothesis = "They lower the loss."'
    )


async def sent(pilot: Pilot[int], study: Study) -> cmd.WriteIdea:
    """The one idea that waits in the queue."""
    await until(pilot, lambda: bool(asked(study)))
    (command,) = asked(study)
    assert isinstance(command, cmd.WriteIdea)
    return command


def arrive(study: Study, step: int, title: str) -> None:
    """The engine proposes the human's idea."""
    summary = {"author": "ada", "origin": "written by hand", "support": "–"}
    study.add(ev.StepProposed(step=step, kind="idea", title=title, card=study.idea_card(title), summary=summary))


async def test_an_idea_stands_on_the_paragraph_in_view_and_is_selected_when_it_comes(
    app: CopilotApp,
    study: Study,
    clock: Clock,
    types: Callable[[Write], None],
    opened: list[tuple[str, str]],
) -> None:
    types(filled)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "l", "2", "plus")
        command = await sent(pilot, study)
        assert opened[0][1] == ".toml" and 'passage = "§1 ¶1"' in opened[0][0]
        assert "§2 ¶1  “Nobody compared slopes" in opened[0][0], "gaps are offered"
        assert (command.paper, command.merged) == (1, ()) and 'title = "Warm restarts"' in command.text
        arrive(study, 12, "Warm restarts")
        await until(pilot, lambda: main_of(app).model.view.idea == 12)
        assert main_of(app).shown is not None and main_of(app).shown == (12, study.idea_card("Warm restarts"))
        types(lambda text: text)
        clock.seconds += 1
        await pilot.press("plus")
    assert 'title = ""' in opened[1][0], "what became an idea is not offered again"


async def test_what_cannot_be_read_is_kept_and_opened_again(
    app: CopilotApp, study: Study, types: Callable[[Write], None], opened: list[tuple[str, str]]
) -> None:
    types(lambda text: filled(text) + "\nbroken = [\n")
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "plus")
        assert "not TOML" in text_of(app, "footer") or "Unknown key" in text_of(app, "footer")
        assert "press + to go on" in text_of(app, "footer") and asked(study) == []
        types(lambda text: text.replace("\nbroken = [\n", ""))
        await pilot.press("plus")
        assert "Warm restarts" in opened[1][0] and "broken" in opened[1][0]
        command = await sent(pilot, study)
    assert "broken" not in command.text and "Warm restarts" in command.text


async def test_a_text_the_engine_could_not_take_can_be_sent_again(
    app: CopilotApp, study: Study, types: Callable[[Write], None], opened: list[tuple[str, str]]
) -> None:
    types(filled)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "plus")
        await sent(pilot, study)
        assert json.loads(study.journal.draft(*DRAFT))["title"] == "Warm restarts"
        types(lambda text: text)
        await pilot.press("plus")
        await until(pilot, lambda: len(asked(study)) == 2)
    assert "Warm restarts" in opened[1][0]


async def test_an_unchanged_form_sends_nothing(
    app: CopilotApp, study: Study, types: Callable[[Write], None], opened: list[tuple[str, str]]
) -> None:
    types(lambda text: text)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "plus")
        assert len(opened) == 1 and "Nothing was changed" in text_of(app, "footer")
    assert asked(study) == [] and study.journal.draft(*DRAFT) == ""


async def test_two_marked_ideas_are_merged_into_one_form(
    app: CopilotApp, study: Study, types: Callable[[Write], None], opened: list[tuple[str, str]]
) -> None:
    types(lambda text: text.replace("leaky slope + learned slope", "leaky learned slope"))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "m")
        assert opened == [] and "Mark two ideas" in text_of(app, "footer")
        await pilot.press("space", "j", "m")
        command = await sent(pilot, study)
        paper = main_of(app).model.paper()
    assert paper is not None and not isinstance(paper, str)
    idea = idea_form.read(command.text, paper, ())
    assert command.merged == (2, 3) and "Merged from 2 and 3" in opened[0][0]
    assert idea.title == "leaky learned slope"
    assert idea.hypothesis == "leaky slope lowers the loss\nlearned slope lowers the loss"


async def test_a_read_only_screen_writes_nothing(
    study: Study, types: Callable[[Write], None], opened: list[tuple[str, str]]
) -> None:
    from app.engine.journal import Journal

    types(filled)
    with Journal.open(study.paths.journal) as journal:
        app = CopilotApp(study.paths, journal, ensure=lambda paths: None, read_only=True)
        async with app.run_test(size=(200, 50)) as pilot:
            await pilot.press("2", "plus")
            assert "read-only" in text_of(app, "footer")
    assert opened == [] and asked(study) == []


def blank(study: Study, files: dict[str, str]) -> str:
    """Step 4 becomes a diff without a change."""
    card = cards.write(study.paths.cards, {**cards.read(study.paths.cards, study.diff_card("")), "files": files})
    study.add(ev.StepRevised(step=4, card=card, by="the engine", title="leaky slope"))
    return card


async def test_the_change_of_a_free_idea_is_written_in_the_file(
    app: CopilotApp,
    study: Study,
    clock: Clock,
    types: Callable[[Write], None],
    opened: list[tuple[str, str]],
) -> None:
    card = blank(study, {"model.py": "x = 1\n"})
    types(lambda text: text + "y = 2\n")
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: main_of(app).panes["diff"].drawn == (4, card))
        clock.seconds += 1
        await pilot.press("3", "e")
        await until(pilot, lambda: bool(asked(study)))
    assert opened == [("x = 1\n", ".py")]
    assert asked(study) == [cmd.Revise(step=4, card=card, text="x = 1\ny = 2\n", path="model.py")]


async def test_of_several_files_one_is_chosen(
    app: CopilotApp,
    study: Study,
    clock: Clock,
    types: Callable[[Write], None],
    opened: list[tuple[str, str]],
) -> None:
    card = blank(study, {"model.py": "x = 1\n", "train.py": "z = 1\n"})
    types(lambda text: text + "y = 2\n")
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: main_of(app).panes["diff"].drawn == (4, card))
        clock.seconds += 1
        await pilot.press("3", "e")
        assert isinstance(app.screen, Ask)
        await pilot.press(*["backspace"] * 20, *"evil.py", "enter")
        assert "no editable file" in text_of(app, "footer") and opened == []
        await pilot.press("e", *["backspace"] * 20, *"train.py", "enter")
        await until(pilot, lambda: bool(asked(study)))
    assert asked(study) == [cmd.Revise(step=4, card=card, text="z = 1\ny = 2\n", path="train.py")]


def test_the_form_is_a_file_that_an_editor_can_hold(tmp_path: Path, study: Study) -> None:
    text = idea_form.form(idea_form.blank(None), None, tuple(catalogue()), "A word.")
    (tmp_path / "form.toml").write_text(text)
    assert text.startswith("# A word.\n") and 'component = ""' in text and max(map(len, text.splitlines())) <= 120
