"""MathML without its TeX: the common elements written as TeX again."""

from __future__ import annotations

from bs4 import Tag

DEEPEST = 60
_ACCENTS = {"^": "hat", "ˆ": "hat", "~": "tilde", "˜": "tilde", "¯": "bar", "‾": "bar", "→": "vec", "˙": "dot"}


def tex(formula: Tag, depth: int = 0) -> str:
    """TeX of a `math` element or of one inside it; what is nested too deep or unknown gives its text."""
    parts = [tag for tag in formula.children if isinstance(tag, Tag) and not tag.name.startswith("annotation")]
    if not parts or depth > DEEPEST:
        return _leaf(formula)
    inner = [tex(part, depth + 1) for part in parts]
    return _written(formula.name, inner) if len(inner) >= _ARITY.get(formula.name, 1) else " ".join(inner)


_ARITY = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "mroot": 2, "msubsup": 3, "munderover": 3}


def _written(name: str, inner: list[str]) -> str:
    match name:
        case "mfrac":
            return rf"\frac{{{inner[0]}}}{{{inner[1]}}}"
        case "msub" | "munder":
            return f"{{{inner[0]}}}_{{{inner[1]}}}"
        case "mover" if inner[1].strip() in _ACCENTS:
            return rf"\{_ACCENTS[inner[1].strip()]}{{{inner[0]}}}"
        case "msup" | "mover":
            return f"{{{inner[0]}}}^{{{inner[1]}}}"
        case "msubsup" | "munderover":
            return f"{{{inner[0]}}}_{{{inner[1]}}}^{{{inner[2]}}}"
        case "msqrt":
            return rf"\sqrt{{{' '.join(inner)}}}"
        case "mroot":
            return rf"\sqrt[{inner[1]}]{{{inner[0]}}}"
        case "mtable":
            return r"\begin{matrix}" + r" \\ ".join(inner) + r"\end{matrix}"
        case "mtr" | "mlabeledtr":
            return " & ".join(inner)
    return " ".join(inner)


def _leaf(tag: Tag) -> str:
    text = " ".join(tag.get_text(" ").split())
    if tag.name == "mtext" and text:
        return rf"\text{{{text}}}"
    if tag.name == "mi" and len(text) > 1:
        return rf"\operatorname{{{text}}}"
    # Braces that are printed are not those that group.
    return text.replace("{", r"\{").replace("}", r"\}") if tag.name == "mo" else text
