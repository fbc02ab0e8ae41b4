"""Tasks, gaps and keywords drawn from a paper, each word for word in its passage."""

from __future__ import annotations

import time

from agents.paper.brief import brief
from agents.paper.sentences import split
from agents.research import Paper, Section

ABSTRACT = (
    "In this paper, we propose odd-cubic gates for small regression networks. "
    "Odd-cubic gates are cheap. Experiments on two regression tasks show a lower error."
)
INTRODUCTION = (
    "Activation functions shape regression networks (Person et al., 2019).",
    "However, existing activation functions fail to represent odd symmetries, e.g. those of physical laws. "
    "It remains unclear whether odd-cubic gates scale to deep networks.",
)

METHOD = "Odd-cubic gates cube the input of activation functions."


def sample() -> Paper:
    return Paper(
        title="Odd-Cubic Gates for Regression Networks",
        abstract=ABSTRACT,
        sections=(
            Section(number="1", title="Introduction", level=1, paragraphs=INTRODUCTION),
            Section(
                number="2",
                title="Method",
                level=1,
                paragraphs=(METHOD,),
            ),
        ),
        references=("[1] A. Person. It remains unclear whether references lack gaps. 2019.",),
    )


def test_tasks_and_gaps_are_word_for_word_and_anchored() -> None:
    paper = brief(sample())

    assert paper.tasks[0].text == "we propose odd-cubic gates for small regression networks."
    assert paper.tasks[0].passage.section == "Abstract"
    assert {(gap.passage.section, gap.passage.paragraph) for gap in paper.gaps} == {("1", 2)}
    assert any("remains unclear" in gap.text for gap in paper.gaps)
    for finding in (*paper.tasks, *paper.gaps):
        assert finding.text in finding.passage.text


def test_keywords_are_phrases_of_the_paper_without_citations() -> None:
    words = [keyword.text for keyword in brief(sample()).keywords]
    assert "regression networks" in words
    assert any("cubic gates" in word.lower() for word in words)
    assert any("activation functions" in word.lower() for word in words)
    assert not any("Person" in word for word in words)


def test_two_unlike_papers_give_different_findings() -> None:
    other = Paper(
        title="Sorting Sheep",
        abstract="We study how shepherds sort sheep at night. Sheep sorting is slow work.",
        sections=(),
    )
    first, second = brief(sample()), brief(other)
    assert first.tasks[0].text != second.tasks[0].text
    assert not {word.text for word in first.keywords} & {word.text for word in second.keywords}


def test_a_paper_that_states_nothing_gets_nothing() -> None:
    silent = Paper(
        title="Note",
        abstract="",
        sections=(Section(number="", title="Text", level=1, paragraphs=("The sky was blue, the grass was green.",)),),
        references=("However, it remains unclear.",),
    )
    paper = brief(silent)
    assert (paper.tasks, paper.gaps) == ((), ())


def test_only_tasks_gaps_and_keywords_change_and_twice_is_the_same() -> None:
    once = brief(sample())
    assert brief(once) == once
    assert (once.title, once.sections, once.references) == (sample().title, sample().sections, sample().references)


def test_hostile_text_does_not_keep_us_busy() -> None:
    endless = ("A. " * 50_000, "(2019 " * 50_000, "word " * 50_000)
    sections = (Section(number="1", title="Introduction", level=1, paragraphs=(*endless, *INTRODUCTION)),)
    begin = time.process_time()
    paper = brief(Paper(title="T", abstract="", sections=sections))
    assert time.process_time() - begin < 5
    assert paper.gaps[0].passage.paragraph == 5


def test_abbreviations_do_not_end_a_sentence() -> None:
    assert split("See Fig. 3 of Person et al. (2019), i.e. A. B. Person. It is new. Is it? Yes!") == [
        "See Fig. 3 of Person et al. (2019), i.e. A. B. Person.",
        "It is new.",
        "Is it?",
        "Yes!",
    ]
