"""Which sandboxes there are, and which of them a run gets.

A backend is a module in `sandbox/backends/` with a tuple `SANDBOXES`; putting it there is all that it needs.
"""

from __future__ import annotations

import importlib
import pkgutil

from sandbox import backends as folder
from sandbox.base import Probe, Sandbox, SandboxError

LADDER = ("docker", "podman", "bubblewrap")
"""Best first. Backends that are not named here are used only where somebody chose them."""
UNPROTECTED = "local"


def backends() -> dict[str, Sandbox]:
    """All backends by name, usable here or not; nothing is connected or started."""
    modules = sorted(module.name for module in pkgutil.iter_modules(folder.__path__))
    found: dict[str, Sandbox] = {}
    for name in modules:
        for sandbox in importlib.import_module(f"{folder.__name__}.{name}").SANDBOXES:
            found[sandbox.name] = sandbox
    return found


def probe_all() -> dict[str, Probe]:
    """The state of every backend, the ladder first: what `mlrc doctor` shows."""
    known = backends()
    order = [*(name for name in LADDER if name in known), *(name for name in known if name not in LADDER)]
    return {name: known[name].probe() for name in order}


def choose(preferred: str | None = None, *, allow_local: bool = False) -> Sandbox:
    """The sandbox for new runs: the preferred one and no other, else the first of the ladder that works here.

    Args:
        preferred: a backend's name; it is part of what is approved, so nothing is put in its place.
        allow_local: permit `local`, which isolates nothing: only where no untrusted code is involved or on the
            researcher's explicit word. It is then the last rung.

    Raises:
        SandboxError: none works, or the preferred one does not; the text says what to install.
    """
    return select(backends(), preferred, allow_local=allow_local)


def select(known: dict[str, Sandbox], preferred: str | None = None, *, allow_local: bool = False) -> Sandbox:
    """`choose` among the given backends."""
    if preferred is not None:
        return _preferred(known, preferred, allow_local)
    rungs = [*LADDER, UNPROTECTED] if allow_local else list(LADDER)
    failures = []
    for name in (rung for rung in rungs if rung in known):
        probe = known[name].probe()
        if probe.usable:
            return known[name]
        failures.append(f"- {name}: {_sentence(probe)}")
    raise SandboxError("No sandbox works here, and code from a model does not run without one.\n" + "\n".join(failures))


def _preferred(known: dict[str, Sandbox], name: str, allow_local: bool) -> Sandbox:
    if name not in known:
        raise SandboxError(f"There is no sandbox called {name!r}. Choose one of: {', '.join(sorted(known))}.")
    if name == UNPROTECTED and not allow_local:
        raise SandboxError("The sandbox `local` isolates nothing, so it needs your explicit permission for this run.")
    probe = known[name].probe()
    if not probe.usable:
        raise SandboxError(f"The sandbox {name} does not work here: {_sentence(probe)}")
    return known[name]


def _sentence(probe: Probe) -> str:
    return f"{probe.detail} {probe.remedy}".strip()
