"""What code inside a run can reach. Each attack is refused by every isolated backend, succeeds without one, and has a
permitted neighbour, so that a sandbox which merely breaks everything does not pass."""

from __future__ import annotations

import importlib.util
import json
import os
import py_compile
import select
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from sandbox import registry
from sandbox.base import Environment, Handle, Input, Limits, Outcome, RunSpec, SandboxError
from sandbox.environment import describe

ISOLATED = [
    pytest.param("docker", marks=pytest.mark.docker),
    pytest.param("bubblewrap", marks=pytest.mark.bubblewrap),
]
ALL = [*ISOLATED, pytest.param("local")]
WORKDIR = "/home/researcher/my project, v1:2"


@dataclass(frozen=True)
class Ended:
    """One finished run."""

    outcome: Outcome
    log: str
    folder: Path

    def answer(self) -> Any:
        """What the run printed as its last line, as JSON."""
        assert self.outcome.code == 0, self.log
        return json.loads(self.log.splitlines()[-1])


class Driver:
    """A keeper reduced to what these tests need: it prepares a folder, reads the FIFO and waits."""

    def __init__(self, folder: Path, environment: Environment) -> None:
        self.folder = folder
        self.environment = environment
        self.count = 0

    def run(
        self,
        backend: str,
        code: str,
        *,
        tree: dict[str, bytes] | None = None,
        inputs: dict[str, Path] | None = None,
        environment: Environment | None = None,
        workdir: str = WORKDIR,
    ) -> Ended:
        """Run `code` with Python in a fresh private copy that holds `tree`."""
        sandbox = registry.backends()[backend]
        self.count += 1
        folder = self.folder / f"run{self.count}"
        work, out, log = folder / "work", folder / "out", folder / "log"
        for made in (work, out):
            made.mkdir(parents=True)
        for name, content in {**(tree or {}), "main.py": code.encode()}.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(content)
        os.mkfifo(log, 0o600)
        spec = RunSpec(
            run=f"isolation-{os.getpid()}-{time.monotonic_ns()}",
            workspace="isolation",
            backend=backend,
            commands=(("{python}", "main.py", *(f"{{{name}}}" for name in inputs or {})),),
            environment=environment or self.environment,
            limits=Limits(memory_bytes=256 << 20, processes=64),
            tree="0" * 40,
            source=str(work),
            workdir=workdir,
            inputs=tuple(Input(name=name, source=str(path)) for name, path in (inputs or {}).items()),
        )
        uid, gid = sandbox.user(spec)
        for path in (work, *work.rglob("*"), out, log):
            os.chown(path, uid, gid, follow_symlinks=False)
        # Opened first: what is written into a FIFO is gone when both ends were closed in between.
        reader = os.open(log, os.O_RDWR | os.O_NONBLOCK)
        try:
            outcome, text = wait(sandbox.start(spec, folder, log), reader)
        finally:
            os.close(reader)
        return Ended(outcome, text.decode(errors="replace"), folder)


def wait(handle: Handle, reader: int) -> tuple[Outcome, bytes]:
    text, outcome, until = b"", None, time.monotonic() + 30
    try:
        while outcome is None and time.monotonic() < until:
            select.select([reader], [], [], 0.02)
            text += drain(reader)
            outcome = handle.poll()
        text += drain(reader)
    finally:
        handle.stop(0.0)
        handle.close()
    assert outcome is not None, f"still running after 30 s: {text!r}"
    return outcome, text


def drain(reader: int) -> bytes:
    text = b""
    try:
        while part := os.read(reader, 65536):
            text += part
    except BlockingIOError:
        pass
    return text


@pytest.fixture(scope="module")
def environment() -> Environment:
    return describe(Path(sys.executable))


@pytest.fixture
def driver(tmp_path: Path, environment: Environment) -> Driver:
    return Driver(tmp_path, environment)


