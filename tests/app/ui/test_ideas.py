"""The ideas pane with real keys: what is listed, marked, compared; and what a decision from it means."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from agents.grammar import catalogue
from app.engine import cards
from app.engine import commands as cmd
from app.engine import events as ev
from app.ui.app import CopilotApp
from app.ui.model import View
from app.ui.widgets.ideas import Ideas

from .conftest import Clock, Study
from .test_decisions import asked
from .test_screen import main_of, text_of, until

IDEAS = ("activation:leaky", "activation:learned-leaky", "activation:sine-mix", "normalisation:layer")
"""As steps 2 to 5."""


def card_of(study: Study, name: str, **changes: Any) -> str:
    """The card of an idea of the catalogue."""
    known = catalogue()[name]
    idea = {
        "title": known.title,
        "slug": known.slug,
        "component": name,
        "passage": {"section": "2", "paragraph": 1, "text": "Nobody compared slopes in one pass."},
        "hypothesis": f"{known.title} lowers the loss",
        "rationale": known.mechanism,
        "expected": "0.05",
        "plan": ["change it", "run it"],
        "kill_test": "three trials",
        "score": 0.5,
        "evidence": ["slope"],
        "reviews": "not reviewed (no LLM)",
        "target": "model.py:20 nn.ReLU",
        **changes,
    }
    return cards.write(study.paths.cards, {"kind": "idea", "paper": 1, "agent": "offline (no LLM)", "idea": idea})


def propose(study: Study, step: int, component: str, support: str = "0.50", **changes: Any) -> None:
    """Propose an idea of the catalogue."""
    title = changes.get("title", catalogue()[component].title)
    summary = {"support": support, "where": "§2 ¶1", "component": component}
    card = card_of(study, component, **changes)
    study.add(ev.StepProposed(step=step, kind="idea", title=title, card=card, paper=1, summary=summary))


def reject(study: Study, step: int, reason: str) -> None:
    """Say no to an idea."""
    card = study.journal.state().steps[step].card
    study.add(ev.StepDecided(step=step, decision="rejected", by="ada (screen 1)", card=card, reason=reason))


@pytest.fixture
def study(tmp_path: Path) -> Iterator[Study]:
    """A paper and four ideas, of which 2 and 3 are nearly the same."""
    made = Study(tmp_path / "study")
    made.paper()
    for step, (component, support) in enumerate(zip(IDEAS, ("0.50", "0.90", "0.70", "0.60"), strict=True), 2):
        propose(made, step, component, support)
    yield made
    made.journal.close()


def pane_of(app: CopilotApp) -> Ideas:
    return app.screen_stack[0].query_one(Ideas)


def view_of(app: CopilotApp) -> View:
    return main_of(app).model.view


def numbers(app: CopilotApp) -> list[int]:
    return [step.id for step in pane_of(app).listed()]


async def learned(app: CopilotApp, pilot: Pilot[int]) -> None:
    """Until likeness is computed and drawn."""
    pane = pane_of(app)
    await until(pilot, lambda: pane.kin.complete() and not pane._learning)


async def test_novelty_follows_the_first_paint(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "j", "j")
        await learned(app, pilot)
        await until(pilot, lambda: "Closest" in text_of(app, "ideas"))
        text = text_of(app, "ideas")
        assert "novelty" in text and "supp." in text
        near = pane_of(app).kin.nearest(4)
        assert near is not None and f"idea {near.step}: {near.value:.2f}" in text
        assert "ReLU, which it" in text


async def test_sorting_by_key_and_by_a_click_on_the_header(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2")
        await learned(app, pilot)
        assert numbers(app) == [2, 3, 4, 5]
        await pilot.press("o", "o")
        novelty = pane_of(app).kin.novelty
        assert view_of(app).idea_sort == "novelty"
        assert numbers(app) == sorted([2, 3, 4, 5], key=lambda n: (-(novelty(n) or 0), n)) and numbers(app)[0] == 5
        await pilot.press("o")
        assert numbers(app) == [3, 4, 5, 2] and "▾supp." in text_of(app, "ideas")
        await pilot.click("#ideas", offset=(4, 1))
        assert view_of(app).idea_sort == "number" and "▴#" in text_of(app, "ideas")
        await pilot.click("#ideas", offset=(4, 4))
        assert view_of(app).idea == 4, "a click on a row selects it and sorts nothing"


async def test_a_filter_takes_effect_while_it_is_typed_and_escape_clears_it(app: CopilotApp, study: Study) -> None:
    reject(study, 4, "too wild")
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2")
        await learned(app, pilot)
        await pilot.press("slash", *"rejec")
        assert numbers(app) == [4] and view_of(app).idea == 4
        await pilot.press("home", "exclamation_mark", "enter")
        assert numbers(app) == [2, 3, 5]
        assert "/!rejec" in str(pane_of(app).border_subtitle)
        await pilot.press("escape")
        assert numbers(app) == [2, 3, 4, 5] and view_of(app).idea_filter == ""


async def test_a_filter_that_nothing_passes_says_how_to_leave_it(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "slash", *"zzz", "enter")
        assert "No idea matches the filter" in text_of(app, "ideas")
        await pilot.press("j", "v", "escape", "j")
        assert "No idea matches" not in text_of(app, "ideas")


async def test_what_is_sorted_filtered_and_marked_comes_back(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "space", "o", "slash", *"slope", "enter", "q")
    kept = View.load(study.journal.draft("screen", "view"))
    assert (kept.idea_sort, kept.idea_filter, kept.marked) == ("state", "slope", [2])


async def test_two_marked_ideas_are_compared_and_nothing_there_can_be_accepted(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "c")
        assert "Mark two ideas" in text_of(app, "footer") and view_of(app).idea_page == ""
        await learned(app, pilot)
        await pilot.press("space", "j", "c")
        text = text_of(app, "ideas")
        alike = pane_of(app).kin.likeness(2, 3)
        assert alike is not None and f"idea 2 ↔ idea 3  similarity {alike.value:.2f}" in text
        assert "≠ Title" in text and "= Kill test" in text
        await pilot.press("a")
        assert asked(study) == [] and "Nothing is shown here" in text_of(app, "footer")
        await pilot.press("c", "a")
        await until(pilot, lambda: bool(asked(study)))
    assert asked(study) == [cmd.Decide(step=3, decision="accepted", card=study.journal.state().steps[3].card)]


async def test_compared_ideas_stand_beside_each_other_where_there_is_room(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "space", "j", "c", "f")
        rows = text_of(app, "ideas").splitlines()
        (title,) = [row for row in rows if row.startswith("≠ Title")]
        assert "max(x, 0.1·x)" in title and "│" in title and "learned k" in title


async def test_a_third_mark_lets_the_first_go(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "space", "j", "space", "j", "space")
        assert view_of(app).marked == [3, 4] and "2 marked" in str(pane_of(app).border_subtitle)
        await pilot.press("space")
        assert view_of(app).marked == [3]


async def test_the_heat_map_names_the_nearest(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2")
        await learned(app, pilot)
        await pilot.press("v")
        text = text_of(app, "ideas")
        assert "█ ≥ 0.8  ▓ ≥ 0.6" in text and "▸  2" in text and "Nearest     idea 3" in text
        await pilot.press("j")
        assert "▸  3" in text_of(app, "ideas") and "Nearest     idea 2" in text_of(app, "ideas")
        await pilot.press("a")
        assert "Nothing is shown here" in text_of(app, "footer")
        await pilot.press("escape")
        assert "▴#" in text_of(app, "ideas") and view_of(app).idea == 3


async def test_a_rejected_idea_like_this_one_is_remembered(app: CopilotApp, study: Study) -> None:
    reject(study, 3, "same as 2 up to a constant")
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("2", "f")
        await learned(app, pilot)
        assert "You rejected #3" in text_of(app, "ideas") and "same as 2 up to a constant" in text_of(app, "ideas")
        await pilot.press("G")
        assert "You rejected" not in text_of(app, "ideas"), "a normalisation is not like a slope"


async def test_an_edited_idea_is_compared_anew(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await learned(app, pilot)
        kin = pane_of(app).kin
        before = kin.nearest(2)
        assert before is not None and before.step == 3
        card = card_of(study, "activation:leaky", title="Dropout", component="", hypothesis="It forgets", rationale="")
        study.add(ev.StepRevised(step=2, card=card, by="ada", title="Dropout"))
        await until(pilot, lambda: kin._known[2].card == card)
        await learned(app, pilot)
        other = kin.nearest(3)
        assert other is not None and other.step != 2


async def test_cost_is_planned_and_then_spent(app: CopilotApp, study: Study, clock: Clock) -> None:
    row: dict[str, Any] = {
        "limits": {"wall_seconds": 60.0, "memory_bytes": 1},
        "backend": "docker",
        "isolation": "container",
    }
    row |= {"environment": "e", "network": False, "command": ["x"]}
    runs = [{"purpose": "prepare", "trials": 1, **row}, {"purpose": "screening", "trials": 3, **row}]
    runs += [{"purpose": "evaluation", "trials": 3, **row}, {"purpose": "confirmation", "trials": 13, **row}]
    contract = cards.write(
        study.paths.cards,
        {"kind": "contract", "text": "", "base": "b", "environment": {"digest": "e"}, "will_run": runs},
    )
    study.add(ev.StepProposed(step=9, kind="contract", title="contract", card=contract))
    study.add(
        ev.ExperimentOpened(experiment=2, title="t", slug="t", base="b" * 40, idea=3, contract="c"),
        ev.RunQueued(run=4, experiment=2, purpose="screening", split="v", seeds=(1, 2, 3), backend="docker", step=9),
        ev.RunEnded(run=4, reason="finished", detail="", code=0, seconds=12.0),
    )
    async with app.run_test(size=(200, 60)) as pilot:
        await until(pilot, lambda: main_of(app).model.state.spent_seconds > 0)
        clock.seconds += 1
        await pilot.press("2", "f", "g")
        assert "3 + 13 trials · ≤ 3 m 00 s · 0 tokens" in text_of(app, "ideas")
        await pilot.press("j")
        assert "3 trials · 12 s spent · 0 tokens" in text_of(app, "ideas")


async def test_hostile_text_stays_text(app: CopilotApp, study: Study) -> None:
    propose(study, 8, "activation:leaky", title="[red]x\x1b[31m\x9b2J\u202e", hypothesis="\x1b]0;owned\x07 y")
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: len(numbers(app)) == 5)
        await pilot.press("2", "G", "space", "k")
        await learned(app, pilot)
        for keys in ((), ("c",), ("c", "v")):
            await pilot.press(*keys)
            text = text_of(app, "ideas")
            assert not {"\x1b", "\x9b", "\x07", "\u202e"} & set(text)
            assert "[red]x" in text


async def test_all_sizes_draw_all_pages(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("2", "space", "j")
        await learned(app, pilot)
        for size in ((200, 50), (120, 40), (80, 24), (62, 16)):
            await pilot.resize_terminal(*size)
            for page in ("c", "v", "escape"):
                await pilot.press(page)
                rows = text_of(app, "ideas").splitlines()
                assert any(rows) and max(map(len, rows)) <= pane_of(app).size.width


async def test_a_long_passage_is_cut_and_stands_in_full_below(app: CopilotApp, study: Study, clock: Clock) -> None:
    text = " ".join(f"word{number}" for number in range(120))
    propose(study, 8, "activation:leaky", passage={"section": "2", "paragraph": 1, "text": text})
    async with app.run_test(size=(200, 90)) as pilot:
        await until(pilot, lambda: len(numbers(app)) == 5)
        clock.seconds += 1
        await pilot.press("2", "G")
        shown = "\n".join(row.plain for row in pane_of(app).body)
        assert "…”" in shown and shown.count("word0 ") == 2
        assert shown.count("word119") == 1, "in full once"
