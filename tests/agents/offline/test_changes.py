"""Every component that fits writes an edit that parses, is minimal, trains, and stays within the editable files."""

from __future__ import annotations

import ast
import difflib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents import edits, experiment_agent
from agents.contract import Contract
from agents.experiment_agent import Code, locate, locate_variant, write
from agents.grammar import catalogue
from agents.grammar.feedback import Wishes
from agents.research import Edit, Idea, Passage
from agents.researcher import NothingToPropose

NO_PLACE_IN_DIGITS = {"optimizer:adamw", "size:heads", "batch:smaller", "batch:larger"}

TRIAL = """
import json, sys, types
import torch
torch.manual_seed(0)
torch.set_num_threads(1)
images, labels = torch.rand(16, 1, 8, 8), torch.randint(10, (16,))
for line in sys.stdin:
    name, model, recipe = json.loads(line)
    spaces = []
    for text in (model, recipe):
        module = types.ModuleType("candidate")
        exec(compile(text, name, "exec"), module.__dict__)
        spaces.append(module)
    for build in (spaces[0].Mlp, spaces[0].Cnn):
        network = build()
        before = [p.detach().clone() for p in network.parameters()]
        optimizer = spaces[1].make_optimizer(network.parameters())
        schedule = spaces[1].make_schedule(optimizer, 6)
        loss_of = spaces[1].make_loss()
        for _ in range(6):
            logits = network(images)
            assert logits.shape == (16, 10) and logits.dtype == torch.float32, name
            loss = loss_of(logits, labels)
            assert loss.isfinite() and loss.dim() == 0, name
            optimizer.zero_grad(); loss.backward()
            used = [p for p in network.parameters() if p.grad is not None]
            assert len(used) >= len(before) - 1 and all(p.grad.isfinite().all() for p in used), name
            optimizer.step(); schedule.step()
        assert any(not torch.equal(p, q) for p, q in zip(before, network.parameters())), name
        network.eval()
        assert network(images[:1]).isfinite().all(), name
    print(name, float(loss), flush=True)
"""


def idea(component: str) -> Idea:
    return Idea(
        title="t", slug="t", component=component, passage=Passage(section="1", paragraph=1, text="t"), hypothesis="h",
        rationale="r", expected="e", plan=(), kill_test="k", score=0.5,
    )  # fmt: skip


def changed(component: str, files: dict[str, str], contract: Contract, *feedback: str) -> str:
    return experiment_agent.change(idea(component), files, contract, feedback).edits[0].content or ""


def added(before: str, after: str) -> list[str]:
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line[2:] for line in lines if line.startswith("+ ")]


@pytest.fixture(scope="module")
def variants(digits_files: dict[str, str], digits: Contract) -> dict[str, Edit]:
    """Every variant of every component that has a place in the template, by `id/variant`."""
    code = Code(digits_files, digits)
    written = {}
    for id, component in catalogue().items():
        for number, variant in enumerate(component.variants):
            located = locate_variant(component, variant, code, Wishes())
            if located:
                written[f"{id}/{number}"] = write(located)
    return written


def test_the_template_takes_every_component_but_those_it_has_no_place_for(variants: dict[str, Edit]) -> None:
    assert set(catalogue()) - {name.partition("/")[0] for name in variants} == NO_PLACE_IN_DIGITS


def test_every_change_trains_in_the_template(
    variants: dict[str, Edit], digits_files: dict[str, str], tmp_path: Path
) -> None:
    lines = []
    for name, edit in {"unchanged": Edit(path="model.py", content=digits_files["model.py"]), **variants}.items():
        files = {**digits_files, edit.path: edit.content or ""}
        lines.append(json.dumps([name, files["model.py"], files["recipe.py"]]))
    command = [sys.executable, "-W", "ignore", "-c", TRIAL]
    ran = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, cwd=tmp_path, timeout=100)
    assert ran.returncode == 0, ran.stderr[-2000:]
    losses = dict(line.split() for line in ran.stdout.splitlines())
    assert set(losses) == {"unchanged", *variants}
    # Each change must do something: no two of them may be the baseline in disguise.
    same = {name for name in variants if losses[name] == losses["unchanged"]}
    assert same <= WITHOUT_EARLY_EFFECT


WITHOUT_EARLY_EFFECT = {"gradient:clipping/2"}
"""A clip at norm 5 leaves these six steps alone; the one at norm 1 does not."""


def test_every_change_passes_the_checks_and_is_deterministic(
    variants: dict[str, Edit], digits_files: dict[str, str], digits: Contract
) -> None:
    for id in {name.partition("/")[0] for name in variants}:
        first = experiment_agent.change(idea(id), digits_files, digits)
        assert edits.check(first, digits, digits_files) == ()
        assert first == experiment_agent.change(idea(id), digits_files, digits)


@pytest.mark.parametrize("id", list(catalogue()))
def test_researchers_code_is_edited_in_bounds_or_not_at_all(
    id: str, researchers_files: dict[str, str], study: Contract
) -> None:
    for ending in ("\n", "\r\n"):
        files = {path: text.replace("\n", ending) for path, text in researchers_files.items()}
        try:
            change = experiment_agent.change(idea(id), files, study)
        except NothingToPropose as reason:
            assert "nothing to propose here" in str(reason)
            continue
        assert [edit.path for edit in change.edits] == ["src/train.py"]
        content = change.edits[0].content or ""
        ast.parse(content)
        assert content.count("\r\n") == (content.count("\n") if ending == "\r\n" else 0)
        kept = [
            line for line in difflib.ndiff(files["src/train.py"].splitlines(), content.splitlines()) if line[0] == "-"
        ]
        assert len(kept) <= 2, "a minimal change removes only the lines it rewrites"


