"""The training recipe shared by both networks: optimizer, learning-rate schedule and loss."""

from collections.abc import Iterable

import torch
from torch import nn


def make_optimizer(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
    """The optimizer of one network, with a fresh state."""
    return torch.optim.AdamW(parameters, lr=1e-2, betas=(0.9, 0.999), weight_decay=0.01)


def make_schedule(optimizer: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """The learning rate over `steps` updates: a linear warm-up of `warmup` updates, then constant."""
    warmup = 0
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / (warmup + 1)))


def make_loss() -> nn.Module:
    """The training loss, a function of logits and integer labels."""
    return nn.CrossEntropyLoss(label_smoothing=0.0)
