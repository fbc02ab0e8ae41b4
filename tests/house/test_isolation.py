"""The fixtures that every other test relies on: no network, no secrets, sandboxes that cannot go missing in silence."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

SANDBOX_TESTS = """
import pytest

@pytest.mark.docker
def test_engine(): pass

@pytest.mark.bubblewrap
def test_bubblewrap(): pass

@pytest.mark.bubblewrap
def test_skips_itself(): pytest.skip("not today")

def test_plain(): pass
"""


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80), ("example.invalid", 80)])
def test_the_network_is_refused(address: tuple[str, int]) -> None:
    with pytest.raises(RuntimeError, match="stay on this machine"):
        socket.create_connection(address, timeout=0.2)


def test_datagrams_are_refused() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(RuntimeError, match="stay on this machine"),
    ):
        sender.sendto(b"x", ("192.0.2.1", 9))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_is_permitted(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), timeout=5).close()


def test_home_and_settings_are_throw_away() -> None:
    home = Path(os.environ["HOME"])
    assert "mlrc-test-home-" in home.name
    assert Path(os.environ["XDG_CONFIG_HOME"]).is_relative_to(home)
    named = subprocess.run(["git", "config", "--global", "--list"], capture_output=True, text=True, timeout=10)
    assert named.stdout == ""


def inner_pytest(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the tests in `folder` under our conftest, on a machine without engine and without bwrap."""
    outside = {name: value for name, value in os.environ.items() if name != "MLRC_REQUIRE_SANDBOXES"}
    environment = {**outside, "DOCKER_HOST": f"unix://{folder}/no.sock", "PATH": str(folder), **settings}
    flags = ["-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "--import-mode=importlib"]
    markers = ["-o", "markers=docker\nbubblewrap\ndata"]
    return subprocess.run(
        [sys.executable, *flags, *markers, str(folder)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def bare_machine(tmp_path: Path, repository_root: Path) -> Path:
    """A folder with our conftest and four tests, two of which need sandboxes that are absent."""
    shutil.copy(repository_root / "tests" / "conftest.py", tmp_path)
    (tmp_path / "test_inner.py").write_text(SANDBOX_TESTS)
    return tmp_path


def test_absent_sandboxes_skip_with_their_reason(bare_machine: Path) -> None:
    done = inner_pytest(bare_machine)
    assert "1 passed, 3 skipped" in done.stdout, done.stdout
    assert "no Docker engine answers" in done.stdout
    assert "bwrap does not start" in done.stdout


def test_required_sandboxes_fail_instead(bare_machine: Path) -> None:
    done = inner_pytest(bare_machine, MLRC_REQUIRE_SANDBOXES="1")
    assert done.returncode == 1
    assert "1 passed" in done.stdout, done.stdout
    assert "skipped" not in done.stdout.splitlines()[-1]


def test_a_sandbox_test_that_skips_itself_fails_where_required(bare_machine: Path) -> None:
    bwrap = bare_machine / "bwrap"
    bwrap.write_text("#!/bin/sh\nexit 0\n")
    bwrap.chmod(0o755)
    (bare_machine / "test_inner.py").write_text(SANDBOX_TESTS.replace("@pytest.mark.docker", ""))
    assert "3 passed, 1 skipped" in inner_pytest(bare_machine).stdout
    required = inner_pytest(bare_machine, MLRC_REQUIRE_SANDBOXES="1").stdout
    assert "1 failed, 3 passed" in required, required


@pytest.mark.parametrize("name", ["OPENAI_API_KEY", "GIT_DIR", "MLRC_STATE_DIR", "HF_TOKEN"])
def test_settings_of_the_person_who_tests_are_gone(bare_machine: Path, name: str) -> None:
    probe = "import os\ndef test_probe(): assert {0!r} {1} os.environ\n"
    (bare_machine / "test_inner.py").write_text(probe.format(name, "not in"))
    assert "1 passed" in inner_pytest(bare_machine, **{name: "/nowhere"}).stdout
    (bare_machine / "test_inner.py").write_text(probe.format("MLRC_KEPT", "not in").replace("MLRC_KEPT", "LANG_KEPT"))
    assert "1 failed" in inner_pytest(bare_machine, LANG_KEPT="x").stdout
