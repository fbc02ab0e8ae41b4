"""Which kind of paper some bytes are: from their content, the name only decides between Markdown and plain text."""

from __future__ import annotations

import re
from typing import Literal

from agents.paper.draft import Unreadable

Kind = Literal["PDF", "HTML", "LaTeX", "Markdown", "text"]

_SUFFIXES: dict[str, Kind] = {
    ".pdf": "PDF",
    ".html": "HTML",
    ".htm": "HTML",
    ".xhtml": "HTML",
    ".tex": "LaTeX",
    ".latex": "LaTeX",
    ".md": "Markdown",
    ".markdown": "Markdown",
    ".txt": "text",
}
_FOREIGN = (
    (b"PK\x03\x04", "is a zip or Word file. Export the document as PDF, or unpack it and give one file."),
    (b"\x1f\x8b", "is a gzip archive. Unpack it (an arXiv source: tar xzf FILE) and give the main .tex file."),
    (b"%!PS", "is PostScript. Convert it to PDF: ps2pdf FILE"),
    (b"\x89PNG", "is an image. Run OCR on it and give the text or the PDF that comes out."),
    (b"\xff\xd8\xff", "is an image. Run OCR on it and give the text or the PDF that comes out."),
    (b"\xd0\xcf\x11\xe0", "is an old Word file. Export the document as PDF."),
    (b"{\\rtf", "is rich text. Export the document as PDF or plain text."),
)
_HTML = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]|<article[\s>]", re.I)
_LATEX = re.compile(r"^\s*(\\documentclass|\\begin\{document\}|\\section\*?\{|\\title\{)", re.M)
_MARKDOWN = re.compile(r"^#{1,4} \S|^[^\n]{3,120}\n(=|-){3,}\s*$|^```", re.M)
_HEAD = 4096


def kind_of(content: bytes, suffix: str) -> tuple[Kind, str]:
    """The kind, and a note when the name promises another one (empty otherwise).

    Raises:
        Unreadable: a kind that cannot be read.
    """
    kind = _kind(content, suffix)
    promised = _SUFFIXES.get(suffix.lower(), kind)
    differs = promised != kind and {promised, kind} != {"Markdown", "text"}
    return kind, f"The file is named {suffix.lower()} but holds {kind}; it was read as {kind}." if differs else ""


def decode(content: bytes) -> tuple[str, str]:
    """Text of some bytes, and a note when the encoding had to be guessed (empty otherwise).

    Raises:
        Unreadable: these bytes are not text.
    """
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if content.startswith(mark):
            return content.decode(encoding, errors="replace"), ""
    if b"\0" in content[: 1 << 16]:
        raise Unreadable("is not text. Give a PDF, HTML, LaTeX, Markdown or text file.")
    try:
        return content.decode(), ""
    except UnicodeDecodeError:
        pass
    head = content[: 1 << 16]
    controls = sum(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in head)
    if controls * 50 > len(head):
        raise Unreadable("is not text. Give a PDF, HTML, LaTeX, Markdown or text file.")
    return content.decode("cp1252", errors="replace"), "The text is not UTF-8; it was read as Windows-1252."


def _kind(content: bytes, suffix: str) -> Kind:
    head = content[:_HEAD]
    if b"%PDF-" in head[:1024]:
        return "PDF"
    for mark, reason in _FOREIGN:
        if head.startswith(mark):
            raise Unreadable(reason)
    text, _ = decode(content[: 1 << 20] if content[:2] not in (b"\xff\xfe", b"\xfe\xff") else content)
    if _HTML.search(text[:_HEAD]):
        return "HTML"
    if _LATEX.search(text):
        return "LaTeX"
    if suffix.lower() in (".md", ".markdown") or _MARKDOWN.search(text):
        return "Markdown"
    return "text"
