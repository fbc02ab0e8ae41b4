"""Whole stories by the command line alone: as a script does it, and as a careful person does it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from workbench import CONTRACT, PAPER, TRAIN, Study, git, mlrc

pytestmark = pytest.mark.journey

BACKENDS = [
    "local",
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
    pytest.param("docker", marks=pytest.mark.docker),
]


@pytest.mark.parametrize("backend", BACKENDS)
def test_from_a_paper_to_verdicts_without_a_human(make_study: Callable[..., Study], backend: str) -> None:
    study = make_study(backend=backend)
    paper = study.folder.parent / "paper.md"
    paper.write_text(PAPER)
    before = study.belongings()
    (record,) = study.mlrc("init", "--sandbox", backend, "--json").records
    assert study.mlrc("init", "--trust", record["hash"]).code == 0

    said = study.mlrc("run", "--auto", "--ideas", "2", "--paper", paper, "--json", "--content")
    assert said.code == 0, said
    done = said.records[-1]
    assert done["type"] == "done" and len(done["verdicts"]) == 2 and done["spent_seconds"] > 0
    assert done["verdicts"][0]["verdict"]["word"] == "confirmed"
    for row in done["verdicts"]:
        assert study.branches()[row["branch"]] == row["commit"]

    runs = list(study.state.runs.values())
    assert all(run.ended_well and run.backend == backend for run in runs)
    if backend != "local":
        assert {run.facts["network"] for run in runs} == {"none"}
        assert "0" not in {run.facts["uid"] for run in runs}
    decided = {event["by"] for event in said.records if event["type"] == "StepDecided"}
    assert decided == {"policy auto"}
    assert study.belongings() == before
    study.assert_sound()


def test_a_careful_person_decides_every_step(make_study: Callable[..., Study]) -> None:
    study = make_study()
    paper = study.folder.parent / "paper.md"
    paper.write_text(PAPER)

    said = study.mlrc("init", "--sandbox", "local")
    assert "mlrc show 1" in said.out
    contract = study.mlrc("show", "1").out
    assert 'metric = "val_loss"' in contract and "no isolation" in contract
    card = contract.split("hash: ")[1].split()[0]
    assert study.mlrc("accept", "1", "--hash", card[:12]).code == 0

    assert "4 steps wait" in study.mlrc("run", "--paper", paper).out
    ideas = [row for row in study.mlrc("inbox", "--json").records if row["kind"] == "idea"]
    assert len(ideas) >= 3 and "passage" in ideas[0]["summary"]
    assert study.mlrc("reject", str(ideas[1]["id"]), "--reason", "tried last year").code == 0
    first = ideas[0]
    assert study.mlrc("accept", str(first["id"]), "--hash", first["hash"]).code == 0

    diff = study.wait_diff(study.step(first["id"]))
    shown = study.mlrc("show", str(diff.id)).out
    assert "+lr = 0.3" in shown and "protected files untouched: ok" in shown
    mine = TRAIN.replace("lr = 0.1", "lr = 0.2")
    edited = study.mlrc("edit", str(diff.id), "--file", "-", stdin=study.patch(mine))
    assert edited.code == 0, edited
    old = study.mlrc("accept", str(diff.id), "--hash", diff.card)
    assert old.code == 1 and "has changed since you saw it" in old.err
    (row,) = [row for row in study.mlrc("inbox", "--json").records if row["kind"] == "diff"]
    accepted = study.mlrc("accept", str(diff.id), "--hash", row["hash"], "--json")
    assert accepted.code == 0 and accepted.records[0]["type"] == "done"

    end = study.wait_end(diff.experiment or 0)
    assert end.verdict is not None and end.verdict["word"] == "confirmed"
    assert git(study.folder, "show", f"{end.branch}:train.py") == mine.encode()
    assert "val_loss:" in study.mlrc("logs", str(end.runs[0]), "--follow").out
    assert "confirmed" in study.mlrc("experiments").out

    undone = study.mlrc("undo", str(diff.id))
    assert undone.code == 0 and "undone by commit" in undone.out
    assert git(study.folder, "diff", "main", end.branch) == b""
    assert git(study.folder, "status", "--porcelain") == b""
    study.assert_sound()


def test_a_contract_that_changes_on_the_way_is_asked_about_again(make_study: Callable[..., Study]) -> None:
    """The story of a person who corrects the contract after the first ideas: no old yes carries over."""
    study = make_study().confirmed()
    ideas = study.read(1)
    diff = study.proposed(ideas)
    (study.folder / "copilot.toml").write_text(CONTRACT.replace("smallest_effect = 0.05", "smallest_effect = 0.5"))
    git(study.folder, "commit", "-qam", "Ask for more")
    waiting = study.mlrc("init", "--no-input", "--json")
    assert waiting.code == 4
    contract = waiting.records[0]
    assert study.mlrc("accept", str(contract["step"]), "--hash", contract["hash"]).code == 0
    stale = study.mlrc("accept", str(diff.id), "--hash", diff.card)
    assert stale.code == 1 and f"step {ideas[0].id}" in stale.err
    assert study.branches() == {}

    said = study.mlrc("run", "--auto", "--ideas", "1", "--json", "--content")
    assert said.code == 0, said
    verdict = said.records[-1]["verdicts"][0]["verdict"]
    assert verdict["smallest_effect"] == 0.5 and verdict["word"] == "confirmed"
    assert not verdict["better_by_what_you_asked"]
    study.assert_sound()


def test_state_kept_elsewhere(make_study: Callable[..., Study]) -> None:
    study = make_study()
    state = study.folder.parent / "state"
    said = mlrc("init", "--state-dir", state, "--sandbox", "local", "--json", cwd=study.folder)
    assert said.code == 0 and not (study.folder / ".mlrc").exists()
    (record,) = said.records
    words = ("accept", str(record["step"]), "--hash", record["hash"], "--state-dir", state)
    assert mlrc(*words, cwd=study.folder).code == 0
    assert json.loads(mlrc("status", "--state-dir", state, "--json", cwd=study.folder).out)["contract"]
    assert mlrc("status", cwd=study.folder).code == 3
    assert mlrc("stop", "--all", "--state-dir", state, cwd=study.folder).code == 0
    assert mlrc("stop", "--engine", "--state-dir", state, cwd=study.folder).code == 0
