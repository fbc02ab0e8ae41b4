"""The template with hidden labels: prepare, train and evaluate as plain processes, and what the evaluator refuses."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import math
import re
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from agents import contract
from agents.contract import Contract
from sandbox.metrics import parse_line

Start = Callable[..., "CompletedProcess[str]"]
Mutation = Callable[[Any], Any]
SEEDS = (5, 2_147_483_647)
SPLITS = {"valid": 300, "test": 409}


@dataclass(frozen=True)
class Prepared:
    """The template, a copy as agent code sees it, and the prepared data."""

    spec: Contract
    whole: Path
    visible: Path
    public: Path
    hidden: Path


@pytest.fixture(scope="module")
def prepared(
    templates: Path, copy_without: Callable[..., Path], start: Start, tmp_path_factory: pytest.TempPathFactory
) -> Prepared:
    folder = tmp_path_factory.mktemp("digits")
    template = templates / "activation_digits"
    spec = contract.read(template / "copilot.toml")
    whole = copy_without(template, folder / "whole")
    visible = copy_without(template, folder / "visible", spec.private)
    ended = start(whole, spec.commands.prepare, secret="secret", out=folder / "data")
    assert (ended.returncode, ended.stderr) == (0, "")
    return Prepared(spec, whole, visible, folder / "data" / "public", folder / "data" / "hidden")


@pytest.fixture(scope="module")
def trained(
    prepared: Prepared, start: Start, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, CompletedProcess[str]]:
    """The folder of a run with two seeds, and how it ended."""
    out = tmp_path_factory.mktemp("out")
    seeds = ",".join(map(str, SEEDS))
    ended = start(prepared.visible, prepared.spec.commands.run, data=prepared.public, out=out, seeds=seeds)
    assert (ended.returncode, ended.stderr) == (0, "")
    return out, ended


@pytest.fixture
def evaluate(prepared: Prepared, start: Start, tmp_path: Path) -> Callable[..., CompletedProcess[str]]:
    """Evaluate a folder of predictions into tmp_path."""

    def run(predictions: Path, split: str = "test", seeds: tuple[int, ...] = SEEDS) -> CompletedProcess[str]:
        shutil.rmtree(tmp_path / "scored", ignore_errors=True)
        places = {"predictions": predictions, "hidden": prepared.hidden, "out": tmp_path / "scored"}
        argv = prepared.spec.commands.evaluate
        return start(prepared.whole, argv, split=split, seeds=",".join(map(str, seeds)), **places)

    return run


def load(path: Path) -> Any:
    return json.loads(path.read_bytes())


def samples(folder: Path) -> list[tuple[tuple[int, ...], int]]:
    """The shipped data, read without the template's code."""
    with gzip.open(folder / "data" / "digits.csv.gz", "rt", encoding="ascii") as file:
        rows = [tuple(map(int, row)) for row in csv.reader(file)]
    return [(row[:64], row[64]) for row in rows]


# --- prepare ----------------------------------------------------------------------------------------------------------


def test_the_parts_are_disjoint_and_complete_and_labels_fit_images(prepared: Prepared) -> None:
    train = load(prepared.public / "train.json")
    drawn = list(zip(map(tuple, train["images"]), train["labels"], strict=True))
    for split, size in SPLITS.items():
        images = load(prepared.public / f"{split}_inputs.json")["images"]
        assert len(images) == size
        drawn += zip(map(tuple, images), load(prepared.hidden / f"{split}_labels.json"), strict=True)
    assert Counter(drawn) == Counter(samples(prepared.whole))
    assert load(prepared.hidden / "train_counts.json") == [train["labels"].count(digit) for digit in range(10)]


def test_held_out_labels_are_not_below_public(prepared: Prepared) -> None:
    assert sorted(path.name for path in prepared.public.iterdir()) == [
        "test_inputs.json",
        "train.json",
        "valid_inputs.json",
    ]
    assert all(set(load(prepared.public / f"{split}_inputs.json")) == {"images"} for split in SPLITS)
    # The rows do not stand in the order of the file, which would tell their labels.
    order = [image for image, _ in samples(prepared.whole)]
    places = [order.index(tuple(image)) for image in load(prepared.public / "test_inputs.json")["images"]]
    assert places != sorted(places)


