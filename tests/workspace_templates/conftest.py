"""Commands of a template, started as plain processes with the tokens filled in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

Start = Callable[..., "subprocess.CompletedProcess[str]"]


def fill(argv: tuple[str, ...], tokens: dict[str, object]) -> list[str]:
    """The words of a command with its tokens filled in; an unknown token stays and is refused."""
    words = list(argv)
    for name, value in {"python": sys.executable, **tokens}.items():
        words = [word.replace("{" + name + "}", str(value)) for word in words]
    assert not [word for word in words if "{" in word], words
    return words


@pytest.fixture(scope="session")
def start() -> Start:
    """Start a contract's command in a folder: `start(folder, argv, out=…, seeds=…)`."""

    def run(folder: Path, argv: tuple[str, ...], **tokens: object) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        command = fill(argv, tokens)
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=100)

    return run


@pytest.fixture(scope="session")
def templates(repository_root: Path) -> Path:
    """The folder of all templates."""
    return repository_root / "workspace_templates"


@pytest.fixture(scope="session")
def copy_without() -> Callable[[Path, Path, tuple[str, ...]], Path]:
    """Copy a template, leaving out the files that match some globs, as the export for agent code does."""

    def copy(template: Path, to: Path, globs: tuple[str, ...] = ()) -> Path:
        for path in sorted(template.rglob("*")):
            name = path.relative_to(template).as_posix()
            if path.is_file() and "__pycache__" not in name and not any(fnmatchcase(name, glob) for glob in globs):
                (to / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, to / name)
        return to

    return copy
