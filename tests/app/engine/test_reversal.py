"""Redo: an undone diff is applied again, byte for byte, and its runs go on; not where later work stands on the undo."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workbench import CONTRACT, TRAIN, Study, git

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.state import StepState


@pytest.fixture
def undone(study: Study) -> tuple[Study, StepState]:
    """A study in which a diff was applied, tested and undone."""
    diff = study.proposed(study.read(1))
    study.yes(diff)
    study.wait_end(diff.experiment or 0)
    assert study.ask(cmd.Undo(step=diff.id)).status == "done"
    return study, study.step(diff.id)


def tree(study: Study, name: str) -> str:
    return git(study.folder, "rev-parse", f"{name}^{{tree}}").decode().strip()


def test_redo_of_undo_is_the_accepted_tree_as_often_as_one_likes(undone: tuple[Study, StepState]) -> None:
    study, step = undone
    (branch,) = study.branches()
    accepted, before = study.card(step)["tree"], study.state.experiments[step.experiment or 0]
    runs = len(study.state.runs)
    for count in (3, 5):
        assert tree(study, branch) == tree(study, "main") != accepted
        answer = study.ask(cmd.Redo(step=step.id))
        assert answer.status == "done" and "applied again" in answer.text
        assert tree(study, branch) == accepted and list(study.branches()) == [branch]
        assert int(git(study.folder, "rev-list", "--count", f"main..{branch}")) == count
        again = study.state.experiments[before.id]
        assert again.phase == "done" and again.verdict == before.verdict
        assert not any(study.state.runs[number].code_undone for number in again.runs)
        assert study.step(step.id).phase == "applied" and study.step(step.id).commit == study.branches()[branch]
        refused = study.ask(cmd.Redo(step=step.id))
        assert refused.status == "refused" and "not undone" in refused.text
        assert study.ask(cmd.Undo(step=step.id)).status == "done"
    study.wait_quiet()
    assert len(study.state.runs) == runs, "nothing that was measured is measured again"
    study.assert_sound()


def test_redo_is_refused_where_later_work_stands_on_the_undo(undone: tuple[Study, StepState]) -> None:
    study, step = undone
    ((branch, undo),) = study.branches().items()
    later = git(study.folder, "commit-tree", f"{undo}^{{tree}}", "-p", undo, "-m", "mine").decode().strip()
    git(study.folder, "update-ref", f"refs/heads/{branch}", later)
    answer = study.ask(cmd.Redo(step=step.id))
    assert answer.status == "refused" and "git cherry-pick" in answer.text
    assert study.branches() == {branch: later} and study.step(step.id).phase == "undone"
    git(study.folder, "update-ref", f"refs/heads/{branch}", undo)
    assert study.ask(cmd.Redo(step=step.id)).status == "done"


def test_redo_that_could_not_be_written_down_is_taken_up_again(undone: tuple[Study, StepState]) -> None:
    study, step = undone
    ((branch, undo),) = study.branches().items()
    redo = git(study.folder, "commit-tree", study.card(step)["tree"], "-p", undo, "-m", "redo").decode().strip()
    git(study.folder, "update-ref", f"refs/heads/{branch}", redo)
    assert study.ask(cmd.Redo(step=step.id)).status == "done"
    assert study.branches() == {branch: redo} and study.step(step.id).commit == redo


@pytest.mark.parametrize("kind", ["proposed", "rejected", "accepted"])
def test_only_what_is_undone_is_redone(study: Study, kind: str) -> None:
    idea, _ = study.read(2)
    if kind == "rejected":
        study.no(idea)
    elif kind == "accepted":
        study.yes(idea)
    answer = study.ask(cmd.Redo(step=idea.id))
    assert answer.status == "refused" and kind in answer.text
    assert study.events(ev.StepRedone) == []


def test_runs_that_the_undo_kept_from_starting_run_after_the_redo(make_study: Callable[..., Study]) -> None:
    slow = TRAIN.replace("    shared =", "    import time\n    time.sleep(0.2)\n    shared =")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": slow}).confirmed()
    ideas = study.read(2)
    first, second = study.proposed(ideas), study.proposed(ideas[1:])
    study.wait_end(1)
    study.yes(first)
    study.yes(second)
    waiting = study.wait_run("screening", second.experiment or 0, "queued")
    assert study.ask(cmd.Undo(step=second.id)).status == "done"
    assert study.ask(cmd.Redo(step=second.id)).status == "done"
    end = study.wait_end(second.experiment or 0)
    assert end.verdict is not None and end.verdict["word"] != "crashed"
    assert study.state.runs[waiting.id].reason == "stopped" and waiting.id != end.runs[-1]
    fresh = [study.state.runs[number] for number in end.runs if number != waiting.id]
    assert fresh[0].purpose == "screening" and fresh[0].seeds == waiting.seeds
