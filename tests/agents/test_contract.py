"""The contract: a mistake is named by file, line, key and nearest match; what is protected stays protected."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.contract import ContractError, parse, read

GOOD = """name = "study"
editable = ["model.py", "src/*.py"]

[objective]
metric = "loss"
direction = "minimize"
smallest_effect = 0.1

[commands]
run = ["python", "train.py"]

[self_reported]
line = "val_loss"
"""


def test_the_smallest_good_contract_has_defaults() -> None:
    contract = parse(GOOD.encode())
    assert (contract.objective.claims, contract.objective.confirmation_trials) == (5, 13)
    assert contract.limits.limits().memory_bytes == 4096 << 20


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("editable", "edtable", ["line 2", "`edtable`", "did you mean `editable`"]),
        ("smallest_effect", "smalest_effect", ["line 7", "objective.smalest_effect", "did you mean `smallest_effect`"]),
        ('"minimize"', '"lower"', ["line 6", "objective.direction", "minimize", "maximize"]),
        ("= 0.1", '= "much"', ["line 7", "objective.smallest_effect", "number"]),
        ("= 0.1", "= -1", ["line 7", "greater than 0"]),
        ("= 0.1", "= nan", ["line 7", "finite"]),
        ('["python", "train.py"]', '"python train.py"', ["line 10", "commands.run"]),
        ('["python", "train.py"]', "[]", ["line 10", "commands.run"]),
        ('line = "val_loss"', "", ["self_reported", "exactly one"]),
        ("[self_reported]", "[self_reportd]", ["self_reportd", "did you mean `self_reported`"]),
        ("[objective]", "[objective", ["line 4"]),
        ('name = "study"', 'name = "../study"', ["line 1", "name"]),
    ],
)
def test_a_mistake_is_named(old: str, new: str, words: list[str]) -> None:
    with pytest.raises(ContractError) as caught:
        parse(GOOD.replace(old, new, 1).encode())
    for word in ["copilot.toml", *words]:
        assert word in str(caught.value)


def test_the_metric_has_exactly_one_source() -> None:
    with pytest.raises(ContractError, match="one source"):
        parse(GOOD.split("[self_reported]")[0].encode())
    with pytest.raises(ContractError, match="belong together"):
        parse(GOOD.replace('run = ["python", "train.py"]', 'run = ["a"]\nevaluate = ["b"]').encode())


def test_a_missing_unreadable_or_binary_file_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="mlrc init"):
        read(tmp_path / "copilot.toml")
    (tmp_path / "copilot.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ContractError, match="UTF-8"):
        read(tmp_path / "copilot.toml")
    (tmp_path / "copilot.toml").write_text(GOOD)
    assert read(tmp_path / "copilot.toml").name == "study"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("model.py", True),
        ("src/net.py", True),
        ("train.py", False),
        ("copilot.toml", False),
        (".gitattributes", False),
        (".git/config", False),
        (".mlrc/secret", False),
    ],
)
def test_only_editable_files_may_be_edited(path: str, allowed: bool) -> None:
    assert parse(GOOD.encode()).may_edit(path) is allowed


def test_the_contract_itself_cannot_be_made_editable() -> None:
    greedy = GOOD.replace('["model.py", "src/*.py"]', '["*"]')
    assert parse(greedy.encode()).may_edit("anything.py")
    assert not parse(greedy.encode()).may_edit("copilot.toml")