@pytest.fixture
def listener() -> Iterator[int]:
    """A service on the host's loopback, such as a notebook or a database."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


RIGHTS = """
import json, os
lines = open("/proc/self/status").read().splitlines()
fields = dict(line.split(":\\t", 1) for line in lines if ":\\t" in line)
print(json.dumps({
    "uid": os.getuid(), "gid": os.getgid(),
    "capabilities": [int(fields[n], 16) for n in ("CapEff", "CapPrm", "CapBnd")],
    "no_new_privs": int(fields["NoNewPrivs"]), "processes": sum(name.isdigit() for name in os.listdir("/proc")),
    "groups": os.getgroups(), "cwd": os.getcwd(),
}))
"""


@pytest.mark.parametrize("backend", ISOLATED)
def test_a_run_has_no_rights(driver: Driver, backend: str) -> None:
    found = driver.run(backend, RIGHTS).answer()
    assert found["uid"] != 0
    assert found["gid"] != 0
    assert 0 not in found["groups"]
    assert found["capabilities"][:2] == [0, 0]
    if os.getuid() == 0:
        # In a user namespace the bounding set stays full, and no_new_privs makes it unreachable.
        assert found["capabilities"][2] == 0
    assert found["no_new_privs"] == 1
    # Its own processes, and none of the host's.
    assert found["processes"] <= 4
    assert found["cwd"] == WORKDIR


def test_without_isolation_it_has_the_users_rights(driver: Driver) -> None:
    ended = driver.run("local", RIGHTS)
    found = ended.answer()
    assert found["uid"] == os.getuid()
    assert found["no_new_privs"] == 0
    assert found["processes"] > 4
    assert found["cwd"] == str(ended.folder / "work")


NETWORK = """
import json, socket, sys
def reaches(host, port):
    try:
        socket.create_connection((host, port), 2).close()
        return True
    except OSError:
        return False
with socket.create_server(("127.0.0.1", 0)) as own:
    print(json.dumps({
        "names": sorted(name for _, name in socket.if_nameindex()),
        "host": reaches("127.0.0.1", PORT), "outside": reaches("192.0.2.1", 9), "itself": reaches(*own.getsockname()),
    }))
"""


@pytest.mark.parametrize("backend", ISOLATED)
def test_a_run_has_no_network_but_its_own_loopback(driver: Driver, listener: int, backend: str) -> None:
    found = driver.run(backend, NETWORK.replace("PORT", str(listener))).answer()
    # Kernels may bring tunnel devices into every network namespace; they lead nowhere.
    assert "lo" in found["names"]
    assert not any(name.startswith(("eth", "en", "wl", "docker", "veth")) for name in found["names"])
    assert not found["host"]
    assert not found["outside"]
    assert found["itself"]


def test_without_isolation_it_reaches_the_hosts_services(driver: Driver, listener: int) -> None:
    found = driver.run(
        "local", NETWORK.replace('"outside": reaches("192.0.2.1", 9),', "").replace("PORT", str(listener))
    )
    assert found.answer()["host"]


READ = """
import json, sys
def read(path):
    try:
        return open(path).read()
    except OSError as error:
        return type(error).__name__
print(json.dumps([read(path) for path in [SECRET, STATE, sys.argv[1] + "/public.csv"]]))
"""


@pytest.fixture
def secrets(driver: Driver) -> tuple[dict[str, Path], str]:
    """A key in the home folder, a hidden label beside the run's own folder, and a data set that the run may read."""
    key, labels, data = Path.home() / "canary-key", driver.folder / "labels.json", driver.folder / "data"
    for path in (key, labels):
        path.write_text("canary")
        path.chmod(0o600)
    data.mkdir(mode=0o755)
    (data / "public.csv").write_text("1,2")
    return {"data": data}, READ.replace("SECRET", repr(str(key))).replace("STATE", repr(str(labels)))


@pytest.mark.parametrize("backend", ISOLATED)
def test_a_run_reads_its_inputs_and_nothing_of_the_users(
    driver: Driver, secrets: tuple[dict[str, Path], str], backend: str
) -> None:
    inputs, code = secrets
    assert driver.run(backend, code, inputs=inputs).answer() == ["FileNotFoundError", "FileNotFoundError", "1,2"]


def test_without_isolation_it_reads_the_users_files(driver: Driver, secrets: tuple[dict[str, Path], str]) -> None:
    inputs, code = secrets
    assert driver.run("local", code, inputs=inputs).answer() == ["canary", "canary", "1,2"]


