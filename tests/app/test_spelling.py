"""Terminals without UTF-8: everything can be written, and our signs stay words."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from app.spelling import SPELT, spell

WRITE = """
import sys
from app.spelling import prepare_streams
prepare_streams()
sys.stdout.write("✔ sure · café → “x” \\U0001f600 \\udcff\\n")
"""


@pytest.mark.parametrize(
    ("encoding", "wanted"),
    [
        ("ascii", b'ok sure - cafe -> "x" ? ?\n'),
        ("latin-1", 'ok sure · café -> "x" ? ?\n'.encode("latin-1")),
        ("utf-8", "✔ sure · café → “x” \U0001f600 ?\n".encode()),
    ],
)
def test_what_cannot_be_written_is_spelt(encoding: str, wanted: bytes) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    done = subprocess.run([sys.executable, "-c", WRITE], capture_output=True, env=environment, check=True)
    assert done.stdout == wanted


def test_every_spelling_is_ascii_and_ascii_is_left_alone() -> None:
    assert all(word.isascii() and len(sign) == 1 and not sign.isascii() for sign, word in SPELT.items())
    assert spell("plain ~ text") == "plain ~ text"
