"""What the chart's thread reads: only what is asked for, bounded, and again when a file is begun anew."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.ui.chart.readings import ChartFollower, Readings, Sources


class Follower:
    """A follower of runs below a folder, and what it published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.published: queue.Queue[Readings] = queue.Queue()
        self.real = ChartFollower(lambda run: folder / str(run), self.published.put, 0.01)

    def write(self, run: int, *rows: dict[str, object], mode: str = "a") -> None:
        out = self.folder / str(run) / "out"
        out.mkdir(parents=True, exist_ok=True)
        with (out / "metrics.jsonl").open(mode) as file:
            file.writelines(json.dumps(row) + "\n" for row in rows)

    def watch(self, usage: int, *runs: int) -> Readings:
        self.real.watch(Sources(usage, runs))
        return self.next()

    def next(self) -> Readings:
        return self.published.get(timeout=5)


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[Follower]:
    made = Follower(tmp_path)
    yield made
    made.real.close()


def point(step: int) -> dict[str, object]:
    return {"trial": 1, "step": step, "loss": 1.0}


def values(readings: Readings, run: int) -> list[float]:
    return [p.step for points in readings.curves[run].of_metric("loss").values() for p in points]


def test_new_points_come_and_what_was_published_stays_as_it_was(follower: Follower) -> None:
    follower.write(1, point(1))
    first = follower.watch(1, 1)
    follower.write(1, point(2))
    second = follower.next()
    assert (values(first, 1), values(second, 1)) == ([1], [1, 2])


def test_only_the_asked_for_runs_are_read_and_a_known_one_is_kept(follower: Follower) -> None:
    for run in (1, 2, 3):
        follower.write(run, point(run))
    first = follower.watch(1, 1, 2)
    assert set(first.curves) == {1, 2}
    second = follower.watch(1, 1, 3)
    assert set(second.curves) == {1, 3} and second.curves[1] is first.curves[1]


def test_nothing_is_published_while_nothing_changes(follower: Follower) -> None:
    follower.write(1, point(1))
    follower.watch(1, 1)
    with pytest.raises(queue.Empty):
        follower.published.get(timeout=0.2)
    follower.write(1, point(2))
    assert values(follower.next(), 1) == [1, 2]


def test_a_file_begun_anew_starts_new_curves(follower: Follower) -> None:
    follower.write(1, point(1), point(2), point(3))
    follower.watch(1, 1)
    follower.write(1, point(9), mode="w")
    assert values(follower.next(), 1) == [9]


def test_limits_and_samples_of_any_shape(follower: Follower) -> None:
    follower.write(1, point(1))
    folder = follower.folder / "1"
    (folder / "usage.jsonl").write_text(
        '{"cpu_pct": 5}\n["no sample"]\n{"cpu_pct": "no number", "gpus": [3, {}]}\n{"cpu'
    )
    found = follower.watch(1, 1)
    assert found.usage is not None and found.bounds.memory_bytes == 0
    assert (found.usage.cpu_percent, len(found.usage.gpus or ())) == (0.0, 1)
    follower.write(2, point(1))
    limits = {"memory_bytes": 7, "disk_bytes": 8, "wall_seconds": 9}
    (follower.folder / "2" / "spec.json").write_text(json.dumps({"limits": limits}))
    assert follower.watch(2, 2).bounds == (7, 8, 9.0)


def test_files_that_cannot_be_read_are_a_sentence(follower: Follower) -> None:
    (follower.folder / "1").mkdir()
    (follower.folder / "1" / "usage.jsonl").symlink_to("elsewhere")
    assert "cannot be read" in follower.watch(1, 1).trouble
