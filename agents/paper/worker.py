"""The parsing process: `python -I -m agents.paper.worker FILE CPU_SECONDS MEMORY_BYTES OUTPUT_BYTES`.

Prints `{"paper": …}` or `{"error": SENTENCE}` as JSON. Anything else that happens here (a crash of a parser on a
damaged file, a limit) ends the process, and the caller makes a sentence of it.
"""

from __future__ import annotations

import hashlib
import json
import logging
import resource
import sys
from dataclasses import replace
from pathlib import Path

from agents.paper.clean import sanitise
from agents.paper.draft import Draft, Unreadable, paper
from agents.paper.kind import decode, kind_of
from agents.paper.record import paper_json
from agents.research import Paper


def parse(content: bytes, suffix: str) -> Paper:
    """The paper in some bytes; `suffix` is that of the file's name, e.g. ".pdf".

    Raises:
        Unreadable: these bytes give no paper.
    """
    kind, note = kind_of(content, suffix)
    if kind == "PDF":
        from agents.paper.pdf import draft_of_pdf

        draft = draft_of_pdf(content)
    else:
        draft = _draft_of_text(content, kind)
    if note:
        draft.notes.insert(0, note)
    return paper(draft, hashlib.sha256(content).hexdigest())


def _draft_of_text(content: bytes, kind: str) -> Draft:
    text, note = decode(content)
    cleaned = sanitise(text)
    draft = _reader(kind, cleaned.text)
    if note:
        draft.notes.append(note)
    if cleaned.hidden:
        draft.notes.append(hidden_note(cleaned.hidden))
    return draft


def _reader(kind: str, text: str) -> Draft:
    if kind == "HTML":
        from agents.paper.html import draft_of_html

        return draft_of_html(text)
    if kind == "LaTeX":
        from agents.paper.latex import draft_of_latex

        return draft_of_latex(text)
    if kind == "Markdown":
        from agents.paper.markdown import draft_of_markdown

        return draft_of_markdown(text)
    from agents.paper.plain import draft_of_text

    return draft_of_text(text)


def hidden_note(count: int) -> str:
    """How the reader of a paper learns of characters that were taken out."""
    return f"{count} hidden character{'s' if count != 1 else ''} removed."


def _limit(cpu_seconds: int, memory_bytes: int, output_bytes: int) -> None:
    for kind, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, output_bytes),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        _, hard = resource.getrlimit(kind)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))
    # The soft limit below the hard one, so that the signal says that it was time that ran out.
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    most = cpu_seconds + 2 if hard == resource.RLIM_INFINITY else min(cpu_seconds + 2, hard)
    resource.setrlimit(resource.RLIMIT_CPU, (min(cpu_seconds, most), most))


def main(arguments: list[str]) -> None:
    """Read one file under the limits and print what it holds."""
    file, cpu_seconds, memory_bytes, output_bytes = arguments
    _limit(int(cpu_seconds), int(memory_bytes), int(output_bytes))
    # Parsers complain about every oddity of a damaged file; a line per oddity would fill the disk.
    logging.disable(logging.CRITICAL)
    path = Path(file)
    answer: dict[str, object]
    try:
        found = parse(path.read_bytes(), path.suffix)
        answer = {"paper": paper_json(replace(found, source=path.name.encode(errors="replace").decode()))}
    except Unreadable as error:
        answer = {"error": str(error)}
    except OSError as error:
        answer = {"error": f"cannot be read: {error.strerror}. Check its permissions."}
    json.dump(answer, sys.stdout)
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
