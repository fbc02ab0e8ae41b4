"""HTML: arXiv's LaTeXML pages, journal pages and saved articles. All of BeautifulSoup is here."""

from __future__ import annotations

import re

from bs4 import BeautifulSoup, Comment, Tag

from agents.paper.draft import Block, Draft, Heading, Text, heading
from agents.paper.mathml import tex
from agents.paper.table import pipe

_DROPPED = (
    *("script", "style", "noscript", "template", "iframe", "object", "svg", "canvas", "form", "button", "input"),
    *("select", "textarea", "nav", "header", "footer", "aside", "head", "dialog", "video", "audio"),
)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_PARAGRAPHS = ("p", "li", "dd", "dt", "blockquote", "pre", "figcaption", "td", "th")
_TABLES = ("table", "figure")
_FORMULA = re.compile(r"\$+([^$]*)\$+")
_SCRIPT = re.compile(r"math/tex")
_MOST_SPANNED = 40
_HIDDEN_STYLE = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0(?![.\d])", re.I
)


def draft_of_html(text: str) -> Draft:
    """Headings and paragraphs of a page; scripts, navigation and what a browser does not show are left out."""
    soup = BeautifulSoup(text, "html.parser")
    for script in soup.find_all("script", type=_SCRIPT):
        mark = "$$" if "display" in str(script.get("type")) else "$"
        script.replace_with(f" {mark}{script.get_text()}{mark} ")
    named = _named(soup)
    hidden = _prune(soup)
    for formula in soup.find_all("math"):
        mark = "$$" if formula.get("display") == "block" else "$"
        formula.replace_with(f" {mark}{_tex(formula)}{mark} ")
    title, abstract, references = _marked(soup)
    blocks = _blocks(soup.body or soup)
    if not title:
        title, blocks = _leading_title(blocks, named)
    notes = [f"{hidden} characters that a browser does not show left out."] if hidden else []
    return Draft(title=title, blocks=blocks, abstract=abstract, references=references, notes=notes)


def _named(soup: BeautifulSoup) -> str:
    meta = soup.find("meta", attrs={"name": re.compile("^(citation_title|dc.title)$", re.I)})
    if isinstance(meta, Tag) and isinstance(content := meta.get("content"), str):
        return " ".join(content.split())
    return _line(soup.title) if soup.title else ""


def _prune(soup: BeautifulSoup) -> int:
    """Take out what is no content; returns how many characters were hidden by style."""
    for comment in soup.find_all(string=lambda piece: isinstance(piece, Comment)):
        comment.extract()
    for tag in soup.find_all(_DROPPED):
        # LaTeXML and HTML 5 put title and authors into a header of the article.
        if tag.name == "header" and tag.find("h1") is not None:
            continue
        tag.decompose()
    hidden = 0
    for tag in soup.find_all(
        lambda tag: tag.has_attr("hidden") or bool(_HIDDEN_STYLE.search(str(tag.get("style", ""))))
    ):
        if not tag.decomposed:
            hidden += len(_line(tag))
            tag.decompose()
    return hidden


def _is_hidden(tag: Tag) -> bool:
    return tag.has_attr("hidden") or bool(_HIDDEN_STYLE.search(str(tag.get("style", ""))))


def _tex(formula: Tag) -> str:
    """TeX of a formula: LaTeXML keeps it as an annotation or as alternative text; else from its elements."""
    annotation = formula.find("annotation", attrs={"encoding": "application/x-tex"})
    if isinstance(annotation, Tag):
        return _line(annotation)
    alternative = formula.get("alttext")
    return " ".join(alternative.split()) if isinstance(alternative, str) else tex(formula)


def _marked(soup: BeautifulSoup) -> tuple[str, str, list[str]]:
    """Title, abstract and references where LaTeXML's classes mark them; they are taken out of the page."""
    title = _take(soup, "h1.ltx_title_document")
    for label in soup.select(".ltx_abstract .ltx_title, .ltx_bibliography .ltx_title"):
        label.decompose()
    abstract = _take(soup, "div.ltx_abstract")
    references = [_line(item) for item in soup.select("li.ltx_bibitem")]
    for item in soup.select("section.ltx_bibliography"):
        item.decompose()
    return title, abstract, [entry for entry in references if entry]


def _take(soup: BeautifulSoup, selector: str) -> str:
    tag = soup.select_one(selector)
    if tag is None:
        return ""
    text = _line(tag)
    tag.decompose()
    return text


def _blocks(root: Tag) -> list[Block]:
    blocks: list[Block] = []
    wanted = [*_HEADINGS, *_PARAGRAPHS, "div", "table"]
    for tag in root.find_all(wanted):
        if tag.name == "table" and tag.find_parent("table") is None:
            kept = _formula_of(tag) if "ltx_equation" in str(tag.get("class")) else _table_of(tag)
            blocks += [Text(kept)] if kept else []
            continue
        if tag.find(wanted) is not None or (tag.name != "figcaption" and tag.find_parent(_TABLES) is not None):
            continue
        text = _line(tag)
        if not text:
            continue
        if tag.name in _HEADINGS:
            blocks.append(heading(text, max(1, int(tag.name[1]) - 1)))
        else:
            blocks.append(Text(text))
    return blocks or [Text(line) for line in _paragraphs(root)]


def _formula_of(table: Tag) -> str:
    """LaTeXML sets a formula that stands alone as a table: one row for each of its lines."""
    rows = [" ".join(_FORMULA.findall(_line(row))) for row in table.find_all("tr")]
    number = table.select_one(".ltx_tag_equation")
    lines = r" \\ ".join(row for row in rows if row)
    label = rf" \qquad {_line(number)}" if number else ""
    return f"$${lines}{label}$$" if lines else ""


def _table_of(table: Tag) -> str:
    """A table of cells; empty where tables are only how the page is laid out."""
    if table.find("table") is not None:
        return ""
    return pipe([_cells(row) for row in table.find_all("tr")])


def _cells(row: Tag) -> list[str]:
    cells: list[str] = []
    for cell in row.find_all(["td", "th"]):
        span = str(cell.get("colspan", "1"))
        cells += [_line(cell), *[""] * (min(int(span), _MOST_SPANNED) - 1 if span.isdecimal() else 0)]
    return cells


def _paragraphs(root: Tag) -> list[str]:
    """A page without any block: its text, split at empty lines."""
    return [" ".join(piece.split()) for piece in re.split(r"\n\s*\n", root.get_text()) if piece.strip()]


def _leading_title(blocks: list[Block], named: str) -> tuple[str, list[Block]]:
    """The first heading is the title when it alone has the highest level; else the page's own title."""
    heads = [block for block in blocks if isinstance(block, Heading)]
    if heads and heads[0].level == 1 and not heads[0].number and not heads[0].is_abstract:
        first = blocks.index(heads[0])
        return heads[0].title, blocks[:first] + blocks[first + 1 :]
    return named, blocks


def _line(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split()).replace(" ,", ",").replace(" .", ".")
