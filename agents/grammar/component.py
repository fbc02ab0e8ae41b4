"""What a component is: a change to training code that a paper can support, with the words it is recognised by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Protocol

from agents.edits import Replacement
from agents.source_file import SourceFile


@dataclass(frozen=True, slots=True)
class Definition:
    """A class or function that a change adds to a file; `$torch` and `$nn` stand for the file's own names of them."""

    name: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one change could be made, with the change itself."""

    path: str
    line: int
    what: str
    """What stands there now, in a few words of code."""
    scope: str
    """Dotted name of the enclosing class and function."""
    replacements: tuple[Replacement, ...]
    definitions: tuple[Definition, ...] = ()


class Mutation(Protocol):
    """One way to write a component into a file."""

    @property
    def hints(self) -> tuple[str, ...]:
        """Words of which a file holds at least one where the mutation applies; spares parsing the others."""
        ...

    @property
    def sought(self) -> str:
        """What the mutation looks for, in words."""
        ...

    @property
    def strength(self) -> float:
        """Orders the variants of one component; "smaller" asks for a lower one."""
        ...

    @property
    def everywhere(self) -> bool:
        """Whether all places of a file change together, so that the model stays uniform."""
        ...

    def places(self, source: SourceFile) -> tuple[Place, ...]:
        """Every place of the file, best first; empty where there is none or nothing would change."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """One entry of the catalogue."""

    id: str
    """`family:name`."""
    title: str
    cues: Mapping[str, float]
    """Terms that a paper uses when it speaks of this, with weights; 2 and more is specific enough to stand alone."""
    mechanism: str
    """Why it may help, in one sentence about training in general, not about this paper."""
    variants: tuple[Mutation, ...]
    """The default first."""

    @property
    def family(self) -> str:
        """The part of the id before the colon."""
        return self.id.partition(":")[0]

    @property
    def slug(self) -> str:
        """The id as part of a branch name."""
        return self.id.replace(":", "-")


def written(template: str, source: SourceFile, **values: str) -> str:
    """A template with the file's own names of torch and torch.nn."""
    nn = source.name_of("torch.nn") or "torch.nn"
    return Template(template).substitute(values, nn=nn, torch=source.name_of("torch") or "torch")
