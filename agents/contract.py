"""The contract between a researcher and the copilot: `copilot.toml`, in templates and workspaces alike.

It names what is measured, what an agent may edit and what a run may cost. It is always protected, and its commands are
untrusted until a human has confirmed exactly these bytes (`digest`).
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from sandbox.base import Limits

FILE_NAME = "copilot.toml"
PROTECTED_ALWAYS = (FILE_NAME, ".git*", ".git/**", ".mlrc/**")


class ContractError(Exception):
    """`copilot.toml` cannot be used; the text names file, line, key and what to write instead."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Argv = Annotated[tuple[str, ...], Field(min_length=1, strict=False)]
Globs = Annotated[tuple[str, ...], Field(strict=False)]
Number = Annotated[float, Field(strict=False, allow_inf_nan=False)]


class Objective(_Table):
    """What is measured, and how sure we want to be."""

    metric: str
    direction: Literal["minimize", "maximize"]
    smallest_effect: Annotated[Number, Field(gt=0)]
    """Smallest effect of interest, in units of the metric."""
    screening_trials: Annotated[int, Field(ge=2, le=200)] = 3
    confirmation_trials: Annotated[int, Field(ge=3, le=1000)] = 13
    claims: Annotated[int, Field(ge=1, le=1000)] = 5
    """alpha = 0.05 / claims for every verdict on this objective (decisions.md, Verdicts)."""


class Commands(_Table):
    """Argument vectors; tokens `{python} {out} {data} {seeds} {seed} {split} {hidden} {predictions} {time_budget}` are
    filled in."""

    run: Argv
    """With `{seeds}` one process does all trials of a run; with `{seed}` it is started once per trial."""
    smoke: Argv | None = None
    prepare: Argv | None = None
    """Makes the data: public parts below {out}/public, hidden labels below {out}/hidden. A run with its own yes."""
    evaluate: Argv | None = None
    """Protected code that reads {predictions} and {hidden} and writes {out}/scores.json: {"scores": {SEED: NUMBER},
    "yardsticks": {NAME: NUMBER}}."""


class Predictions(_Table):
    """The files a run hands to the evaluator."""

    files: Annotated[Globs, Field(min_length=1)]
    """Globs below {out}, copied without following links."""
    max_mb: Annotated[int, Field(ge=1, le=65536)] = 256


class SelfReported(_Table):
    """The metric of a repository without an evaluator, as the code under test prints or writes it. Exactly one key is
    set."""

    line: str | None = None
    """Name of a declared log line, `NAME: 0.37`; the last one of a trial counts."""
    json_key: str | None = None
    """`FILE:KEY.KEY` below {out}, `{seed}` allowed in FILE."""
    metrics_jsonl: str | None = None
    """Name of a metric in {out}/metrics.jsonl; the last value of a trial counts."""

    @model_validator(mode="after")
    def _one(self) -> SelfReported:
        if sum(value is not None for value in (self.line, self.json_key, self.metrics_jsonl)) != 1:
            raise ValueError("set exactly one of line, json_key and metrics_jsonl")
        return self


class Data(_Table):
    """What the run reads and what the reader of a verdict must know about it."""

    paths: Globs = ()
    """Absolute paths outside the tree, bound read-only as {data0}, {data1} …, hashed into the approval."""
    public: bool = False
    """The data can be had elsewhere: verdicts say "public data: labels recoverable"."""


class EnvironmentTable(_Table):
    """The interpreter of a run."""

    python: str | None = None
    """Default: the environment active at `mlrc init`, else the workspace's .venv, else our own."""


class LimitsTable(_Table):
    """What one run may use."""

    wall_seconds: Annotated[Number, Field(gt=0, le=30 * 86400)] = 600.0
    memory_mb: Annotated[int, Field(ge=64)] = 4096
    cpus: Annotated[Number, Field(gt=0)] = 2.0
    processes: Annotated[int, Field(ge=4)] = 256
    disk_mb: Annotated[int, Field(ge=1)] = 2048
    log_mb: Annotated[int, Field(ge=1)] = 1024
    tmp_mb: Annotated[int, Field(ge=1, le=64)] = 64

    def limits(self) -> Limits:
        """The same in the sandbox's words."""
        return Limits(
            wall_seconds=self.wall_seconds,
            memory_bytes=self.memory_mb << 20,
            cpus=self.cpus,
            processes=self.processes,
            disk_bytes=self.disk_mb << 20,
            log_bytes=self.log_mb << 20,
            tmp_bytes=self.tmp_mb << 20,
        )


