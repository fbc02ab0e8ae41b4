"""The journal: one SQLite file (WAL) with the events that happened and the commands that were asked. The only SQL of
the product.

The engine is the only writer of events; any number of clients add commands and read. An append is durable when it
returns (`synchronous=FULL`). A connection belongs to one thread. Events and commands are imported where there are some:
a screen that opens on a fresh snapshot needs neither.
"""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app.engine import snapshot
from app.engine.migrations import STEPS
from app.engine.state import WorkspaceState
from app.paths import disk_is_full

if TYPE_CHECKING:
    from app.engine import commands as cmd
    from app.engine import events as ev

NETWORK_FILE_SYSTEMS = (
    "nfs",
    "cifs",
    "smb",
    "lustre",
    "gpfs",
    "beegfs",
    "ceph",
    "afs",
    "9p",
    "fuse.sshfs",
    "glusterfs",
)


class JournalError(Exception):
    """The journal cannot be used; the text says what to do next."""


class Queued(NamedTuple):
    """A command waiting for the engine."""

    id: int
    client: str
    command: cmd.Command


class Answer(NamedTuple):
    """What the engine said to a command."""

    status: str
    """queued, done or refused."""
    text: str


def encode(record: object) -> str:
    """An event or a command as JSON."""
    return json.dumps({f.name: getattr(record, f.name) for f in fields(record)}, ensure_ascii=False)  # type: ignore[arg-type]


def decode(kind: type, data: str) -> Any:
    """The event or command that `encode` wrote."""
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in json.loads(data).items()}
    return kind(**values)


