"""Sizes, jump mode, help, palette, first hints: what changes only the looks, and comes back."""

from __future__ import annotations

import os

from app.ui.app import CopilotApp
from app.ui.model import View
from app.ui.screens.help import Help, rows, sections
from app.ui.screens.main import MainScreen

from .conftest import Clock, Study
from .test_terminal import SCREEN, terminal


def main(app: CopilotApp) -> MainScreen:
    """The screen of six panes."""
    return app._main


def width(app: CopilotApp, pane: str) -> int:
    """Columns of a pane."""
    placed = main(app).placed
    assert placed is not None
    return next(box.width for name, box in placed.panes.items() if name == pane)


def bottom(app: CopilotApp) -> str:
    """The last line of the screen."""
    return main(app).bars["footer"].render_line(1).text


async def test_sizes_and_zoom_are_kept_for_their_layout(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1")
        before = width(app, "paper")
        await pilot.press(*(">" for _ in range(3)))
        assert width(app, "paper") == before + 12 == main(app).panes["paper"].outer_size.width
        await pilot.press("f")
        kept = View.load(main(app).model.view.dump())
        assert kept.zoomed and kept.sizes == {"wide": {"paper": 12}}
        await pilot.press("0")
        assert width(app, "paper") == before and not main(app).model.view.zoomed


async def test_a_border_can_be_dragged(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        before = width(app, "paper")
        await pilot.mouse_down(offset=(before, 10))
        await pilot.hover(offset=(before + 7, 10))
        assert width(app, "paper") == before, "a move without a button drags nothing"
        await drag(app, before + 7, 10)
        await pilot.pause()
        assert width(app, "paper") == before + 7
        await pilot.mouse_up(offset=(before + 7, 10))
        await drag(app, before + 20, 10)
        await pilot.pause()
        assert width(app, "paper") == before + 7


async def drag(app: CopilotApp, x: int, y: int) -> None:
    """The mouse moves with its button held."""
    from textual.events import MouseMove

    driver = app._driver
    assert driver is not None
    driver.process_message(MouseMove(None, x, y, 0, 0, 1, False, False, False, screen_x=x, screen_y=y))


async def test_jump_goes_to_panes_and_rows_by_letter(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("ctrl+o")
        await pilot.pause()
        assert " a " in main(app).panes["paper"].border_title  # type: ignore[operator]
        ideas = main(app).panes["ideas"]
        lettered = [y for y in ideas.targets() if ideas.render_line(y).text[1:2].isalpha()]
        assert len(lettered) == 2
        letter = ideas.render_line(lettered[-1]).text[1]
        await pilot.press(letter)
        assert main(app).model.view.pane == "ideas" and main(app).model.view.idea == 3
        assert main(app).panes["paper"].border_title == "1 Paper"
        await pilot.press("ctrl+o", "escape")
        assert main(app).model.view.pane == "ideas"
        await pilot.press("ctrl+o", "d")
        assert main(app).model.view.pane == "diff"


async def test_help_lists_the_focused_pane_first_and_searches(app: CopilotApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3", "question_mark")
        await pilot.pause()
        shown = app.screen
        assert isinstance(shown, Help)
        text = [row.plain for row in shown.query_one("#help").body]  # type: ignore[attr-defined]
        assert text[0] == "In Diff" and "In Paper" in text
        await pilot.press("slash", *"undo")
        await pilot.pause()
        text = [row.plain for row in shown.query_one("#help").body]  # type: ignore[attr-defined]
        assert any("Take a decision back" in row for row in text) and not any("Next theme" in row for row in text)
        await pilot.press("escape")
        assert app.screen is shown
        await pilot.press("escape")
        assert app.screen is not shown


def test_help_has_every_action_once(app: CopilotApp) -> None:
    keys = main(app).model.keys
    listed = [action.id for section in sections("log") for action in section.actions]
    from app.ui.actions import ACTIONS

    assert set(listed) == {action.id for action in ACTIONS}
    assert all(row.width <= 60 for row in rows(keys, sections("log"), "", 60))
    assert "No key does" in rows(keys, sections("log"), "zzzz", 60)[0].plain


async def test_the_palette_chooses_a_theme(app: CopilotApp, clock: Clock) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("colon")
        await pilot.pause()
        await pilot.press(*"theme: light")
        await pilot.pause(0.3)
        await pilot.press("enter")
        await pilot.pause()
        assert app.theme == "light" == main(app).model.view.theme


async def test_hints_come_the_first_times(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        seen = []
        for _ in range(5):
            await pilot.press("3", "5")
            seen.append("Scrolling stops following" in bottom(app))
        assert seen == [True, True, True, False, False]


async def test_stopping_all_runs_needs_the_word(app: CopilotApp, study: Study) -> None:
    from app.engine import commands as cmd

    sent: list[object] = []
    async with app.run_test(size=(120, 40)) as pilot:
        main(app).sender.send = sent.append  # type: ignore[method-assign]
        await pilot.press("X", *"yes", "enter")
        await pilot.pause()
        assert sent == [] and "Nothing was stopped" in bottom(app)
        await pilot.press("X", *"stop", "enter")
        await pilot.pause()
        assert sent == [cmd.StopRuns()]


async def test_the_menu_of_leaving_detaches(app: CopilotApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("Q", "escape")
        assert app.screen is main(app)
        await pilot.press("Q", "d")
        await pilot.pause()
    assert app.return_value == 0


def test_the_mouse_is_given_to_the_terminal_and_taken_back(study: Study) -> None:
    with terminal(SCREEN, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        assert b"\x1b[?1000l" not in found.raw
        os.write(found.master, b"M")
        found.wait_for("the terminal's")
        assert b"\x1b[?1000l" in found.raw
        before = found.raw.count(b"\x1b[?1000h")
        os.write(found.master, b"M")
        found.wait_for("the screen's")
        assert found.raw.count(b"\x1b[?1000h") == before + 1
