"""Reading a paper: PDF, HTML, LaTeX, Markdown or plain text becomes `agents.research.Paper`.

Papers are untrusted: every file is parsed in a separate process with caps on memory, CPU time and output, and its text
is freed of control, direction and zero-width characters before anything else sees it. The parsers are imported there
only, so `import agents.paper` stays cheap. The tasks, gaps and keywords are drawn by `agents.paper.brief.brief`.
"""

from __future__ import annotations

from agents.paper.launch import PaperError, ParseLimits, read
from agents.paper.record import paper_from_json, paper_json

__all__ = ["PaperError", "ParseLimits", "paper_from_json", "paper_json", "read"]
