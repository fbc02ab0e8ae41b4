"""Runs in containers of a local engine: Docker, or Podman through its Docker-compatible socket.

A container outlives its keeper and this program. It has no network, no capability, a read-only root and a user that is
not root; what the engine made of the request is read back before the start, and a difference is a refusal.
"""

from __future__ import annotations

import math
import os
import socket
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from sandbox import accounts, container, launch, view
from sandbox.base import Handle, Probe, RunSpec, SandboxError
from sandbox.containment import ContainerHandle

if TYPE_CHECKING:
    from docker import APIClient

T = TypeVar("T")

_TIMEOUT_SECONDS = 60


class ContainerSandbox:
    """One container engine.

    Args:
        name: `docker` or `podman`.
        addresses: where its socket may be, the first that exists is used; `unix://` addresses only.
        remedy: what to install or start where there is none.
    """

    isolation = "container, no network, not root, read-only system"
    survives_keeper = True

    def __init__(self, name: str, addresses: Callable[[], Iterable[str]], remedy: str) -> None:
        self.name = name
        self._addresses = addresses
        self._remedy = remedy
        self._engine: LocalEngine | None = None

    def probe(self) -> Probe:
        """Connects, imports the image of 200 bytes where it is missing, and keeps both for the next start."""
        try:
            engine = self._connected()
        except SandboxError as error:
            return Probe(usable=False, detail=str(error), remedy=self._remedy)
        return Probe(usable=True, detail=f"{self.name} {engine.version} answers")

    def user(self, spec: RunSpec) -> tuple[int, int]:
        """The user's own, or a reserved one for root."""
        return accounts.run_user(spec.workspace)

    def start(self, spec: RunSpec, folder: Path, log: Path) -> Handle:
        """Create, check and start a container; it is removed again where one of these fails."""
        launch.check(spec)
        uid, gid = self.user(spec)
        view.check_readable(spec, uid, self._groups(spec) | {gid})
        engine = self._connected()
        launch.drop_bytecode(folder / "work")
        request = self._request(engine, spec, folder, log)
        identifier = engine.create(request)
        try:
            self._compare(engine, request, identifier)
            engine.start(identifier)
        except SandboxError:
            engine.remove(identifier)
            raise
        return ContainerHandle(engine, identifier, self._facts(engine, spec, identifier))

    def adopt(self, spec: RunSpec, folder: Path, identity: dict[str, str]) -> Handle | None:
        """Find the container by its id, else by its labels; one that never started is removed."""
        engine = self._connected()
        labels = container.labels(spec)
        known = identity.get("container")
        found = (engine.inspect(known) if known else None) or engine.find(labels)
        if found is None or not labels.items() <= (found["Config"].get("Labels") or {}).items():
            return None
        identifier = str(found["Id"])
        if found["State"]["Status"] == "created":
            engine.remove(identifier)
            return None
        return ContainerHandle(engine, identifier, self._facts(engine, spec, identifier))

    def _connected(self) -> LocalEngine:
        if self._engine is None:
            self._engine = LocalEngine(_connect(self._addresses(), self.name), self.name)
        return self._engine

    def _request(self, engine: LocalEngine, spec: RunSpec, folder: Path, log: Path) -> container.Request:
        binds = container.with_nested_mounts(view.binds(spec, folder, log), container.mount_points())
        # The run's files belong to a host uid, which has to be the same number inside.
        own_user = "keep-id" if self.name == "podman" and os.getuid() != 0 else ""
        namespace = "host" if "name=userns" in container.options(engine.info) else own_user
        swap = bool(engine.info.get("SwapLimit"))
        return container.request(spec, self.user(spec), self._groups(spec), binds, namespace, swap)

    def _groups(self, spec: RunSpec) -> frozenset[int]:
        """Rootless Podman maps only the user's own group."""
        return frozenset() if self.name == "podman" else view.shared_groups(spec)

    def _compare(self, engine: LocalEngine, request: container.Request, identifier: str) -> None:
        found = engine.inspect(identifier)
        if found is None:
            raise SandboxError("The container was removed before its start. Start the run again.")
        wrong = container.differences(request, found)
        if found["Image"] != engine.image:
            wrong.append("Image")
        if wrong:
            raise SandboxError(
                f"{self.name} made a container that is not what was asked for ({', '.join(wrong)}), so the run was "
                "not started. Update the engine, or choose another sandbox: `mlrc doctor` lists them."
            )

    def _facts(self, engine: LocalEngine, spec: RunSpec, identifier: str) -> dict[str, str]:
        return {
            "isolation": self.isolation if not spec.network else self.isolation.replace("no network", "with network"),
            "engine": f"{self.name} {engine.version}",
            "container": identifier[:12],
            "image": engine.image,
            "uid": str(self.user(spec)[0]),
            "network": "bridge" if spec.network else "none",
            "swap": "none" if engine.info.get("SwapLimit") else "not limited by this kernel",
        }


