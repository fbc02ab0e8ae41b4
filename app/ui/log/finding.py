"""What a user looks for in a log: the text, the match at hand, how many there are, and how far the search is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from app.ui.log.search import Count, Match, News, Search
from app.ui.messages import Said


class Finding:
    """One text, looked for again and again by n and N.

    Args:
        path: the log.
        query: the text; not empty.
        tell: is called in a thread with news of a search, which are for `take`.
    """

    def __init__(self, path: Path, query: str, tell: Callable[[Search, News], None]) -> None:
        self.path, self.query = path, query
        self._tell = tell
        self._search: Search | None = None
        self._doing = ""
        self._share: float | None = None
        """How far it is; None for the moment in which most searches end, so that nothing flickers."""
        self._match: int | None = None
        self._count: Count | None = None

    def find(self, origin: int, *, forward: bool) -> None:
        """Look for the first match from a byte on, or for the last one before it."""
        self.stop()
        self._doing, self._share = "searching", None
        self._search = Search(
            self.path, self.query, origin, forward=forward, count=self._count is None, tell=self._tell
        )

    def stop(self) -> bool:
        """End the search under way; False where there is none."""
        was, self._doing = bool(self._doing), ""
        if self._search is not None:
            self._search.cancel()
            self._search = None
        return was

    def takes(self, search: Search) -> bool:
        """Whether news of a search still count."""
        return search is self._search

    def take(self, news: News) -> int | None:
        """Note news; the byte to show where they have one."""
        if isinstance(news, Match):
            self._match, self._share = news.offset, None
            self._doing = "counting" if self._count is None and news.offset is not None else ""
            return news.offset
        if isinstance(news, Count):
            self._count, self._doing = news, ""
        elif self._doing:
            self._share = news.share
        return None

    @property
    def text(self) -> str:
        """How far it is, or which match of how many is at hand."""
        if self._doing and self._share is not None:
            return f"{self._doing} … {self._share * 100:.0f} %"
        if self._count is None or self._match is None:
            return ""
        number, more = len(self._count.offsets), "" if self._count.complete else "+"
        return f"{self._count.place_of(self._match):,} of {number:,}{more}"

    def sentence(self, news: News) -> Said | None:
        """What the user should read about news."""
        if isinstance(news, Match):
            if news.offset is None:
                return Said(f"“{self.query}” is not in the log.", "warn")
            return Said("No more in that direction: went on from the other end.") if news.round_the_end else None
        if isinstance(news, Count):
            number = len(news.offsets)
            if not news.complete:
                return Said(f"More than {number:,} matches for “{self.query}”; the first {number:,} are counted.")
            return Said(f"{number:,} match{'es' if number != 1 else ''} for “{self.query}”.")
        return None
