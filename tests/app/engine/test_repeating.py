"""A run that left no score is done again under the yes that covered it, and asks for a new one where that moved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from workbench import CONTRACT, TRAIN, Study

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.state import ExperimentState, RunState


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A file outside that `wanting` code cannot do without."""
    return tmp_path / "data"


def wanting(data: Path) -> str:
    """The training script, which ends badly until its data are there."""
    line = f"import pathlib; pathlib.Path({str(data)!r}).exists() or sys.exit('no data')"
    return TRAIN.replace("for seed in map(int", f"{line}\nfor seed in map(int")


def only_run(study: Study, experiment: ExperimentState) -> RunState:
    (number,) = experiment.runs
    return study.state.runs[number]


def crashed(study: Study, data: Path) -> tuple[ExperimentState, RunState]:
    """An experiment whose only run ended badly, and the run."""
    end = study.tested(study.read(1)[0], wanting(data))
    assert end.verdict is not None and end.verdict["word"] == "crashed"
    return end, only_run(study, end)


def test_a_crashed_experiment_goes_on_to_a_verdict_under_the_same_yes(study: Study, data: Path) -> None:
    end, run = crashed(study, data)
    assert f"mlrc reproduce {run.id}" in str((end.verdict or {})["why"])
    data.touch()
    said = study.mlrc("reproduce", str(run.id))
    assert said.code == 0 and f"under the yes to step {end.diff}" in said.out, said

    again = study.wait_end(end.id)
    assert again.verdict is not None and again.verdict["word"] != "crashed"
    second = study.state.runs[again.runs[1]]
    assert study.state.runs[run.id].repeated and second.seeds == run.seeds and second.step == run.step
    first_spec, second_spec = (json.loads((study.paths.run(n) / "spec.json").read_text()) for n in again.runs[:2])
    assert {key for key in first_spec if first_spec[key] != second_spec[key]} == {"run"}
    assert [s.phase for s in study.state.steps.values() if s.kind == "verdict"] == ["stale", "proposed"]
    study.assert_sound()


def test_a_baseline_takes_what_waited_for_it_along(make_study: Callable[..., Study], data: Path) -> None:
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": wanting(data)}).confirmed()
    baseline = study.wait_end(1)
    diff = study.proposed(study.read(1))
    study.yes(diff)
    held_up = study.wait_end(diff.experiment or 0)
    assert (baseline.phase, held_up.phase, held_up.runs) == ("failed", "failed", [])

    data.touch()
    assert study.ask(cmd.RunAgain(run=only_run(study, baseline).id)).status == "done"
    assert study.wait_end(1).phase == "closed"
    end = study.wait_end(held_up.id)
    assert end.verdict is not None and end.verdict["word"] != "crashed"
    assert [e.experiment for e in study.events(ev.ExperimentResumed)] == [1, held_up.id]
    study.assert_sound()


def test_what_measured_something_stands(study: Study, data: Path) -> None:
    end, run = crashed(study, data)
    measured = study.state.experiments[1].runs[0]
    for number, why in ((measured, "stands"), (99, "There is no run 99")):
        answer = study.ask(cmd.RunAgain(run=number))
        assert answer.status == "refused" and why in answer.text, answer
    data.touch()
    assert study.ask(cmd.RunAgain(run=run.id)).status == "done"
    study.wait_end(end.id)
    answer = study.ask(cmd.RunAgain(run=run.id))
    assert answer.status == "refused" and "asked for already" in answer.text


def test_terms_that_moved_ask_for_a_new_yes(study: Study, data: Path) -> None:
    end, run = crashed(study, data)
    contract = study.folder / "copilot.toml"
    contract.write_text(contract.read_text().replace("wall_seconds = 20", "wall_seconds = 30"))
    data.touch()
    answer = study.ask(cmd.RunAgain(run=run.id))
    newer = study.newest("contract")
    assert answer.status == "refused" and "copilot.toml changed" in answer.text and f"step {newer.id}" in answer.text
    assert study.state.runs.keys() == {*study.state.experiments[1].runs, run.id}, "nothing was queued"
    idea = study.step(end.idea or 0)
    assert study.state.experiments[end.id].phase == "closed" and idea.phase == "proposed"

    study.yes(newer)
    study.yes(idea)
    study.wait(lambda state: any(s.kind == "diff" and s.phase == "proposed" for s in state.steps.values()), "a diff")
    diff = study.newest("diff")
    assert study.card(diff)["contract"] == newer.card and diff.experiment != end.id
    study.yes(diff)
    assert study.wait_end(diff.experiment or 0).verdict is not None


def test_a_moved_contract_of_a_baseline_is_asked_for_by_itself(make_study: Callable[..., Study], data: Path) -> None:
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": wanting(data)}).confirmed()
    run = only_run(study, study.wait_end(1))
    contract = study.folder / "copilot.toml"
    contract.write_text(CONTRACT.replace("wall_seconds = 20", "wall_seconds = 30"))
    answer = study.ask(cmd.RunAgain(run=run.id))
    newer = study.newest("contract")
    assert answer.status == "refused" and f"step {newer.id}; a yes to a contract starts its baseline" in answer.text
    study.yes(newer)
    study.wait(lambda state: 2 in state.experiments, "the new contract's baseline")
    answer = study.ask(cmd.RunAgain(run=run.id))
    assert answer.status == "refused" and "confirmed anew" in answer.text


def test_what_is_under_way_is_not_done_twice(make_study: Callable[..., Study]) -> None:
    slow = TRAIN.replace("for seed in map(int", "import time; time.sleep(600)\nfor seed in map(int")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": slow}).confirmed()
    run = study.wait_run("screening", 1)
    answer = study.ask(cmd.RunAgain(run=run.id))
    assert answer.status == "refused" and "under way" in answer.text
    study.ask(cmd.StopRuns())
    study.wait_end(1)
    assert study.ask(cmd.RunAgain(run=run.id)).status == "done", "a run that was stopped may be done again"
