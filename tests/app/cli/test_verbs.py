"""Every verb as a user types it: plain lines, JSON records one a line, free text withheld, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from workbench import CONTRACT, MLRC, PAPER, TRAIN, Study, git, make_environment, make_repository, mlrc

SECRETS = ("A larger learning rate gives faster", "covers more ground", "random.Random(seed)")
"""Free text of paper, idea and diff."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> object:
    """A workspace with a verdict, an open diff, and a paper."""
    place = tmp_path_factory.mktemp("done")
    folder = make_repository(place / "study")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIRTUAL_ENV", str(make_environment(place / "env").parent.parent))
        study = Study(folder).confirmed()
    ideas = study.read(4)
    first = study.proposed(ideas)
    study.yes(first)
    study.wait_end(first.experiment or 0)
    study.proposed(ideas[1:])
    study.wait_quiet()
    yield study
    study.close()


@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("inbox",),
        ("steps",),
        ("show", "2"),
        ("show", "6"),
        ("show", "7"),
        ("experiments",),
        ("logs",),
        ("events",),
        ("templates",),
        ("doctor",),
        ("config", "show"),
        ("accept", "1", "--hash", "0" * 64),
        ("stop", "--all"),
    ],
    ids=" ".join,
)
def test_json_is_one_object_a_line_and_free_text_is_withheld(done: Study, words: tuple[str, ...]) -> None:
    said = done.mlrc(*words, "--json")
    assert said.records, said
    assert all(record["v"] == 1 and record["type"] for record in said.records)
    assert not any(secret in said.out for secret in SECRETS)
    assert (said.code == 0) == (words[0] != "accept"), said


def test_content_shows_what_json_withholds(done: Study) -> None:
    assert "A larger learning rate gives faster" in done.mlrc("show", "2", "--json", "--content").out
    assert "lr = 0.3" in done.mlrc("show", "6", "--json", "--content").out
    assert "val_loss:" in done.mlrc("logs", "--json", "--content").out
    assert "withheld" in done.mlrc("logs", "--json").out


def test_plain_lines_say_what_waits_and_how_to_decide(done: Study) -> None:
    bare = done.mlrc()
    assert bare.code == 0 and "needs you:" in bare.out and "\x1b" not in bare.out
    step = [s for s in done.state.waiting() if s.kind == "diff"][0]
    assert step.card[:12] in done.mlrc("inbox").out
    shown = done.mlrc("show", str(step.id)).out
    assert f"mlrc accept {step.id} --hash {step.card}" in shown and "+lr = " in shown and "will run: local" in shown
    assert "confirmed" in done.mlrc("experiments").out
    assert done.mlrc("open").out == bare.out or "needs you:" in done.mlrc("open").out


def test_events_are_numbered_and_can_be_asked_for_from_a_number(done: Study) -> None:
    every = done.mlrc("events", "--json").records
    assert [record["seq"] for record in every] == list(range(1, len(every) + 1))
    later = done.mlrc("events", "--since", "5", "--json").records
    assert later == every[5:]
    assert len(done.mlrc("events").out.splitlines()) == len(every)


def test_from_elsewhere_by_dir_and_from_below(done: Study, tmp_path: Path) -> None:
    assert mlrc("status", "-C", done.folder, cwd=tmp_path).code == 0
    below = done.folder / "deep" / "er"
    below.mkdir(parents=True)
    assert mlrc("inbox", "--json", cwd=below).records == done.mlrc("inbox", "--json").records


def test_paper_has_its_keys_and_passages(tmp_path: Path) -> None:
    (tmp_path / "paper.md").write_text(PAPER)
    found = json.loads(mlrc("paper", "paper.md", "--json", cwd=tmp_path).out)
    assert {"title", "abstract", "sections", "tasks", "gaps", "keywords", "references"} <= set(found)
    assert found["title"].startswith("Learning rates")
    for kind in ("tasks", "gaps", "keywords"):
        assert found[kind] and all(row["passage"]["text"] for row in found[kind])
    plain = mlrc("paper", "paper.md", cwd=tmp_path).out
    assert "Gaps" in plain and "Keywords" in plain


def test_an_idea_is_edited_with_an_editor_or_from_a_file(done: Study) -> None:
    idea = [s for s in done.state.waiting() if s.kind == "idea"][0]
    card = done.card(idea)["idea"]
    text = "\n".join(f"{key} = {json.dumps(card[key])}" for key in ("hypothesis", "rationale", "expected", "kill_test"))
    text += f'\ntitle = "My own title"\nplan = {json.dumps(list(card["plan"]))}\n'
    said = done.mlrc("edit", str(idea.id), "--file", "-", stdin=text)
    assert said.code == 0 and done.step(idea.id).title == "My own title"
    broken = done.mlrc("edit", str(idea.id), "--file", "-", stdin="title = ")
    assert broken.code == 1 and "not TOML" in broken.err and done.step(idea.id).title == "My own title"
    unknown = done.mlrc("edit", str(idea.id), "--file", "-", stdin=text + 'score = "1.0"\n')
    assert unknown.code == 1 and "Unknown key `score`" in unknown.err


def test_what_was_drawn_from_a_paper_is_edited(done: Study) -> None:
    said = done.mlrc(
        "edit", "p1", "--file", "-", stdin='tasks = ["classify"]\ngaps = ["learning rate"]\nkeywords = []\n'
    )
    assert said.code == 0 and "Paper 1" in said.out
    kept = json.loads((done.paths.state / done.state.papers[1].file).read_text())
    assert [row["text"] for row in kept["tasks"]] == ["classify"] and kept["keywords"] == []
    bad = done.mlrc("edit", "p1", "--file", "-", stdin="tasks = 3\n")
    assert bad.code == 1 and "`tasks`" in bad.err


