"""IdeaAgent of MLR-Copilot (2408.14033) without a language model: ideas by evidence in the paper and a grammar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil

from agents.contract import Contract
from agents.experiment_agent import Code, Located, locate
from agents.grammar import catalogue
from agents.grammar.component import Component
from agents.grammar.evidence import Support, about_training, supports
from agents.research import Idea, Paper, Passage
from agents.researcher import Memory, NothingToPropose

SHOWN_TERMS = 6
NEARLY = 0.4
"""Another sentence may be quoted instead of one already quoted when its rank is in this upper share."""


def ideas(paper: Paper, files: Mapping[str, str], contract: Contract, wanted: int, memory: Memory) -> tuple[Idea, ...]:
    """At most `wanted` ideas, best supported first: the paper speaks about them and the code has a place.

    No component twice; at most half of the ideas from one family unless other families have nothing to offer.

    Raises:
        NothingToPropose: the paper supports none, the code takes none, or all were decided before.
    """
    supported = _supported(paper)
    decided = _decided(memory)
    fresh = [support for support in supported if support.component.id not in decided]
    if not fresh:
        raise NothingToPropose(
            f"nothing new to propose: all {len(supported)} components that this paper supports "
            "were proposed or decided before."
        )
    code = Code(files, contract)
    applicable = [(support, located) for support in fresh if (located := locate(support.component, code))]
    if not applicable:
        raise NothingToPropose(_no_place(fresh, code))
    quoted: list[Passage] = []
    chosen = _diverse(applicable, wanted)
    return tuple(_idea(support, located, contract, _passage(support, quoted)) for support, located in chosen)


def _supported(paper: Paper) -> tuple[Support, ...]:
    if not about_training(paper):
        raise NothingToPropose("no idea supported by this paper: it does not speak about training models.")
    components = catalogue()
    supported = supports(paper, components.values())
    if not supported:
        families = ", ".join(dict.fromkeys(component.family for component in components.values()))
        raise NothingToPropose(
            f"no idea supported by this paper: none of {len(components)} known components is spoken of ({families})."
        )
    return supported


def _decided(memory: Memory) -> set[str]:
    """Components taken, rejected or refuted; the last two are written `component: reason`."""
    known = catalogue()
    lines = (*memory.rejected, *memory.refuted)
    return set(memory.taken) | {id for id in known if any(line == id or line.startswith(f"{id}:") for line in lines)}


def _diverse(applicable: Sequence[tuple[Support, Located]], wanted: int) -> list[tuple[Support, Located]]:
    most = ceil(wanted / 2)
    chosen: list[tuple[Support, Located]] = []
    surplus: list[tuple[Support, Located]] = []
    for pair in applicable:
        family = pair[0].component.family
        held = sum(support.component.family == family for support, _ in chosen)
        (chosen if held < most and len(chosen) < wanted else surplus).append(pair)
    chosen += surplus[: max(0, wanted - len(chosen))]
    return sorted(chosen, key=lambda pair: (-pair[0].score, pair[0].component.id))


def _passage(support: Support, quoted: list[Passage]) -> Passage:
    """The best sentence, or a nearly as good one where the best is quoted by a better idea already."""
    near = support.passages[: max(1, min(5, ceil(len(support.passages) * NEARLY)))]
    best = next((passage for passage in near if passage not in quoted), support.passages[0])
    quoted.append(best)
    return best


def _idea(support: Support, located: Located, contract: Contract, passage: Passage) -> Idea:
    component = support.component
    objective = contract.objective
    lower = objective.direction == "minimize"
    effect = f"{objective.smallest_effect:g}"
    target = located.target()
    return Idea(
        title=component.title,
        slug=component.slug,
        component=component.id,
        passage=passage,
        hypothesis=(
            f"{component.title} at {target} {'lowers' if lower else 'raises'} {objective.metric} "
            f"by at least {effect} against the unchanged code."
        ),
        rationale=(
            f"The paper speaks of {_listed(support.terms[:3])} ({passage.where()}): “{passage.text}” "
            f"{component.mechanism}"
        ),
        expected=(
            f"{objective.metric} {'lower' if lower else 'higher'} by at least {effect}, "
            "the smallest effect of interest; the size is not predicted (no LLM)"
        ),
        plan=_plan(component, target, contract),
        kill_test=(
            f"one screening run of {objective.screening_trials} trials beside the baseline on the same seeds: "
            f"stop if {objective.metric} is not {'lower' if lower else 'higher'} on average"
        ),
        score=support.score,
        evidence=support.terms[:SHOWN_TERMS],
        target=target,
    )


def _plan(component: Component, target: str, contract: Contract) -> tuple[str, ...]:
    objective = contract.objective
    return (
        f"Edit {target}: {component.title[:1].lower()}{component.title[1:]}; nothing else changes.",
        "Repeat the baseline with several seeds to know the noise floor.",
        f"Screen with {objective.screening_trials} trials on the same seeds as the baseline.",
        f"Confirm with {objective.confirmation_trials} fresh trials on the hidden split.",
        f"Verdict by a paired test at alpha = 0.05 / {objective.claims} against a smallest effect of "
        f"{objective.smallest_effect:g} in {objective.metric}.",
    )


def _listed(terms: Sequence[str]) -> str:
    quoted = [f"“{term}”" for term in terms]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]]) if len(quoted) > 1 else quoted[0]


def _no_place(fresh: Sequence[Support], code: Code) -> str:
    ids = ", ".join(support.component.id for support in fresh[:4])
    sought = dict.fromkeys(variant.sought for support in fresh[:4] for variant in support.component.variants)
    paths = code.paths()
    where = ", ".join(paths[:4]) + (f" and {len(paths) - 4} more" if len(paths) > 4 else "")
    looked = f"in {where}" if paths else f"but no Python file is editable ({', '.join(code.contract.editable)})"
    return (
        f"nothing to propose here: the paper supports {ids}, but the code has no place for them. "
        f"Looked for {'; '.join(sought)} {looked}."
    )
