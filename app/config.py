"""Settings: environment over workspace over user file over default; every value knows where it came from.

The user file is `mlr-copilot/config.toml` in the user's configuration folder. A workspace's own values live in its
state folder, never in the repository, so that a cloned repository cannot change them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.paths import Paths
from app.sources import ConfigError as ConfigError
from app.sources import kept, layers
from app.sources import user_file as user_file


class Settings(BaseModel):
    """Everything that can be set."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    sandbox: Literal["", "docker", "podman", "bubblewrap", "local"] = ""
    """Isolation backend; empty: the strongest there is."""
    python: str = ""
    """Interpreter of experiments; empty: chosen at `mlrc init`."""
    idle_exit: float = 1800.0
    """Seconds after which an engine without work and clients ends."""
    theme: Literal["", "dark", "light", "ansi", "high-contrast", "colour-blind"] = ""
    """Colours of the screen; empty: dark. What was chosen with T on the screen goes before a file's value."""
    mouse: Literal["on", "off"] = "on"
    """Whether the screen takes the mouse; off leaves it to the terminal's own selection."""
    bandwidth: Literal["auto", "low", "full"] = "auto"
    """How much the screen writes; auto: low in an SSH session."""
    parallel: Annotated[int, Field(ge=1, le=64)] = 1
    """Runs at once. One by default: two on shared cores take each other's time."""
    stall: Annotated[float, Field(gt=0)] = 60.0
    """Seconds without a byte of output after which a run counts as stalled; more for one that is usually slow."""
    notify: Literal["auto", "osc", "osc777", "bell", "off"] = "auto"
    """How the terminal is told that something needs you: a desktop notification over OSC 9 or 777, or the bell."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One setting in force."""

    name: str
    value: Any
    origin: str


def load(paths: Paths | None = None) -> list[Row]:
    """Every setting with its value and origin.

    Raises:
        ConfigError: a file is not TOML, a key is unknown or a value is of a wrong type.
    """
    values: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for origin, layer in layers(paths, Settings.model_fields):
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
    both = kept(paths) | values
    _check(both, dict.fromkeys(values, "command line"))
    fresh = paths.settings.with_suffix(".new")
    fresh.touch(mode=0o600)
    fresh.write_text(json.dumps(both, indent=1))
    fresh.replace(paths.settings)
