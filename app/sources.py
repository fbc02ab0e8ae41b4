"""Where settings come from, as plain values: files and the environment. `app.config` checks them.

The screen reads its few settings from here before its first paint, without the library that checks them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from app.paths import Paths

Layer = tuple[str, dict[str, Any]]
"""Values, and the origin that a message names."""


class ConfigError(Exception):
    """A settings file or variable cannot be used; the text names it."""


def user_folder() -> Path:
    """The user's configuration folder of this product."""
    import platformdirs

    return Path(platformdirs.user_config_dir("mlr-copilot"))


def user_file() -> Path:
    """The user's settings file."""
    return user_folder() / "config.toml"


def layers(paths: Paths | None, names: Iterable[str]) -> list[Layer]:
    """Values as the user file, the workspace and the environment give them; the later one wins.

    Raises:
        ConfigError: a file cannot be read or is not of its format.
    """
    return [
        (f"user file {user_file()}", toml(user_file())),
        ("workspace", kept(paths) if paths else {}),
        ("environment", {name: os.environ[key] for name in names if (key := f"MLRC_{name.upper()}") in os.environ}),
    ]


def kept(paths: Paths) -> dict[str, Any]:
    """The choices kept in a workspace's state folder."""
    if not paths.settings.exists():
        return {}
    found: dict[str, Any] = json.loads(paths.settings.read_text())
    return found


def toml(path: Path) -> dict[str, Any]:
    """What a TOML file says; nothing where there is none.

    Raises:
        ConfigError: it cannot be read or is no TOML.
    """
    if not path.exists():
        return {}
    import tomllib

    try:
        return tomllib.loads(path.read_text())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise ConfigError(f"{path}: {error}. Mend the file.") from None
