"""From a metric to its second and its line of the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.moments import moment_of, place_in_log

METRIC = b'{"trial": 7, "step": 1, "loss": 1.0}\n'


class Written:
    """A run's folder, written second by second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log, self.metrics, self.seconds = b"", 0, 0

    def second(self, log: bytes, metrics: int) -> None:
        """What was printed in a second, and how many bytes of metrics were written."""
        self.seconds += 1
        self.log += log
        self.metrics += metrics
        sample = {"t": 1000.0 + self.seconds, "log_bytes": len(self.log), "metrics_bytes": self.metrics}
        (self.folder / "stdout.log").write_bytes(self.log)
        with (self.folder / "usage.jsonl").open("a") as file:
            file.write(json.dumps(sample) + "\n")

    def line_at(self, at: int, step: float, trial: int = 7, name: str = "loss") -> bytes:
        """The line that is found for byte `at` of the metrics."""
        place = place_in_log(self.folder, at, step=step, trial=trial, name=name)
        assert place is not None
        return self.log[place.offset :].splitlines()[0]


@pytest.fixture
def run(tmp_path: Path) -> Written:
    return Written(tmp_path)


def test_a_metric_lies_between_two_samples(run: Written) -> None:
    for number in range(5000):
        run.second(b"line %d\n" % number, 100)
    moment = moment_of(run.folder, 123_456)
    assert moment is not None
    assert moment.time == 1000.0 + 1235
    assert run.log[moment.log_from : moment.log_to] == b"line 1234\n"
    first = moment_of(run.folder, 0)
    assert first is not None and (first.time, first.log_from) == (1001.0, 0)


def test_what_no_sample_covers_has_no_moment(run: Written) -> None:
    assert moment_of(run.folder, 0) is None
    run.second(b"a\n", 100)
    assert moment_of(run.folder, 99) is not None
    assert moment_of(run.folder, 100) is None


def test_samples_of_an_older_keeper_say_nothing_and_break_nothing(run: Written) -> None:
    (run.folder / "usage.jsonl").write_text('{"t": 1.0, "cpu_pct": 3.0}\nnonsense\n')
    (run.folder / "stdout.log").write_bytes(b"step 4 loss 1\nstep 5 loss 1\n")
    assert moment_of(run.folder, 0) is None
    place = place_in_log(run.folder, 0, step=5, trial=7, name="loss")
    assert place is not None and (place.offset, place.exact) == (14, True)


def test_the_line_that_names_the_step_of_this_trial(run: Written) -> None:
    run.second(b"seed 7 step 10/50 loss 3\nseed 8 step 10/50 loss 2\nseed 8 step 20/50 loss 1\n", 100)
    run.second(b"seed 7 step 10/50 loss 9\n", 100)
    assert run.line_at(0, 10, trial=8) == b"seed 8 step 10/50 loss 2"
    assert run.line_at(0, 10, trial=7) == b"seed 7 step 10/50 loss 3"
    assert run.line_at(150, 10, trial=7) == b"seed 7 step 10/50 loss 9"


def test_words_of_the_metric_choose_among_lines_of_one_step(run: Written) -> None:
    run.second(b"mlp step 10 is 3\ncnn step 10 is 2\n", 100)
    assert run.line_at(0, 10, name="cnn_loss") == b"cnn step 10 is 2"
    assert run.line_at(0, 10, name="mlp_loss") == b"mlp step 10 is 3"


def test_the_nearest_step_where_the_log_leaves_some_out(run: Written) -> None:
    run.second(b"warming up 24\nstep 10 loss 3\nstep 20 loss 2\nstep 30 loss 1\n", 100)
    place = place_in_log(run.folder, 0, step=22, trial=7, name="loss")
    assert place is not None and not place.exact
    assert run.line_at(0, 22) == b"step 20 loss 2"


def test_a_silent_second_leads_to_the_line_before_it(run: Written) -> None:
    run.second(b"step 1\nlast words\n", 100)
    run.second(b"", 100)
    place = place_in_log(run.folder, 150, step=9, trial=7, name="loss")
    assert place is not None and not place.exact
    assert run.log[: place.offset].count(b"\n") == 1


def test_no_log_has_no_place(run: Written) -> None:
    assert place_in_log(run.folder, 0, step=1, trial=7, name="loss") is None
    run.second(b"step 1\n", 100)
    assert place_in_log(run.folder, 0, step=1, trial=7, name="loss") is not None
