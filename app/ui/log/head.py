"""What stands above and below the rows of a log: which run it is, how far, and how it ended."""

from __future__ import annotations

from app.engine.state import RunState
from app.ui import signs
from app.ui.curves import Curves
from app.ui.follow import RunOutput
from app.ui.progress import bar, progress_of
from app.ui.text import EMPTY, Line, line, paragraph, spread


def head_of(
    run: RunState, output: RunOutput, curves: Curves, now: float, width: int, *, stalled: bool = False
) -> list[Line]:
    """Title and progress; of a run that has fallen silent nobody knows when it ends."""
    return [_title(run, curves, width, stalled), *_progress(run, output, curves, now, width, stalled)]


def foot_of(run: RunState, width: int, most: int, again: str) -> list[Line]:
    """Why it ended, where it did not end well, and the key that runs it again; what takes more than `most` lines is
    left out, the first words last."""
    if run.phase != "ended" or run.reason == "finished":
        return []
    words = "A later run takes its place." if run.repeated else f"{again} runs it again, under the same yes."
    why = paragraph(f"{run.reason}: {run.detail}", width, "bad")[:3]
    whole = [EMPTY, *why, *paragraph(words, width, "note")]
    return next((foot for foot in (whole, whole[1:], why) if len(foot) <= most), why[:1])


def _title(run: RunState, curves: Curves, width: int, stalled: bool) -> Line:
    sign = signs.of_run(run, stalled=stalled)
    facts = f"exp {run.experiment} · run {run.id} · {run.purpose}"
    if len(run.seeds) > 1 and run.purpose != "evaluation" and run.phase == "running":
        facts += f" · trial {max(1, len(curves.trials))} of {len(run.seeds)}"
    elif len(run.seeds) > 1:
        facts += f" · {len(run.seeds)} trials"
    seconds = f" · {signs.duration(run.seconds)}" if run.phase == "ended" else ""
    return spread([(facts, "bold"), (f" · {run.backend}{seconds}", "dim")], [(sign.text, sign.look)], width)


def _progress(run: RunState, output: RunOutput, curves: Curves, now: float, width: int, stalled: bool) -> list[Line]:
    if output.trouble:
        return [line((output.trouble, "bad"))]
    found = progress_of(run, curves, now)
    if found is None:
        return []
    cells = max(8, min(30, width - 44))
    eta = f"   {found.eta_text}" if found.eta_text and not stalled else ""
    return [line(*bar(found.share, cells), f" {found.share:4.0%}   step {found.step}/{found.of}{eta}")]
