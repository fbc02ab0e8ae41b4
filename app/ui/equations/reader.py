"""TeX's mathematics read and set: scripts, fractions, roots, accents, alphabets, cases and matrices."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container
from typing import NamedTuple

from app.ui.equations import LONGEST, symbols
from app.ui.equations.box import Box, beside, bracketed, grid

DEEPEST = 40
"""Groups inside groups; what is nested deeper is no formula that anybody reads."""
_TOKEN = re.compile(r"\\[a-zA-Z]+\*?|\\.|\\$|\s+|.", re.S)
_ENDS = ("&", "\\\\", "\\cr", "\\end")
_MATRICES = {
    "pmatrix": ("(", ")"),
    "bmatrix": ("[", "]"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
    "Bmatrix": ("{", "}"),
}
_SIMPLE = re.compile(r"[^\s/+−=·×,]+|[^\s()]*\([^()]*\)")
_LEFT, _RIGHT = "([{⟨⌈⌊", ")]}⟩⌉⌋"
_OVER = {"overset": symbols.raised, "stackrel": symbols.raised, "underset": symbols.lowered}
_FRACTIONS = ("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac")


class Unreadable(Exception):
    """This is no formula that can be set."""


class _Atom(NamedTuple):
    box: Box
    kind: str
    """ordinary, relation, binary, open, close, comma, function, fraction or space."""

    @property
    def text(self) -> str:
        return self.box.rows[self.box.base]


def read(tex: str, *, spread: bool) -> Box:
    """A formula set in one row, or, where it may `spread`, in as many as its cases, matrices and line breaks take.

    Raises:
        Unreadable: too long or nested too deep.
    """
    if len(tex) > LONGEST:
        raise Unreadable
    reader = _Reader(tex, spread)
    atoms: list[_Atom] = []
    lines: list[list[str]] = [[]]
    while reader.rest():
        atoms = reader.atoms(("\\\\", "&"))
        lines[-1].append(beside_atoms(atoms).rows[0] if len(lines) > 1 or reader.rest() else "")
        mark = reader.take()
        if not mark and len(lines) == 1 and len(lines[0]) == 1:
            return beside_atoms(atoms)
        if mark == "\\\\":
            lines.append([])
    rows = [row for row in lines if any(row)]
    if not rows:
        return Box(("",))
    return grid(rows, "", True) if spread else Box(("; ".join("".join(row) for row in rows),))


def beside_atoms(atoms: list[_Atom], *, tight: bool = False) -> Box:
    """Atoms side by side, with the spaces that TeX would put between them; none where it is `tight`."""
    boxes: list[Box] = []
    before: _Atom | None = None
    for index, atom in enumerate(atoms):
        after = atoms[index + 1] if index + 1 < len(atoms) else None
        left, right = (False, False) if tight else _spaces(before, atom, after)
        ends = boxes[-1].rows[boxes[-1].base].endswith(" ") if boxes else True
        boxes += [Box((" ",))] * (left and not ends) + [atom.box] + [Box((" ",))] * (right and after is not None)
        if atom.kind != "space":
            before = atom
    return beside(boxes) if boxes else Box(("",))


def _spaces(before: _Atom | None, atom: _Atom, after: _Atom | None) -> tuple[bool, bool]:
    if atom.kind == "relation":
        return True, True
    if atom.kind == "binary":
        alone = before is None or before.kind in ("binary", "relation", "open", "comma", "function")
        return (False, False) if alone else (True, True)
    if atom.kind == "comma":
        return False, True
    if atom.kind == "fraction":
        close_by = before is not None and before.kind in ("ordinary", "close")
        return close_by, after is not None and after.kind in ("ordinary", "open", "function", "fraction")
    if atom.kind == "function":
        joined = after is not None and after.kind in ("open", "comma", "close")
        return before is not None and before.kind in ("ordinary", "close"), not joined
    return False, False


class _Reader:
    def __init__(self, tex: str, spread: bool) -> None:
        self._tokens = _TOKEN.findall(tex.strip())
        self._at = 0
        self._depth = 0
        self._spread = spread

    def rest(self) -> bool:
        """Whether there is more."""
        return self._at < len(self._tokens)

    def take(self) -> str:
        """The next token; empty at the end."""
        if not self.rest():
            return ""
        self._at += 1
        return str(self._tokens[self._at - 1])

    def _peek(self, *, skip: bool = True) -> str:
        while skip and self.rest() and self._tokens[self._at].isspace():
            self._at += 1
        return self._tokens[self._at] if self.rest() else ""

    def atoms(self, ends: tuple[str, ...] = ()) -> list[_Atom]:
        """Everything up to one of these tokens, which is left."""
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unreadable
        found: list[_Atom] = []
        while self.rest() and self._tokens[self._at] not in ends:
            token = self.take()
            if token in ("^", "_", "'"):
                _attach(found, self._scripts(token))
            elif not token.isspace():
                found += self._atom(token)
        self._depth -= 1
        return found

    def _scripts(self, mark: str) -> str:
        """Scripts as TeX has them in any order: below, then above."""
        first = self._script(mark)
        if mark == "^" and self._peek() == "_":
            return self._script(self.take()) + first
        return first

    def _script(self, mark: str) -> str:
        if mark == "'":
            return "′"
        text = self._argument(tight=True).rows[0]
        return symbols.raised(text) if mark == "^" else symbols.lowered(text)

    def _atom(self, token: str) -> list[_Atom]:
        if token == "{":
            group = self._group()
            return group if len(group) == 1 else [_Atom(beside_atoms(group), "ordinary")]
        if token in ("}", "&"):
            return []
        if token == "\\\\":
            return [_Atom(Box(("; ",)), "space")]
        if token.startswith("\\") and len(token) > 1:
            return self._command(token[1:].rstrip("*"))
        return [_sign({"-": "−", "~": " "}.get(token, token))]

    def _group(self) -> list[_Atom]:
        """What stands up to the closing brace; the opening one is taken."""
        group = self.atoms(("}",))
        self.take()
        return group

    def _argument(self, *, tight: bool = False) -> Box:
        token = self._peek()
        if not token or token in ("}", "&"):
            return Box(("",))
        self.take()
        box = beside_atoms(self._group() if token == "{" else self._atom(token), tight=tight)
        # Inside a script, a fraction or a root there is one row.
        return box if len(box.rows) == 1 else Box((" ".join(" ".join(box.rows).split()),))

    def _raw(self) -> str:
        """An argument as written, for text and names."""
        if self._peek() != "{":
            return self.take()
        self.take()
        depth, found = 1, []
        while self.rest():
            token = self.take()
            depth += (token == "{") - (token == "}")
            if not depth:
                break
            found.append(token)
        return "".join(token for token in found if token not in "{}$")

    def _command(self, name: str) -> list[_Atom]:
        for known, handle in self._handlers():
            if name in known:
                return handle(name)
        if symbols.is_alphabet(name):
            return [_Atom(Box((symbols.letters(name, self._argument(tight=True).rows[0]),)), "ordinary")]
        sign = symbols.symbol(name)
        return [_sign(sign)] if sign is not None else self._unknown(name)

    def _handlers(self) -> tuple[tuple[Container[str], Callable[[str], list[_Atom]]], ...]:
        return (
            (symbols.SPACES, lambda name: [_Atom(Box((symbols.SPACES[name],)), "space")]),
            (symbols.FUNCTIONS, lambda name: [_Atom(Box((name,)), "function")]),
            (symbols.IGNORED, self._ignored),
            (symbols.HIDDEN, self._hidden),
            (symbols.PLAIN, self._plain),
            (symbols.TEXTS, lambda name: [_Atom(Box((_words(self._raw()),)), _kind_of_text(name))]),
            (symbols.ACCENTS, self._accented),
            (_FRACTIONS, self._fraction),
            (_OVER, self._over),
            (("sqrt",), self._root),
            (("binom", "dbinom"), self._binomial),
            (("not",), self._negated),
            (("begin",), self._environment),
        )

    def _ignored(self, name: str) -> list[_Atom]:
        if name in ("left", "right", "middle") and self._peek() == ".":
            self.take()
        return []

    def _hidden(self, _: str) -> list[_Atom]:
        self._raw()
        return []

    def _plain(self, name: str) -> list[_Atom]:
        if name == "textcolor":
            self._raw()
        token = self._peek()
        if token != "{":
            return self._atom(self.take()) if token else []
        self.take()
        return [_Atom(beside_atoms(self._group()), "ordinary")]

    def _accented(self, name: str) -> list[_Atom]:
        text = self._argument().rows[0]
        mark = symbols.ACCENTS[name]
        shown = unicodedata.normalize("NFC", text + mark) if len(text) == 1 else f"{name.removeprefix('wide')}({text})"
        return [_Atom(Box((shown,)), "ordinary")]

    def _fraction(self, _: str) -> list[_Atom]:
        above, below = self._argument().rows[0], self._argument().rows[0]
        return [_Atom(Box((f"{_part(above)}/{_part(below)}",)), "fraction")]

    def _over(self, name: str) -> list[_Atom]:
        mark, base = self._argument(tight=True).rows[0], self._argument()
        plain = _sign(base.rows[0]) if len(base.rows[0]) == 1 else _Atom(base, "function")
        return [_Atom(Box((plain.text + _OVER[name](mark),)), plain.kind)]

    def _root(self, _: str) -> list[_Atom]:
        degree = ""
        if self._peek() == "[":
            self.take()
            degree = beside_atoms(self.atoms(("]",)), tight=True).rows[0]
            self.take()
        text = self._argument().rows[0]
        sign = {"": "√", "2": "√", "3": "∛", "4": "∜"}.get(degree) or symbols.raised(degree) + "√"
        return [_Atom(Box((sign + (text if len(text) == 1 or text.isalnum() else f"({text})"),)), "ordinary")]

    def _binomial(self, _: str) -> list[_Atom]:
        above, below = self._argument().rows[0], self._argument().rows[0]
        return [_Atom(Box((f"C({above}, {below})",)), "ordinary")]

    def _negated(self, _: str) -> list[_Atom]:
        text = self._argument(tight=True).rows[0]
        return [_Atom(Box((unicodedata.normalize("NFC", text[:1] + "\u0338") + text[1:],)), "relation")]

    def _unknown(self, name: str) -> list[_Atom]:
        if self._peek(skip=False) == "{":
            return [_Atom(Box((f"\\{name}{{{self._argument().rows[0]}}}",)), "ordinary")]
        return [_Atom(Box((f"\\{name}",)), "function")]

    # environments

    def _environment(self, _: str) -> list[_Atom]:
        name = self._raw().rstrip("*")
        if name in ("array", "alignedat"):
            self._raw()
        # Rows inside a formula's row are written one after the other.
        outer, self._spread = self._spread, False
        rows = self._cells()
        self._spread = outer
        self._raw()
        if not rows:
            return []
        return [_Atom(self._set(name, rows), "ordinary")]

    def _cells(self) -> list[list[str]]:
        rows: list[list[str]] = [[]]
        while self.rest():
            box = beside_atoms(self.atoms(_ENDS))
            rows[-1].append(box.rows[0].strip())
            mark = self.take()
            if mark == "\\end":
                break
            if mark in ("\\\\", "\\cr"):
                rows.append([])
        return [row for row in rows if any(row)]

    def _set(self, name: str, rows: list[list[str]]) -> Box:
        if name == "cases":
            return bracketed(grid(rows, "   ", False), "{", "") if self._spread else _one_row(rows, "{", "}", ", ")
        if name in _MATRICES or name in ("array", "matrix", "smallmatrix"):
            left, right = _MATRICES.get(name, ("", ""))
            if self._spread:
                return bracketed(grid(rows, "  ", False), left, right)
            return _one_row(rows, left or "[", right or "]", " ")
        return _aligned(rows) if self._spread else Box(("; ".join(_row(row) for row in rows),))


def _row(cells: list[str]) -> str:
    return " ".join(cell for cell in cells if cell)


def _one_row(rows: list[list[str]], left: str, right: str, gap: str) -> Box:
    return Box((left + "; ".join(gap.join(cell for cell in row if cell) for row in rows) + right,))


def _aligned(rows: list[list[str]]) -> Box:
    spaced = [[f"{cell} " if column % 2 == 0 and cell else cell for column, cell in enumerate(row)] for row in rows]
    box = grid(spaced, "", True)
    return Box(tuple(row.rstrip() for row in box.rows), box.base)


def _attach(found: list[_Atom], script: str) -> None:
    """Put a script on what stands before it."""
    if not found or found[-1].kind == "space":
        found.append(_Atom(Box((script,)), "ordinary"))
        return
    last = found[-1]
    rows = [*last.box.rows]
    rows[last.box.base] += script
    kind = "ordinary" if last.kind == "binary" else last.kind
    found[-1] = _Atom(Box(tuple(rows), last.box.base), kind)


def _sign(text: str) -> _Atom:
    if text in symbols.RELATIONS or text == ":=":
        kind = "relation"
    elif text in symbols.BINARY:
        kind = "binary"
    elif text in symbols.LARGE:
        kind = "function"
    elif text and text in _LEFT:
        kind = "open"
    elif text and text in _RIGHT:
        kind = "close"
    else:
        kind = "comma" if text in (",", ";", ":") else "space" if text == " " else "ordinary"
    return _Atom(Box((text,)), kind)


def _words(text: str) -> str:
    """Text inside a formula: its spaces stay."""
    return text.replace("~", " ").replace("\\ ", " ").replace("\\_", "_").replace("\\%", "%").replace("\\&", "&")


def _kind_of_text(name: str) -> str:
    return "function" if name == "operatorname" else "ordinary"


def _part(text: str) -> str:
    """Above or below a stroke: in brackets unless it is one thing."""
    return text if _SIMPLE.fullmatch(text) else f"({text})"
