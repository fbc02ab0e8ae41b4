"""Lines joined to paragraphs: by space between lines, indentation and how a sentence ends."""

from __future__ import annotations

import re
from collections import Counter

from agents.paper.clean import Words, join_lines
from agents.paper.line import Line
from agents.paper.page import Type

_ENDS = re.compile(r"(?<!\.\.)[.?!:][\"”’)\]]*$")
_CAPTION = re.compile(
    r"^(?:Figure|FIGURE|Fig\.|Table|TABLE|Algorithm|Listing)\s+\d+\s*[:.]|^\([a-h]\) [A-Z][^.]{0,60}\."
)
_MARK = re.compile(r"^\s*(\[\d{1,3}\]|\[[A-Z][\w+&-]{1,12}\d{2}[a-z]?\])")
_ITEM = re.compile(r"^([•◦▪–]|\(?[ivx]{1,4}\)|\(\d{1,2}\))\s")
_FORMULA = re.compile(r"[=<>≤≥≈∈∼←→∑∏∫]")
_FIGURE = re.compile(r"^[-+±(]?\d[\d.,eE%×±)-]*$")
_WORD = re.compile(r"[^\W\d_]{2,}")
_FEWEST_WORDS = 5
_LARGEST_INDENT = 4.0
_SMALLEST_INDENT = 0.7


def paragraphs_of(lines: list[Line], body: Type, words: Words | None = None) -> list[str]:
    """Paragraphs of one section. Captions and footnotes stand after the paragraph they interrupt; labels inside figures
    and cells of tables are left out."""
    result: list[str] = []
    aside: list[str] = []
    for group in _groups(lines, body):
        text = join_lines([line.text for line in group], words)
        if _CAPTION.match(text):
            aside.append(text)
        elif _is_debris(group, text, body):
            continue
        elif body.is_small(group[0]):
            aside.append(text)
        elif result and _continues(result[-1], text):
            result[-1] = join_lines([result[-1], text], words)
        else:
            result += aside
            aside = []
            result.append(text)
    return result + aside


def references_of(lines: list[Line], body: Type, words: Words | None = None) -> list[str]:
    """One text per entry of a list of references: at marks like [3], else at extra space or where a line juts out."""
    if not lines:
        return []
    marked = sum(bool(_MARK.match(line.text)) for line in lines) >= 3
    own = _own_type(lines, body)
    edges = _edges(lines)
    entries: list[list[Line]] = []
    for line in lines:
        previous = entries[-1][-1] if entries else None
        if previous is None or _begins_entry(line, previous, marked, own, edges):
            entries.append([line])
        else:
            entries[-1].append(line)
    return [join_lines([line.text for line in entry], words) for entry in entries]


def _begins_entry(line: Line, previous: Line, marked: bool, own: Type, edges: dict[int, list[float]]) -> bool:
    if marked:
        return bool(_MARK.match(line.text))
    if line.page == previous.page and own.follows(line, previous):
        return line.x < previous.x - _SMALLEST_INDENT * line.size
    # At a new page or column an entry goes on unless it juts out against the lines of its column.
    if line.page != previous.page or line.y > previous.y:
        hangs = any(0 < line.x - edge < _LARGEST_INDENT * line.size for edge in edges.get(line.page, []))
        return not hangs and bool(_ENDS.search(previous.text))
    return True


def _own_type(lines: list[Line], body: Type) -> Type:
    gaps = Counter(
        round(a.y - b.y, 1) for a, b in zip(lines, lines[1:], strict=False) if a.page == b.page and a.y > b.y
    )
    size = Counter(line.size for line in lines).most_common(1)[0][0]
    near = {gap: count for gap, count in gaps.items() if 0.9 * size < gap < 1.6 * size}
    return Type(size, max(near, key=lambda gap: (near[gap], -gap)) if near else body.leading)


def _groups(lines: list[Line], body: Type) -> list[list[Line]]:
    edges = _edges(lines)
    groups: list[list[Line]] = []
    for line in lines:
        if groups and not _begins(line, groups[-1], body, edges):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _begins(line: Line, group: list[Line], body: Type, edges: dict[int, list[float]]) -> bool:
    previous = group[-1]
    if not body.follows(line, previous) or body.is_small(line) != body.is_small(previous):
        return True
    if _CAPTION.match(line.text) or _ITEM.match(line.text):
        return True
    if _CAPTION.match(group[0].text):
        return False
    indent = min((line.x - edge for edge in edges.get(line.page, []) if line.x - edge > -1), default=0.0)
    indented = _SMALLEST_INDENT * line.size < indent < _LARGEST_INDENT * line.size
    return indented and previous.x < line.x - _SMALLEST_INDENT * line.size and bool(_ENDS.search(previous.text))


def _edges(lines: list[Line]) -> dict[int, list[float]]:
    """Left edges of the columns of each page: where several lines begin."""
    result: dict[int, list[float]] = {}
    for page in {line.page for line in lines}:
        starts = Counter(round(line.x) for line in lines if line.page == page)
        result[page] = [float(x) for x, count in starts.items() if count >= 3]
    return result


def _continues(text: str, more: str) -> bool:
    """Whether a text cut by a page, a column, a figure or a formula goes on."""
    if _CAPTION.match(text):
        return False
    if not _ENDS.search(text):
        return not _ITEM.match(more)
    return more[:1].islower() or text.endswith(":") and not more[:1].isupper() and not _ITEM.match(more)


def _is_debris(group: list[Line], text: str, body: Type) -> bool:
    """Labels of a figure, cells of a table, single symbols: no running text."""
    words = _WORD.findall(text)
    tokens = text.split()
    listed = bool(_ITEM.match(text))
    if len(words) < _FEWEST_WORDS:
        # A formula set off between lines of the running text belongs to it; labels are small or come in heaps.
        return body.is_small(group[0]) or len(group) > 2 or not (_FORMULA.search(text) or _ENDS.search(text) or listed)
    if len(words) < 0.45 * len(tokens):
        return True
    if _ENDS.search(text) or listed:
        return False
    capitals = sum(token[:1].isupper() for token in tokens)
    numbers = sum(bool(_FIGURE.match(token)) for token in tokens)
    return capitals >= 0.75 * len(tokens) or numbers >= 0.25 * len(tokens) or len(tokens) < 4 * len(group)
