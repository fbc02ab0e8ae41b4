"""What a parsed source file holds: calls, literals, imports and symbols with their byte-exact places. Types only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Form = Literal["keyword", "assignment", "entry", "option", "default"]


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `end` (exclusive) of a file's UTF-8 text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbol:
    """A class or function of a file, as an outline shows it."""

    kind: Literal["class", "function"]
    name: str
    """Dotted from the module, e.g. `Cnn.forward`."""
    first_line: int
    last_line: int
    signature: str
    """The definition's first lines up to its colon, on one line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Argument:
    """One argument of a call."""

    name: str
    """Empty for a positional one."""
    value: str
    span: Span
    """Of the value."""
    whole: Span
    """With its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call expression."""

    callee: str
    """As written, e.g. `nn.Linear`."""
    target: str
    """Resolved through the file's imports, e.g. `torch.nn.Linear`."""
    callee_span: Span
    span: Span
    arguments: tuple[Argument, ...]
    line: int
    scope: str
    """Dotted name of the enclosing class and function; empty at module level."""
    parent: str
    """Resolved callee of the call that takes this one as a positional argument, else empty."""
    assigned: str
    """Left side where the call is the whole right side of an assignment, else empty."""

    def argument(self, name: str, position: int = -1) -> Argument | None:
        """The argument with this name, or at this position among the positional ones."""
        for argument in self.arguments:
            if argument.name == name:
                return argument
        positional = [argument for argument in self.arguments if not argument.name]
        return positional[position] if 0 <= position < len(positional) else None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLiteral:
    """A literal value that the code gives a name: `lr=1e-3`, `{"lr": 1e-3}`, `--lr` with a default."""

    name: str
    value: str
    span: Span
    """Of the value."""
    form: Form
    owner: str
    """Resolved callee for a keyword, else empty."""
    line: int
    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One parsed Python file."""

    path: str
    text: str
    calls: tuple[Call, ...]
    literals: tuple[NamedLiteral, ...]
    imports: Mapping[str, str]
    """Name bound in the module -> what it stands for, e.g. `nn` -> `torch.nn`."""
    symbols: tuple[Symbol, ...]
    parameters: Mapping[str, tuple[str, ...]]
    """Dotted function name -> names of its parameters."""
    body: int
    """Byte offset behind the file's docstring and its top-level imports, at a line's start."""

    def name_of(self, dotted: str) -> str | None:
        """How this file can write a module, e.g. `nn` for `torch.nn`; None where no import allows it."""
        for alias, target in self.imports.items():
            if target == dotted:
                return alias
        package, _, last = dotted.rpartition(".")
        above = self.name_of(package) if package else None
        return f"{above}.{last}" if above else None
