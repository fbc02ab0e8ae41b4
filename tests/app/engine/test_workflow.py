"""From an accepted idea to a verdict: every word of a verdict reached by real runs, every failure named."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from workbench import CONTRACT, PAPER, TRAIN, Study, git

from app.engine import commands as cmd
from app.engine import events as ev

EVALUATED = (
    CONTRACT.replace('[self_reported]\nline = "val_loss"\n', '[predictions]\nfiles = ["predictions-*.json"]\n')
    .replace(
        'run = ["{python}", "-S", "train.py", "{seeds}"]',
        'run = ["{python}", "-S", "train.py", "{seeds}", "{out}"]\n'
        'prepare = ["{python}", "-S", "prepare.py", "{secret}", "{out}"]\n'
        'evaluate = ["{python}", "-S", "evaluate.py", "{predictions}", "{hidden}", "{seeds}", "{out}"]',
    )
    .replace("memory_mb = 256", "memory_mb = 128")
)
PREPARE = """\
import pathlib, sys
out = pathlib.Path(sys.argv[2])
(out / "public").mkdir()
(out / "public" / "x.txt").write_text("1")
(out / "hidden").mkdir()
(out / "hidden" / "y.txt").write_text("0.5")
"""
EVALUATE = """\
import json, pathlib, sys
places = [pathlib.Path(word) for word in (sys.argv[1], sys.argv[2], sys.argv[4])]
truth = float((places[1] / "y.txt").read_text())
scores = {}
for seed in sys.argv[3].split(","):
    said = json.loads((places[0] / f"predictions-{seed}.json").read_text())
    scores[seed] = abs(said - truth)
(places[2] / "scores.json").write_text(json.dumps({"scores": scores, "yardsticks": {"always 1": 0.5}}))
"""
PREDICTS = TRAIN.replace(
    '    print(f"val_loss: {trial(seed):.6f}", flush=True)',
    "    import json, pathlib\n"
    '    pathlib.Path(sys.argv[2], f"predictions-{seed}.json").write_text(json.dumps(trial(seed)))',
)
SEED_LOOP = "for seed in map(int"


def before_the_trials(line: str) -> str:
    return TRAIN.replace(SEED_LOOP, f"{line}\n{SEED_LOOP}")


CRASHES = {
    "exception": (before_the_trials("raise ValueError('diverged')"), "exit code 1"),
    "exit code": (before_the_trials("sys.exit(7)"), "exit code 7"),
    "not a number": (TRAIN.replace("trial(seed):.6f", "float('nan')"), "not a finite number"),
    "no metric": (TRAIN.replace("val_loss: {", "loss: {"), "printed no line `val_loss"),
    "killed": (before_the_trials("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"), "SIGKILL"),
    "log flood": (
        TRAIN + "    if sys.argv[1].endswith(str(seed)):\n        print(('y' * 99 + '\\n') * 60000)\n",
        "Raise limits.log_mb",
    ),
    "time limit": (before_the_trials("import time; print('asleep', flush=True); time.sleep(600)"), "time limit"),
    "disk limit": (
        before_the_trials("open('big', 'wb').write(bytes(40 << 20)); import time; time.sleep(600)"),
        "raise disk_mb",
    ),
}
"""Name -> code that a human lets through, and what the verdict says of it. No two may need the same idea."""


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One workspace in which every kind of crash happened, one experiment each, with a sound one after them."""
    from workbench import make_environment, make_repository

    place = tmp_path_factory.mktemp("crashes")
    contract = CONTRACT.replace("wall_seconds = 20", "wall_seconds = 2")
    folder = make_repository(place / "study", {"copilot.toml": contract, "train.py": TRAIN})
    python = make_environment(place / "env")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIRTUAL_ENV", str(python.parent.parent))
        study = Study(folder).confirmed()
    ideas = study.read(20)
    ends = {}
    for name, idea in zip(CRASHES, ideas, strict=False):
        ends[name] = study.tested(idea, CRASHES[name][0])
    yield study, ends
    study.close()


@pytest.mark.parametrize("name", CRASHES)
def test_a_crash_is_a_verdict_that_names_its_reason_and_the_log(crashed: Any, name: str) -> None:
    study, ends = crashed
    if name not in ends:
        pytest.fail(f"the paper gives too few ideas: {list(ends)}")
    end = ends[name]
    assert end.phase == "done" and end.verdict["word"] == "crashed", end
    assert CRASHES[name][1] in end.verdict["why"], end.verdict["why"]
    assert end.verdict["effect"] is None and end.verdict["pairs"] == 0


def test_a_crash_keeps_its_log_and_costs_no_claim(crashed: Any) -> None:
    study, ends = crashed
    run = study.state.runs[ends["exception"].runs[0]]
    assert b"ValueError: diverged" in (study.paths.run(run.id) / "stdout.log").read_bytes()
    flooded = study.state.runs[ends["log flood"].runs[0]]
    log = study.paths.run(flooded.id) / "stdout.log"
    assert int(flooded.facts["dropped log bytes"]) > 4 << 20
    assert log.stat().st_blocks * 512 <= 2 << 20 < log.stat().st_size
    assert all(end.verdict["pairs"] == 0 for end in ends.values())
    study.assert_sound()


