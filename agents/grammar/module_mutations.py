"""Mutations of a model's modules: replace activations, put a module behind a layer, wrap a layer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agents.edits import Replacement
from agents.grammar.component import Definition, Place, written
from agents.source_file import Call, SourceFile, Span

ACTIVATIONS = (
    "ReLU",
    "LeakyReLU",
    "ELU",
    "SELU",
    "CELU",
    "GELU",
    "SiLU",
    "Mish",
    "ReLU6",
    "PReLU",
    "RReLU",
    "Hardswish",
)
FUNCTIONS = ("relu", "leaky_relu", "elu", "selu", "celu", "gelu", "silu", "mish", "relu6", "hardswish")
LAYERS = ("Linear", "Conv1d", "Conv2d", "Conv3d")
ACTIVATION_TARGETS = frozenset(f"torch.nn.{name}" for name in ACTIVATIONS)
FUNCTION_TARGETS = frozenset({f"torch.nn.functional.{name}" for name in FUNCTIONS} | {"torch.relu"})
LAYER_TARGETS = frozenset(f"torch.nn.{name}" for name in LAYERS)
HEAD_WIDTH = re.compile(r"(num_?|n_?)?(class(es)?|labels?|vocab\w*|actions?)$")
"""Names of a width that only an output layer has."""


@dataclass(frozen=True)
class ReplaceActivation:
    """Hidden activations become another one: `nn.ReLU()` a module, `F.relu(x)` a function where it learns nothing."""

    module: Definition
    function: Definition | None = None
    builtin: str = ""
    """Name in torch.nn of an equal module, which is left alone."""
    strength: float = 1.0
    everywhere: bool = True
    hints: tuple[str, ...] = ACTIVATIONS + FUNCTIONS
    sought: str = "a hidden activation such as nn.ReLU() or F.relu(x)"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """Activation modules first; functional calls only in a file without one."""
        modules = [call for call in source.calls if call.target in ACTIVATION_TARGETS and not self._equal(call)]
        if modules:
            return tuple(_place(source, call, call.span, f"{self.module.name}()", self.module) for call in modules)
        if self.function is None:
            return ()
        calls = [call for call in source.calls if call.target in FUNCTION_TARGETS and not self._equal(call)]
        return tuple(
            _place(source, call, call.span, f"{self.function.name}({call.arguments[0].value})", self.function)
            for call in calls
            if call.arguments and not call.arguments[0].name
        )

    def _equal(self, call: Call) -> bool:
        name = call.target.rpartition(".")[2].replace("_", "").lower()
        return bool(self.builtin) and name == self.builtin.lower()


@dataclass(frozen=True)
class AfterLayer:
    """A module behind each hidden layer, written for the layer's number of outputs (`$out`)."""

    modules: Mapping[str, str]
    """Layer name in torch.nn -> template of the new module."""
    definitions: tuple[Definition, ...] = ()
    sequences: bool = True
    """Whether it also fits inputs with further dimensions between batch and features (text, patches)."""
    strength: float = 1.0
    everywhere: bool = True
    hints: tuple[str, ...] = LAYERS
    sought: str = "a hidden nn.Linear or nn.Conv layer followed by an activation"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """One per hidden layer whose weights nothing else in the file reaches for."""
        if not self.sequences and re.search(r"\b(Embedding|MultiheadAttention|Transformer)", source.text):
            return ()
        return tuple(
            _behind(source, call, written(self.modules[_kind(call)], source, out=_width(call)), self.definitions)
            for call in hidden_layers(source, self.modules)
        )


@dataclass(frozen=True)
class AfterActivation:
    """A module behind each hidden activation module."""

    module: str
    definitions: tuple[Definition, ...] = ()
    strength: float = 1.0
    everywhere: bool = True
    hints: tuple[str, ...] = ACTIVATIONS
    sought: str = "a hidden activation module such as nn.ReLU()"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """One per activation module."""
        calls = [call for call in source.calls if call.target in ACTIVATION_TARGETS]
        return tuple(_behind(source, call, written(self.module, source), self.definitions) for call in calls)


