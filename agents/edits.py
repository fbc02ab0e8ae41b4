"""Edits as exact replacements, and the checks that every proposed change must pass before anyone is asked about it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from agents import code_map
from agents.contract import Contract
from agents.research import Change

Rule = Literal["path", "protected", "twice", "text", "absent", "syntax", "unchanged"]


class EditError(Exception):
    """Replacements that cannot be applied to this text; says which."""


@dataclass(frozen=True, slots=True)
class Replacement:
    """Bytes `start` to `end` (exclusive) of a file's UTF-8 text become `text`; equal ends insert."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One reason why a change may not be proposed."""

    rule: Rule
    path: str
    sentence: str


def apply(text: str, replacements: Iterable[Replacement]) -> str:
    """The text with all replacements made; every byte outside of them is kept.

    New lines are written as the file writes them (CRLF where it does). Insertions at one offset keep their order.

    Raises:
        EditError: two replacements overlap, one lies outside of the text, or one cuts a character.
    """
    data = text.encode()
    newline = "\r\n" if "\r\n" in text else "\n"
    pieces: list[bytes] = []
    at = 0
    for replacement in sorted(replacements, key=lambda one: (one.start, one.end)):
        if not 0 <= replacement.start <= replacement.end <= len(data):
            raise EditError(f"bytes {replacement.start}–{replacement.end} lie outside of the file ({len(data)} bytes).")
        if replacement.start < at:
            raise EditError(f"two replacements overlap at byte {replacement.start}.")
        pieces += [data[at : replacement.start], replacement.text.replace("\n", newline).encode()]
        at = replacement.end
    pieces.append(data[at:])
    try:
        return b"".join(pieces).decode()
    except UnicodeDecodeError as error:
        raise EditError(f"a replacement cuts a character at byte {error.start}.") from None


def check(change: Change, contract: Contract, files: Mapping[str, str]) -> tuple[Failure, ...]:
    """Why this change may not be proposed; empty where it may.

    `files` maps every readable text file of the tree to its content. Nothing is run: paths stay inside the tree and are
    editable under the contract, no file is edited twice, the result parses, and something changes.
    """
    failures: list[Failure] = []
    seen: set[str] = set()
    for edit in change.edits:
        failure = _refused(edit.path, contract) or _unfit(edit.path, edit.content, files)
        if failure is None and edit.path in seen:
            failure = Failure(
                rule="twice", path=edit.path, sentence=f"{edit.path} is edited twice; write one edit for it."
            )
        if failure:
            failures.append(failure)
        seen.add(edit.path)
    if not failures and all(files.get(edit.path) == edit.content for edit in change.edits):
        paths = ", ".join(sorted(seen)) or "no file"
        failures.append(
            Failure(
                rule="unchanged", path=paths, sentence=f"The change leaves {paths} as it is; nothing would be tested."
            )
        )
    return tuple(failures)


def _refused(path: str, contract: Contract) -> Failure | None:
    parts = path.split("/")
    odd = any(part in ("", ".", "..") for part in parts) or any(not char.isprintable() or char == "\\" for char in path)
    if odd:
        shown = ascii(path)
        sentence = f"{shown} is not a plain relative path; write it from the workspace's root with forward slashes."
        return Failure(rule="path", path=path, sentence=sentence)
    # The contract's globs start at the root; git's own files are out of bounds at any depth and in any case.
    if any(part.lower().startswith(".git") for part in parts) or not contract.may_edit(path):
        sentence = f"{path} is protected: copilot.toml allows {', '.join(contract.editable)}."
        return Failure(rule="protected", path=path, sentence=sentence)
    return None


def _unfit(path: str, content: str | None, files: Mapping[str, str]) -> Failure | None:
    if content is None:
        if path in files:
            return None
        return Failure(rule="absent", path=path, sentence=f"{path} would be deleted but does not exist.")
    try:
        content.encode()
    except UnicodeEncodeError:
        return Failure(rule="text", path=path, sentence=f"{path} would hold text that UTF-8 cannot write.")
    if "\0" in content:
        return Failure(rule="text", path=path, sentence=f"{path} would hold a NUL character; only text is edited.")
    error = code_map.parses(path, content)
    return Failure(rule="syntax", path=path, sentence=f"The result does not parse: {error}") if error else None
