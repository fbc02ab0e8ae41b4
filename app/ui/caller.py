"""Calls the user to the terminal while it has no focus, and keeps the window's title."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from app.ui import notify
from app.ui.model import Model
from app.ui.notify import Standing

if TYPE_CHECKING:
    from app.ui.app import CopilotApp

PRESENT_SECONDS = 30.0
"""Where the terminal does not report its focus, somebody who typed so lately is there."""
PAUSE_SECONDS = 10.0
"""Two calls are at least so far apart; what comes between is part of the next."""


class Caller:
    """Writes through the app's driver, between two frames.

    Args:
        app: whose terminal it is.
        model: what it tells.
        how: see `notify.way`.
    """

    def __init__(self, app: CopilotApp, model: Model, how: str) -> None:
        self._app, self._model, self._how = app, model, how
        self._told = Standing.of(model.state)
        self._title = ""
        self._called_at = self._typed_at = float("-inf")
        self._reports_focus = not app.app_focus
        app.watch(app, "app_focus", self._focus_changed, init=False)
        if how != "off":
            self._write(notify.KEEP_TITLE)
        self.look()

    def look(self) -> None:
        """Call if there is something to call for; keep the title right."""
        self._name_window()
        now = Standing.of(self._model.state)
        text = notify.news(self._told, now)
        if text and self._model.now() - self._called_at < PAUSE_SECONDS:
            self._app.set_timer(PAUSE_SECONDS, self.look)
            return
        self._told = now
        if text and not self._present():
            self._called_at = self._model.now()
            self._write(notify.call(text, self._how, tmux="TMUX" in os.environ))

    def typed(self) -> None:
        """The user is there."""
        self._typed_at = self._model.now()

    def close(self) -> None:
        """Give the title back."""
        if self._how != "off":
            self._write(notify.PUT_TITLE_BACK)

    def _present(self) -> bool:
        if self._reports_focus:
            return bool(self._app.app_focus)
        return self._model.now() - self._typed_at < PRESENT_SECONDS

    def _focus_changed(self) -> None:
        self._reports_focus = True

    def _name_window(self) -> None:
        title = notify.title(self._model.state)
        if title != self._title and self._how != "off":
            self._title = title
            self._write(notify.titled(title))

    def _write(self, text: str) -> None:
        if text and self._app.driver is not None:
            self._app.driver.write(text)
