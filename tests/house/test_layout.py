"""The top level holds what the layout names, and nothing else."""

from __future__ import annotations

from pathlib import Path

FOLDERS = {".ci", ".github", "agents", "app", "sandbox", "tests", "workspace_templates"}
FILES = {
    ".gitignore",
    ".pre-commit-config.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "README.md",
    "constraints.txt",
    "pyproject.toml",
}
PACKAGES = ("app", "agents", "sandbox")


def test_the_top_level_is_the_layout(project_files: list[Path]) -> None:
    assert {path.parts[0] for path in project_files if len(path.parts) > 1} == FOLDERS
    assert {path.name for path in project_files if len(path.parts) == 1} == FILES


def test_every_folder_of_a_package_is_a_package(product_sources: dict[Path, str]) -> None:
    folders = {path.parent for path in product_sources}
    assert [str(folder) for folder in sorted(folders) if folder / "__init__.py" not in product_sources] == []


def test_tests_are_no_package_and_mirror_the_source(project_files: list[Path]) -> None:
    tests = [path for path in project_files if path.parts[0] == "tests"]
    assert [path for path in tests if path.name == "__init__.py"] == []
    rooms = {path.parts[1] for path in tests if len(path.parts) > 2}
    assert rooms <= {*PACKAGES, "workspace_templates", "journeys", "benchmarks", "house", "rig"}


def test_the_scripts_can_be_run(repository_root: Path) -> None:
    assert (repository_root / ".ci" / "run").stat().st_mode & 0o111