def test_aliases_of_the_file_are_used(researchers_files: dict[str, str], study: Contract) -> None:
    after = changed("activation:sigmoid-gate", researchers_files, study)
    assert "def sigmoid_gate(x: th.Tensor) -> th.Tensor:" in after
    assert "x = sigmoid_gate(self.fc1(x))" in after
    assert "import torch\n" not in after


def test_a_missing_import_is_added(study: Contract) -> None:
    text = "from torch.nn import Module, ReLU\n\n\nclass N(Module):\n    def build(self):\n        self.act = ReLU()\n"
    after = changed("activation:learned-leaky", {"src/a.py": text}, study)
    assert after.startswith("from torch.nn import Module, ReLU\nimport torch\n\n\nclass LearnedLeaky(torch.nn.Module):")


def test_a_learned_activation_has_no_place_among_functions(researchers_files: dict[str, str], study: Contract) -> None:
    with pytest.raises(NothingToPropose):
        changed("activation:learned-leaky", researchers_files, study)
    assert "leaky(" in changed("activation:leaky", researchers_files, study)


def test_a_metric_in_the_same_file_keeps_its_loss(researchers_files: dict[str, str], study: Contract) -> None:
    after = changed("sample-weight:hard", researchers_files, study)
    assert "FocalLoss()(net(th.randn" in after
    assert "return F.cross_entropy(net(x), y)" in after


def test_a_keyword_is_added_only_where_nothing_else_sets_it(study: Contract) -> None:
    plain = "import torch\noptimizer = torch.optim.AdamW(groups, lr=rate)\n"
    assert "lr=rate, weight_decay=0.1)" in changed("weight-decay:stronger", {"src/a.py": plain}, study)
    grouped = "groups = [{'params': p, 'weight_decay': decay}]\n" + plain
    with pytest.raises(NothingToPropose):
        changed("weight-decay:stronger", {"src/a.py": grouped}, study)


def test_the_output_layer_is_left_alone(researchers_files: dict[str, str], study: Contract) -> None:
    after = changed("normalisation:layer", researchers_files, study)
    assert "self.out = nn.Linear(hidden_size, 4)  # logits, naïve" in after
    assert "self.fc2 = nn.Sequential(nn.Linear(hidden_size, hidden_size), nn.LayerNorm(hidden_size))" in after


def test_a_sequential_grows_by_an_element_on_a_line_of_its_own(study: Contract) -> None:
    text = (
        "from torch import nn\n\nnet = nn.Sequential(\n    nn.Linear(4, 8),\n    nn.ReLU(),\n    nn.Linear(8, 2),\n)\n"
    )
    assert added(text, changed("normalisation:layer", {"src/a.py": text}, study)) == ["    nn.LayerNorm(8),"]


def test_weights_that_others_reach_for_keep_their_layer(study: Contract) -> None:
    head = "from torch import nn\nclass N(nn.Module):\n    def __init__(self):\n"
    free = f"{head}        self.a = nn.Linear(4, 4)\n        self.f = nn.ReLU()\n"
    assert "Skip(nn.Linear(4, 4))" in changed("residual:skip", {"src/a.py": free}, study)
    with pytest.raises(NothingToPropose):
        changed("residual:skip", {"src/a.py": free + "        self.b = self.a.weight\n"}, study)


def test_a_component_that_is_there_already_is_not_added_twice(digits_files: dict[str, str], digits: Contract) -> None:
    once = {**digits_files, "model.py": changed("activation:odd-cubic-sigmoid-gate", digits_files, digits)}
    with pytest.raises(NothingToPropose):
        changed("activation:odd-cubic-sigmoid-gate", once, digits)


def test_an_equal_activation_is_not_replaced(study: Contract) -> None:
    text = "from torch import nn\nact = nn.{}()\n"
    assert "SigmoidGate()" in changed("activation:sigmoid-gate", {"src/a.py": text.format("ReLU")}, study)
    with pytest.raises(NothingToPropose):
        changed("activation:sigmoid-gate", {"src/a.py": text.format("SiLU")}, study)


def test_files_that_do_not_parse_are_left_alone(study: Contract) -> None:
    files = {
        "src/a.py": "from torch import nn\nact = nn.ReLU()\n",
        "src/b.py": "from torch import nn\nnn.ReLU(nn.ReLU()\n",
    }
    change = experiment_agent.change(idea("activation:leaky"), files, study)
    assert [edit.path for edit in change.edits] == ["src/a.py"]


def test_a_humans_idea_is_refused_by_name(digits_files: dict[str, str], digits: Contract) -> None:
    with pytest.raises(NothingToPropose, match="components of its catalogue only"):
        changed("", digits_files, digits)


def test_the_best_place_wins_over_tests_of_the_repository(study: Contract) -> None:
    everything = study.model_copy(update={"editable": ("*.py",)})
    code = "from torch import nn\nact = nn.ReLU()\n"
    located = locate(
        catalogue()["activation:leaky"], Code({"a_tests/tests/test_x.py": code * 2, "net.py": code}, everything)
    )
    assert located is not None
    assert located.source.path == "net.py"