def test_a_verdict_can_be_annotated_and_not_edited(done: Study) -> None:
    verdict = [s for s in done.state.steps.values() if s.kind == "verdict"][0]
    assert "cannot be edited" in done.mlrc("edit", str(verdict.id), "--file", "-", stdin="x").err
    said = done.mlrc("reject", str(verdict.id), "--reason", "too few seeds")
    assert said.code == 0 and "stays as it is" in said.out
    assert "too few seeds" in done.mlrc("show", str(verdict.id)).out
    assert done.mlrc("undo", str(verdict.id)).code == 0


def test_a_contract_is_confirmed_headless_by_its_hash(make_study: Callable[..., Study]) -> None:
    study = make_study()
    said = study.mlrc("init", "--sandbox", "local", "--no-input", "--json")
    assert said.code == 4 and "not confirmed" in said.err
    (record,) = said.records
    auto = study.mlrc("run", "--auto", "--paper", "x.md")
    assert auto.code == 4 and "not confirmed" in auto.err
    assert study.mlrc("init", "--trust", "f" * 64).code == 1
    trusted = study.mlrc("init", "--trust", record["hash"])
    assert trusted.code == 0 and study.state.contract == record["hash"]


def test_run_waits_for_decisions_with_its_own_code(study: Study) -> None:
    nothing = study.mlrc("run")
    assert nothing.code == 2 and "--paper" in nothing.err
    file = study.folder.parent / "paper.md"
    file.write_text(PAPER)
    said = study.mlrc("run", "--paper", file, "--no-input")
    assert said.code == 4 and "mlrc inbox" in said.out
    assert "from §Abstract" in said.out


def test_an_interrupted_follower_says_that_work_goes_on(make_study: Callable[..., Study]) -> None:
    slow = TRAIN.replace("    shared =", "    import time\n    time.sleep(0.5)\n    shared =")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": slow}).confirmed()
    study.wait_run("screening", 1)
    follower = subprocess.Popen(
        [*MLRC, "logs", "--follow"], cwd=study.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert follower.stdout is not None and follower.stdout.readline().startswith("==> trial")
    follower.send_signal(signal.SIGINT)
    _, err = follower.communicate(timeout=10)
    assert follower.returncode == 130 and "goes on" in err
    assert study.wait_end(1).phase == "closed"


def test_a_reader_that_leaves_is_no_fault(done: Study) -> None:
    writer = subprocess.Popen(
        [*MLRC, "events", "--follow", "--json"], cwd=done.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writer.stdout is not None and writer.stderr is not None
    assert json.loads(writer.stdout.readline())["seq"] == 1
    writer.stdout.close()
    done.mlrc("stop", "--engine")
    done.mlrc("stop", "--all")
    assert writer.wait(20) != 0
    assert b"Traceback" not in writer.stderr.read() and b"fault" not in writer.stderr.read()
    writer.stderr.close()


def test_untrusted_text_reaches_no_terminal_raw(study: Study) -> None:
    title = "Learning \x1b]0;owned\x07 rates \u202e"
    study.read(2, PAPER.replace("A larger learning rate gives", "A larger \x1b[31mlearning rate\x1b[0m gives"))
    idea = study.state.waiting()[0]
    from app.engine import editing, proposals

    text = editing.idea_text(proposals.idea_from(study.card(idea)["idea"]))
    answer = study.revise(idea, text.replace(f'title = "{idea.title}"', f"title = {json.dumps(title)}"))
    assert answer.status == "done", answer
    for verb in (("inbox",), ("steps",), ("show", str(idea.id)), ("events",)):
        out = study.mlrc(*verb).out
        assert "\x1b" not in out and "\u202e" not in out, verb
    assert "\\u001b" in study.mlrc("show", str(idea.id), "--json", "--content").out


def test_stop_and_start_of_the_engine(study: Study) -> None:
    assert study.mlrc("stop", "--engine").out.strip() == "The engine has stopped; runs go on."
    assert study.engine == 0
    assert "No engine" in study.mlrc("stop", "--engine").out
    assert study.mlrc("stop", "--all").code == 0 and study.engine


def test_a_template_becomes_a_workspace_whose_contract_is_confirmed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", str(make_environment(tmp_path / "env").parent.parent))
    made = mlrc("new", "mine", "--template", "blank", "--sandbox", "local", cwd=tmp_path)
    study = Study(tmp_path / "mine")
    try:
        assert made.code == 0 and study.state.contract and study.state.template == "blank"
        assert git(study.folder, "status", "--porcelain") == b""
        assert study.wait_end(1).phase == "closed"
    finally:
        study.close()


def test_version_help_and_completion_need_no_workspace(tmp_path: Path) -> None:
    assert mlrc("--version", cwd=tmp_path).out.startswith("mlr-copilot ")
    assert "accept" in mlrc("--help", cwd=tmp_path).out
    assert mlrc("accept", "--help", cwd=tmp_path).code == 0
    assert "mlrc" in mlrc("completion", "bash", cwd=tmp_path).out
    assert os.listdir(tmp_path) == []  # noqa: PTH208


def test_how_a_run_ended_is_no_free_text(done: Study) -> None:
    ended = [record for record in done.mlrc("events", "--json").records if record["type"] == "RunEnded"]
    assert ended and {record["reason"] for record in ended} == {"finished"}
