"""The review by keys: marks outlive the screen, and a yes is about the summary that is drawn."""

from __future__ import annotations

from typing import Any

import pytest

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.choice import Choice
from app.engine.journal import Journal
from app.ui import editor
from app.ui.app import CopilotApp

from ..conftest import PATCH, Clock, Study  # noqa: TID252
from ..test_decisions import asked, revise  # noqa: TID252
from ..test_screen import main_of, text_of, until  # noqa: TID252


def summary_card(study: Study) -> str:
    """A card as the engine makes it of one of two hunks."""
    choice: dict[str, Any] = {"of": study.diff_card(), "taken": 1, "of_pieces": 2, "edited": 0}
    choice["refused"] = [{"id": "0.1", "path": "model.py", "line": 21, "reason": "too much", "text": ""}]
    patch = PATCH[: PATCH.index("@@ -20,3")]
    return study.diff_card(patch, tree="8" * 40, choice=choice)


async def test_hunks_are_marked_and_the_summary_is_accepted(app: CopilotApp, study: Study, clock: Clock) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "y", "n", *"too much", "enter")
        diff = text_of(app, "diff")
        assert "✔ yes" in diff and "✘ no: too much" in diff and "1 of 2 hunks, 1 refused" in diff
        await pilot.press("enter")
        await until(pilot, lambda: bool(asked(study)))
        (preview,) = study.journal.pending()
        wanted = Choice(of=study.diff_card(), taken=("0.0",), reasons={"0.1": "too much"}).dump()
        assert preview.command == cmd.Preview(step=4, card=study.diff_card(), choice=wanted)
        await pilot.press("a", "enter")
        await pilot.pause(0.1)
        assert len(asked(study)) == 1, "before the summary is drawn there is nothing to say yes to"
        study.journal.answer(preview.id, "done", summary_card(study))
        await until(pilot, lambda: "not applied yet" in text_of(app, "diff"))
        diff = text_of(app, "diff")
        assert "Takes 1 of 2 hunks, 1 left out · tree 8888888" in diff and "model.py:21: too much" in diff
        await pilot.press("a")
        await pilot.pause(0.1)
        assert asked(study) == [], "keys typed for the hunks are no yes to their summary"
        clock.seconds += 1
        await pilot.press("r", "a")
        await until(pilot, lambda: bool(asked(study)))
    decided = cmd.Decide(step=4, decision="accepted", card=summary_card(study), choice=wanted)
    assert asked(study) == [decided]


async def test_escape_goes_back_to_the_marks(app: CopilotApp, study: Study, clock: Clock) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "y", "a")
        await until(pilot, lambda: bool(asked(study)))
        study.journal.answer(study.journal.pending()[0].id, "done", summary_card(study))
        await until(pilot, lambda: "not applied yet" in text_of(app, "diff"))
        clock.seconds += 1
        await pilot.press("escape")
        assert "1 of 2 hunks, 1 undecided" in text_of(app, "diff")
        assert main_of(app).diff.drawn == (4, study.diff_card())


async def test_a_summary_of_other_marks_is_not_shown(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "y", "enter")
        await until(pilot, lambda: bool(asked(study)))
        await pilot.press("y")
        study.journal.answer(study.journal.pending()[0].id, "done", summary_card(study))
        await until(pilot, lambda: "changed meanwhile" in text_of(app, "footer"))
        assert "not applied yet" not in text_of(app, "diff")


async def test_a_refused_summary_is_said(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "y", "enter")
        await until(pilot, lambda: bool(asked(study)))
        study.journal.answer(study.journal.pending()[0].id, "refused", "It does not parse.")
        await until(pilot, lambda: "✘ It does not parse." in text_of(app, "footer"))
        assert main_of(app).diff.summary is None


async def test_without_a_yes_there_is_no_summary(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "enter", "n", "enter", "enter", "a")
        await until(pilot, lambda: "No hunk is taken" in text_of(app, "footer"))
        assert asked(study) == []


