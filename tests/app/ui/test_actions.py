"""One declaration: keys are unique where they work, none is a terminal multiplexer's, everything is carried out."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

from app.ui.actions import ACTIONS, everywhere, of_pane, readme_rows
from app.ui.regions import PANES, PaneName
from app.ui.widgets.pane import Pane


@pytest.mark.parametrize("pane", PANES)
def test_a_key_means_one_thing_in_a_pane(pane: PaneName) -> None:
    for actions in (of_pane(pane), everywhere()):
        keys = [key for action in actions for key in action.keys.split(",")]
        assert len(keys) == len(set(keys))


def test_multiplexer_keys_stay_theirs() -> None:
    keys = {key for action in ACTIONS for key in action.keys.split(",")}
    assert not keys & {"ctrl+a", "ctrl+b", "ctrl+c"}
    assert not any(key.startswith("alt+") for key in keys)


def test_every_action_says_what_it_does() -> None:
    assert all(action.label and action.help.endswith(".") for action in ACTIONS)
    assert len({action.id for action in ACTIONS}) == len(ACTIONS) == len(readme_rows())


def test_every_action_is_carried_out_somewhere() -> None:
    import app.ui.actors
    from app.ui.actors import actor

    for module in pkgutil.iter_modules(app.ui.actors.__path__):
        importlib.import_module(f"app.ui.actors.{module.name}")
    assert importlib.import_module("app.ui.screens.main")
    classes: list[type] = [*actor.Actor.__subclasses__(), *Pane.__subclasses__()]
    moves = {"down", "up", "page_down", "page_up", "first", "last", "left", "right"}
    for action in ACTIONS:
        named = any(hasattr(kind, f"do_{action.id}") for kind in classes)
        assert named or action.id in moves or action.id.startswith("go_"), action.id
