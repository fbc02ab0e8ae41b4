"""Copies of the declared files, taken after the run has ended; only these copies are ever read by an evaluator.

A link from the predictions to the hidden labels would score a perfect error, so only plain files are taken, opened
component by component without following links.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sandbox.nofollow import NotPlainError, open_folder, open_plain

MAX_ENTRIES = 100_000
MAX_DEPTH = 16
_CHUNK = 1 << 20
_WILD = re.compile(r"[*?\[]")


@dataclass(slots=True)
class Collected:
    """What was kept (name -> sha256) and what was refused (name -> why)."""

    kept: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    bytes: int = 0


def collect(out: Path, kept: Path, globs: tuple[str, ...], max_bytes: int) -> Collected:
    """Copy the regular files below `out` that match `globs` to `kept`, together at most `max_bytes`.

    `*` and `?` stay inside one component, `**` crosses them. A declared name without wildcard that the run did not
    write is listed as refused.

    Raises:
        OSError: the copies could not be written.
    """
    result = Collected()
    if not globs:
        return result
    try:
        root = open_folder(out)
    except (FileNotFoundError, NotPlainError) as error:
        result.refused.update(dict.fromkeys(globs, f"the folder out/ cannot be read ({error})"))
        return result
    try:
        for name in _matches(root, globs, result):
            _keep(root, name, kept, max_bytes, result)
    finally:
        os.close(root)
    return result


def _matches(root: int, globs: tuple[str, ...], result: Collected) -> list[str]:
    names = {name for name in globs if not _WILD.search(name)}
    wild = [_pattern(name) for name in globs if _WILD.search(name)]
    if wild:
        names.update(name for name in _walk(root, result) if any(pattern.fullmatch(name) for pattern in wild))
    return sorted(names)


def _walk(root: int, result: Collected) -> Iterator[str]:
    """Names of everything below the folder that is not a folder, without following links."""
    pending = [""]
    seen = 0
    while pending:
        prefix = pending.pop()
        for name, is_folder in _list(root, prefix, result):
            seen += 1
            if seen > MAX_ENTRIES:
                result.refused["out/"] = f"holds more than {MAX_ENTRIES} names; the rest was not looked at"
                return
            path = f"{prefix}{name}"
            if not is_folder:
                yield path
            elif path.count("/") < MAX_DEPTH:
                pending.append(f"{path}/")
            else:
                result.refused[path] = f"nested deeper than {MAX_DEPTH} folders"


def _list(root: int, prefix: str, result: Collected) -> list[tuple[str, bool]]:
    folder = os.dup(root)
    try:
        for part in prefix.split("/")[:-1]:
            inner = open_folder(part, folder)
            os.close(folder)
            folder = inner
        with os.scandir(folder) as entries:
            return [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except (NotPlainError, FileNotFoundError) as error:
        result.refused[prefix] = str(error)
        return []
    finally:
        os.close(folder)


def _keep(root: int, name: str, kept: Path, max_bytes: int, result: Collected) -> None:
    if not _writable_name(name):
        result.refused[name.encode("utf-8", "backslashreplace").decode()] = "the name is not printable text"
        return
    try:
        source, state = open_plain(root, name)
    except FileNotFoundError:
        result.refused[name] = "the run did not write it"
        return
    except NotPlainError as error:
        result.refused[name] = str(error)
        return
    try:
        room = max_bytes - result.bytes
        if state.st_size > room:
            result.refused[name] = f"too large: {state.st_size} bytes, with {room} of {max_bytes} left for kept files"
            return
        _make_folders(kept, Path(name).parent)
        result.kept[name] = _copy(source, kept / name, state.st_size)
        result.bytes += state.st_size
    finally:
        os.close(source)


def _writable_name(name: str) -> bool:
    return name.isprintable() and len(name.encode("utf-8", "surrogatepass")) < 1024


def _make_folders(kept: Path, inside: Path) -> None:
    """Folders that a later run under another uid can read, whatever the umask; the run's own folder stays private."""
    for folder in (kept, *(kept / parent for parent in reversed([inside, *inside.parents]))):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)


def _copy(source: int, target: Path, size: int) -> str:
    """Copy at most `size` bytes and return their sha256."""
    digest = hashlib.sha256()
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(target, flags, 0o644), "wb") as copy:
        left = size
        while left > 0 and (block := os.read(source, min(_CHUNK, left))):
            digest.update(block)
            copy.write(block)
            left -= len(block)
        # The evaluator runs under another uid and reads the copy through a mount; the run's folder itself is private.
        os.fchmod(copy.fileno(), stat.S_IRUSR | stat.S_IWUSR | stat.S_IRGRP | stat.S_IROTH)
    return digest.hexdigest()


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    translated = []
    for token in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]/]+\]|.", glob, re.DOTALL):
        if token == "**/":
            translated.append("(?:[^/]+/)*")
        elif token == "**":
            translated.append(".*")
        elif token in ("*", "?"):
            translated.append("[^/]" + ("*" if token == "*" else ""))
        elif len(token) > 1:
            translated.append("[" + ("^/" if token[1] == "!" else "") + _class(token[1:-1].lstrip("!")) + "]")
        else:
            translated.append(re.escape(token))
    return re.compile("".join(translated), re.DOTALL)


def _class(text: str) -> str:
    return text.replace("\\", r"\\").replace("^", r"\^").replace("[", r"\[")
