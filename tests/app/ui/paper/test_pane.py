"""The paper pane through its keys: outline, findings, related work, what cites a paragraph, search, other papers."""

from __future__ import annotations

import json

import pytest

from agents.research import Paper
from app.engine import commands as cmd
from app.engine import editing
from app.engine import events as ev
from app.ui import editor
from app.ui.app import CopilotApp

from ..conftest import PAPER, Study  # noqa: TID252
from ..test_decisions import asked  # noqa: TID252
from ..test_screen import main_of, text_of, until  # noqa: TID252

TABLE = "| model | loss |\n| --- | --- |\n| ReLU | 0.5 |"


def written(study: Study, number: int = 1, **changes: object) -> None:
    """Put another text in place of a paper, before the screen is opened."""
    record = {**PAPER, **changes}
    (study.paths.papers / f"{number}.json").write_text(json.dumps(record))


def paper(app: CopilotApp) -> Paper:
    found = main_of(app).model.paper()
    assert isinstance(found, Paper)
    return found


def page(app: CopilotApp) -> str:
    return text_of(app, "paper")


async def test_the_outline_counts_and_goes_to_a_section(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "o")
        rows = {row.split()[1]: row.split()[2:] for row in page(app).splitlines() if row.startswith(("1 ", "2 "))}
        assert rows == {"Introduction": ["2", "1"], "Questions": ["1", "1", "◂", "3", "steps"]}
        await pilot.press("j", "j", "enter")
        assert "▾ 2 Questions" in page(app) and "Outline" not in page(app)


@pytest.mark.parametrize("key", ["o", "t", "r"])
async def test_a_list_is_left_where_the_text_was(app: CopilotApp, key: str) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "l", "J")
        assert "▸¶2" in page(app)
        await pilot.press(key)
        assert "▸¶2" not in page(app)
        await pilot.press("escape")
        assert "▾ 1 Introduction" in page(app) and "▸¶2" in page(app)
        await pilot.press(key, key)
        assert "▸¶2" in page(app)


async def test_a_finding_leads_to_its_passage(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "t", "j", "enter")
        assert "▾ 2 Questions" in page(app) and "▸¶1" in page(app)


async def test_one_finding_is_edited_and_nothing_else_changes(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "t", "j", "e", *" at all", "enter")
        await until(pilot, lambda: bool(asked(study)))
        old = paper(app)
    [command] = asked(study)
    assert isinstance(command, cmd.RevisePaper) and command.paper == 1
    new = editing.paper_from_text(command.text, old)
    assert [gap.text for gap in new.gaps] == ["slopes not compared at all"]
    assert new.gaps[0].passage == old.gaps[0].passage and new.tasks == old.tasks


async def test_a_finding_is_added_on_the_chosen_paragraph(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "l", "J", "plus", *"gradients unknown", "enter")
        await until(pilot, lambda: bool(asked(study)))
        old = paper(app)
    [command] = asked(study)
    assert isinstance(command, cmd.RevisePaper)
    added = editing.paper_from_text(command.text, old).gaps[-1]
    assert (added.text, added.passage.where()) == ("gradients unknown", "§1 ¶2")


async def test_a_finding_without_its_kind_is_not_added(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "plus", "home", *["delete"] * 5, *"x", "enter")
        assert "Begin with task:, gap: or keyword:" in text_of(app, "footer")
    assert asked(study) == []


@pytest.mark.parametrize(("answer", "left"), [("y", 0), ("n", None)])
async def test_a_finding_is_deleted_after_a_yes_alone(
    app: CopilotApp, study: Study, answer: str, left: int | None
) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "t", "j", "d", answer)
        if left is not None:
            await until(pilot, lambda: bool(asked(study)))
        old = paper(app)
    texts = [command.text for command in asked(study) if isinstance(command, cmd.RevisePaper)]
    assert [len(editing.paper_from_text(text, old).gaps) for text in texts] == ([] if left is None else [left])


async def test_all_findings_are_edited_elsewhere(
    app: CopilotApp, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def edited(text: str, suffix: str, suspend: editor.Suspend) -> str:
        seen.append(suffix)
        return text.replace("classify digits", "classify letters")

    monkeypatch.setattr(editor, "edited", edited)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "e")
        await until(pilot, lambda: bool(asked(study)))
    [command] = asked(study)
    assert seen == [".toml"] and isinstance(command, cmd.RevisePaper) and "classify letters" in command.text


async def test_a_paragraph_names_the_steps_on_it_and_c_goes_through_them(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "l", "l")
        assert "◂ idea 2 → exp 2, idea 3" in page(app)
        shown = []
        for _ in range(4):
            await pilot.press("1", "c")
            view = main_of(app).model.view
            shown.append((view.pane, view.idea if view.pane == "ideas" else view.step))
        assert shown == [("ideas", 2), ("diff", 4), ("ideas", 3), ("ideas", 2)]


async def test_a_paragraph_without_steps_says_so(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "l", "c")
        assert "No idea stands on this paragraph" in text_of(app, "footer")
        assert main_of(app).model.view.pane == "paper"


