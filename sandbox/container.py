"""What a container of ours is: its image of 200 bytes, its settings, and the proof that the engine kept to them.

Everything here is data; the engine itself is called in `backends/docker.py` alone.
"""

from __future__ import annotations

import hashlib
import io
import re
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from sandbox import launch, view
from sandbox.base import RunSpec, SandboxError
from sandbox.view import Bind

LABEL_RUN = "mlrc.run"
LABEL_WORKSPACE = "mlrc.workspace"
REPOSITORY = "mlrc-host"

_FOLDERS = ("dev", "etc", "etc/alternatives", "etc/ssl", "etc/ssl/certs", "mlrc", "proc", "run", "sys", "usr", "var")
_MUST_BE_EMPTY = ("Binds", "CapAdd", "DeviceRequests", "Devices", "PortBindings", "VolumesFrom")
_ADDED_BY_PODMAN = {"container", "HOSTNAME", "TERM", "HOME"}


def archive() -> bytes:
    """The image's only layer: folders to bind the host's system to, links of a merged /usr. Always the same bytes.

    `/sbin` is a folder where the host has a link: the engine mounts its `init` there, and below a link it would vanish
    under the bind of /usr. A tmpfs takes the mode of the folder that it covers, hence 1777 for /tmp.
    """
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in (*_FOLDERS, "sbin"):
            tar.addfile(_entry(name, tarfile.DIRTYPE, 0o755))
        tar.addfile(_entry("tmp", tarfile.DIRTYPE, 0o1777))
        for name, target in sorted(view.top_level_links().items()):
            if name != "sbin":
                link = _entry(name, tarfile.SYMTYPE, 0o777)
                link.linkname = target
                tar.addfile(link)
    return buffer.getvalue()


def layer_digest(layer: bytes) -> str:
    """The digest by which every engine names an uncompressed layer."""
    return f"sha256:{hashlib.sha256(layer).hexdigest()}"


def tag(layer: bytes) -> str:
    """The image's tag; another layout is another image."""
    return hashlib.sha256(layer).hexdigest()[:16]


