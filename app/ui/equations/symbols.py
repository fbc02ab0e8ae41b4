"""What TeX commands and letters become: tables, and pylatexenc's for the many symbols."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from typing import Any

_SUB = dict(zip("0123456789+−=()aehijklmnoprstuvxβγρφχ,.", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ,.", strict=True))
_SUP = dict(
    zip(
        "0123456789+−=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθφ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿᵠ",
        strict=True,
    )
)
_RAISED = {"⊤": "ᵀ", "∗": "*", "*": "*", "′": "′", "∘": "°", "†": "†", "‡": "‡"}

_FUNCTIONS = """
arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln log max min Pr
sec sin sinh sup tan tanh softmax argmax argmin sigmoid
"""
_IGNORED = """
left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr bigm Bigm displaystyle textstyle
scriptstyle scriptscriptstyle limits nolimits nonumber notag mathstrut centering hfill hfil null relax allowbreak
nobreak bf rm it sf tt cal boldmath normalfont hline
"""
_HIDDEN = "label tag vspace hspace color phantom vphantom hphantom hskip vskip cline"
_PLAIN = """
mathbf boldsymbol mathit mathsf mathtt mathnormal bm pmb mathop mathrel mathbin mathord mathopen mathclose ensuremath
boxed textcolor underbrace overbrace smash cancel
"""
_TEXTS = "text textrm textit textbf texttt textsf textsc textnormal mbox hbox emph mathrm operatorname"

FUNCTIONS = frozenset(_FUNCTIONS.split())
"""Commands that write their own name."""
IGNORED = frozenset(_IGNORED.split())
"""Commands that only say how large or where."""
HIDDEN = frozenset(_HIDDEN.split())
"""Commands whose argument is not printed as such."""
PLAIN = frozenset(_PLAIN.split())
"""Commands that print their argument as it is."""
TEXTS = frozenset(_TEXTS.split())
"""Commands whose argument is text: its spaces count."""
LARGE = frozenset("∑∏∐∫∬∮⋃⋂⋁⋀⨁⨂")
RELATIONS = frozenset("=<>≤≥≈∼≃≅≡≠∝∈∉∋⊂⊆⊃⊇→←↔⇒⇐⇔↦⟶⟵⟹⟺≪≫∣≺≻⪯⪰⊢⊨≜≝≐⊥∥")
BINARY = frozenset("+−±∓×·⋅∘⊗⊕⊙⊖⊘∪∩∧∨∖÷∗*⋆")

SPACES = {",": " ", ";": " ", ":": " ", "!": "", " ": " ", ">": " ", "quad": "  ", "qquad": "    ", "enspace": " "}
ACCENTS = {
    **dict.fromkeys(("hat", "widehat"), "\u0302"),
    **dict.fromkeys(("tilde", "widetilde"), "\u0303"),
    **dict.fromkeys(("bar", "overline"), "\u0304"),
    **dict.fromkeys(("vec", "overrightarrow"), "\u20d7"),
    **{"dot": "\u0307", "ddot": "\u0308", "check": "\u030c", "breve": "\u0306", "acute": "\u0301", "grave": "\u0300"},
    "underline": "\u0332",
}
_ALPHABETS = {
    "mathbb": "DOUBLE-STRUCK",
    "mathcal": "SCRIPT",
    "mathscr": "SCRIPT",
    "mathfrak": "FRAKTUR",
}
_OURS = {
    "lVert": "‖",
    "rVert": "‖",
    "Vert": "‖",
    "|": "‖",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "mid": "∣",
    "cdot": "·",
    "ast": "∗",
    "top": "⊤",
    "colon": ":",
    "coloneqq": ":=",
    "sim": "∼",
    "to": "→",
    "gets": "←",
    "land": "∧",
    "lor": "∨",
    "iff": "⟺",
    "implies": "⟹",
    "dots": "…",
    "ldots": "…",
    "cdots": "⋯",
    "prime": "′",
    "circ": "∘",
    "epsilon": "ε",
    "varepsilon": "ε",
    "phi": "φ",
    "varphi": "φ",
    "lbrace": "{",
    "rbrace": "}",
    "lbrack": "[",
    "rbrack": "]",
    "langle": "⟨",
    "rangle": "⟩",
    "triangleq": "≜",
    "intercal": "⊤",
    "ell": "ℓ",
    "%": "%",
    "#": "#",
    "$": "$",
    "&": "&",
    "_": "_",
    "{": "{",
    "}": "}",
    "-": "",
    "/": "",
}
"""Where pylatexenc has another sign, a combining one or none."""


def lowered(text: str) -> str:
    """As a subscript: in small figures where all of it has them, else after an underscore."""
    if text and all(letter in _SUB for letter in text):
        return "".join(_SUB[letter] for letter in text)
    return _after("_", text)


def raised(text: str) -> str:
    """As a superscript: in small figures where all of it has them, else after a circumflex."""
    if text in _RAISED:
        return _RAISED[text]
    if text and all(letter in _SUP or letter == "′" for letter in text):
        return "".join(_SUP.get(letter, letter) for letter in text)
    return _after("^", text)


def _after(mark: str, text: str) -> str:
    if not text:
        return ""
    return f"{mark}{text}" if text.isalnum() or len(text) == 1 else f"{mark}({text})"


def letters(alphabet: str, text: str) -> str:
    """Text in an alphabet of mathematics, e.g. R as ℝ; letters that it lacks stay."""
    return "".join(_letter(_ALPHABETS[alphabet], letter) for letter in text)


def is_alphabet(name: str) -> bool:
    """Whether a command names an alphabet."""
    return name in _ALPHABETS


@cache
def _letter(style: str, letter: str) -> str:
    if not (letter.isascii() and letter.isalpha()):
        return letter
    case = "CAPITAL" if letter.isupper() else "SMALL"
    # Letters that Unicode had before its mathematical alphabets have names of their own.
    older = "BLACK-LETTER" if style == "FRAKTUR" else style
    for name in (f"{older} {case} {letter.upper()}", f"MATHEMATICAL {style} {case} {letter.upper()}"):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    return letter


@lru_cache(maxsize=512)
def symbol(name: str) -> str | None:
    """The sign of a command without arguments, e.g. `alpha`; None where there is none that we know."""
    if name in _OURS:
        return _OURS[name]
    spec = _database().get_macro_spec(name)
    sign = getattr(spec, "simplify_repl", None)
    return sign if isinstance(sign, str) and sign and "%" not in sign else None


@cache
def _database() -> Any:
    from pylatexenc.latex2text import get_default_latex_context_db  # type: ignore[import-untyped]

    return get_default_latex_context_db()
