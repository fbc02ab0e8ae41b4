"""What surrounds a workspace in these tests: a small study, its repository, its environment, and the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CONTRACT = """\
# A contract with limits for a test.
name = "tiny"
editable = ["train.py"]

[objective]
metric = "val_loss"
direction = "minimize"
smallest_effect = 0.05
screening_trials = 2
confirmation_trials = 3
claims = 20

[commands]
run = ["{python}", "-S", "train.py", "{seeds}"]

[self_reported]
line = "val_loss"

[limits]
wall_seconds = 20
memory_mb = 256
cpus = 1
processes = 16
disk_mb = 16
log_mb = 1

[budget]
minutes = 30
runs = 200
"""

TRAIN = '''\
"""Stands for a training script: its loss falls with the learning rate and does not depend on the batch size."""

import random
import sys

lr = 0.1
weight_decay = 0.01
warmup_steps = 10
max_norm = 1.0
batch_size = 32
label_smoothing = 0.1


def trial(seed: int) -> float:
    shared = random.Random(seed).gauss(0, 0.01)
    own = random.Random(f"{seed} {lr} {weight_decay} {max_norm}").gauss(0, 0.001)
    return 1 - lr + shared + own


for seed in map(int, sys.argv[1].split(",")):
    print(f"==> trial {seed}", flush=True)
    print(f"val_loss: {trial(seed):.6f}", flush=True)
'''

PAPER = """\
# Learning rates and regularisation for small neural networks

## Abstract

We study the training of small neural networks by stochastic gradient descent. A larger learning rate gives faster
convergence, while weight decay, warmup and label smoothing reduce overfitting on the training data.

## 1 Introduction

The learning rate is the most important hyperparameter of gradient descent. A larger learning rate covers more ground
in each epoch, a smaller learning rate avoids instability. It remains unclear how the learning rate interacts with
weight decay. Warmup of the learning rate helps early training. Gradient clipping prevents exploding gradients.

## 2 Method

We train a classifier with hidden layers on image classification. A higher learning rate with warmup steps and gradient
clipping is used. Weight decay and stronger weight decay are compared. Larger batch size and smaller batch size change
the noise of the gradient. Label smoothing softens the targets.

## 3 Limitations

No larger learning rate than 0.3 was tried; a lower learning rate was not tuned. Future work should study stronger
weight decay.
"""

MLRC = (sys.executable, "-I", "-c", "from app.entry import main; main()")


def wait_until(condition: Callable[[], bool], what: str | Callable[[], str], seconds: float = 30.0) -> None:
    """Poll until a condition holds; a test fails with `what` when it does not."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, f"waited {seconds} s for: {what if isinstance(what, str) else what()}"
        time.sleep(0.02)


def git(folder: Path, *words: str, data: bytes | None = None) -> bytes:
    """Run git as the researcher would."""
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    return subprocess.run(["git", *identity, *words], cwd=folder, input=data, capture_output=True, check=True).stdout


def make_repository(folder: Path, files: Mapping[str, str] | None = None) -> Path:
    """A repository of the researcher's with one commit."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "-q", "-b", "main")
    for name, text in (files or {"copilot.toml": CONTRACT, "train.py": TRAIN}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "Start")
    return folder


def make_environment(folder: Path) -> Path:
    """An environment with one installed distribution; returns its interpreter."""
    # What `python -m venv --without-pip` makes, in a hundredth of its time.
    base = Path(sys.executable).resolve()
    info = folder / "lib" / f"python3.{sys.version_info.minor}" / "site-packages" / "toy-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {base.parent}\ninclude-system-site-packages = false\n")
    (folder / "bin").mkdir()
    (folder / "bin" / "python").symlink_to(base)
    (info / "RECORD").write_text("toy.py,sha256=aaaa,10\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: toy\nVersion: 1.0\n")
    return folder / "bin" / "python"


def processes(place: Path) -> dict[int, str]:
    """Living processes that were started for this place or hold something below it open, but the present one."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                words = (entry / "cmdline").read_bytes()
                links = [str(link.readlink()) for link in (entry / "fd").iterdir()]
            except OSError:
                continue
            if os.fsencode(place) in words or any(link.startswith(f"{place}/") for link in links):
                found[int(entry.name)] = words.replace(b"\0", b" ").decode(errors="replace")
    return found


def children(pid: int) -> list[int]:
    """Living children of a process (an engine's: its keepers)."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == pid and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    """Whether a process runs and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@dataclass
class Said:
    """What a command line answered."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Standard output as one JSON object a line."""
        return [json.loads(line) for line in self.out.splitlines()]


def mlrc(
    *words: str | Path, cwd: Path, env: Mapping[str, str] | None = None, stdin: str = "", prefix: Iterable[str] = ()
) -> Said:
    """Run the command line; no answer may hold a traceback, but for what a run itself printed."""
    ended = subprocess.run(
        [*prefix, *MLRC, *map(str, words)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        env={**os.environ, **(env or {})},
    )
    own = ended.stderr if words[:1] == ("logs",) else ended.stdout + ended.stderr
    assert "Traceback" not in own, own
    assert "a fault of its own" not in ended.stderr, ended.stderr
    return Said(ended.returncode, ended.stdout, ended.stderr)
