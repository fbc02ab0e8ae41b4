"""The researcher that needs no language model: extraction, a catalogue of components, and exact edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.contract import Contract
from agents.research import Change, Idea, Paper
from agents.researcher import Memory


class OfflineResearcher:
    """Fulfils `agents.researcher.Researcher` deterministically: the same paper, code and memory give the same ideas.

    It ranks what a paper speaks about and never rates it: every idea says "not reviewed (no LLM)".
    """

    name = "offline agent (no LLM)"

    def brief(self, paper: Paper) -> Paper:
        """The paper with tasks, gaps and keywords extracted from it, each with its passage."""
        from agents.paper.brief import brief

        return brief(paper)

    def ideas(
        self, paper: Paper, files: Mapping[str, str], contract: Contract, wanted: int, memory: Memory
    ) -> tuple[Idea, ...]:
        """At most `wanted` ideas that the paper supports and the code has a place for, best supported first.

        Raises:
            NothingToPropose: there is none; the text says whether paper, code or memory is the reason.
        """
        from agents import idea_agent

        return idea_agent.ideas(paper, files, contract, wanted, memory)

    def change(
        self,
        idea: Idea,
        files: Mapping[str, str],
        contract: Contract,
        feedback: Sequence[str] = (),
        learned: Sequence[str] = (),
    ) -> Change:
        """The idea's component written into the code; what of the feedback no rule understands is named in the notes.

        Raises:
            NothingToPropose: no editable place takes the component as asked.
        """
        from agents import experiment_agent

        return experiment_agent.change(idea, files, contract, feedback, learned)
