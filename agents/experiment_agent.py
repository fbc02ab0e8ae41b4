"""ExperimentAgent of MLR-Copilot (2408.14033) without a language model: writes a catalogued component into the code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agents import code_map, edits
from agents.contract import Contract
from agents.edits import Replacement
from agents.grammar import catalogue
from agents.grammar.component import Component, Definition, Mutation, Place, written
from agents.grammar.feedback import Wishes, wishes
from agents.research import Change, Edit, Idea
from agents.researcher import NothingToPropose
from agents.source_file import SourceFile

LARGEST_FILE = 500_000
"""Characters; larger Python files are generated or data."""
ASIDE = re.compile(r"(^|/)(tests?|docs?|examples?|benchmarks?)(/|$)|(^|/)(test_\w*|setup|conftest)\.py$")
"""Files whose code trains nothing: looked at last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """A component with the places where it would be written."""

    component: Component
    mutation: Mutation
    source: SourceFile
    places: tuple[Place, ...]

    def target(self) -> str:
        """The place in words, e.g. `model.py:16 nn.ReLU (and 1 more place)`."""
        first = self.places[0]
        more = len(self.places) - 1
        others = f" (and {more} more place{'s' if more > 1 else ''})" if more else ""
        return f"{first.path}:{first.line} {first.what}{others}"


@dataclass(slots=True)
class Code:
    """The editable Python files of a tree, parsed on demand and once."""

    files: Mapping[str, str]
    contract: Contract
    _parsed: dict[str, SourceFile | None] = field(default_factory=dict)

    def paths(self) -> list[str]:
        """Editable Python files, those that train something first."""
        found = [path for path in self.files if path.endswith(".py") and self.contract.may_edit(path)]
        return sorted(found, key=lambda path: (bool(ASIDE.search(path)), path))

    def holding(self, hints: Sequence[str]) -> Iterable[SourceFile]:
        """Parsed files that hold one of these words."""
        for path in self.paths():
            text = self.files[path]
            if len(text) <= LARGEST_FILE and any(hint in text for hint in hints):
                if path not in self._parsed:
                    self._parsed[path] = code_map.read(path, text)
                source = self._parsed[path]
                if source:
                    yield source


def locate(component: Component, code: Code, asked: Wishes | None = None) -> Located | None:
    """The best place for a component under what was asked, or None."""
    asked = asked or Wishes()
    found = [located for variant in component.variants if (located := locate_variant(component, variant, code, asked))]
    if asked.size and found:
        found = _resized(found, asked.size)
    return found[asked.skip] if asked.skip < len(found) else None


def locate_variant(component: Component, mutation: Mutation, code: Code, asked: Wishes) -> Located | None:
    """The best place for one variant of a component, or None."""
    best: Located | None = None
    for source in code.holding(mutation.hints):
        places = tuple(place for place in mutation.places(source) if _fits(place, source) and asked.takes(place))
        places = places if mutation.everywhere and not asked.first_only else places[:1]
        if not places or asked.forbids(_code(places)):
            continue
        better = best is None or (len(places) > len(best.places) and not ASIDE.search(source.path))
        if better:
            best = Located(component=component, mutation=mutation, source=source, places=places)
    return best


def _fits(place: Place, source: SourceFile) -> bool:
    """Whether the names that the change defines are still free in the file."""
    taken = {symbol.name for symbol in source.symbols} | set(source.imports)
    return not any(definition.name in taken for definition in place.definitions)


def _code(places: Iterable[Place]) -> str:
    texts = [replacement.text for place in places for replacement in place.replacements]
    return "\n".join(texts + [definition.source for place in places for definition in place.definitions])


def _resized(found: list[Located], size: int) -> list[Located]:
    """Variants weaker (−1) or stronger (1) than the default, nearest first."""
    default = found[0].mutation.strength
    kept = [located for located in found if (located.mutation.strength - default) * size > 0]
    return sorted(kept, key=lambda located: abs(located.mutation.strength - default))


