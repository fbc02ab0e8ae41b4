"""Reading papers as files: kinds found from content, damage named, limits held."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.paper import PaperError, ParseLimits, paper_from_json, paper_json, read
from agents.paper.brief import brief

MakePdf = Callable[[list[bytes]], bytes]
MakePage = Callable[..., bytes]


def saved(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def test_a_pdf_is_read_with_its_name_and_hash(tmp_path: Path, pdf: MakePdf, page: MakePage) -> None:
    content = pdf([page()])
    paper = read(saved(tmp_path, "-gates.pdf", content))

    assert paper.title == "Small Gates for Small Nets"
    assert paper.source == "-gates.pdf"
    assert paper.sha256 == hashlib.sha256(content).hexdigest()
    assert (paper.tasks, paper.gaps, paper.keywords) == ((), (), ())


def test_a_paper_survives_the_way_through_json(tmp_path: Path, pdf: MakePdf, page: MakePage) -> None:
    paper = brief(read(saved(tmp_path, "a.pdf", pdf([page()]))))
    assert paper.gaps
    assert paper_from_json(paper_json(paper)) == paper


@pytest.mark.parametrize(
    ("broken", "named"),
    [([], "paper"), ({"title": 3}, "title"), ({"title": "", "abstract": "", "sections": [{}]}, "number")],
)
def test_what_is_no_record_of_a_paper_is_refused_by_key(broken: object, named: str) -> None:
    with pytest.raises(ValueError, match=f"`{named}`"):
        paper_from_json(broken)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\n" + bytes(99), "is an image"),
        (b"PK\x03\x04" + bytes(99), "zip or Word"),
        (b"\x7fELF" + bytes(99), "is not text"),
        (b"%PDF-1.7\nnothing follows", "damaged or cut off"),
        (b" \n\n  ", "holds no text"),
    ],
)
def test_what_cannot_be_read_gives_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(PaperError, match=f"^paper.pdf .*{sentence}"):
        read(saved(tmp_path, "paper.pdf", content))


def test_missing_files_directories_and_pipes_give_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(PaperError, match="does not exist"):
        read(tmp_path / "absent.pdf")
    with pytest.raises(PaperError, match="is a directory"):
        read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PaperError, match="not an ordinary file"):
        read(tmp_path / "pipe")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_gives_a_sentence(tmp_path: Path) -> None:
    file = saved(tmp_path, "secret.pdf", b"%PDF-1.7")
    file.chmod(0)
    with pytest.raises(PaperError, match="permissions"):
        read(file)


def test_a_pdf_cut_off_anywhere_is_named_or_read(tmp_path: Path, pdf: MakePdf, page: MakePage) -> None:
    content = pdf([page()])
    for tenth in (1, 5, 9):
        file = saved(tmp_path, "cut.pdf", content[: len(content) * tenth // 10])
        try:
            assert read(file).title
        except PaperError as error:
            assert str(error).startswith("cut.pdf ")


def test_a_paper_without_a_title_is_called_by_its_file(tmp_path: Path) -> None:
    paper = read(saved(tmp_path, "gates.md", b"## 1 Introduction\n\nSome words of text."))
    assert paper.title == "gates"
    assert "No title was found; the file's name stands for it." in paper.notes


def test_html_named_pdf_is_read_as_what_it_is(tmp_path: Path) -> None:
    html = b"<!DOCTYPE html><html><body><h1>A Page</h1><h2>1 Introduction</h2><p>Some words here.</p></body></html>"
    paper = read(saved(tmp_path, "page.pdf", html))
    assert paper.title == "A Page"
    assert paper.notes[0] == "The file is named .pdf but holds HTML; it was read as HTML."


def test_a_file_over_the_size_limit_is_not_opened(tmp_path: Path) -> None:
    file = saved(tmp_path, "large.txt", b"Title\n\nWords and words.\n" * 100)
    assert read(file).title
    with pytest.raises(PaperError, match="at most 0 MB"):
        read(file, limits=ParseLimits(file_bytes=1000))


def test_a_deflate_bomb_is_stopped(tmp_path: Path, pdf: MakePdf) -> None:
    file = saved(tmp_path, "bomb.pdf", pdf([b"\0" * (200 << 20)]))
    assert file.stat().st_size < 1 << 20
    with pytest.raises(PaperError, match=r"^bomb.pdf (unpacks to more|needs more memory)"):
        read(file)


def test_a_page_tree_that_bites_its_tail_is_stopped(tmp_path: Path, pdf: MakePdf, page: MakePage) -> None:
    content = pdf([page()]).replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")
    with pytest.raises(PaperError, match=r"^loop.pdf "):
        read(saved(tmp_path, "loop.pdf", content), limits=ParseLimits(cpu_seconds=5))


def test_the_memory_limit_holds_and_is_what_stops_the_parser(tmp_path: Path) -> None:
    limits = ParseLimits(memory_bytes=80 << 20)
    long = saved(tmp_path, "long.txt", b"A Title\n\n" + b"words and more of them\n\n" * 400_000)
    with pytest.raises(PaperError, match="needs more memory"):
        read(long, limits=limits)
    assert read(saved(tmp_path, "short.txt", b"A Title\n\nSome words of text."), limits=limits).title


def test_the_time_limits_hold(tmp_path: Path, pdf: MakePdf, page: MakePage) -> None:
    slow = saved(tmp_path, "slow.pdf", pdf([page() + b"\nBT 1 0 0 1 9 9 Tm (x) Tj ET" * 150_000]))
    with pytest.raises(PaperError, match="took more than 1 s of computing"):
        read(slow, limits=ParseLimits(cpu_seconds=1))
    with pytest.raises(PaperError, match="took more than 0.3 s"):
        read(slow, limits=ParseLimits(wall_seconds=0.3))


def test_more_text_than_a_paper_holds_is_stopped(tmp_path: Path) -> None:
    file = saved(tmp_path, "long.txt", b"A Title\n\n" + b"".join(b"This is sentence %d.\n\n" % n for n in range(2000)))
    assert read(file).sections
    with pytest.raises(PaperError, match="more text than a paper holds"):
        read(file, limits=ParseLimits(output_bytes=10_000))


def test_the_parser_gets_no_secret_from_our_environment(tmp_path: Path) -> None:
    code = (
        "import os, sys; os.environ['SECRET_KEY'] = 'x'; os.environ['PYTHONPATH'] = sys.argv[2]\n"
        "from pathlib import Path; from agents.paper import read; print(read(Path(sys.argv[1])).title)"
    )
    (tmp_path / "json.py").write_text("raise SystemExit('imported a stranger')")
    paper = saved(tmp_path, "a.txt", b"A Title\n\nSome words of text.")
    done = subprocess.run([sys.executable, "-c", code, paper, tmp_path], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "A Title\n")


def test_importing_the_package_imports_no_parser() -> None:
    parsers = "('pypdf', 'bs4', 'pylatexenc')"
    code = f"import sys, agents.paper, agents.paper.brief; print([m for m in {parsers} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_hostile_name_is_shown_safely(tmp_path: Path) -> None:
    with pytest.raises(PaperError) as caught:
        read(tmp_path / "a\x1b[31m\u202e.pdf")
    assert not {"\x1b", "\u202e"} & set(str(caught.value).partition(" does")[0])
