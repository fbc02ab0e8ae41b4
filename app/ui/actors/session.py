"""Coming and going, and what concerns the terminal itself: copy, suspend, draw anew."""

from __future__ import annotations

import os
import threading

from app.ui.actors.actor import Actor
from app.ui.messages import Said
from app.ui.terminal.driver import CopilotDriver
from app.ui.terminal.painted import PaintedApp


class Session(Actor):
    """What concerns the terminal and this client of it."""

    def do_detach(self) -> None:
        """Close the screen; work goes on."""
        self._screen.keep_view()
        self._screen.app.exit(0)

    def do_copy(self) -> None:
        """Copy what the focused pane shows."""
        from app.ui.terminal import clipboard

        screen, driver = self._screen, self._terminal()
        text, folder = screen.pane.copied(), self._model.paths.state
        if not text.strip():
            screen.say("There is nothing here to copy.", "warn")
            return

        def carry() -> None:
            try:
                said = Said(clipboard.copy(text, folder, driver.write if driver else None), "good")
            except OSError as error:
                said = Said(f"Nothing was copied: {folder} cannot be written ({error.strerror}).", "bad")
            screen.post_message(said)

        # tmux may take its time; keys must not wait for it.
        threading.Thread(target=carry, name="copy", daemon=True).start()

    def do_suspend(self) -> None:
        """Stop the screen alone, as ctrl+z does; `fg` in the shell brings it back."""
        if not has_shell():
            self._screen.say("There is no shell to come back from. q closes the screen, `mlrc` opens it again.", "warn")
            return
        self._screen.keep_view()
        self._screen.app.action_suspend_process()

    def do_repaint(self) -> None:
        """Draw everything anew, where the terminal lost what it showed."""
        app = self._screen.app
        if isinstance(app, PaintedApp):
            app.repaint()

    def _terminal(self) -> CopilotDriver | None:
        app = self._screen.app
        return app.driver if isinstance(app, PaintedApp) else None


def has_shell() -> bool:
    """Whether whoever started this process shares its session: a process stopped without that stays so for good."""
    try:
        return os.getsid(os.getppid()) == os.getsid(0)
    except OSError:
        return False
