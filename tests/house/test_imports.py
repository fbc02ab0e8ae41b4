"""Which module may import what: read from the sources, and seen in a fresh interpreter."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

Allowed = Callable[[Path], bool]
FENCES: dict[str, Allowed] = {
    "docker": lambda path: path == Path("sandbox/backends/docker.py"),
    "git": lambda path: path == Path("sandbox/git.py"),
    "tree_sitter": lambda path: path == Path("agents/code_map.py"),
    "tree_sitter_python": lambda path: path == Path("agents/code_map.py"),
    "openai": lambda path: path.parent == Path("agents/llm"),
    "textual": lambda path: path.is_relative_to("app/ui"),
}
OUR_PACKAGES = {"app", "agents", "sandbox"}


def imported(node: ast.AST) -> list[str]:
    """Top-level packages that one node imports, by statement or by a call with a literal name."""
    if isinstance(node, ast.Import):
        return [alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
        return [node.module.split(".")[0]]
    if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
        function = node.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        if name in {"import_module", "__import__"} and isinstance(node.args[0].value, str):
            return [node.args[0].value.split(".")[0]]
    return []


def at_import_time(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes that run when the module is imported: no function bodies, nothing under TYPE_CHECKING."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from at_import_time(child)


def broken_fences(sources: Mapping[Path, str]) -> list[str]:
    """Each import of a fenced package outside its place, as `path:line imports package`."""
    found = []
    for path, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            for package in imported(node):
                allowed = FENCES.get(package)
                if allowed and not allowed(path):
                    found.append(f"{path}:{getattr(node, 'lineno', 0)} imports {package}")
    return found


def imports_when_imported(package: str, sources: Mapping[Path, str]) -> list[str]:
    """Files that import `package` while they are imported themselves."""
    return [
        str(path)
        for path, text in sources.items()
        if any(package in imported(node) for node in at_import_time(ast.parse(text)))
    ]


def fresh(code: str) -> set[str]:
    """Top-level names and dotted names in sys.modules after `code` ran in a new interpreter."""
    tail = "\nimport json, sys\nprint('\\n' + json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-I", "-c", code + tail], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


# --- read from the sources --------------------------------------------------------------------------------------------


def test_fenced_packages_are_imported_in_their_place_only(product_sources: dict[Path, str]) -> None:
    assert broken_fences(product_sources) == []


def test_openai_is_imported_by_one_module(product_sources: dict[Path, str]) -> None:
    importers = [
        path
        for path, text in product_sources.items()
        if any("openai" in imported(node) for node in ast.walk(ast.parse(text)))
    ]
    assert len(importers) <= 1, importers


def test_torch_is_never_imported_at_import_time(product_sources: dict[Path, str]) -> None:
    assert imports_when_imported("torch", product_sources) == []


@pytest.mark.parametrize("package", sorted(FENCES))
@pytest.mark.parametrize(
    "statement",
    [
        "import {0}",
        "from {0} import x",
        "def f():\n    import {0}.y",
        "import importlib\nimportlib.import_module('{0}')",
    ],
)
def test_the_scanner_sees_a_planted_import(package: str, statement: str) -> None:
    planted = {Path("agents/planted.py"): statement.format(package)}
    assert len(broken_fences(planted)) == 1


def test_the_scanner_permits_the_right_place_and_similar_names() -> None:
    permitted = {
        Path("sandbox/backends/docker.py"): "import docker",
        Path("sandbox/git.py"): "def f():\n    from git.cmd import Git",
        Path("app/ui/screens/paper.py"): "from textual.app import App",
        Path("agents/edits.py"): "from sandbox.git import Store\nfrom . import git\nimport gitdb",
    }
    assert broken_fences(permitted) == []


def test_the_scanner_tells_lazy_torch_from_eager_torch() -> None:
    eager = {Path("a.py"): "import torch", Path("b.py"): "try:\n    from torch import nn\nexcept ImportError: pass"}
    lazy = {
        Path("c.py"): "def train():\n    import torch",
        Path("d.py"): "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import torch",
    }
    assert imports_when_imported("torch", eager | lazy) == ["a.py", "b.py"]


def test_templates_and_product_do_not_know_each_other(python_sources: dict[Path, str]) -> None:
    def packages(path: Path) -> set[str]:
        return {name for node in ast.walk(ast.parse(python_sources[path])) for name in imported(node)}

    templates = [path for path in python_sources if path.parts[0] == "workspace_templates"]
    product = [path for path in python_sources if path.parts[0] in OUR_PACKAGES]
    assert product
    assert [path for path in templates if packages(path) & OUR_PACKAGES] == []
    assert [path for path in product if "workspace_templates" in packages(path)] == []


# --- seen in a fresh interpreter --------------------------------------------------------------------------------------

HEAVY = {"textual", "openai", "docker", "git", "torch", "typer", "pydantic", "tree_sitter", "pypdf", "bs4"}


def test_the_observer_sees_what_was_imported() -> None:
    assert {"pydantic", "docker"} <= fresh("import pydantic, docker")
    assert not HEAVY & fresh("pass")


def test_the_entry_point_is_light() -> None:
    assert not HEAVY & fresh("import app.entry")


def test_asking_for_the_version_is_light() -> None:
    code = (
        "import sys; from app.entry import main\n"
        "sys.argv = ['mlrc', '--version']\n"
        "try: main()\n"
        "except SystemExit as end: assert not end.code, end.code"
    )
    assert not HEAVY & fresh(code)


def test_the_keeper_carries_no_screen_model_or_git() -> None:
    assert not {"textual", "openai", "torch", "git", "typer", "pydantic", "agents", "app"} & fresh(
        "import sandbox.keeper"
    )


@pytest.mark.parametrize("package", ["sandbox", "agents", "app.engine"])
def test_nothing_below_the_screen_loads_it(package: str) -> None:
    code = (
        f"import importlib, pkgutil, {package} as top\n"
        "for found in pkgutil.walk_packages(top.__path__, top.__name__ + '.'):\n"
        "    importlib.import_module(found.name) if not found.name.endswith('__main__') else None"
    )
    assert not {"textual", "torch", "openai"} & fresh(code)


def test_the_packages_are_siblings(repository_root: Path) -> None:
    code = (
        "import app, agents, sandbox, sys\n"
        "sys.modules.update({'at:' + package.__path__[0]: package for package in (app, agents, sandbox)})"
    )
    places = {Path(name.removeprefix("at:")) for name in fresh(code) if name.startswith("at:")}
    assert places == {repository_root / name for name in OUR_PACKAGES}
