"""The smallest template: its own figure, recomputed, and what a seed changes."""

from __future__ import annotations

import importlib.util
import math
import random
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from agents import contract


@pytest.fixture
def workspace(templates: Path, copy_without: Callable[..., Path], tmp_path: Path) -> Path:
    return copy_without(templates / "blank", tmp_path / "workspace")


def reported(ended: CompletedProcess[str]) -> float:
    """The declared line of one trial."""
    assert ended.returncode == 0, ended.stderr
    (value,) = re.findall(r"^val_loss: (\d+\.\d+)$", ended.stdout, flags=re.MULTILINE)
    return float(value)


def recomputed(script: Path, seed: int) -> float:
    """The mean of log(1 + exp(-margin)), from the script's weights but none of its loss code."""
    spec = importlib.util.spec_from_file_location("blank_train", script)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    a, b, c = module.train(module.points(200, random.Random(1)), seed, 5)
    rows = module.points(1000, random.Random(2))
    return statistics.fmean(math.log1p(math.exp(-(2 * label - 1) * (a * x + b * y + c))) for x, y, label in rows)


def test_the_printed_figure_is_the_log_loss(workspace: Path, start: Callable[..., CompletedProcess[str]]) -> None:
    run = contract.read(workspace / "copilot.toml").commands.run
    losses = [reported(start(workspace, run, seed=seed)) for seed in (7, 2_147_483_647)]
    assert losses == pytest.approx([recomputed(workspace / "train.py", seed) for seed in (7, 2_147_483_647)], abs=1e-6)
    # Guessing one half for every point scores ln 2.
    assert max(losses) < math.log(2)
    assert losses[0] != losses[1]


def test_a_seed_repeats(workspace: Path, start: Callable[..., CompletedProcess[str]]) -> None:
    run = contract.read(workspace / "copilot.toml").commands.run
    assert start(workspace, run, seed=3).stdout == start(workspace, run, seed=3).stdout


def test_smoke_trains_for_one_epoch(workspace: Path, start: Callable[..., CompletedProcess[str]]) -> None:
    smoke = contract.read(workspace / "copilot.toml").commands.smoke
    ended = start(workspace, smoke)
    reported(ended)
    assert ended.stdout.count("epoch") == 1
