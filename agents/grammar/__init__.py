"""The catalogue of components that the offline agent can propose, and the evidence for them in a paper."""

from __future__ import annotations

from functools import cache

from agents.grammar.activations import activations
from agents.grammar.component import Component
from agents.grammar.layers import layer_components
from agents.grammar.objectives import objective_components
from agents.grammar.optimisation import optimisation_components


@cache
def catalogue() -> dict[str, Component]:
    """Every component by its id, in a fixed order."""
    found = (*activations(), *layer_components(), *optimisation_components(), *objective_components())
    return {component.id: component for component in found}
