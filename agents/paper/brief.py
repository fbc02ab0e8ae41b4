"""Tasks t, gaps g and keywords k of a paper (MLR-Copilot 2408.14033, IdeaAgent), drawn without a language model.

Every finding is a piece of the paper, word for word, with its passage; nothing is invented, and a paper that states
none gets none. A model replaces this behind `agents.researcher.Researcher.brief`.
"""

from __future__ import annotations

from dataclasses import replace

from agents.paper.cues import GAPS, TASKS
from agents.paper.findings import find
from agents.paper.keywords import keywords
from agents.paper.sentences import sentences
from agents.research import Paper


def brief(paper: Paper) -> Paper:
    """The same paper with tasks, gaps and keywords, each best first. Pure: the same paper gives the same answer."""
    found = sentences(paper)
    return replace(paper, tasks=find(found, TASKS), gaps=find(found, GAPS), keywords=keywords(paper, found))
