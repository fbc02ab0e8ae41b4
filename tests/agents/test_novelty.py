"""Novelty: what is the same is found the same, what is unlike is told apart, and our own phrases count for nothing."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents import novelty, responses
from agents.grammar import catalogue
from agents.grammar.activations import INNERS, SHAPES

ACTIVATIONS = [name for name in catalogue() if name.startswith("activation:")]


def idea(component: str, **changes: Any) -> dict[str, Any]:
    known = catalogue()[component]
    return {
        "title": known.title,
        "component": component,
        "hypothesis": f"{known.title} at model.py:20 nn.ReLU lowers val_loss by at least 0.05 against unchanged code.",
        "rationale": f"The paper speaks of “a slope” (§2 ¶1): “Slopes matter.” {known.mechanism}",
        "expected": "val_loss lower by at least 0.05",
        "target": "model.py:20 nn.ReLU",
        **changes,
    }


def alike(one: dict[str, Any], other: dict[str, Any]) -> novelty.Likeness:
    return novelty.likeness(novelty.sketch(one), novelty.sketch(other))


@pytest.mark.parametrize("component", list(catalogue()))
def test_an_idea_is_like_itself(component: str) -> None:
    assert alike(idea(component), idea(component)).value == pytest.approx(1.0)


@given(st.sampled_from(list(catalogue())), st.sampled_from(list(catalogue())))
def test_likeness_goes_both_ways_and_stays_in_bounds(one: str, other: str) -> None:
    there, back = alike(idea(one), idea(other)), alike(idea(other), idea(one))
    assert there.value == pytest.approx(back.value)
    assert 0 <= there.value <= 1 and 0 <= there.words <= 1


def test_our_own_phrases_make_no_two_ideas_alike() -> None:
    dropout, shaking = idea("activation:leaky"), idea("activation:leaky")
    dropout |= {"title": "Dropout", "component": "", "rationale": "", "hypothesis": dropout["hypothesis"][-80:]}
    shaking |= {"title": "Label smoothing", "component": "", "rationale": "", "hypothesis": shaking["hypothesis"][-80:]}
    assert alike(dropout, shaking).value == 0
    assert alike(dropout, dropout | {"title": "Dropout of inputs"}).value > 0.5


def test_a_quotation_of_the_paper_is_not_the_ideas_own() -> None:
    one = {"title": "Warm restarts", "rationale": "“Residual paths help.”"}
    other = {"title": "Colder inputs", "rationale": "“Residual paths help.”"}
    assert alike(one, other).value == 0
    assert alike(one, other | {"rationale": "Warm inputs help."}).value > 0


def test_every_activation_has_a_response_and_nothing_else_has() -> None:
    assert ACTIVATIONS
    for name in catalogue():
        assert (responses.curve(name) is not None) == (name in ACTIVATIONS), name
    assert responses.curve("activation:unheard-of") is None and responses.curve("") is None


@pytest.mark.parametrize(
    ("component", "torch_name"),
    [
        ("activation:sigmoid-gate", "SiLU"),
        ("activation:softplus-tanh-gate", "Mish"),
        ("activation:normal-gate", "GELU"),
        ("activation:exponential", "ELU"),
    ],
)
def test_a_curve_is_torchs_own_where_torch_has_it(component: str, torch_name: str) -> None:
    torch = pytest.importorskip("torch")
    expected = getattr(torch.nn, torch_name)()(torch.tensor(responses.POINTS, dtype=torch.float64))
    assert responses.curve(component) == pytest.approx(expected.tolist(), abs=1e-6)
    named = responses.curve_of_torch(f"model.py:3 nn.{torch_name} (and 1 more place)")
    assert named is not None and named[0] == torch_name and named[1] == pytest.approx(expected.tolist(), abs=1e-6)


def test_curves_start_with_the_grammars_own_numbers() -> None:
    slopes = {shape.id: shape.slope for shape in SHAPES}
    assert slopes == {"leaky": 0.1, "exponential": 1.0, "sine-mix": 0.5, "squared-relu": 1.0}
    assert {inner.id: inner.parameter for inner in INNERS} == {
        "": None,
        "learned-scale": ("b", 1.0),
        "odd-cubic": ("a", 0.05),
    }


def test_curves_count_up_to_a_straight_line() -> None:
    relu = responses.curve_of_torch("nn.ReLU")
    assert relu is not None
    bent = tuple(3 * y - 2 * x + 1 for x, y in zip(responses.POINTS, relu[1], strict=True))
    assert novelty.curve_likeness(relu[1], bent) == pytest.approx(1.0)
    cubic = tuple(x**3 for x in responses.POINTS)
    assert novelty.curve_likeness(relu[1], cubic) == pytest.approx(0.0, abs=1e-6)
    assert novelty.curve_likeness(responses.POINTS, relu[1]) == 0, "a straight line bends like nothing"


def test_what_would_be_replaced_is_named_and_compared() -> None:
    found = novelty.sketch(idea("activation:leaky"))
    assert found.replaces == "ReLU" and novelty.likeness_to_replaced(found) == pytest.approx(1.0)
    sine = novelty.likeness_to_replaced(novelty.sketch(idea("activation:sine-mix")))
    assert sine is not None and 0 < sine < 1 and math.isfinite(sine)
    assert novelty.likeness_to_replaced(novelty.sketch(idea("activation:leaky", target="train.py:4 lr"))) is None
