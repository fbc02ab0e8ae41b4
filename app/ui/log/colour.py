"""Colours that a program printed, as the nearest of our looks; so they fit every theme and every terminal.

Foreground, bold and dim count; grounds, blinking and the like do not. Every row begins without colour, because rows are
read from anywhere in a file.
"""

from __future__ import annotations

from colorsys import rgb_to_hsv

from app.sanitise import painted
from app.ui.text import TAB, Part

_NAMES = ("faint", "red", "green", "yellow", "blue", "magenta", "cyan", "")
"""Of the eight colours of a terminal: black and white are the faint and the plain text."""
_HUES = ((30, "red"), (75, "yellow"), (160, "green"), (200, "cyan"), (260, "blue"), (330, "magenta"), (361, "red"))
_CUBE = (0, 95, 135, 175, 215, 255)
_GREY = 0.25
"""Less saturated colours are greys."""


class Pen:
    """What colour sequences have set so far."""

    def __init__(self) -> None:
        self._colour, self._bold, self._dim = "", False, False

    @property
    def look(self) -> str:
        """The name in `app.ui.theme.LOOKS`; empty for plain text."""
        if self._colour in ("", "dim", "faint"):
            return self._colour or ("bold" if self._bold else "dim" if self._dim else "")
        return f"ansi-{self._colour}{'-bold' if self._bold else ''}"

    def take(self, numbers: str) -> None:
        """The parameters of one sequence, such as `1;31`."""
        wanted = numbers.split(";")
        while wanted:
            group = [int(number[:6] or 0) for number in wanted.pop(0).split(":")]
            if group[0] in (38, 48):
                # Either one group with colons, or the rest of the colour is in the groups that follow.
                colour = _of_group(group[1:]) if len(group) > 1 else _taken(wanted)
                self._colour = colour if group[0] == 38 else self._colour
            elif len(group) == 1:
                self._simple(group[0])

    def _simple(self, number: int) -> None:
        if number == 0:
            self._colour, self._bold, self._dim = "", False, False
        elif number in (1, 2):
            self._bold, self._dim = number == 1 or self._bold, number == 2 or self._dim
        elif number == 22:
            self._bold = self._dim = False
        elif number == 39:
            self._colour = ""
        elif 30 <= number <= 37:
            self._colour = _NAMES[number - 30]
        elif 90 <= number <= 97:
            self._colour = _bright(number - 90)


def _bright(number: int) -> str:
    return _NAMES[number] if number else "dim"


def _taken(wanted: list[str]) -> str:
    """The colour of `38;5;N` or `38;2;R;G;B`, whose groups are taken from the list."""
    count = {"5": 2, "2": 4}.get(wanted[0] if wanted else "", 1)
    group = [int(number.split(":")[0][:6] or 0) for number in wanted[:count]]
    del wanted[:count]
    return _of_group(group)


def _of_group(group: list[int]) -> str:
    """The colour of `5, N` or `2, R, G, B`; the latter may have a colour space before the three."""
    if group[0:1] == [5] and len(group) > 1:
        return _indexed(group[1])
    if group[0:1] == [2] and len(group) > 3:
        red, green, blue = group[-3:]
        return _nearest(red, green, blue)
    return ""


def _indexed(number: int) -> str:
    if number < 16:
        return _NAMES[number] if number < 8 else _bright(number - 8)
    if number < 232:
        number -= 16
        return _nearest(_CUBE[number // 36], _CUBE[number // 6 % 6], _CUBE[number % 6])
    level = 8 + 10 * (min(number, 255) - 232)
    return _nearest(level, level, level)


def _nearest(red: int, green: int, blue: int) -> str:
    hue, saturation, value = rgb_to_hsv(*(min(255, part) / 255 for part in (red, green, blue)))
    if saturation < _GREY or value < _GREY:
        return "faint" if value < 0.4 else "dim" if value < 0.75 else ""
    return next(name for edge, name in _HUES if hue * 360 < edge)


def parts_of(text: str) -> list[Part]:
    """One row of a log in pieces of clean text with looks; tabs are spaces."""
    pen, parts, cells = Pen(), list[Part](), 0
    for numbers, piece in painted(text):
        if numbers:
            pen.take(numbers)
        if "\t" in piece:
            ahead = " " * (cells % TAB)
            piece = (ahead + piece).expandtabs(TAB)[len(ahead) :]
        if piece:
            parts.append((piece, pen.look))
            cells += len(piece)
    return parts
