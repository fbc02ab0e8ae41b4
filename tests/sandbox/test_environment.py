"""Identity of an environment: every change that a run could notice changes the digest, or is named as a blind spot."""

from __future__ import annotations

import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.base import SandboxError
from sandbox.editable import import_path
from sandbox.environment import describe, layout_of

DIRECT = '{"dir_info": {"editable": true}, "url": "file://PLACE"}'


class Venv:
    """A virtual environment whose packages are written by hand."""

    def __init__(self, home: Path) -> None:
        venv.create(home, with_pip=False)
        self.home = home
        self.python = home / "bin" / "python"
        (self.site,) = home.glob("lib/python3*/site-packages")

    def install(self, name: str, *files: str, version: str = "1.0", origin: str = "") -> Path:
        """Write an installed distribution with these files."""
        info = self.site / f"{name}-{version}.dist-info"
        info.mkdir()
        for file in files:
            path = self.site / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        rows = [*files, f"{info.name}/RECORD"]
        if origin:
            (info / "direct_url.json").write_text(origin)
            rows.append(f"{info.name}/direct_url.json")
        (info / "RECORD").write_text("".join(f"{row},,\n" for row in rows))
        return info


@pytest.fixture
def made(tmp_path: Path) -> Venv:
    found = Venv(tmp_path / "environment")
    found.install("numbers", "numbers/__init__.py")
    return found


def test_it_says_what_the_interpreter_is(made: Venv) -> None:
    found = describe(made.python)
    assert found.python == str(made.python)
    assert found.version == ".".join(map(str, sys.version_info[:3]))
    assert found.prefix == str(made.home)
    assert found.base_prefix == sys.base_prefix
    assert len(found.digest) == 64
    assert found.masked == ()


def test_the_digest_is_the_same_until_something_changes(made: Venv) -> None:
    assert describe(made.python).digest == describe(made.python).digest


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda made: made.install("more", "more.py"), id="install"),
        pytest.param(lambda made: (made.site / "numbers-1.0.dist-info" / "RECORD").write_text("x,,\n"), id="record"),
        pytest.param(lambda made: (made.site / "extra.pth").write_text("/somewhere\n"), id="path file"),
        pytest.param(
            lambda made: (made.site / "numbers-1.0.dist-info" / "direct_url.json").write_text("{}"), id="origin"
        ),
        pytest.param(lambda made: (made.home / "pyvenv.cfg").write_text("home = /elsewhere\n"), id="configuration"),
        pytest.param(lambda made: (made.home / "conda-meta").mkdir(), id="conda"),
    ],
)
def test_a_change_of_what_is_imported_changes_the_digest(made: Venv, change: Callable[[Venv], object]) -> None:
    before = describe(made.python).digest
    change(made)
    assert describe(made.python).digest != before


def test_a_warm_call_does_not_start_the_interpreter(made: Venv, tmp_path: Path) -> None:
    count, counted = tmp_path / "count", made.home / "bin" / "counted"
    counted.write_text(f'#!/bin/sh\necho started >>"{count}"\nexec "{made.python}" "$@"\n')
    counted.chmod(0o755)
    first = describe(counted)
    assert describe(counted) is first
    assert count.read_text() == "started\n"
    made.install("more", "more.py")
    assert describe(counted).digest != first.digest


def test_our_own_packages_are_to_be_masked(made: Venv) -> None:
    info = made.install("mlr_copilot", "app/main.py", "agents/a/b.py", "mlr_finder.pth", "../../../bin/mlrc")
    site = made.site
    expected = {site / "app", site / "agents", site / "mlr_finder.pth", made.home / "bin" / "mlrc", info}
    assert {Path(path) for path in describe(made.python).masked} == expected


def test_packages_of_others_are_not_masked(made: Venv) -> None:
    made.install("mlr_copilot_plugin", "plugin.py")
    assert describe(made.python).masked == ()