@dataclass(frozen=True)
class WrapLayer:
    """A hidden layer becomes the argument of a definition, `name(nn.Linear(a, b))`, with more arguments after it."""

    definition: Definition
    layers: tuple[str, ...] = LAYERS
    more: str = ""
    """Template of further arguments, e.g. `, $into, $out`."""
    square: bool = False
    """Only layers that can have as many outputs as inputs: equal ones, or parameters of a block that decides later."""
    strength: float = 1.0
    everywhere: bool = True
    hints: tuple[str, ...] = LAYERS
    sought: str = "a hidden nn.Linear or nn.Conv layer followed by an activation"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """One per hidden layer that fits."""
        return tuple(
            _place(source, call, call.span, self._wrapped(source, call), self.definition)
            for call in hidden_layers(source, self.layers)
            if not self.square or _can_be_square(source, call)
        )

    def _wrapped(self, source: SourceFile, call: Call) -> str:
        more = written(self.more, source, into=_inputs(call), out=_width(call))
        return f"{self.definition.name}({_text(source, call.span)}{more})"


def hidden_layers(source: SourceFile, kinds: Iterable[str]) -> list[Call]:
    """Layers that an activation follows in their class; output layers and those with shared weights are left out."""
    wanted = {f"torch.nn.{kind}" for kind in kinds}
    return [call for call in source.calls if call.target in wanted and _is_hidden(source, call)]


def _can_be_square(source: SourceFile, call: Call) -> bool:
    parameters = source.parameters.get(call.scope, ())
    general = _inputs(call) in parameters and _width(call) in parameters
    return (general or _inputs(call) == _width(call)) and call.argument("stride", 3) is None


def _is_hidden(source: SourceFile, layer: Call) -> bool:
    if not _width(layer) or HEAD_WIDTH.match(_width(layer).rpartition(".")[2]) or not _inputs(layer):
        return False
    if layer.assigned and re.search(rf"{re.escape(layer.assigned)}\.(weight|bias)\b", source.text):
        return False
    family = [call for call in source.calls if _class(call.scope) == _class(layer.scope)]
    later = [call for call in family if call.span.start > layer.span.start]
    if any(call.target in ACTIVATION_TARGETS for call in later):
        return True
    # With functional activations the order of use is unknown; the last layer declared is taken for the output layer.
    functional = any(call.target in FUNCTION_TARGETS for call in later)
    return functional and any(call.target in LAYER_TARGETS for call in later)


def _class(scope: str) -> str:
    return scope.rpartition(".")[0] or scope


def _kind(call: Call) -> str:
    return call.target.rpartition(".")[2]


def _argument(call: Call, names: tuple[str, str], position: int) -> str:
    name = names[0] if _kind(call) == "Linear" else names[1]
    argument = call.argument(name, position)
    return argument.value if argument and not argument.value.startswith("*") else ""


def _inputs(call: Call) -> str:
    return _argument(call, ("in_features", "in_channels"), 0)


def _width(call: Call) -> str:
    return _argument(call, ("out_features", "out_channels"), 1)


def _text(source: SourceFile, span: Span) -> str:
    return source.text.encode()[span.start : span.end].decode()


def _place(source: SourceFile, call: Call, span: Span, text: str, definition: Definition) -> Place:
    return Place(
        path=source.path,
        line=call.line,
        what=call.callee,
        scope=call.scope,
        replacements=(Replacement(span.start, span.end, text),),
        definitions=(definition,),
    )


def _behind(source: SourceFile, call: Call, module: str, definitions: tuple[Definition, ...]) -> Place:
    """Inside nn.Sequential a further element, elsewhere an nn.Sequential of both."""
    indexed = re.search(r"self\.\w+\[", source.text)
    replacements: tuple[Replacement, ...]
    if call.parent == "torch.nn.Sequential" and not indexed:
        replacements = (Replacement(call.span.end, call.span.end, f",{_break(source, call.span.start)}{module}"),)
    else:
        opening = written("$nn.Sequential(", source)
        replacements = (
            Replacement(call.span.start, call.span.start, opening),
            Replacement(call.span.end, call.span.end, f", {module})"),
        )
    return Place(
        path=source.path,
        line=call.line,
        what=call.callee,
        scope=call.scope,
        replacements=replacements,
        definitions=definitions,
    )


def _break(source: SourceFile, start: int) -> str:
    """A new line with the element's own indentation where it stands first on its line, else a space."""
    line = source.text.encode()[:start].rpartition(b"\n")[2].decode()
    return f"\n{line}" if not line.strip() else " "
