"""Settings: where each value comes from, and what a wrong one is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import config
from app.paths import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths(tmp_path)
    found.make()
    return found


@pytest.fixture
def user_file() -> object:
    file = config.user_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    yield file
    file.unlink(missing_ok=True)


def origin(paths: Paths, name: str) -> tuple[object, str]:
    return next((row.value, row.origin) for row in config.load(paths) if row.name == name)


def test_environment_over_workspace_over_user_over_default(
    paths: Paths, user_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert origin(paths, "idle_exit") == (1800.0, "default")
    user_file.write_text('idle_exit = 60.0\nsandbox = "docker"\n')
    assert origin(paths, "idle_exit") == (60.0, f"user file {user_file}")
    config.keep(paths, sandbox="bubblewrap")
    assert origin(paths, "sandbox") == ("bubblewrap", "workspace")
    monkeypatch.setenv("MLRC_SANDBOX", "local")
    assert origin(paths, "sandbox") == ("local", "environment")
    assert config.in_force(paths).idle_exit == 60.0


@pytest.mark.parametrize(
    ("text", "said"),
    [('sandbx = "docker"', "sandbx"), ('sandbox = "vm"', "sandbox"), ("idle_exit = []", "idle_exit"), ("x =", "Mend")],
)
def test_a_wrong_user_file_is_named_with_its_key(paths: Paths, user_file: Path, text: str, said: str) -> None:
    user_file.write_text(text + "\n")
    with pytest.raises(config.ConfigError, match=said) as caught:
        config.load(paths)
    assert str(user_file) in str(caught.value)


def test_a_wrong_choice_is_not_kept(paths: Paths) -> None:
    config.keep(paths, python="/usr/bin/python3")
    with pytest.raises(config.ConfigError, match="sandbox"):
        config.keep(paths, sandbox="dokcer")
    assert origin(paths, "python") == ("/usr/bin/python3", "workspace")
    assert origin(paths, "sandbox") == ("", "default")
