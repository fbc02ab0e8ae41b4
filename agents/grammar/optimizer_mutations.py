"""Mutations of the optimizer and of the learning-rate schedule."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from agents.edits import Replacement
from agents.grammar.component import Definition, Place, written
from agents.grammar.literal_mutations import Change
from agents.source_file import Argument, Call, SourceFile

OPTIMIZERS = ("SGD", "Adam", "AdamW", "NAdam", "RAdam", "RMSprop", "Adagrad", "Adamax")
OPTIMIZER_TARGETS = frozenset(f"torch.optim.{name}" for name in OPTIMIZERS)
TOTAL_STEPS = ("steps", "total_steps", "num_steps", "n_steps", "max_steps", "num_training_steps", "training_steps")
TOTAL_KEYWORDS = ("T_max", "total_steps", "total_iters")


@dataclass(frozen=True)
class SwapOptimizer:
    """Another optimizer of torch.optim with the same parameters; keywords that it does not know are dropped."""

    new: str
    old: tuple[str, ...]
    drops: tuple[str, ...]
    adds: Mapping[str, str]
    """Keyword -> value, where absent."""
    rate: Change
    """The learning rate moves to the new optimizer's usual range, where it is a literal."""
    strength: float = 1.0
    everywhere: bool = False

    @property
    def hints(self) -> tuple[str, ...]:
        """The optimizers that it replaces."""
        return self.old

    @property
    def sought(self) -> str:
        """The optimizers in words."""
        return f"torch.optim.{' or '.join(self.old)}"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """One per optimizer whose arguments are all written out."""
        targets = {f"torch.optim.{name}" for name in self.old}
        return tuple(
            Place(
                path=source.path,
                line=call.line,
                what=call.callee,
                scope=call.scope,
                replacements=(Replacement(call.span.start, call.span.end, self._written(source, call)),),
            )
            for call in source.calls
            if call.target in targets and _plain(call)
        )

    def _written(self, source: SourceFile, call: Call) -> str:
        kept = [
            _shown(argument, self._rated(source, argument))
            for argument in call.arguments
            if argument.name not in self.drops
        ]
        present = {argument.name for argument in call.arguments}
        kept += [f"{name}={value}" for name, value in self.adds.items() if name not in present]
        package = call.callee.rpartition(".")[0] or written("$torch.optim", source)
        return f"{package}.{self.new}({', '.join(kept)})"

    def _rated(self, source: SourceFile, argument: Argument) -> str:
        literal = any(found.span == argument.span for found in source.literals)
        return (self.rate(argument.value) if argument.name == "lr" and literal else None) or argument.value


def _shown(argument: Argument, value: str) -> str:
    return f"{argument.name}={value}" if argument.name else value


def _plain(call: Call) -> bool:
    positional = [argument for argument in call.arguments if not argument.name]
    return len(positional) == 1 and not any(argument.value.startswith("*") for argument in call.arguments)


@dataclass(frozen=True)
class ExtendOptimizer:
    """A subclass of the present optimizer whose `step` does something more, so that the training loop can stay.

    `$base` in the definition stands for the optimizer as the file writes it.
    """

    prefix: str
    source: str
    strength: float = 1.0
    everywhere: bool = False
    hints: tuple[str, ...] = OPTIMIZERS
    sought: str = "an optimizer of torch.optim"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """One per optimizer."""
        return tuple(self._place(source, call) for call in source.calls if call.target in OPTIMIZER_TARGETS)

    def _place(self, source: SourceFile, call: Call) -> Place:
        name = self.prefix + call.target.rpartition(".")[2]
        body = self.source.replace("$base", call.callee).replace("$name", name)
        span = call.callee_span
        return Place(
            path=source.path,
            line=call.line,
            what=call.callee,
            scope=call.scope,
            replacements=(Replacement(span.start, span.end, name),),
            definitions=(Definition(name, body),),
        )