def test_the_secret_draws_the_split(prepared: Prepared, start: Start, tmp_path: Path) -> None:
    for secret in ("secret", "another"):
        start(prepared.whole, prepared.spec.commands.prepare, secret=secret, out=tmp_path / secret)
    before = (prepared.public / "train.json").read_bytes()
    assert (tmp_path / "secret" / "public" / "train.json").read_bytes() == before
    assert (tmp_path / "another" / "public" / "train.json").read_bytes() != before


def test_prepare_refuses_absent_and_changed_data(prepared: Prepared, start: Start, tmp_path: Path) -> None:
    argv = prepared.spec.commands.prepare
    absent = start(prepared.visible, argv, secret="1", out=tmp_path / "absent")
    changed = tmp_path / "changed"
    shutil.copytree(prepared.whole, changed)
    (changed / "data" / "digits.csv.gz").write_bytes(gzip.compress(b"1," * 64 + b"1\n"))
    other = start(changed, argv, secret="1", out=tmp_path / "other")
    assert (absent.returncode, other.returncode) == (4, 4)
    assert "digits.csv.gz" in absent.stderr and "Restore it from the template" in other.stderr
    assert "Traceback" not in absent.stderr + other.stderr
    assert not (tmp_path / "other").exists()
    assert start(prepared.whole, argv, secret="1", out=tmp_path / "whole").returncode == 0


