"""LaTeX source: sections from its commands, text through pylatexenc. All of pylatexenc is here; nothing is executed."""

from __future__ import annotations

import re

from pylatexenc.latex2text import LatexNodes2Text  # type: ignore[import-untyped]

from agents.paper.draft import Block, Draft, Heading, Text
from agents.paper.table import pipe

_COMMENT = re.compile(r"(?<!\\)%.*")
_CITATION = re.compile(r"\\(?:no)?cite\w*\*?(?:\[[^\]]*\]){0,2}\{([^{}]*)\}")
_REFERENCE = re.compile(r"\\(?:eq|auto|page|name|[cC])?ref\*?\{([^{}]*)\}")
_LABEL = re.compile(r"\\label\{[^{}]*\}")
_INCLUDED = re.compile(r"\\(?:input|include)\s*\{([^{}]*)\}")
_FLOATS = re.compile(
    r"\\begin\{(figure|table|tabular|tabularx|longtable|tikzpicture|algorithm|algorithmic|lstlisting|wrapfigure|"
    r"wraptable)(\*?)\}"
    r"(.*?)\\end\{\1\2\}",
    re.S,
)
_TABULAR = re.compile(r"\\begin\{(tabular|tabularx|longtable)(\*?)\}(?:\[[^\]]*\])?(.*?)\\end\{\1\2\}", re.S)
_RULES = re.compile(
    r"\\(?:hline|toprule|midrule|bottomrule|endhead|endfirsthead|endfoot|endlastfoot|addlinespace|"
    r"c(?:mid)?rule(?:\([^)]*\))?\{[^{}]*\}|cline\{[^{}]*\}|rowcolor\{[^{}]*\})(?:\[[^\]]*\])?"
)
_ROW = re.compile(r"\\\\(?:\[[^\]]*\])?|\\tabularnewline")
_CELL = re.compile(r"(?<!\\)&")
_SPANNING = re.compile(r"\\(multicolumn|multirow)\*?(?:\[[^\]]*\])?(?=\{)")
_MOST_SPANNED = 40
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{(?:itemize|enumerate|description|center|quote|document|small|flushleft)\}")
_ITEM = re.compile(r"\\item\b(?:\[[^\]]*\])?")
_HEADING = re.compile(r"\\(chapter|section|subsection|subsubsection|paragraph)(\*?)\s*(?:\[[^\]]*\])?\s*(?=\{)")
_BIBLIOGRAPHY = re.compile(r"\\begin\{thebibliography\}(?:\{[^{}]*\})?(.*?)\\end\{thebibliography\}", re.S)
_BIBITEM = re.compile(r"\\bibitem(?:\[[^\]]*\])?\{([^{}]*)\}")
_FRONT_MATTER = ("title", "author", "thanks", "date", "affiliation", "bibliographystyle", "bibliography", "abstract")
_LEVELS = {"chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4}


def draft_of_latex(text: str) -> Draft:
    """Title, abstract, sections and references of one source file."""
    text = _COMMENT.sub("", text)
    title = _plain(_argument(text, "title"))
    _, begin, body = text.partition("\\begin{document}")
    body = (body if begin else text).partition("\\end{document}")[0]
    notes = [f"Not read, because only one file was given: {name}." for name in _INCLUDED.findall(body)[:20]]
    references = [entry for part in _BIBLIOGRAPHY.findall(body) for entry in _entries(part)]
    body = _BIBLIOGRAPHY.sub("", body)
    abstract = re.search(r"\\begin\{abstract\}(.*?)\\end\{abstract\}", body, re.S)
    if abstract:
        body = body.replace(abstract[0], "")
    return Draft(
        title=title,
        blocks=_blocks(_without_title(body)),
        abstract=_plain(abstract[1]) if abstract else _plain(_argument(text, "abstract")),
        references=references,
        notes=notes,
    )


def _entries(source: str) -> list[str]:
    """References of a bibliography, each with the key that the text cites in brackets before it."""
    pieces = _BIBITEM.split(source)[1:]
    return [f"[{key}] {text}" for key, text in zip(pieces[::2], map(_plain, pieces[1::2]), strict=True) if text]


def _blocks(body: str) -> list[Block]:
    blocks: list[Block] = []
    counts = [0, 0, 0]
    appendix = False
    start = 0
    for found in _HEADING.finditer(body):
        blocks += _texts(body[start : found.start()])
        appendix = appendix or "\\appendix" in body[start : found.start()]
        if "\\appendix" in body[start : found.start()]:
            counts = [0, 0, 0]
        title, start = _braced(body, found.end())
        level = _LEVELS[found[1]]
        number = "" if found[2] or level > 3 else _count(counts, level, appendix)
        blocks.append(Heading(title=_plain(title), number=number, level=level))
    return blocks + _texts(body[start:])


def _count(counts: list[int], level: int, appendix: bool) -> str:
    """The number LaTeX would print; counts change in place."""
    counts[level - 1] += 1
    counts[level:] = [0] * (len(counts) - level)
    first = chr(ord("A") + (counts[0] - 1) % 26) if appendix else str(counts[0])
    return ".".join([first, *(str(count) for count in counts[1:level])])


def _texts(source: str) -> list[Block]:
    blocks: list[Block] = []
    start = 0
    for found in _FLOATS.finditer(source):
        blocks += [*_prose(source[start : found.start()]), *_float(found)]
        start = found.end()
    return blocks + _prose(source[start:])


def _prose(source: str) -> list[Block]:
    source = _ITEM.sub("\n\n• ", _ENVIRONMENT.sub("\n\n", source))
    plain = (_plain(piece) for piece in re.split(r"\n\s*\n", source))
    return [Text(piece) for piece in plain if re.search(r"\w", piece)]


def _float(found: re.Match[str]) -> list[Block]:
    """Caption and tables of what floats; pictures and listings are left out."""
    caption = _plain(_argument(found[3], "caption"))
    kind = "Table" if "table" in found[1] or "tabular" in found[1] else "Figure"
    tables = (
        pipe(_table(inner[3], 2 if inner[1] == "tabularx" or inner[2] else 1)) for inner in _TABULAR.finditer(found[0])
    )
    return [*([Text(f"{kind}: {caption}")] if caption else []), *(Text(text) for text in tables if text)]


def _table(source: str, arguments: int) -> list[list[str]]:
    for _ in range(arguments):
        if source.lstrip().startswith("{"):
            source = source[_braced(source, source.index("{"))[1] :]
    return [_cells(row) for row in _ROW.split(_RULES.sub("", source))]


def _cells(row: str) -> list[str]:
    cells: list[str] = []
    for cell in _CELL.split(row):
        span = 1
        while spanning := _SPANNING.search(cell):
            count, end = _braced(cell, spanning.end())
            _, end = _braced(cell, end)
            text, end = _braced(cell, end)
            if spanning[1] == "multicolumn" and count.strip().isdecimal():
                span = min(int(count), _MOST_SPANNED)
            cell = cell[: spanning.start()] + text + cell[end:]
        cells += [_plain(cell), *[""] * (span - 1)]
    return cells


def _without_title(body: str) -> str:
    for command in _FRONT_MATTER:
        while found := re.search(rf"\\{command}\s*(?:\[[^\]]*\])?\s*(?=\{{)", body):
            _, end = _braced(body, found.end())
            body = body[: found.start()] + body[end:]
    return body.replace("\\maketitle", "")


def _argument(source: str, command: str) -> str:
    found = re.search(rf"\\{command}\s*(?:\[[^\]]*\])?\s*(?=\{{)", source)
    return _braced(source, found.end())[0] if found else ""


def _braced(source: str, start: int) -> tuple[str, int]:
    """What the brace at `start` holds, and where the text goes on; to the end when it is never closed."""
    depth = 0
    for index in range(start, len(source)):
        if source[index] in "{}" and source[index - 1] != "\\":
            depth += 1 if source[index] == "{" else -1
            if depth == 0:
                return source[start + 1 : index], index + 1
    return source[start + 1 :], len(source)


def _plain(source: str) -> str:
    source = _LABEL.sub("", _INCLUDED.sub("", source))
    source = _CITATION.sub(lambda found: f"[{found[1]}]", source)
    source = _REFERENCE.sub(lambda found: found[1], source)
    text = LatexNodes2Text(math_mode="verbatim", keep_comments=False).latex_to_text(source)
    return " ".join(str(text).split())
