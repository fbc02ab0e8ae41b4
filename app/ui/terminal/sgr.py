"""Looks of cells by number, and the shortest control sequence from one to the next."""

from __future__ import annotations

from typing import NamedTuple

from rich.color import Color, ColorSystem
from rich.style import Style

ATTRIBUTES = (
    ("bold", "1"),
    ("dim", "2"),
    ("italic", "3"),
    ("underline", "4"),
    ("blink", "5"),
    ("reverse", "7"),
    ("strike", "9"),
    ("overline", "53"),
)


class Look(NamedTuple):
    """The codes of one look."""

    attributes: tuple[str, ...] = ()
    color: tuple[str, ...] = ()
    background: tuple[str, ...] = ()


class Looks:
    """Numbers for styles, so that cells are compared quickly; 0 is a terminal's own look."""

    def __init__(self) -> None:
        self._styles: list[Style] = [Style.null()]
        self._numbers: dict[Style, int] = {self._styles[0]: 0}
        self._codes: dict[tuple[int, ColorSystem], Look] = {}
        self._changes: dict[tuple[int, int, ColorSystem], str] = {}

    def number(self, style: Style | None) -> int:
        """The number of a style."""
        if style is None:
            return 0
        found = self._numbers.get(style)
        if found is None:
            found = self._numbers[style] = len(self._styles)
            self._styles.append(style)
        return found

    def change(self, before: int, after: int, colors: ColorSystem) -> str:
        """What to write between text of one look and text of another."""
        if before == after:
            return ""
        key = (before, after, colors)
        if key not in self._changes:
            self._changes[key] = _change(self._look(before, colors), self._look(after, colors))
        return self._changes[key]

    def _look(self, number: int, colors: ColorSystem) -> Look:
        key = (number, colors)
        if key not in self._codes:
            style = self._styles[number]
            attributes = tuple(code for name, code in ATTRIBUTES if getattr(style, name))
            self._codes[key] = Look(
                attributes,
                _color(style.color, colors, foreground=True),
                _color(style.bgcolor, colors, foreground=False),
            )
        return self._codes[key]


def _color(color: Color | None, colors: ColorSystem, *, foreground: bool) -> tuple[str, ...]:
    return () if color is None else color.downgrade(colors).get_ansi_codes(foreground)


def _change(before: Look, after: Look) -> str:
    if before.attributes == after.attributes:
        codes = [] if before.color == after.color else list(after.color or ("39",))
        codes += [] if before.background == after.background else after.background or ("49",)
        return f"\x1b[{';'.join(codes)}m" if codes else ""
    return f"\x1b[{';'.join(('0', *after.attributes, *after.color, *after.background))}m"