class LocalEngine:
    """A connection, what the engine says about itself, and the image that its runs start from."""

    def __init__(self, api: APIClient, name: str) -> None:
        self._api = api
        self.info: dict[str, Any] = _must(api.info, f"{name} does not describe itself")
        container.check_engine(name, self.info)
        self.image = self._import()

    @property
    def version(self) -> str:
        """The engine's version, as it says."""
        return str(self.info.get("ServerVersion", "of unknown version"))

    def create(self, request: container.Request) -> str:
        """A new container from our image; its id."""
        try:
            return self._create(request)
        except _GoneError:
            # Somebody removed unused images since we connected.
            self.image = self._import()
            return self._create(request)

    def start(self, identifier: str) -> None:
        """Start it."""
        _ask(lambda: self._api.start(identifier))

    def inspect(self, identifier: str) -> dict[str, Any] | None:
        """All that the engine knows of a container; None where it has gone."""
        found: dict[str, Any] | None = _maybe(lambda: self._api.inspect_container(identifier))
        return found

    def find(self, labels: dict[str, str]) -> dict[str, Any] | None:
        """The container with these labels."""
        wanted = {"label": [f"{name}={value}" for name, value in labels.items()]}
        listed = _must(lambda: self._api.containers(all=True, filters=wanted), "The containers cannot be listed")
        return self.inspect(str(listed[0]["Id"])) if listed else None

    def stop(self, identifier: str, grace_seconds: float) -> None:
        """SIGTERM, then SIGKILL; nothing where it has gone."""
        _maybe(lambda: self._api.stop(identifier, timeout=math.ceil(grace_seconds)))

    def remove(self, identifier: str) -> None:
        """Remove it, running or not; nothing where it has gone or is going."""
        try:
            _maybe(lambda: self._api.remove_container(identifier, v=True, force=True))
        except SandboxError as error:
            if "already in progress" not in str(error):
                raise

    def _create(self, request: container.Request) -> str:
        created = _ask(
            lambda: self._api.create_container(
                self.image,
                list(request.command),
                name=request.name,
                hostname="run",
                user=request.user,
                working_dir="/",
                environment=request.environment,
                labels=request.labels,
                host_config=request.settings,
                # The user's client settings would put proxy addresses, with passwords in them, into every container.
                use_config_proxy=False,
            )
        )
        return str(created["Id"])

    def _import(self) -> str:
        """Identity of our image, imported where it is missing; its content is proved, not trusted by its name."""
        layer = container.archive()
        name = f"{container.REPOSITORY}:{container.tag(layer)}"
        # The stubs know no types for this one method.
        inspect: Callable[[str], dict[str, Any]] = self._api.inspect_image
        found = _maybe(lambda: inspect(name))
        if found is None:
            where = {"repository": container.REPOSITORY, "tag": container.tag(layer)}
            _must(lambda: self._api.import_image_from_data(layer, **where), "The image cannot be imported")
            found = _must(lambda: inspect(name), "The imported image cannot be found")
        if found["RootFS"].get("Layers") != [container.layer_digest(layer)]:
            raise SandboxError(f"The image {name} is not ours. Remove it with: docker image rm {name}")
        return str(found["Id"])


class _GoneError(SandboxError):
    """The thing asked about does not exist (any more)."""


def _ask(call: Callable[[], T]) -> T:
    """Ask the engine; its errors become sentences."""
    from docker.errors import APIError, DockerException, NotFound
    from requests.exceptions import RequestException

    try:
        return call()
    except NotFound as error:
        raise _GoneError(f"The container engine does not find it: {error.explanation}") from error
    except APIError as error:
        raise SandboxError(f"The container engine refused: {error.explanation}. See: mlrc doctor") from error
    except (DockerException, RequestException) as error:
        raise SandboxError(
            "The container engine does not answer. See whether it runs: systemctl status docker"
        ) from error


def _maybe(call: Callable[[], T]) -> T | None:
    """Ask about something that may have gone; None then."""
    try:
        return _ask(call)
    except _GoneError:
        return None


def _must(call: Callable[[], T], failure: str) -> T:
    """Ask for something that has to be there."""
    try:
        return _ask(call)
    except _GoneError as error:
        raise SandboxError(f"{failure}. {error}. See: mlrc doctor") from error


def _connect(addresses: Iterable[str], name: str) -> APIClient:
    from docker import APIClient
    from docker.errors import DockerException

    tried = list(addresses)
    for address in tried:
        if not address.startswith("unix://"):
            raise SandboxError(f"{name} is set to another machine ({address}), which does not see the folders of this.")
        path = Path(address.removeprefix("unix://"))
        if not path.exists():
            continue
        try:
            # Asked first without the SDK, which leaves its socket open where nobody answers.
            with socket.socket(socket.AF_UNIX) as knock:
                knock.connect(str(path))
            return APIClient(base_url=address, version="auto", timeout=_TIMEOUT_SECONDS)
        except PermissionError as error:
            raise SandboxError(f"You may not use {path}.") from error
        except (OSError, DockerException) as error:
            raise SandboxError(f"{name} does not answer at {path}.") from error
    raise SandboxError(f"There is no {name} engine here (looked for {', '.join(tried)}).")


def _docker_addresses() -> list[str]:
    return [os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"]


def _podman_addresses() -> list[str]:
    if named := os.environ.get("CONTAINER_HOST"):
        return [named]
    runtime = "/run" if os.getuid() == 0 else os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    return [f"unix://{runtime}/podman/podman.sock"]


_DOCKER_REMEDY = (
    "Install Docker Engine and join its group: `sudo usermod -aG docker $USER`, then log in again "
    "(members of that group can become root)."
)
_PODMAN_REMEDY = "Install Podman and start its socket: systemctl --user enable --now podman.socket"

SANDBOXES = (
    ContainerSandbox("docker", _docker_addresses, _DOCKER_REMEDY),
    ContainerSandbox("podman", _podman_addresses, _PODMAN_REMEDY),
)
