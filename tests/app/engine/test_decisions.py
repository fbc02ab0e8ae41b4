"""Taking decisions back, rejecting, writing it oneself: an experiment ends with one commit or none."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from workbench import CONTRACT, TRAIN, Study, git

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.state import StepState
from sandbox.repository import inspect as inspect_repository
from sandbox.store import Store

MINE = TRAIN.replace("lr = 0.1", "lr = 0.25  # by hand")


def assert_nothing_applied(study: Study, step: StepState) -> None:
    """No branch, no run and no event of an effect."""
    assert study.branches() == {}
    assert study.events(ev.StepApplied) == []
    assert [r for r in study.state.runs.values() if r.step == step.id] == []


# --- taking back ---------------------------------------------------------------------------------------------------


def test_undo_of_a_rejected_verdict_leaves_its_numbers(study: Study) -> None:
    diff = study.proposed(study.read(1))
    study.yes(diff)
    end = study.wait_end(diff.experiment or 0)
    verdict = study.newest("verdict")
    assert "stays as it is" in study.no(verdict, "I do not believe it")
    assert study.step(verdict.id).reason == "I do not believe it"
    assert study.ask(cmd.Undo(step=verdict.id)).status == "done"
    assert study.step(verdict.id).phase == "proposed"
    assert study.state.experiments[end.id].verdict == end.verdict


def test_undo_of_an_applied_diff_is_a_commit_that_restores_the_base(study: Study) -> None:
    diff = study.proposed(study.read(1))
    study.yes(diff)
    study.wait_end(diff.experiment or 0)
    (branch,) = study.branches()
    assert study.ask(cmd.Undo(step=diff.id)).status == "done"
    assert list(study.branches()) == [branch]
    assert git(study.folder, "diff", "main", branch) == b""
    assert git(study.folder, "rev-list", "--count", f"main..{branch}").strip() == b"2"
    assert all(study.state.runs[number].code_undone for number in study.state.experiments[diff.experiment].runs)  # type: ignore[index]
    answer = study.ask(cmd.Undo(step=diff.id))
    assert answer.status == "refused" and "nothing to undo" in answer.text


def test_undo_while_its_runs_wait_starts_none_of_them(make_study: Callable[..., Study]) -> None:
    slow = TRAIN.replace("    shared =", "    import time\n    time.sleep(0.2)\n    shared =")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": slow}).confirmed()
    ideas = study.read(2)
    first, second = study.proposed(ideas), study.proposed(ideas[1:])
    study.wait_end(1)
    study.yes(first)
    study.yes(second)
    waiting = study.wait_run("screening", second.experiment or 0, "queued")
    assert waiting.phase == "queued" and waiting.step == second.id
    assert study.ask(cmd.Undo(step=second.id)).status == "done"
    study.wait_quiet()
    ended = study.state.runs[waiting.id]
    assert ended.reason == "stopped" and "its code was undone" in ended.detail and ended.code_undone
    started = {event.run for event in study.events(ev.RunStarted)}
    assert waiting.id not in started and study.state.experiments[first.experiment].runs[0] in started  # type: ignore[index]


def test_undo_of_an_accepted_idea_withdraws_it_and_it_can_be_taken_again(study: Study) -> None:
    idea = study.read(1)[0]
    study.yes(idea)
    diff = study.wait_diff(idea)
    assert study.ask(cmd.Undo(step=idea.id)).status == "done"
    assert study.step(diff.id).phase == "stale" and study.decide(diff).status == "refused"
    assert_nothing_applied(study, diff)
    again = study.step(idea.id)
    assert again.phase == "proposed"
    study.yes(again)
    study.wait(lambda s: len([d for d in s.steps.values() if d.kind == "diff" and d.idea == idea.id]) == 2, "a diff")
    newer = study.newest("diff")
    assert newer.experiment != diff.experiment
    study.yes(newer)
    assert len(study.branches()) == 1


MUCH = TRAIN + "".join(f"value_{number} = [{number}, 2, 3]\n" for number in range(12_000))
"""Code that takes an agent a while to read."""


def test_undo_while_the_agent_writes_leaves_no_diff_behind(make_study: Callable[..., Study]) -> None:
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": MUCH}).confirmed()
    idea = study.read(1)[0]
    study.yes(idea)
    assert study.ask(cmd.Undo(step=idea.id)).status == "done"
    assert [e for e in study.state.experiments.values() if e.idea] == [] or study.state.experiments[2].diff is None
    study.wait_quiet()
    study.yes(study.step(idea.id))
    diff = study.wait_diff(idea)
    assert study.events(ev.StepProposed)[-1].step == diff.id
    assert [d.step for d in study.events(ev.StepProposed) if d.kind == "diff"] == [diff.id]


# --- rejecting diffs -----------------------------------------------------------------------------------------------


def test_a_rejected_diff_has_a_successor_and_only_that_one_counts(study: Study) -> None:
    idea = study.read(1)[0]
    study.yes(idea)
    first = study.wait_diff(idea)
    study.no(first, "smaller")
    study.wait(lambda s: s.experiments[first.experiment].diff != first.id, "another diff")  # type: ignore[index]
    second = study.newest("diff")
    assert second.id != first.id and study.card(second)["tree"] != study.card(first)["tree"]

    undone = study.ask(cmd.Undo(step=first.id))
    assert undone.status == "refused" and f"step {second.id}" in undone.text
    revised = study.revise(study.step(first.id), study.patch(MINE))
    assert revised.status == "refused" and f"step {second.id}" in revised.text
    assert_nothing_applied(study, first)
    study.yes(second)
    assert len(study.branches()) == 1


def test_after_two_rejections_the_human_is_asked_and_may_write_it(study: Study) -> None:
    idea = study.read(1)[0]
    study.yes(idea)
    first = study.wait_diff(idea)
    study.no(first, "smaller")
    study.wait(lambda s: s.experiments[first.experiment].diff != first.id, "another diff")  # type: ignore[index]
    second = study.newest("diff")
    study.no(second, "no")
    end = study.wait_end(first.experiment or 0)
    assert end.phase == "closed" and f"mlrc edit {second.id}" in end.why
    study.wait_quiet()
    assert len([s for s in study.state.steps.values() if s.kind == "diff"]) == 2

    assert study.revise(study.step(second.id), study.patch(MINE)).status == "done"
    study.yes(study.step(second.id))
    (branch,) = study.branches()
    assert git(study.folder, "show", f"{branch}:train.py") == MINE.encode()
    assert study.wait_end(end.id).verdict is not None


def test_a_no_taken_back_while_the_agent_writes_leaves_one_diff(make_study: Callable[..., Study]) -> None:
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": MUCH}).confirmed()
    idea = study.read(1)[0]
    study.yes(idea)
    first = study.wait_diff(idea)
    study.no(first, "smaller")
    assert study.ask(cmd.Undo(step=first.id)).status == "done", "the agent was faster than the test"
    number = study.state.seq
    study.wait_quiet()
    study.yes(study.step(first.id))
    study.wait_end(first.experiment or 0)
    assert [e for _, _, e in study.client.events(number) if isinstance(e, ev.StepProposed) and e.kind == "diff"] == []
    assert len(study.branches()) == 1


def test_one_experiment_never_gets_two_commits(study: Study) -> None:
    """Its verdict is about the commit whose runs were measured; so even a journal with two open diffs gives one."""
    idea = study.read(1)[0]
    study.yes(idea)
    first = study.wait_diff(idea)
    study.no(first, "smaller")
    study.wait(lambda s: s.experiments[first.experiment].diff != first.id, "another diff")  # type: ignore[index]
    second = study.newest("diff")
    study.stop_engine()
    study.client.journal.append(ev.StepReopened(step=first.id, by="another version"))
    answer = study.decide(study.step(first.id))
    assert answer.status == "refused" and f"step {second.id}" in answer.text
    study.yes(second)
    answer = study.decide(study.step(first.id))
    assert answer.status == "refused"
    assert len(study.events(ev.StepApplied)) == 1 and len(study.branches()) == 1


# --- what a human writes -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["copilot.toml", "evaluate.py", ".gitignore", ".mlrc/secret"])
def test_a_humans_diff_of_a_protected_file_is_refused(study: Study, path: str) -> None:
    diff = study.proposed(study.read(1))
    patch = f"diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x = 1\n"
    if path == "copilot.toml":
        patch = study.patch(CONTRACT.replace("claims = 20", "claims = 1"), path)
    answer = study.revise(diff, patch)
    assert answer.status == "refused", answer
    assert study.step(diff.id).card == diff.card
    if path in ("copilot.toml", "evaluate.py"):
        # Only the check stood in the way: the diff itself applies.
        store = Store(study.paths.state, inspect_repository(study.folder))
        assert store.apply(store.tree(study.card(diff)["base"]), patch)
        assert "not editable" in answer.text
    assert study.revise(diff, study.patch(MINE)).status == "done"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("this is no diff", "apply"),
        ("", "diff"),
        ("diff --git a/train.py b/train.py\n--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-no such line\n+x\n", "apply"),
        ("SYNTAX", "parses"),
    ],
)
def test_a_humans_diff_that_cannot_be_used_leaves_the_proposal(study: Study, text: str, said: str) -> None:
    diff = study.proposed(study.read(1))
    answer = study.revise(diff, study.patch(TRAIN.replace("import sys", "import (")) if text == "SYNTAX" else text)
    assert answer.status == "refused" and said in answer.text, answer
    assert study.step(diff.id).card == diff.card and study.step(diff.id).phase == "proposed"
    study.yes(diff)
