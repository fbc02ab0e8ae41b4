"""Four real papers; what is expected was read off their pages by eye."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.paper import read
from agents.paper.brief import brief

pytestmark = pytest.mark.data

EXPECTED = {
    "attention.pdf": {
        "title": "Attention Is All You Need",
        "begins": "The dominant sequence transduction models",
        "ends": "of the best models from the literature.",
        "headings": ["1 Introduction", "2 Background", "3.2.1 Scaled Dot-Product Attention", "6.2 Model Variations"],
        "sections": 21,
        "references": 32,
        "task": "we propose the Transformer",
        "gap": "inherently sequential nature precludes parallelization",
        "keywords": ["machine translation", "Transformer"],
    },
    "carpe_diem.pdf": {
        "title": "Carpe Diem, Seize the Samples Uncertain “at the Moment” for Adaptive Batch Selection",
        "begins": "The performance of deep neural networks is significantly affected",
        "ends": "to reach the same test error.",
        "headings": ["3.1 Criterion of an Uncertain Sample", "5.2 Task I: Image Classification", "6 Conclusion"],
        "sections": 16,
        "references": 23,
        "task": "adaptive batch selection algorithm called Recency Bias",
        "gap": "limitation of the growing window",
        "keywords": ["Recency Bias", "sliding window"],
    },
    "multi_style_adapter.pdf": {
        "title": "StyleFusion: Adaptive Multi-Style Generation in Character-Level Language Models",
        "begins": "This paper introduces the Multi-Style Adapter",
        "ends": "style-aware language models.",
        "headings": ["3.3 Problem Setting", "4.3 StyleAdapter Module", "7 Conclusion"],
        "sections": 15,
        "references": 8,
        "task": "the task of style-aware language modeling",
        "gap": "computational efficiency",
        "keywords": ["Multi-Style Adapter", "style consistency"],
    },
    "rl_lr_adaptation.pdf": {
        "title": "Adaptive Learning Rates for Transformers via Q-Learning",
        "begins": "We explore the application of reinforcement learning",
        "ends": "compared to traditional methods.",
        "headings": ["2 Related Work", "5 Experimental Setup", "7 Conclusions and Future Work"],
        "sections": 14,
        "references": 6,
        "task": "a Q-learning based approach",
        "gap": "sensitive to the choice of hyperparameters",
        "keywords": ["learning rate", "reinforcement learning"],
    },
}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_paper_is_read_and_briefed(papers: Path, name: str) -> None:
    expected = EXPECTED[name]
    paper = brief(read(papers / name))

    assert paper.title == expected["title"]
    assert paper.abstract.startswith(str(expected["begins"]))
    assert paper.abstract.endswith(str(expected["ends"]))
    headings = [f"{section.number} {section.title}".strip() for section in paper.sections]
    assert set(expected["headings"]) <= set(headings)  # type: ignore[call-overload]
    assert len(headings) == expected["sections"]
    assert len(paper.references) == expected["references"]
    assert any(str(expected["task"]) in task.text for task in paper.tasks)
    assert any(str(expected["gap"]) in gap.text for gap in paper.gaps)
    assert set(expected["keywords"]) <= {keyword.text for keyword in paper.keywords}  # type: ignore[call-overload]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_finding_is_found_where_its_passage_says(papers: Path, name: str) -> None:
    paper = brief(read(papers / name))
    texts = {"Abstract": (paper.abstract,)} | {(s.number or s.title): s.paragraphs for s in paper.sections}

    for finding in (*paper.tasks, *paper.gaps, *paper.keywords):
        passage = finding.passage
        assert passage.text in texts[passage.section][passage.paragraph - 1]
        assert finding.text in passage.text
        assert passage.text not in paper.references
    assert len(paper.keywords) >= 5
