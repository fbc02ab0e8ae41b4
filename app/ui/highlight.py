"""Code in looks, through Pygments. Only colours: a text that cannot be coloured is shown plain."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import PurePosixPath
from typing import Any

from app.ui.text import Piece, safe

Colour = Callable[[str, list[str]], list[tuple[Piece, ...]]]
"""Makes pieces of the rows of one stretch of a file; as many rows as came in."""

_LOOKS = (
    ("Token.Keyword", "keyword"),
    ("Token.Literal.String", "string"),
    ("Token.Literal.Number", "number"),
    ("Token.Comment", "comment"),
    ("Token.Name.Function", "name"),
    ("Token.Name.Class", "name"),
    ("Token.Name.Decorator", "name"),
    ("Token.Name.Builtin", "keyword"),
    ("Token.Operator.Word", "keyword"),
)
_LEXERS = {
    **dict.fromkeys((".py", ".pyi"), ("python", "PythonLexer")),
    **dict.fromkeys((".sh", ".bash"), ("shell", "BashLexer")),
    **dict.fromkeys((".c", ".h"), ("c_cpp", "CLexer")),
    **dict.fromkeys((".cc", ".cpp", ".cu", ".cuh", ".hpp"), ("c_cpp", "CppLexer")),
    **dict.fromkeys((".yaml", ".yml"), ("data", "YamlLexer")),
    ".toml": ("configs", "TOMLLexer"),
    ".cfg": ("configs", "IniLexer"),
    ".ini": ("configs", "IniLexer"),
    ".json": ("data", "JsonLexer"),
    ".js": ("javascript", "JavaScriptLexer"),
    ".ts": ("javascript", "TypeScriptLexer"),
    ".md": ("markup", "MarkdownLexer"),
    ".r": ("r", "SLexer"),
    ".jl": ("julia", "JuliaLexer"),
    ".rs": ("rust", "RustLexer"),
}
"""Module and class of the lexer of a suffix. Pygments' own search by name reads all its lexers and every plug-in."""
MAX_CHARACTERS = 200_000


def plain(_path: str, rows: list[str]) -> list[tuple[Piece, ...]]:
    """Without colours."""
    return [(Piece(safe(row)),) for row in rows]


def coloured(path: str, rows: list[str]) -> list[tuple[Piece, ...]]:
    """With the colours of the file's language, where it is known."""
    return list(as_needed(path, rows))


def as_needed(path: str, rows: list[str]) -> Iterator[tuple[Piece, ...]]:
    """As `coloured`, each row coloured when it is asked for: nobody waits for rows that are not in view."""
    lexer = _lexer(PurePosixPath(path).suffix.lower())
    # What a lexer would take for a line end of its own is made visible first, so that rows stay rows.
    shown = [safe(row) for row in rows]
    done = 0
    if lexer is not None and sum(map(len, rows)) <= MAX_CHARACTERS:
        for row in islice(_lexed(lexer, "\n".join(shown)), len(rows)):
            # A row that a lexer changed is shown as it is.
            yield row if "".join(piece.text for piece in row) == shown[done] else (Piece(shown[done]),)
            done += 1
    yield from ((Piece(row),) for row in shown[done:])


def _lexed(lexer: Any, text: str) -> Iterator[tuple[Piece, ...]]:
    row: list[Piece] = []
    for kind, token in lexer.get_tokens(text):
        look = _look(kind)
        first, *others = token.split("\n")
        row.append(Piece(first, look))
        for other in others:
            yield tuple(piece for piece in row if piece.text)
            row = [Piece(other, look)]
    yield tuple(piece for piece in row if piece.text)


@cache
def _look(kind: Any) -> str:
    return next((look for name, look in _LOOKS if str(kind).startswith(name)), "")


@cache
def _lexer(suffix: str) -> Any:
    if suffix not in _LEXERS:
        return None
    module, name = _LEXERS[suffix]
    return getattr(import_module(f"pygments.lexers.{module}"), name)(stripnl=False, ensurenl=False)
