"""Keeping an eye on a run: what a look finds in what is new, and that it stays bounded."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from sandbox.glance import LINES_KEPT, LOOK, SAMPLE, Glance


@pytest.fixture
def run(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path


def row(step: int, trial: int = 7, **values: float) -> str:
    return json.dumps({"trial": trial, "step": step, "of": 100, **values}) + "\n"


def append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def test_a_run_that_has_written_nothing(run: Path) -> None:
    glance = Glance(run)
    look = glance.look()
    assert (look.lines, look.records, look.not_finite, glance.tail, glance.done()) == (0, (), None, (), 0.0)
    assert glance.eta(10.0) is None and glance.disk_bytes() == 0


def test_looks_see_only_what_is_new(run: Path) -> None:
    log, metrics = run / "stdout.log", run / "out/metrics.jsonl"
    append(log, "one\ntwo\nhal")
    append(metrics, row(1, loss=1.0))
    glance = Glance(run)
    first = glance.look()
    assert (first.lines, [r.step for r in first.records], glance.tail) == (2, [1], ("one", "two"))
    assert first.gap is None, "what was there before may be old"
    append(log, "f\n")
    append(metrics, row(2, loss=1.0))
    second = glance.look()
    assert (second.lines, [r.step for r in second.records], glance.tail) == (1, [2], ("half",))
    assert second.gap is not None and glance.tail_start == len("one\ntwo\n")
    third = glance.look()
    assert (third.lines, third.records, third.gap) == (0, (), None)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_a_metric_that_is_no_number_is_found_with_lines_before_it(run: Path, value: str) -> None:
    append(run / "out/metrics.jsonl", row(1, loss=1.0) + '{"step": 2, "loss": ' + value + "}\n" + row(3, loss=1.0))
    found = Glance(run).look().not_finite
    assert found is not None and value in found.line and '"step": 1' in found.before[-1]


def test_it_is_found_among_more_lines_than_are_parsed(run: Path) -> None:
    rows = [row(n, loss=1.0) for n in range(20 * SAMPLE)]
    rows[3] = '{"step": 3, "loss": NaN}\n'
    append(run / "out/metrics.jsonl", "".join(rows))
    look = Glance(run).look()
    assert len(look.records) == SAMPLE
    assert look.not_finite is not None and "NaN" in look.not_finite.line


def test_a_value_too_large_for_a_number_is_found_too(run: Path) -> None:
    append(run / "out/metrics.jsonl", '{"step": 1, "loss": 1e999}\n')
    assert Glance(run).look().records[0].broken == {"loss": float("inf")}


@pytest.mark.parametrize("text", ["step 3 loss nan", "val_loss: nan", "{'loss': nan}", "train_loss=-inf acc=0.1"])
def test_a_loss_printed_as_no_number_is_found_where_it_stands(run: Path, text: str) -> None:
    append(run / "stdout.log", f"info: start\n{text}\nnext\n")
    found = Glance(run).look().printed_not_finite
    assert found is not None and (found.line, found.offset) == (text, len("info: start\n"))


@pytest.mark.parametrize("text", ["loss 0.3", "information about loss", "dropping nan rows: 3", "loss: nancy", "infer"])
def test_other_lines_are_no_alarm(run: Path, text: str) -> None:
    append(run / "stdout.log", text + "\n")
    assert Glance(run).look().printed_not_finite is None


def test_progress_counts_trials_by_their_seeds_and_never_goes_back(run: Path) -> None:
    metrics, glance = run / "out/metrics.jsonl", Glance(run)
    append(metrics, row(50, trial=11, loss=1.0))
    glance.look((11, 12))
    assert glance.done() == 0.25 and glance.eta(10.0) == pytest.approx(30.0)
    append(metrics, row(1, trial=11, loss=1.0))
    glance.look((11, 12))
    assert glance.done() == 0.25, "another curve of the same trial began"
    append(metrics, row(100, trial=12, loss=1.0))
    glance.look((11, 12))
    assert glance.done() == 1.0


def test_a_flood_is_skipped_to_its_newest_part(run: Path) -> None:
    log, glance = run / "stdout.log", Glance(run)
    append(log, "start\n")
    glance.look()
    append(log, "".join(f"line {n} {'x' * 100}\n" for n in range(3 * LOOK // 100)) + "last\n")
    look = glance.look()
    assert look.lines < LOOK // 100 and glance.tail[-1] == "last" and len(glance.tail) == LINES_KEPT
    assert all(line.startswith(("line ", "last")) for line in glance.tail), "no half lines"
    assert glance.look().lines == 0


def test_a_line_without_end_does_not_hold_it_up(run: Path) -> None:
    log, glance = run / "stdout.log", Glance(run)
    append(log, "x" * (2 * LOOK))
    glance.look()
    append(log, "\nafter\n")
    glance.look()
    assert glance.tail[-1] == "after"


def test_links_are_not_followed_and_files_are(run: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    append(elsewhere, '{"step": 2, "loss": NaN}\n')
    (run / "out/metrics.jsonl").symlink_to(elsewhere)
    glance = Glance(run)
    assert glance.look().not_finite is None
    (run / "out/metrics.jsonl").unlink()
    append(run / "out/metrics.jsonl", elsewhere.read_text())
    assert glance.look().not_finite is not None


def test_lines_are_cut_and_broken_text_is_shown(run: Path) -> None:
    (run / "stdout.log").write_bytes(b"\xff" + b"y" * 1000 + b"\n")
    glance = Glance(run)
    glance.look()
    assert len(glance.tail) == 1 and len(glance.tail[0]) <= 400 and glance.tail[0].startswith("\ufffdy")


def test_the_disk_is_read_from_the_newest_sample(run: Path) -> None:
    append(run / "usage.jsonl", '{"t": 1, "disk_bytes": 5}\n{"t": 2, "disk_bytes": 9}\n{"t": 3, "dis')
    assert Glance(run).disk_bytes() == 9
    (run / "usage.jsonl").write_text("[1]\n")
    assert Glance(run).disk_bytes() == 0


def test_the_first_look_takes_the_time_from_the_file(run: Path) -> None:
    append(run / "stdout.log", "long ago\n")
    os.utime(run / "stdout.log", (1000.0, 1000.0))
    glance = Glance(run)
    glance.look()
    assert glance.moved_at == 1000.0
