"""The journal's schema as a list of numbered steps; `user_version` says how many were taken. Append only."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable


def _tables(db: sqlite3.Connection) -> None:
    db.execute(
        "CREATE TABLE events (seq INTEGER PRIMARY KEY, time REAL NOT NULL, type TEXT NOT NULL, data TEXT NOT "
        "NULL) STRICT"
    )
    db.execute(
        "CREATE TABLE commands (id INTEGER PRIMARY KEY, time REAL NOT NULL, client TEXT NOT NULL, type TEXT NOT NULL,"
        " data TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'queued', answer TEXT NOT NULL DEFAULT '') STRICT"
    )
    db.execute("CREATE INDEX queued ON commands (status, id) WHERE status = 'queued'")
    db.execute(
        "CREATE TABLE snapshot (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, data TEXT NOT NULL) STRICT"
    )
    db.execute(
        "CREATE TABLE drafts (client TEXT NOT NULL, key TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY "
        "(client, key)) STRICT"
    )


STEPS: tuple[Callable[[sqlite3.Connection], None], ...] = (_tables,)
"""Step n brings a database of version n to version n + 1."""
