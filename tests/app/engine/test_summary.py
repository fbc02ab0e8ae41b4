"""Accepting some hunks of a diff: what is committed is what was marked, and the summary that was seen is what binds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from workbench import CONTRACT, TRAIN, Study, git

from app.engine import cards, hunks
from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.choice import Choice, pieces
from app.engine.journal import Answer
from app.engine.state import StepState
from sandbox.repository import inspect as inspect_repository
from sandbox.store import Store

LONG = TRAIN + "".join(f"value_{n} = {n}\n" for n in range(40))
MORE = "".join(f"more_{n} = {n}\n" for n in range(20))
FILES = {
    "copilot.toml": CONTRACT.replace('["train.py"]', '["*.py", "run.sh"]').replace("claims = 20", "claims = 20\n"),
    "train.py": LONG,
    "more.py": MORE,
    "gone.py": "old = 1\n",
}


def changed(text: str, *numbers: int, name: str = "value", sign: str = "+ 0.5") -> str:
    for number in numbers:
        text = text.replace(f"{name}_{number} = {number}\n", f"{name}_{number} = {number} {sign}\n")
    return text


def patch_of(study: Study) -> str:
    """Five hunks in two files, a new file and one that goes."""
    new = "diff --git a/new.py b/new.py\nnew file mode 100755\n--- /dev/null\n+++ b/new.py\n@@ -0,0 +1 @@\n+fresh = 1\n"
    gone = "diff --git a/gone.py b/gone.py\ndeleted file mode 100644\n--- a/gone.py\n+++ /dev/null\n"
    gone += "@@ -1 +0,0 @@\n-old = 1\n"
    train = study.patch(changed(LONG, 2, 5, 20, 35))
    return study.patch(changed(MORE, 2, 15, name="more"), "more.py") + train + new + gone


@pytest.fixture
def desk(make_study: Callable[..., Study]) -> tuple[Study, StepState]:
    """A study with an open diff of several hunks."""
    study = make_study(files=FILES).confirmed()
    diff = study.proposed(study.read(1))
    answer = study.revise(diff, patch_of(study))
    assert answer.status == "done", answer
    return study, study.step(diff.id)


def preview(study: Study, step: StepState, choice: Choice) -> Answer:
    return study.ask(cmd.Preview(step=step.id, card=step.card, choice=choice.dump()))


def accept(study: Study, step: StepState, summary: str, choice: Choice | str) -> Answer:
    text = choice if isinstance(choice, str) else choice.dump()
    return study.ask(cmd.Decide(step=step.id, decision="accepted", card=summary, choice=text))


def seen(study: Study, step: StepState, choice: Choice) -> str:
    answer = preview(study, step, choice)
    assert answer.status == "done", answer
    return answer.text


def names(study: Study, step: StepState) -> dict[str, str]:
    """Piece -> its file."""
    return {piece.id: piece.file.path for piece in pieces(study.card(step)["patch"])}


def nothing_applied(study: Study) -> bool:
    return study.branches() == {} and study.events(ev.StepApplied) == []


def shown(study: Study, path: str) -> bytes:
    (branch,) = study.branches()
    return git(study.folder, "show", f"{branch}:{path}")


# --- what is applied -----------------------------------------------------------------------------------------------


def test_exactly_what_was_marked_is_committed_and_both_are_on_record(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    ids = names(study, step)
    assert sorted(ids) == ["0", "1.0", "1.1", "2", "3.0", "3.1", "3.2"] and ids["0"] == "gone.py"
    found = {piece.id: piece for piece in pieces(study.card(step)["patch"], ["3.0"])}
    rewritten = hunks.text_of(found["3.1"].hunk).replace("+ 0.5", "+ 0.75  # by hand é")  # type: ignore[arg-type]
    choice = Choice(
        of=step.card,
        taken=("1.1", "2", "3.0.1"),
        split=("3.0",),
        edited={"3.1": rewritten},
        reasons={"1.0": "no more_2", "3.2": "too late", "2": "keep it small"},
    )
    name = seen(study, step, choice)
    assert nothing_applied(study) and study.step(step.id) == step
    summary = cards.read(study.paths.cards, name)
    facts = summary["choice"]
    assert (facts["taken"], facts["of_pieces"], facts["edited"], facts["of"]) == (4, 8, 1, step.card)
    assert [(one["id"], one["path"], one["reason"]) for one in facts["refused"]] == [
        ("0", "gone.py", ""),
        ("1.0", "more.py", "no more_2"),
        ("3.0.0", "train.py", ""),
        ("3.2", "train.py", "too late"),
    ]
    assert set(summary["checks"].values()) == {"ok"} and summary["will_run"] == study.card(step)["will_run"]

    answer = accept(study, step, name, choice)
    assert answer.status == "done" and "4 of 8 hunks" in answer.text
    train = changed(LONG, 5).replace("value_20 = 20\n", "value_20 = 20 + 0.75  # by hand é\n")
    assert shown(study, "train.py") == train.encode()
    assert shown(study, "more.py") == changed(MORE, 15, name="more").encode()
    (branch,) = study.branches()
    listed = git(study.folder, "diff", "--raw", "--no-renames", "main", branch).decode().splitlines()
    assert [(row.split()[1], row.split("\t")[1]) for row in listed] == [
        ("100644", "more.py"),
        ("100755", "new.py"),
        ("100644", "train.py"),
    ]
    assert b"Copilot-Hunks: 4 of 8, 1 edited" in git(study.folder, "log", "-1", "--format=%B", branch)
    applied = study.step(step.id)
    assert applied.phase == "applied" and applied.card == name and step.card in applied.cards
    steps = [event for event in study.events() if type(event).__name__.startswith("Step") and event.step == step.id]
    assert [type(event) for event in steps[-3:]] == [ev.StepRevised, ev.StepDecided, ev.StepApplied]
    assert steps[-2].card == name
    assert study.wait_end(step.experiment or 0).verdict is not None
    study.assert_sound()


def test_every_hunk_taken_gives_the_proposed_tree(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    choice = Choice(of=step.card, taken=tuple(names(study, step)))
    card = cards.read(study.paths.cards, seen(study, step, choice))
    assert card["tree"] == study.card(step)["tree"] and card["patch"] == study.card(step)["patch"]


def test_the_same_choice_is_the_same_summary_after_a_restart(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    choice = Choice(of=step.card, taken=("3.1",))
    name = seen(study, step, choice)
    study.stop_engine()
    assert seen(study, step, choice) == name
    study.kill_engine()
    assert accept(study, step, name, choice).status == "done"
    assert shown(study, "train.py") == changed(LONG, 20).encode()


# --- what is refused before anything is asked ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("taken", "said"),
    [((), "Nothing of step"), (("7.0",), "has no piece 7.0"), (("3.0.0",), "has no piece 3.0.0")],
)
def test_a_choice_that_cannot_be_used_is_refused(
    desk: tuple[Study, StepState], taken: tuple[str, ...], said: str
) -> None:
    study, step = desk
    answer = preview(study, step, Choice(of=step.card, taken=taken))
    assert answer.status == "refused" and said in answer.text
    assert preview(study, step, Choice(of=step.card, taken=("3.0",))).status == "done"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (" value_19 = 19", " value_19 = 99", "old side"),
        ("+value_20 = 20 + 0.5", "+value_20 = (", "does not pass its checks"),
        ("+value_20 = 20 + 0.5", "diff --git a/copilot.toml b/copilot.toml", "begins with"),
        ("+value_20 = 20 + 0.5", "+++ b/copilot.toml\n+@@ -1 +1 @@ = 1", "does not pass its checks"),
        ("+value_20 = 20 + 0.5", "+++ b/copilot.toml\n@@ -1 +1 @@", None),
        ("+value_20 = 20 + 0.5", "+value_20 = '\\ud800'", None),
        ("+value_20 = 20 + 0.5", "+value_20 = '\ud800'", "UTF-8"),
    ],
    ids=["old side", "syntax", "another file", "not Python", "header of another file", "an escape", "no character"],
)
def test_an_edit_reaches_only_the_added_lines_of_its_hunk(
    desk: tuple[Study, StepState], old: str, new: str, said: str | None
) -> None:
    study, step = desk
    text = hunks.text_of({p.id: p for p in pieces(study.card(step)["patch"])}["3.1"].hunk)  # type: ignore[arg-type]
    assert old in text
    answer = preview(study, step, Choice(of=step.card, edited={"3.1": text.replace(old, new)}))
    assert (answer.status == "done") == (said is None) and (said or "") in answer.text, answer
    assert nothing_applied(study)
    if answer.status == "done":
        card = cards.read(study.paths.cards, answer.text)
        base = git(study.folder, "rev-parse", f"{card['base']}^{{tree}}").decode().strip()
        store = Store(study.paths.state, inspect_repository(study.folder))
        assert [change.path for change in store.changes(base, card["tree"])] == ["train.py"]
    fine = Choice(of=step.card, edited={"3.1": text.replace("+ 0.5", "+ 0.6")})
    paths = cards.read(study.paths.cards, seen(study, step, fine))["patch"]
    assert paths.count("diff --git") == 1 and "+++ b/train.py" in paths


# --- attacks on the yes --------------------------------------------------------------------------------------------


def other_choice(step: StepState) -> Choice:
    return Choice(of=step.card, taken=("3.0", "3.2"))


def test_a_yes_to_one_summary_applies_no_other_choice(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    choice = Choice(of=step.card, taken=("3.0",))
    name = seen(study, step, choice)
    seen(study, step, other_choice(step))
    for swapped in (other_choice(step), replace(choice, reasons={"3.1": "said by nobody"}), replace(choice, taken=())):
        answer = accept(study, step, name, swapped)
        assert answer.status == "refused" and nothing_applied(study), answer
    assert accept(study, step, name, "{}").status == "refused" and nothing_applied(study)
    assert accept(study, step, step.card, choice).status == "refused" and nothing_applied(study)
    assert accept(study, step, name, "").status == "refused" and nothing_applied(study)
    assert accept(study, step, name, choice).status == "done"
    assert shown(study, "train.py") == changed(LONG, 2, 5).encode()


def test_marks_of_an_older_card_are_void(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    stale = Choice(of=step.card, taken=("3.0",))
    name = seen(study, step, stale)
    assert study.revise(step, study.patch(changed(LONG, 2, 5, 20, 35, sign="+ 7"))).status == "done"
    newer = study.step(step.id)
    answer = accept(study, newer, name, stale)
    assert answer.status == "refused" and "since its hunks were marked" in answer.text and nothing_applied(study)
    assert accept(study, newer, name, replace(stale, of=newer.card)).status == "refused" and nothing_applied(study)
    assert preview(study, newer, stale).status == "refused"
    fresh = Choice(of=newer.card, taken=("0.0",))
    assert accept(study, newer, seen(study, newer, fresh), fresh).status == "done"


def test_a_choice_of_another_steps_card_is_refused(make_study: Callable[..., Study]) -> None:
    study = make_study(files=FILES).confirmed()
    first, second = (study.step(study.proposed([idea]).id) for idea in study.read(2))
    foreign = Choice(of=first.card, taken=("0.0",))
    name = seen(study, first, foreign)
    assert accept(study, second, name, foreign).status == "refused" and nothing_applied(study)
    assert accept(study, first, name, foreign).status == "done"
    idea = [s for s in study.state.steps.values() if s.kind == "idea"][0]
    study.ask(cmd.Undo(step=idea.id))
    verdictless = study.ask(cmd.Preview(step=1, card=study.step(1).card, choice=foreign.dump()))
    assert verdictless.status == "refused"


def test_a_second_yes_to_a_summary_and_one_after_its_undo_are_refused(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    choice = Choice(of=step.card, taken=("3.0",))
    name = seen(study, step, choice)
    assert accept(study, step, name, choice).status == "done"
    again = accept(study, step, name, choice)
    assert again.status == "refused" and "already applied" in again.text
    assert study.ask(cmd.Undo(step=step.id)).status == "done"
    assert accept(study, step, name, choice).status == "refused"
    assert len(study.events(ev.StepApplied)) == 1
    assert study.ask(cmd.Redo(step=step.id)).status == "done"


def test_cards_swapped_on_disk_change_nothing_that_is_applied(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    choice = Choice(of=step.card, taken=("3.0",))
    name = seen(study, step, choice)
    file, own = study.paths.cards / f"{name}.json", study.paths.cards / f"{step.card}.json"
    honest, proposed = file.read_bytes(), own.read_bytes()
    file.write_bytes(cards.dump(cards.read(study.paths.cards, seen(study, step, other_choice(step)))))
    with pytest.raises(cards.CardError, match="changed on disk"):
        cards.read(study.paths.cards, name)
    own.write_bytes(proposed.replace(b"+ 0.5", b"+ 666"))
    answer = accept(study, step, name, choice)
    assert answer.status == "refused" and "changed on disk" in answer.text and nothing_applied(study)
    own.write_bytes(proposed)
    assert accept(study, step, name, choice).status == "done"
    assert shown(study, "train.py") == changed(LONG, 2, 5).encode()
    assert file.read_bytes() == honest


def test_a_world_that_moved_after_the_summary_makes_it_stale(
    desk: tuple[Study, StepState], tmp_path_factory: pytest.TempPathFactory
) -> None:
    study, step = desk
    choice = Choice(of=step.card, taken=("3.0",))
    name = seen(study, step, choice)
    study.wait_quiet()
    record = next((study.folder.parent / "study-env").rglob("RECORD"))
    before = record.read_text()
    record.write_text("toy.py,sha256=bbbb,11\n")
    moved = preview(study, step, choice)
    assert moved.status == "refused" and "environment" in moved.text and study.step(step.id).phase == "proposed"
    record.write_text(before)
    assert seen(study, step, choice) == name
    record.write_text("toy.py,sha256=bbbb,11\n")
    answer = accept(study, step, name, choice)
    assert answer.status == "refused" and "environment" in answer.text
    assert study.step(step.id).phase == "stale" and nothing_applied(study)


# --- what the agent learns -----------------------------------------------------------------------------------------


def test_marks_on_a_diff_refused_as_a_whole_reach_the_agent(desk: tuple[Study, StepState]) -> None:
    study, step = desk
    marks = Choice(of=step.card, taken=("3.1",), reasons={"3.0": "smaller", "3.1": "this one is good"})
    wrong = study.ask(cmd.Decide(step=step.id, decision="rejected", card="0" * 64, choice=marks.dump()))
    assert wrong.status == "refused"
    answer = study.ask(
        cmd.Decide(step=step.id, decision="rejected", card=step.card, reason="not yet", choice=marks.dump())
    )
    assert answer.status == "done", answer
    assert study.step(step.id).reason.startswith("not yet; train.py:")
    study.wait(lambda s: s.experiments[step.experiment].diff != step.id, "another diff")  # type: ignore[index]
    notes = study.card(study.newest("diff"))["notes"]
    assert any("after your feedback" in note for note in notes), notes


def test_a_refused_hunk_that_comes_back_is_flagged_and_its_reason_told(make_study: Callable[..., Study]) -> None:
    study = make_study(files=FILES).confirmed()
    idea = study.read(2)[0]
    diff = study.proposed([idea])
    (proposed,) = pieces(study.card(diff)["patch"])
    assert proposed.hunk is not None
    both = hunks.applied(changed(LONG, 30), [proposed.hunk])
    assert study.revise(diff, study.patch(both)).status == "done"
    step = study.step(diff.id)
    choice = Choice(of=step.card, taken=("0.1",), reasons={"0.0": "no in-place change"})
    assert accept(study, step, seen(study, step, choice), choice).status == "done"
    assert shown(study, "train.py") == changed(LONG, 30).encode()
    study.wait_end(diff.experiment or 0)

    form = f'title = "Again"\nhypothesis = "It falls."\ncomponent = "{idea.summary["component"]}"\n'
    answer = study.ask(cmd.WriteIdea(text=form + 'passage = "§Abstract ¶1"\n', paper=1))
    assert answer.status == "done", answer
    again = study.newest("idea")
    study.yes(again)
    notes = study.card(study.wait_diff(again))["notes"]
    assert f"is nearly the hunk that was refused in step {step.id}: “no in-place change”" in "; ".join(notes)
    assert any("what earlier reviews asked: no in-place" in note for note in notes), notes
    other = next(s for s in study.state.steps.values() if s.kind == "idea" and s.phase == "proposed")
    study.yes(other)
    assert not any("is nearly" in note for note in study.card(study.wait_diff(other))["notes"])
