"""Ideas that a human wrote: the form and its reader, and the way of such an idea from the form to a run."""

from __future__ import annotations

import dataclasses

import pytest
from workbench import TRAIN, Study

from agents.grammar import catalogue
from agents.research import Finding, Paper, Passage, Section
from app.engine import commands as cmd
from app.engine import idea_form, proposals
from app.engine.editing import EditError

COMPONENTS = tuple(catalogue())
GAP = Passage(section="1", paragraph=2, text="Rates matter.")
PAPER = Paper(
    title="Rates",
    abstract="On rates.",
    sections=(Section(number="1", title="Method", level=1, paragraphs=("We classify digits.", "Rates matter.")),),
    gaps=(Finding(text="rates", passage=GAP),),
)
MINE = dataclasses.replace(idea_form.blank(GAP), title="Warm restarts", hypothesis="Restarts lower the loss.")
FORM = 'title = "Halve the noise"\nhypothesis = "It lowers val_loss by 0.1."\n'


def test_a_filled_form_comes_back_as_the_idea() -> None:
    text = idea_form.form(MINE, PAPER, COMPONENTS)
    assert "§1 ¶2  “Rates matter.”" in text and COMPONENTS[0] in text
    assert idea_form.read(text, PAPER, COMPONENTS) == dataclasses.replace(MINE, slug="warm-restarts")


def test_the_words_of_a_passage_are_the_papers() -> None:
    text = idea_form.form(MINE, PAPER, COMPONENTS)
    moved = idea_form.read(text.replace('passage = "§1 ¶2"', 'passage = "§Method ¶1"'), PAPER, COMPONENTS)
    assert moved.passage.text == "We classify digits."
    own = idea_form.read(text.replace('passage = "§1 ¶2"', 'passage = ""'), PAPER, COMPONENTS)
    assert own.passage.section == idea_form.OWN_WORDS and own.passage.text == "Restarts lower the loss."
    assert idea_form.read(text.replace('§1 ¶2"', '§Abstract ¶1"'), PAPER, COMPONENTS).passage.text == "On rates."


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ('"Warm restarts"', '" "', "`title` must be a text"),
        ('"Restarts lower the loss."', '""', "`hypothesis` must be a text"),
        ('"Warm restarts"', "Warm", "not TOML"),
        ('passage = "§1 ¶2"', 'passage = "§9 ¶1"', "no paragraph §9 ¶1"),
        ('passage = "§1 ¶2"', 'passage = "there"', "must be like §2 ¶1"),
        ('passage = "§1 ¶2"', "passage = 3", "must be texts"),
        ('component = ""', 'component = "magic"', "`magic` is no component"),
        ('component = ""', "score = 1.0", "Unknown key `score`"),
    ],
)
def test_what_cannot_be_read_is_said(old: str, new: str, why: str) -> None:
    text = idea_form.form(MINE, PAPER, COMPONENTS)
    assert old in text
    with pytest.raises(EditError, match=why):
        idea_form.read(text.replace(old, new), PAPER, COMPONENTS)


def test_merging_keeps_what_both_say_once() -> None:
    first = dataclasses.replace(MINE, plan=("Edit.", "Run."), component=COMPONENTS[0])
    second = dataclasses.replace(MINE, title="Cold", hypothesis="It cools.", plan=("Edit.", "Wait."))
    both = idea_form.merged(first, second)
    assert both.title == "Warm restarts + Cold" and both.plan == ("Edit.", "Run.", "Wait.")
    assert both.hypothesis == "Restarts lower the loss.\nIt cools."
    assert both.component == "" and idea_form.merged(first, first).component == COMPONENTS[0]


def test_an_idea_with_a_component_goes_the_way_of_the_agents_own(study: Study) -> None:
    study.read(1)
    form = FORM + 'passage = "§Abstract ¶1"\ncomponent = "learning-rate:higher"\n'
    component = next(name for name in COMPONENTS if name.startswith("optim") or "rate" in name)
    answer = study.ask(cmd.WriteIdea(text=form.replace("learning-rate:higher", component), paper=1))
    assert answer.status == "done", answer
    idea = study.newest("idea")
    card = study.card(idea)
    assert card["origin"] == "written by hand" and idea.summary["support"] == "–"
    assert card["idea"]["reviews"] == "not reviewed (no LLM)" and card["idea"]["component"] == component


def test_a_free_idea_gets_a_diff_that_the_human_writes_and_runs(study: Study) -> None:
    study.ask(cmd.WriteIdea(text=FORM))
    idea = study.newest("idea")
    study.yes(idea)
    blank = study.wait_diff(idea)
    card = study.card(blank)
    assert card["patch"] == "" and card["files"]["train.py"] == TRAIN
    refused = study.decide(blank)
    assert refused.status == "refused" and "nothing yet; edit it" in refused.text

    protected = study.ask(cmd.Revise(step=blank.id, card=blank.card, text="x = 1\n", path="evaluate.py"))
    assert protected.status == "refused" and "protected" in protected.text
    mine = TRAIN + "# mine\n"
    taken = study.ask(cmd.Revise(step=blank.id, card=blank.card, text=mine, path="train.py"))
    assert taken.status == "done", taken
    written = study.step(blank.id)
    assert "+# mine" in study.card(written)["patch"] and "files" not in study.card(written)
    assert [note[:9] for note in study.card(written)["notes"]] == ["edited by"]
    study.yes(written)
    assert written.experiment is not None
    study.wait_end(written.experiment)


def test_the_policy_leaves_a_blank_diff_to_the_human(study: Study) -> None:
    study.ask(cmd.WriteIdea(text=FORM))
    study.ask(cmd.TurnDial(dial="auto", ideas=1))
    study.wait(lambda state: state.dial == "gated", "the policy to be done")
    blank = study.wait_diff(study.newest("idea", "accepted"))
    assert blank.phase == "proposed"
    assert not [n for n in study.state.notices if n.about == f"step {blank.id}"]


def test_a_merged_idea_names_its_parents_and_leaves_them(study: Study) -> None:
    first, second = study.read(2)
    assert study.ask(cmd.WriteIdea(text=FORM, merged=(first.id, second.id))).status == "done"
    child = study.newest("idea")
    assert child.summary["origin"] == f"merged from {first.id} and {second.id}"
    assert study.card(child)["merged"] == [first.id, second.id]
    assert {study.step(first.id).phase, study.step(second.id).phase} == {"proposed"}
    stranger = study.ask(cmd.WriteIdea(text=FORM, merged=(first.id, 99)))
    assert stranger.status == "refused" and "no idea 99" in stranger.text


def test_an_edit_keeps_who_wrote_it(study: Study) -> None:
    from app.engine import editing

    study.ask(cmd.WriteIdea(text=FORM))
    idea = study.newest("idea")
    before = study.card(idea)
    text = editing.idea_text(proposals.idea_from(before["idea"])).replace("Halve", "Double")
    assert study.revise(idea, text).status == "done"
    after = study.card(study.step(idea.id))
    assert after["idea"]["title"] == "Double the noise"
    assert (after["origin"], after["agent"]) == (before["origin"], before["agent"])
