"""The settings of a container, and the proof that an engine which drops one of them is noticed."""

from __future__ import annotations

import copy
import io
import socket
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import container, view
from sandbox.backends.docker import ContainerSandbox
from sandbox.base import Environment, Input, Limits, RunSpec, SandboxError
from sandbox.view import Bind

USER = (60800, 60800)


@pytest.fixture
def spec(tmp_path: Path) -> RunSpec:
    environment = Environment(python="/usr/bin/python3", version="3", base_prefix="/usr", prefix="/usr", digest="0")
    return RunSpec(
        run="r1",
        workspace="w1",
        backend="docker",
        commands=(("{python}", "train.py"),),
        environment=environment,
        limits=Limits(),
        tree="0",
        source=str(tmp_path),
        workdir="/home/me/project",
        inputs=(Input(name="data", source=str(tmp_path)),),
    )


@pytest.fixture
def request_(spec: RunSpec, tmp_path: Path) -> container.Request:
    (tmp_path / "work").mkdir()
    binds = view.binds(spec, tmp_path, tmp_path / "log")
    return container.request(spec, USER, frozenset(), binds, "", swap_limit=True)


def account(asked: container.Request) -> dict[str, Any]:
    """What an engine that keeps to the request says about the container."""
    variables = [f"{name}={value}" for name, value in asked.environment.items()]
    return {
        "HostConfig": copy.deepcopy(asked.settings),
        "Config": {"User": asked.user, "Env": variables, "Cmd": list(asked.command), "Entrypoint": None},
    }


def test_a_faithful_engine_is_accepted(request_: container.Request) -> None:
    assert container.differences(request_, account(request_)) == []


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("NetworkMode", lambda found: found["HostConfig"].update(NetworkMode="bridge")),
        ("Privileged", lambda found: found["HostConfig"].update(Privileged=True)),
        ("CapDrop", lambda found: found["HostConfig"].update(CapDrop=["NET_RAW"])),
        ("CapAdd", lambda found: found["HostConfig"].update(CapAdd=["SYS_ADMIN"])),
        ("SecurityOpt", lambda found: found["HostConfig"].update(SecurityOpt=[])),
        ("SecurityOpt", lambda found: found["HostConfig"]["SecurityOpt"].append("seccomp=unconfined")),
        ("ReadonlyRootfs", lambda found: found["HostConfig"].update(ReadonlyRootfs=False)),
        ("Memory", lambda found: found["HostConfig"].update(Memory=0)),
        ("MemorySwap", lambda found: found["HostConfig"].update(MemorySwap=-1)),
        ("PidsLimit", lambda found: found["HostConfig"].update(PidsLimit=None)),
        ("NanoCpus", lambda found: found["HostConfig"].update(NanoCpus=0)),
        ("GroupAdd", lambda found: found["HostConfig"].update(GroupAdd=["0"])),
        ("PidMode", lambda found: found["HostConfig"].update(PidMode="host")),
        ("IpcMode", lambda found: found["HostConfig"].update(IpcMode="host")),
        ("Devices", lambda found: found["HostConfig"].update(Devices=[{"PathOnHost": "/dev/kvm"}])),
        ("Binds", lambda found: found["HostConfig"].update(Binds=["/:/host"])),
        ("Mounts", lambda found: found["HostConfig"]["Mounts"][0].update(ReadOnly=False)),
        ("Mounts", lambda found: found["HostConfig"]["Mounts"].append({"Target": "/root", "Source": "/root"})),
        ("LogConfig", lambda found: found["HostConfig"].update(LogConfig={"Type": "json-file"})),
        ("AutoRemove", lambda found: found["HostConfig"].update(AutoRemove=True)),
        ("User", lambda found: found["Config"].update(User="")),
        ("Cmd", lambda found: found["Config"].update(Cmd=["/bin/sh"])),
        ("Cmd", lambda found: found["Config"].update(Entrypoint=["/entry"])),
        ("Env", lambda found: found["Config"]["Env"].append("HTTPS_PROXY=http://name:secret@proxy")),
        ("Env", lambda found: found["Config"]["Env"].pop()),
    ],
)
def test_an_engine_that_changes_a_setting_is_noticed(
    request_: container.Request, name: str, change: Callable[[dict[str, Any]], object]
) -> None:
    found = account(request_)
    change(found)
    assert container.differences(request_, found) == [name]


def test_spellings_of_other_engines_are_the_same_setting(request_: container.Request) -> None:
    found = account(request_)
    found["HostConfig"]["SecurityOpt"] = ["no-new-privileges:true"]
    found["HostConfig"]["CapDrop"] = [f"CAP_{number}" for number in range(41)]
    found["Config"]["Env"] += ["container=podman", "HOSTNAME=run"]
    assert container.differences(request_, found) == []


