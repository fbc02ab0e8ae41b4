"""Small papers made on the spot, and where the real ones are."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

Placed = tuple[float, float, float, str]
"""x, y, size in points, text."""


def _escaped(text: str) -> bytes:
    return text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")


def _stream(page: list[Placed]) -> bytes:
    parts = [b"BT /F1 %g Tf 1 0 0 1 %g %g Tm (%s) Tj ET" % (size, x, y, _escaped(text)) for x, y, size, text in page]
    return b"\n".join(parts)


def make_pdf(streams: list[bytes]) -> bytes:
    """A PDF with one page for each content stream; the font is Helvetica."""
    kids = b" ".join(b"%d 0 R" % (4 + 2 * index) for index in range(len(streams)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(streams)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for index, stream in enumerate(streams):
        packed = zlib.compress(stream, 9)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * index)
        )
        objects.append(b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed))
    content = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(content))
        content += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    end = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(content))
    return content + head + table + end


def paper_page(extra: list[Placed] | None = None) -> bytes:
    """One page as a conference prints it: title, abstract, two sections, a page number."""
    lines: list[Placed] = [
        (150, 730, 18, "Small Gates for Small Nets"),
        (250, 700, 10, "A. Person"),
        (280, 670, 12, "Abstract"),
        (120, 650, 10, "We study gates in small networks, which are expen-"),
        (120, 638, 10, "sive to train. Our gate lowers the error of self-made"),
        (120, 626, 10, "networks on two regression tasks by a clear margin."),
        (108, 590, 12, "1 Introduction"),
        (108, 570, 10, "Networks with gates are common. However, it remains unclear how small"),
        (108, 558, 10, "they may be before training fails to converge on simple problems."),
        (108, 534, 10, "A second paragraph stands below a gap and says what comes next in"),
        (108, 522, 10, "a paper of this kind, namely the method."),
        (108, 490, 12, "2 Method"),
        (108, 470, 10, "The gate multiplies its input by a learned number between zero and one."),
        (108, 430, 12, "References"),
        (108, 410, 10, "[1] A. Person. Gates. Journal of Gates, 2019. A long entry that needs"),
        (120, 398, 10, "two lines."),
        (108, 380, 10, "[2] B. Other. Nets. Journal of Nets, 2020."),
        (108, 362, 10, "[3] C. Third. Loss. Journal of Losses, 2021."),
        (300, 40, 10, "7"),
    ]
    return _stream(lines + (extra or []))


@pytest.fixture
def pdf() -> Callable[[list[bytes]], bytes]:
    return make_pdf


@pytest.fixture
def page() -> Callable[..., bytes]:
    return paper_page


@pytest.fixture(scope="session")
def papers() -> Path:
    """The folder of real papers, which are not part of the repository."""
    data = Path(os.environ.get("MLRC_TEST_DATA", Path(__file__).parents[4] / "shared" / "data"))
    if not (data / "papers").is_dir():
        pytest.skip(f"no real papers in {data} (set MLRC_TEST_DATA)")
    return data / "papers"
