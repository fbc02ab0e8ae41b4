"""Formulas: readable, on one line or a few, and never a failure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.ui.equations import LONGEST, readable, segments

LINES = [
    (r"x_i^2 + y_{i,j} = \alpha", "xᵢ² + yᵢ,ⱼ = α"),
    (r"\mathrm{softmax}\left(\frac{QK^T}{\sqrt{d_k}}\right)V", "softmax(QKᵀ/√dₖ)V"),
    (r"\frac{1}{n}\sum_{i=1}^{n} \|x_i - \mu\|^2", "1/n ∑ᵢ₌₁ⁿ ‖xᵢ − μ‖²"),
    (r"\frac{a+b}{c+d}", "(a + b)/(c + d)"),
    (r"W^Q_i \in \mathbb{R}^{d\times k}", "Wᵢ^Q ∈ ℝ^(d×k)"),
    (r"\mathcal{L}(\theta) \approx \mathbb{E}[x]", "ℒ(θ) ≈ 𝔼[x]"),
    (r"\hat{y} = \arg\max_y p(y\mid x)", "ŷ = arg max_y p(y ∣ x)"),
    (r"-1 < a - b", "−1 < a − b"),
    (r"\sqrt[3]{x+1} \not\in S", "∛(x + 1) ∉ S"),
    (r"\text{if } x > 0", "if x > 0"),
    (r"\left\{ x \,\middle|\, y \right.", "{x | y"),
    (r"f(x)=\begin{cases} x & x>0 \\ 0 & \text{else}\end{cases}", "f(x) = {x, x > 0; 0, else}"),
    (r"x' + \dot{z}", "x′ + ż"),
]


@pytest.mark.parametrize(("tex", "shown"), LINES)
def test_a_formula_on_a_line(tex: str, shown: str) -> None:
    assert readable(f"${tex}$") == readable(rf"\({tex}\)") == shown


def test_what_is_unknown_stays_as_its_source() -> None:
    assert readable(r"$\foo{x} + \bar{x}$") == r"\foo{x} + x̄"
    assert readable(r"$\foo$") == r"\foo"


def test_money_is_no_formula_and_a_formula_beside_it_is() -> None:
    assert readable("It costs $5 or $10 for $n_1$ runs.") == "It costs $5 or $10 for n₁ runs."
    assert readable(r"It costs \$5.") == r"It costs \$5."


def test_cases_and_matrices_take_rows_where_they_stand_alone() -> None:
    text = r"We define \[ f(x)=\begin{cases} x & x>0 \\ \alpha x & \text{else}\end{cases} \] for $x$."
    assert [(s.formula, s.rows) for s in segments(text)] == [
        (False, ("We define",)),
        (True, ("f(x) = ⎰x    x > 0", "       ⎱αx   else")),
        (False, ("for x.",)),
    ]
    matrix = segments(r"$$R = \begin{pmatrix} 1 & 0 \\ 0 & 10 \\ 2 & 3 \end{pmatrix}$$")[0].rows
    assert matrix == ("    ⎛1  0 ⎞", "R = ⎜0  10⎟", "    ⎝2  3 ⎠")


@pytest.mark.parametrize("name", ["align", "align*", "eqnarray", "gather"])
def test_lines_of_an_environment_are_aligned(name: str) -> None:
    rows = segments(rf"\begin{{{name}}} a &= b \\ &\le c + d \end{{{name}}}")[0].rows
    assert rows == ("a = b", "  ≤ c + d")


def test_a_formula_too_long_or_too_deep_is_shown_as_written() -> None:
    deep = "{" * 100 + "x" + "}" * 100
    assert readable(f"${deep}$") == deep
    long = "x+" * LONGEST
    assert segments(f"$${long}$$")[0].rows == (long,)
    assert readable("$" + "{" * 10 + "x" + "}" * 10 + "$") == "x"


@given(st.text(alphabet=r"\{}[]()^_&$%'xα1 +-=|fracsqrtbegindcasleht", max_size=120))
def test_nothing_fails(tex: str) -> None:
    for text in (f"${tex}$", f"$${tex}$$", rf"\begin{{align}}{tex}\end{{align}}"):
        assert isinstance(readable(text), str)
        assert all(isinstance(row, str) for segment in segments(text) for row in segment.rows)
