"""Which sandbox a run gets. The backends here are small stand-ins, so that every rung can be present or absent."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from sandbox import registry
from sandbox.base import Handle, Probe, RunSpec, Sandbox, SandboxError


@dataclass
class Rung:
    """A backend that works or not; it is never started here."""

    name: str
    usable: bool
    isolation: str = "stand-in"
    survives_keeper: bool = False
    probes: list[str] = field(default_factory=list)

    def probe(self) -> Probe:
        self.probes.append(self.name)
        return Probe(usable=self.usable, detail=f"{self.name} is broken.", remedy=f"Install {self.name}.")

    def user(self, spec: RunSpec) -> tuple[int, int]:
        raise AssertionError

    def start(self, spec: RunSpec, folder: Path, log: Path) -> Handle:
        raise AssertionError

    def adopt(self, spec: RunSpec, folder: Path, identity: dict[str, str]) -> Handle | None:
        raise AssertionError


def rungs(**usable: bool) -> dict[str, Sandbox]:
    return {name: Rung(name, works) for name, works in usable.items()}


def test_every_backend_in_the_folder_is_found() -> None:
    found = registry.backends()
    assert set(found) >= {"docker", "podman", "bubblewrap", "local"}
    assert all(name == sandbox.name for name, sandbox in found.items())
    assert {name for name, sandbox in found.items() if sandbox.survives_keeper} == {"docker", "podman"}


def test_doctor_sees_all_backends_best_first() -> None:
    found = registry.probe_all()
    assert list(found)[:3] == ["docker", "podman", "bubblewrap"]
    assert found["local"].usable
    assert all(probe.usable or probe.remedy for probe in found.values())


@pytest.mark.parametrize(
    ("usable", "chosen"),
    [
        ({"docker": True, "podman": True, "bubblewrap": True, "local": True}, "docker"),
        ({"docker": False, "podman": True, "bubblewrap": True, "local": True}, "podman"),
        ({"docker": False, "podman": False, "bubblewrap": True, "local": True}, "bubblewrap"),
    ],
)
def test_the_first_rung_that_works_is_taken(usable: dict[str, bool], chosen: str) -> None:
    assert registry.select(rungs(**usable)).name == chosen


def test_local_is_never_taken_unasked() -> None:
    known = rungs(docker=False, podman=False, bubblewrap=False, local=True)
    with pytest.raises(SandboxError) as refusal:
        registry.select(known)
    for name in ("docker", "podman", "bubblewrap"):
        assert f"Install {name}." in str(refusal.value)
    assert "local" not in str(refusal.value)
    assert registry.select(known, allow_local=True).name == "local"


def test_permission_for_local_does_not_put_it_before_a_sandbox() -> None:
    assert registry.select(rungs(bubblewrap=True, local=True), allow_local=True).name == "bubblewrap"


def test_a_preferred_sandbox_is_taken_or_nothing() -> None:
    assert registry.select(rungs(docker=True, bubblewrap=True), "bubblewrap").name == "bubblewrap"
    with pytest.raises(SandboxError, match=r"bubblewrap does not work here: .* Install bubblewrap\."):
        registry.select(rungs(docker=True, bubblewrap=False), "bubblewrap")


def test_local_needs_permission_even_when_it_is_preferred() -> None:
    with pytest.raises(SandboxError, match="explicit permission"):
        registry.select(rungs(local=True), "local")
    assert registry.select(rungs(local=True), "local", allow_local=True).name == "local"


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SandboxError, match="docker, local"):
        registry.select(rungs(docker=True, local=True), "dokcer")


def test_rungs_behind_the_chosen_one_are_not_bothered() -> None:
    last = Rung("bubblewrap", usable=True)
    registry.select({**rungs(docker=True), "bubblewrap": last})
    assert last.probes == []
