"""What a decision would do, said before it is taken. Plain text, for the screen and for plain mode."""

from __future__ import annotations

from app.engine.state import StepState


def undo_preview(step: StepState) -> str:
    """What taking back this decision would do."""
    if step.phase == "applied":
        return (
            f"Undo step {step.id} ({step.title})? A revert commit goes on {step.branch}; "
            "its runs are kept and marked “code undone”; time already spent does not come back."
        )
    if step.kind == "idea" and step.phase == "accepted":
        return (
            f"Take back the yes to idea {step.id} ({step.title})? Its experiment is withdrawn if no diff was applied."
        )
    return f"Open step {step.id} ({step.title}) again? Your “{step.phase}” is taken back; both stay on record."


def redo_preview(step: StepState) -> str:
    """What doing an undone diff again would do."""
    return (
        f"Apply step {step.id} ({step.title}) again? A commit with the same files goes on {step.branch}; "
        "its runs count again and none is started."
    )
