"""In a small pane, what a yes would do stays in view; the rest of the facts scrolls."""

from __future__ import annotations

import pytest

from app.engine.journal import Journal
from app.ui.app import CopilotApp

from ..conftest import Study  # noqa: TID252


@pytest.mark.parametrize(("why", "in_view"), [("keeps a gradient", True), ("word " * 60, False)])
async def test_what_a_yes_would_do_stays_in_view(study: Study, why: str, in_view: bool) -> None:
    checks = {f"check number {number} of many": "ok" for number in range(3)}
    study.diff(5, study.diff_card(why=why, checks=checks, branch="copilot/2-" + "long-" * 20, title="second"))
    with Journal.open(study.paths.journal) as journal:
        app = CopilotApp(study.paths, journal, ensure=lambda paths: None)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("3", "]")
            diff = app.get_default_screen().panes["diff"]  # type: ignore[attr-defined]
            rows = [diff.render_line(y).text for y in range(diff.text_height)]
    assert any(row.startswith("Will run") for row in rows) and any(row.startswith("Your yes") for row in rows)
    assert any(row.startswith("Checks") for row in rows) is in_view
