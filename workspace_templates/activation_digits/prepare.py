"""Draw the secret split: 1,088 training, 300 validation and 409 test images out of 1,797.

Inputs go to OUT/public, which every run may read; the labels of the two held-out parts go to OUT/hidden, which only
`evaluate.py` reads. Standard library only.
"""

import argparse
import csv
import gzip
import hashlib
import io
import json
import sys
from pathlib import Path

SIZES = {"train": 1088, "valid": 300, "test": 409}
CLASSES = 10
DATA = Path(__file__).resolve().parent / "data" / "digits.csv.gz"
DIGEST = "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22"

Sample = tuple[list[int], int]


def read_samples() -> list[Sample]:
    """All images (64 integers, 0 to 16) with their labels, in the order of the file."""
    packed = DATA.read_bytes()
    if hashlib.sha256(packed).hexdigest() != DIGEST:
        raise ValueError("data/digits.csv.gz is not the file that was shipped. Restore it from the template.")
    rows = csv.reader(io.StringIO(gzip.decompress(packed).decode("ascii")))
    return [([int(pixel) for pixel in row[:64]], int(row[64])) for row in rows]


def draw(samples: list[Sample], secret: str) -> dict[str, list[Sample]]:
    """The three parts, disjoint, in an order that only the secret determines."""
    # A keyed hash rather than `random`: the same on every Python version, and not to be guessed from a part of it.
    order = sorted(range(len(samples)), key=lambda index: hashlib.sha256(f"{secret}:{index}".encode()).digest())
    parts, start = {}, 0
    for name, size in SIZES.items():
        parts[name] = [samples[index] for index in order[start : start + size]]
        start += size
    return parts


def write(path: Path, content: object) -> None:
    """Write JSON, making the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n", encoding="ascii")


def main() -> int:
    """Read the arguments, draw and write the split."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--secret", required=True, help="what the split is drawn with")
    parser.add_argument("--out", required=True, type=Path, help="folder for public/ and hidden/")
    arguments = parser.parse_args()
    try:
        parts = draw(read_samples(), arguments.secret)
    except (OSError, EOFError, ValueError) as error:
        print(f"The data cannot be prepared: {error}", file=sys.stderr)
        return 4
    public, hidden = arguments.out / "public", arguments.out / "hidden"
    labels = {name: [label for _, label in part] for name, part in parts.items()}
    write(public / "train.json", {"images": [image for image, _ in parts["train"]], "labels": labels["train"]})
    write(hidden / "train_counts.json", [labels["train"].count(digit) for digit in range(CLASSES)])
    for name in ("valid", "test"):
        write(public / f"{name}_inputs.json", {"images": [image for image, _ in parts[name]]})
        write(hidden / f"{name}_labels.json", labels[name])
    print("Drew " + ", ".join(f"{len(part)} {name}" for name, part in parts.items()) + " images.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
