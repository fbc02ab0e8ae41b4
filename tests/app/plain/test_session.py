"""Plain mode as a script and as a human use it: from a paper to a verdict, by lines alone."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from surroundings import MLRC, PAPER, Said
from workbench import Study

from app.engine import commands as cmd
from app.plain.commands import COMMANDS
from app.plain.deciding import Deciding
from app.plain.looking import Looking
from app.plain.session import Session

SLOW = "import sys, time\nprint('first', flush=True)\nwhile True: time.sleep(0.05)\n"


def plain(study: Study, *lines: str, env: dict[str, str] | None = None) -> Said:
    """Type these lines through a pipe."""
    return study.mlrc("open", "--plain", stdin="".join(f"{line}\n" for line in lines), env=env)


class Typist:
    """A human at a terminal: sees what is written, types lines."""

    def __init__(self, master: int, process: subprocess.Popen[bytes]) -> None:
        self._master, self.process = master, process
        self.raw = b""

    def sees(self, wanted: str, after: int = 0, seconds: float = 20.0) -> int:
        """Wait for a text; returns where the output stands then."""
        until = time.monotonic() + seconds
        while wanted.encode() not in self.raw[after:]:
            assert time.monotonic() < until, f"{wanted!r} did not come in\n{self.raw[after:].decode()}"
            if select.select([self._master], [], [], 0.1)[0]:
                self.raw += os.read(self._master, 1 << 14)
        return len(self.raw)

    def types(self, line: str) -> None:
        os.write(self._master, f"{line}\n".encode())


@contextmanager
def typist(study: Study, *words: str, **environment: str) -> Iterator[Typist]:
    """`mlrc` on a pseudo-terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    known = {key: value for key, value in os.environ.items() if not key.startswith("LC_") and key != "LANG"}
    process = subprocess.Popen(
        [*MLRC, *words],
        cwd=study.folder,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**known, **environment},
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Typist(master, process)
    finally:
        process.kill()
        process.wait()
        os.close(master)
        study._note_spares()


# --- a script ---------------------------------------------------------------------------------------------------------


def test_from_a_paper_to_a_verdict_by_lines(study: Study) -> None:
    paper = study.folder.parent / "paper.md"
    paper.write_text(PAPER)
    said = plain(
        study, f"read {paper}", "accept 2", "yes", "watch", "inbox", "accept 6", "yes", "watch", "7", "accept", "inbox"
    )
    assert said.code == 0, said
    assert study.step(2).phase == "accepted" and study.step(6).phase == "applied" and study.step(7).phase == "accepted"
    shown = [line for line in said.out.splitlines() if line.startswith(("added line", "removed line"))]
    assert any("removed line" in line and "= " in line for line in shown) and any(
        "added line" in line for line in shown
    )
    assert "state: needs you" in said.out and "will run: local" in said.out
    assert said.out.splitlines()[-1] == "Left.", "nothing goes on"


def test_a_yes_is_bound_to_what_was_printed(study: Study) -> None:
    idea = study.read(1)[0]
    with typist(study, "--plain", TERM="xterm") as human:
        there = human.sees("ready: 1 needs you")
        human.types(str(idea.id))
        there = human.sees("hash: " + idea.card, there)
        from app.engine import editing
        from app.engine.proposals import idea_from

        text = editing.idea_text(idea_from(study.card(idea)["idea"])).replace(idea.title, "Another title")
        assert study.revise(idea, text).status == "done"
        human.types("accept")
        there = human.sees("Accept exactly this?", there)
        assert b"has changed since it was printed" in human.raw and b"Another title. state: needs you" in human.raw
        human.types("no")
        there = human.sees("Nothing was accepted", there)
        assert study.step(idea.id).phase == "proposed"
        human.types("accept")
        human.sees("accepted by", there)
    assert study.step(idea.id).phase == "accepted"


@pytest.mark.parametrize("answer", [("no",), ("",), ()], ids=["no", "empty", "end"])
def test_what_was_not_printed_is_printed_and_asked_about(study: Study, answer: tuple[str, ...]) -> None:
    idea = study.read(1)[0]
    said = plain(study, f"accept {idea.id}", *answer)
    assert said.code == 4 and f"hash: {idea.card}" in said.out and "Nothing was accepted" in said.err
    assert study.step(idea.id).phase == "proposed"
    assert plain(study, f"accept {idea.id}", "yes").code == 0
    assert study.step(idea.id).phase == "accepted"


def test_a_no_has_its_reason_and_is_taken_back(study: Study) -> None:
    first, second = study.read(2)
    assert plain(study, f"reject {first.id} too small a change", f"reject {second.id}", "asked why").code == 0
    assert study.step(first.id).reason == "too small a change" and study.step(second.id).reason == "asked why"
    assert "Nothing was taken back" in plain(study, f"undo {first.id}", "no").out
    assert study.step(first.id).phase == "rejected"
    assert plain(study, f"undo {first.id}", "yes").code == 0
    assert study.step(first.id).phase == "proposed"


def test_an_idea_is_edited_in_the_editor(study: Study) -> None:
    idea = study.read(1)[0]
    assert "no terminal for an editor" in plain(study, f"edit {idea.id}").err
    with typist(study, "--plain", TERM="dumb", EDITOR="sed -i s/^title.*/title='\"Mine\"'/") as human:
        there = human.sees("ready:")
        human.types(f"edit {idea.id}")
        there = human.sees("ready:", there)
        assert study.step(idea.id).title == "Mine"
        human.types("quit")
        human.sees("Left.", there)


