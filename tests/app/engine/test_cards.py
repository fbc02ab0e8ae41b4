"""Cards: canonical bytes named by their hash; anything else is refused by name."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.engine import cards

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_the_hash_depends_on_the_content_alone(card: dict[str, Any]) -> None:
    shuffled = dict(reversed(card.items()))
    assert cards.dump(card) == cards.dump(shuffled)
    assert json.loads(cards.dump(card)) == json.loads(json.dumps(card))
    assert cards.digest(card) != cards.digest(card | {"one more": 1})


def test_a_number_and_its_text_are_two_cards() -> None:
    assert len({cards.digest({"trials": value}) for value in (1, "1", 1.5, True, None)}) == 5


def test_bytes_that_are_no_text_survive_and_count(tmp_path: Path) -> None:
    """A patch of a file that is not UTF-8 holds surrogates."""
    card = {"patch": b"+caf\xe9".decode(errors="surrogateescape")}
    name = cards.write(tmp_path, card)
    assert cards.read(tmp_path, name)["patch"].encode(errors="surrogateescape") == b"+caf\xe9"
    assert name != cards.digest({"patch": "+café"})


def test_what_is_not_a_number_has_no_card() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        cards.dump({"smallest_effect": float("nan")})


def test_a_card_is_written_once_for_its_owner_and_read_back(tmp_path: Path) -> None:
    name = cards.write(tmp_path, {"kind": "idea"})
    file = tmp_path / f"{name}.json"
    before = file.stat().st_mtime_ns
    assert cards.write(tmp_path, {"kind": "idea"}) == name and file.stat().st_mtime_ns == before
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and [p.name for p in tmp_path.iterdir()] == [file.name]
    assert cards.read(tmp_path, name) == {"kind": "idea"}


@pytest.mark.parametrize("damage", [b"", b'{"kind":"diff"}', b'{ "kind":"idea"}', b"\xff\xfe"])
def test_a_card_with_other_bytes_is_refused(tmp_path: Path, damage: bytes) -> None:
    name = cards.write(tmp_path, {"kind": "idea"})
    (tmp_path / f"{name}.json").write_bytes(damage)
    with pytest.raises(cards.CardError, match="was changed on disk"):
        cards.read(tmp_path, name)


def test_a_missing_card_is_refused(tmp_path: Path) -> None:
    with pytest.raises(cards.CardError, match="is missing"):
        cards.read(tmp_path, "0" * 64)
