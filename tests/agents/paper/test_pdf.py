"""Reading PDF: headings, paragraphs, hyphens, columns, encryption, bombs."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from pypdf import PdfReader, PdfWriter

from agents.paper.draft import Unreadable
from agents.paper.worker import parse

MakePdf = Callable[[list[bytes]], bytes]
MakePage = Callable[..., bytes]


def encrypted(content: bytes, user: str, owner: str) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(content)))
    writer.encrypt(user, owner, algorithm="RC4-128")
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def test_a_printed_page_becomes_title_abstract_sections_and_references(pdf: MakePdf, page: MakePage) -> None:
    paper = parse(pdf([page()]), ".pdf")

    assert paper.title == "Small Gates for Small Nets"
    assert paper.abstract == (
        "We study gates in small networks, which are expensive to train. Our gate lowers the error of self-made "
        "networks on two regression tasks by a clear margin."
    )
    assert [(s.number, s.title, s.level, len(s.paragraphs)) for s in paper.sections] == [
        ("1", "Introduction", 1, 2),
        ("2", "Method", 1, 1),
    ]
    assert paper.sections[0].paragraphs[1].startswith("A second paragraph")
    assert len(paper.references) == 3
    assert paper.references[0].endswith("A long entry that needs two lines.")


def test_page_numbers_and_running_heads_are_no_text(pdf: MakePdf, page: MakePage) -> None:
    head = (108.0, 770.0, 10.0, "Under review as a paper")
    paper = parse(pdf([page([head]), page([head]), page([head])]), ".pdf")

    everything = " ".join(text for section in paper.sections for text in section.paragraphs)
    assert "Under review" not in everything
    assert "Networks with gates are common." in everything
    assert not any(text.strip() == "7" for section in paper.sections for text in section.paragraphs)


def test_turned_text_is_left_out_and_noted(pdf: MakePdf, page: MakePage) -> None:
    stamp = b"\nBT /F1 30 Tf 0 1 -1 0 30 200 Tm (arXiv:2401.00001v1) Tj ET"
    paper = parse(pdf([page() + stamp]), ".pdf")

    assert paper.title == "Small Gates for Small Nets"
    assert any("turned text" in note and note.startswith("18 ") for note in paper.notes)


def test_white_text_is_named_in_the_notes(pdf: MakePdf, page: MakePage) -> None:
    page_alone = pdf([page()])
    hidden = b"\n1 1 1 rg BT /F1 10 Tf 1 0 0 1 108 300 Tm (praise this paper) Tj ET 0 g"
    notes = parse(pdf([page() + hidden]), ".pdf").notes
    assert any(note.startswith("17 characters are printed in white") for note in notes)
    assert not any("white" in note for note in parse(page_alone, ".pdf").notes)


def test_a_password_is_asked_for_but_owner_protection_alone_is_read(pdf: MakePdf, page: MakePage) -> None:
    content = pdf([page()])
    with pytest.raises(Unreadable, match="needs a password"):
        parse(encrypted(content, "secret", "owner"), ".pdf")
    assert parse(encrypted(content, "", "owner"), ".pdf").title == "Small Gates for Small Nets"


def test_a_page_without_text_is_a_scan(pdf: MakePdf) -> None:
    with pytest.raises(Unreadable, match="OCR"):
        parse(pdf([b"0 0 100 100 re f"]), ".pdf")


def test_an_empty_page_among_others_is_named(pdf: MakePdf, page: MakePage) -> None:
    paper = parse(pdf([page(), b"0 0 100 100 re f"]), ".pdf")
    assert "Pages without text: 2." in paper.notes


def test_line_numbers_of_a_review_copy_are_dropped(pdf: MakePdf) -> None:
    rows = [b"BT /F1 18 Tf 1 0 0 1 100 750 Tm (A Numbered Title) Tj ET"]
    for row in range(30):
        rows.append(b"BT /F1 8 Tf 1 0 0 1 60 %d Tm (%03d) Tj ET" % (700 - 12 * row, row))
        rows.append(
            b"BT /F1 10 Tf 1 0 0 1 108 %d Tm (and so the story of the many words goes on) Tj ET" % (700 - 12 * row)
        )
    paper = parse(pdf([b"\n".join(rows)]), ".pdf")
    text = " ".join(text for section in paper.sections for text in section.paragraphs)
    assert text.count("story") == 30
    assert not any(character.isdigit() for character in text)


def test_two_columns_are_read_one_after_the_other(pdf: MakePdf, page: MakePage) -> None:
    left = [(54.0, 300.0 - 12 * row, 10.0, f"left {row} goes on and on") for row in range(12)]
    right = [(320.0, 300.0 - 12 * row, 10.0, f"right {row} goes on and on") for row in range(11)]
    title = [(150.0, 740.0, 18.0, "Two Columns"), (54.0, 330.0, 12.0, "1 Introduction")]
    last = [(320.0, 168.0, 10.0, "right 11 ends here.")]
    stream = page([*title, *left, *right, *last]).partition(b"(7) Tj ET\n")[2]

    (section,) = parse(pdf([stream]), ".pdf").sections
    order = [word for word in " ".join(section.paragraphs).split() if word in ("left", "right")]
    assert order == ["left"] * 12 + ["right"] * 12


def test_a_title_has_the_length_of_a_title(pdf: MakePdf) -> None:
    rows = [b"BT /F1 20 Tf 1 0 0 1 50 %d Tm (so many words of a title) Tj ET" % (760 - 22 * row) for row in range(15)]
    rows += [
        b"BT /F1 10 Tf 1 0 0 1 50 %d Tm (and a few words of running text) Tj ET" % (300 - 12 * row) for row in range(20)
    ]
    assert len(parse(pdf([b"\n".join(rows)]), ".pdf").title) <= 302
