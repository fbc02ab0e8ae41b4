"""Sizes, names, docstrings and leftovers; what ruff does not check."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path

MAX_FILE_LINES = 400
MAX_TEST_LINES = 450
"""A conformance suite is read case by case, not as a whole."""
MAX_FUNCTION_LINES = 70
LEFTOVERS = re.compile(rf"\b(?:{'TO' + 'DO'}|{'FIX' + 'ME'}|{'XX' + 'X'})\b")
VAGUE = {"util", "utils", "helper", "helpers", "common", "core", "manager", "managers", "misc"}
VAGUE_CLASS = re.compile(r"(?:Util|Utils|Helper|Helpers|Common|Core|Manager)$")
PACKAGES = {"app", "agents", "sandbox"}


def too_long(sources: Mapping[Path, str]) -> list[str]:
    """Files and functions over the limits."""
    found = []
    for path, text in sources.items():
        limit = MAX_TEST_LINES if path.parts[0] == "tests" else MAX_FILE_LINES
        if (lines := text.count("\n")) > limit:
            found.append(f"{path}: {lines} lines, at most {limit}")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    found.append(f"{path}:{node.lineno} {node.name}: {length} lines, at most {MAX_FUNCTION_LINES}")
    return found


def undocumented(sources: Mapping[Path, str]) -> list[str]:
    """Modules without a docstring."""
    return [str(path) for path, text in sources.items() if not ast.get_docstring(ast.parse(text))]


def prints(sources: Mapping[Path, str]) -> list[str]:
    """Calls of print outside the command line."""
    return [
        f"{path}:{node.lineno}"
        for path, text in sources.items()
        if not str(path).startswith("app/cli")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
    ]


def vague_paths(paths: list[Path]) -> list[str]:
    """Files and folders whose name says nothing."""
    return [str(path) for path in paths if any(VAGUE & set(re.split(r"[_.]", part.lower())) for part in path.parts)]


def vague_classes(sources: Mapping[Path, str]) -> list[str]:
    """Classes whose name says nothing."""
    return [
        f"{path}:{node.lineno} {node.name}"
        for path, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ClassDef) and VAGUE_CLASS.search(node.name)
    ]


def leftovers(texts: Mapping[Path, str]) -> list[str]:
    """Lines that put work off."""
    return [
        f"{path}:{number}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if LEFTOVERS.search(line)
    ]


def product(sources: Mapping[Path, str]) -> dict[Path, str]:
    """The part that is shipped and imported."""
    return {path: text for path, text in sources.items() if path.parts[0] in PACKAGES}


def test_files_and_functions_are_small(python_sources: dict[Path, str]) -> None:
    assert too_long(python_sources) == []


def test_every_module_says_what_it_is_for(python_sources: dict[Path, str]) -> None:
    assert undocumented(python_sources) == []


def test_only_the_command_line_prints(python_sources: dict[Path, str]) -> None:
    assert prints(product(python_sources)) == []


def test_names_say_something(project_files: list[Path], python_sources: dict[Path, str]) -> None:
    assert vague_paths(project_files) == []
    assert vague_classes(product(python_sources)) == []


def test_no_work_is_put_off(python_sources: dict[Path, str]) -> None:
    assert leftovers(python_sources) == []


def test_each_rule_catches_a_planted_case_and_permits_its_neighbour() -> None:
    body = "    x = 1\n"
    assert len(too_long({Path("a.py"): "def f():\n" + body * MAX_FUNCTION_LINES})) == 1
    assert too_long({Path("a.py"): "def f():\n" + body * (MAX_FUNCTION_LINES - 1)}) == []
    assert len(too_long({Path("a.py"): "x = 1\n" * (MAX_FILE_LINES + 1)})) == 1
    assert too_long({Path("a.py"): "x = 1\n" * MAX_FILE_LINES}) == []
    assert undocumented({Path("a.py"): "x = 1", Path("b.py"): '"""What."""'}) == ["a.py"]
    assert prints({Path("app/engine/a.py"): "print(1)", Path("app/cli/a.py"): "print(1)"}) == ["app/engine/a.py:1"]
    assert vague_paths([Path("app/ui_utils.py"), Path("core/a.py"), Path("app/scores.py")]) == [
        "app/ui_utils.py",
        "core/a.py",
    ]
    assert len(vague_classes({Path("a.py"): "class RunManager: ...\nclass Keeper: ..."})) == 1
    assert leftovers({Path("a.py"): f"# {'TO' + 'DO'} later\n# to do with love\n"}) == ["a.py:1"]
