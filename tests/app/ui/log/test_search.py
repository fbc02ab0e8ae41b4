"""Search in the file: directions, redraws, colours, holes, blocks; it ends when told to."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from app.ui.log import search as search_module
from app.ui.log.finding import Finding
from app.ui.log.search import Count, Match, News, Progress, Search


def news_of(log: Path, query: str, origin: int, *, forward: bool, count: bool = False) -> list[News]:
    """Everything that a search tells."""
    told: list[News] = []
    done = threading.Event()

    def tell(_: Search, news: News) -> None:
        told.append(news)
        if isinstance(news, Count) or (isinstance(news, Match) and (not count or news.offset is None)):
            done.set()

    Search(log, query, origin, forward=forward, count=count, tell=tell)
    assert done.wait(20)
    return [news for news in told if not isinstance(news, Progress)]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log that is searched in blocks of 64 bytes."""
    return tmp_path / "stdout.log"


@pytest.fixture(params=[64, 1 << 20])
def block(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Small blocks, so that matches lie across their edges, and the real ones."""
    monkeypatch.setattr(search_module, "_BLOCK", request.param)
    return int(request.param)


DATA = b"Loss 1\n" + b"." * 60 + b"\nloss 2\n" + b"." * 200 + b"\nLOSS 3\n"
PLACES = (0, 68, 276)


@pytest.mark.usefixtures("block")
@pytest.mark.parametrize(
    ("origin", "forward", "match"),
    [
        (0, True, Match(0)),
        (1, True, Match(68)),
        (277, True, Match(0, round_the_end=True)),
        (len(DATA), False, Match(276)),
        (276, False, Match(68)),
        (0, False, Match(276, round_the_end=True)),
    ],
)
def test_the_nearest_match_in_each_direction(log: Path, origin: int, forward: bool, match: Match) -> None:
    log.write_bytes(DATA)
    assert news_of(log, "loss", origin, forward=forward) == [match]


@pytest.mark.usefixtures("block")
def test_matches_are_counted_and_numbered(log: Path) -> None:
    log.write_bytes(DATA)
    match, count = news_of(log, "lOsS", len(DATA), forward=False, count=True)
    assert isinstance(count, Count) and match == Match(276)
    assert (count.offsets, count.complete) == (PLACES, True)
    assert [count.place_of(at) for at in PLACES] == [1, 2, 3]


def test_more_matches_than_are_counted_are_said_so(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search_module, "MOST", 2)
    log.write_bytes(DATA)
    _, count = news_of(log, "loss", 0, forward=True, count=True)
    assert count == Count(PLACES[:2], complete=False)
    log.write_bytes(DATA[:100])
    _, count = news_of(log, "loss", 0, forward=True, count=True)
    assert count == Count(PLACES[:2], complete=True)


def test_what_is_not_there_is_not_found(log: Path) -> None:
    log.write_bytes(DATA)
    assert news_of(log, "accuracy", 5, forward=True, count=True) == [Match(None)]
    assert news_of(log.with_name("none"), "loss", 5, forward=False) == [Match(None)]


@pytest.mark.usefixtures("block")
def test_what_was_overwritten_is_not_found(log: Path) -> None:
    log.write_bytes(b"\r10% loss 9\r20% loss 8\r30% loss 7\nloss 6\r\n\rold\rnew")
    shown = log.read_bytes().index
    for forward in (True, False):
        (_, count) = news_of(log, "loss", 0, forward=forward, count=True)
        assert isinstance(count, Count) and count.offsets == (shown(b"loss 7"), shown(b"loss 6"))
    assert news_of(log, "loss", 1000, forward=False) == [Match(shown(b"loss 6"))]
    assert news_of(log, "loss", shown(b"loss 6"), forward=False) == [Match(shown(b"loss 7"))]
    assert news_of(log, "old", 0, forward=True) == [Match(None)]


@pytest.mark.usefixtures("block")
def test_colours_do_not_hide_a_match(log: Path) -> None:
    log.write_bytes(b"\x1b[1mLo\x1b[31mss\x1b[0m 0.5\nloss 0.4\n")
    assert news_of(log, "loss 0.5", 0, forward=True)[0] in (Match(0), Match(4))
    _, count = news_of(log, "loss", 0, forward=True, count=True)
    assert isinstance(count, Count) and len(count.offsets) == 2


def test_a_dropped_middle_is_stepped_over(log: Path) -> None:
    with log.open("wb") as file:
        file.write(b"needle\n" + b"." * 8185)
        file.seek(1 << 30)
        file.write(b"needle\n")
    assert news_of(log, "needle", 1, forward=True) == [Match(1 << 30)]
    assert news_of(log, "needle", 1 << 30, forward=False) == [Match(0)]


def test_a_cancelled_search_tells_nothing(log: Path) -> None:
    log.write_bytes(b"x" * 50_000_000)
    told: list[News] = []
    search = Search(log, "needle", 0, forward=True, count=False, tell=lambda _, news: told.append(news))
    search.cancel()
    (thread,) = [t for t in threading.enumerate() if t.name == "log search"] or [threading.current_thread()]
    if thread is not threading.current_thread():
        thread.join(20)
    assert [news for news in told if isinstance(news, Match)] == []


def test_a_finding_says_where_it_is(log: Path) -> None:
    log.write_bytes(DATA)
    arrived: list[tuple[Search, News]] = []
    counted = threading.Event()

    def tell(search: Search, news: News) -> None:
        arrived.append((search, news))
        if isinstance(news, Count):
            counted.set()

    finding = Finding(log, "loss", tell)
    finding.find(len(DATA), forward=False)
    assert finding.text == ""
    finding.take(Progress(0.431))
    assert finding.text == "searching … 43 %"
    assert counted.wait(20)
    assert [finding.take(news) for search, news in arrived if finding.takes(search)] == [276, None]
    assert finding.text == "3 of 3"
    said = finding.sentence(arrived[-1][1])
    assert said is not None and said.text == "3 matches for “loss”."
    assert finding.stop() is False
    assert not finding.takes(arrived[-1][0]), "news of a search that was stopped are nothing"
