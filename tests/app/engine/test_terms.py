"""Terms: seeds pair, tokens are filled in once, and what a card lists is what would start."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.contract import parse
from app.engine.cards import Card
from app.engine.terms import Terms, planned, run_spec

TOML = b"""
name = "study"
editable = ["model.py"]
[objective]
metric = "loss"
direction = "minimize"
smallest_effect = 0.1
[commands]
prepare = ["{python}", "prepare.py", "{secret}"]
run = ["{python}", "train.py", "{seeds}", "{data}", "{out}"]
evaluate = ["{python}", "evaluate.py", "{split}", "{predictions}"]
[predictions]
files = ["p-*.json"]
"""


def card(text: bytes = TOML) -> Card:
    return {
        "text": text.decode(),
        "base": "b" * 40,
        "tree": "t" * 40,
        "backend": "docker",
        "isolation": "container",
        "environment": {
            "python": "/usr/bin/python3",
            "version": "3.11",
            "base_prefix": "/usr",
            "prefix": "/usr",
            "digest": "d" * 64,
            "masked": [],
            "blind_spots": [],
        },
    }


def terms(secret: bytes = b"s" * 32, name: str = "c" * 64, text: bytes = TOML) -> Terms:
    return Terms.of(card(text), name, 1, secret, "w", Path("/study"))


def test_seeds_are_distinct_and_the_same_for_everybody_who_pairs() -> None:
    screening, confirmation = terms().seeds("screening"), terms().seeds("confirmation")
    assert (len(set(screening)), len(set(confirmation))) == (3, 13)
    assert not set(screening) & set(confirmation), "confirmation seeds must be fresh"
    assert terms().seeds("confirmation") == confirmation


def test_another_workspace_or_contract_draws_others() -> None:
    assert terms(secret=b"x" * 32).seeds("confirmation") != terms().seeds("confirmation")
    assert terms(name="e" * 64).seeds("confirmation") != terms().seeds("confirmation")
    assert terms(secret=b"x" * 32).split_secret() != terms().split_secret()


def spec(purpose: str, text: bytes = TOML, split: str = "test") -> tuple[tuple[str, ...], ...]:
    where = terms(text=text)
    seeds = () if purpose == "prepare" else (4, 7)
    return run_spec(
        where,
        run=1,
        purpose=purpose,
        split=split,
        tree="t" * 40,
        source=Path("/t"),
        inputs=(),
        seeds=seeds,  # type: ignore[arg-type]
    ).commands


def test_tokens_of_the_engine_are_filled_in_and_those_of_places_left_to_the_backend() -> None:
    assert spec("screening") == (("{python}", "train.py", "4,7", "{data}", "{out}"),)
    assert spec("evaluation") == (("{python}", "evaluate.py", "test", "{predictions}"),)


def test_only_prepare_learns_the_split_secret() -> None:
    secret = terms().split_secret()
    assert spec("prepare") == (("{python}", "prepare.py", secret),)
    leaky = TOML.replace(b'"train.py", "{seeds}"', b'"train.py", "{secret}", "{seeds}"')
    assert secret not in str(spec("screening", leaky))


def test_a_seed_token_means_one_start_per_trial() -> None:
    single = TOML.replace(b"{seeds}", b"{seed}")
    assert [command[2] for command in spec("screening", single)] == ["4", "7"]


@pytest.mark.parametrize(("baseline", "purposes"), [(True, 5), (False, 4)])
def test_a_card_lists_every_run_with_its_limits(baseline: bool, purposes: int) -> None:
    rows = planned(parse(TOML), backend="docker", isolation="container", environment="d" * 64, baseline=baseline)
    assert len(rows) == purposes
    assert all(row["backend"] == "docker" and row["environment"] == "d" * 64 and row["limits"] for row in rows)
    assert [row["purpose"] for row in rows if row["purpose"] == "prepare"] == (["prepare"] if baseline else [])
    assert not any(row["network"] for row in rows)
    local = planned(parse(TOML), backend="local", isolation="none", environment="d" * 64, baseline=False)
    assert all(row["network"] for row in local), "local has the host's network and must say so"
