"""Words that no file may hold: paths of somebody's machine, addresses of package registries, keys."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# A bracket around one letter of each word keeps this file from breaking its own rule.
BANNED = {
    "a path of one machine": r"(?<![\w.])/(?:w[o]rk/(?:main|shared)|tmp/[v]/|opt/(?:w[h]eels|p[y]pi))",
    "a home folder of one machine": r"/(?:home/(?!user\b)[a-z][\w-]*|Users/[A-Za-z][\w-]*)/(?:src|code|git|Desktop)\b",
    "a package registry": r"\b(?:py[p]i\.(?:org|python)|pythonho[s]ted\.org|download\.p[y]torch|np[m]js\.|anacond[a]\."
    r"|registry-1\.d[o]cker|qua[y]\.io|ghc[r]\.io)",
    "a secret key": r"\b(?:sk-(?:proj-)?\w{32,}|ghp_\w{36}|hf_\w{34}|AKIA[0-9A-Z]{16})\b",
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVAT[E] KEY-----",
}


def banned_words(text: str) -> list[str]:
    """What is wrong with a text, as `line: kind`."""
    return [
        f"{text.count(chr(10), 0, match.start()) + 1}: {kind}"
        for kind, pattern in BANNED.items()
        for match in re.finditer(pattern, text)
    ]


def test_no_file_names_a_machine_a_registry_or_a_key(repository_root: Path, project_files: list[Path]) -> None:
    found = []
    for path in project_files:
        data = (repository_root / path).read_bytes()
        if b"\0" not in data[:8000]:
            found += [f"{path}:{problem}" for problem in banned_words(data.decode("utf-8", "replace"))]
    assert found == []


PLANTED = [
    "cd /{}/main".format("work"),
    "see https://{}.org/x".format("pypi"),
    "key = sk-" + "a1" * 20,
    "run /tmp/{}/bin/python".format("v"),
]
NEIGHBOURS = ["runs/7/work/main.py", "the registry of backends", "sk-short", "/tmp/video", "apt install docker.io"]


@pytest.mark.parametrize("text", PLANTED)
def test_a_planted_word_is_found(text: str) -> None:
    assert [line.split(":")[0] for line in banned_words("fine\n" + text)] == ["2"]


@pytest.mark.parametrize("text", NEIGHBOURS)
def test_a_similar_word_is_permitted(text: str) -> None:
    assert banned_words(text) == []
