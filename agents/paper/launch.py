"""Starts the parsing process, waits for it and turns every way it can end into a paper or a sentence."""

from __future__ import annotations

import json
import os
import re
import signal
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from agents.paper.clean import sanitise
from agents.paper.record import paper_from_json
from agents.research import Paper


class PaperError(Exception):
    """The file gives no paper; the text says why and what to do next."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseLimits:
    """What reading one file may cost; the defaults leave room for a book of 2000 pages."""

    cpu_seconds: int = 20
    wall_seconds: float = 60.0
    memory_bytes: int = 2 << 30
    """Address space of the parsing process."""
    file_bytes: int = 200 << 20
    output_bytes: int = 32 << 20
    """Of the parsed paper as JSON."""


_INSTEAD = "Try another copy: the arXiv HTML page, or a text file."


def read(path: Path, *, limits: ParseLimits | None = None) -> Paper:
    """Read a paper of any supported kind; the kind is found from the content, not from the name.

    Tasks, gaps and keywords stay empty (`agents.paper.brief.brief` fills them). Blocks until the parser ends; it is
    killed when this call is interrupted.

    Raises:
        PaperError: missing, unreadable, empty, encrypted, damaged, without text, or stopped by a limit.
    """
    limits = limits or ParseLimits()
    _check_file(path, limits)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        status = _run(path, limits, output, complaints)
        answer = _answer(path, status, limits, output, complaints)
    try:
        paper = paper_from_json(answer)
    except ValueError:
        raise PaperError(f"{_name(path)} could not be read: the parser's answer makes no sense. {_INSTEAD}") from None
    paper = replace(paper, source=_name(path))
    if paper.title:
        return paper
    note = "No title was found; the file's name stands for it."
    return replace(paper, title=Path(paper.source).stem, notes=(*paper.notes, note))


def _check_file(path: Path, limits: ParseLimits) -> None:
    name = _name(path)
    try:
        status = path.stat()
    except FileNotFoundError:
        raise PaperError(f"{name} does not exist (looked in {path.absolute().parent}). Check the path.") from None
    except OSError as error:
        raise PaperError(f"{name} cannot be opened: {error.strerror}. Check the path and its permissions.") from None
    if stat.S_ISDIR(status.st_mode):
        raise PaperError(f"{name} is a directory. Give one file: PDF, HTML, LaTeX, Markdown or text.")
    if not stat.S_ISREG(status.st_mode):
        raise PaperError(f"{name} is not an ordinary file. Save the paper to a file and give that.")
    if status.st_size == 0:
        raise PaperError(f"{name} is empty. Download it again.")
    if status.st_size > limits.file_bytes:
        size, most = status.st_size / (1 << 20), limits.file_bytes / (1 << 20)
        raise PaperError(f"{name} has {size:.0f} MB; at most {most:.0f} MB are read. {_INSTEAD}")
    if not os.access(path, os.R_OK):
        raise PaperError(f"{name} may not be read by you. Change its permissions: chmod u+r {name}")


def _run(path: Path, limits: ParseLimits, output: IO[bytes], complaints: IO[bytes]) -> int | None:
    """Exit status of the parser (negative: the signal that ended it), None when it ran out of wall time."""
    command = [sys.executable, "-I", "-m", "agents.paper.worker", os.fspath(path.absolute())]
    command += [str(limits.cpu_seconds), str(limits.memory_bytes), str(limits.output_bytes)]
    # The parser needs no environment (but an interpreter may need its libraries), so it gets no key to leak.
    environment = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=complaints,
        cwd="/",
        env=environment,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=limits.wall_seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _answer(path: Path, status: int | None, limits: ParseLimits, output: IO[bytes], complaints: IO[bytes]) -> object:
    name = _name(path)
    if status is None:
        raise PaperError(f"{name} took more than {limits.wall_seconds:g} s to read and was stopped. {_INSTEAD}")
    if status == -signal.SIGXCPU:
        raise PaperError(f"{name} took more than {limits.cpu_seconds} s of computing and was stopped. {_INSTEAD}")
    if status < 0:
        reason = signal.Signals(-status).name
        raise PaperError(f"{name} could not be read: the system ended its parser ({reason}). {_INSTEAD}")
    if status != 0:
        raise PaperError(_crash(name, complaints))
    output.seek(0)
    try:
        table = json.loads(output.read(limits.output_bytes + 1))
    except ValueError:
        raise PaperError(f"{name} gives more text than a paper holds and was stopped. {_INSTEAD}") from None
    if not isinstance(table, dict):
        raise PaperError(f"{name} could not be read: the parser's answer makes no sense. {_INSTEAD}")
    if isinstance(error := table.get("error"), str):
        raise PaperError(f"{name} {error}")
    return table.get("paper")


def _crash(name: str, complaints: IO[bytes]) -> str:
    """What a parser that died says, from the last line of its traceback; the traceback itself is for nobody."""
    complaints.seek(max(0, complaints.seek(0, os.SEEK_END) - 4096))
    last = complaints.read().decode(errors="replace").strip().rpartition("\n")[2]
    if "No module named" in last:
        missing = sanitise(last.rpartition("No module named")[2]).text.strip(" '")[:60]
        return f"{name} cannot be read: the parser cannot import {missing}. Install again: pip install mlr-copilot"
    if "File too large" in last or "Errno 27" in last:
        return f"{name} gives more text than a paper holds and was stopped. {_INSTEAD}"
    if last.startswith("MemoryError"):
        return f"{name} needs more memory than a paper may and was stopped. {_INSTEAD}"
    found = re.match(r"[\w.]+", last)
    kind = found[0].rpartition(".")[2] if found else "an unknown error"
    return f"{name} is damaged: its parser stopped with {kind}. Download it again. {_INSTEAD}"


def _name(path: Path) -> str:
    """The file's name, safe to show."""
    return sanitise(os.fsencode(path.name).decode(errors="replace")).text.replace("\n", " ") or str(path)
