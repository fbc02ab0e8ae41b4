"""Scores are read strictly: every refusal has a permitted neighbour."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents import contract as contracts
from agents.contract import Contract, SelfReported
from agents.scores import Scores, ScoresError, read_scores, reported_files, self_reported

# A busy machine is no failure.
untimed = settings(deadline=None)

SEEDS = (3, 5)
GOOD = b'{"scores": {"3": 0.25, "5": 1}, "yardsticks": {"mean of the training part": 0.7}}'

Folder = Callable[..., Path]


def reporting(rule: str) -> Contract:
    return contracts.parse(
        f"""
        name = "reporting"
        editable = ["*.py"]
        [objective]
        metric = "val_loss"
        direction = "minimize"
        smallest_effect = 0.1
        [commands]
        run = ["{{python}}", "train.py", "{{seed}}"]
        [self_reported]
        {rule}
        """.encode()
    )


@pytest.fixture
def run_folder(tmp_path: Path) -> Folder:
    def make(log: bytes = b"", **files: bytes) -> Path:
        (tmp_path / "kept").mkdir(exist_ok=True)
        (tmp_path / "stdout.log").write_bytes(log)
        for name, content in files.items():
            (tmp_path / "kept" / name.replace("__", ".")).write_bytes(content)
        return tmp_path

    return make


# the evaluator's file


def test_a_good_file_is_read() -> None:
    expected = Scores(scores={3: 0.25, 5: 1.0}, yardsticks={"mean of the training part": 0.7})
    assert read_scores(GOOD, SEEDS) == expected
    assert read_scores(b'{"scores": {"5": 1, "3": 0.25}}', SEEDS) == Scores(scores={3: 0.25, 5: 1.0})
    assert list(read_scores(b'{"scores": {"5": 1, "3": 0.25}}', SEEDS).scores) == [3, 5]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"scores": {"3": NaN, "5": 1}}', "NaN is not a finite number"),
        (b'{"scores": {"3": -Infinity, "5": 1}}', "-Infinity is not a finite number"),
        (b'{"scores": {"3": 1e999, "5": 1}}', "seed 3: inf is not a finite number"),
        (b'{"scores": {"3": 1' + b"0" * 400 + b', "5": 1}}', "is not a finite number"),
        (b'{"scores": {"3": 1' + b"0" * 5000 + b', "5": 1}}', "cannot be read"),
        (b'{"scores": {"3": "0.25", "5": 1}}', "seed 3: '0.25' is not a number"),
        (b'{"scores": {"3": true, "5": 1}}', "seed 3: True is not a number"),
        (b'{"scores": {"3": null, "5": 1}}', "seed 3: None is not a number"),
        (b'{"scores": {"3": [1], "5": 1}}', "is not a number"),
        (b'{"scores": {"3": 1}}', "no score for seed 5"),
        (b'{"scores": {"3": 1, "5": 1, "7": 1}}', "a score for '7'"),
        (b'{"scores": {"3": 1, "5": 1, "05": 1}}', "a score for '05'"),
        (b'{"scores": {"3": 1, "3": 2, "5": 1}}', "the key '3' stands there twice"),
        (b'{"scores": {"3": 1, "5": 1}, "metric": 3}', "unknown key 'metric'"),
        (b'{"scores": [1, 2]}', "where an object in braces belongs"),
        (b"[1, 2]", "where an object in braces belongs"),
        (b"{}", 'has no "scores"'),
        (b"", "cannot be read"),
        (b"0.25", "where an object in braces belongs"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[" * 200_000, "nested too deep"),
        (b" " * ((4 << 20) + 1), "bytes, more than"),
        (b'{"scores": {"3": 1, "5": 1}, "yardsticks": {"mean": NaN}}', "NaN is not a finite number"),
        (b'{"scores": {"3": 1, "5": 1}, "yardsticks": {"mean": "low"}}', "yardstick mean: 'low' is not a number"),
        (b'{"scores": {"3": 1, "5": 1}, "yardsticks": {"\\u001b[2J": 1}}', "names a yardstick"),
        (b'{"scores": {"3": 1, "5": 1}, "yardsticks": {"": 1}}', "names a yardstick"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(ScoresError) as refused:
        read_scores(content, SEEDS)
    assert says in str(refused.value)
    assert str(refused.value).endswith(".")
    assert "\x1b" not in str(refused.value)


@untimed
@given(st.dictionaries(st.integers(-1000, 1000), st.floats(allow_nan=False, allow_infinity=False), min_size=1))
def test_every_finite_number_survives_exactly(scores: dict[int, float]) -> None:
    content = json.dumps({"scores": {str(seed): value for seed, value in scores.items()}, "yardsticks": {}}).encode()
    assert read_scores(content, tuple(scores)).scores == scores


@untimed
@given(st.binary(max_size=200))
def test_no_bytes_get_past_the_two_outcomes(content: bytes) -> None:
    try:
        assert set(read_scores(content, SEEDS).scores) == set(SEEDS)
    except ScoresError as error:
        assert str(error)


# a declared line


def test_the_last_line_of_each_trial_counts(run_folder: Folder) -> None:
    contract = reporting('line = "val_loss"')
    log = b"==> trial 3\nval_loss: 9\n  val_loss:  0.25  \ntrain_loss: 7\n"
    log += b"==> trial 5\r\nstep 1\rstep 2\rval_loss: 1e-3\r\n"
    assert self_reported(contract, SEEDS, run_folder(log)) == Scores(scores={3: 0.25, 5: 0.001})


def test_a_single_trial_needs_no_marker(run_folder: Folder) -> None:
    contract = reporting('line = "val_loss"')
    assert self_reported(contract, (3,), run_folder(b"val_loss: 9\nval_loss: -.5")).scores == {3: -0.5}
    assert self_reported(contract, (3,), run_folder(b"==> trial 3\nval_loss: 2\n")).scores == {3: 2.0}


@pytest.mark.parametrize(
    ("log", "says"),
    [
        (b"==> trial 3\nval_loss: 1\n==> trial 5\nval_loss: nan\n", "Trial 5: `val_loss: nan` is not a finite number"),
        (b"==> trial 3\nval_loss: 1\n==> trial 5\nval_loss: 1e999\n", "is not a finite number"),
        (b"==> trial 3\nval_loss: 1\n==> trial 5\nval_loss: 0.3 (best)\n", "is not a finite number"),
        (b"==> trial 3\nval_loss: 1\n==> trial 5\nval_loss: 0x10\n", "is not a finite number"),
        ("==> trial 3\nval_loss: 1\n==> trial 5\nval_loss: ٣\n".encode(), "is not a finite number"),
        (b"==> trial 3\nval_loss: 1\n==> trial 5\nbest val_loss: 1\n", "Trial 5 printed no line `val_loss: NUMBER`"),
        (b"==> trial 3\nval_loss: 1\n", "1 lines `==> trial SEED` for 2 trials"),
        (b"==> trial 5\nval_loss: 1\n==> trial 3\nval_loss: 1\n", "or in another order"),
        (b"==> trial 3\nval_loss: 1\n==> trial 5\nval_loss: 2\n==> trial 3\nval_loss: 0\n", "3 lines"),
        (b"val_loss: 1\nval_loss: 2\n", "0 lines"),
        (b"==> trial 3\nval_loss: 1\n==> trial 5\nval_loss: 2\n" + b"\0" * 200_000 + b"\nend\n", "was cut"),
        (b"", "0 lines"),
    ],
)
def test_a_log_that_leaves_a_doubt_is_refused(run_folder: Folder, log: bytes, says: str) -> None:
    with pytest.raises(ScoresError) as refused:
        self_reported(reporting('line = "val_loss"'), SEEDS, run_folder(log))
    assert says in str(refused.value)


def test_a_cut_log_is_good_where_the_metric_came_after_the_cut(run_folder: Folder) -> None:
    log = b"==> trial 3\nval_loss: 1\n==> trial 5\nval_loss: 2\n" + b"\0" * 200_000 + b"\nval_loss: 3\n"
    assert self_reported(reporting('line = "val_loss"'), SEEDS, run_folder(log)).scores == {3: 1.0, 5: 3.0}


def test_a_metric_name_is_no_pattern(run_folder: Folder) -> None:
    contract = reporting('line = "f1 (.*)"')
    assert self_reported(contract, (3,), run_folder(b"f1 (.*): 0.5\nf1 (macro): 0.9\n")).scores == {3: 0.5}


def test_a_missing_log_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ScoresError, match="log of the run cannot be read"):
        self_reported(reporting('line = "val_loss"'), SEEDS, tmp_path)


# a JSON key


def test_a_json_key_is_read_from_the_file_of_each_seed(run_folder: Folder) -> None:
    contract = reporting('json_key = "result-{seed}.json:eval.loss"')
    folder = run_folder(
        **{"result-3__json": b'{"eval": {"loss": 0.25}, "x": 1}', "result-5__json": b'{"eval": {"loss": 2}}'}
    )
    assert self_reported(contract, SEEDS, folder).scores == {3: 0.25, 5: 2.0}
    single = reporting('json_key = "result-3.json:eval.loss"')
    assert self_reported(single, (3,), folder).scores == {3: 0.25}


@pytest.mark.parametrize(
    ("rule", "content", "says"),
    [
        ("r-{seed}.json:loss", b'{"loss": NaN}', "NaN is not a finite number"),
        ("r-{seed}.json:loss", b'{"loss": "1"}', "'1' is not a number"),
        ("r-{seed}.json:eval.loss", b'{"loss": 1}', "has no key 'eval.loss'"),
        ("r-{seed}.json:loss.mean", b'{"loss": 1}', "holds 1 where an object in braces belongs"),
        ("other-{seed}.json:loss", b'{"loss": 1}', "The run left no other-3.json"),
        ("r-3.json:loss", b'{"loss": 1}', "One r-3.json cannot hold 2 trials"),
        ("r-{seed}.json", b'{"loss": 1}', "write FILE:KEY"),
    ],
)
def test_a_json_file_that_leaves_a_doubt_is_refused(run_folder: Folder, rule: str, content: bytes, says: str) -> None:
    folder = run_folder(**{"r-3__json": content, "r-5__json": content})
    with pytest.raises(ScoresError) as refused:
        self_reported(reporting(f'json_key = "{rule}"'), SEEDS, folder)
    assert says in str(refused.value)


# metrics.jsonl


def test_the_last_value_of_each_trial_counts(run_folder: Folder) -> None:
    lines = b'{"trial": 3, "loss": 9}\n{"trial": 5, "loss": 2}\n\n{"trial": 3, "loss": 0.25}\n{"trial": 3, "step": 1}\n'
    contract = reporting('metrics_jsonl = "loss"')
    assert self_reported(contract, SEEDS, run_folder(metrics__jsonl=lines)).scores == {3: 0.25, 5: 2.0}
    assert self_reported(contract, (3,), run_folder(metrics__jsonl=b'{"loss": 4}')).scores == {3: 4.0}


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (b'{"trial": 3, "loss": 1}\n', "no 'loss' for seed 5"),
        (b'{"trial": 3, "loss": 1}\n{"trial": 7, "loss": 1}\n', 'line 2: "trial" is 7'),
        (b'{"trial": true, "loss": 1}\n', '"trial" is True'),
        (b'{"loss": 1}\n', '"trial" is None'),
        (b'{"trial": 3, "loss": 1}\n{"trial": 5, "lo', "line 2 cannot be read"),
        (b'{"trial": 3, "loss": NaN}\n', "NaN is not a finite number"),
        (b"[1]\n", "line 1 holds [1]"),
    ],
)
def test_a_metrics_file_that_leaves_a_doubt_is_refused(run_folder: Folder, lines: bytes, says: str) -> None:
    with pytest.raises(ScoresError) as refused:
        self_reported(reporting('metrics_jsonl = "loss"'), SEEDS, run_folder(metrics__jsonl=lines))
    assert says in str(refused.value)


# what has to be kept


def test_the_files_that_a_rule_reads() -> None:
    assert reported_files(SelfReported(line="loss"), SEEDS) == ()
    assert reported_files(SelfReported(metrics_jsonl="loss"), SEEDS) == ("metrics.jsonl",)
    assert reported_files(SelfReported(json_key="a/r-{seed}.json:x.y"), SEEDS) == ("a/r-3.json", "a/r-5.json")
    assert reported_files(SelfReported(json_key="r.json:x"), (3,)) == ("r.json",)


def test_a_contract_with_an_evaluator_reports_nothing_itself(run_folder: Folder) -> None:
    evaluated = reporting('line = "val_loss"').model_copy(update={"self_reported": None})
    with pytest.raises(ScoresError, match="no \\[self_reported\\]"):
        self_reported(evaluated, SEEDS, run_folder())
