"""Train both networks once per seed, in one pass over the training data, and write class log-probabilities.

Written to OUT: predictions-SEED.json {SETUP: {"valid": rows, "test": rows}} with ten log-probabilities per row, and
metrics.jsonl. The labels of the two held-out parts are not here; `evaluate.py` computes the metric elsewhere.
"""

import argparse
import json
import os
import random
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

# torch announces on import that NumPy is absent; nothing here uses it.
warnings.filterwarnings("ignore", message="Failed to initialize NumPy")

import torch  # noqa: E402

import model  # noqa: E402
import recipe  # noqa: E402

SETUPS = {"mlp": model.Mlp, "cnn": model.Cnn}
BATCH = 32
PRINT_EVERY = 10
MEASURE_EVERY = 2
SMOKE_STEPS = 3
CLASSES = 10
UNTRAINABLE = 3

Data = dict[str, torch.Tensor]


class TrialFailed(Exception):
    """The network cannot be trained or scored; the text says what happened and what to try."""


def read_data(folder: Path) -> Data:
    """Images as (n, 1, 8, 8) in [0, 1] under train, valid and test; the training labels under labels."""
    train = json.loads((folder / "train.json").read_bytes())
    held_out = {name: json.loads((folder / f"{name}_inputs.json").read_bytes()) for name in ("valid", "test")}
    parts = {"train": train, **held_out}
    images = {name: torch.tensor(part["images"]).reshape(-1, 1, 8, 8) / 16 for name, part in parts.items()}
    return {**images, "labels": torch.tensor(train["labels"])}


def batches(count: int, seed: int) -> Iterator[torch.Tensor]:
    """Indices of every full batch, once. The order depends on the seed alone, so that two networks see the same one."""
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    yield from order[: count // BATCH * BATCH].split(BATCH)


def train(setup: str, seed: int, data: Data, trial: str, metrics: TextIO, smoke: bool) -> torch.nn.Module:
    """One network after one pass; what is printed and written is the mean loss since the last time."""
    random.seed(seed)
    torch.manual_seed(seed)
    network = SETUPS[setup]()
    network.train()
    loss_of = recipe.make_loss()
    plan = list(batches(len(data["labels"]), seed))[: SMOKE_STEPS if smoke else None]
    optimizer = recipe.make_optimizer(network.parameters())
    schedule = recipe.make_schedule(optimizer, len(plan))
    losses: list[float] = []
    measured = printed = 0
    for step, batch in enumerate(plan, 1):
        loss = loss_of(network(data["train"][batch]), data["labels"][batch])
        if not torch.isfinite(loss).all():
            where = f"The {setup} loss is {loss.item()} at step {step} of seed {seed}."
            raise TrialFailed(f"{where} Lower the learning rate or undo the change.")
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if step % MEASURE_EVERY == 0 or step == len(plan):
            mean = sum(losses[measured:]) / (step - measured)
            point = {"trial": seed, "step": step, "of": len(plan), f"{setup}_loss": round(mean, 6)}
            metrics.write(json.dumps(point) + "\n")
            metrics.flush()
            measured = step
        if step % PRINT_EVERY == 0 or step == len(plan):
            mean = sum(losses[printed:]) / (step - printed)
            print(f"{trial} seed {seed} {setup} step {step}/{len(plan)} loss {mean:.4f}", flush=True)
            printed = step
    return network


@torch.no_grad()
def predict(network: torch.nn.Module, images: torch.Tensor, setup: str) -> list[list[float]]:
    """Normalised log-probabilities, one row per image."""
    network.eval()
    logits = network(images)
    if logits.shape != (len(images), CLASSES):
        found = f"The {setup} returned shape {tuple(logits.shape)} for {len(images)} images."
        raise TrialFailed(f"{found} Return {CLASSES} logits per image.")
    # In double precision, so that rows sum to one far below the evaluator's tolerance.
    rows = torch.log_softmax(logits.double(), dim=1)
    if not torch.isfinite(rows).all():
        found = f"The {setup} predicts infinite or undefined values."
        raise TrialFailed(f"{found} Lower the learning rate or undo the change.")
    return [[round(value, 6) for value in row] for row in rows.tolist()]


def run_trial(seed: int, data: Data, trial: str, out: Path, smoke: bool) -> None:
    """Train and predict with every setup; the file appears only when all succeeded."""
    predictions: dict[str, Any] = {}
    with (out / "metrics.jsonl").open("a", encoding="ascii") as metrics:
        for setup in SETUPS:
            network = train(setup, seed, data, trial, metrics, smoke)
            predictions[setup] = {name: predict(network, data[name], setup) for name in ("valid", "test")}
    text = json.dumps(predictions, separators=(",", ":"))
    (out / f"predictions-{seed}.json").write_text(text + "\n", encoding="ascii")


def seed_list(text: str) -> list[int]:
    """`3,1,4` as integers."""
    return [int(part) for part in text.split(",")]


def main() -> int:
    """Read the arguments and do every trial."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", required=True, type=Path, help="the public folder that prepare.py made")
    parser.add_argument("--out", required=True, type=Path, help="folder for predictions and metrics")
    parser.add_argument("--seeds", required=True, type=seed_list, help="one trial each, comma-separated")
    parser.add_argument("--smoke", action="store_true", help="a few steps only, to see that the code runs")
    arguments = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS") or torch.get_num_threads()))
    torch.use_deterministic_algorithms(True, warn_only=True)
    arguments.out.mkdir(parents=True, exist_ok=True)
    try:
        data = read_data(arguments.data)
        for number, seed in enumerate(arguments.seeds, 1):
            run_trial(seed, data, f"trial {number}/{len(arguments.seeds)}", arguments.out, arguments.smoke)
    except TrialFailed as failure:
        print(failure, file=sys.stderr)
        return UNTRAINABLE
    return 0


if __name__ == "__main__":
    sys.exit(main())
