"""Reading the metric of every trial, strictly: from the evaluator's `scores.json`, or as the code under test says.

Nothing is guessed. A number that is missing, doubled, not finite or for a seed that nobody asked for is a
`ScoresError`, since a verdict computed from what was left would be about another experiment.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from agents.contract import Contract, SelfReported

FILE = "scores.json"
MAX_BYTES = 4 << 20
"""Of a scores.json or a reported JSON file; larger ones are refused."""
MAX_NAME = 80
MAX_LINE = 64 << 10
MARKER = re.compile(rb"==> trial (-?\d{1,18})")
"""The line that the sandbox writes before each trial where the command is started once per trial."""
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


class ScoresError(Exception):
    """The scores of a run cannot be used; a sentence with the next action."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """The metric of every trial of a run, in units of the metric."""

    scores: dict[int, float]
    """Seed -> metric."""
    yardsticks: dict[str, float] = field(default_factory=dict)
    """Trivial predictor -> metric on the same split."""


# the evaluator's file


def read_scores(content: bytes, seeds: Sequence[int]) -> Scores:
    """The evaluator's `scores.json`: {"scores": {SEED: NUMBER}, "yardsticks": {NAME: NUMBER}}.

    Yardsticks may be absent.

    Raises:
        ScoresError: not exactly one finite number for each of `seeds`, or anything else that the schema does not name.
    """
    table = _object(_parse(content, FILE), FILE)
    if unknown := sorted(table.keys() - {"scores", "yardsticks"}):
        raise ScoresError(f"{FILE} has the unknown key {_shown(unknown[0])}. Write scores and yardsticks only.")
    if "scores" not in table:
        raise ScoresError(f'{FILE} has no "scores". Let the evaluator write {{"scores": {{SEED: NUMBER}}}}.')
    found = _object(table["scores"], f'"scores" of {FILE}')
    wanted = {str(seed): seed for seed in seeds}
    if missing := [name for name in wanted if name not in found]:
        raise ScoresError(f"{FILE} has no score for seed {', '.join(missing[:5])}. Score all {len(wanted)} seeds.")
    if extra := [name for name in found if name not in wanted]:
        raise ScoresError(f"{FILE} has a score for {_shown(extra[0])}. Score the seeds of the run only.")
    sticks = _object(table.get("yardsticks", {}), f'"yardsticks" of {FILE}')
    for name in sticks:
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise ScoresError(f"{FILE} names a yardstick {_shown(name)}. Use 1 to {MAX_NAME} printable characters.")
    return Scores(
        scores={seed: _number(found[name], f"{FILE}, seed {name}") for name, seed in wanted.items()},
        yardsticks={name: _number(value, f"{FILE}, yardstick {name}") for name, value in sticks.items()},
    )


def _parse(content: bytes, name: str) -> object:
    if len(content) > MAX_BYTES:
        raise ScoresError(f"{name} has {len(content)} bytes, more than {MAX_BYTES}. Write the scores only.")
    try:
        parsed: object = json.loads(content.decode(), object_pairs_hook=_distinct, parse_constant=_constant)
    except UnicodeDecodeError:
        raise ScoresError(f"{name} is not UTF-8 text. Write it as JSON in UTF-8.") from None
    except RecursionError:
        raise ScoresError(f"{name} is nested too deep. Write the scores only.") from None
    except ValueError as error:
        raise ScoresError(f"{name} cannot be read: {error}. Write plain JSON with finite numbers.") from None
    return parsed


def _distinct(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) != len(pairs):
        doubled = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key {_shown(doubled)} stands there twice")
    return table


def _constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a finite number")


def _object(value: object, name: str) -> dict[str, object]:
    if not isinstance(value, dict):
        raise ScoresError(f"{name} holds {_shown(value)} where an object in braces belongs.")
    return value


def _number(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ScoresError(f"{where}: {_shown(value)} is not a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ScoresError(f"{where}: {_shown(value)} is not a finite number. Look for a trial that diverged.")
    return number


def _shown(value: object) -> str:
    return f"{str(value)[:40]!r}" if isinstance(value, str) else f"{str(value)[:40]}"


# what the code under test reports


def self_reported(contract: Contract, seeds: Sequence[int], folder: Path) -> Scores:
    """The metric of every trial as the code under test printed or wrote it, by the contract's [self_reported].

    `folder` is the run's: the log is its `stdout.log`, files are the keeper's copies below `kept/`.

    Raises:
        ScoresError: not exactly one finite number for each of `seeds`.
    """
    rule = contract.self_reported
    if rule is None:
        raise ScoresError("The contract has no [self_reported]; its metric comes from commands.evaluate.")
    if rule.line is not None:
        return Scores(scores=_from_log(rule.line, seeds, folder / "stdout.log"))
    if rule.json_key is not None:
        return Scores(scores=_from_json(rule.json_key, seeds, folder / "kept"))
    return Scores(scores=_from_metrics(str(rule.metrics_jsonl), seeds, folder / "kept" / "metrics.jsonl"))


def reported_files(rule: SelfReported, seeds: Sequence[int]) -> tuple[str, ...]:
    """Files below `out/` that [self_reported] reads, relative, each once."""
    if rule.line is not None:
        return ()
    name = rule.json_key.rpartition(":")[0] if rule.json_key is not None else "metrics.jsonl"
    return tuple(dict.fromkeys(name.replace("{seed}", str(seed)) for seed in seeds))


LOST = "\0"
"""Stands for the value of a trial whose log has a hole after it."""


def _from_log(name: str, seeds: Sequence[int], log: Path) -> dict[int, float]:
    trials: list[int] = []
    last: dict[int | None, str] = {}
    start = re.compile(rb"\s*" + re.escape(name.encode()) + rb"\s*:(.*)", re.DOTALL)
    for line in _lines(log):
        if marker := MARKER.fullmatch(line):
            trials.append(int(marker[1]))
            continue
        trial = trials[-1] if trials else None
        if b"\0" in line:
            # The log's middle was dropped at its cap: a later value of this trial may have stood there.
            last[trial] = LOST
        elif declared := start.fullmatch(line):
            last[trial] = declared[1].decode(errors="replace").strip()
    if not trials and len(seeds) == 1:
        trials, last = [seeds[0]], {seeds[0]: last[None]} if None in last else {}
    if trials != list(seeds):
        raise ScoresError(
            f"The log has {len(trials)} lines `==> trial SEED` for {len(seeds)} trials, or in another order. "
            "Start the command once per trial with {seed}, or print that line before each trial."
        )
    return {seed: _printed(name, seed, last.get(seed)) for seed in seeds}


def _lines(log: Path) -> Iterator[bytes]:
    """Lines of a log; a progress bar may end them with a carriage return. Lines beyond 64 KiB come in parts."""
    try:
        with log.open("rb") as stream:
            while piece := stream.readline(MAX_LINE):
                yield from piece.rstrip(b"\r\n").split(b"\r")
    except OSError as error:
        raise ScoresError(f"The log of the run cannot be read: {error.strerror}. Run it again.") from None


def _printed(name: str, seed: int, text: str | None) -> float:
    if text is None:
        raise ScoresError(f"Trial {seed} printed no line `{name}: NUMBER`. Let each trial end with one.")
    if text == LOST:
        raise ScoresError(f"The log of trial {seed} was cut, perhaps with its last `{name}:`. Raise limits.log_mb.")
    if not NUMBER.fullmatch(text):
        raise ScoresError(f"Trial {seed}: `{name}: {text[:40]}` is not a finite number. Did it diverge?")
    return _number(float(text), f"Trial {seed}, {name}")


def _from_json(rule: str, seeds: Sequence[int], kept: Path) -> dict[int, float]:
    name, _, key = rule.rpartition(":")
    if not name or not key:
        raise ScoresError(f"self_reported.json_key is {rule!r}; write FILE:KEY or FILE:KEY.KEY in copilot.toml.")
    if "{seed}" not in name and len(seeds) > 1:
        raise ScoresError(f"One {name} cannot hold {len(seeds)} trials. Write {{seed}} into its name in copilot.toml.")
    return {seed: _json_value(kept, name.replace("{seed}", str(seed)), key) for seed in seeds}


def _json_value(kept: Path, name: str, key: str) -> float:
    value = _parse(_content(kept / name, name), name)
    for part in key.split("."):
        table = _object(value, name)
        if part not in table:
            raise ScoresError(f"{name} has no key {_shown(key)}. Mend the script or self_reported.json_key.")
        value = table[part]
    return _number(value, f"{name}, {key}")


def _content(path: Path, name: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ScoresError(f"The run left no {name} below its out folder. Let the script write it.") from None
    except OSError as error:
        raise ScoresError(f"{name} of the run cannot be read: {error.strerror}. Run it again.") from None


def _from_metrics(name: str, seeds: Sequence[int], path: Path) -> dict[int, float]:
    found: dict[int, float] = {}
    for number, line in enumerate(_content(path, path.name).splitlines(), 1):
        where = f"{path.name}, line {number}"
        if not line.strip():
            continue
        table = _object(_parse(line, where), where)
        if name not in table:
            continue
        trial = table.get("trial", seeds[0] if len(seeds) == 1 else None)
        if isinstance(trial, bool) or not isinstance(trial, int) or trial not in seeds:
            raise ScoresError(f'{where}: "trial" is {_shown(trial)}, no seed of this run. Write the seed.')
        found[trial] = _number(table[name], f"{where}, {name}")
    if missing := [str(seed) for seed in seeds if seed not in found]:
        raise ScoresError(f"{path.name} has no {_shown(name)} for seed {', '.join(missing[:5])}. Write one per trial.")
    return found