LOST = {
    "show 99": (3, "There is no item 99. Type steps"),
    "accept": (2, "Say the number of an item"),
    "accept 1": (1, "already accepted"),
    "accept 2 please": (2, "nothing else"),
    "log 9": (3, "There is no run 9"),
    "log 1 many": (2, "as a number"),
    "chart 1 nothing": (3, "has written no metrics"),
    "paper 40": (3, "Say a number from 1 to"),
    "stop 1": (3, "not running"),
    "again 9": (3, "There is no run 9"),
    "words perhaps": (2, "words on"),
    "search": (2, "what to look for"),
    "read /nowhere/x.pdf": (1, "x.pdf"),
    "undo 2": (2, "no decision to take back"),
    "statsu": (2, "Did you mean status?"),
    "run": (2, "for the shell"),
    'doctor "': (2, "Close the quotation"),
    "events --bogus": (2, "--bogus"),
}


def test_what_cannot_be_done_is_said_with_what_to_do(study: Study) -> None:
    study.read(1)
    for line, (code, sentence) in LOST.items():
        said = plain(study, line, "inbox")
        assert sentence in said.err and said.code == code, (line, said)
        assert "1 item needs you" in said.out.split("Type a number")[1], "the session goes on"


def test_verbs_of_the_command_line_work_on_this_workspace(study: Study) -> None:
    said = plain(study, "events --since 1", "config show", "experiments")
    assert said.code == 0 and "sandbox" in said.out and "baseline" in said.out and " accepted by " in said.out


def test_the_paper_is_read_section_by_section(study: Study) -> None:
    study.read(1)
    said = plain(study, "paper", "next", "next", "next", "next", "search warmup", "/covers more", "search zebra").out
    assert "section 1 of" in said and "section 2 of" in said and "last section" in said
    assert re.search(r"paper \d+, .*Warmup of the learning rate", said)
    assert "1 place with “covers more”" in said and "No places with “zebra”" in said


def test_every_command_has_one_doer_and_a_letter_of_its_own() -> None:
    desks = (Session, Deciding, Looking)
    for command in COMMANDS:
        assert sum(hasattr(desk, f"do_{command.name}") for desk in desks) == 1, command
    done = {name.removeprefix("do_") for desk in desks for name in vars(desk) if name.startswith("do_")}
    assert done == {command.name for command in COMMANDS}
    words = [word for command in COMMANDS for word in (command.name, command.letter) if word]
    assert len(words) == len(set(words))


def test_plain_mode_draws_nothing() -> None:
    code = "import app.cli.screen, app.plain.session, sys; print({'textual', 'app.ui.app'} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout == "set()\n"


# --- a human ----------------------------------------------------------------------------------------------------------


def test_a_dumb_terminal_gets_lines_and_no_control_sequence(study: Study) -> None:
    study.read(1)
    with typist(study, TERM="dumb") as human:
        there = human.sees("ready: 1 needs you, 0 running.")
        human.types("show 2")
        there = human.sees("Type accept 2", there)
        human.types("q")
        human.sees("Left.", there)
        assert human.process.wait(10) == 0
    assert b"\x1b" not in human.raw and "─".encode() not in human.raw


@pytest.mark.parametrize("words", [(), ("open", "--plain"), ("status",)], ids=["bare", "plain", "verb"])
def test_a_terminal_without_utf8_gets_ascii(study: Study, words: tuple[str, ...]) -> None:
    study.read(1)
    with typist(study, *words, TERM="xterm", LC_ALL="de_DE.ANSI_X3.4-1968") as human:
        if words == ("status",):
            human.sees("needs you: 1")
        else:
            there = human.sees("ready:")
            human.types("2")
            human.sees("from section ", there)
    assert human.raw.isascii()


def test_following_a_run_is_ended_by_enter(make_study: Callable[..., Study]) -> None:
    study = make_study()
    (study.folder / "train.py").write_text(SLOW)
    subprocess.run(["git", "-C", study.folder, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qam", "slow"])
    study.confirmed()
    run = study.wait_run("screening", 1)
    study.wait_log(run, "first")
    with typist(study, "--plain", TERM="xterm") as human:
        there = human.sees("1 running.")
        human.types("follow")
        there = human.sees("first", there)
        human.types("")
        there = human.sees("ready:", there)
        human.types("watch")
        there = human.sees("Watching", there)
        assert study.ask(cmd.StopRuns(run=run.id)).status == "done"
        there = human.sees("stopped after", there)
        human.types("")
        human.sees("ready:", there)


def test_ctrl_c_leaves_with_its_code_and_work_goes_on(study: Study) -> None:
    with typist(study, "--plain", TERM="xterm") as human:
        human.sees("ready:")
        os.kill(human.process.pid, 2)
        human.sees("Interrupted. Work that was started goes on")
        assert human.process.wait(10) == 130
    assert study.engine


def test_an_engine_that_was_killed_is_started_again(make_study: Callable[..., Study]) -> None:
    study = make_study()
    (study.folder / "train.py").write_text(SLOW)
    subprocess.run(["git", "-C", study.folder, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qam", "slow"])
    study.confirmed()
    study.wait_run("screening", 1)
    with typist(study, "--plain", TERM="xterm") as human:
        there = human.sees("1 running.")
        before = study.kill_engine()
        human.types("status")
        human.sees("engine: running", there)
    assert study.engine not in (0, before)
