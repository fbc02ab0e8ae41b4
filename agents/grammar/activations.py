"""Activation functions composed by a grammar: a gate on a transformed input, or a shape with a fixed or learned slope.

    activation := x · gate(inner) | shape(slope)
    gate       := sigmoid | tanh∘softplus | normal CDF | arctan
    inner      := x | b·x | x + a·x³        (a, b learned)
    shape      := leaky | exponential | sine mix | squared relu     (slope fixed or learned)

Composition without a model is the bottom-up control of 2409.05258. Gates: Hendrycks & Gimpel 2016 (normal CDF),
Ramachandran et al. 2017 (sigmoid), Misra 2019 (tanh∘softplus); shapes: Maas et al. 2013, He et al. 2015, Clevert et al.
2016, Ziyin et al. 2020, So et al. 2021. Every module keeps shape and dtype and works on any device.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agents.grammar.component import Component, Definition
from agents.grammar.module_mutations import ReplaceActivation

SHARED_CUES = {
    "activation function*": 1.2,
    "nonlinearit*": 1.0,
    "non linearit*": 1.0,
    "relu": 1.2,
    "activation layer*": 1.0,
}


@dataclass(frozen=True)
class _Gate:
    id: str
    class_name: str
    formula: str
    code: str
    builtin: str
    """Name in torch.nn where the ungarnished gate exists already."""
    cues: dict[str, float]
    about: str


@dataclass(frozen=True)
class _Inner:
    id: str
    class_name: str
    formula: str
    code: str
    parameter: tuple[str, float] | None
    cues: dict[str, float]
    about: str


@dataclass(frozen=True)
class _Shape:
    id: str
    class_name: str
    formula: str
    code: str
    slope: float
    builtin: tuple[str, str]
    """Names in torch.nn of the fixed and of the learned form."""
    cues: dict[str, float]
    about: str


SMOOTH = {"smooth* activation*": 2.0, "swish": 2.5, "silu": 2.5, "self gated": 1.5, "smooth*": 0.3}

GATES = (
    _Gate(
        "sigmoid-gate",
        "SigmoidGate",
        "sigmoid",
        "$torch.sigmoid({u})",
        "SiLU",
        {**SMOOTH, "sigmoid": 0.6},
        "lets small negative inputs pass with a gradient",
    ),
    _Gate(
        "softplus-tanh-gate",
        "SoftplusTanhGate",
        "tanh(softplus)",
        "$torch.tanh($nn.functional.softplus({u}))",
        "Mish",
        {"mish": 3.0, "smooth* activation*": 1.5, "softplus": 1.5, "smooth*": 0.2},
        "is smooth everywhere and bounded below",
    ),
    _Gate(
        "normal-gate",
        "NormalGate",
        "Φ",
        "0.5 * (1 + $torch.erf({bracketed} / 2**0.5))",
        "GELU",
        {"gelu": 3.0, "gaussian error linear": 3.0, "smooth* activation*": 1.2, "feed forward network*": 0.5},
        "weights an input by its probability of being large rather than by its sign",
    ),
    _Gate(
        "arctan-gate",
        "ArctanGate",
        "½ + arctan/π",
        "(0.5 + $torch.atan({u}) / 3.141592653589793)",
        "",
        {"arctan*": 2.5, "heavy tail*": 0.6, "smooth* activation*": 1.0, "saturat*": 0.6},
        "saturates more slowly than an exponential gate",
    ),
)

INNERS = (
    _Inner("", "", "x", "x", None, {}, "its shape is fixed"),
    _Inner(
        "learned-scale",
        "LearnedScale",
        "b·x",
        "self.b * x",
        ("b", 1.0),
        {"learn* activation*": 2.5, "adaptive activation*": 2.5, "trainable activation*": 2.5, "parametric": 0.6},
        "its steepness is learned",
    ),
    _Inner(
        "odd-cubic",
        "OddCubic",
        "x + a·x³",
        "x + self.a * x.pow(3)",
        ("a", 0.05),
        {"cubic": 2.5, "polynomial activation*": 2.5, "adaptive activation*": 1.5, "higher order": 0.4},
        "its curvature is learned through an odd cubic term",
    ),
)

SHAPES = (
    _Shape(
        "leaky",
        "Leaky",
        "max(x, {k}·x)",
        "$torch.maximum(x, {k} * x)",
        0.1,
        ("LeakyReLU", "PReLU"),
        {
            "leaky": 2.5,
            "dying relu": 3.0,
            "dead neuron*": 2.5,
            "dead unit*": 2.5,
            "negative input*": 2.0,
            "zero gradient": 2.0,
        },
        "keeps a gradient for negative inputs",
    ),
    _Shape(
        "exponential",
        "Exponential",
        "x if x > 0 else {k}·(eˣ − 1)",
        "$torch.where(x > 0, x, {k} * $torch.expm1(x.clamp(max=0)))",
        1.0,
        ("ELU", ""),
        {"elu": 2.5, "exponential linear": 3.0, "negative input*": 1.2, "mean activation*": 1.2, "bias shift": 2.0},
        "pushes mean activations towards zero",
    ),
    _Shape(
        "sine-mix",
        "SineMix",
        "x + {k}·sin²(x)",
        "x + {k} * $torch.sin(x).square()",
        0.5,
        ("", ""),
        {
            "periodic & activation*": 1.5,
            "sine & activation*": 1.2,
            "sinusoidal": 1.2,
            "periodic activation*": 3.0,
            "snake": 1.5,
            "extrapolat*": 0.5,
        },
        "adds a periodic part that a monotone function lacks",
    ),
    _Shape(
        "squared-relu",
        "SquaredRelu",
        "{k}·max(x, 0)²",
        "{k} * $torch.relu(x).square()",
        1.0,
        ("", ""),
        {"squared relu": 3.0, "primer": 2.0, "sparse activation*": 1.5, "sparsity": 0.4},
        "sharpens the contrast between weakly and strongly active units",
    ),
)


def activations() -> Iterator[Component]:
    """Every sentence of the grammar."""
    for gate in GATES:
        for inner in INNERS:
            yield _gated(gate, inner)
    for shape in SHAPES:
        yield _shaped(shape, learned=False)
        yield _shaped(shape, learned=True)


def _gated(gate: _Gate, inner: _Inner) -> Component:
    name = inner.class_name + gate.class_name
    formula = f"x·{gate.formula}({inner.formula})"
    expression = f"x * {gate.code.format(u=inner.code, bracketed=_bracketed(inner.code))}"
    return Component(
        id=f"activation:{'-'.join(part for part in (inner.id, gate.id) if part)}",
        title=f"Activation {formula}{' (' + gate.builtin + ')' if gate.builtin and not inner.id else ''}",
        cues={**SHARED_CUES, **_lowered(gate.cues, 0.6 if inner.id else 1.0), **inner.cues},
        mechanism=f"The activation {formula} {gate.about}; {inner.about}.",
        variants=(_replacement(name, formula, expression, inner.parameter, gate.builtin if not inner.id else ""),),
    )


def _shaped(shape: _Shape, *, learned: bool) -> Component:
    learns = {"learn* activation*": 2.0, "adaptive activation*": 2.0, "parametric relu": 3.0, "prelu": 3.0}
    formula = shape.formula.format(k="k" if learned else f"{shape.slope:g}")
    return Component(
        id=f"activation:{'learned-' if learned else ''}{shape.id}",
        title=f"Activation {formula}{' with learned k' if learned else ''}",
        cues={**SHARED_CUES, **_lowered(shape.cues, 0.8 if learned else 1.0), **(learns if learned else {})},
        mechanism=f"The activation {formula} {shape.about}" + ("; its strength k is learned." if learned else "."),
        variants=(
            _replacement(
                ("Learned" if learned else "") + shape.class_name,
                formula,
                shape.code.format(k="self.k" if learned else f"{shape.slope:g}"),
                ("k", shape.slope) if learned else None,
                shape.builtin[learned],
            ),
        ),
    )


def _replacement(
    name: str, formula: str, expression: str, parameter: tuple[str, float] | None, builtin: str
) -> ReplaceActivation:
    learned = f", {parameter[0]} learned" if parameter else ""
    init = ""
    if parameter:
        init = (
            "    def __init__(self) -> None:\n"
            "        super().__init__()\n"
            f"        self.{parameter[0]} = $nn.Parameter($torch.tensor({parameter[1]}))\n\n"
        )
    module = (
        f'class {name}($nn.Module):\n    """{formula}{learned}."""\n\n{init}'
        f"    def forward(self, x: $torch.Tensor) -> $torch.Tensor:\n        return {expression}\n"
    )
    function = None
    if not parameter:
        snake = "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")
        body = f'def {snake}(x: $torch.Tensor) -> $torch.Tensor:\n    """{formula}."""\n    return {expression}\n'
        function = Definition(snake, body)
    return ReplaceActivation(module=Definition(name, module), function=function, builtin=builtin)


def _bracketed(expression: str) -> str:
    return expression if expression.isidentifier() else f"({expression})"


def _lowered(cues: dict[str, float], factor: float) -> dict[str, float]:
    return {term: weight * factor for term, weight in cues.items()}