def test_what_crashed_says_so_on_the_command_line(crashed: Any) -> None:
    study, ends = crashed
    said = study.mlrc("experiments", "--json", "--content")
    words = {row["verdict"]["word"] for row in said.records if row["verdict"]}
    assert said.code == 0 and words == {"crashed"}
    assert "ValueError: diverged" in study.mlrc("logs", str(ends["exception"].runs[0])).out


# --- the other words -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One workspace with an evaluator of its own in which every other word was reached."""
    from workbench import make_environment, make_repository

    place = tmp_path_factory.mktemp("judged")
    files = {"copilot.toml": EVALUATED, "train.py": PREDICTS, "prepare.py": PREPARE, "evaluate.py": EVALUATE}
    folder = make_repository(place / "study", files)
    python = make_environment(place / "env")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIRTUAL_ENV", str(python.parent.parent))
        study = Study(folder).confirmed()
    ideas = {idea.title: idea for idea in study.read(20)}
    ends = {}
    for name, changed in {
        "confirmed": PREDICTS.replace("lr = 0.1", "lr = 0.3"),
        "refuted": PREDICTS.replace("weight_decay = 0.01", "weight_decay = 0.02"),
        "no effect": PREDICTS.replace("batch_size = 32", "batch_size = 64"),
        "worse": PREDICTS.replace("lr = 0.1", "lr = 0.01"),
        "no predictions": PREDICTS.replace('f"predictions-{seed}.json"', 'f"elsewhere-{seed}.json"'),
        "rubbish": PREDICTS.replace("json.dumps(trial(seed))", "'no JSON'"),
    }.items():
        ends[name] = study.tested(ideas.pop(next(iter(ideas))), changed)
    yield study, ends
    study.close()


def test_a_real_gain_is_confirmed(judged: Any) -> None:
    study, ends = judged
    verdict = ends["confirmed"].verdict
    assert verdict["word"] == "confirmed" and verdict["low"] > 0
    assert verdict["effect"] == pytest.approx(0.2, abs=0.01) and verdict["pairs"] == 3
    assert verdict["better_by_what_you_asked"] and verdict["noise_floor"] > 0
    assert verdict["yardsticks"] == {"always 1": 0.5}
    assert ends["confirmed"].branch in study.branches()


def test_a_change_that_is_not_better_by_what_was_asked_is_refuted(judged: Any) -> None:
    verdict = judged[1]["refuted"].verdict
    assert verdict["word"] == "refuted" and verdict["high"] < verdict["smallest_effect"]


def test_a_change_without_any_effect_is_inconclusive_not_confirmed(judged: Any) -> None:
    verdict = judged[1]["no effect"].verdict
    assert verdict["word"] == "inconclusive" and verdict["effect"] == 0 and "no effect" in verdict["why"]


def test_a_clearly_worse_one_stops_after_screening(judged: Any) -> None:
    study, ends = judged
    verdict = ends["worse"].verdict
    assert verdict["word"] == "inconclusive" and verdict["why"].startswith("Stopped after screening")
    assert {study.state.runs[number].purpose for number in ends["worse"].runs} == {"screening", "evaluation"}


@pytest.mark.parametrize("name", ["no predictions", "rubbish"])
def test_predictions_that_are_absent_or_rubbish_crash_the_evaluation(judged: Any, name: str) -> None:
    study, ends = judged
    end = ends[name]
    assert end.verdict["word"] == "crashed"
    evaluation = study.state.runs[end.runs[-1]]
    assert f"evaluator (run {evaluation.id})" in end.verdict["why"] and "mlrc logs" in end.verdict["why"]


def test_the_metric_comes_from_the_evaluator_alone(judged: Any) -> None:
    study, ends = judged
    assert not any(event.self_reported for event in study.events(ev.RunScored))
    evaluations = [r for r in study.state.runs.values() if r.purpose == "evaluation"]
    assert len(evaluations) >= 2 + 2 * 3 and all(r.evaluates for r in evaluations)
    spec = json.loads((study.paths.run(ends["confirmed"].runs[0]) / "spec.json").read_text())
    assert "hidden" not in {given["name"] for given in spec["inputs"]}


def test_baseline_and_candidates_share_their_seeds_and_confirmation_has_fresh_ones(judged: Any) -> None:
    study, ends = judged
    state = study.state
    baseline = state.baseline()
    assert baseline is not None
    for purpose in ("screening", "confirmation"):
        assert state.run_of(baseline.id, purpose).seeds == state.run_of(ends["confirmed"].id, purpose).seeds
    first, second = (set(state.run_of(baseline.id, p).seeds) for p in ("screening", "confirmation"))
    assert not first & second


