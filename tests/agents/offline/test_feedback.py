"""Reasons of earlier rejections: honoured where a rule can, named where none can."""

from __future__ import annotations

import pytest

from agents import experiment_agent
from agents.contract import Contract
from agents.research import Change, Idea, Passage
from agents.researcher import NothingToPropose


def change(component: str, files: dict[str, str], contract: Contract, *feedback: str) -> Change:
    idea = Idea(
        title="t", slug="t", component=component, passage=Passage(section="1", paragraph=1, text="t"), hypothesis="h",
        rationale="r", expected="e", plan=(), kill_test="k", score=0.5,
    )  # fmt: skip
    return experiment_agent.change(idea, files, contract, feedback)


def content(component: str, files: dict[str, str], contract: Contract, *feedback: str) -> str:
    return change(component, files, contract, *feedback).edits[0].content or ""


@pytest.mark.parametrize("words", ["only the ConvBlock", "Only in ConvBlock, please", "leave the LinearBlock alone"])
def test_where_is_honoured(words: str, digits_files: dict[str, str], digits: Contract) -> None:
    assert content("activation:leaky", digits_files, digits).count("= Leaky()") == 2
    after = content("activation:leaky", digits_files, digits, words)
    linear, conv = after.split("class ConvBlock")
    assert "self.act = nn.ReLU()" in linear
    assert "self.act = Leaky()" in conv


@pytest.mark.parametrize(
    ("component", "words", "expected"),
    [
        ("regularisation:dropout", "", "nn.Dropout(0.1)"),
        ("regularisation:dropout", "smaller", "nn.Dropout(0.05)"),
        ("regularisation:dropout", "a stronger one", "nn.Dropout(0.2)"),
        ("learning-rate:higher", "", "lr=0.03"),
        ("learning-rate:higher", "that is too much", "lr=0.015"),
        ("learning-rate:higher", "try another value", "lr=0.015"),
        ("loss:label-smoothing", "less", "label_smoothing=0.05"),
    ],
)
def test_how_much_is_honoured(
    component: str, words: str, expected: str, digits_files: dict[str, str], digits: Contract
) -> None:
    assert expected in content(component, digits_files, digits, *([words] if words else []))


def test_fewer_places_changes_the_first_only(digits_files: dict[str, str], digits: Contract) -> None:
    assert content("activation:leaky", digits_files, digits, "fewer places").count("= Leaky()") == 1


def test_what_not_is_honoured(digits_files: dict[str, str], digits: Contract) -> None:
    both = content("gating:feature", digits_files, digits)
    assert "ChannelGate" in both
    with pytest.raises(NothingToPropose, match="no learned parameters"):
        change("gating:feature", digits_files, digits, "no learned parameters")
    allowed = change("activation:leaky", digits_files, digits, "no learned parameters")
    assert "checked that the new code holds none of: learned parameters" in allowed.notes


def test_in_place_operations_are_recognised(digits_files: dict[str, str], digits: Contract) -> None:
    assert "copy_(" in content("averaging:lookahead", digits_files, digits)
    with pytest.raises(NothingToPropose):
        change("averaging:lookahead", digits_files, digits, "no in-place operations")
    assert change("adapter:low-rank", digits_files, digits, "no in-place operations").edits


def test_what_no_rule_understands_is_said(digits_files: dict[str, str], digits: Contract) -> None:
    plain = change("activation:leaky", digits_files, digits)
    odd = change("activation:leaky", digits_files, digits, "the docstring reads oddly to me")
    assert odd.edits == plain.edits
    assert odd.notes == ("feedback not used (no LLM to read it): “the docstring reads oddly to me”",)
    assert plain.notes == ()


def test_nothing_left_names_the_feedback(digits_files: dict[str, str], digits: Contract) -> None:
    with pytest.raises(NothingToPropose, match="only the Transformer"):
        change("activation:leaky", digits_files, digits, "only the Transformer")


@pytest.mark.parametrize(
    ("learned", "changed", "said"),
    [
        (("model.py:9: leave the LinearBlock alone",), ["ConvBlock"], "keeps to what earlier reviews asked: leave"),
        (("model.py:9: smaller", "model.py:9: only the ConvBlock"), ["LinearBlock", "ConvBlock"], ""),
        (("model.py:9 was rewritten:\n+leave the LinearBlock alone\n",), ["LinearBlock", "ConvBlock"], ""),
        (
            ("leave the LinearBlock alone", "leave the ConvBlock alone"),
            ["LinearBlock", "ConvBlock"],
            "no place keeps to",
        ),
    ],
    ids=["a limit", "wishes about another change", "quoted code", "impossible"],
)
def test_what_earlier_reviews_forbade_is_kept_to_where_a_place_allows_it(
    learned: tuple[str, ...], changed: list[str], said: str, digits_files: dict[str, str], digits: Contract
) -> None:
    idea = Idea(
        title="t", slug="t", component="activation:leaky", passage=Passage(section="1", paragraph=1, text="t"),
        hypothesis="h", rationale="r", expected="e", plan=(), kill_test="k", score=0.5,
    )  # fmt: skip
    made = experiment_agent.change(idea, digits_files, digits, (), learned)
    linear, conv = (made.edits[0].content or "").split("class ConvBlock")
    found = [name for name, text in (("LinearBlock", linear), ("ConvBlock", conv)) if "= Leaky()" in text]
    assert found == changed
    assert any(note.startswith(said) for note in made.notes) if said else made.notes == ()
