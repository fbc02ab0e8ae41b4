"""The screen through its keys, at every layout."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.journal import Journal
from app.engine.process import locked
from app.ui.app import CopilotApp
from app.ui.screens.ask import Confirm
from app.ui.screens.help import Help
from app.ui.screens.main import MainScreen
from app.ui.widgets.lines import Lines

from .conftest import Clock, Study


def main_of(app: CopilotApp) -> MainScreen:
    """The screen with the panes."""
    screen = app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


def text_of(app: CopilotApp, name: str) -> str:
    """What a pane or a bar has on the screen."""
    found = app.screen_stack[0].query_one(f"#{name}", Lines)
    return "\n".join(found.render_line(y).text.rstrip() for y in range(found.text_height))


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the app go on until something holds, at most five seconds."""
    for _ in range(250):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not come to hold within five seconds")


def shown(app: CopilotApp) -> set[str]:
    """Panes in view."""
    return {name for name, pane in main_of(app).panes.items() if pane.display}


async def test_wide_shows_everything_at_once(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "step 2 loss 1.0" in text_of(app, "log"))
        assert len(shown(app)) == 6
        assert "On small activations" in text_of(app, "paper")
        assert "slopes not compared" in text_of(app, "paper")
        assert "learned slope" in text_of(app, "ideas") and "Nobody compared slopes" in text_of(app, "ideas")
        diff = text_of(app, "diff")
        assert "+ class Leaky(nn.Module):" in diff and "✔ applies" in diff and "nothing else" in diff
        inbox = text_of(app, "inbox")
        assert "● 3 need you" in inbox and "▶ screening" in inbox
        await until(pilot, lambda: "trial 1 0.1" in text_of(app, "chart"))
        assert "● 3 need you" in text_of(app, "header") and "▶ 1 running" in text_of(app, "header")
        await until(pilot, lambda: "step 20/40" in text_of(app, "log"))


