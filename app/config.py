"""Settings: environment over workspace over user file over default; every value knows where it came from.

The user file is `mlr-copilot/config.toml` in the user's configuration folder. A workspace's own values live in its
state folder, never in the repository, so that a cloned repository cannot change them.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from app.paths import Paths


class ConfigError(Exception):
    """A settings file or variable cannot be used; the text names it."""


class Settings(BaseModel):
    """Everything that can be set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sandbox: Literal["", "docker", "podman", "bubblewrap", "local"] = ""
    """Isolation backend; empty: the strongest there is."""
    python: str = ""
    """Interpreter of experiments; empty: chosen at `mlrc init`."""
    idle_exit: float = 1800.0
    """Seconds after which an engine without work and clients ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One setting in force."""

    name: str
    value: Any
    origin: str


def user_file() -> Path:
    """The user's settings file."""
    import platformdirs

    return Path(platformdirs.user_config_dir("mlr-copilot")) / "config.toml"


def load(paths: Paths | None = None) -> list[Row]:
    """Every setting with its value and origin.

    Raises:
        ConfigError: a file is not TOML, a key is unknown or a value is of a wrong type.
    """
    layers = [
        (f"user file {user_file()}", _toml(user_file())),
        ("workspace", json.loads(paths.settings.read_text()) if paths and paths.settings.exists() else {}),
        ("environment", _environment()),
    ]
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers:
        values |= layer
        origins |= dict.fromkeys(layer, origin)
    checked = _check(values, origins)
    return [
        Row(name=name, value=getattr(checked, name), origin=origins.get(name, "default"))
        for name in Settings.model_fields
    ]


def _check(values: dict[str, Any], origins: dict[str, str]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        problem = error.errors()[0]
        name = str(problem["loc"][0])
        known = ", ".join(sorted(Settings.model_fields))
        where = origins.get(name, "settings")
        raise ConfigError(f"{where}: `{name}`: {problem['msg']}. Known settings: {known}.") from None


def in_force(paths: Paths | None = None) -> Settings:
    """The settings as one object."""
    return Settings(**{row.name: row.value for row in load(paths)})


def check(**values: str) -> None:
    """Check choices made on the command line.

    Raises:
        ConfigError: a value is of a wrong type or not among the choices.
    """
    _check(dict(values), dict.fromkeys(values, "command line"))


def keep(paths: Paths, **values: str) -> None:
    """Keep choices for this workspace.

    Raises:
        ConfigError: a value is of a wrong type or not among the choices.
    """
    kept = json.loads(paths.settings.read_text()) if paths.settings.exists() else {}
    _check(kept | values, dict.fromkeys(values, "command line"))
    fresh = paths.settings.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(kept | values, indent=1))
    fresh.replace(paths.settings)


def _toml(path: Path) -> dict[str, Any]:
    if not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path}: {error}. Mend the file.") from None


def _environment() -> dict[str, Any]:
    return {
        name: os.environ[f"MLRC_{name.upper()}"]
        for name in Settings.model_fields
        if f"MLRC_{name.upper()}" in os.environ
    }