def test_the_data_are_attributed(prepared: Prepared) -> None:
    text = (prepared.whole / "data" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    digest = hashlib.sha256((prepared.whole / "data" / "digits.csv.gz").read_bytes()).hexdigest()
    assert all(words in text for words in ("CC BY 4.0", "Alpaydin", "Kaynak", "scikit-learn", "BSD 3-Clause", digest))
    assert prepared.spec.data.public


def test_the_paper_says_that_it_was_written_for_the_demo(prepared: Prepared) -> None:
    top = " ".join((prepared.whole / "paper.md").read_text(encoding="utf-8").split())[:300]
    assert "This text was written for the MLR-Copilot demo; it is not a published paper" in top


# --- run --------------------------------------------------------------------------------------------------------------


def test_agent_code_runs_without_the_private_files(
    prepared: Prepared, trained: tuple[Path, CompletedProcess[str]]
) -> None:
    assert (prepared.whole / "data" / "digits.csv.gz").exists()
    assert not (prepared.visible / "data").exists()
    out, _ = trained
    written = {path.name for path in out.iterdir()}
    assert written == {"metrics.jsonl", *(f"predictions-{seed}.json" for seed in SEEDS)}


def test_progress_is_printed_and_charted(trained: tuple[Path, CompletedProcess[str]]) -> None:
    out, ended = trained
    pattern = r"trial (\d)/2 seed (\d+) (mlp|cnn) step (10|20|30|34)/34 loss \d+\.\d{4}"
    lines = [re.fullmatch(pattern, line) for line in ended.stdout.splitlines()]
    assert all(lines) and len(lines) == 16
    records = [parse_line(line) for line in (out / "metrics.jsonl").read_bytes().splitlines()]
    assert [(record.trial, record.step, record.of) for record in records] == [
        (seed, step, 34) for seed in SEEDS for _ in range(2) for step in range(2, 35, 2)
    ]
    assert {name for record in records for name in record.values} == {"mlp_loss", "cnn_loss"}


def test_a_seed_repeats_whatever_ran_before_it(
    prepared: Prepared, trained: tuple[Path, CompletedProcess[str]], start: Start, tmp_path: Path
) -> None:
    out, _ = trained
    start(prepared.visible, prepared.spec.commands.run, data=prepared.public, out=tmp_path, seeds=SEEDS[1])
    again = (tmp_path / f"predictions-{SEEDS[1]}.json").read_bytes()
    assert again == (out / f"predictions-{SEEDS[1]}.json").read_bytes()
    assert again != (out / f"predictions-{SEEDS[0]}.json").read_bytes()


def edited(prepared: Prepared, to: Path, file: str, old: str, new: str) -> Path:
    """A copy of what agent code sees with one text replaced wherever it stands."""
    shutil.copytree(prepared.visible, to)
    text = (to / file).read_text(encoding="utf-8")
    assert old in text
    (to / file).write_text(text.replace(old, new), encoding="utf-8")
    return to


def test_an_edited_activation_passes_the_smoke_run(prepared: Prepared, start: Start, tmp_path: Path) -> None:
    folder = edited(prepared, tmp_path / "edited", "model.py", "self.act = nn.ReLU()", "self.act = nn.SiLU()")
    outcomes = {}
    for name, tree in {"silu": folder, "relu": prepared.visible}.items():
        ended = start(tree, prepared.spec.commands.smoke, data=prepared.public, out=tmp_path / name)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert ended.stdout.count("step 3/3") == 2
        outcomes[name] = (tmp_path / name / "predictions-0.json").read_bytes()
    assert outcomes["silu"] != outcomes["relu"]


@pytest.mark.parametrize(
    ("file", "old", "new", "sentence"),
    [
        ("recipe.py", "lr=1e-2", "lr=1e30", r"The mlp loss is (nan|inf) at step \d+ of seed 0\."),
        ("model.py", "nn.Linear(width, 10)", "nn.Linear(width, 12)", r"The mlp returned shape \(300, 12\)"),
    ],
)
def test_what_cannot_be_trained_ends_with_a_sentence(
    prepared: Prepared, start: Start, tmp_path: Path, file: str, old: str, new: str, sentence: str
) -> None:
    folder = edited(prepared, tmp_path / "edited", file, old, new)
    ended = start(folder, prepared.spec.commands.smoke, data=prepared.public, out=tmp_path / "out")
    assert ended.returncode == 3
    assert re.match(sentence, ended.stderr) and "Traceback" not in ended.stderr
    assert not list((tmp_path / "out").glob("predictions-*"))


# --- evaluate ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("split", SPLITS)
def test_the_score_is_the_log_loss(
    prepared: Prepared,
    trained: tuple[Path, CompletedProcess[str]],
    evaluate: Callable[..., CompletedProcess[str]],
    tmp_path: Path,
    split: str,
) -> None:
    assert evaluate(trained[0], split).returncode == 0
    found = load(tmp_path / "scored" / "scores.json")
    labels = load(prepared.hidden / f"{split}_labels.json")
    expected = {}
    for seed in SEEDS:
        predictions = load(trained[0] / f"predictions-{seed}.json")
        picked = [predictions[s][split][row][label] for s in ("mlp", "cnn") for row, label in enumerate(labels)]
        expected[str(seed)] = -sum(picked) / len(picked)
    assert found["scores"] == pytest.approx(expected, abs=1e-9)
    counts = Counter(load(prepared.public / "train.json")["labels"])
    frequencies = -sum(math.log(counts[label] / 1088) for label in labels) / len(labels)
    assert found["yardsticks"] == pytest.approx(
        {"training class frequencies": frequencies, "uniform guess": math.log(10)}, abs=1e-9
    )
    # One pass is enough to beat whoever does not look at the image.
    assert max(found["scores"].values()) < 1.5 < min(found["yardsticks"].values())


def put(row: Any) -> Mutation:
    """Replace the first test row of the CNN."""

    def mutate(predictions: Any) -> Any:
        predictions["cnn"]["test"][0] = row
        return predictions

    return mutate


def shorten(predictions: Any) -> Any:
    predictions["cnn"]["test"].pop()
    return predictions


def drop_setup(predictions: Any) -> Any:
    del predictions["cnn"]
    return predictions


UNIFORM = [-math.log(10)] * 10
REFUSED: dict[str, tuple[Mutation, str]] = {
    "not a number": (put([math.nan, *UNIFORM[1:]]), "contains NaN"),
    "minus infinity": (put([-math.inf, *UNIFORM[1:]]), "contains -Infinity"),
    "sums to ten": (put([0.0] * 10), r"sum to 10\.0000, not 1"),
    "sums to 1.0020": (put([value + 0.002 for value in UNIFORM]), r"sum to 1\.0020, not 1"),
    "probabilities": (put([0.1] * 10), "not a finite log-probability"),
    "text": (put(["-2.3"] * 10), "not a finite log-probability"),
    "true": (put([True] * 10), "not a finite log-probability"),
    "nine classes": (put([-math.log(9)] * 9), "not a list of 10"),
    "no row": (put(None), "not a list of 10"),
    "one row short": (shorten, "408 rows for 409 images"),
    "one network": (drop_setup, "exactly the setups mlp, cnn"),
    "other shape": (lambda _: [], "exactly the setups"),
}
PERMITTED: dict[str, Mutation] = {
    "unchanged": lambda predictions: predictions,
    "uniform row": put(UNIFORM),
    "sums to 1.0005": put([value + 0.0005 for value in UNIFORM]),
    "certain": put([0.0] + [-100.0] * 9),
}


def write_mutated(trained: Path, folder: Path, mutate: Mutation) -> Path:
    """Predictions of a real run, one seed's changed."""
    folder.mkdir()
    for seed in SEEDS:
        shutil.copyfile(trained / f"predictions-{seed}.json", folder / f"predictions-{seed}.json")
    path = folder / f"predictions-{SEEDS[1]}.json"
    path.write_text(json.dumps(mutate(load(path))), encoding="ascii")
    return folder


@pytest.mark.parametrize("case", REFUSED)
def test_malformed_predictions_are_refused(
    trained: tuple[Path, CompletedProcess[str]],
    evaluate: Callable[..., CompletedProcess[str]],
    tmp_path: Path,
    case: str,
) -> None:
    mutate, sentence = REFUSED[case]
    ended = evaluate(write_mutated(trained[0], tmp_path / "predictions", mutate))
    assert ended.returncode == 4
    assert ended.stderr.startswith(f"Not scored: predictions-{SEEDS[1]}.json") and ended.stderr.count("\n") == 1
    assert re.search(sentence, ended.stderr)
    assert not (tmp_path / "scored" / "scores.json").exists()


@pytest.mark.parametrize("case", PERMITTED)
def test_their_well_formed_neighbours_are_scored(
    trained: tuple[Path, CompletedProcess[str]],
    evaluate: Callable[..., CompletedProcess[str]],
    tmp_path: Path,
    case: str,
) -> None:
    ended = evaluate(write_mutated(trained[0], tmp_path / "predictions", PERMITTED[case]))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert set(load(tmp_path / "scored" / "scores.json")["scores"]) == {str(seed) for seed in SEEDS}


@pytest.mark.parametrize("content", [b"", b"[" * 200_000, b"\x80\x04pickle", b'{"mlp": 1' + b"0" * 5000 + b"}"])
def test_bytes_that_are_no_json_are_refused(
    evaluate: Callable[..., CompletedProcess[str]], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "predictions-5.json").write_bytes(content)
    ended = evaluate(tmp_path, seeds=(5,))
    assert ended.returncode == 4
    assert ended.stderr.startswith("Not scored: predictions-5.json is not readable JSON")


def test_a_missing_seed_is_refused(
    trained: tuple[Path, CompletedProcess[str]], evaluate: Callable[..., CompletedProcess[str]], tmp_path: Path
) -> None:
    ended = evaluate(trained[0], seeds=(*SEEDS, 6))
    assert ended.returncode == 4
    assert "predictions-6.json is missing" in ended.stderr and "Traceback" not in ended.stderr
    assert not (tmp_path / "scored" / "scores.json").exists()
    assert evaluate(trained[0], seeds=SEEDS[:1]).returncode == 0
    assert set(load(tmp_path / "scored" / "scores.json")["scores"]) == {str(SEEDS[0])}


def test_no_file_of_the_workspace_shadows_the_standard_library(
    prepared: Prepared, trained: tuple[Path, CompletedProcess[str]], start: Start, tmp_path: Path
) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(prepared.whole, folder)
    (folder / "json.py").write_text("raise SystemExit('the workspace was imported')\n", encoding="ascii")
    argv = prepared.spec.commands.evaluate
    assert argv is not None and "-I" in argv
    places = {"predictions": trained[0], "hidden": prepared.hidden, "out": tmp_path / "scored"}
    unguarded = tuple(word for word in argv if word != "-I")
    fooled = start(folder, unguarded, split="test", seeds=SEEDS[0], **places)
    assert "the workspace was imported" in fooled.stderr
    assert start(folder, argv, split="test", seeds=SEEDS[0], **places).returncode == 0
