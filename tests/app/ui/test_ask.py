"""Questions say all they ask, whatever the width, and what Enter does where there is room for it."""

from __future__ import annotations

from app.ui.app import CopilotApp
from app.ui.screens.ask import Ask
from app.ui.widgets.bar import Bar

QUESTION = "Stop all 12 runs? What they have written is kept, nothing is undone. Type stop to do it"


async def asked(app: CopilotApp, width: int, question: str) -> list[str]:
    """The rows of a question at a width."""
    async with app.run_test(size=(width, 24)) as pilot:
        app.push_screen(Ask(question, enter="stop"))
        await pilot.pause()
        bar = app.screen.query_one(Bar)
        await pilot.pause()
        return [bar.render_line(row).text.rstrip() for row in range(bar.size.height)]


async def test_a_long_question_takes_another_row_instead_of_losing_its_end(app: CopilotApp) -> None:
    rows = await asked(app, 80, QUESTION)
    assert len(rows) == 2 and rows[1].endswith("do it   ⏎ stop   Esc cancel")
    assert " ".join(rows).startswith("Stop all 12 runs? What they have written is kept")


async def test_keys_are_left_out_before_words_are(app: CopilotApp) -> None:
    rows = await asked(app, 80, QUESTION[:72])
    assert rows == [QUESTION[:72].rstrip()]


async def test_a_short_question_has_its_keys_beside_it(app: CopilotApp) -> None:
    assert await asked(app, 80, "Why?") == ["Why?   ⏎ stop   Esc cancel"]
