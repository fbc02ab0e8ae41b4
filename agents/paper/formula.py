"""Formulas in a text, as TeX marks them: no words, no markup."""

from __future__ import annotations

import re

# As in Pandoc, money is no formula: what opens one stands before no space, and what closes one before no digit.
FORMULA = re.compile(
    r"(\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)|"
    r"\\begin\{(?:equation|align|gather|multline|eqnarray|displaymath|flalign|alignat)\*?\}.+?"
    r"\\end\{(?:equation|align|gather|multline|eqnarray|displaymath|flalign|alignat)\*?\}|"
    r"(?<![\\$])\$(?=[^\s$])[^$]*?(?<![\s\\])\$(?![\d$]))"
)
"""One formula, in a group of its own, so that splitting keeps it."""