def test_only_its_copy_its_output_and_its_log_are_writable(request_: container.Request) -> None:
    writable = {mount["Target"] for mount in request_.settings["Mounts"] if not mount["ReadOnly"]}
    assert writable == {"/home/me/project", "/mlrc/out", "/mlrc/log"}


def test_the_image_is_always_the_same_bytes() -> None:
    layer = container.archive()
    assert layer == container.archive()
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        assert tar.getmember("tmp").mode == 0o1777
        assert tar.getmember("sbin").isdir()
        assert {member.uid for member in tar.getmembers()} == {0}


def test_a_file_system_below_a_data_folder_gets_a_bind_of_its_own() -> None:
    data, work = Bind("/mlrc/data", "/data"), Bind("/home/me", "/data/copy", writable=True)
    found = container.with_nested_mounts([data, work], ["/", "/data", "/data/part 2", "/data/copy/x", "/database"])
    assert Bind("/mlrc/data/part 2", "/data/part 2") in found
    assert {bind.target for bind in found if bind.writable} == {"/home/me"}
    assert len([bind for bind in found if bind.source == "/database"]) == 0


@pytest.mark.parametrize("workdir", ["/", "/tmp", "/usr/local/x", "/etc", "/mlrc/out", "relative", "/home/../etc"])
def test_a_workspace_that_would_cover_the_system_is_refused(spec: RunSpec, tmp_path: Path, workdir: str) -> None:
    with pytest.raises(SandboxError, match="cannot be shown to a run"):
        view.binds(replace(spec, workdir=workdir), tmp_path, tmp_path / "log")


def test_an_environment_is_not_mounted_through_a_link_of_the_tree(spec: RunSpec, tmp_path: Path) -> None:
    outside, prefix = tmp_path / "outside", tmp_path / "project" / ".venv"
    (tmp_path / "work").mkdir()
    outside.mkdir()
    prefix.mkdir(parents=True)
    inside = replace(spec.environment, prefix=str(prefix))
    spec = replace(spec, environment=inside, workdir=str(tmp_path / "project"))
    view.binds(spec, tmp_path, tmp_path / "log")
    assert (tmp_path / "work" / ".venv").is_dir()

    linked = tmp_path / "linked"
    (linked / "work").mkdir(parents=True)
    (linked / "work" / ".venv").symlink_to(outside)
    with pytest.raises(SandboxError, match=r"has a link at \.venv"):
        view.binds(spec, linked, linked / "log")


def test_files_that_the_run_could_not_read_are_named(spec: RunSpec, tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    spec = replace(spec, inputs=(Input(name="data", source=str(data)),))
    owner, group, nobody = data.stat().st_uid, frozenset({data.stat().st_gid}), frozenset[int]()
    with pytest.raises(SandboxError, match="chmod -R o"):
        view.check_readable(spec, owner + 1, group)
    view.check_readable(spec, owner, nobody)
    data.chmod(0o750)
    view.check_readable(spec, owner + 1, group)
    with pytest.raises(SandboxError, match="chmod -R o"):
        view.check_readable(spec, owner + 1, nobody)
    data.chmod(0o755)
    view.check_readable(spec, owner + 1, nobody)


def test_an_engine_that_is_not_there_is_reported_with_what_to_do(tmp_path: Path) -> None:
    silent, absent = tmp_path / "silent", tmp_path / "absent"
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(str(silent))
    for address, complaint in (
        (f"unix://{absent}", "There is no docker engine"),
        (f"unix://{silent}", f"does not answer at {silent}"),
        ("tcp://10.0.0.1:2375", "another machine"),
    ):
        probe = ContainerSandbox("docker", lambda where=address: [where], "Install it.").probe()
        assert not probe.usable
        assert complaint in probe.detail
        assert probe.remedy == "Install it."


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"OperatingSystem": "Docker Desktop"}, "virtual machine"),
        ({"OSType": "windows"}, "virtual machine"),
        ({"SecurityOptions": ["name=seccomp,profile=default", "name=rootless"]}, "rootless"),
        ({"MemoryLimit": False}, "cannot limit memory"),
        ({"PidsLimit": False}, "cannot limit memory"),
    ],
)
def test_an_engine_that_cannot_hold_a_run_is_refused(change: dict[str, object], complaint: str) -> None:
    info: dict[str, object] = {"OSType": "linux", "MemoryLimit": True, "PidsLimit": True, "SecurityOptions": None}
    container.check_engine("docker", info)
    with pytest.raises(SandboxError, match=complaint):
        container.check_engine("docker", info | change)
