"""What can be known of the terminal without importing anything."""

from __future__ import annotations

import os
import sys

UTF8 = ("utf-8", "utf8")


def interactive() -> bool:
    """Whether somebody sits at a terminal: it can be asked, and it can answer."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def on_terminal() -> bool:
    """Whether a full screen can be drawn. Where not, and `interactive`, plain lines are for the human there."""
    return interactive() and os.environ.get("TERM", "dumb") != "dumb" and speaks_utf8()


def speaks_utf8() -> bool:
    """Whether the terminal takes UTF-8: Python thinks so, and the locale does not name another character set.

    Python takes UTF-8 for a locale that is not installed, as when SSH hands on one from elsewhere; what the user
    named is the better witness then.
    """
    return named_encoding() in ("", *UTF8) and (sys.stdout.encoding or "").lower() in UTF8


def named_encoding() -> str:
    """The character set that the locale names, in lower case; empty where it names none (C, en_US)."""
    name = next((value for key in ("LC_ALL", "LC_CTYPE", "LANG") if (value := os.environ.get(key))), "")
    return name.partition("@")[0].partition(".")[2].lower()
