"""Control groups: limits for a backend without an engine, and the cheapest way to see what a run uses.

Both layouts of Linux are served: one hierarchy (v2) and one per controller (v1).
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from sandbox.base import Limits, Usage

ROOT = Path("/sys/fs/cgroup")
PREFIX = "mlrc-"
_PERIOD = 100_000
_LEFTOVER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Group:
    """The folders of one group: one per controller (v1), or the same for each (v2)."""

    memory: Path
    cpu: Path
    pids: Path | None
    unified: bool

    @property
    def folders(self) -> tuple[Path, ...]:
        """Each folder once."""
        return tuple(dict.fromkeys(path for path in (self.memory, self.cpu, self.pids) if path is not None))

    @property
    def entrances(self) -> tuple[Path, ...]:
        """Files that a process writes its pid to in order to be limited."""
        return tuple(folder / "cgroup.procs" for folder in self.folders)

    def usage(self) -> Usage | None:
        """Processor time and memory without the page cache that can be dropped; None where the group has gone."""
        try:
            if self.unified:
                cpu = _fields(self.cpu / "cpu.stat")["usage_usec"] / 1e6
                used = _number(self.memory / "memory.current")
                cache = _fields(self.memory / "memory.stat").get("inactive_file", 0)
            else:
                cpu = _number(self.cpu / "cpuacct.usage") / 1e9
                used = _number(self.memory / "memory.usage_in_bytes")
                cache = _fields(self.memory / "memory.stat").get("total_inactive_file", 0)
        except (OSError, ValueError, KeyError):
            return None
        return Usage(cpu_seconds=cpu, memory_bytes=max(0, used - cache))

    def members(self) -> frozenset[int]:
        """Processes in the group and in groups that they made below it."""
        try:
            files = [self.memory / "cgroup.procs", *self.memory.glob("**/*/cgroup.procs")]
            return frozenset(int(pid) for file in files for pid in file.read_text(encoding="ascii").split())
        except OSError:
            return frozenset()

    def out_of_memory(self) -> bool:
        """Whether the kernel ended a process of the group for want of memory."""
        name = "memory.events" if self.unified else "memory.oom_control"
        try:
            return _fields(self.memory / name).get("oom_kill", 0) > 0
        except (OSError, ValueError):
            return False

    def remove(self) -> None:
        """Remove the empty group; a process that is just ending keeps it busy for a moment."""
        deadline = time.monotonic() + 1.0
        for folder in self.folders:
            while folder.exists() and not _removed(folder) and time.monotonic() < deadline:
                time.sleep(0.01)


def create(name: str, limits: Limits, cpus: float) -> Group | None:
    """A new group with the limits of a run; None where this user may not make one.

    The in-memory /tmp counts as memory and is added to the limit.
    """
    group = _unified(name) if (ROOT / "cgroup.controllers").exists() else _split(name)
    try:
        for folder in group.folders:
            _sweep(folder.parent)
            folder.mkdir()
        _limit(group, limits.memory_bytes + limits.tmp_bytes, limits.processes, cpus)
    except OSError:
        group.remove()
        return None
    return group


def of_process(pid: int) -> Group | None:
    """The group that a process is in, for reading only."""
    try:
        lines = Path(f"/proc/{pid}/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    paths: dict[str, str] = {}
    for line in lines:
        _, controllers, path = line.split(":", 2)
        paths.update(dict.fromkeys(controllers.split(","), path.lstrip("/")))
    if "memory" in paths:
        cpu = ROOT / "cpuacct" / paths.get("cpuacct", "")
        return Group(ROOT / "memory" / paths["memory"], cpu, None, unified=False)
    folder = ROOT / paths.get("", "")
    return Group(folder, folder, folder, unified=True)


def _unified(name: str) -> Group:
    folder = ROOT / f"{PREFIX}{_plain(name)}"
    return Group(folder, folder, folder, unified=True)


def _split(name: str) -> Group:
    folder = f"{PREFIX}{_plain(name)}"
    cpu = next((path for path in ("cpu,cpuacct", "cpuacct") if (ROOT / path).is_dir()), "cpuacct")
    return Group(ROOT / "memory" / folder, ROOT / cpu / folder, ROOT / "pids" / folder, unified=False)


def _limit(group: Group, memory: int, processes: int, cpus: float) -> None:
    if group.unified:
        values = {"memory.max": memory, "pids.max": processes, "cpu.max": f"{int(cpus * _PERIOD)} {_PERIOD}"}
        for name, value in values.items():
            (group.memory / name).write_text(str(value), encoding="ascii")
        _write_if_present(group.memory / "memory.swap.max", "0")
        return
    (group.memory / "memory.limit_in_bytes").write_text(str(memory), encoding="ascii")
    _write_if_present(group.memory / "memory.memsw.limit_in_bytes", str(memory))
    if group.pids is not None:
        (group.pids / "pids.max").write_text(str(processes), encoding="ascii")
    _write_if_present(group.cpu / "cpu.cfs_quota_us", str(int(cpus * _PERIOD)))


def _write_if_present(path: Path, text: str) -> None:
    """Some kernels lack swap accounting, and v1 may mount `cpu` apart from `cpuacct`."""
    if path.exists():
        path.write_text(text, encoding="ascii")


def _sweep(parent: Path) -> None:
    """Remove empty groups of keepers that were killed; a young one may still wait for its first process."""
    for folder in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.stat().st_mtime > _LEFTOVER_SECONDS:
                folder.rmdir()


def _removed(folder: Path) -> bool:
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "-", name)


def _number(path: Path) -> int:
    return int(path.read_text(encoding="ascii"))


def _fields(path: Path) -> dict[str, int]:
    rows = (line.split() for line in path.read_text(encoding="ascii").splitlines())
    return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}


def writable() -> bool:
    """Whether this user may make groups below the root (as root outside of a container, as a rule)."""
    parent = ROOT if (ROOT / "cgroup.controllers").exists() else ROOT / "memory"
    return os.access(parent, os.W_OK)