def test_every_verdict_waits_as_a_step_of_its_own(judged: Any) -> None:
    study, ends = judged
    steps = [s for s in study.state.steps.values() if s.kind == "verdict"]
    assert sorted(s.experiment for s in steps) == sorted(end.id for end in ends.values())
    assert all(s.phase == "proposed" for s in steps)
    study.assert_sound()


# --- where it cannot go on -----------------------------------------------------------------------------------------


def test_a_baseline_that_fails_fails_its_experiments_by_name(make_study: Callable[..., Study]) -> None:
    broken = before_the_trials("raise SystemExit('no data here')")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": broken}).confirmed()
    baseline = study.wait_end(1)
    assert baseline.phase == "failed" and "exit code 1" in baseline.why and "mlrc logs" in baseline.why
    diff = study.proposed(study.read(1))
    study.yes(diff)
    end = study.wait_end(diff.experiment or 0)
    assert end.phase == "failed" and end.why.startswith("The baseline failed") and end.verdict is None


def test_a_reached_budget_ends_auto_with_its_own_exit_code(make_study: Callable[..., Study]) -> None:
    contract = CONTRACT.replace("runs = 200", "runs = 3")
    study = make_study(files={"copilot.toml": contract, "train.py": TRAIN}).confirmed()
    study.read(4)
    said = study.mlrc("run", "--auto", "--ideas", "1", "--json")
    assert said.code == 5 and "Budget reached" in said.err and "[budget]" in said.err, said
    assert said.records[-1]["type"] == "done"
    assert study.state.dial == "gated" and len([r for r in study.state.runs.values() if r.phase == "ended"]) == 3
    # The same again: told again, not waited for.
    again = study.mlrc("run", "--auto", "--ideas", "1", "--json")
    assert again.code == 5 and "Budget reached" in again.err, again

    (study.folder / "copilot.toml").write_text(contract.replace("runs = 3", "runs = 300"))
    study.ask(cmd.ReviewContract())
    study.yes(study.newest("contract"))
    raised = study.mlrc("run", "--auto", "--ideas", "1", "--json")
    assert raised.code == 0 and "Budget" not in raised.err, raised


def test_a_paper_that_supports_no_idea_is_an_honest_empty_answer(study: Study) -> None:
    cake = "# Bread\n\n## Abstract\n\nWe bake bread.\n\n## 1 Dough\n\nMix flour and water. Rest for an hour.\n"
    file = study.folder.parent / "cake.md"
    file.write_text(cake)
    answer = study.ask(cmd.ReadPaper(path=str(file)))
    assert answer.status == "refused" and "no idea supported by this paper" in answer.text
    assert [s for s in study.state.steps.values() if s.kind == "idea"] == []
    assert [n for n in study.state.notices if n.failed and n.about.startswith("paper")]
    assert study.read(2)


def test_code_without_a_place_for_any_idea_is_said(make_study: Callable[..., Study]) -> None:
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": "print('val_loss: 1')\n"}).confirmed()
    file = study.folder.parent / "paper.md"
    file.write_text(PAPER)
    answer = study.ask(cmd.ReadPaper(path=str(file)))
    assert answer.status == "refused" and "no place" in answer.text


def test_reading_the_same_paper_again_proposes_nothing_twice(study: Study) -> None:
    first = study.read(20)
    assert len(first) >= 6
    file = study.folder.parent / "study-paper.md"
    answer = study.ask(cmd.ReadPaper(path=str(file), wanted=20))
    assert answer.status == "refused" and answer.text.startswith("nothing")
    assert len([s for s in study.state.steps.values() if s.kind == "idea"]) == len(first)
    assert len(study.state.papers) == 1


def test_runs_can_be_stopped_and_say_by_whom(make_study: Callable[..., Study]) -> None:
    slow = before_the_trials("import time; print('up', flush=True); time.sleep(600)")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": slow}).confirmed()
    run = study.wait_run("screening", 1)
    study.wait_log(run, "up")
    assert study.ask(cmd.StopRuns(run=run.id)).text == "Stopping 1 run."
    ended = study.wait_run("screening", 1, "ended")
    assert ended.reason == "stopped" and study.client.name in ended.detail
    assert study.wait_end(1).phase == "failed"
    assert study.ask(cmd.StopRuns()).text == "No run to stop."


def test_the_tree_that_runs_is_the_tree_that_was_approved(study: Study) -> None:
    """Not the working folder: what lies there uncommitted is no part of any run."""
    (study.folder / "train.py").write_text("raise SystemExit('not committed')\n")
    (study.folder / "loose.py").write_text("raise SystemExit('untracked')\n")
    diff = study.proposed(study.read(1))
    study.yes(diff)
    end = study.wait_end(diff.experiment or 0)
    assert end.verdict is not None and end.verdict["word"] != "crashed"
    spec = json.loads((study.paths.run(end.runs[0]) / "spec.json").read_text())
    assert spec["tree"] == study.card(diff)["tree"]
    assert git(study.folder, "rev-parse", f"{end.branch}^{{tree}}").decode().strip() == spec["tree"]
