"""When a log was printed: pairs written by the keeper, found again by offset and by time."""

from __future__ import annotations

from pathlib import Path

from sandbox import logtimes
from sandbox.logtimes import FILE, TimesLog, offset_at, times_of

from .test_logpipe import Piped


def noted(folder: Path, *pairs: tuple[float, int]) -> None:
    """Write these through a log of times of its own, as each keeper does."""
    log = TimesLog(folder / FILE)
    for now, offset in pairs:
        log.note(now, offset)
    log.close()


def test_times_and_offsets_are_found_both_ways(tmp_path: Path) -> None:
    noted(tmp_path, (100.0, 0), (101.0, 50), (110.0, 80))
    assert times_of(tmp_path, [0, 49, 50, 79, 80, 10_000]) == [100.0, 100.0, 101.0, 101.0, 110.0, 110.0]
    assert [offset_at(tmp_path, time) for time in (5.0, 100.0, 100.9, 101.0, 109.0, 110.0, 9e9)] == [
        0, 0, 0, 50, 50, 80, 80,
    ]  # fmt: skip


def test_a_run_without_times_has_none(tmp_path: Path) -> None:
    assert times_of(tmp_path, [0, 7]) == [None, None]
    assert offset_at(tmp_path, 100.0) is None


def test_pairs_keep_their_distance_and_a_clock_set_back_is_waited_for(tmp_path: Path) -> None:
    noted(tmp_path, (100.0, 0), (100.2, 10), (100.25, 20), (50.0, 30), (100.6, 40))
    assert times_of(tmp_path, [10, 20, 30, 40]) == [100.0, 100.25, 100.25, 100.6]


def test_another_keeper_goes_on_behind_a_cut_pair(tmp_path: Path) -> None:
    noted(tmp_path, (100.0, 5))
    with (tmp_path / FILE).open("ab") as file:
        file.write(b"half")
    noted(tmp_path, (100.1, 6), (200.0, 7))
    assert times_of(tmp_path, [4, 5, 6, 7]) == [None, 100.0, 100.0, 200.0]
    assert (tmp_path / FILE).stat().st_size == 32


def test_a_long_run_is_noted_less_often(tmp_path: Path) -> None:
    pairs = [(float(number), number) for number in range(logtimes.GAP_DOUBLES)]
    last = logtimes.GAP_DOUBLES - 1
    noted(tmp_path, *pairs, (last + 0.3, 1 << 20), (last + 0.5, 2 << 20))
    assert times_of(tmp_path, [1 << 20, 2 << 20]) == [float(last), last + 0.5]


def test_times_that_cannot_be_written_harm_nothing(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    noted(tmp_path, (1.0, 0))
    assert times_of(tmp_path, [0]) == [None]


def test_the_pipe_notes_when_output_came(tmp_path: Path) -> None:
    import time

    before = time.time()
    piped = Piped(tmp_path)
    piped.write(b"one\n")
    assert piped.silent.wait(5)
    piped.finish()
    (first,) = times_of(tmp_path, [0])
    assert first is not None and before <= first <= time.time()
    assert offset_at(tmp_path, time.time()) == 0
