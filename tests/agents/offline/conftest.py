"""A workspace like a researcher's, papers written for these tests, and the template's code."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents import contract
from agents.contract import Contract
from agents.research import Paper, Section

CONTRACT = """
name = "study"
editable = ["src/*.py"]
[objective]
metric = "validation loss"
direction = "minimize"
smallest_effect = 0.02
[commands]
run = ["{python}", "src/train.py", "--seed", "{seed}"]
[self_reported]
line = "val_loss"
"""

RESEARCHERS_CODE = '''\
"""A small network, as found in the wild."""
import argparse

import torch as th
import torch.nn.functional as F
from torch import nn, optim


class Net(nn.Module):
    def __init__(self, hidden_size=32):
        super().__init__()
        self.fc1 = nn.Linear(16, hidden_size)
        self.fc2 = nn.Linear(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, 4)  # logits, naïve

    def forward(self, x):
        x = F.relu(self.fc1(x))
        x = F.relu(self.fc2(x))
        return self.out(x)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=0.1)
    args = parser.parse_args()
    net = Net()
    optimizer = optim.SGD(net.parameters(), lr=args.lr, momentum=0.9)
    loss = F.cross_entropy(net(th.randn(args.batch_size, 16)), th.zeros(args.batch_size, dtype=th.long))
    loss.backward()
    optimizer.step()


def evaluate(net, x, y):
    return F.cross_entropy(net(x), y)
'''


@pytest.fixture(scope="session")
def study() -> Contract:
    """Editable: Python files below src/."""
    return contract.parse(CONTRACT.encode())


@pytest.fixture(scope="session")
def researchers_files() -> dict[str, str]:
    """Code with functional activations, aliases of its own, and files that no agent may edit."""
    return {"src/train.py": RESEARCHERS_CODE, "metric.py": RESEARCHERS_CODE, "copilot.toml": CONTRACT}


@pytest.fixture(scope="session")
def digits_folder(repository_root: Path) -> Path:
    """The demo's template."""
    return repository_root / "workspace_templates" / "activation_digits"


@pytest.fixture(scope="session")
def digits_files(digits_folder: Path) -> dict[str, str]:
    """Its Python files."""
    return {path.name: path.read_text() for path in sorted(digits_folder.glob("*.py"))}


@pytest.fixture(scope="session")
def digits(digits_folder: Path) -> Contract:
    """Its contract."""
    return contract.read(digits_folder / "copilot.toml")


def paper(title: str, abstract: str, *, references: tuple[str, ...] = (), **sections: str) -> Paper:
    """A paper of a few paragraphs; section titles are the keywords' names."""
    return Paper(
        title=title,
        abstract=abstract,
        sections=tuple(
            Section(number=str(number), title=name.replace("_", " ").title(), level=1, paragraphs=(text,))
            for number, (name, text) in enumerate(sections.items(), 1)
        ),
        references=references,
    )


@pytest.fixture(scope="session")
def activations_paper() -> Paper:
    """About activation functions."""
    return paper(
        "Smooth activation functions for image classification",
        "Neural networks are trained by gradient descent. We study whether a smooth activation such as Swish lowers "
        "the test loss of convolutional classifiers on two datasets.",
        introduction="ReLU has a zero gradient for negative inputs. Leaky variants keep one. Swish, also called SiLU, "
        "is smooth and self-gated, and its activation function can be learned.",
        limitations="It remains unclear whether a learned activation function helps when training data are few.",
    )


@pytest.fixture(scope="session")
def schedules_paper() -> Paper:
    """About learning rates."""
    return paper(
        "Learning rate schedules revisited",
        "We compare learning rate schedules for neural networks: cosine annealing, linear decay and warmup, with the "
        "Adam optimizer and gradient clipping, by test error on language models.",
        method="A larger learning rate with warmup is followed by cosine decay. The learning rate schedule ends at "
        "zero. Gradient clipping at norm one avoids exploding gradients on every dataset.",
        discussion="However, large learning rates remain unstable without warmup.",
    )


@pytest.fixture(scope="session")
def recipe_paper() -> Paper:
    """About bread: words such as activation, residual, attention, noise, batch and temperature without their trade."""
    return paper(
        "A sourdough bread",
        "Pay attention to the activation of the starter. Mix the first batch with residual flour and let it rest.",
        method="Warm up the oven. Drop out the dough, clip the crust, and normalise the temperature to 230 degrees. "
        "Smooth the surface. Depth and width of the tin matter little. Add more batches to taste.",
        discussion="However, larger batches need a longer rest. The layer of steam keeps the crust leaky.",
    )
