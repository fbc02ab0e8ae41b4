"""Runs without isolation: the user's own rights, files and network. For machines that have nothing better.

It still works in the private copy, with limits on time, memory and disk, and nothing of it outlives its keeper.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from sandbox import environment, launch, reaper
from sandbox.base import Handle, Probe, RunSpec, SandboxError
from sandbox.descendants import ChildHandle
from sandbox.editable import import_path

_KEPT_VARIABLES = ("PATH", "HOME", "LANG", "USER", "LOGNAME")


class LocalSandbox:
    """No sandbox at all, and says so on every run."""

    name = "local"
    isolation = "no isolation: your own user, files and network"
    survives_keeper = False

    def probe(self) -> Probe:
        """Always usable, on Linux."""
        if not sys.platform.startswith("linux"):
            return Probe(usable=False, detail="Runs need Linux.", remedy="Use a Linux machine.")
        return Probe(usable=True, detail="isolates nothing; used only where you allow it")

    def user(self, spec: RunSpec) -> tuple[int, int]:
        """The user's own."""
        return os.getuid(), os.getgid()

    def start(self, spec: RunSpec, folder: Path, log: Path) -> Handle:
        """Start the commands in the private copy, below a process that ends them all when the keeper dies."""
        launch.check(spec)
        layout = environment.layout_of(Path(spec.environment.python))
        first = import_path(layout, spec.workdir, folder / "work")
        launch.drop_bytecode(folder / "work")
        places = launch.host_places(spec, folder, log)
        holder = [sys.executable, "-I", "-S", reaper.__file__, str(os.getpid())]
        output = os.open(log, os.O_RDWR | os.O_CLOEXEC)
        try:
            process = subprocess.Popen(
                [*holder, "/bin/sh", "-c", launch.script(spec, places)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=self._variables(spec, places, first),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"The run could not be started: {error.strerror}.") from error
        finally:
            os.close(output)
        return ChildHandle(
            process,
            wrapper="",
            end=signal.SIGTERM,
            memory_bytes=spec.limits.memory_bytes,
            facts=self._facts(spec, first),
        )

    def adopt(self, spec: RunSpec, folder: Path, identity: dict[str, str]) -> Handle | None:
        """Never: such a run ends with its keeper."""
        return None

    def _variables(self, spec: RunSpec, places: launch.Places, first: list[str]) -> dict[str, str]:
        kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
        found = launch.variables(spec, places)
        search = f"{Path(spec.environment.python).parent}:{kept.get('PATH', found['PATH'])}"
        variables = found | kept | {"PATH": search} | spec.variables
        if first:
            given = spec.variables.get("PYTHONPATH")
            variables["PYTHONPATH"] = os.pathsep.join([*first, given] if given else first)
        return variables

    def _facts(self, spec: RunSpec, first: list[str]) -> dict[str, str]:
        facts = {
            "isolation": self.isolation,
            "uid": str(os.getuid()),
            "network": "the host's",
            "own packages": "readable: they cannot be hidden without isolation",
            "limits": "time, disk and memory by the keeper; processes and processors not limited",
        }
        if first:
            facts["editable installs"] = f"redirected to the private copy: {', '.join(first)}"
        return facts


SANDBOXES = (LocalSandbox(),)
