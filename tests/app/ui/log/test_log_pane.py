"""The log pane by its keys, on a real file: follow, paging, search, times, wrap, jumps, runs; it keeps its place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from app.engine import events as ev
from app.engine.journal import Journal
from app.ui.app import CopilotApp
from app.ui.messages import GoLine
from app.ui.screens.main import MainScreen
from app.ui.widgets.lines import Lines
from app.ui.widgets.log import LogPane
from sandbox.logtimes import FILE, TimesLog

from ..conftest import Study  # noqa: TID252

SIZE = (120, 40)
COUNT = 30_000


def pane_of(app: CopilotApp) -> LogPane:
    """The log pane."""
    assert isinstance(app.screen, MainScreen)
    pane = app.screen.panes["log"]
    assert isinstance(pane, LogPane)
    return pane


def shown(app: CopilotApp) -> list[str]:
    """The rows of the log in view, without what is behind their ends."""
    return [line.plain.rstrip() for line in pane_of(app).body]


def caption(app: CopilotApp) -> str:
    """What the lower border says."""
    return str(pane_of(app).border_subtitle)


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Wait for something that threads bring about."""
    for _ in range(400):
        if holds():
            return
        await asyncio.sleep(0.025)
        await pilot.pause()
    raise AssertionError(f"it did not come: {shown(pilot.app)} {caption(pilot.app)}")  # type: ignore[arg-type]


@pytest.fixture
def log(study: Study) -> Path:
    """The log of run 1: rows of twelve bytes, by number."""
    path = study.paths.run(1) / "stdout.log"
    path.write_bytes(b"".join(b"row %07d\n" % number for number in range(COUNT)))
    return path


def row(number: int) -> str:
    """A row of that log."""
    return f"row {number:07d}"


async def test_every_row_of_the_file_is_reached(app: CopilotApp, log: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5")
        await until(pilot, lambda: shown(app)[-1:] == [row(COUNT - 1)])
        assert "following" in caption(app)
        await pilot.press("g")
        assert shown(app)[0] == row(0) and "paused" in caption(app)
        await pilot.press("j", "j", "pagedown")
        page = len(shown(app)) - 2
        assert shown(app)[0] == row(2 + page)
        await pilot.press("pageup", "k")
        assert shown(app)[0] == row(1)
        await pilot.press("G")
        assert shown(app)[-1] == row(COUNT - 1) and "following" in caption(app)
        await pilot.press("k")
        assert shown(app)[-1] == row(COUNT - 2)
        assert "99 % of 352 KiB · paused" in caption(app)


async def test_the_place_survives_output_size_and_a_new_screen(app: CopilotApp, log: Path, study: Study) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5")
        await until(pilot, lambda: shown(app)[-1:] == [row(COUNT - 1)])
        await pilot.press("g", "pagedown", "pagedown")
        first = shown(app)[0]
        with log.open("ab") as file:
            file.write(b"new\n" * 312)
        await until(pilot, lambda: "+312 new" in caption(app))
        assert shown(app)[0] == first
        await pilot.resize_terminal(80, 24)
        await until(pilot, lambda: len(shown(app)) < 24)
        assert shown(app)[0] == first
        await pilot.press("q")
    journal = Journal.open(study.paths.journal)
    again = CopilotApp(study.paths, journal, ensure=lambda paths: None)
    async with again.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: "+312 new" in caption(again))
        assert shown(again)[0] == first
        await pilot.press("s")
        assert shown(again)[-1] == "new"
    journal.close()


async def test_a_newer_run_does_not_take_the_log_away_that_is_read(app: CopilotApp, log: Path, study: Study) -> None:
    def newer(run: int) -> None:
        queued = ev.RunQueued(
            run=run, experiment=1, purpose="screening", split="valid", seeds=(7,), backend="docker", step=1
        )
        (study.paths.run(run)).mkdir(parents=True)
        (study.paths.run(run) / "stdout.log").write_bytes(b"log of run %d\n" % run)
        study.add(queued, ev.RunStarted(run=run))

    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "g")
        newer(2)
        await until(pilot, lambda: 2 in app.screen.model.state.runs)  # type: ignore[attr-defined]
        assert shown(app)[0] == row(0)
        await pilot.press("s")
        await until(pilot, lambda: shown(app) == ["log of run 2"])
        newer(3)
        await until(pilot, lambda: shown(app) == ["log of run 3"])
        await pilot.press("left_square_bracket", "left_square_bracket")
        assert shown(app)[-1] == row(COUNT - 1)
        await pilot.press("left_square_bracket")
        assert shown(app)[-1] == row(COUNT - 1), "there is none before the first"
        newer(4)
        await until(pilot, lambda: 4 in app.screen.model.state.runs)  # type: ignore[attr-defined]
        assert shown(app)[-1] == row(COUNT - 1), "the chosen run stays"
        await pilot.press(*["right_square_bracket"] * 4)
        assert shown(app) == ["log of run 4"]
        newer(5)
        await until(pilot, lambda: shown(app) == ["log of run 5"])


