"""Selection: what is shown stays shown, drafts come back, broken files become sentences."""

from __future__ import annotations

import pytest

from app.engine import events as ev
from app.ui.model import Model, View

from .conftest import Study


def model_of(study: Study, view: View | None = None) -> Model:
    """A settled model."""
    made = Model(study.paths, study.journal.state(), view or View(), lambda: 0.0)
    made.settle()
    return made


def test_the_first_open_step_is_shown(study: Study) -> None:
    model = model_of(study)
    assert (model.view.idea, model.view.step, model.view.paper) == (2, 4, 1)


def test_a_new_proposal_does_not_move_the_view(study: Study) -> None:
    model = model_of(study, View(idea=3, step=4))
    study.idea(9, "newer")
    study.add(ev.StepProposed(step=10, kind="contract", title="c", card="0" * 64))
    model.state = study.journal.state()
    assert model.settle() is False
    assert (model.view.idea, model.view.step) == (3, 4)


def test_what_is_filled_in_counts_as_a_move(study: Study) -> None:
    model = Model(study.paths, study.journal.state(), View(), lambda: 0.0)
    assert model.settle() is True
    assert model.settle() is False


def test_next_goes_round_what_goes_on_after_a_yes_first(study: Study) -> None:
    model = model_of(study)
    seen = []
    for _ in range(4):
        step = model.next_needed()
        assert step is not None
        model.view.pane = model.select(step)
        seen.append(step.id)
    assert seen == [4, 2, 3, 4]


def test_an_evaluation_that_went_well_does_not_hide_its_run(study: Study) -> None:
    def ended(run: int, reason: str) -> ev.RunEnded:
        return ev.RunEnded(run=run, reason=reason, detail="", code=0, seconds=1.0)

    queued = ev.RunQueued(
        run=2, experiment=1, purpose="evaluation", split="valid", seeds=(7,), backend="docker", step=1, evaluates=1
    )
    study.add(ended(1, "finished"), queued, ev.RunStarted(run=2), ended(2, "finished"))
    shown = model_of(study).run()
    assert shown is not None and shown.id == 1
    third = ev.RunQueued(
        run=3, experiment=1, purpose="evaluation", split="valid", seeds=(7,), backend="docker", step=1, evaluates=1
    )
    study.add(third, ev.RunStarted(run=3), ended(3, "crashed"))
    shown = model_of(study).run()
    assert shown is not None and shown.id == 3


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"pane": "nowhere"}', '{"pane": 3}'])
def test_a_draft_of_another_version_is_no_draft(text: str) -> None:
    assert View.load(text) == View()


def test_a_draft_comes_back() -> None:
    view = View(pane="log", idea=3, follow=False, section=2)
    assert View.load(view.dump()) == view
    assert View.load(view.dump()[:-1] + ', "unknown": 1}') == view


def test_broken_files_are_sentences(study: Study) -> None:
    model = model_of(study)
    step = model.step()
    assert step is not None
    (study.paths.cards / f"{step.card}.json").write_bytes(b"{}")
    assert "was changed on disk" in str(model.card(step))
    (study.paths.papers / "1.json").write_text('{"title": 3}')
    assert "cannot be shown" in str(model.paper())
