"""Mutations of values: a keyword of a call, or a literal that the code gives a name."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass

from agents.edits import Replacement
from agents.grammar.component import Definition, Place
from agents.source_file import Call, NamedLiteral, SourceFile

Change = Callable[[str], str | None]
"""The new text of a literal; None where it should stay."""

FORM_ORDER = ("keyword", "assignment", "option", "default", "entry")
HELD_OUT = ("eval", "valid", "test")
"""Parts of scope names where a metric is computed rather than a model trained."""


def times(factor: float, low: float = 0.0, high: float = float("inf")) -> Change:
    """A number multiplied, where it lies strictly above `low` and the result at most at `high`."""

    def change(text: str) -> str | None:
        value = _number(text)
        if value is None or value <= low:
            return None
        # Three digits: 0.1 * 3 would otherwise be written 0.30000000000000004.
        new = round(value * factor) if isinstance(value, int) else float(f"{value * factor:.3g}")
        return repr(new) if new != value and low < new <= high else None

    return change


def plus(amount: int, low: int = 0) -> Change:
    """An integer increased, where it lies strictly above `low`."""

    def change(text: str) -> str | None:
        value = _number(text)
        return repr(value + amount) if isinstance(value, int) and value > low else None

    return change


def to(new: str) -> Change:
    """Another literal, where the present one has another value."""

    def change(text: str) -> str | None:
        return None if _value(text) == _value(new) else new

    return change


def _value(text: str) -> object:
    return ast.literal_eval(text)


def _number(text: str) -> int | float | None:
    value = _value(text)
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(frozen=True)
class SetNamed:
    """A literal under one of these names: keyword, assignment, option, parameter default or dictionary entry."""

    names: tuple[str, ...]
    change: Change
    strength: float = 1.0
    everywhere: bool = False

    @property
    def hints(self) -> tuple[str, ...]:
        """The names, also as they stand in a command-line option."""
        return self.names + tuple(name.replace("_", "-") for name in self.names)

    @property
    def sought(self) -> str:
        """The names in words."""
        return f"a literal value named {', '.join(self.names)}"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """Keywords of an optimizer first, then in the order in which such values usually take effect."""
        found = [literal for literal in source.literals if literal.name.lower() in self.names]
        found.sort(key=lambda literal: (not literal.owner.startswith("torch.optim."), FORM_ORDER.index(literal.form)))
        placed = [self._place(source, literal) for literal in found if not _held_out(literal.scope)]
        return tuple(place for place in placed if place)

    def _place(self, source: SourceFile, literal: NamedLiteral) -> Place | None:
        new = self.change(literal.value)
        if new is None:
            return None
        return Place(
            path=source.path,
            line=literal.line,
            what=f"{literal.name}={literal.value}",
            scope=literal.scope,
            replacements=(Replacement(literal.span.start, literal.span.end, new),),
        )


@dataclass(frozen=True)
class SetKeyword:
    """A keyword of certain calls: changed where it is a literal, added where it is absent."""

    callees: tuple[str, ...]
    """Resolved names, e.g. `torch.optim.AdamW`."""
    keyword: str
    change: Change
    absent: str
    """What is added."""
    strength: float = 1.0
    everywhere: bool = False

    @property
    def hints(self) -> tuple[str, ...]:
        """The callees' last names."""
        return tuple(callee.rpartition(".")[2] for callee in self.callees)

    @property
    def sought(self) -> str:
        """Keyword and callees in words."""
        return f"{self.keyword}= of {' or '.join(self.hints)}"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """One per call; a keyword that holds an expression or may come in by ** is left alone."""
        calls = [call for call in source.calls if call.target in self.callees and not _held_out(call.scope)]
        placed = [self._place(source, call) for call in calls]
        return tuple(place for place in placed if place)

    def _place(self, source: SourceFile, call: Call) -> Place | None:
        present = call.argument(self.keyword)
        if present is None:
            return None if self._comes_otherwise(source, call) else self._added(source, call)
        span = present.span
        known = any(literal.span == span for literal in source.literals)
        new = self.change(present.value) if known else None
        if new is None:
            return None
        what = f"{call.callee} {self.keyword}={present.value}"
        replacements = (Replacement(span.start, span.end, new),)
        return Place(path=source.path, line=call.line, what=what, scope=call.scope, replacements=replacements)

    def _comes_otherwise(self, source: SourceFile, call: Call) -> bool:
        """Whether the file may set the value by **, by parameter groups or after the call."""
        spread = any(argument.value.startswith("*") for argument in call.arguments)
        return spread or re.search(rf"\b{self.keyword}\b", source.text) is not None

    def _added(self, source: SourceFile, call: Call) -> Place:
        text = f"{self.keyword}={self.absent}"
        end = call.arguments[-1].whole.end if call.arguments else call.span.end - 1
        if call.arguments:
            text = f", {text}"
        what = f"{call.callee} without {self.keyword}"
        replacements = (Replacement(end, end, text),)
        return Place(path=source.path, line=call.line, what=what, scope=call.scope, replacements=replacements)


@dataclass(frozen=True)
class ReplaceLoss:
    """The training loss becomes a subclass of nn.CrossEntropyLoss with the same arguments."""

    definition: Definition
    strength: float = 1.0
    everywhere: bool = False
    hints: tuple[str, ...] = ("CrossEntropyLoss", "cross_entropy")
    sought: str = "nn.CrossEntropyLoss(...) or F.cross_entropy(logits, labels) in training code"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """Losses with a reduction of their own are left alone."""
        placed = [self._place(source, call) for call in source.calls if not _held_out(call.scope)]
        return tuple(place for place in placed if place)

    def _place(self, source: SourceFile, call: Call) -> Place | None:
        module = call.target == "torch.nn.CrossEntropyLoss" and call.argument("reduction") is None
        function = call.target == "torch.nn.functional.cross_entropy" and [a.name for a in call.arguments] == ["", ""]
        if not module and not function:
            return None
        span = call.callee_span
        text = self.definition.name if module else f"{self.definition.name}()"
        return Place(
            path=source.path,
            line=call.line,
            what=call.callee,
            scope=call.scope,
            replacements=(Replacement(span.start, span.end, text),),
            definitions=(self.definition,),
        )


def _held_out(scope: str) -> bool:
    return any(word in scope.lower() for word in HELD_OUT)
