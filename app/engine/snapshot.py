"""A workspace state as one JSON text, and back. Snapshots are a convenience: the events are the truth.

The text is read before the first paint, so a row holds only what differs from its kind's defaults.
"""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from typing import Any

from app.engine.state import AlertState, ExperimentState, Notice, PaperState, RunState, StepState, WorkspaceState

_TABLES: dict[str, type] = {
    "papers": PaperState,
    "steps": StepState,
    "experiments": ExperimentState,
    "runs": RunState,
    "alerts": AlertState,
}
_DEFAULTS: dict[type, list[tuple[str, object]]] = {
    kind: [(f.name, f.default_factory() if f.default_factory is not MISSING else f.default) for f in fields(kind)]
    for kind in (*_TABLES.values(), Notice)
}
"""Name and default of each field; the mark of one that has none differs from every value."""


def dump(state: WorkspaceState) -> str:
    """The state as JSON."""
    values = {field.name: getattr(state, field.name) for field in fields(state)}
    for name in _TABLES:
        values[name] = {number: _sparse(row) for number, row in values[name].items()}
    values["notices"] = [_sparse(notice) for notice in state.notices]
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def load(text: str) -> WorkspaceState:
    """The state that `dump` wrote."""
    values: dict[str, Any] = json.loads(text)
    for name, kind in _TABLES.items():
        values[name] = {int(key): kind(**row) for key, row in values.get(name, {}).items()}
    for run in values["runs"].values():
        run.seeds = tuple(run.seeds)
    for alert in values["alerts"].values():
        alert.evidence = tuple(alert.evidence)
    values["notices"] = [Notice(**row) for row in values["notices"]]
    return WorkspaceState(**values)


def _sparse(row: Any) -> dict[str, Any]:
    """The fields of a row whose values are not the defaults."""
    values = ((name, getattr(row, name), default) for name, default in _DEFAULTS[type(row)])
    return {name: value for name, value, default in values if value != default}