IMPORTS = """
import importlib.util as util, json
def file(name):
    try:
        found = util.find_spec(name)
    except ModuleNotFoundError:
        return None
    return found and found.origin
print(json.dumps({name: file(name) for name in ("sandbox.base", "agents.research", "app.main", "neighbour")}))
"""


@pytest.fixture
def installed(tmp_path: Path) -> Environment:
    """An environment into which this program was installed as a wheel, beside a package of somebody else."""
    home = tmp_path / "environment"
    venv.create(home, with_pip=False)
    (site,) = home.glob("lib/python3*/site-packages")
    rows = []
    for package, module in (("sandbox", "base"), ("agents", "research"), ("app", "main"), ("neighbour", "__init__")):
        (site / package).mkdir()
        (site / package / "__init__.py").touch()
        (site / package / f"{module}.py").touch()
        rows += [f"{package}/__init__.py,,\n", f"{package}/{module}.py,,\n"]
    for name, lines in (("mlr_copilot-0.1.0", rows[:6]), ("neighbour-1.0", rows[6:])):
        info = site / f"{name}.dist-info"
        info.mkdir()
        (info / "RECORD").write_text("".join([*lines, f"{info.name}/RECORD,,\n"]))
    home.chmod(0o755)
    return describe(home / "bin" / "python")


@pytest.mark.parametrize("backend", ISOLATED)
def test_our_own_packages_are_absent_from_a_run(driver: Driver, installed: Environment, backend: str) -> None:
    found = driver.run(backend, IMPORTS, environment=installed).answer()
    assert found.pop("neighbour").endswith("neighbour/__init__.py")
    assert set(found.values()) == {None}


def test_without_isolation_our_own_packages_can_be_imported(driver: Driver, installed: Environment) -> None:
    ended = driver.run("local", IMPORTS, environment=installed)
    assert None not in ended.answer().values()
    assert "readable" in ended.outcome.facts["own packages"]


@pytest.mark.parametrize("backend", ISOLATED)
def test_this_very_installation_is_absent_as_well(driver: Driver, backend: str) -> None:
    assert importlib.util.find_spec("sandbox.base") is not None
    found = driver.run(backend, IMPORTS).answer()
    assert found["sandbox.base"] is None
    assert found["agents.research"] is None


EVERYWHERE = """{
    "out": os.environ["MLRC_OUT"], "work": ".", "tmp": "/tmp", "input": sys.argv[1], "environment": sys.prefix,
    "host": HOST, "etc": "/etc", "usr": "/usr/lib", "root": "/", "dev": "/dev", "mlrc": "/mlrc", "proc": "/proc/sys/vm"
}"""
# The system's own folders are left out: as root the attack would succeed there too.
HARMLESS = """{
    "out": os.environ["MLRC_OUT"], "work": ".", "input": sys.argv[1], "environment": sys.prefix, "host": HOST
}"""
WRITES = """
import json, os, sys
def write(folder):
    try:
        with open(os.path.join(folder, "planted"), "w") as file:
            file.write("x")
        return True
    except OSError:
        return False
print(json.dumps(sorted(name for name, path in PLACES.items() if write(path))))
"""


@pytest.mark.parametrize("backend", ISOLATED)
def test_a_run_writes_only_its_copy_its_output_and_tmp(driver: Driver, installed: Environment, backend: str) -> None:
    data, host = driver.folder / "data", driver.folder / "host"
    for folder in (data, host):
        folder.mkdir()
        folder.chmod(0o777)
    Path(installed.prefix).chmod(0o777)
    code = WRITES.replace("PLACES", EVERYWHERE).replace("HOST", repr(str(host)))
    ended = driver.run(backend, code, inputs={"data": data}, environment=installed)
    assert ended.answer() == ["out", "tmp", "work"]
    assert (ended.folder / "out" / "planted").read_text() == "x"
    assert not list(data.iterdir())
    assert not list(host.iterdir())


def test_without_isolation_it_writes_wherever_the_user_may(driver: Driver, installed: Environment) -> None:
    data, host = driver.folder / "data", driver.folder / "host"
    for folder in (data, host):
        folder.mkdir()
    code = WRITES.replace("PLACES", HARMLESS).replace("HOST", repr(str(host)))
    found = driver.run("local", code, inputs={"data": data}, environment=installed).answer()
    assert found == ["environment", "host", "input", "out", "work"]


