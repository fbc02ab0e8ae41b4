"""Clients: found workspaces, answers once, commands that wait, work that is taken up again."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from workbench import CONTRACT, TRAIN, Study, wait_until

from app.engine import commands as cmd
from app.engine import process
from app.engine.client import Client, NoWorkspace, locate


def test_a_workspace_is_found_from_below_and_nowhere_else(study: Study, tmp_path: Path) -> None:
    below = study.folder / "a" / "b"
    below.mkdir(parents=True)
    assert locate(below).workspace == study.folder
    with pytest.raises(NoWorkspace, match="mlrc init"):
        locate(tmp_path)
    link = tmp_path / "link"
    link.symlink_to(study.folder)
    assert locate(link).state == study.paths.state


def test_two_clients_see_one_state_and_get_their_own_answers(study: Study) -> None:
    with Client(study.paths) as other:
        assert other.ask(cmd.TurnDial(dial="manual")).status == "done"
        assert study.state.dial == "manual" and other.ask(cmd.Undo(step=99)).status == "refused"
        assert other.state() == study.state


def test_a_command_without_an_engine_waits_for_the_next_one(study: Study) -> None:
    study.stop_engine()
    number = study.client.journal.submit(cmd.TurnDial(dial="manual"), "Ada")
    assert study.engine == 0 and study.client.journal.answer_of(number).status == "queued"
    study.client.resume()
    wait_until(lambda: study.client.journal.answer_of(number).status == "done", "the answer")
    assert study.state.dial == "manual"


def test_an_engine_is_started_for_unfinished_work_only(make_study: Callable[..., Study]) -> None:
    slow = TRAIN.replace("    shared =", "    import time\n    time.sleep(0.3)\n    shared =")
    study = make_study(files={"copilot.toml": CONTRACT, "train.py": slow}).open()
    study.stop_engine()
    study.client.resume()
    assert study.engine == 0, "nothing was under way"
    study.yes(study.newest("contract"))
    study.wait_run("screening", 1)
    study.kill_engine()
    study.client.resume()
    assert study.engine
    assert study.wait_end(1).phase == "closed"


def test_marks_of_clients_that_died_do_not_count(study: Study) -> None:
    with process.attended(study.paths):
        assert process.clients(study.paths) == 1
        dead = study.paths.state / "clients" / "999999"
        dead.touch()
        assert process.clients(study.paths) == 1 and not dead.exists()
    assert process.clients(study.paths) == 0


def test_following_gives_every_event_once_in_order(study: Study) -> None:
    seen: list[int] = []
    for rows in study.client.follow(0):
        seen += [seq for seq, _, _ in rows]
        if not rows and study.state.baseline() is not None and study.state.baseline().phase == "closed":  # type: ignore[union-attr]
            break
    assert seen == list(range(1, len(seen) + 1)) and len(seen) >= 10


def test_an_engine_gets_no_terminal_and_no_folder_of_its_client(study: Study) -> None:
    assert Path(f"/proc/{study.engine}/cwd").readlink() == Path("/")
    assert os.getsid(study.engine) == study.engine
    assert {str(Path(f"/proc/{study.engine}/fd/{number}").readlink()) for number in range(3)} == {os.devnull}