async def test_medium_keeps_paper_ideas_diff_and_log(app: CopilotApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("1")
        assert shown(app) == {"paper", "ideas", "diff", "log"}
        assert "4 Inbox" in text_of(app, "strip") and "idea 2" in text_of(app, "strip")
        await pilot.press("4")
        assert shown(app) == {"paper", "inbox", "diff", "log"}
        await pilot.press("6")
        assert shown(app) == {"paper", "ideas", "diff", "chart"}


async def test_narrow_shows_one_pane_and_tabs(app: CopilotApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        for key, name in (("1", "paper"), ("3", "diff"), ("6", "chart")):
            await pilot.press(key)
            assert shown(app) == {name}
        assert "1 Paper" in text_of(app, "header") and "● 3 need you" in text_of(app, "header")
        await pilot.press("tab")
        assert shown(app) == {"paper"}


async def test_tiny_shows_the_inbox_with_a_notice_and_decides_nothing(
    app: CopilotApp, study: Study, clock: Clock
) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("3")
        await pilot.resize_terminal(50, 12)
        await until(pilot, lambda: shown(app) == {"inbox"})
        assert "Too small" in text_of(app, "header")
        clock.seconds += 1
        await pilot.press("3", "a")
        assert study.journal.pending() == []
        await pilot.resize_terminal(200, 50)
        await until(pilot, lambda: len(shown(app)) == 6)


async def test_zoom_and_back(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("5", "f")
        assert shown(app) == {"log"}
        await pilot.press("2")
        assert shown(app) == {"ideas"}
        await pilot.press("f")
        assert len(shown(app)) == 6


async def test_new_events_are_drawn_and_steal_nothing(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("5")
        study.idea(9, "a brand new idea")
        await until(pilot, lambda: "a brand new idea" in text_of(app, "ideas"))
        screen = main_of(app)
        assert screen.pane is screen.panes["log"]
        assert (screen.model.view.idea, screen.model.view.step) == (2, 4)
        assert "● 4 need you" in text_of(app, "header")


async def test_moving_selects_an_idea_and_enter_shows_its_passage(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "j")
        assert "learned slope lowers the loss" in text_of(app, "ideas")
        await pilot.press("enter")
        assert main_of(app).model.view.pane == "paper"
        assert "▾ 2 Questions" in text_of(app, "paper")


async def test_i_walks_through_what_needs_me(app: CopilotApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        places = []
        for _ in range(3):
            await pilot.press("i")
            view = main_of(app).model.view
            places.append((view.pane, view.idea if view.pane == "ideas" else view.step))
        assert places == [("diff", 4), ("ideas", 2), ("ideas", 3)]


async def test_paper_search_goes_through_matches(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "slash", *"slopes", "enter")
        await until(pilot, lambda: "1 match for “slopes”" in text_of(app, "footer"))
        assert "▾ 2 Questions" in text_of(app, "paper")


async def test_the_log_stops_following_when_scrolled_and_counts(app: CopilotApp, study: Study) -> None:
    log = study.paths.run(1) / "stdout.log"
    log.write_bytes(b"".join(b"line %d\n" % n for n in range(100)))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "line 99" in text_of(app, "log"))
        await pilot.press("5", "g")
        assert "line 0" in text_of(app, "log")
        with log.open("ab") as file:
            file.write(b"line 100\nline 101\n")
        await until(pilot, lambda: "+2 new" in str(main_of(app).panes["log"].border_subtitle))
        assert "line 0" in text_of(app, "log")
        await pilot.press("s")
        assert "line 101" in text_of(app, "log")


async def test_nothing_is_drawn_when_nothing_happens(app: CopilotApp, study: Study) -> None:
    # Without an engine, the header would count the seconds to the next try.
    with locked(study.paths):
        await _nothing_is_drawn(app)


async def _nothing_is_drawn(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "trial 1 0.1" in text_of(app, "chart"))
        await pilot.pause(0.5)
        drawn: list[int] = []
        screen = main_of(app)
        for pane in screen.query(Lines):
            real = pane.render_line
            pane.render_line = lambda y, real=real: (drawn.append(y), real(y))[1]  # type: ignore[method-assign]
        await pilot.pause(0.6)
        assert drawn == []
        await pilot.press("j")
        await pilot.pause()
        assert drawn


async def test_help_and_palette_open_and_close(app: CopilotApp) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("3", "question_mark")
        assert isinstance(app.screen, Help)
        await until(
            pilot, lambda: "next hunk" in "\n".join(row.plain for row in app.screen.query_one(Lines).body).lower()
        )
        await pilot.press("escape")
        assert isinstance(app.screen, MainScreen)
        await pilot.press("colon", *"zoom")
        await until(pilot, lambda: not isinstance(app.screen, MainScreen))
        await pilot.pause(0.3)
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, MainScreen) and len(shown(app)) == 1)


async def test_stop_asks_first(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("x")
        assert isinstance(app.screen, Confirm)
        await pilot.press("enter", "n")
        assert study.journal.pending() == []
        await pilot.press("x", "y")
        await until(pilot, lambda: len(study.journal.pending()) == 1)
        assert study.journal.pending()[0].command.run == 1  # type: ignore[union-attr]


async def test_what_left_no_score_is_run_again_after_asking(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("5", "R")
        assert "has not ended" in text_of(app, "footer") and study.journal.pending() == []
        study.add(ev.RunEnded(run=1, reason="timed out", detail="It ran out of time.", code=None, seconds=9.0))
        await until(pilot, lambda: "R runs it again" in text_of(app, "log"))
        await pilot.press("R", "n")
        assert study.journal.pending() == []
        await pilot.press("R", "y")
        await until(pilot, lambda: len(study.journal.pending()) == 1)
        assert study.journal.pending()[0].command == cmd.RunAgain(run=1)


async def test_what_was_selected_comes_back(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "j", "q")
        await pilot.pause()
    assert app.return_value == 0
    journal = Journal.open(study.paths.journal)
    again = CopilotApp(study.paths, journal, ensure=lambda paths: None)
    async with again.run_test(size=(200, 50)):
        view = main_of(again).model.view
        assert (view.pane, view.idea) == ("ideas", 3)
    journal.close()


async def test_an_engine_that_cannot_start_is_told(study: Study) -> None:
    from app.engine.process import EngineUnreachable
    from app.paths import Paths

    def refuse(paths: Paths) -> None:
        raise EngineUnreachable("The engine is on strike. Pay it.")

    journal = Journal.open(study.paths.journal)
    app = CopilotApp(study.paths, journal, ensure=refuse)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: "The engine is on strike" in text_of(app, "footer"))
        assert "no engine" in text_of(app, "header")
    journal.close()


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24), (60, 15)])
async def test_an_empty_workspace_says_what_to_do(size: tuple[int, int], tmp_path: Path) -> None:
    made = Study(tmp_path / "empty")
    app = CopilotApp(made.paths, made.journal, ensure=lambda paths: None)
    async with app.run_test(size=size) as pilot:
        await pilot.press("1")
        await pilot.pause()
        assert "mlrc run --paper FILE" in " ".join(text_of(app, "paper").split())
        for key in ["2", "3", "4", "5", "6", "i", "a", "r", "e", "z", "x", "J", "[", "]", "enter", "n", "/", "escape"]:
            await pilot.press({"[": "left_square_bracket", "]": "right_square_bracket", "/": "slash"}.get(key, key))
        await pilot.pause()
        assert made.journal.pending() == []
    made.journal.close()


async def test_a_verdict_is_drawn_with_its_interval(app: CopilotApp, study: Study) -> None:
    verdict = {
        "word": "confirmed", "why": "better", "effect": 0.047, "low": 0.011, "high": 0.084, "level": 0.98,
        "pairs": 13, "noise_floor": 0.05, "smallest_effect": 0.05, "baseline": 0.5, "candidate": 0.45,
    }  # fmt: skip
    queued = ev.RunQueued(
        run=5, experiment=2, purpose="confirmation", split="test", seeds=(1, 2), backend="docker", step=4
    )
    ended = ev.RunEnded(run=5, reason="finished", detail="", code=0, seconds=3.0)
    first = ev.RunEnded(run=1, reason="finished", detail="", code=0, seconds=3.0)
    study.add(first, queued, ev.RunStarted(run=5), ended, ev.VerdictReached(experiment=2, verdict=verdict))
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "✔ confirmed" in text_of(app, "chart"))
        assert "effect +0.047  98% [+0.011, +0.084]" in text_of(app, "chart")
        assert "●" in text_of(app, "chart") and "┆" in text_of(app, "chart")
        assert "✔ confirmed" in text_of(app, "inbox")
