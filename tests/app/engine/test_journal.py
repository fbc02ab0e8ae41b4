"""The journal: what was appended is there after any kill, what is damaged is refused by name."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.engine import commands as cmd
from app.engine import events as ev
from app.engine.journal import Journal, JournalError, decode, encode, on_network
from app.engine.migrations import STEPS


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.create(tmp_path / "journal.db") as opened:
        yield opened


def notice(text: str) -> ev.NoticeGiven:
    return ev.NoticeGiven(about="test", text=text)


def test_events_come_back_in_order_and_whole(journal: Journal) -> None:
    queued = ev.RunQueued(
        run=1, experiment=2, purpose="screening", split="valid", seeds=(3, 5), backend="docker", step=4, evaluates=None
    )
    journal.append(notice("one"), queued)
    journal.append(notice("drei – ünï"))
    rows = list(journal.since(0))
    assert [seq for seq, _, _ in rows] == [1, 2, 3]
    assert rows[1][2] == queued
    assert rows[2][2] == notice("drei – ünï")
    assert [event for _, _, event in journal.since(2)] == [notice("drei – ünï")]


@pytest.mark.parametrize("kind", [*ev.type_names.values(), *cmd.type_names.values()])
def test_every_event_and_command_survives_its_json(kind: type) -> None:
    samples = {"int": 3, "str": "x", "bool": True, "float": 0.5, "tuple[int, ...]": (1, 2), "int | None": 7}
    values = {}
    for name, annotation in kind.__annotations__.items():
        text = str(annotation)
        values[name] = {} if text.startswith("dict") else samples.get(text, "gated")
    record = kind(**values)
    assert decode(kind, encode(record)) == record


def test_two_connections_see_each_other(journal: Journal, tmp_path: Path) -> None:
    with Journal.open(tmp_path / "journal.db") as other:
        before = other.version()
        assert other.version() == before
        journal.append(notice("hello"))
        assert other.version() != before
        assert other.last() == 1


def test_a_command_is_answered_once(journal: Journal) -> None:
    number = journal.submit(cmd.TurnDial(dial="auto", ideas=2), "me")
    assert [queued.command for queued in journal.pending()] == [cmd.TurnDial(dial="auto", ideas=2)]
    journal.answer(number, "done", "first")
    journal.answer(number, "refused", "second")
    assert journal.answer_of(number).text == "first"
    assert journal.pending() == []


def _append_until_killed(path: Path, acknowledged: str) -> None:
    with Journal.create(path) as journal, Path(acknowledged).open("a") as out:
        number = 0
        while True:
            number += 1
            journal.append(notice(str(number)))
            out.write(f"{number}\n")
            out.flush()


@pytest.mark.parametrize("after", [1, 7, 40])
def test_nothing_acknowledged_is_lost_by_a_kill(tmp_path: Path, after: int) -> None:
    path, acknowledged = tmp_path / "journal.db", tmp_path / "acknowledged"
    acknowledged.touch()
    writer = multiprocessing.get_context("spawn").Process(target=_append_until_killed, args=(path, str(acknowledged)))
    writer.start()
    while acknowledged.read_text().count("\n") < after:
        assert writer.is_alive()
    assert writer.pid is not None
    os.kill(writer.pid, signal.SIGKILL)
    writer.join()
    said = [int(line) for line in acknowledged.read_text().splitlines()]
    with Journal.create(path) as journal:
        kept = [int(event.text) for _, _, event in journal.since(0) if isinstance(event, ev.NoticeGiven)]
    assert kept == list(range(1, len(kept) + 1)), "a gap or a double"
    assert len(kept) >= said[-1]


def test_a_damaged_file_is_refused_by_name_and_the_backup_is_good(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    with Journal.create(path) as journal:
        journal.append(*[notice(f"{number} " + "x" * 200) for number in range(200)])
        journal.back_up()
        journal._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(path.read_bytes())
    content[4096:12288] = b"\xff" * 8192
    path.write_bytes(content)
    with pytest.raises(JournalError, match=r"damaged.*backup\.db"):
        Journal.create(path)
    assert path.read_bytes() == bytes(content), "a damaged file is not touched"
    shutil.copy(tmp_path / "journal.backup.db", path)
    with Journal.create(path) as journal:
        assert journal.last() == 200


def test_rubbish_is_refused_and_a_good_file_beside_it_opens(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    path.write_bytes(b"this is no database, " * 500)
    with pytest.raises(JournalError, match="damaged"):
        Journal.create(path)
    Journal.create(tmp_path / "other.db").close()


def test_a_newer_schema_is_refused_and_untouched(tmp_path: Path) -> None:
    path = tmp_path / "journal.db"
    Journal.create(path).close()
    db = sqlite3.connect(path)
    db.execute(f"PRAGMA user_version = {len(STEPS) + 1}")
    db.close()
    with pytest.raises(JournalError, match="newer version"):
        Journal.create(path)
    with pytest.raises(JournalError, match="schema"):
        Journal.open(path)


def test_no_workspace_is_a_sentence_with_the_next_action(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="mlrc new"):
        Journal.open(tmp_path / "ws" / ".mlrc" / "journal.db")


operations = st.lists(
    st.one_of(
        st.tuples(st.just("append"), st.text(max_size=30)),
        st.tuples(st.just("submit"), st.integers(1, 99)),
        st.tuples(st.just("answer"), st.integers(1, 5)),
        st.tuples(st.just("reopen"), st.none()),
        st.tuples(st.just("draft"), st.text(max_size=10)),
    ),
    max_size=25,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(operations)
def test_random_operations_agree_with_a_list(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, object]]
) -> None:
    path = tmp_path_factory.mktemp("journal") / "journal.db"
    journal = Journal.create(path)
    texts: list[str] = []
    commands: dict[int, str] = {}
    draft = ""
    for name, value in steps:
        match name:
            case "append":
                journal.append(notice(str(value)))
                texts.append(str(value))
            case "submit":
                commands[journal.submit(cmd.Undo(step=int(str(value))), "me")] = "queued"
            case "answer" if int(str(value)) in commands:
                journal.answer(int(str(value)), "done", "ok")
                commands[int(str(value))] = "done"
            case "reopen":
                journal.close()
                journal = Journal.create(path)
            case "draft":
                journal.keep_draft("me", "k", str(value))
                draft = str(value)
    assert [event.text for _, _, event in journal.since(0) if isinstance(event, ev.NoticeGiven)] == texts
    assert {queued.id for queued in journal.pending()} == {n for n, status in commands.items() if status == "queued"}
    assert all(journal.answer_of(number).status == status for number, status in commands.items())
    assert journal.draft("me", "k") == draft
    journal.close()


def test_a_network_file_system_gets_no_shared_memory_journal(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/vda / ext4 rw 0 0\nserver:/x {tmp_path}/share nfs4 rw 0 0\n")
    (tmp_path / "share").mkdir()
    assert on_network(tmp_path / "share" / "journal.db", mounts)
    assert not on_network(tmp_path / "journal.db", mounts)
