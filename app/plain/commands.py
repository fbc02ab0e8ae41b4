"""The ONE declaration of what can be typed in plain mode; the letters are the keys of the screen."""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    """One command: `do_<name>` of a desk carries it out."""

    name: str
    letter: str
    wants: str
    help: str


COMMANDS = (
    Command("inbox", "i", "", "what needs you, each with its number"),
    Command("show", "", "N", "the whole of item N; the number alone does the same"),
    Command("accept", "a", "[N]", "say yes to exactly what was printed of item N"),
    Command("reject", "r", "[N] [WHY]", "say no; the reason reaches the agent"),
    Command("edit", "e", "[N or p1]", "change item N, or what was drawn from paper 1, in $VISUAL or $EDITOR"),
    Command("undo", "z", "[N]", "take a decision back; says first what that does"),
    Command("steps", "", "", "every item and what became of it"),
    Command("experiments", "x", "", "every experiment and its verdict"),
    Command("status", "s", "", "what is going on"),
    Command("watch", "w", "", "say what happens as it happens, until you press Enter"),
    Command("log", "l", "[RUN] [LINES]", "the last lines that a run printed"),
    Command("follow", "f", "[RUN]", "new lines of a run as they come, until it ends or you press Enter"),
    Command("chart", "c", "[RUN] [METRIC]", "the learning curve of a run as a table"),
    Command("paper", "p", "[SECTION]", "the paper: its sections, or the text of one"),
    Command("next", "n", "", "the next section of the paper"),
    Command("search", "/", "TEXT", "where a text stands in the paper, the items and the newest log"),
    Command("read", "", "FILE", "read a paper and propose ideas from it"),
    Command("again", "", "[RUN]", "do a run again that ended without a score; asks first"),
    Command("stop", "", "[RUN]", "stop a run; asks first"),
    Command("words", "", "on or off", "say “added” and “removed” in a diff, or print + and −"),
    Command("help", "?", "", "this list"),
    Command("quit", "q", "", "leave; engine and runs go on"),
)

BY_WORD = {word: command for command in COMMANDS for word in (command.name, command.letter) if word}


def help_lines() -> list[str]:
    """The list as `help` prints it."""
    rows = [
        f"{command.name} {command.wants}".rstrip()
        + (f" (or {command.letter})" if command.letter else "")
        + f": {command.help}."
        for command in COMMANDS
    ]
    return [*rows, "Any verb of `mlrc` can be typed too, for example: doctor, events --since 10, config show."]
