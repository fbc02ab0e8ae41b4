"""What an activation of the grammar, or one of torch, does to a number: its response curve, without torch.

Learned parameters have their initial values, so a curve says what the network starts with. The names are those of
`agents.grammar.activations`, which is not imported: a screen that compares ideas needs none of its edits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from functools import cache

Response = Callable[[float], float]

POINTS = tuple(-3 + number / 8 for number in range(49))
"""Inputs at which a curve is sampled: three standard deviations of a normalised input to each side."""


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


_GATES: dict[str, Response] = {
    "sigmoid-gate": _sigmoid,
    "softplus-tanh-gate": lambda u: math.tanh(_softplus(u)),
    "normal-gate": lambda u: 0.5 * (1 + math.erf(u / math.sqrt(2))),
    "arctan-gate": lambda u: 0.5 + math.atan(u) / math.pi,
}
_INNERS: dict[str, Response] = {"": lambda x: x, "learned-scale": lambda x: x, "odd-cubic": lambda x: x + 0.05 * x**3}
_SHAPES: dict[str, Response] = {
    "leaky": lambda x: max(x, 0.1 * x),
    "exponential": lambda x: x if x > 0 else math.expm1(x),
    "sine-mix": lambda x: x + 0.5 * math.sin(x) ** 2,
    "squared-relu": lambda x: max(x, 0.0) ** 2,
}
_TORCH: dict[str, Response] = {
    "relu": lambda x: max(x, 0.0),
    "relu6": lambda x: min(max(x, 0.0), 6.0),
    "leakyrelu": lambda x: max(x, 0.01 * x),
    "leaky_relu": lambda x: max(x, 0.01 * x),
    "prelu": lambda x: max(x, 0.25 * x),
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "selu": lambda x: 1.0507 * (x if x > 0 else 1.67326 * math.expm1(x)),
    "gelu": lambda x: x * _GATES["normal-gate"](x),
    "silu": lambda x: x * _sigmoid(x),
    "mish": lambda x: x * math.tanh(_softplus(x)),
    "softplus": _softplus,
    "tanh": math.tanh,
    "sigmoid": _sigmoid,
}
_NAMED = re.compile(r"\b(?:nn|torch|F|functional)\.(\w+)")


@cache
def curve(component: str) -> tuple[float, ...] | None:
    """The sampled response of a component of the catalogue; None for what is no activation."""
    family, _, name = component.partition(":")
    response = _response(name) if family == "activation" else None
    return tuple(response(x) for x in POINTS) if response else None


@cache
def curve_of_torch(code: str) -> tuple[str, tuple[float, ...]] | None:
    """The activation of torch that stands in a few words of code, e.g. `model.py:16 nn.ReLU`, by name and curve."""
    for name in _NAMED.findall(code):
        if response := _TORCH.get(name.lower()):
            return name, tuple(response(x) for x in POINTS)
    return None


def _response(name: str) -> Response | None:
    if shape := _SHAPES.get(name.removeprefix("learned-")):
        return shape
    inner = next((inner for inner in _INNERS if inner and name.startswith(f"{inner}-")), "")
    gate, transform = _GATES.get(name.removeprefix(f"{inner}-")), _INNERS[inner]
    return None if gate is None else lambda x: x * gate(transform(x))
