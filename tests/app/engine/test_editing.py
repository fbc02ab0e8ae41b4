"""What a human gets in the editor, and the way back: nothing else changes, nothing unknown is taken."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.research import Finding, Idea, Paper, Passage, Section
from app.engine import editing

PASSAGE = Passage(section="2", paragraph=1, text="A higher learning rate is used.")
IDEA = Idea(
    title="Higher learning rate",
    slug="learning-rate-higher",
    component="learning-rate:higher",
    passage=PASSAGE,
    hypothesis="It lowers the loss.",
    rationale="The paper says so.",
    expected="val_loss lower by 0.05",
    plan=("Edit.", "Run."),
    kill_test="one screening run",
    score=0.6,
    evidence=("learning rate",),
    target="train.py:6 lr=0.1",
)
PAPER = Paper(
    title="Rates",
    abstract="",
    sections=(Section(number="1", title="Method", level=1, paragraphs=("We classify digits.", "Rates matter.")),),
    tasks=(Finding(text="classify digits", passage=Passage(section="1", paragraph=1, text="We classify digits.")),),
)
LINES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1).filter(str.strip)


def test_an_idea_comes_back_as_it_was() -> None:
    assert editing.idea_from_text(editing.idea_text(IDEA), IDEA) == IDEA


@given(title=LINES, plan=st.lists(LINES, min_size=1, max_size=3))
def test_any_words_survive_the_editor(title: str, plan: list[str]) -> None:
    mine = dataclasses.replace(IDEA, title=title.strip(), plan=tuple(plan))
    found = editing.idea_from_text(editing.idea_text(mine), IDEA)
    assert (found.title, found.plan) == (mine.title, mine.plan)


def test_an_edit_cannot_touch_passage_score_or_component() -> None:
    text = editing.idea_text(IDEA).replace("It lowers", "I say it lowers")
    found = editing.idea_from_text(text, IDEA)
    assert found == dataclasses.replace(IDEA, hypothesis="I say it lowers the loss.")
    for line in ("score = 1.0", 'component = "x"', "[passage]\ntext = 'mine'", 'reviews = "excellent"'):
        with pytest.raises(editing.EditError, match="Unknown key"):
            editing.idea_from_text(f"{editing.idea_text(IDEA)}\n{line}\n", IDEA)


def test_a_new_title_gives_a_branch_name_that_git_takes() -> None:
    text = editing.idea_text(IDEA).replace('"Higher learning rate"', '"Étude: ../../evil; rm -rf ~  --"')
    slug = editing.idea_from_text(text, IDEA).slug
    assert slug and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") and not slug.startswith("-")
    odd = editing.idea_text(IDEA).replace('"Higher learning rate"', '"数学"')
    assert editing.idea_from_text(odd, IDEA).slug == "idea"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('title = "Higher learning rate"', "title = ", "not TOML"),
        ('title = "Higher learning rate"', 'title = ""', "`title`"),
        ('title = "Higher learning rate"', "title = 3", "`title`"),
        ('title = "Higher learning rate"\n', "", "`title`"),
        ('"Edit."', "1", "`plan`"),
    ],
)
def test_a_mistake_is_named(old: str, new: str, said: str) -> None:
    text = editing.idea_text(IDEA)
    assert old in text
    with pytest.raises(editing.EditError, match=said):
        editing.idea_from_text(text.replace(old, new), IDEA)


def test_findings_keep_their_passages_and_own_words_say_so() -> None:
    found = editing.paper_from_text('tasks = ["classify digits", "rates MATTER", "fold laundry"]\n', PAPER)
    kept, found_again, own = found.tasks
    assert kept == PAPER.tasks[0]
    assert (found_again.passage.section, found_again.passage.paragraph) == ("1", 2)
    assert own.passage.section == "your own words"
    assert found.gaps == () and found.sections == PAPER.sections
    assert editing.paper_from_text(editing.paper_text(PAPER), PAPER) == PAPER


@pytest.mark.parametrize("text", ["tasks = 3", "tasks = [3]", 'tasks = [" "]', 'title = "mine"', "tasks = ["])
def test_findings_that_are_no_lists_of_texts_are_refused(text: str) -> None:
    with pytest.raises(editing.EditError):
        editing.paper_from_text(text, PAPER)


def test_a_file_of_the_editor_is_what_the_text_says(tmp_path: Path) -> None:
    file = tmp_path / "idea.toml"
    file.write_text(editing.idea_text(IDEA))
    assert "cannot be changed here" in file.read_text() and PASSAGE.text in file.read_text()


def test_findings_come_back_as_they_were_with_their_places() -> None:
    found = {"tasks": PAPER.tasks, "gaps": (Finding(text="mine", passage=MINE),), "keywords": ()}
    paper = dataclasses.replace(PAPER, gaps=found["gaps"])
    assert editing.paper_from_text(editing.findings_text(found), paper) == paper


MINE = Passage(section="your own words", paragraph=1, text="mine")


def test_a_finding_stands_where_its_row_says() -> None:
    added = Finding(text="rates unclear", passage=Passage(section="1", paragraph=2, text=""))
    text = editing.findings_text({"tasks": PAPER.tasks, "gaps": (added,), "keywords": ()})
    new = editing.paper_from_text(text, PAPER)
    assert new.gaps == (Finding(text="rates unclear", passage=Passage(section="1", paragraph=2, text="Rates matter.")),)
    assert new.tasks == PAPER.tasks


@pytest.mark.parametrize(("section", "paragraph"), [("1", 3), ("2", 1), ("1", 0)])
def test_a_place_that_is_not_in_the_paper_is_refused(section: str, paragraph: int) -> None:
    added = Finding(text="rates", passage=Passage(section=section, paragraph=paragraph, text=""))
    text = editing.findings_text({"tasks": (), "gaps": (added,), "keywords": ()})
    with pytest.raises(editing.EditError, match="There is no paragraph"):
        editing.paper_from_text(text, PAPER)


@pytest.mark.parametrize("row", ["7", '{ text = "a" }', '{ text = "", section = "1", paragraph = 1 }'])
def test_a_row_that_is_no_finding_is_refused(row: str) -> None:
    with pytest.raises(editing.EditError, match="must be a list of texts"):
        editing.paper_from_text(f"gaps = [{row}]", PAPER)
