"""The rows of the inbox: states in full, one column of ages, titles as the ideas' table calls them."""

from __future__ import annotations

import pytest

from app.engine import events as ev
from app.ui import agenda, signs
from app.ui.model import Model

from .conftest import Study
from .test_model import model_of


def drawn(model: Model, width: int) -> list[str]:
    """The rows as text."""
    return [row.line().plain for row in agenda.rows(model, width)]


@pytest.mark.parametrize("width", [40, 54, 76, 116, 196])
def test_every_row_fits_and_says_its_state_in_full(study: Study, width: int) -> None:
    study.add(
        ev.ExperimentOpened(experiment=3, title="open", slug="o", base="b" * 40, idea=3, contract="c"),
        ev.AlertRaised(alert=1, rule="disk", text="The disk of this workspace is nearly full; 1 GiB is left on it."),
    )
    rows = drawn(model_of(study), width)
    assert max(len(row.rstrip()) for row in rows) <= width
    assert any(row.rstrip().endswith("◌ agent writes") for row in rows)


def test_ages_of_items_and_alerts_end_in_one_column(study: Study) -> None:
    study.add(ev.AlertRaised(alert=1, rule="disk", text="The disk is nearly full."))
    model = model_of(study)
    model.now = lambda: model.state.waiting()[0].since + 3 * 3600.0 + 30.0
    rows = [row for row in drawn(model, 76) if row.endswith(" m")]
    assert len(rows) == 4 and {len(row) for row in rows} == {76}
    assert all(row.endswith("  3 h 00 m") for row in rows)


def test_a_silent_run_is_stalled_wherever_it_is_shown(study: Study) -> None:
    run = study.journal.state().runs[1]
    assert signs.of_run(run).word == "running"
    assert signs.of_run(run, stalled=True) == signs.STALLED


def test_a_family_is_left_out_before_a_name_alone(study: Study) -> None:
    component = {"component": "activation:relu"}
    for number, title in (
        (20, "Activation max(x, 0.1·x)"),
        (21, "Activation GELU"),
        (22, "Activation that is learned"),
    ):
        card = study.idea_card(title)
        study.add(ev.StepProposed(step=number, kind="idea", title=title, card=card, paper=1, summary=component))
    steps = study.journal.state().steps
    assert [signs.short_title(steps[number]) for number in (20, 21, 22)] == [
        "max(x, 0.1·x)",
        "GELU",
        "Activation that is learned",
    ]
    study.add(
        ev.ExperimentOpened(experiment=3, title="Activation GELU", slug="g", base="b" * 40, idea=21, contract="c")
    )
    assert any(row.startswith("  3  GELU ") for row in drawn(model_of(study), 76))
