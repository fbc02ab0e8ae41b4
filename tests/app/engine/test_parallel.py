"""Runs at once: one by default, as many as the setting says; a real engine, real runs."""

from __future__ import annotations

import pytest
from workbench import Study

from app import config
from app.engine.state import RunState, WorkspaceState

SLEEPS = 'import time\nprint("val_loss: 0.5", flush=True)\ntime.sleep(60)\n'


def two_experiments(study: Study) -> None:
    """Two accepted diffs whose runs last."""
    study.wait_quiet()
    for number, idea in enumerate(study.read(wanted=2)[:2]):
        study.yes(idea)
        diff = study.wait_diff(idea)
        assert study.revise(diff, study.patch(f"# {number}\n{SLEEPS}")).status == "done"
        study.yes(study.step(diff.id))


def going(state: WorkspaceState) -> list[RunState]:
    return state.running()


@pytest.mark.parametrize("setting", ["2", ""])
def test_as_many_runs_go_on_as_the_setting_says(study: Study, setting: str) -> None:
    if setting:
        config.keep(study.paths, parallel=setting)
    two_experiments(study)
    wanted = int(setting or 1)
    state = study.wait(lambda now: len(going(now)) == wanted and len(going(now)) + len(now.queued()) == 2, "the runs")
    assert len({run.experiment for run in (*state.running(), *state.queued())}) == 2
    assert len(study.state.running()) == wanted


def test_a_number_that_is_none_is_refused(study: Study) -> None:
    with pytest.raises(config.ConfigError, match="parallel"):
        config.keep(study.paths, parallel="0")