def write(located: Located) -> Edit:
    """The file's new content: replacements at the places, definitions once behind the imports. Deterministic."""
    source = located.source
    replacements = [replacement for place in located.places for replacement in place.replacements]
    written_there = "\n".join(replacement.text for replacement in replacements)
    offered = {definition.name: definition for place in located.places for definition in place.definitions}
    used = [one for name, one in offered.items() if re.search(rf"\b{name}\b", written_there)]
    block = _definitions(source, used, written_there)
    if block:
        replacements.append(Replacement(source.body, source.body, block))
    return Edit(path=source.path, content=edits.apply(source.text, replacements))


def _definitions(source: SourceFile, wanted: Sequence[Definition], elsewhere: str) -> str:
    """What goes behind the imports, with the blank lines that PEP 8 asks for around it."""
    text = "\n\n".join(written(definition.source, source) for definition in wanted)
    bare = source.name_of("torch") is None and re.search(r"(?<![\w.])torch\.", text + elsewhere)
    head = "import torch\n" if bare else ""
    before, after = source.text.encode()[: source.body], source.text.encode()[source.body :]
    opening = "" if not before or before.endswith(b"\n") or not head + text else "\n"
    if not text:
        return opening + head
    rest = after.lstrip(b"\r\n")
    blank = after[: len(after) - len(rest)].count(b"\n")
    lead = "\n\n" if before or head else ""
    return opening + head + lead + text + ("\n" * max(0, 2 - blank) if rest else "")


def change(
    idea: Idea,
    files: Mapping[str, str],
    contract: Contract,
    feedback: Sequence[str] = (),
    learned: Sequence[str] = (),
) -> Change:
    """Edits that write the idea's component into the code, honouring what rules can of the feedback.

    What earlier reviews forbade is kept to where a place allows it, and named in the notes where none does.

    Raises:
        NothingToPropose: the idea is none of the catalogue's, or no editable place takes it as asked.
    """
    component = catalogue().get(idea.component)
    if component is None:
        named = f"“{idea.title}”"
        raise NothingToPropose(
            f"the offline agent writes components of its catalogue only, and {named} is none. "
            "Write the change by hand: press e on its diff, or configure a model."
        )
    asked, code = wishes(feedback), Code(files, contract)
    kept = asked.with_limits(wishes(learned))
    located = locate(component, code, kept)
    notes: tuple[str, ...] = ()
    if kept != asked and located is not None:
        notes = (f"keeps to what earlier reviews asked: {kept.limits()}",)
    elif kept != asked:
        located = locate(component, code, asked)
        notes = (f"no place keeps to what earlier reviews asked: {kept.limits()}",)
    if located is None:
        raise NothingToPropose(_nowhere(component, contract, feedback))
    proposed = Change(edits=(write(located),), why=_why(idea, located), notes=_notes(asked, located) + notes)
    failures = edits.check(proposed, contract, files)
    if failures:
        raise NothingToPropose(" ".join(failure.sentence for failure in failures))
    return proposed


def _why(idea: Idea, located: Located) -> str:
    return (
        f"{located.component.title} at {located.target()}. {located.component.mechanism} From {idea.passage.where()}."
    )


def _notes(asked: Wishes, located: Located) -> tuple[str, ...]:
    notes = [f"feedback not used (no LLM to read it): “{reason}”" for reason in asked.unused]
    if asked.forbidden:
        notes.insert(0, f"checked that the new code holds none of: {', '.join(asked.forbidden)}")
    if asked != Wishes(unused=asked.unused):
        notes.insert(0, f"after your feedback: {located.target()}, variant {located.mutation.strength:g}")
    return tuple(notes)


def _nowhere(component: Component, contract: Contract, feedback: Sequence[str]) -> str:
    sought = "; ".join(dict.fromkeys(variant.sought for variant in component.variants))
    where = ", ".join(contract.editable)
    asked = f" that also meets your feedback ({' / '.join(feedback)})" if feedback else ""
    return (
        f"nothing to propose here: {component.id} needs {sought}{asked}; no editable file ({where}) has a place for it."
    )