async def test_marks_outlive_the_screen_and_die_with_their_card(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "n", *"slow", "enter")
    assert "✘ no: slow" in await reopened(study)
    revise(study)
    diff = await reopened(study)
    assert "✘ no" not in diff and "hunk 1 of 2  ○ undecided" in diff and "slope = 0.9" in diff


async def reopened(study: Study) -> str:
    """The diff pane of a new screen."""
    journal = Journal.open(study.paths.journal)
    again = CopilotApp(study.paths, journal, ensure=lambda paths: None)
    async with again.run_test(size=(200, 50)) as pilot:
        await pilot.press("3")
        diff = text_of(again, "diff")
    journal.close()
    return diff


async def test_a_hunk_is_edited_and_what_cannot_be_taken_is_kept(
    app: CopilotApp, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    texts = iter(["garbage\n", None, "good"])

    def edited(text: str, _suffix: str, _suspend: object) -> str | None:
        opened.append(text)
        new = next(texts)
        return opened[0].replace("slope = 0.1", "slope = 0.7") if new == "good" else new

    monkeypatch.setattr(editor, "edited", edited)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "E")
        assert "Your text is kept" in text_of(app, "footer")
        await pilot.press("E")
        assert opened[1] == "garbage\n"
        await pilot.press("E")
        assert "✎ edited" in text_of(app, "diff") and "slope = 0.7" in text_of(app, "diff")
        desk = main_of(app).diff.desk
        assert desk is not None and list(desk.marks.edited) == ["0.0"]


async def test_selected_lines_alone_are_taken(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "j", "j", "j", "v", "y")
        desk = main_of(app).diff.desk
        assert desk is not None and list(desk.marks.edited) == ["0.0"]
        text = desk.marks.edited["0.0"]
        assert "+class Leaky" in text and "slope" not in text
        await pilot.press("u")
        assert not desk.marks


async def test_a_hunk_out_of_view_is_shown_before_it_is_marked(app: CopilotApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3")
        pane = main_of(app).diff
        pane.jump(pane.max_scroll_y)
        await pilot.press("y")
        assert pane.desk is not None and not pane.desk.marks
        await pilot.press("y")
        assert pane.desk.marks.yes == ("0.0",)


async def test_two_columns_need_room(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "t")
        pane = main_of(app).diff
        assert pane.desk is not None and pane.desk.side_by_side and main_of(app).model.view.zoomed
        await pilot.press("t")
        assert not pane.desk.side_by_side


async def test_two_columns_are_refused_where_there_is_no_room(app: CopilotApp) -> None:
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.press("3", "t")
        assert "need 120 cells" in text_of(app, "footer") and not main_of(app).model.view.two_columns


async def test_search_goes_from_match_to_match_with_enter(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "slash", *"leaky", "enter")
        assert "Match 1 of 2" in text_of(app, "footer")
        await pilot.press("enter")
        assert "Match 2 of 2" in text_of(app, "footer")
        await pilot.press("f3")
        assert "Match 1 of 2" in text_of(app, "footer") and asked(study) == []


async def test_redo_asks_first(app: CopilotApp, study: Study) -> None:
    study.add(
        ev.StepDecided(step=4, decision="accepted", by="ada", card=study.diff_card()),
        ev.StepApplied(step=4, commit="d" * 40, branch="copilot/2-leaky"),
        ev.StepUndone(step=4, by="ada", commit="e" * 40, branch="copilot/2-leaky"),
    )
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "Z", "n")
        await pilot.pause(0.1)
        assert asked(study) == []
        await pilot.press("Z", "y")
        await until(pilot, lambda: asked(study) == [cmd.Redo(step=4)])


async def test_a_read_only_screen_marks_nothing(study: Study) -> None:
    journal = Journal.open(study.paths.journal)
    app = CopilotApp(study.paths, journal, read_only=True, ensure=lambda paths: None)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3", "y")
        await until(pilot, lambda: "read-only" in text_of(app, "footer"))
        assert study.journal.draft("review", "4") == ""
    journal.close()