def test_what_the_digest_cannot_see_is_said(made: Venv) -> None:
    made.install("mine", origin=DIRECT.replace("PLACE", "/home/me/my%20code"))
    (made.site / "loose.pth").write_text("# comment\nimport sys\n/home/me/loose\n")
    (made.site / "own.pth").write_text("/opt/own\n")
    made.install("mlr_copilot", "own.pth", origin=DIRECT.replace("PLACE", "/opt/own"))
    spots = " ".join(describe(made.python).blind_spots)
    assert "edited in place" in spots
    assert "mine is installed editable from /home/me/my code" in spots
    assert "/home/me/loose is on the import path through loose.pth" in spots
    assert "/opt/own" not in spots


def test_a_damaged_origin_is_no_editable_install(made: Venv) -> None:
    made.install("odd", origin="[1, 2")
    assert len(describe(made.python).blind_spots) == 1


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "does not exist"),
        ("#!/bin/sh\necho 'no such library' >&2\nexit 127\n", "does not start: no such library"),
        ("#!/bin/sh\necho hello\n", "not a Python interpreter"),
        ("#!/nowhere/python\n", "does not start"),
    ],
)
def test_an_interpreter_that_does_not_work_is_refused(tmp_path: Path, content: str | None, complaint: str) -> None:
    python = tmp_path / "python"
    if content is not None:
        python.write_text(content)
        python.chmod(0o755)
    with pytest.raises(SandboxError, match=complaint) as refusal:
        describe(python)
    assert str(python) in str(refusal.value)


def test_a_relative_path_is_refused() -> None:
    with pytest.raises(SandboxError, match="not an absolute path"):
        describe(Path("bin/python"))


# --- editable installs of the workspace, for runs without a sandbox ------------------------------------------------


WORKSPACE = "/home/me/project"
COPY = Path("/state/run/work")


def redirected(made: Venv) -> list[str]:
    return import_path(layout_of(made.python), WORKSPACE, COPY)


def test_nothing_is_redirected_where_nothing_points_to_the_workspace(made: Venv) -> None:
    (made.site / "other.pth").write_text("/home/me/project-two\n")
    made.install("other", "other.pth", origin=DIRECT.replace("PLACE", "/home/me/project-two"))
    assert redirected(made) == []


def test_a_path_file_is_redirected_to_the_copy(made: Venv) -> None:
    made.install("mine", "mine.pth", origin=DIRECT.replace("PLACE", WORKSPACE))
    (made.site / "mine.pth").write_text(f"{WORKSPACE}/src\n")
    assert redirected(made) == ["/state/run/work/src"]


def test_an_import_hook_of_setuptools_is_redirected_to_the_copy(made: Venv) -> None:
    finder = "__editable___mine_1_0_finder.py"
    made.install("mine", finder, origin=DIRECT.replace("PLACE", WORKSPACE))
    table = f"MAPPING: dict[str, str] = {{'mine': '{WORKSPACE}/lib/mine', 'one': '{WORKSPACE}/one.py'}}\n"
    (made.site / finder).write_text(f"import sys\n{table}")
    assert redirected(made) == ["/state/run/work/lib", "/state/run/work"]


def test_an_install_that_cannot_be_redirected_is_refused(made: Venv) -> None:
    made.install("mine", "_hook.py", origin=DIRECT.replace("PLACE", WORKSPACE))
    with pytest.raises(SandboxError, match="mine is installed editable from this workspace"):
        redirected(made)


def test_a_package_under_another_name_cannot_be_redirected(made: Venv) -> None:
    finder = "__editable___mine_1_0_finder.py"
    made.install("mine", finder, origin=DIRECT.replace("PLACE", WORKSPACE))
    (made.site / finder).write_text(f"MAPPING = {{'good': '{WORKSPACE}/good', 'mine': '{WORKSPACE}/src'}}\n")
    with pytest.raises(SandboxError, match="cannot be redirected"):
        redirected(made)
