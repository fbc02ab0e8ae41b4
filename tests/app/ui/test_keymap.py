"""The user's keys: what can be used is used, what cannot is told, and every key means one thing."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.ui.actions import ACTIONS
from app.ui.app import CopilotApp
from app.ui.keymap import load, read
from app.ui.regions import PANES

from .conftest import Study


def test_without_a_file_the_declared_keys_hold(tmp_path: Path) -> None:
    keys = load(tmp_path / "keys.toml")
    assert keys.problems == () and keys.shown("accept") == "a"
    assert all(keys.keys(action.id) == tuple(action.keys.split(",")) for action in ACTIONS)


def test_a_key_or_a_list_of_keys(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('accept = "ctrl+y"\ndown = ["ctrl+n", "down"]\nhelp = "%"\n')
    keys = load(tmp_path / "keys.toml")
    assert keys.problems == ()
    assert keys.keys("accept") == ("ctrl+y",) and keys.shown("accept") == "ctrl+y"
    assert keys.keys("down") == ("ctrl+n", "down")
    assert keys.keys("help") == ("percent_sign",) and keys.shown("help") == "%"
    old, new = keys.meant("a", "diff"), keys.meant("ctrl+y", "diff")
    assert old is None
    assert new is not None and new.id == "accept"


def test_two_actions_may_swap_their_keys() -> None:
    keys = read({"accept": "r", "reject": "a"})
    assert keys.problems == ()
    assert [keys.meant(key, "diff").id for key in "ra"] == ["accept", "reject"]  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"fly": "f5"}, "no action `fly`"),
        ({"accept": "ctrl+b"}, "belongs to tmux"),
        ({"accept": "alt+y"}, "does not arrive from every terminal"),
        ({"accept": "glub"}, "is no key"),
        ({"accept": 7}, "must be a key"),
        ({"accept": "i"}, "is taken by `next_needed`"),
    ],
)
def test_a_line_that_cannot_be_used_is_told_and_the_others_hold(line: dict[str, object], said: str) -> None:
    keys = read({**line, "undo": "f6"})
    assert len(keys.problems) == 1 and said in keys.problems[0] and said in keys.trouble
    assert keys.shown("accept") == "a" and keys.shown("undo") == "f6"


def test_a_wish_that_falls_may_pull_another_down() -> None:
    keys = read({"undo": "i", "zoom": "z"})
    assert len(keys.problems) == 2 and "1 more" in keys.trouble
    assert (keys.shown("undo"), keys.shown("zoom")) == ("z", "f")


def test_broken_files_and_missing_ones_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "keys.toml"
    broken.write_text("accept = \n")
    assert "Mend the file" in load(broken).trouble and load(broken).shown("accept") == "a"
    monkeypatch.setenv("MLRC_KEYS", str(tmp_path / "none.toml"))
    assert "no such file" in load().trouble


@pytest.mark.parametrize("wishes", [{}, {"accept": "r"}, {"up": "g", "first": "k"}, {"zoom": ["J", "f9"]}])
def test_every_key_means_one_thing_whatever_is_wished(wishes: dict[str, object]) -> None:
    keys = read(wishes)
    for pane in PANES:
        own = [key for action in ACTIONS if pane in action.panes for key in keys.keys(action.id)]
        everywhere = [key for action in ACTIONS if not action.panes for key in keys.keys(action.id)]
        assert len(own) == len(set(own)) and len(everywhere) == len(set(everywhere))


async def test_the_screen_obeys_and_shows_the_users_keys(
    study: Study, app: CopilotApp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "keys.toml").write_text('zoom = "f9"\nhelp = "ctrl+b"\n')
    monkeypatch.setenv("MLRC_KEYS", str(tmp_path / "keys.toml"))
    journal = app._main.feed.journal
    mine = CopilotApp(study.paths, journal, ensure=lambda paths: None)
    async with mine.run_test(size=(200, 50)) as pilot:
        footer = mine._main.bars["footer"]
        assert "belongs to tmux" in "".join(footer.render_line(1).text)
        assert "f9 zoom" in footer.render_line(1).text
        await pilot.press("f")
        assert mine._main.placed is not None and len(mine._main.placed.panes) == 6
        await pilot.press("f9")
        assert list(mine._main.placed.panes) == ["inbox"]
