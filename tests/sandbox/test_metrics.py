"""Reading metrics.jsonl strictly, whatever a run wrote there."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.metrics import MAX_LINE, MetricRecord, parse_line, read_metrics

GOOD = b'{"trial": 3, "step": 10, "of": 100, "loss": 0.5, "acc": 1}\n'
RECORD = MetricRecord(trial=3, step=10, of=100, values={"loss": 0.5, "acc": 1.0})


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path


def test_records_come_with_their_position_and_values(run: Path) -> None:
    (run / "out/metrics.jsonl").write_bytes(GOOD)
    batch, offset = read_metrics(run)
    assert (batch.records, batch.skipped, offset) == ((RECORD,), 0, len(GOOD))


def test_reading_is_incremental_and_waits_for_the_newline(run: Path) -> None:
    file = run / "out/metrics.jsonl"
    file.write_bytes(GOOD + GOOD[:20])
    batch, offset = read_metrics(run)
    assert (len(batch), offset) == (1, len(GOOD))
    file.write_bytes(GOOD + GOOD)
    batch, offset = read_metrics(run, offset)
    assert (batch.records, offset) == ((RECORD,), 2 * len(GOOD))
    assert read_metrics(run, offset) == (type(batch)(), offset)


@pytest.mark.parametrize(
    "line",
    [
        b'{"step": NaN, "loss": 1}',
        b'{"trial": Infinity, "loss": 1}',
        b'{"loss": ' + b"9" * 400 + b"}",
        b'{"loss": ' + b"9" * 5000 + b"}",
        b'{"loss": 1, "loss": 2}',
        b'{"loss": "0.1"}',
        b'{"loss": true}',
        b'{"loss": null}',
        b'{"loss": {"a": 1}}',
        b'{"step": 1.5, "loss": 1}',
        b'{"step": -1, "loss": 1}',
        b'{"trial": true, "loss": 1}',
        b'{"trial": 1' + b"0" * 30 + b', "loss": 1}',
        b'{"": 1}',
        b'{"\\u001b[2J": 1}',
        b'{"' + b"n" * 200 + b'": 1}',
        b"[1, 2]",
        b"3",
        b"{",
        b"\xff\xfe{}",
        b"\x80\x04\x95",
        b"[" * 15000,
        b'{"a":' * 3000,
        b'{"loss": 1, "pad": "' + b"x" * MAX_LINE + b'"}',
        json.dumps({f"m{number}": 1 for number in range(100)}).encode(),
    ],
    ids=lambda line: line[:24].decode(errors="replace"),
)
def test_bad_lines_are_counted_and_their_neighbours_read(run: Path, line: bytes) -> None:
    (run / "out/metrics.jsonl").write_bytes(GOOD + line + b"\n" + GOOD)
    batch, _ = read_metrics(run)
    assert (batch.records, batch.skipped) == ((RECORD, RECORD), 1)


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_what_is_not_finite_is_no_value_but_told(run: Path, word: str) -> None:
    (run / "out/metrics.jsonl").write_text(f'{{"step": 4, "loss": {word}, "acc": 0.5}}\n')
    (record,) = read_metrics(run)[0].records
    assert (record.step, record.values, list(record.broken)) == (4, {"acc": 0.5}, ["loss"])
    assert not math.isfinite(record.broken["loss"])


def test_every_record_knows_where_its_line_begins(run: Path) -> None:
    file = run / "out/metrics.jsonl"
    file.write_bytes(GOOD + b"no record\n\n" + GOOD)
    batch, offset = read_metrics(run)
    assert [record.at for record in batch] == [0, len(GOOD) + 11]
    with file.open("ab") as more:
        more.write(GOOD)
    assert [record.at for record in read_metrics(run, offset)[0]] == [offset]


def test_an_endless_line_is_counted_once_and_its_tail_is_no_record(run: Path) -> None:
    file = run / "out/metrics.jsonl"
    file.write_bytes(b"x" * (5 << 20))
    batch, first = read_metrics(run)
    assert (len(batch), batch.skipped, first) == (0, 1, 4 << 20)
    batch, second = read_metrics(run, first)
    assert (len(batch), batch.skipped, second) == (0, 0, 5 << 20)
    with file.open("ab") as more:
        more.write(GOOD + GOOD)
    batch, end = read_metrics(run, second)
    assert (batch.records, end) == ((RECORD,), file.stat().st_size)


def test_a_file_that_got_shorter_is_read_again(run: Path) -> None:
    (run / "out/metrics.jsonl").write_bytes(GOOD)
    batch, offset = read_metrics(run, 10_000)
    assert (batch.records, offset) == ((RECORD,), len(GOOD))


def test_links_pipes_and_nothing_have_no_records(run: Path, tmp_path: Path) -> None:
    assert len(read_metrics(run)[0]) == 0
    metrics = run / "out/metrics.jsonl"
    os.mkfifo(metrics)
    assert len(read_metrics(run)[0]) == 0
    metrics.unlink()
    (tmp_path / "labels").write_bytes(GOOD)
    metrics.symlink_to(tmp_path / "labels")
    # Without the control the link would be followed.
    assert metrics.read_bytes() == GOOD
    assert len(read_metrics(run)[0]) == 0
    metrics.unlink()
    metrics.write_bytes(GOOD)
    assert len(read_metrics(run)[0]) == 1


def test_a_linked_folder_in_place_of_out_is_not_entered(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/metrics.jsonl").write_bytes(GOOD)
    run = tmp_path / "run"
    run.mkdir()
    (run / "out").symlink_to(tmp_path / "elsewhere")
    assert len(read_metrics(run)[0]) == 0


@given(st.binary(max_size=200))
def test_no_line_makes_the_reader_fail_in_another_way(line: bytes) -> None:
    try:
        record = parse_line(line)
    except ValueError:
        return
    assert all(isinstance(value, float) for value in record.values.values())