@dataclass(frozen=True)
class Decay:
    """The learning rate times a decay from one towards zero over all steps; a warm-up that is there stays."""

    definition: Definition
    """`f(step, steps)`, the factor."""
    strength: float = 1.0
    everywhere: bool = False
    hints: tuple[str, ...] = ("lr_scheduler",)
    sought: str = "a torch.optim.lr_scheduler whose total number of steps is known"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """One per schedule."""
        placed = [
            self._place(source, call) for call in source.calls if call.target.startswith("torch.optim.lr_scheduler.")
        ]
        return tuple(place for place in placed if place)

    def _place(self, source: SourceFile, call: Call) -> Place | None:
        steps = total_steps(source, call)
        optimizer = call.argument("optimizer", 0)
        if not steps or optimizer is None:
            return None
        function = call.argument("lr_lambda", 1) if call.target.endswith(".LambdaLR") else None
        if function:
            replacements = self._multiplied(function, steps)
        else:
            package = call.callee.rpartition(".")[0] or written("$torch.optim.lr_scheduler", source)
            text = f"{package}.LambdaLR({optimizer.value}, lambda step: {self.definition.name}(step, {steps}))"
            replacements = (Replacement(call.span.start, call.span.end, text),)
        if not replacements:
            return None
        return Place(
            path=source.path,
            line=call.line,
            what=call.callee.rpartition(".")[2],
            scope=call.scope,
            replacements=replacements,
            definitions=(self.definition,),
        )

    def _multiplied(self, function: Argument, steps: str) -> tuple[Replacement, ...]:
        head = re.match(r"lambda\s+(\w+)\s*:\s*", function.value)
        if head is None:
            return ()
        factor = f" * {self.definition.name}({head[1]}, {steps})"
        end = function.span.end
        if _binds_tightly(function.value[head.end() :]):
            return (Replacement(end, end, factor),)
        body = function.span.start + len(head[0].encode())
        return (Replacement(body, body, "("), Replacement(end, end, f"){factor}"))


def _binds_tightly(expression: str) -> bool:
    """Whether a product can follow without brackets: a name, a number or one call."""
    if re.fullmatch(r"[\w.]+", expression):
        return True
    if not re.fullmatch(r"[\w.]+\(.*\)", expression, re.DOTALL):
        return False
    depth = 0
    for index, char in enumerate(expression):
        depth += (char in "([{") - (char in ")]}")
        if char in ")]}" and depth == 0:
            return index == len(expression) - 1
    return False


@dataclass(frozen=True)
class WarmUp:
    """A share of all steps in place of a literal zero that the code names warm-up."""

    names: tuple[str, ...]
    share: int
    """One part in so many."""
    strength: float = 1.0
    everywhere: bool = False

    @property
    def hints(self) -> tuple[str, ...]:
        """The names."""
        return self.names

    @property
    def sought(self) -> str:
        """The names in words."""
        return f"a warm-up of zero steps named {', '.join(self.names)}"

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """Zeros in a function that knows the number of steps."""
        found = [(literal, _parameter(source, literal.scope)) for literal in source.literals]
        return tuple(
            Place(
                path=source.path,
                line=literal.line,
                what=f"{literal.name}={literal.value}",
                scope=literal.scope,
                replacements=(Replacement(literal.span.start, literal.span.end, f"{steps} // {self.share}"),),
            )
            for literal, steps in found
            if literal.name in self.names and literal.value == "0" and literal.form == "assignment" and steps
        )


def total_steps(source: SourceFile, call: Call) -> str:
    """How the code at this schedule writes the total number of steps; empty where it does not."""
    for keyword in TOTAL_KEYWORDS:
        argument = call.argument(
            keyword, 1 if keyword == "T_max" and call.target.endswith(".CosineAnnealingLR") else -1
        )
        if argument and re.fullmatch(r"[\w.]+", argument.value):
            return argument.value
    return _parameter(source, call.scope)


def _parameter(source: SourceFile, scope: str) -> str:
    parameters = source.parameters.get(scope, ())
    return next((name for name in TOTAL_STEPS if name in parameters), "")
