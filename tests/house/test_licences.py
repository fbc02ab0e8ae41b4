"""What is installed with the product may be shipped with it: no AGPL, no GPL, nothing without a licence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import metadata

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PRODUCT = "mlr-copilot"
COPYLEFT = re.compile(r"\bA?GPL|Affero|(?<!Lesser )(?<!Library )General Public Licen[cs]e", re.IGNORECASE)
PERMITTED_LGPL: set[str] = set()
LGPL = re.compile(r"LGPL|Lesser General Public|Library General Public", re.IGNORECASE)
LONGEST_NAME = 200
"""A `License` field longer than this holds a text (with notices of others in it), not a name."""


def runtime_requirements(name: str, seen: set[str]) -> Iterator[metadata.Distribution]:
    """Every installed distribution that an installation without extras brings, the product itself left out."""
    for text in metadata.requires(name) or []:
        requirement = Requirement(text)
        key = canonicalize_name(requirement.name)
        wanted = any(
            requirement.marker is None or requirement.marker.evaluate({"extra": extra}) for extra in ("", "product")
        )
        if not wanted or key in seen:
            continue
        seen.add(key)
        yield metadata.distribution(requirement.name)
        yield from runtime_requirements(requirement.name, seen)


def licence(distribution: metadata.Distribution) -> str:
    """The licence as the distribution names it: expression, classifiers or short field; empty when it names none."""
    fields = distribution.metadata
    expression = fields.get("License-Expression") or ""
    classifiers = [text for text in fields.get_all("Classifier") or [] if text.startswith("License ::")]
    short = fields.get("License") or ""
    return expression or "; ".join([*classifiers, *([short] if len(short) <= LONGEST_NAME else [])])


def refused(name: str, text: str) -> str:
    """Why a distribution under this licence cannot be a runtime requirement; empty when it can."""
    if not text.strip():
        return f"{name} names no licence"
    if LGPL.search(text) and name not in PERMITTED_LGPL:
        return f"{name} is {text}; put it on the list once somebody has checked how it is used"
    strict = [part for part in re.split(r"\bOR\b", text) if not COPYLEFT.search(LGPL.sub("", part))]
    return "" if strict else f"{name} is {text}"


def test_runtime_requirements_may_be_shipped() -> None:
    found = {item.metadata["Name"]: licence(item) for item in runtime_requirements(PRODUCT, set())}
    assert len(found) > 20
    assert [reason for name, text in found.items() if (reason := refused(name, text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AGPL-3.0-only",
        "GPLv2 with a linking exception",
        "License :: OSI Approved :: GNU General Public License v3 (GPLv3)",
        "MIT AND GPL-3.0-only",
        "GNU Affero General Public License",
        "LGPL-3.0",
    ],
)
def test_the_gate_refuses(text: str) -> None:
    assert refused("planted", text)


@pytest.mark.parametrize("text", ["MIT", "Apache-2.0", "BSD-3-Clause AND MPL-2.0", "MIT OR GPL-2.0-or-later"])
def test_the_gate_permits(text: str) -> None:
    assert refused("planted", text) == ""