async def test_related_work_is_ranked_and_leads_to_its_citation(app: CopilotApp, study: Study) -> None:
    introduction = ["Cubes were drawn before [1].", "Slopes of gradients were compared in one pass [2]."]
    section = {"number": "1", "title": "Introduction", "level": 1, "paragraphs": introduction}
    references = ["[1] A. Author. Cubes in a picture. 2001.", "[2] B. Other and C. More. Comparing slopes. 2002."]
    written(study, sections=[section, PAPER["sections"][1]], references=references)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "r")
        rows = [row for row in page(app).splitlines() if "2001" in row or "2002" in row]
        assert "Comparing slopes" in rows[0] and "Other" in rows[0] and "1×" in rows[0], rows
        assert "similarity to idea 2" in page(app)
        assert float(rows[0].split()[0]) > float(next(r for r in rows if "Cubes" in r).split()[0])
        await pilot.press("enter")
        assert "▾ 1 Introduction" in page(app) and "▸¶2" in page(app)


async def test_papers_are_turned_and_compared(app: CopilotApp, study: Study) -> None:
    written(study, 2, title="Slopes in one pass")
    study.add(ev.PaperRead(paper=2, title="Slopes", source="q.md", file="papers/2.json", sha256="1" * 64))
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "r")
        await until(pilot, lambda: "Slopes in one pass" in page(app))
        await pilot.press("right_square_bracket")
        assert page(app).startswith("Slopes in one pass") and "▾ Abstract" in page(app)
        await pilot.press("left_square_bracket")
        assert page(app).startswith("On small activations")


async def test_a_single_paper_has_no_neighbour(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "right_square_bracket")
        assert "There is no other paper here" in text_of(app, "footer")


async def test_search_counts_every_place_and_goes_through_them(app: CopilotApp, study: Study) -> None:
    written(study, sections=[{**PAPER["sections"][0], "paragraphs": ["one slope, one gate", "a pass in one go"]}])
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1", "slash", *"ONE", "enter")
        pane = main_of(app).paper
        await until(pilot, lambda: "4 matches for “ONE”" in text_of(app, "footer"))
        places = []
        for _ in range(5):
            shown = [piece.text for row in pane.body for piece in row.pieces if piece.look == "alert"]
            assert shown == ["one"]
            places.append((main_of(app).model.view.section, main_of(app).model.view.spot))
            await pilot.press("n")
        assert places == [(0, 0), (1, 0), (1, 0), (1, 1), (0, 0)]
        await pilot.press("N")
        assert (main_of(app).model.view.section, main_of(app).model.view.spot) == (0, 0)


async def test_formulas_and_tables_are_set(app: CopilotApp, study: Study) -> None:
    texts = [r"Let $\alpha_i$ be small.", TABLE]
    written(study, abstract=r"We study $\frac{a}{b}$.", sections=[{**PAPER["sections"][0], "paragraphs": texts}])
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1")
        await until(pilot, lambda: "We study a/b." in page(app))
        await pilot.press("l")
        assert "Let αᵢ be small." in page(app) and "model   loss" in page(app) and "|" not in page(app)


async def test_the_chosen_paragraph_is_always_in_view(app: CopilotApp, study: Study) -> None:
    texts = [f"Paragraph {n}. " + "word " * 60 for n in range(20)]
    written(study, abstract="", sections=[{**PAPER["sections"][0], "paragraphs": texts}])
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1")
        assert "▸¶1" in page(app)
        await pilot.press("pagedown", "pagedown", "pagedown")
        assert page(app).count("▸¶") == 1 and "▸¶1 " not in page(app)
        await pilot.press("G")
        assert page(app).count("▸¶") == 1
        shown = main_of(app).paper.paragraph_shown()
        assert shown is not None and shown[0] == "1" and f"▸¶{shown[1]}" in page(app)


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24)])
@pytest.mark.parametrize("key", ["o", "t", "r", "l"])
async def test_no_row_is_wider_than_the_pane(app: CopilotApp, size: tuple[int, int], key: str) -> None:
    async with app.run_test(size=size) as pilot:
        await pilot.press("1", key)
        pane = main_of(app).paper
        assert pane.body and all(row.width <= pane.text_width for row in pane.body)


async def test_hostile_text_stays_text(app: CopilotApp, study: Study) -> None:
    hostile = "a\x1b[2Jb \u202ec $\\alpha\x1b]52;c;aGk=\x07$ d"
    finding = {"text": hostile, "passage": {"section": "1", "paragraph": 1, "text": hostile}}
    written(
        study,
        title=hostile,
        sections=[{"number": "1", "title": hostile, "level": 1, "paragraphs": [hostile, f"| {hostile} | b |"]}],
        gaps=[finding],
        references=[f"[1] {hostile}. {hostile}. 2001."],
    )
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.press("1")
        for key in ("l", "o", "t", "r", "j"):
            await pilot.press(key)
            assert all(letter.isprintable() or letter == "\n" for letter in page(app)), key
