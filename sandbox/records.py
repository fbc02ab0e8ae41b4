"""The JSON files of a run's folder: how the frozen dataclasses of `sandbox.base` become files and come back.

Files are replaced whole (written beside, renamed over), so a reader sees the old or the new record, never half of one.
Reading is strict: an unknown or missing field, or a value of another type, is an error and not a guess, because what is
read back decides what is executed.
"""

from __future__ import annotations

import dataclasses
import json
import os
import types
import typing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from sandbox.base import Exit, RunSpec, SandboxError

T = TypeVar("T")

SPEC, KEEPER, EXIT = "spec.json", "keeper.json", "exit.json"
STOP = "stop"
"""Present when somebody asked for the end of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeeperRecord:
    """Who looks after a run. A process is the same one only if pid, start time and boot are all the same."""

    pid: int
    start: int
    """Field 22 of /proc/PID/stat: clock ticks between boot and the start of the process."""
    boot: str
    phase: Literal["starting", "running"]
    backend: str = ""
    identity: dict[str, str] = field(default_factory=dict)
    """What the backend needs to find the run again; empty until it is started."""
    started: float = 0.0
    """Unix seconds, for display."""
    clock: float = 0.0
    """The monotonic clock of this boot at the start of the run, in seconds; a later keeper goes on counting from it."""
    dropped_bytes: int = 0
    dropped_from: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequest:
    """Somebody asked for the end of a run."""

    who: str
    why: str = ""
    at: float = 0.0


def encode(record: Any) -> dict[str, Any]:
    """A dataclass as plain JSON values."""
    return dataclasses.asdict(record)


def decode(kind: type[T], value: object, where: str = "record") -> T:
    """The dataclass `kind` from plain JSON values.

    Raises:
        SandboxError: something is missing, unknown or of another type; the text names the field.
    """
    if not isinstance(value, dict):
        raise SandboxError(f"{where} is not a JSON object")
    fields = _fields(typing.cast(Any, kind))
    unknown = sorted(set(value) - set(fields))
    if unknown:
        raise SandboxError(f"{where} has an unknown field {unknown[0]!r}; was it written by a newer version?")
    missing = sorted(name for name, (_, required) in fields.items() if required and name not in value)
    if missing:
        raise SandboxError(f"{where} lacks the field {missing[0]!r}")
    return kind(**{name: _convert(fields[name][0], item, f"{where}.{name}") for name, item in value.items()})


@cache
def _fields(kind: Any) -> dict[str, tuple[Any, bool]]:
    hints = typing.get_type_hints(kind)
    return {
        item.name: (
            hints[item.name],
            item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING,
        )
        for item in dataclasses.fields(kind)
    }


def _convert(kind: Any, value: object, where: str) -> Any:
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        return decode(kind, value, where)
    origin = typing.get_origin(kind)
    if origin is not None:
        return _convert_generic(kind, origin, value, where)
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    # bool is a subclass of int, and a limit of `true` bytes is an error.
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise SandboxError(f"{where} is not of type {kind.__name__}")
    return value


def _convert_generic(kind: Any, origin: Any, value: object, where: str) -> Any:
    arguments = typing.get_args(kind)
    if origin is Literal:
        if value not in arguments:
            raise SandboxError(f"{where} is not one of {', '.join(map(str, arguments))}")
        return value
    if origin is types.UnionType:
        if value is None and types.NoneType in arguments:
            return None
        return _convert(next(item for item in arguments if item is not types.NoneType), value, where)
    if origin is tuple and isinstance(value, list):
        return tuple(_convert(arguments[0], item, where) for item in value)
    if origin is dict and isinstance(value, dict):
        return {str(name): _convert(arguments[1], item, f"{where}.{name}") for name, item in value.items()}
    raise SandboxError(f"{where} is not of type {kind}")


def write(path: Path, record: Any, *, durable: bool = True) -> None:
    """Replace the record at `path`; with `durable` it survives a power cut once this returns."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(encode(record), ensure_ascii=False, indent=1).encode() + b"\n")
            file.flush()
            if durable:
                os.fsync(descriptor)
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path, kind: type[T]) -> T | None:
    """The record at `path`, or None where there is none.

    Raises:
        SandboxError: the file is damaged.
    """
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        value = json.loads(text)
    except ValueError as error:
        raise SandboxError(f"{path} is damaged ({error}); the run cannot be used, start it again") from error
    return decode(kind, value, str(path))


def write_spec(folder: Path, spec: RunSpec) -> None:
    """Write what was approved."""
    write(folder / SPEC, spec)


def read_spec(folder: Path) -> RunSpec:
    """What was approved.

    Raises:
        SandboxError: it is missing or damaged.
    """
    spec = read(folder / SPEC, RunSpec)
    if spec is None:
        raise SandboxError(f"{folder} has no {SPEC}, so nothing was approved there; start the run again")
    return spec


def read_exit(folder: Path) -> Exit | None:
    """How the run ended, or None while it has not.

    Raises:
        SandboxError: the record is damaged.
    """
    return read(folder / EXIT, Exit)


def read_keeper(folder: Path) -> KeeperRecord | None:
    """Who looks after the run, or None where nobody ever did or the record did not survive a power cut."""
    try:
        return read(folder / KEEPER, KeeperRecord)
    except SandboxError:
        # This record is not synced (it would cost the start milliseconds), and without it the run counts as orphaned.
        return None