async def test_search_goes_through_the_file(app: CopilotApp, log: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "slash", *"ROW 00000", "enter")
        await until(pilot, lambda: "100 of 100" in caption(app))
        assert row(99) in shown(app) and "paused" in caption(app)
        marked = [line for line in pane_of(app).body if line.band == "selected"]
        assert [line.plain for line in marked] == [row(99)]
        assert "match" in {piece.look for piece in marked[0].pieces}
        await pilot.press("N")
        await until(pilot, lambda: "99 of 100" in caption(app))
        await pilot.press("n")
        await until(pilot, lambda: "100 of 100" in caption(app))
        await pilot.press("n")
        await until(pilot, lambda: "1 of 100" in caption(app) and "100 of" not in caption(app))
        assert shown(app)[0] == row(0)
        await pilot.press("escape")
        assert "of 100" not in caption(app) and not [line for line in pane_of(app).body if line.band]


async def test_what_is_not_in_the_log_is_said(app: CopilotApp, log: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "n", "slash", *"accuracy", "enter")
        footer = app.screen_stack[0].query_one("#footer", Lines)
        await until(pilot, lambda: "“accuracy” is not in the log" in footer.render_line(1).text)


async def test_times_stand_before_the_rows(app: CopilotApp, log: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "t")
        assert shown(app)[-1] == row(COUNT - 1), "an older run has none"
        started = app.screen.model.run().started  # type: ignore[attr-defined]
        times = TimesLog(log.with_name(FILE))
        times.note(started + 5, 0)
        times.note(started + 3725, (COUNT - 2) * 12)
        times.close()
        await pilot.press("t")
        assert [text.split("  ")[0].count(":") for text in shown(app)] == [2] * len(shown(app))
        await pilot.press("t")
        assert shown(app)[-1] == f"+1:02:05  {row(COUNT - 1)}" and shown(app)[-3] == f"+0:05     {row(COUNT - 3)}"
        await pilot.press("t")
        assert shown(app)[-1] == row(COUNT - 1)


async def test_wrapped_rows_lose_nothing(app: CopilotApp, log: Path) -> None:
    text = "".join(f"{number:04d} " for number in range(80)).rstrip()
    with log.open("a") as file:
        file.write(text + "\n")
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5")
        await until(pilot, lambda: bool(shown(app)) and shown(app)[-1].startswith("0000 0001"))
        await pilot.press("l")
        assert shown(app)[-1].startswith(text[8:20])
        await pilot.press("w")
        rows = [line.plain for line in pane_of(app).body]
        assert "".join(rows[rows.index(row(COUNT - 1)) + 1 :]) == text
        await pilot.press("k")
        assert row(COUNT - 1) in shown(app) and not shown(app)[-1].endswith("0079")


async def test_a_byte_of_the_file_is_shown_and_marked(app: CopilotApp, log: Path) -> None:
    async with app.run_test(size=SIZE) as pilot:
        app.screen.post_message(GoLine(1, 12 * 15_000 + 3))
        await until(pilot, lambda: row(15_000) in shown(app))
        marked = [line.plain for line in pane_of(app).body if line.band == "selected"]
        assert marked == [row(15_000)] and "paused" in caption(app)
        assert pane_of(app).copied() == row(15_000)
        await pilot.press("G")
        assert pane_of(app).copied().splitlines() == shown(app)


async def test_a_log_that_cannot_be_read_says_why(app: CopilotApp, log: Path) -> None:
    log.rename(log.with_name("elsewhere"))
    log.symlink_to(log.with_name("elsewhere"))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("5", "k", "g", "slash", "x", "enter", "n", "w", "G")
        await until(pilot, lambda: "The log cannot be read" in " ".join(shown(app)))
        log.unlink()
        log.with_name("elsewhere").rename(log)
        await pilot.press("G")
        await until(pilot, lambda: shown(app)[-1] == row(COUNT - 1))
