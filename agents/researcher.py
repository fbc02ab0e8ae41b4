"""Who thinks: the protocol that the offline agent fulfils today and a language model fulfils later, on one code path.

A researcher reads and proposes; it never takes effect on anything. Every proposal becomes a step that a human or a
policy decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from agents.contract import Contract
from agents.research import Change, Idea, Paper


class NothingToPropose(Exception):
    """The honest empty answer, with its reason in a sentence: a paper that supports no idea, code without a place for
    one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What was decided before, so that it is not proposed again."""

    taken: tuple[str, ...] = ()
    """Components already proposed in this workspace."""
    rejected: tuple[str, ...] = ()
    """`component: reason` of rejected ideas and diffs, in the human's words."""
    refuted: tuple[str, ...] = ()
    """`component: verdict sentence` of experiments that did not hold."""
    reviewed: tuple[str, ...] = ()
    """What was said of hunks of earlier diffs: `path:line: reason`, and rewritten hunks as a diff of the diff."""


class Researcher(Protocol):
    """IdeaAgent and ExperimentAgent of MLR-Copilot (2408.14033) behind one door."""

    name: str
    """Shown in the header and on every step, e.g. "offline agent (no LLM)"."""

    def brief(self, paper: Paper) -> Paper:
        """The paper with tasks t, gaps g and keywords k filled in, each with its passage."""
        ...

    def ideas(
        self, paper: Paper, files: Mapping[str, str], contract: Contract, wanted: int, memory: Memory
    ) -> tuple[Idea, ...]:
        """At most `wanted` ideas, best supported first. `files` maps every readable text file of the tree to its
        content.

        Raises:
            NothingToPropose: the paper supports no idea for this code.
        """
        ...

    def change(
        self,
        idea: Idea,
        files: Mapping[str, str],
        contract: Contract,
        feedback: Sequence[str] = (),
        learned: Sequence[str] = (),
    ) -> Change:
        """Edits of editable files that implement the idea.

        `feedback` holds reasons of earlier rejections of this step, `learned` what was said of hunks of other diffs
        (`Memory.reviewed`).

        Raises:
            NothingToPropose: no place in the editable files takes this idea.
        """
        ...
