"""Score predictions against the hidden labels: mean negative log-likelihood in nats, averaged over both networks.

Standard library only and never unpickles: the predictions come from code that nobody may trust. A file that is missing
or malformed ends the evaluation with one sentence and status 4; no score is written then.
"""

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any, NoReturn

SETUPS = ("mlp", "cnn")
CLASSES = 10
TOLERANCE = 1e-3
"""How far the probabilities of a row may sum from one."""
REFUSED = 4


class Refused(Exception):
    """The predictions cannot be scored; the text says which and why."""


def read_json(path: Path, origin: str) -> Any:
    """Strict JSON (NaN and Infinity are refused); `origin` names what writes the file."""

    def refuse(word: str) -> NoReturn:
        raise Refused(f"{path.name} contains {word}. Only finite numbers can be scored.")

    try:
        return json.loads(path.read_bytes(), parse_constant=refuse)
    except FileNotFoundError:
        raise Refused(f"{path.name} is missing. It is written by {origin}; run that first.") from None
    except (OSError, ValueError, RecursionError) as error:
        reason = type(error).__name__
        raise Refused(f"{path.name} is not readable JSON ({reason}). Let {origin} write it again.") from None


def log_probabilities(row: Any, where: str) -> list[float]:
    """One row, checked: ten finite floats whose exponentials sum to one."""
    if not isinstance(row, list) or len(row) != CLASSES:
        raise Refused(f"{where} is not a list of {CLASSES} log-probabilities.")
    if not all(isinstance(value, float) and math.isfinite(value) and value <= TOLERANCE for value in row):
        raise Refused(f"{where} holds something that is not a finite log-probability (a float, at most 0).")
    total = math.fsum(math.exp(value) for value in row)
    if abs(total - 1) > TOLERANCE:
        raise Refused(f"{where} has probabilities that sum to {total:.4f}, not 1. Write normalised log-probabilities.")
    return row


def log_loss(rows: Any, labels: list[int], where: str) -> float:
    """Mean negative log-likelihood of the labels, in nats."""
    if not isinstance(rows, list) or len(rows) != len(labels):
        found = len(rows) if isinstance(rows, list) else "no"
        raise Refused(f"{where} has {found} rows for {len(labels)} images.")
    checked = (log_probabilities(row, f"{where} row {number}") for number, row in enumerate(rows))
    return -math.fsum(row[label] for row, label in zip(checked, labels, strict=True)) / len(labels)


def score(path: Path, split: str, labels: list[int]) -> float:
    """The metric of one trial: the mean over the networks."""
    predictions = read_json(path, "train.py, one file per seed")
    if not isinstance(predictions, dict) or set(predictions) != set(SETUPS):
        raise Refused(f"{path.name} must hold exactly the setups {', '.join(SETUPS)}.")
    losses = []
    for setup in SETUPS:
        parts = predictions[setup]
        if not isinstance(parts, dict) or split not in parts:
            raise Refused(f"{path.name} has no {split} predictions of the {setup}.")
        losses.append(log_loss(parts[split], labels, f"{path.name}: {setup} {split}"))
    return math.fsum(losses) / len(losses)


def yardsticks(counts: list[int], labels: list[int]) -> dict[str, float]:
    """What predictors score that never look at an image. (Always naming the majority class would score infinity.)"""
    frequencies = [math.log(count / sum(counts)) for count in counts]
    return {
        "training class frequencies": -math.fsum(frequencies[label] for label in labels) / len(labels),
        "uniform guess": math.log(CLASSES),
    }


def main() -> int:
    """Read the arguments, score every seed and write scores.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--predictions", required=True, type=Path, help="folder with predictions-SEED.json")
    parser.add_argument("--hidden", required=True, type=Path, help="the hidden folder that prepare.py made")
    parser.add_argument("--split", required=True, choices=("valid", "test"))
    parser.add_argument("--seeds", required=True, help="the trials that must be there, comma-separated")
    parser.add_argument("--out", required=True, type=Path, help="folder for scores.json")
    arguments = parser.parse_args()
    try:
        labels = read_json(arguments.hidden / f"{arguments.split}_labels.json", "prepare.py")
        counts = read_json(arguments.hidden / "train_counts.json", "prepare.py")
        seeds = [int(part) for part in arguments.seeds.split(",")]
        files = {str(seed): arguments.predictions / f"predictions-{seed}.json" for seed in seeds}
        scores = {seed: score(path, arguments.split, labels) for seed, path in files.items()}
    except Refused as refusal:
        print(f"Not scored: {refusal}", file=sys.stderr)
        return REFUSED
    arguments.out.mkdir(parents=True, exist_ok=True)
    table = {"scores": scores, "yardsticks": yardsticks(counts, labels)}
    (arguments.out / "scores.json").write_text(json.dumps(table, indent=1) + "\n", encoding="ascii")
    print(f"Scored {len(scores)} trials on {len(labels)} {arguments.split} images.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