class Journal:
    """An open journal. Use as a context manager or call `close`."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self.path = path

    @classmethod
    def create(cls, path: Path) -> Journal:
        """Open for writing, creating or migrating as needed (a backup is kept beside it before a migration).

        Raises:
            JournalError: damaged, not a journal, or written by a newer version.
        """
        fresh = not path.exists()
        if fresh:
            path.touch(mode=0o600)
        try:
            db = _connect(path)
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
            if not fresh and db.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise sqlite3.DatabaseError("failed its integrity check")
            if version > len(STEPS):
                raise JournalError(
                    f"{path} was written by a newer version of mlr-copilot (schema {version}, this one knows "
                    f"{len(STEPS)}). "
                    "Update mlr-copilot; nothing was changed."
                )
            if 0 < version < len(STEPS):
                shutil.copy2(path, path.with_suffix(f".v{version}.db"))
            for number in range(version, len(STEPS)):
                with _transaction(db, path):
                    STEPS[number](db)
                    db.execute(f"PRAGMA user_version = {number + 1}")
        except sqlite3.DatabaseError as error:
            raise _trouble(path, error) from None
        return cls(db, path)

    @classmethod
    def open(cls, path: Path) -> Journal:
        """Open an existing journal as a client.

        Raises:
            JournalError: missing, damaged, or of another version.
        """
        if not path.exists():
            raise JournalError(
                f"There is no workspace at {path.parent.parent}. Make one with `mlrc new DIR` or `mlrc init` "
                "in a git folder."
            )
        try:
            db = _connect(path)
            version = int(db.execute("PRAGMA user_version").fetchone()[0])
        except sqlite3.DatabaseError as error:
            raise _trouble(path, error) from None
        if version != len(STEPS):
            raise JournalError(
                f"{path} has schema {version}, this mlr-copilot needs {len(STEPS)}. Run `mlrc stop --engine`, "
                "then `mlrc status`."
            )
        return cls(db, path)

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    # events

    def append(self, *happened: ev.Event) -> int:
        """Write events in one transaction; returns the last sequence number."""
        with _transaction(self._db, self.path):
            for event in happened:
                self._db.execute(
                    "INSERT INTO events (time, type, data) VALUES (?, ?, ?)",
                    (time.time(), type(event).__name__, encode(event)),
                )
            return self.last()

    def last(self) -> int:
        """Sequence number of the newest event; 0 for none."""
        return int(self._read("SELECT coalesce(max(seq), 0) FROM events")[0][0])

    def _read(self, question: str, *values: object) -> list[Any]:
        try:
            return self._db.execute(question, values).fetchall()
        except sqlite3.Error as error:
            raise _trouble(self.path, error) from None

    def since(self, seq: int, limit: int = -1) -> Iterator[tuple[int, float, ev.Event]]:
        """Events after `seq`, oldest first."""
        rows = self._read("SELECT seq, time, type, data FROM events WHERE seq > ? ORDER BY seq LIMIT ?", seq, limit)
        if not rows:
            return
        from app.engine import events as ev

        for number, when, kind, data in rows:
            if kind not in ev.type_names:
                raise JournalError(f"{self.path}: event {number} is of an unknown kind `{kind}`. Update mlr-copilot.")
            yield number, when, decode(ev.type_names[kind], data)

    def last_before(self, moment: float) -> int:
        """Sequence number of the newest event up to a moment (Unix seconds); 0 for none."""
        return int(self._read("SELECT coalesce(max(seq), 0) FROM events WHERE time <= ?", moment)[0][0])

    # snapshot and state

    def save_snapshot(self, state: WorkspaceState) -> None:
        """Keep the fold up to `state.seq`, so that readers start from it."""
        with _transaction(self._db, self.path):
            self._db.execute(
                "INSERT INTO snapshot (id, seq, data) VALUES (1, ?, ?) ON CONFLICT (id) DO UPDATE SET seq = "
                "excluded.seq, data = excluded.data",
                (state.seq, snapshot.dump(state)),
            )

    def load_snapshot(self) -> WorkspaceState | None:
        """The newest snapshot, if any."""
        rows = self._read("SELECT data FROM snapshot WHERE id = 1")
        return snapshot.load(rows[0][0]) if rows else None

    def state(self) -> WorkspaceState:
        """The state now: snapshot plus the rest."""
        from app.engine.fold import fold

        start = self.load_snapshot() or WorkspaceState()
        return fold(self.since(start.seq), start)

    # commands

    def submit(self, command: cmd.Command, client: str) -> int:
        """Queue a command; returns its number for `answer_of`."""
        with _transaction(self._db, self.path):
            row = self._db.execute(
                "INSERT INTO commands (time, client, type, data) VALUES (?, ?, ?, ?) RETURNING id",
                (time.time(), client, type(command).__name__, encode(command)),
            ).fetchone()
        return int(row[0])

    def pending(self) -> list[Queued]:
        """Commands not answered yet, oldest first."""
        from app.engine import commands as cmd

        rows = self._read("SELECT id, client, type, data FROM commands WHERE status = 'queued' ORDER BY id")
        return [
            Queued(id=number, client=client, command=decode(cmd.type_names[kind], data))
            for number, client, kind, data in rows
        ]

    def answer(self, number: int, status: str, text: str) -> None:
        """Answer a command, once."""
        with _transaction(self._db, self.path):
            self._db.execute(
                "UPDATE commands SET status = ?, answer = ? WHERE id = ? AND status = 'queued'", (status, text, number)
            )

    def answer_of(self, number: int) -> Answer:
        """What became of a command."""
        rows = self._read("SELECT status, answer FROM commands WHERE id = ?", number)
        if not rows:
            raise JournalError(f"Command {number} is not in the journal.")
        return Answer(status=rows[0][0], text=rows[0][1])

    # drafts and change notice

    def keep_draft(self, client: str, key: str, data: str) -> None:
        """Keep something half done by a client (marks, half-typed text); no event."""
        with _transaction(self._db, self.path):
            self._db.execute("INSERT OR REPLACE INTO drafts (client, key, data) VALUES (?, ?, ?)", (client, key, data))

    def draft(self, client: str, key: str) -> str:
        """What was kept; empty for nothing."""
        rows = self._read("SELECT data FROM drafts WHERE client = ? AND key = ?", client, key)
        return str(rows[0][0]) if rows else ""

    def version(self) -> int:
        """Changes whenever another connection wrote; cheap enough to poll at 20 Hz."""
        return int(self._read("PRAGMA data_version")[0][0])

    def back_up(self) -> None:
        """Keep a good copy beside the journal, which a damaged one is restored from."""
        target = self.path.with_suffix(".backup.db")
        fresh = target.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        copy = sqlite3.connect(fresh)
        try:
            self._db.backup(copy)
        except sqlite3.Error as error:
            fresh.unlink(missing_ok=True)
            raise _trouble(self.path, error) from None
        finally:
            copy.close()
        fresh.chmod(0o600)
        fresh.replace(target)


def on_network(path: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    """Whether a file lies on a file system that other hosts share."""
    place = path.resolve()
    best, kind = "", ""
    for line in mounts.read_text().splitlines() if mounts.exists() else ():
        _, point, found, *_ = line.split(" ")
        if len(point) >= len(best) and place.is_relative_to(point.replace("\\040", " ")):
            best, kind = point, found
    return kind.startswith(NETWORK_FILE_SYSTEMS)


def _connect(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=10.0, isolation_level=None)
    # WAL needs memory that all readers share, which a network file system does not give (decisions.md, State).
    db.execute(f"PRAGMA journal_mode = {'DELETE' if on_network(path) else 'WAL'}")
    db.execute("PRAGMA synchronous = FULL")
    return db


def _full(path: Path) -> JournalError:
    return JournalError(
        f"The disk of {path.parent} is full, so {path.name} takes nothing. Free space, then try again; nothing is lost."
    )


def _trouble(path: Path, error: sqlite3.Error) -> JournalError:
    """What SQLite's complaint means for the reader."""
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL" or (name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and disk_is_full(path.parent)):
        return _full(path)
    if name.startswith("SQLITE_BUSY"):
        return JournalError(f"{path} is locked by another process. Try again; if it stays so, see `mlrc doctor`.")
    if name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM", "SQLITE_IOERR")):
        return JournalError(
            f"{path} cannot be read and written ({error}). Mend its permissions or its disk, then try again."
        )
    return _damaged(path, error)


@contextmanager
def _transaction(db: sqlite3.Connection, path: Path) -> Iterator[None]:
    try:
        db.execute("BEGIN IMMEDIATE")
        yield
        db.execute("COMMIT")
    except sqlite3.Error as error:
        _roll_back(db)
        raise _trouble(path, error) from None
    except BaseException:
        _roll_back(db)
        raise


def _roll_back(db: sqlite3.Connection) -> None:
    # A full disk makes SQLite roll back by itself.
    if db.in_transaction:
        db.execute("ROLLBACK")


def _damaged(path: Path, error: Exception) -> JournalError:
    backup = path.with_suffix(".backup.db")
    way_out = (
        f"Its last good copy is {backup}: move the damaged file away and copy that one to {path.name}."
        if backup.exists()
        else "There is no backup copy; keep the file for inspection and start a new workspace."
    )
    return JournalError(f"{path} is damaged ({error}). Nothing was changed. {way_out}")
