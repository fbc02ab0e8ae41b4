"""Fixtures of the house rules: which files belong to the project."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

PACKAGES = ("app", "agents", "sandbox")


@pytest.fixture(scope="session")
def project_files(repository_root: Path) -> list[Path]:
    """Every file that is tracked, or would be after `git add -A`, relative to the root."""
    listed = subprocess.run(
        ["git", "-c", f"safe.directory={repository_root}", "ls-files", "-z", "-co", "--exclude-standard"],
        cwd=repository_root,
        capture_output=True,
        text=True,
        timeout=30,
    )
    if listed.returncode != 0:
        pytest.skip(f"the house rules need a git checkout: {listed.stderr.strip()}")
    names = sorted(set(listed.stdout.split("\0")) - {""})
    return [Path(name) for name in names if (repository_root / name).is_file()]


@pytest.fixture(scope="session")
def product_sources(repository_root: Path) -> dict[Path, str]:
    """Text of every Python file of the three packages, by path relative to the root."""
    return {
        path.relative_to(repository_root): path.read_text(encoding="utf-8")
        for package in PACKAGES
        for path in sorted((repository_root / package).rglob("*.py"))
    }


@pytest.fixture(scope="session")
def python_sources(repository_root: Path, project_files: list[Path]) -> dict[Path, str]:
    """Text of every Python file of the project, tests and templates included."""
    return {
        path: (repository_root / path).read_text(encoding="utf-8") for path in project_files if path.suffix == ".py"
    }
