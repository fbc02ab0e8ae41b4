"""A workspace state as one JSON text, and back. Snapshots are a convenience: the events are the truth."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from app.engine.state import ExperimentState, Notice, PaperState, RunState, StepState, WorkspaceState

_TABLES: dict[str, type] = {"papers": PaperState, "steps": StepState, "experiments": ExperimentState, "runs": RunState}


def dump(state: WorkspaceState) -> str:
    """The state as JSON."""
    return json.dumps(dataclasses.asdict(state), ensure_ascii=False)


def load(text: str) -> WorkspaceState:
    """The state that `dump` wrote."""
    values: dict[str, Any] = json.loads(text)
    for name, kind in _TABLES.items():
        values[name] = {int(key): _row(kind, row) for key, row in values[name].items()}
    values["notices"] = [Notice(**row) for row in values["notices"]]
    return WorkspaceState(**values)


def _row(kind: type, row: dict[str, Any]) -> Any:
    if kind is RunState:
        row["seeds"] = tuple(row["seeds"])
    return kind(**row)
