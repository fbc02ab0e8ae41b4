"""A widget of lines: a head and a foot that stay, and a body that scrolls between them. Every pane is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from app.ui.text import EMPTY, Line
from app.ui.theme import style_of as style_of_look

FOOT_SHARE = 0.5
"""A foot that would take more of the height scrolls with the body instead."""


def strip_of(line: Line, width: int, style_of: Callable[[str], Style], offset: int = 0) -> Strip:
    """A line as what Textual writes, `width` cells from `offset` on."""
    base = style_of("") + style_of(line.band) if line.band else style_of("")
    strip = Strip([Segment(p.text, _on(base, style_of(p.look)) if p.look else base) for p in line.pieces])
    return strip.crop(offset, offset + width).adjust_cell_length(width, base)


def _on(base: Style, style: Style) -> Style:
    # On a reversed band a colour would be a patch of ground.
    return base + (style.without_color if base.reverse else style)


class Lines(ScrollView, can_focus=False, inherit_bindings=False):
    """Draws lines by index, so that its cost is that of the rows in view."""

    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._head: tuple[Line, ...] = ()
        self._body: Sequence[Line] = ()
        self._foot: tuple[Line, ...] = ()
        self._styles_known: dict[str, Style] = {}
        self._room: Size | None = None
        self._letters: dict[int, str] = {}

    def give_room(self, room: Size) -> None:
        """Say how large the text will be, where that is known before the layout: so the first paint has content."""
        self._room = room

    @property
    def text_width(self) -> int:
        """Cells that a line of the body has."""
        return max(1, (self._room or self.scrollable_content_region).width)

    @property
    def text_height(self) -> int:
        """Rows in view."""
        return max(1, (self._room or self.scrollable_content_region).height)

    @property
    def body_height(self) -> int:
        """Rows in view that the body has."""
        return max(1, self.text_height - len(self._head) - len(self._foot))

    @property
    def body(self) -> Sequence[Line]:
        """The lines that scroll."""
        return self._body

    def show(
        self,
        body: Sequence[Line],
        head: Sequence[Line] = (),
        foot: Sequence[Line] = (),
        *,
        sideways: bool = False,
        widest: int = 0,
    ) -> None:
        """Draw these lines. Only rows that differ are written to the terminal.

        Args:
            body: scrolls.
            head: stays at the top.
            foot: stays at the bottom, or ends the body where it is too tall.
            sideways: lines may be wider than the pane.
            widest: cells of the widest line, where that is known and drawing all lines to measure them would be dear.
        """
        if foot and len(foot) > self.text_height * FOOT_SHARE:
            body, foot = [*body, *foot], ()
        before = self.in_view()
        self._head, self._body, self._foot = tuple(head), body, tuple(foot)
        width = max((row.width for row in body), default=0) if sideways else widest
        height = len(body) + len(self._head) + len(self._foot)
        self.virtual_size = Size(max(width, self.text_width), height)
        after = self.in_view()
        for y, (old, new) in enumerate(zip(before, after, strict=True)):
            if old != new:
                self.refresh(Region(0, y, self.size.width, 1))

    def jump(self, y: int, x: int | None = None) -> None:
        """Scroll to a row at once, also where the scroll bar is not there yet."""
        self.scroll_to(x=x, y=max(0, y), animate=False, force=True)

    def reveal(self, first: int, last: int | None = None) -> None:
        """Scroll as little as needed to have these rows of the body in view."""
        last = first if last is None else last
        top = round(self.scroll_y)
        if last >= top + self.body_height:
            top = last - self.body_height + 1
        top = min(top, first)
        self.jump(top)

    def body_row(self, y: int) -> int | None:
        """The row of the body at a row of the widget."""
        inside = len(self._head) <= y < self.text_height - len(self._foot)
        row = y - len(self._head) + self.scroll_offset.y
        return row if inside and row < len(self._body) else None

    def render_line(self, y: int) -> Strip:
        """One row of the widget."""
        pinned = y < len(self._head) or y >= self.text_height - len(self._foot)
        offset = 0 if pinned else self.scroll_offset.x
        strip = strip_of(self._line_at(y), self.size.width, self.look_style, offset)
        letter = self._letters.get(y)
        if letter is None:
            return strip
        mark = Segment(f" {letter} ", self.look_style("") + self.look_style("alert"))
        return Strip.join([Strip([mark]), strip.crop(len(mark.text), strip.cell_length)])

    def put_letters(self, letters: Mapping[int, str]) -> None:
        """Show letters at the beginning of rows of the widget, over what stands there; none takes them away."""
        if self._letters or letters:
            self._letters = dict(letters)
            self.refresh()

    def look_style(self, look: str) -> Style:
        """The style of a look in the present theme."""
        if look not in self._styles_known:
            self._styles_known[look] = (
                style_of_look(look, self.app.theme_variables, terminal=self.app.native_ansi_color)
                if look
                else self.rich_style
            )
        return self._styles_known[look]

    def notify_style_update(self) -> None:
        """The theme or a class changed."""
        self._styles_known.clear()
        super().notify_style_update()

    def _line_at(self, y: int) -> Line:
        if y < len(self._head):
            return self._head[y]
        below = y - (self.text_height - len(self._foot))
        if below >= 0:
            return self._foot[below] if below < len(self._foot) else EMPTY
        row = y - len(self._head) + self.scroll_offset.y
        return self._body[row] if 0 <= row < len(self._body) else EMPTY

    def in_view(self) -> list[Line]:
        """The rows that are drawn now, head and foot among them."""
        return [self._line_at(y) for y in range(self.text_height)]

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Three rows, at once."""
        event.stop()
        self.scroll_relative(y=3, animate=False)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Three rows, at once."""
        event.stop()
        self.scroll_relative(y=-3, animate=False)
