"""`mlrc accept --hunks` and `mlrc redo`: the summary is shown, its hash is asked for, and nothing else is applied."""

from __future__ import annotations

import pytest
from workbench import CONTRACT, TRAIN, Study, git

from app.engine.state import StepState

LONG = TRAIN + "".join(f"value_{n} = {n}\n" for n in range(40))


def with_changes(*numbers: int) -> str:
    text = LONG
    for number in numbers:
        text = text.replace(f"value_{number} = {number}\n", f"value_{number} = {number} + 1\n")
    return text


@pytest.fixture
def desk(make_study) -> tuple[Study, StepState]:  # type: ignore[no-untyped-def]
    """A study with a diff of three hunks."""
    study: Study = make_study(files={"copilot.toml": CONTRACT, "train.py": LONG}).confirmed()
    diff = study.proposed(study.read(1))
    assert study.revise(diff, study.patch(with_changes(2, 15, 30))).status == "done"
    return study, study.step(diff.id)


def test_some_hunks_are_accepted_by_the_hash_of_their_summary_and_redone(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    shown = study.mlrc("show", str(step.id)).out
    assert "--hunks" in shown and "3 train.py:" in shown
    words = ("accept", str(step.id), "--hunks", "1,3")
    asked = study.mlrc(*words)
    assert asked.code == 4 and "taken: 2 of 3 hunks" in asked.out and study.branches() == {}
    (name,) = {word for word in asked.err.replace("`", " ").replace(".", " ").split() if len(word) == 64}
    wrong = study.mlrc(*words, "--hash", step.card)
    assert wrong.code == 1 and name in wrong.err and study.branches() == {}
    other = study.mlrc("accept", str(step.id), "--hunks", "1-2", "--hash", name)
    assert other.code == 1 and study.branches() == {}
    done = study.mlrc(*words, "--hash", name[:12])
    assert done.code == 0 and "2 of 3 hunks" in done.out
    (branch,) = study.branches()
    assert git(study.folder, "show", f"{branch}:train.py") == with_changes(2, 30).encode()
    assert "left out: train.py:" in study.mlrc("show", str(step.id)).out

    assert study.mlrc("redo", str(step.id)).code == 1
    assert study.mlrc("undo", str(step.id)).code == 0
    assert git(study.folder, "show", f"{branch}:train.py") == LONG.encode()
    again = study.mlrc("redo", str(step.id))
    assert again.code == 0 and "applied again" in again.out
    assert git(study.folder, "show", f"{branch}:train.py") == with_changes(2, 30).encode()
    events = study.mlrc("events").out
    assert "takes 2 of 3 hunks" in events and "applied again by" in events


@pytest.mark.parametrize(
    ("wanted", "said"),
    [("4", "no hunk 4"), ("0", "no hunk 0"), ("1,x", "no list of hunks"), ("1-", "no list"), ("3-900000", "no hunk 4")],
)
def test_a_number_that_means_no_hunk_is_named(desk: tuple[Study, StepState], wanted: str, said: str) -> None:
    study, step = desk
    answer = study.mlrc("accept", str(step.id), "--hunks", wanted)
    assert answer.code == 2 and said in answer.err and study.branches() == {}


def test_a_step_without_hunks_says_so(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    answer = study.mlrc("accept", str(step.idea), "--hunks", "1")
    assert answer.code == 2 and "no diff" in answer.err
    summary = study.mlrc("accept", str(step.id), "--hunks", "2", "--json")
    assert summary.code == 4 and summary.records[0]["content"]["choice"]["taken"] == 1
