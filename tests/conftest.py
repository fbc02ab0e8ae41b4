"""What every test stands on: an isolated environment, no network, and one place that decides about missing sandboxes.

- `HOME`, the XDG folders and git's configuration point into a throw-away folder; keys of model providers and `MLRC_*`
  settings of the person who runs the tests are gone (but `MLRC_TEST_DATA` and `MLRC_REQUIRE_SANDBOXES` are read).
- Connecting or resolving anything but loopback fails the test, inside this process.
- `@pytest.mark.docker` and `@pytest.mark.bubblewrap` skip with the reason where the sandbox is absent and **fail**
  instead under `MLRC_REQUIRE_SANDBOXES=1`; `@pytest.mark.data` skips where the real papers and data sets are absent.
"""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KEPT_SETTINGS = {"MLRC_TEST_DATA", "MLRC_REQUIRE_SANDBOXES"}
KEY_SUFFIXES = ("_API_KEY", "_API_TOKEN", "_AUTH_TOKEN", "_ACCESS_TOKEN", "_SECRET_KEY")
KEY_NAMES = {"OPENAI_BASE_URL", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "HF_TOKEN", "GITHUB_TOKEN", "GH_TOKEN"}
OWN_HOME = pytest.StashKey[Path]()


# --- environment ------------------------------------------------------------------------------------------------------


def unwanted(name: str) -> bool:
    """Is this environment variable a person's setting or secret, which no test may see?"""
    if name in KEPT_SETTINGS:
        return False
    return name.startswith(("MLRC_", "GIT_")) or name.endswith(KEY_SUFFIXES) or name in KEY_NAMES


def isolate(home: Path) -> None:
    """Point everything that a program looks up for its user into `home`."""
    for name in [name for name in os.environ if unwanted(name)]:
        del os.environ[name]
    folders = {
        "HOME": home,
        "XDG_CONFIG_HOME": home / ".config",
        "XDG_CACHE_HOME": home / ".cache",
        "XDG_DATA_HOME": home / ".local" / "share",
        "XDG_STATE_HOME": home / ".local" / "state",
        "XDG_RUNTIME_DIR": home / ".runtime",
    }
    for name, folder in folders.items():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.environ[name] = str(folder)
    os.environ.update(GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_NOSYSTEM="1", GIT_TERMINAL_PROMPT="0")


def pytest_configure(config: pytest.Config) -> None:
    """Isolate before any test module is imported (each xdist worker does the same for itself)."""
    home = Path(tempfile.mkdtemp(prefix="mlrc-test-home-"))
    config.stash[OWN_HOME] = home
    isolate(home)
    sys.addaudithook(refuse_network)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the throw-away home."""
    shutil.rmtree(config.stash[OWN_HOME], ignore_errors=True)


# --- network ----------------------------------------------------------------------------------------------------------


class NetworkRefusedError(RuntimeError):
    """A test tried to leave the machine. Not an OSError, so that product code which handles those cannot hide it."""


def is_loopback(host: object) -> bool:
    """Is this host the machine itself? Names other than localhost count as outside, without resolving them."""
    name = host.decode() if isinstance(host, bytes) else str(host or "localhost")
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name.split("%")[0]).is_loopback
    except ValueError:
        return False


def refuse_network(event: str, args: tuple[object, ...]) -> None:
    """Audit hook: only Unix sockets and loopback addresses may be connected, sent to or resolved."""
    if event in {"socket.connect", "socket.sendto"}:
        address = args[1]
        outside = isinstance(address, tuple) and not is_loopback(address[0])
    elif event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        address = args[0]
        outside = not is_loopback(address)
    else:
        return
    if outside:
        raise NetworkRefusedError(f"Tests stay on this machine; this one asked for {address!r}. Use a loopback server.")


# --- sandboxes and data -----------------------------------------------------------------------------------------------


def docker_socket() -> str:
    """Path of the local Docker engine's socket."""
    return os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock").removeprefix("unix://")


@cache
def docker_absent() -> str:
    """Why tests that need a Docker engine cannot run here; empty when one answers."""
    path = docker_socket()
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
            client.settimeout(10)
            client.connect(path)
            client.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            answer = client.recv(64)
    except OSError as error:
        return f"no Docker engine answers at {path} ({error})"
    return "" if b" 200 " in answer else f"the engine at {path} answered {answer[:40]!r}"


@cache
def bubblewrap_absent() -> str:
    """Why tests that need bubblewrap cannot run here; empty when it starts a process."""
    try:
        tried = subprocess.run(["bwrap", "--ro-bind", "/", "/", "true"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bwrap does not start ({error})"
    return "" if tried.returncode == 0 else f"bwrap cannot make namespaces here ({tried.stderr.strip()})"


def find_data() -> Path:
    """Where real papers and data sets lie, if anywhere."""
    named = os.environ.get("MLRC_TEST_DATA")
    return Path(named) if named else ROOT.parent / "shared" / "data"


def data_absent() -> str:
    """Why tests on real papers and data sets cannot run here; empty when the folder exists."""
    return "" if find_data().is_dir() else "no real papers and data sets here: set MLRC_TEST_DATA to their folder"


SANDBOXES: dict[str, Callable[[], str]] = {"docker": docker_absent, "bubblewrap": bubblewrap_absent}


def sandboxes_required() -> bool:
    """Must a missing sandbox fail the tests that need it (as in CI)?"""
    return os.environ.get("MLRC_REQUIRE_SANDBOXES") == "1"


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip, or fail where sandboxes are required, a test whose sandbox or data is absent."""
    for marker, absent in SANDBOXES.items():
        if item.get_closest_marker(marker) and (reason := absent()):
            if sandboxes_required():
                pytest.fail(f"MLRC_REQUIRE_SANDBOXES=1, but {reason}", pytrace=False)
            pytest.skip(reason)
    if item.get_closest_marker("data") and (reason := data_absent()):
        pytest.skip(reason)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A sandbox test that skips itself is a failure as well where sandboxes are required."""
    report = yield
    marked = any(item.get_closest_marker(marker) for marker in SANDBOXES)
    if report.skipped and marked and sandboxes_required():
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} skipped itself although MLRC_REQUIRE_SANDBOXES=1: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Real papers and data sets; the test skips where they are absent."""
    if reason := data_absent():
        pytest.skip(reason)
    return find_data()


@pytest.fixture(scope="session")
def repository_root() -> Path:
    """The folder that holds pyproject.toml."""
    return ROOT
