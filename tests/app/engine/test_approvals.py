"""What one yes covers: exactly the card that was seen, once, and only while the facts still make that card.

Every refusal here comes with its neighbour, the yes that goes through, and with the proof that nothing took effect.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from workbench import CONTRACT, TRAIN, Study, git

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.state import StepState
from sandbox.git import Git
from sandbox.repository import inspect as inspect_repository
from sandbox.store import Store

MINE = TRAIN.replace("lr = 0.1", "lr = 0.25  # by hand")


def assert_nothing_applied(study: Study, step: StepState) -> None:
    """No branch, no run and no event of an effect."""
    assert study.branches() == {}
    assert study.events(ev.StepApplied) == []
    assert [r for r in study.state.runs.values() if r.step == step.id] == []


# --- the hash that was seen ----------------------------------------------------------------------------------------


def test_a_yes_with_another_hash_is_refused_and_the_right_one_applies(study: Study) -> None:
    diff = study.proposed(study.read(1))
    answer = study.decide(diff, card="0" * 64)
    assert answer.status == "refused" and "has changed since you saw it" in answer.text
    assert f"mlrc show {diff.id}" in answer.text
    assert_nothing_applied(study, diff)

    assert "commit" in study.yes(diff)
    (branch, commit) = next(iter(study.branches().items()))
    assert study.step(diff.id).branch == branch and study.step(diff.id).commit == commit
    assert commit == study.card(diff)["commit"]


def test_an_old_card_after_an_edit_is_refused_and_the_edit_is_what_gets_committed(study: Study) -> None:
    diff = study.proposed(study.read(1))
    # No newline at the end, a tab and letters beyond ASCII: none of these may be "repaired" on the way.
    mine = MINE.rstrip("\n") + "\n# été\tnaïve — 数"
    patch = study.patch(mine + "\n").removesuffix("\n") + "\n\\ No newline at end of file\n"
    assert study.revise(diff, patch).status == "done"

    answer = study.decide(diff)
    assert answer.status == "refused" and "has changed since you saw it" in answer.text
    assert_nothing_applied(study, diff)

    newer = study.step(diff.id)
    assert newer.card != diff.card and study.card(newer)["notes"][-1].startswith("edited by ")
    study.yes(newer)
    (branch,) = study.branches()
    assert git(study.folder, "show", f"{branch}:train.py") == mine.encode()
    assert git(study.folder, "rev-parse", f"{branch}^{{tree}}").decode().strip() == study.card(newer)["tree"]
    assert git(study.folder, "diff", "--name-only", "main", branch).decode().split() == ["train.py"]


def test_a_second_yes_is_refused_and_takes_no_second_effect(study: Study) -> None:
    diff = study.proposed(study.read(1))
    study.yes(diff)
    before = study.branches()
    answer = study.decide(diff)
    assert answer.status == "refused" and "already applied by" in answer.text
    assert study.branches() == before and len(study.events(ev.StepApplied)) == 1
    study.assert_sound()


def test_two_clients_decide_and_the_first_one_wins(study: Study) -> None:
    diff = study.proposed(study.read(1))
    first = study.client.journal.submit(cmd.Decide(step=diff.id, decision="rejected", card=diff.card), "Ada")
    second = study.client.journal.submit(cmd.Decide(step=diff.id, decision="accepted", card=diff.card), "Grace")
    study.ask(cmd.TurnDial(dial="gated"))
    assert study.client.journal.answer_of(first).status == "done"
    late = study.client.journal.answer_of(second)
    assert late.status == "refused" and "already rejected by Ada" in late.text
    assert_nothing_applied(study, diff)


def test_a_yes_after_a_no_is_refused_until_the_no_is_taken_back(study: Study) -> None:
    idea = study.read(2)[0]
    study.no(idea, "not now")
    answer = study.decide(idea)
    assert answer.status == "refused" and "already rejected" in answer.text
    assert [e for e in study.state.experiments.values() if e.idea is not None] == []

    assert study.ask(cmd.Undo(step=idea.id)).status == "done"
    study.yes(idea)
    assert study.wait_diff(idea).phase == "proposed"


def test_an_edited_idea_voids_the_card_before_it(study: Study) -> None:
    idea = study.read(1)[0]
    from app.engine import editing, proposals

    text = editing.idea_text(proposals.idea_from(study.card(idea)["idea"]))
    text = text.replace(idea.title, "A learning rate of my own")
    assert study.revise(idea, text).status == "done"
    assert study.decide(idea).status == "refused"
    newer = study.step(idea.id)
    assert newer.title == "A learning rate of my own"
    study.yes(newer)
    assert study.wait_diff(newer).title == "A learning rate of my own"


# --- the facts behind the card -------------------------------------------------------------------------------------


def test_a_changed_environment_makes_the_diff_stale(study: Study, tmp_path: Path) -> None:
    diff = study.proposed(study.read(1))
    study.wait_quiet()
    record = next((tmp_path / "study-env").rglob("RECORD"))
    before = record.read_text()
    record.write_text("toy.py,sha256=bbbb,11\n")
    answer = study.decide(diff)
    assert answer.status == "refused" and "environment" in answer.text and "Nothing was published" in answer.text
    assert study.step(diff.id).phase == "stale"
    assert_nothing_applied(study, diff)

    # Stale is final for this card, also when the environment comes back: what was seen is looked at again.
    record.write_text(before)
    assert study.decide(diff).status == "refused"
    assert_nothing_applied(study, diff)


def test_a_stale_diff_comes_back_under_the_terms_that_are_confirmed_anew(study: Study, tmp_path: Path) -> None:
    ideas = study.read(2)
    diff = study.proposed(ideas)
    study.wait_quiet()
    next((tmp_path / "study-env").rglob("RECORD")).write_text("toy.py,sha256=bbbb,11\n")
    assert f"step {ideas[0].id}" in study.decide(diff).text
    study.ask(cmd.ReviewContract())
    study.yes(study.newest("contract"))
    study.yes(study.step(ideas[0].id))
    study.wait(lambda s: s.steps[max(s.steps)].kind == "diff", "its diff under the new terms")
    newer = study.newest("diff")
    assert newer.id != diff.id and newer.idea == diff.idea
    assert study.card(newer)["environment"] != study.card(diff)["environment"]
    study.yes(newer)
    assert len(study.branches()) == 1


def test_a_contract_changed_on_disk_does_not_change_the_terms_of_a_yes(study: Study) -> None:
    diff = study.proposed(study.read(1))
    (study.folder / "copilot.toml").write_text(CONTRACT.replace("wall_seconds = 20", "wall_seconds = 9999"))
    study.yes(diff)
    study.wait(lambda s: any(r.step == diff.id for r in s.runs.values()), "its run")
    from sandbox import runs

    run = next(r for r in study.state.runs.values() if r.step == diff.id)
    assert runs.read_spec(study.paths.run(run.id)).limits.wall_seconds == 20


@pytest.mark.parametrize(
    ("old", "new"),
    [
        pytest.param('"-S", "train.py"', '"-S", "-B", "train.py"', id="command"),
        pytest.param("wall_seconds = 20", "wall_seconds = 30", id="limits"),
        pytest.param("confirmation_trials = 3", "confirmation_trials = 4", id="trials"),
        pytest.param("minutes = 30", "minutes = 31", id="budget"),
    ],
)
def test_a_diff_written_under_other_terms_is_stale(study: Study, old: str, new: str) -> None:
    diff = study.proposed(study.read(1))
    study.wait_quiet()
    (study.folder / "copilot.toml").write_text(CONTRACT.replace(old, new))
    assert study.ask(cmd.ReviewContract()).status == "done"
    study.yes(study.newest("contract"))
    answer = study.decide(diff)
    assert answer.status == "refused" and "the contract was confirmed anew" in answer.text
    assert study.step(diff.id).phase == "stale"
    assert_nothing_applied(study, diff)


def test_a_proposal_moved_in_the_engines_repository_is_stale(study: Study) -> None:
    diff = study.proposed(study.read(1))
    study.wait_quiet()
    store = Git(study.paths.state / ".git")
    commit = study.card(diff)["commit"]
    base = study.card(diff)["base"]
    evil = git(study.folder, "hash-object", "-w", "--stdin", data=b"import os\n").decode().strip()
    tree = git(study.folder, "mktree", data=f"100644 blob {evil}\ttrain.py\n".encode()).decode().strip()
    other = git(study.folder, "commit-tree", tree, "-p", base, "-m", "evil").decode().strip()
    store.run("update-ref", f"refs/mlrc/proposals/{diff.id}", other, commit, doing="move it")
    answer = study.decide(diff)
    assert answer.status == "refused" and "commit" in answer.text and "tree" in answer.text
    assert study.step(diff.id).phase == "stale"
    assert_nothing_applied(study, diff)
    # Only the check stood in the way: git itself would have published it.
    assert Store(study.paths.state, inspect_repository(study.folder)).publish(other, "copilot/99-evil")


def test_a_proposal_gone_from_the_engines_repository_is_refused(study: Study) -> None:
    diff = study.proposed(study.read(1))
    ref = f"refs/mlrc/proposals/{diff.id}"
    store = Git(study.paths.state / ".git")
    commit = study.card(diff)["commit"]
    store.run("update-ref", "-d", ref, doing="delete it")
    answer = study.decide(diff)
    assert answer.status == "refused" and "is gone" in answer.text
    assert_nothing_applied(study, diff)
    store.run("update-ref", ref, commit, doing="put it back")
    study.yes(diff)


def edit_card(study: Study, step: StepState) -> Callable[[], None]:
    """Change a card's file behind the engine's back; returns the way back."""
    file = study.paths.cards / f"{step.card}.json"
    before = file.read_bytes()
    file.write_bytes(before.replace(b'"title":"', b'"title":"Harmless ', 1))
    assert file.read_bytes() != before
    return lambda: file.write_bytes(before) and None


def test_a_diffs_card_edited_on_disk_is_refused_and_the_engine_lives_on(study: Study) -> None:
    diff = study.proposed(study.read(1))
    engine = study.engine
    restore = edit_card(study, diff)
    answer = study.decide(diff)
    assert answer.status == "refused" and "was changed on disk" in answer.text, answer
    assert_nothing_applied(study, diff)
    assert study.engine == engine
    restore()
    study.yes(diff)


def test_an_ideas_card_edited_on_disk_is_refused(study: Study) -> None:
    ideas = study.read(2)
    restore = edit_card(study, ideas[0])
    answer = study.decide(ideas[0])
    assert answer.status == "refused" and "was changed on disk" in answer.text, answer
    study.yes(ideas[1])
    restore()
    study.yes(ideas[0])


def test_an_accepted_ideas_card_edited_on_disk_fails_its_experiment_by_name(study: Study) -> None:
    ideas = study.read(2)
    study.stop_engine()
    number = study.yes_queued(ideas[0])
    # Between the yes and the agent's turn there is no time to do it; so the file is changed before both, and the
    # check of the yes is what sees it first.
    restore = edit_card(study, ideas[0])
    study.ask(cmd.TurnDial(dial="gated"))
    assert study.client.journal.answer_of(number).status == "refused"
    restore()
    study.yes(ideas[0])
    study.wait_diff(ideas[0])


# --- contract ------------------------------------------------------------------------------------------------------


def test_a_contract_that_changed_since_it_was_shown_is_not_confirmed(make_study: Callable[..., Study]) -> None:
    study = make_study().open()
    seen = study.newest("contract")
    (study.folder / "copilot.toml").write_text(CONTRACT.replace("train.py", "./train.py"))
    answer = study.decide(seen)
    assert answer.status == "refused" and "text" in answer.text
    newer = study.newest("contract")
    assert f"mlrc show {newer.id}" in answer.text
    assert study.state.contract == "" and study.state.runs == {}
    study.yes(newer)
    assert study.state.contract == newer.card


def test_a_contract_whose_base_moved_is_not_confirmed(make_study: Callable[..., Study]) -> None:
    study = make_study().open()
    seen = study.newest("contract")
    (study.folder / "notes.txt").write_text("mine\n")
    git(study.folder, "add", "notes.txt")
    git(study.folder, "commit", "-qm", "Mine")
    answer = study.decide(seen)
    assert answer.status == "refused" and "base" in answer.text
    assert study.state.contract == ""
    study.yes(study.newest("contract"))


def test_a_diff_is_applied_to_the_base_it_shows_when_the_researcher_went_on(study: Study) -> None:
    diff = study.proposed(study.read(1))
    base = study.card(diff)["base"]
    (study.folder / "train.py").write_text(TRAIN + "# mine\n")
    git(study.folder, "commit", "-qam", "Mine")
    study.yes(diff)
    (commit,) = study.branches().values()
    assert git(study.folder, "rev-parse", f"{commit}^").decode().strip() == base
    assert b"# mine" not in git(study.folder, "show", f"{commit}:train.py")


def test_a_trusted_hash_confirms_and_another_one_does_not(make_study: Callable[..., Study]) -> None:
    study = make_study().open()
    answer = study.ask(cmd.ReviewContract(trust="f" * 64))
    assert answer.status == "refused" and study.newest("contract").card in answer.text
    assert study.state.contract == ""
    assert study.ask(cmd.ReviewContract(trust=study.newest("contract").card)).status == "done"
    assert study.state.contract


def test_a_contract_of_ones_own_is_not_taken_for_a_shipped_one(make_study: Callable[..., Study]) -> None:
    study = make_study().open()
    study.ask(cmd.ReviewContract(trust=cmd.SHIPPED))
    assert study.state.contract == ""


def test_nothing_runs_before_the_contract_is_confirmed(make_study: Callable[..., Study]) -> None:
    study = make_study().open()
    idea = study.read(1)[0]
    answer = study.decide(idea)
    assert answer.status == "refused" and "contract is not confirmed" in answer.text
    assert study.state.runs == {} and study.step(idea.id).phase == "proposed"
    study.yes(study.newest("contract"))
    study.yes(idea)


# --- the sandbox that was approved ---------------------------------------------------------------------------------


def path_of(folder: Path, *programs: str) -> str:
    """A PATH with these programs and no other."""
    folder.mkdir()
    for name in programs:
        found = shutil.which(name)
        assert found is not None, name
        (folder / name).symlink_to(found)
    return str(folder)


@pytest.mark.bubblewrap
def test_a_sandbox_that_is_gone_is_not_replaced(
    make_study: Callable[..., Study], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make_study(backend="bubblewrap").confirmed()
    diff = study.proposed(study.read(1))
    study.wait_quiet()
    study.stop_engine()
    with monkeypatch.context() as without:
        without.setenv("PATH", path_of(tmp_path / "bin", "git", "setpriv", "prlimit", "sh"))
        answer = study.decide(diff)
        assert answer.status == "refused" and "bwrap" in answer.text, answer
        assert "no other sandbox takes its place" in answer.text
        assert_nothing_applied(study, diff)
        study.stop_engine()
    study.yes(study.step(diff.id))
    assert len(study.branches()) == 1
    end = study.wait_end(diff.experiment or 0)
    assert {study.state.runs[number].facts["network"] for number in end.runs} == {"none"}
