"""Every template: its contract, what it protects, what it imports, and whether the README documents the format."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from agents import contract
from agents.contract import Contract, ContractError

ROOT = Path(__file__).resolve().parents[2] / "workspace_templates"
NAMES = sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(("_", ".")))
OURS = {"app", "agents", "sandbox"}


def files(name: str) -> list[str]:
    """Files of a template, relative, without what an interpreter leaves."""
    paths = [path for path in (ROOT / name).rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    return sorted(path.relative_to(ROOT / name).as_posix() for path in paths)


def imports(text: str) -> set[str]:
    """Top-level packages a source imports."""
    nodes = list(ast.walk(ast.parse(text)))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    froms = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.split(".")[0] for name in plain | froms}


def tokens(spec: Contract) -> set[str]:
    """All tokens in the commands of a contract."""
    commands = spec.commands
    argvs = [argv for argv in (commands.run, commands.smoke, commands.prepare, commands.evaluate) if argv]
    return {token for argv in argvs for word in argv for token in re.findall(r"\{\w+\}", word)}


def documented() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_shipped_templates_are_there() -> None:
    assert {"activation_digits", "blank"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_parses_and_names_real_files(name: str) -> None:
    spec = contract.read(ROOT / name / "copilot.toml")
    assert spec.name == name
    assert spec.commands.smoke is not None
    for glob in (*spec.editable, *spec.private):
        assert list((ROOT / name).glob(glob)), f"{glob} matches nothing"
    scripts = {
        word for argv in (spec.commands.run, spec.commands.prepare, spec.commands.evaluate) for word in argv or ()
    }
    assert {word for word in scripts if word.endswith(".py")} <= set(files(name))


@pytest.mark.parametrize("name", NAMES)
def test_what_judges_is_protected_and_what_is_studied_is_not(name: str) -> None:
    spec = contract.read(ROOT / name / "copilot.toml")
    free = {path for path in files(name) if spec.may_edit(path)}
    assert free == set(spec.editable)
    assert not free & {"copilot.toml", ".gitignore", "README.md", "prepare.py", "evaluate.py"}
    if spec.commands.evaluate:
        assert not free & {word for word in spec.commands.run if word.endswith(".py")}


@pytest.mark.parametrize("name", NAMES)
def test_a_template_is_data(name: str) -> None:
    sources = {path: (ROOT / name / path).read_text(encoding="utf-8") for path in files(name) if path.endswith(".py")}
    assert sources
    assert {path: imports(text) & OURS for path, text in sources.items() if imports(text) & OURS} == {}


def test_the_import_check_sees_a_planted_import_and_permits_its_neighbour() -> None:
    assert imports("def f():\n    from agents.contract import read\n") & OURS == {"agents"}
    assert imports("import applications, torch.nn\n") & OURS == set()


@pytest.mark.parametrize("name", NAMES)
def test_every_template_and_token_is_documented(name: str) -> None:
    text = documented()
    assert f"| `{name}` |" in text
    used = tokens(contract.read(ROOT / name / "copilot.toml"))
    assert {token for token in used if f"| `{token}` |" not in text} == set()


def test_every_key_of_the_schema_is_documented_and_no_other() -> None:
    rows = re.findall(r"^\| (?:\*\*)?`(\[?\w+\]?)`", documented().split("## Tokens")[0], flags=re.MULTILINE)
    tables = {"objective", "commands", "predictions", "self_reported", "data", "environment", "limits", "budget"}
    keys = set(Contract.model_fields) - tables
    for table in tables:
        kinds = [Contract.model_fields[table].annotation]
        kinds += getattr(kinds[0], "__args__", ())
        keys |= {f"[{table}]"} | {key for kind in kinds for key in getattr(kind, "model_fields", {})}
    assert set(rows) - set(NAMES) == keys


def test_a_misspelt_key_is_refused_in_a_template_too() -> None:
    content = (ROOT / "blank" / "copilot.toml").read_bytes()
    assert contract.parse(content).self_reported is not None
    with pytest.raises(ContractError, match="did you mean `editable`"):
        contract.parse(content.replace(b"editable =", b"editabel ="))