class Budget(_Table):
    """What the whole workspace may spend; reached, no new run starts."""

    minutes: Annotated[Number, Field(gt=0)] = 60.0
    runs: Annotated[int, Field(ge=1)] = 200


class Contract(_Table):
    """The whole file."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
    summary: str = ""
    editable: Annotated[Globs, Field(min_length=1)]
    """Globs of files an agent may change; everything else is protected."""
    private: Globs = ()
    """Globs of files that only `prepare` and `evaluate` see (raw labels): absent from every run of agent code."""
    time_budget: Annotated[Number, Field(gt=0)] | None = None
    """Seconds of training per trial, handed to the script as {time_budget}."""
    objective: Objective
    commands: Commands
    predictions: Predictions | None = None
    self_reported: SelfReported | None = None
    data: Data = Data()
    environment: EnvironmentTable = EnvironmentTable()
    limits: LimitsTable = LimitsTable()
    budget: Budget = Budget()

    @model_validator(mode="after")
    def _metric_has_one_source(self) -> Contract:
        evaluated = self.commands.evaluate is not None
        if evaluated != (self.predictions is not None):
            raise ValueError("commands.evaluate and [predictions] belong together: set both or neither")
        if evaluated == (self.self_reported is not None):
            raise ValueError("the metric needs one source: commands.evaluate with [predictions], or [self_reported]")
        return self

    def may_edit(self, path: str) -> bool:
        """Whether an agent may change this file (relative, forward slashes)."""
        if any(fnmatchcase(path, glob) for glob in PROTECTED_ALWAYS):
            return False
        return any(fnmatchcase(path, glob) for glob in self.editable)


def digest(content: bytes) -> str:
    """The hash a human confirms."""
    return hashlib.sha256(content).hexdigest()


def read(path: Path) -> Contract:
    """Read and check `copilot.toml`.

    Raises:
        ContractError: missing, not TOML, or a key that is unknown, of a wrong type or out of range.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ContractError(
            f"{path} is missing. Write one with `mlrc init`, or start from a template: `mlrc templates`."
        ) from None
    except OSError as error:
        raise ContractError(f"{path} cannot be read: {error.strerror}. Mend its permissions and try again.") from None
    return parse(content, str(path))


def parse(content: bytes, name: str = FILE_NAME) -> Contract:
    """As `read`, from bytes (the tree of a commit)."""
    try:
        text = content.decode()
        table = tomllib.loads(text)
    except UnicodeDecodeError:
        raise ContractError(f"{name} is not UTF-8 text. Save it as UTF-8.") from None
    except tomllib.TOMLDecodeError as error:
        raise ContractError(f"{name}: {error}. Mend the line and try again.") from None
    try:
        return Contract.model_validate(table)
    except ValidationError as error:
        raise ContractError("\n".join(_sentence(name, text, problem) for problem in error.errors())) from None


def _sentence(name: str, text: str, problem: Any) -> str:
    keys = [str(part) for part in problem["loc"] if isinstance(part, str)]
    dotted = ".".join(keys) or "(whole file)"
    line = _line_of(text, keys)
    where = f"{name}, line {line}" if line else name
    if problem["type"] == "extra_forbidden":
        known = _known_keys(keys[:-1])
        near = difflib.get_close_matches(keys[-1], known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"known keys are: {', '.join(known)}."
        return f"{where}: unknown key `{dotted}`; {hint}"
    if problem["type"] == "missing":
        return f"{where}: key `{dotted}` is missing; add it."
    message = str(problem["msg"]).removeprefix("Value error, ")
    return f"{where}: `{dotted}`: {message[:1].lower()}{message[1:]} (found {problem['input']!r:.60})."


def _known_keys(path: list[str]) -> list[str]:
    model: type[BaseModel] = Contract
    for key in path:
        field = model.model_fields.get(key)
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())] if field else []
        model = next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), Contract)
    return sorted(model.model_fields)


def _line_of(text: str, keys: list[str]) -> int | None:
    """Line where the key stands; for a missing key, the line of its table."""
    table: list[str] = []
    table_line: int | None = None
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([^\]]+?)\s*\]", line):
            table = [part.strip().strip("\"'") for part in header[1].split(".")]
            table_line = number if table == keys[: len(table)] else table_line
        elif assignment := re.match(r"\s*([\w.\"'-]+)\s*=", line):
            found = [*table, *(part.strip("\"'") for part in assignment[1].split("."))]
            if keys and found == keys[: len(found)]:
                return number
    return table_line
