"""What a choice of hunks comes to: the resulting tree as a commit and a card of its own, which a yes is bound to.

Everything is made anew from the proposed card and the choice, so a yes to a summary needs nothing that was stored when
it was shown: the same choice gives the same commit and the same card, or the yes is refused.
"""

from __future__ import annotations

import difflib
from typing import Any

from app.engine import choice as choices
from app.engine import diffs, hunks
from app.engine.cards import Card
from app.engine.choice import Choice, ChoiceError, Piece
from app.engine.context import Context, Refused
from app.engine.hunks import HunkError
from app.engine.state import StepState
from app.engine.terms import Terms
from sandbox.base import SandboxError

LARGEST_FILE = 64 << 20
"""Bytes of a file of which hunks are chosen."""


def load(text: str, step: StepState) -> Choice:
    """A client's choice, for the card that the step has now.

    Raises:
        Refused: it cannot be read, belongs to another card, or the step is no diff.
    """
    try:
        choice = Choice.load(text)
    except ChoiceError as error:
        raise Refused(str(error)) from None
    if step.kind != "diff":
        raise Refused(f"Step {step.id} is no diff; it is accepted or rejected as a whole.")
    if choice.of != step.card:
        raise Refused(
            f"Step {step.id} has changed since its hunks were marked (they are of {choice.of[:12]}, it is "
            f"{step.card[:12]}). Look again: `mlrc show {step.id}`."
        )
    return choice


def card_of(ctx: Context, terms: Terms, step: StepState, proposed: Card, choice: Choice) -> Card:
    """The card of what the choice comes to, with every check and what would run.

    Raises:
        Refused: a hunk does not apply, nothing is taken, or a check fails.
    """
    try:
        marked = choices.marked(proposed["patch"], choice)
        tree = _tree(ctx, terms, proposed["tree"], marked, {*choice.taken, *choice.edited})
    except (ChoiceError, HunkError, SandboxError) as error:
        raise Refused(str(error)) from None
    if tree == terms.tree:
        raise Refused(f"Nothing of step {step.id} is taken. Take a hunk, or reject the step.")
    facts = _facts(choice, proposed["patch"], marked)
    commit = ctx.store.amended(proposed["commit"], tree, _message(step, proposed, facts))
    notes = tuple(proposed["notes"])
    card = diffs.card_of(ctx, terms, proposed["experiment"], proposed["title"], proposed["why"], notes, commit)
    failed = diffs.failures(card)
    if failed:
        raise Refused(f"What you took of step {step.id} does not pass its checks. {'; '.join(failed)}.")
    return card | {"choice": facts}


def _tree(ctx: Context, terms: Terms, proposed: str, marked: list[Piece], taken: set[str]) -> str:
    chosen = [piece for piece in marked if piece.id in taken]
    whole = [piece.file.path for piece in chosen if piece.hunk is None]
    known = {change.path for change in ctx.store.changes(terms.tree, proposed)}
    if strange := [piece.file.path for piece in chosen if piece.file.path not in known]:
        raise Refused(f"{strange[0]} cannot be taken in part. Accept or reject the step as a whole.")
    by_path: dict[str, list[hunks.Hunk]] = {}
    for piece in chosen:
        if piece.hunk is not None:
            by_path.setdefault(piece.file.path, []).append(piece.hunk)
    edits: dict[str, bytes | None] = {}
    for path, some in by_path.items():
        base = ctx.store.read(terms.tree, path, LARGEST_FILE).decode("utf-8", "surrogateescape")
        try:
            edits[path] = hunks.applied(base, some).encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise Refused(f"The edited hunk of {path} holds text that UTF-8 cannot write. Edit it again.") from None
    return ctx.store.edit(ctx.store.take(terms.tree, proposed, whole), edits)


def _message(step: StepState, proposed: Card, facts: dict[str, Any]) -> str:
    edited = f", {facts['edited']} edited" if facts["edited"] else ""
    return (
        f"{proposed['title']}\n\n{proposed['why']}\n\nCopilot-Experiment: {proposed['experiment']}\n"
        f"Copilot-Step: {step.id}\nCopilot-Proposed: {proposed['commit']}\n"
        f"Copilot-Hunks: {facts['taken']} of {facts['of_pieces']}{edited}\n"
    )


def _facts(choice: Choice, patch: str, marked: list[Piece]) -> dict[str, Any]:
    """The choice as the record and the agent are told it."""
    taken = {*choice.taken, *choice.edited}
    proposed = {piece.id: piece for piece in choices.pieces(patch, choice.split)}
    return {
        "of": choice.of,
        "taken": len(taken),
        "of_pieces": len(marked),
        "refused": [
            _about(piece) | {"reason": choice.reasons.get(piece.id, ""), "text": _text(piece)}
            for piece in marked
            if piece.id not in taken
        ],
        "edited": len(choice.edited),
        "edits": [
            _about(proposed[piece.id]) | {"diff": _rewritten(proposed[piece.id], piece)}
            for piece in marked
            if piece.id in choice.edited
        ],
        "comments": [
            _about(piece) | {"comment": choice.reasons[piece.id]}
            for piece in marked
            if piece.id in taken and choice.reasons.get(piece.id)
        ],
    }


def _about(piece: Piece) -> dict[str, Any]:
    return {"id": piece.id, "path": piece.file.path, "line": piece.line}


def _text(piece: Piece) -> str:
    return hunks.text_of(piece.hunk) if piece.hunk is not None else ""


def _rewritten(before: Piece, after: Piece) -> str:
    """What a human made of a hunk: a diff of the diff, without its headers."""
    rows = difflib.unified_diff(_text(before).splitlines(True), _text(after).splitlines(True), n=1)
    return "".join(list(rows)[2:])


def remarks(patch: str, choice: Choice) -> str:
    """What marks say about a diff that is refused as a whole, in one sentence for the agent.

    Raises:
        Refused: they name a piece that the diff has not, or an edit cannot be read.
    """
    try:
        facts = _facts(choice, patch, choices.marked(patch, choice))
    except (ChoiceError, HunkError) as error:
        raise Refused(str(error)) from None
    said = [f"{one['path']}:{one['line']}: {one['reason']}" for one in facts["refused"] if one["reason"]]
    said += [f"{one['path']}:{one['line']}: {one['comment']}" for one in facts["comments"]]
    said += [f"{one['path']}:{one['line']} should be:\n{one['diff']}" for one in facts["edits"]]
    return "; ".join(said)