def _entry(name: str, kind: bytes, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.mode, entry.mtime = kind, mode, 0
    return entry


@dataclass(frozen=True, slots=True)
class Request:
    """What the engine is asked for, and what its account of the container is compared with."""

    name: str
    """One for each run, so that a run cannot be started twice."""
    command: tuple[str, ...]
    user: str
    environment: dict[str, str]
    labels: dict[str, str]
    settings: dict[str, Any]
    """The engine's `HostConfig`."""


def labels(spec: RunSpec) -> dict[str, str]:
    """By which a container is found again, and never one of another workspace."""
    return {LABEL_WORKSPACE: spec.workspace, LABEL_RUN: spec.run}


def request(
    spec: RunSpec,
    user: tuple[int, int],
    groups: frozenset[int],
    binds: Iterable[Bind],
    user_namespace: str,
    swap_limit: bool,
) -> Request:
    """The container of a run.

    Args:
        groups: further groups of the user, for data that is shared with them.
        user_namespace: the engine's `UsernsMode` with which host uids keep their number inside.
        swap_limit: whether this kernel can limit swap.
    """
    places = launch.isolated_places(spec)
    return Request(
        name=re.sub(r"[^A-Za-z0-9_.-]", "-", f"mlrc-{spec.workspace[:12]}-{spec.run}"),
        command=("/bin/sh", "-c", launch.script(spec, places)),
        user=f"{user[0]}:{user[1]}",
        # The engine's init hands signals to the whole group: a shell alone would not pass them on.
        environment=launch.variables(spec, places) | {"TINI_KILL_PROCESS_GROUP": "1"},
        labels=labels(spec),
        settings=_settings(spec, binds, user_namespace, swap_limit)
        | {"GroupAdd": [str(gid) for gid in sorted(groups)]},
    )


def options(info: Mapping[str, Any]) -> str:
    """The security options that an engine says it has."""
    return " ".join(info.get("SecurityOptions") or [])


def check_engine(name: str, info: Mapping[str, Any]) -> None:
    """Refuse an engine that cannot hold a run.

    Raises:
        SandboxError: it runs in another machine, as another user, or without control groups.
    """
    if info.get("OSType", "linux") != "linux" or info.get("OperatingSystem") == "Docker Desktop":
        raise SandboxError(f"{name} runs in a virtual machine, which does not see the folders of this one.")
    if name == "docker" and "name=rootless" in options(info):
        raise SandboxError("This Docker engine is rootless: a run's files would belong to a user that it does not map.")
    if not info.get("MemoryLimit") or not info.get("PidsLimit", True):
        raise SandboxError(f"{name} cannot limit memory and processes on this kernel.")


def _settings(spec: RunSpec, binds: Iterable[Bind], user_namespace: str, swap_limit: bool) -> dict[str, Any]:
    """Everything denied that a training run does not need.

    The in-memory /tmp counts as memory in the kernel's books and is added to the limit.
    """
    limits = spec.limits
    memory = limits.memory_bytes + limits.tmp_bytes
    return {
        "AutoRemove": False,
        "CapDrop": ["ALL"],
        "Init": True,
        "IpcMode": "private",
        "LogConfig": {"Type": "none", "Config": {}},
        "Memory": memory,
        "MemorySwap": memory if swap_limit else 0,
        "Mounts": [_mount(bind) for bind in binds],
        "NanoCpus": int(launch.usable_cpus(limits.cpus) * 1e9),
        "NetworkMode": "bridge" if spec.network else "none",
        "OomScoreAdj": 500,
        "PidMode": "",
        "PidsLimit": limits.processes,
        "Privileged": False,
        "ReadonlyRootfs": True,
        "SecurityOpt": ["no-new-privileges"],
        "ShmSize": launch.shared_memory(limits),
        "Tmpfs": {"/tmp": f"rw,nosuid,nodev,exec,size={limits.tmp_bytes},mode=1777"},
        "Ulimits": [{"Name": "core", "Soft": 0, "Hard": 0}],
        "UsernsMode": user_namespace,
    }


def _mount(bind: Bind) -> dict[str, Any]:
    # Not recursive: engines before 25 leave what is mounted below a read-only bind writable.
    return {
        "Type": "bind",
        "Source": bind.source,
        "Target": bind.target,
        "ReadOnly": not bind.writable,
        "BindOptions": {"Propagation": "rprivate", "NonRecursive": True},
    }


def with_nested_mounts(binds: Iterable[Bind], mount_points: Iterable[str]) -> list[Bind]:
    """Binds of their own for file systems that are mounted below a bound folder (a data set on another disk)."""
    points = [PurePosixPath(point) for point in mount_points]
    found: dict[str, Bind] = {}
    for bind in binds:
        found[bind.target] = bind
        source = PurePosixPath(bind.source)
        for point in points:
            if source in point.parents and not bind.writable:
                target = str(PurePosixPath(bind.target) / point.relative_to(source))
                found.setdefault(target, replace(bind, target=target, source=str(point)))
    return sorted(found.values(), key=lambda bind: PurePosixPath(bind.target).parts)


def mount_points() -> list[str]:
    """Where file systems are mounted on this machine."""
    lines = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    # The kernel writes space, tab, newline and backslash as octal numbers.
    return [re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), line.split()[4]) for line in lines]


def differences(asked: Request, found: Mapping[str, Any]) -> list[str]:
    """Where the engine's own account of the container (`inspect`) is not what was asked for; empty when all is.

    A wrapper, a plug-in or another engine behind the socket may drop a restriction without a word.
    """
    settings, config = found["HostConfig"], found["Config"]
    wrong = [key for key, value in asked.settings.items() if _plain(key, settings.get(key)) != _plain(key, value)]
    wrong += [key for key in _MUST_BE_EMPTY if settings.get(key)]
    if config.get("User") != asked.user:
        wrong.append("User")
    if list(config.get("Cmd") or []) != list(asked.command) or config.get("Entrypoint"):
        wrong.append("Cmd")
    seen = dict(item.split("=", 1) for item in config.get("Env") or [])
    if set(seen) - set(asked.environment) - _ADDED_BY_PODMAN or asked.environment.items() - seen.items():
        wrong.append("Env")
    return wrong


def _plain(name: str, value: Any) -> Any:
    """Spellings of one and the same setting."""
    if name == "CapDrop":
        return ["ALL"] if isinstance(value, list) and ("ALL" in value or len(value) >= 38) else value
    if name == "SecurityOpt":
        return sorted(str(item).removesuffix(":true").removesuffix("=true") for item in value or [])
    if name == "Mounts":
        return sorted((item["Target"], item["Source"], bool(item.get("ReadOnly"))) for item in value or [])
    if name == "GroupAdd":
        return sorted(value or [])
    if name == "LogConfig":
        return (value or {}).get("Type")
    if name == "Ulimits":
        return sorted((item["Name"], item["Soft"], item["Hard"]) for item in value or [])
    return value
