"""Reading a paper: PDF, HTML, LaTeX, Markdown or plain text becomes `agents.research.Paper`.

Papers are untrusted: every file is parsed in a separate process with caps on memory, CPU time and output, and its text
is freed of control, direction and zero-width characters before anything else sees it. The parsers are imported there
only, and what starts that process is imported where it is asked for, so `import agents.paper` costs nothing. The tasks,
gaps and keywords are drawn by `agents.paper.brief.brief`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.paper.launch import PaperError, ParseLimits, read
    from agents.paper.record import paper_from_json, paper_json

__all__ = ["PaperError", "ParseLimits", "paper_from_json", "paper_json", "read"]

_HOMES = {
    **dict.fromkeys(("PaperError", "ParseLimits", "read"), "agents.paper.launch"),
    **dict.fromkeys(("paper_from_json", "paper_json"), "agents.paper.record"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
