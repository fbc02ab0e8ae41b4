"""Ideas depend on the paper, quote it, fit the code, and are never rated or repeated."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import ceil
from pathlib import Path

import pytest

from agents.contract import Contract
from agents.grammar import catalogue
from agents.grammar.evidence import pattern
from agents.offline import OfflineResearcher
from agents.paper import read
from agents.research import Idea, Paper
from agents.researcher import Memory, NothingToPropose, Researcher

AGENT: Researcher = OfflineResearcher()
REAL = ("attention", "carpe_diem", "multi_style_adapter", "rl_lr_adaptation")


def ideas(
    paper: Paper, files: dict[str, str], contract: Contract, wanted: int = 6, **memory: tuple[str, ...]
) -> tuple[Idea, ...]:
    return AGENT.ideas(AGENT.brief(paper), files, contract, wanted, Memory(**memory))


def whole(paper: Paper) -> str:
    return " ".join(
        [paper.abstract, *(" ".join(text.split()) for section in paper.sections for text in section.paragraphs)]
    )


def test_unlike_papers_give_different_ideas(
    activations_paper: Paper, schedules_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    first = ideas(activations_paper, digits_files, digits, 4)
    second = ideas(schedules_paper, digits_files, digits, 4)
    assert first[0].component.startswith("activation:")
    assert second[0].component.startswith("schedule:")
    assert {idea.component for idea in first}.isdisjoint(idea.component for idea in second)


def test_every_idea_quotes_the_paper_word_for_word(
    schedules_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    for idea in ideas(schedules_paper, digits_files, digits):
        assert idea.passage.text in whole(schedules_paper)
        assert idea.passage.text in idea.rationale
        assert idea.evidence
        assert all(term in f"{schedules_paper.title} {whole(schedules_paper)}".lower() for term in idea.evidence)


def test_ideas_name_metric_direction_and_smallest_effect_of_the_contract(
    activations_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    raised = digits.model_copy(
        update={"objective": digits.objective.model_copy(update={"direction": "maximize", "metric": "F1"})}
    )
    lower = ideas(activations_paper, digits_files, digits, 1)[0]
    higher = ideas(activations_paper, digits_files, raised, 1)[0]
    assert f"lowers test log loss by at least {digits.objective.smallest_effect:g}" in lower.hypothesis
    assert "raises F1" in higher.hypothesis
    assert lower.expected.endswith("the size is not predicted (no LLM)")
    assert f"{digits.objective.screening_trials} trials" in lower.kill_test
    assert lower.reviews == "not reviewed (no LLM)"


def test_ranking_is_by_support_between_0_and_1_and_deterministic(
    activations_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    found = ideas(activations_paper, digits_files, digits)
    scores = [idea.score for idea in found]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score < 1 for score in scores)
    assert found == ideas(activations_paper, digits_files, digits)


def test_no_family_takes_more_than_half_where_others_have_support(
    activations_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    mixed = replace(
        activations_paper,
        abstract=activations_paper.abstract
        + " We add dropout and label smoothing, weight decay and batch normalization.",
    )
    found = ideas(mixed, digits_files, digits, 4)
    families = Counter(idea.component.partition(":")[0] for idea in found)
    assert len(found) == len({idea.component for idea in found}) == 4
    assert max(families.values()) <= ceil(4 / 2)
    alone = ideas(activations_paper, digits_files, digits, 4)
    assert Counter(idea.component.partition(":")[0] for idea in alone)["activation"] > 2


def test_a_text_about_something_else_supports_no_idea(
    recipe_paper: Paper, activations_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    with pytest.raises(NothingToPropose, match="no idea supported by this paper"):
        ideas(recipe_paper, digits_files, digits)
    assert ideas(activations_paper, digits_files, digits)


def test_training_without_a_known_component_supports_no_idea(digits_files: dict[str, str], digits: Contract) -> None:
    survey = Paper(
        title="Who labels what?",
        abstract="Machine learning needs training data. We asked annotators of three datasets used by neural networks "
        "and language models how benchmarks came about.",
        sections=(),
    )
    with pytest.raises(NothingToPropose, match="none of .* known components"):
        ideas(survey, digits_files, digits)


def test_an_ambiguous_word_counts_only_beside_its_context(
    schedules_paper: Paper, activations_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    """Much is warmed up that is no learning rate."""
    servers = "We warm up the servers. A warm-up period of three epochs fills the caches. Every warmup takes a minute."
    other = replace(activations_paper, abstract=f"{activations_paper.abstract} {servers}")
    assert "schedule:warm-up" not in {idea.component for idea in ideas(other, digits_files, digits, 50)}
    assert "schedule:warm-up" in {idea.component for idea in ideas(schedules_paper, digits_files, digits, 50)}


def test_cues_match_words_from_their_beginning_with_endings_and_hyphens() -> None:
    assert pattern("skip connection*").search("two Skip-Connections here")
    assert pattern("normali*").search("normalised") and pattern("normali*").search("normalization")
    assert pattern("adapter").search("adapters")
    assert not pattern("adam").search("madam") and not pattern("relu").search("reluctant")


def test_references_count_for_nothing(
    recipe_paper: Paper, schedules_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    cited = ("Swish: a smooth activation function for neural networks, gradient, dataset, benchmark, ReLU, SiLU.",) * 20
    with pytest.raises(NothingToPropose):
        ideas(replace(recipe_paper, references=cited), digits_files, digits)
    with_references = ideas(replace(schedules_paper, references=cited), digits_files, digits)
    assert with_references == ideas(schedules_paper, digits_files, digits)


@pytest.mark.parametrize(
    "memory", [{"taken": ("{id}",)}, {"rejected": ("{id}: too slow",)}, {"refuted": ("{id}: −0.02 [−0.05, 0.01]",)}]
)
def test_decided_components_are_not_proposed_again(
    memory: dict[str, tuple[str, ...]], activations_paper: Paper, digits_files: dict[str, str], digits: Contract
) -> None:
    first = ideas(activations_paper, digits_files, digits)[0].component
    decided = {key: tuple(line.format(id=first) for line in lines) for key, lines in memory.items()}
    again = ideas(activations_paper, digits_files, digits, **decided)
    assert first not in {idea.component for idea in again}
    unrelated = {key: tuple(line.format(id="activation:unheard-of") for line in lines) for key, lines in memory.items()}
    assert ideas(activations_paper, digits_files, digits, **unrelated)[0].component == first


def test_all_decided_is_said(activations_paper: Paper, digits_files: dict[str, str], digits: Contract) -> None:
    with pytest.raises(NothingToPropose, match="nothing new to propose"):
        ideas(activations_paper, digits_files, digits, taken=tuple(catalogue()))


def test_ideas_fit_the_editable_code_only(
    schedules_paper: Paper, activations_paper: Paper, researchers_files: dict[str, str], study: Contract
) -> None:
    for idea in (
        *ideas(schedules_paper, researchers_files, study),
        *ideas(activations_paper, researchers_files, study),
    ):
        assert idea.target.startswith("src/train.py:")
    closed = study.model_copy(update={"editable": ("docs/*.md",)})
    with pytest.raises(NothingToPropose, match=r"no Python file is editable \(docs/\*\.md\)"):
        ideas(activations_paper, researchers_files, closed)


def test_code_without_a_place_is_said_with_what_was_looked_for(activations_paper: Paper, study: Contract) -> None:
    with pytest.raises(NothingToPropose, match=r"nothing to propose here: .*nn\.ReLU\(\).* in src/plain\.py"):
        ideas(activations_paper, {"src/plain.py": "print('no network here: nn.ReLU')\n"}, study)


@pytest.mark.data
def test_real_papers_give_ideas_of_their_own(data_folder: Path, digits_files: dict[str, str], digits: Contract) -> None:
    papers = {name: read(data_folder / "papers" / f"{name}.pdf") for name in REAL}
    found = {name: ideas(paper, digits_files, digits, 4) for name, paper in papers.items()}
    first = {name: each[0].component for name, each in found.items()}
    assert first == {
        "attention": "attention:positions",
        "carpe_diem": "sample-weight:uncertain",
        "multi_style_adapter": "adapter:modulation",
        "rl_lr_adaptation": "learning-rate:adaptive",
    }
    for name, each in found.items():
        assert all(idea.passage.text in whole(papers[name]) for idea in each)
