"""PDF: positioned lines, the outline and the title in the metadata. All of pypdf is here."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Sequence
from typing import Any

from pypdf import PdfReader
from pypdf.errors import DependencyError, FileNotDecryptedError, LimitReachedError, PyPdfError

from agents.paper.clean import sanitise
from agents.paper.draft import Draft, Unreadable
from agents.paper.layout import blocks_of, title_of
from agents.paper.line import Fragment, Line, lines_of

_MOST_PAGES = 2000
_FEWEST_CHARACTERS = 200
_TINY = 3.0
_WHITE = 0.98
_BOLD = re.compile(r"bold|medi|heavy|black|demi|(?<![a-z])cmbx|-bd?\b", re.I)
_INVISIBLE_MODES = (3, 7)
_AGAIN = "Download it again, or try the paper's arXiv HTML page."


def draft_of_pdf(content: bytes) -> Draft:
    """Title, headings and paragraphs of a PDF.

    Raises:
        Unreadable: encrypted, damaged, without pages, a scan without text, or larger inside than a paper can be.
    """
    try:
        reader = _open(content)
        count = len(reader.pages)
        pages = [_Page(index) for index in range(min(count, _MOST_PAGES))]
        for page in pages:
            page.read(reader)
        titles = _outline(reader)
        metadata = reader.metadata
        named = metadata.title if metadata else None
    except LimitReachedError:
        raise Unreadable(f"unpacks to more than a paper can hold and was stopped. {_AGAIN}") from None
    except DependencyError:
        raise Unreadable(
            "is encrypted in a way that cannot be opened here. Write an open copy: qpdf --decrypt FILE OUT.pdf"
        ) from None
    except (PyPdfError, RecursionError) as error:
        raise Unreadable(f"is damaged or cut off ({type(error).__name__}). {_AGAIN}") from None
    lines = [line for page in pages for line in page.lines]
    if sum(len(line.text) for line in lines) < _FEWEST_CHARACTERS:
        raise Unreadable("holds no text: it is probably a scan. Run OCR on it (ocrmypdf FILE OUT.pdf) and give that.")
    draft = Draft(title=title_of(lines, _plain(named or "")), blocks=blocks_of(lines, titles))
    draft.notes += _notes(pages, count)
    return draft


def _open(content: bytes) -> PdfReader:
    reader = PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable(
            "needs a password. Save a copy without one and give that: qpdf --decrypt --password=… FILE OUT.pdf"
        )
    return reader


class _Page:
    """Collects the text of one page with its place, size, weight and colour."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.lines: list[Line] = []
        self.hidden = 0
        self.turned = 0
        self.unseen = 0
        self.failed = ""
        self._fragments: list[Fragment] = []
        self._white = False
        self._mode = 0
        self._unseen_run: bool | None = None

    def read(self, reader: PdfReader) -> None:
        """Fill in the lines; one page that cannot be read does not cost the others."""
        try:
            reader.pages[self.index].extract_text(visitor_text=self._text, visitor_operand_before=self._operator)
        except (LimitReachedError, FileNotDecryptedError, DependencyError):
            raise
        except (PyPdfError, KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
            self.failed = type(error).__name__
        self.lines = lines_of(self._fragments, self.index)

    def _operator(self, operator: Any, operands: Any, _matrix: Any, _text_matrix: Any) -> None:
        if operator in (b"Tj", b"TJ", b"'", b'"'):
            if self._unseen_run is None:
                self._unseen_run = self._white or self._mode in _INVISIBLE_MODES
        elif operator in (b"g", b"rg", b"sc", b"scn"):
            values = [float(value) for value in operands if isinstance(value, int | float)]
            self._white = len(values) in (1, 3) and min(values) >= _WHITE
        elif operator == b"k":
            self._white = all(isinstance(value, int | float) and value <= 1 - _WHITE for value in operands)
        elif operator == b"Tr" and operands and isinstance(operands[0], int | float):
            self._mode = int(operands[0])

    def _text(self, text: str, matrix: Any, text_matrix: Any, font: Any, size: Any) -> None:
        unseen, self._unseen_run = bool(self._unseen_run), None
        cleaned = sanitise(text)
        self.hidden += cleaned.hidden
        a, b, c, d, x, y = _product(text_matrix, matrix)
        shown = len(cleaned.text.strip())
        points = abs(float(size or 0)) * math.sqrt(abs(a * d - b * c))
        if shown and (abs(b) > 0.01 * abs(a) + 1e-9 or a < 0 or abs(c) > 0.5 * abs(d)):
            self.turned += shown
            return
        if shown and points < _TINY:
            unseen = True
        if unseen:
            self.unseen += shown
        name = str(font.get("/BaseFont", "")) if font else ""
        self._fragments.append(Fragment(cleaned.text, x, y, points, bool(_BOLD.search(name))))


def _product(first: Sequence[float], second: Sequence[float]) -> tuple[float, float, float, float, float, float]:
    """Matrix product of two PDF transforms (ISO 32000-2, 8.3.4): `first` is applied first."""
    a, b, c, d, e, f = (float(value) for value in first)
    p, q, r, s, t, u = (float(value) for value in second)
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _outline(reader: PdfReader) -> dict[str, int]:
    """Level of every title in the outline, by title. A broken outline only costs its hints."""
    levels: dict[str, int] = {}
    try:
        _collect(reader.outline, 1, levels)
    except (PyPdfError, KeyError, TypeError, ValueError, AttributeError):
        return {}
    return levels


def _collect(items: Any, level: int, levels: dict[str, int]) -> None:
    for item in items:
        if isinstance(item, list):
            _collect(item, level + 1, levels)
        else:
            levels.setdefault(_plain(str(item.title)), level)


def _plain(text: str) -> str:
    return " ".join(sanitise(text).text.split())


def _notes(pages: list[_Page], count: int) -> list[str]:
    notes = ["Tables and labels of figures are left out where recognised; formulas are only as good as the PDF's text."]
    if count > len(pages):
        notes.append(f"Only the first {len(pages)} of {count} pages were read.")
    if empty := [str(page.index + 1) for page in pages if not page.lines and not page.failed]:
        notes.append(f"Pages without text: {', '.join(empty[:20])}.")
    if failed := [f"{page.index + 1} ({page.failed})" for page in pages if page.failed]:
        notes.append(f"Pages that could not be read whole: {', '.join(failed[:20])}.")
    if hidden := sum(page.hidden for page in pages):
        notes.append(f"{hidden} hidden character{'s' if hidden != 1 else ''} removed.")
    if unseen := sum(page.unseen for page in pages):
        notes.append(f"{unseen} characters are printed in white, invisibly or under {_TINY:.0f} pt; they were kept.")
    if turned := sum(page.turned for page in pages):
        notes.append(f"{turned} characters of turned text (watermarks, axis labels) left out.")
    return notes