SETUID = """
import json, os
path = os.path.join(os.environ["MLRC_OUT"], "shell")
with open(path, "w") as file:
    file.write("x")
try:
    os.chown(path, 0, 0)
except OSError:
    pass
os.chmod(path, 0o4755)
print(json.dumps(os.stat(path).st_mode & 0o7777))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root's runs could make a file that is setuid root")
@pytest.mark.parametrize("backend", ISOLATED)
def test_no_file_that_gives_root_comes_out_of_a_run(driver: Driver, backend: str) -> None:
    ended = driver.run(backend, SETUID)
    found = (ended.folder / "out" / "shell").lstat()
    # The mode is the run's own business; the owner must not be root.
    assert ended.answer() == 0o4755
    assert found.st_uid != 0
    assert found.st_gid != 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root's runs could make a file that is setuid root")
def test_without_isolation_root_leaves_a_setuid_file(driver: Driver) -> None:
    ended = driver.run("local", SETUID)
    found = (ended.folder / "out" / "shell").lstat()
    assert (found.st_uid, found.st_mode & 0o7777) == (0, 0o4755)
    (ended.folder / "out" / "shell").unlink()


@pytest.fixture
def forged(tmp_path: Path) -> dict[str, bytes]:
    """A tree whose bytecode claims to belong to `helper.py`, whatever that says."""
    evil, target = tmp_path / "evil.py", tmp_path / "evil.pyc"
    evil.write_text("ANSWER = 'forged'")
    py_compile.compile(str(evil), str(target), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return {
        "helper.py": b"ANSWER = 'reviewed'",
        f"__pycache__/helper.{sys.implementation.cache_tag}.pyc": target.read_bytes(),
    }


USES_HELPER = "import helper; print(helper.ANSWER)"


@pytest.mark.parametrize("backend", ALL)
def test_forged_bytecode_does_not_replace_reviewed_source(
    driver: Driver, forged: dict[str, bytes], backend: str
) -> None:
    assert driver.run(backend, USES_HELPER, tree=forged).log == "reviewed\n"


def test_plain_python_runs_forged_bytecode(forged: dict[str, bytes], tmp_path: Path) -> None:
    (tmp_path / "__pycache__").mkdir()
    for name, content in forged.items():
        (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-c", USES_HELPER]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout == "forged\n"


@pytest.mark.parametrize("backend", ALL)
def test_an_editable_install_of_the_workspace_means_the_approved_copy(
    driver: Driver, installed: Environment, backend: str
) -> None:
    workspace = driver.folder / "workspace"
    (workspace / "src").mkdir(parents=True)
    (workspace / "src" / "mine.py").write_text("ANSWER = 'not approved'")
    (site,) = Path(installed.prefix).glob("lib/python3*/site-packages")
    (site / "mine.pth").write_text(f"{workspace}/src\n")
    command = [installed.python, "-c", "import mine; print(mine.ANSWER)"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "not approved\n"

    code, tree = "import mine; print(mine.ANSWER)", {"src/mine.py": b"ANSWER = 'approved'"}
    ended = driver.run(backend, code, tree=tree, environment=installed, workdir=str(workspace))
    assert ended.log == "approved\n"


@pytest.mark.parametrize("backend", ISOLATED)
def test_an_environment_inside_the_workspace_is_shown_there(driver: Driver, backend: str) -> None:
    workspace = driver.folder / "workspace"
    venv.create(workspace / ".venv", with_pip=False)
    inside = describe(workspace / ".venv" / "bin" / "python")
    ended = driver.run(
        backend, "import json, sys; print(json.dumps(sys.prefix))", environment=inside, workdir=str(workspace)
    )
    assert ended.answer() == str(workspace / ".venv")


@pytest.mark.bubblewrap
def test_bubblewrap_refuses_an_interpreter_that_is_not_the_approved_one(driver: Driver) -> None:
    other = replace(driver.environment, version="3.11.99")
    with pytest.raises(SandboxError, match="not the approved interpreter"):
        driver.run("bubblewrap", "print('ran')", environment=other)
    assert driver.run("bubblewrap", "print('ran')").log == "ran\n"
