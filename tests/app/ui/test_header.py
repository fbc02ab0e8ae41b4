"""The lines around the panes: what they leave out where room is short, and keys that do nothing for what is shown."""

from __future__ import annotations

from pathlib import Path

from app.engine import events as ev
from app.engine.journal import Journal
from app.paths import Paths
from app.ui import header
from app.ui.app import CopilotApp

from .conftest import Study
from .test_model import model_of


def keys(app: CopilotApp) -> str:
    """The line that says what the keys do in the focused pane."""
    return app._main.bars["footer"].render_line(0).text


def test_counts_of_nothing_give_way_to_those_of_something(study: Study) -> None:
    study.add(
        ev.AlertRaised(alert=1, rule="stall", text="silent", run=1), ev.AlertRaised(alert=2, rule="disk", text="x")
    )
    model = model_of(study)
    roomy, short = header.status(model, 160).plain, header.status(model, 64).plain
    assert "▶ 0 running   ‖ 1 stalled   ◌ 0 queued" in roomy
    assert "● 3 need you  ! 2 alerts  ‖ 1 stalled" in short and "0 " not in short and "…" not in short


def test_experiments_have_room_in_the_strip_beside_long_titles(study: Study) -> None:
    study.idea(20, "a title that is much longer than any strip has room for")
    study.add(ev.AlertRaised(alert=1, rule="stall", text="Run 1 has written nothing for 5 minutes.", run=1))
    model = model_of(study)
    narrow, wide = header.strip(model, 100).plain, header.strip(model, 200).plain
    assert "diff 4 leaky slope" in wide and "2 leaky slope ● needs you" in wide
    assert "diff 4 leaky slope" not in narrow and "● diff 4" in narrow and "Experiments  2 leaky slope" in narrow


async def test_only_news_can_be_dismissed(study: Study) -> None:
    study.add(ev.AlertRaised(alert=1, rule="disk", text="The disk is nearly full."))
    journal = Journal.open(study.paths.journal)
    app = CopilotApp(study.paths, journal, ensure=lambda paths: None)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("4")
        app._main.panes["inbox"].select("step 2")  # type: ignore[attr-defined]
        app._main.draw_bars()
        assert "idea 2" in keys(app) and "open" in keys(app) and "dismiss" not in keys(app)
        app._main.panes["inbox"].select("alert 1")  # type: ignore[attr-defined]
        app._main.draw_bars()
        assert "alert 1" in keys(app) and "d dismiss" in keys(app)
    journal.close()


async def test_keys_about_a_point_come_with_the_point(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("6")
        assert "m metric" in keys(app) and "log line" not in keys(app)
        app._main.model.view.cursor = 3.0
        app._main.draw_bars()
        assert "log line" in keys(app)


async def test_an_empty_pane_offers_nothing_but_a_beginning(app: CopilotApp, tmp_path: Path) -> None:
    paths = Paths(tmp_path / "bare")
    paths.make()
    journal = Journal.create(paths.journal)
    journal.append(ev.WorkspaceOpened(workspace="w", name="bare", path=str(paths.workspace)))
    bare = CopilotApp(paths, journal, ensure=lambda paths: None)
    async with bare.run_test(size=(200, 50)) as pilot:
        await pilot.press("2")
        assert keys(bare).strip() == "+ write an idea"
        await pilot.press("5")
        assert keys(bare).strip() == ""
    journal.close()
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2")
        assert "+ write an idea" in keys(app) and "c compare" in keys(app)
        await pilot.press("5")
        assert "w wrap" in keys(app)


async def test_back_is_offered_where_something_is_open(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2")
        assert "Esc back" not in keys(app)
        await pilot.press("v")
        assert "Esc back" in keys(app)
