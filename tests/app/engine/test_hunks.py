"""Choosing among hunks: every choice equals what git makes of the same choice, in random and in repetitive files."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest

from app.engine import hunks

CASES = 1000
WORDS = ("x = 1\n", "\n", "    pass\n", "def f():\n", "x = 1\n", "é = 'ü'\n", "a\x0cb\n", "tail  \n")


def git(folder: Path, *arguments: str, data: str = "") -> str:
    done = subprocess.run(
        ["git", *arguments], cwd=folder, input=data.encode(), capture_output=True, check=False, timeout=30
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def difference(folder: Path, before: str, after: str) -> str:
    """A canonical diff of one file."""
    (folder / "a").mkdir(exist_ok=True)
    (folder / "b").mkdir(exist_ok=True)
    (folder / "a" / "m.py").write_bytes(before.encode())
    (folder / "b" / "m.py").write_bytes(after.encode())
    command = ("diff", "--no-index", "--no-color", "--src-prefix=", "--dst-prefix=", "a/m.py", "b/m.py")
    done = subprocess.run(["git", *command], cwd=folder, capture_output=True, check=False, timeout=30)
    return done.stdout.decode()


def mutated(chance: random.Random, lines: list[str]) -> list[str]:
    found: list[str] = []
    for line in lines:
        roll = chance.random()
        if roll < 0.06:
            continue
        if roll < 0.12:
            found.append(chance.choice(WORDS))
        found.append(line if roll < 0.94 else chance.choice(WORDS))
    return found


def pair(chance: random.Random) -> tuple[str, str]:
    lines = [chance.choice(WORDS) for _ in range(chance.randint(1, 90))]
    before, after = "".join(lines), "".join(mutated(chance, lines))
    return tuple(text.removesuffix("\n") if chance.random() < 0.2 else text for text in (before, after))  # type: ignore[return-value]


def by_git(folder: Path, before: str, patch: str) -> str:
    """What git makes of a patch on a clean file; context is not searched for elsewhere (all numbers fit)."""
    if not patch:
        return before
    (folder / "m.py").write_bytes(before.encode())
    git(folder, "apply", "--whitespace=nowarn", "--unidiff-zero", "-p1", "-", data=patch)
    return (folder / "m.py").read_bytes().decode()


@pytest.mark.timeout(600)
def test_a_random_choice_equals_what_git_makes_of_it(tmp_path: Path) -> None:
    chance = random.Random(20261121)
    compared = several = 0
    for _ in range(CASES):
        before, after = pair(chance)
        files = hunks.read(difference(tmp_path, before, after))
        if not files:
            continue
        (file,) = files
        all_hunks = [part for hunk in file.hunks for part in (hunks.split(hunk) if chance.random() < 0.5 else [hunk])]
        chosen = [hunk for hunk in all_hunks if chance.random() < 0.5]
        assert hunks.applied(before, all_hunks) == after
        assert hunks.applied(before, chosen) == by_git(tmp_path, before, hunks.patch_of(file, chosen))
        compared += 1
        several += len(all_hunks) > 1
    assert compared > CASES * 0.9 and several > CASES * 0.6
