"""The list of references, one text per entry."""

from __future__ import annotations

import re

_MARK = re.compile(r"^\s*(?:\[\d{1,3}\]|\[[A-Z][\w+&-]{1,12}\d{2}[a-z]?\]|\d{1,3}\.)\s+")
_INNER = re.compile(r"(?<=[\d.)\]])\s+(?=\[\d{1,3}\]\s)")
_LIST = re.compile(r"^\s*[-*•]\s+")


def entries(texts: list[str]) -> list[str]:
    """Split and join texts below "References" into entries, marks such as [3] kept.

    With marks, an entry begins at each mark, and a text without one continues the entry before it. Without marks every
    text is an entry.
    """
    pieces = [piece for text in texts for piece in _INNER.split(_LIST.sub("", text))]
    if sum(bool(_MARK.match(piece)) for piece in pieces) * 2 < len(pieces):
        return [piece.strip() for piece in pieces if piece.strip()]
    result: list[str] = []
    for piece in pieces:
        if _MARK.match(piece) or not result:
            result.append(piece.strip())
        else:
            result[-1] = f"{result[-1]} {piece.strip()}"
    return result
