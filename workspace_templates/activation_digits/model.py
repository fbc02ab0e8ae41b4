"""The two networks under study: a small MLP and a small CNN, both ending in ten logits.

`train.py` builds them as `Mlp()` and `Cnn()` and feeds them images of shape (batch, 1, 8, 8) with values in [0, 1].
"""

import torch
from torch import nn


class LinearBlock(nn.Module):
    """One hidden layer of the MLP: a linear map, then the activation."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs, outputs)
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.linear(x)
        x = self.act(x)
        return x


class ConvBlock(nn.Module):
    """One hidden layer of the CNN: a 3x3 convolution that keeps the size, then the activation."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel_size=3, padding=1)
        self.act = nn.ReLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.conv(x)
        x = self.act(x)
        return x


class Mlp(nn.Module):
    """64 pixels -> `depth` hidden layers of `width` units -> 10 logits."""

    def __init__(self, width: int = 64, depth: int = 3) -> None:
        super().__init__()
        self.flatten = nn.Flatten()
        self.stem = LinearBlock(64, width)
        self.blocks = nn.Sequential(*[LinearBlock(width, width) for _ in range(depth - 1)])
        self.head = nn.Linear(width, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.flatten(x)
        x = self.stem(x)
        x = self.blocks(x)
        return self.head(x)


class Cnn(nn.Module):
    """8x8 image -> `depth` convolutions of `width` channels -> 4x4 averages -> 10 logits."""

    def __init__(self, width: int = 16, depth: int = 2) -> None:
        super().__init__()
        self.stem = ConvBlock(1, width)
        self.blocks = nn.Sequential(*[ConvBlock(width, width) for _ in range(depth - 1)])
        self.pool = nn.AvgPool2d(2)
        self.flatten = nn.Flatten()
        self.head = nn.Linear(width * 16, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.stem(x)
        x = self.blocks(x)
        x = self.pool(x)
        x = self.flatten(x)
        return self.head(x)
