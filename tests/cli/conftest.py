"""Workspaces for tests of the command line."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path


def _load(name: str) -> None:
    """One module for three folders: there are no packages below tests that could be imported by name."""
    tests = next(folder for folder in Path(__file__).parents if folder.name == "tests")
    spec = importlib.util.spec_from_file_location(name, next(tests.rglob(f"{name}.py")))
    assert spec is not None and spec.loader is not None
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])


for module in ("surroundings", "workbench"):
    if module not in sys.modules:
        _load(module)

from workbench import make_study, study  # noqa: E402

__all__ = ["make_study", "study"]
