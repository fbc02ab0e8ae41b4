"""Cards: the whole of a proposal as one canonical JSON file, named by its sha256.

A client shows a card and sends back the hash of the bytes it drew; the engine rebuilds the card from the facts at
the moment of the effect and refuses where the hash differs (decisions.md, What one yes covers, 2).
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

Card = dict[str, Any]


class CardError(Exception):
    """A card is missing or is not the one its name says."""


def dump(card: Card) -> bytes:
    """Canonical bytes: sorted keys, no insignificant space, UTF-8."""
    return json.dumps(card, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode(
        "utf-8", "surrogatepass"
    )


def digest(card: Card) -> str:
    """What a yes is bound to."""
    return hashlib.sha256(dump(card)).hexdigest()


def write(folder: Path, card: Card) -> str:
    """Store a card durably; returns its hash. Idempotent; a file of that name with other bytes is put right."""
    content = dump(card)
    name = hashlib.sha256(content).hexdigest()
    target = folder / f"{name}.json"
    if not target.exists() or target.read_bytes() != content:
        fresh = folder / f".{name}.new"
        with fresh.open("wb") as file:
            os.fchmod(file.fileno(), 0o600)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
    return name


def read(folder: Path, name: str) -> Card:
    """The card of this hash, checked.

    Raises:
        CardError: missing, or its bytes do not have this hash.
    """
    try:
        content = (folder / f"{name}.json").read_bytes()
    except OSError:
        raise CardError(
            f"The card {name[:12]} is missing from the state folder. Reject the step and ask for it again."
        ) from None
    if hashlib.sha256(content).hexdigest() != name:
        raise CardError(f"The card {name[:12]} was changed on disk. Reject the step and ask for it again.")
    card: Card = json.loads(content)
    return card
