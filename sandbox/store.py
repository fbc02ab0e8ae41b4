"""The engine's own git repository, in which every proposal is a tree, a commit and a ref before anybody says yes.

It is bare, lies in the state folder (`.mlrc/.git`, which `git clean -fdx` and `stash -a` spare), has our configuration
and borrows the user's objects. The user's repository is written in two ways only: refs/mlrc/keep/<n>, which keeps
a base alive through amend and gc, and branches under copilot/ for what was accepted.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from sandbox import exporting, publishing, repository, trees
from sandbox.base import SandboxError
from sandbox.git import Git, line, oid
from sandbox.repository import Author, Repository
from sandbox.trees import Changed, Entries

FOLDER = ".git"
_KEEP = "refs/mlrc/keep/"
_PROPOSALS = "refs/mlrc/proposals/"
_CONFIGURATION = """\
[core]
\thooksPath = /dev/null
\tfsmonitor = false
\tattributesFile = /dev/null
[gc]
\tauto = 0
[maintenance]
\tauto = false
"""
# The highest of git's attribute sources: what a tree says about filters, drivers and line ends has no effect here.
_ATTRIBUTES = "* -text -filter -ident !diff !merge !eol !crlf !working-tree-encoding !whitespace\n"
_TREES_REMEMBERED = 8


class Store:
    """Proposals of one workspace; made with `Store.create` or `Store.open`."""

    def __init__(self, state: Path, user: Repository) -> None:
        self.folder = state / FOLDER
        self.repository = user
        self._git = Git(self.folder)
        self._user = Git(user.own_dir)
        self._listings: dict[str, Entries] = {}
        # A tree's name is the hash of its content: what git once said about one holds for good.
        self._texts_of = lru_cache(1)(self._read_texts)
        self._difference = lru_cache(_TREES_REMEMBERED)(self._ask_difference)
        self._changed = lru_cache(_TREES_REMEMBERED)(self._ask_changes)
        self._author: Author | None = None

    @classmethod
    def create(cls, state: Path, user: Repository) -> Store:
        """Make the store in the state folder; it appears complete or not at all.

        Raises:
            SandboxError: there is one already.
        """
        store = cls(state, user)
        if os.path.lexists(store.folder):
            raise SandboxError(f"{store.folder} exists already; open it instead, or move it away.")
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".store-", dir=state) as scratch:
            fresh = Path(scratch, FOLDER)
            # HEAD stays unborn: newer versions of git would read attributes from it.
            options = ("--bare", "--template=", "--initial-branch=none", f"--object-format={user.object_format}")
            Git(fresh).run("init", "-q", *options, doing=f"make {store.folder}")
            with (fresh / "config").open("a") as file:
                file.write(_CONFIGURATION)
            (fresh / "info").mkdir(exist_ok=True)
            (fresh / "info" / "attributes").write_text(_ATTRIBUTES)
            _borrow(fresh, user)
            fresh.rename(store.folder)
        return store

    @classmethod
    def open(cls, state: Path, user: Repository) -> Store:
        """Open the store of a workspace; a repository that was moved since is found again.

        Raises:
            SandboxError: it is missing or was made for another kind of repository.
        """
        store = cls(state, user)
        if not (store.folder / "HEAD").is_file():
            raise SandboxError(f"{store.folder} is missing or damaged. Move {state} away and run `mlrc init` again.")
        found = store._git.text("rev-parse", "--show-object-format", doing=f"read {store.folder}")
        if found != user.object_format:
            raise SandboxError(
                f"{store.folder} is a {found} store, but {user.top} is {user.object_format}. "
                f"It belongs to another repository: move {state} away and run `mlrc init` again."
            )
        _borrow(store.folder, user)
        return store

    # --- reading ------------------------------------------------------------------------------------------------------

    def head(self) -> str:
        """The commit that the user's worktree is on now."""
        return self._user.text("rev-parse", "--verify", "HEAD^{commit}", doing="read HEAD of your repository")

    def tree(self, commit: str) -> str:
        """The tree of a commit."""
        return self._git.text(
            "rev-parse", "--verify", f"{oid(commit)}^{{tree}}", doing=f"read the commit {commit[:12]}"
        )

    def files(self, tree: str) -> Entries:
        """Every file of a tree with its mode, size in bytes and blob."""
        if oid(tree) not in self._listings:
            listed = trees.listing(self._git, tree)
            while len(self._listings) >= _TREES_REMEMBERED:
                self._listings.pop(next(iter(self._listings)))
            self._listings[tree] = listed
        return dict(self._listings[tree])

    def read(self, tree: str, path: str, limit: int) -> bytes:
        """Content of one file, at most `limit` bytes.

        Raises:
            SandboxError: it is missing, larger, a link or a submodule.
        """
        entry = self.files(tree).get(path)
        if entry is None:
            raise SandboxError(f"{line(path)} is not in the tree.")
        if entry.mode not in (trees.FILE, trees.PROGRAM):
            raise SandboxError(f"{line(path)} is a link or a submodule, not a file; it is not followed.")
        if entry.size > limit:
            raise SandboxError(f"{line(path)} has {entry.size} bytes, more than the {limit} that are read.")
        return next(content for _, content in trees.contents(self._git, [entry]))

    def texts(self, tree: str, max_bytes_each: int = 1 << 20) -> dict[str, str]:
        """Every UTF-8 text file of at most that size, by path; links are not followed."""
        return dict(self._texts_of(oid(tree), max_bytes_each))

    def _read_texts(self, tree: str, max_bytes_each: int) -> dict[str, str]:
        files = {
            path: entry
            for path, entry in self.files(tree).items()
            if entry.mode in (trees.FILE, trees.PROGRAM) and entry.size <= max_bytes_each
        }
        texts = {blob: trees.as_text(content) for blob, content in trees.contents(self._git, files.values())}
        return {path: text for path, entry in files.items() if (text := texts[entry.blob]) is not None}

    def diff(self, before: str, after: str, context: int = 3) -> str:
        """The canonical unified diff of two trees: text whatever attributes say, renames as deletion and addition.

        Bytes that are not UTF-8 appear as surrogates, so that `apply` gives them back.
        """
        return self._difference(oid(before), oid(after), context)

    def _ask_difference(self, before: str, after: str, context: int) -> str:
        return trees.difference(self._git, before, after, context)

    def changes(self, before: str, after: str) -> list[Changed]:
        """The files that differ between two trees, with their modes."""
        return list(self._changed(oid(before), oid(after)))

    def _ask_changes(self, before: str, after: str) -> list[Changed]:
        return trees.changes(self._git, before, after)

    # --- proposing ----------------------------------------------------------------------------------------------------

    def edit(self, tree: str, edits: Mapping[str, bytes | None]) -> str:
        """The tree with files written (bytes) or deleted (None); modes stay, a new file is not executable.

        Raises:
            SandboxError: a path outside the tree or in git's folder, a link, a submodule, a folder, more than 64 MiB.
        """
        return trees.edited(self._git, tree, self.files(tree), edits, self.folder)

    def take(self, tree: str, other: str, paths: Iterable[str]) -> str:
        """The tree with some files as another tree has them: content, mode, or that they are not there."""
        entries, theirs = self.files(tree), self.files(other)
        for path in paths:
            entries.pop(path, None)
            if path in theirs:
                entries[path] = theirs[path]
        return trees.built(self._git, entries, self.folder) if entries != self.files(tree) else tree

    def apply(self, tree: str, patch: str) -> str:
        """The tree with a unified diff applied, whole or not at all; line counts of hunks may be wrong, context not.

        Raises:
            SandboxError: it does not apply, with git's reason; or it touches links, submodules or a refused path.
        """
        return trees.patched(self._git, oid(tree), patch, self.folder)

    def without(self, tree: str, globs: Iterable[str]) -> str:
        """The same tree without the files that a glob names (`*` crosses folders, as in copilot.toml)."""
        globs = tuple(globs)
        entries = self.files(tree)
        kept = {path: entry for path, entry in entries.items() if not trees.matches(path, globs)}
        return trees.built(self._git, kept, self.folder) if len(kept) != len(entries) else tree

    def commit(self, tree: str, parent: str, message: str, author: Author | None = None) -> str:
        """Write a commit; by the user's configured identity (read once) unless an author is given."""
        self._author = self._author or repository.user_identity(self.repository)
        return repository.written_commit(self._git, oid(tree), (oid(parent),), message, author or self._author)

    def amended(self, commit: str, tree: str, message: str) -> str:
        """A commit with another tree and message on the same parent, by the same author at the same time.

        The same arguments give the same commit, today and after a restart.
        """
        facts = self._git.text(
            "log", "-1", "--no-decorate", "--date=raw", "--format=%P%n%an%n%ae%n%ad", oid(commit), doing="read a commit"
        )
        parents, name, email, when = facts.split("\n")
        author = Author(name=name, email=email)
        return repository.written_commit(self._git, oid(tree), parents.split(), message, author, when)

    def revert(self, commit: str, parent: str) -> str:
        """A commit on top of `parent` that undoes `commit`, by a three-way merge.

        Raises:
            SandboxError: it has not exactly one parent, is undone already, or later changes conflict (files are named).
        """
        facts = self._git.text(
            "log", "-1", "--no-decorate", "--format=%P%n%s", oid(commit), doing="read the commit to undo"
        )
        before, _, subject = facts.partition("\n")
        if len(before.split()) != 1:
            raise SandboxError(
                f"{commit[:10]} has not exactly one parent and cannot be undone. Undo its changes by hand."
            )
        # To undo is to merge the state before it, as if that had been made from it.
        undone = self._loose_commit(self.tree(before), commit)
        onto = self._loose_commit(self.tree(parent), commit)
        answer = self._git.attempt("merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", onto, undone)
        if answer.code not in (0, 1):
            raise SandboxError(f"git could not undo {commit[:10]}: {answer.reason}.")
        tree, *conflicts = answer.out.decode(errors="surrogateescape").split("\0")
        if answer.code == 1:
            named = ", ".join(sorted({line(path) for path in conflicts if path}))
            raise SandboxError(
                f"{commit[:10]} cannot be undone: later changes touch the same lines of {named}. Undo those first."
            )
        if tree == self.tree(parent):
            raise SandboxError(f"Nothing to undo: {parent[:10]} holds none of the changes of {commit[:10]}.")
        return self.commit(tree, parent, f'Revert "{subject}"\n\nThis reverts commit {commit}.')

    def _loose_commit(self, tree: str, parent: str) -> str:
        return repository.written_commit(self._git, tree, (parent,), "merge base", repository.COPILOT)

    def propose(self, step: int, commit: str, *, part: bool = False) -> str:
        """Remember a commit as the proposal of a step (the later one where there are two); returns the ref.

        With `part` it is remembered beside the proposal, as what a human took of it.

        Afterwards the store needs nothing from the user's repository but the bases that `keep` holds.
        """
        ref = f"{_PROPOSALS}{step:d}{'.part' if part else ''}"
        publishing.own(self._git, oid(commit), self._kept())
        self._git.run("update-ref", ref, commit, doing=f"remember the proposal of step {step}")
        return ref

    def proposal(self, step: int) -> str | None:
        """The commit proposed in a step, if any."""
        return publishing.resolve(self._git, f"{_PROPOSALS}{step:d}")

    # --- the user's repository ----------------------------------------------------------------------------------------

    def keep(self, number: int, commit: str) -> None:
        """Hold a commit of the user's repository alive through their amend, rebase and gc (refs/mlrc/keep/<number>)."""
        self._user.run("update-ref", f"{_KEEP}{number:d}", oid(commit), doing=f"keep the base {commit[:10]}")

    def publish(self, commit: str, branch: str) -> str:
        """Bring an accepted commit into the user's repository as `branch`, or a free name like it; returns the name.

        No hook of theirs runs. A branch of that name moves only forward, from where we left it, and not while a
        worktree has it checked out; otherwise `-2`, `-3` … is used. Repeating it gives the same name.

        Raises:
            SandboxError: the name is not under copilot/, or git could not write.
        """
        return publishing.publish(self._git, self._user, self.repository.git_dir, oid(commit), branch, self._kept())

    def tip(self, branch: str) -> str | None:
        """The commit that a branch of the user's repository points to, if there is one."""
        return publishing.resolve(self._user, f"refs/heads/{branch}")

    def _kept(self) -> list[str]:
        return self._user.run("for-each-ref", "--format=%(objectname)", _KEEP, doing="list the bases").decode().split()

    # --- folders and health -------------------------------------------------------------------------------------------

    def export(self, tree: str, folder: Path) -> None:
        """Write the exact files of a tree to `folder`, read-only, whole or not at all; reused where it is there.

        Raises:
            SandboxError: a submodule, or a link that leaves the tree, by name.
            OSError: the disk is full or not writable.
        """
        exporting.export(self._git, self.files(tree), folder)

    def check(self) -> tuple[str, ...]:
        """What is wrong with the store, one sentence each; empty when all proposals are complete and sound."""
        found = []
        for command in (
            ("fsck", "--strict", "--no-dangling", "--no-progress"),
            ("rev-list", "--objects", "--quiet", "--all"),
        ):
            answer = self._git.attempt(*command, seconds=600)
            if answer.code != 0:
                printed = line(answer.out[:2000].decode(errors="replace").replace("\n", "; "))
                found.append(f"git {command[0]} reports: {'; '.join(filter(None, (answer.reason, printed)))}")
        return tuple(found)


def _borrow(folder: Path, user: Repository) -> None:
    """Let the store read the user's objects, and know where a shallow clone of theirs ends."""
    path = os.fsencode(user.git_dir / "objects")
    # git reads a quoted line like a string in C; octal escapes let any byte stand in the path.
    quoted = b'"' + b"".join(bytes([byte]) if _plain(byte) else b"\\%03o" % byte for byte in path) + b'"\n'
    _replace(folder / "objects" / "info" / "alternates", quoted)
    shallow = user.git_dir / "shallow"
    if shallow.is_file():
        _replace(folder / "shallow", shallow.read_bytes())
    else:
        (folder / "shallow").unlink(missing_ok=True)


def _plain(byte: int) -> bool:
    return 0x20 <= byte < 0x7F and byte not in b'"\\'


def _replace(place: Path, content: bytes) -> None:
    if place.is_file() and place.read_bytes() == content:
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(place.name + ".new")
    fresh.write_bytes(content)
    fresh.replace(place)
