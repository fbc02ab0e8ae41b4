"""Code in looks, through Pygments. Only colours: a text that cannot be coloured is shown plain."""

from __future__ import annotations

from app.ui.text import Piece, safe

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
MAX_CHARACTERS = 200_000


def coloured(path: str, rows: list[str]) -> list[tuple[Piece, ...]]:
    """The rows of one stretch of a file as pieces; as many rows as came in."""
    plain: list[tuple[Piece, ...]] = [(Piece(safe(row)),) for row in rows]
    if sum(map(len, rows)) > MAX_CHARACTERS:
        return plain
    # Imported here, because no first paint should wait for it; it comes without types.
    from pygments.lexers import get_lexer_for_filename  # type: ignore[import-untyped]
    from pygments.util import ClassNotFound  # type: ignore[import-untyped]

    try:
        lexer = get_lexer_for_filename(path, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return plain
    # What a lexer would take for a line end of its own is made visible first, so that rows stay rows.
    found: list[list[Piece]] = [[]]
    for kind, text in lexer.get_tokens("\n".join(safe(row) for row in rows)):
        look = next((look for name, look in _LOOKS if str(kind).startswith(name)), "")
        first, *others = text.split("\n")
        found[-1].append(Piece(first, look))
        found += [[Piece(other, look)] for other in others]
    return [tuple(piece for piece in row if piece.text) for row in found] if len(found) == len(rows) else plain
