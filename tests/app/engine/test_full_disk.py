"""A disk that is full, met by a client, by an engine that starts and by one at work: a sentence, and nothing lost."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from workbench import CONTRACT, TRAIN, Study, wait_until

from app.engine import commands as cmd
from app.engine import process
from app.engine.journal import JournalError
from sandbox import runs

SLOW = TRAIN.replace(
    '    print(f"val_loss', '    import time\n    time.sleep(0.4)\n    print(f"line 1")\n    print(f"val_loss'
)


@pytest.fixture
def small_disk(tmp_path: Path) -> object:
    """A file system of 96 MiB, of which runs want 64 to stay free."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m,mode=700", "tmpfs", str(place)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"a small file system cannot be mounted here: {mounted.stderr.strip()}")
    yield place
    wait_until(lambda: subprocess.run(["umount", str(place)], capture_output=True).returncode == 0, "unmounting")


def fill(place: Path, leave: int = 0) -> Path:
    """Take all space but `leave` bytes."""
    ballast = place / "ballast"
    disk = os.statvfs(place)
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, disk.f_bavail * disk.f_frsize - leave)
    return ballast


@pytest.fixture
def on_small_disk(small_disk: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    from workbench import make_environment, make_repository

    folder = make_repository(small_disk / "study", {"copilot.toml": CONTRACT, "train.py": SLOW})
    monkeypatch.setenv("VIRTUAL_ENV", str(make_environment(small_disk.parent / "env").parent.parent))
    study = Study(folder)
    yield study
    (small_disk / "ballast").unlink(missing_ok=True)
    study.close()


def test_a_full_disk_is_a_sentence_and_nothing_is_lost(on_small_disk: Study) -> None:
    study = on_small_disk.confirmed()
    study.wait_end(1)
    ideas = study.read(4)
    before = study.state
    ballast = fill(study.folder.parent)
    said = study.mlrc("accept", str(ideas[0].id), "--hash", ideas[0].card)
    assert said.code in (1, 6) and "full" in said.err and "Free space" in said.err, said
    with pytest.raises(JournalError, match="full"):
        study.client.journal.submit(cmd.TurnDial(dial="gated"), "Ada")
    ballast.unlink()
    assert study.state.steps == before.steps
    study.yes(ideas[0])
    assert study.wait_diff(ideas[0]).phase == "proposed"
    study.assert_sound()


def test_an_engine_that_meets_a_full_disk_says_so_and_its_commands_wait(on_small_disk: Study) -> None:
    study = on_small_disk.confirmed()
    study.wait_end(1)
    ideas = study.read(4)
    study.stop_engine()
    number = study.yes_queued(ideas[0])
    ballast = fill(study.folder.parent)
    with pytest.raises((process.EngineUnreachable, JournalError), match="full"):
        study.ask(cmd.TurnDial(dial="gated"))
    assert study.client.journal.answer_of(number).status == "queued"
    ballast.unlink()
    study.ask(cmd.TurnDial(dial="gated"))
    assert study.client.journal.answer_of(number).status == "done"
    study.wait_diff(ideas[0])
    study.assert_sound()


def test_an_engine_at_work_when_the_disk_fills_up_ends_with_a_sentence(on_small_disk: Study) -> None:
    study = on_small_disk.confirmed()
    run = study.wait_run("screening", 1)
    study.wait_log(run, "line 1")
    ballast = fill(study.folder.parent)
    wait_until(lambda: study.engine == 0 or study.state.runs[run.id].phase == "ended", "an end", 20)
    if study.engine == 0:
        assert "full" in process.last_word(study.paths)
    wait_until(lambda: runs.state(study.paths.run(run.id)) == "ended", "the run's end")
    ballast.unlink()
    study.ask(cmd.TurnDial(dial="gated"))
    end = study.wait_end(1)
    assert end.phase == "failed" and "disk full" in end.why and "free" in end.why
    study.assert_sound()
