"""The only door to git. Nothing that a repository configures, names or contains is ever executed here.

Every call of git goes through `Git.attempt`: an argument vector, an explicit git directory, an environment of our own,
fixed settings that win over the repository's, a time limit and a cap on the output. What a repository can plant (hooks,
filters, drivers, a redirected worktree) is in the tests, which run each attack against plain git first.
"""

from __future__ import annotations

import os
import re
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sandbox.base import SandboxError

if TYPE_CHECKING:
    from git.cmd import Git as Launcher

OLDEST = (2, 38)
"""`merge-tree --write-tree`, which reverts need, came with git 2.38."""
ZERO = re.compile(r"0+")
_OID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_OUTPUT = 256 << 20
_REASON = 4096

# What a repository can set to make git start a program, reach the network, rewrite content or wait for a person.
_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "core.untrackedCache": "false",
    "core.attributesFile": "/dev/null",
    "core.excludesFile": "/dev/null",
    "core.pager": "cat",
    "core.editor": "false",
    "core.askPass": "false",
    "core.sshCommand": "false",
    "core.gitProxy": "",
    "core.autocrlf": "false",
    "core.eol": "lf",
    "core.safecrlf": "false",
    "core.quotePath": "false",
    "core.bigFileThreshold": "512m",
    # A ref or an event that follows must not outlive its objects in a power failure.
    "core.fsync": "committed,loose-object,reference",
    "core.logAllRefUpdates": "false",
    "commit.gpgSign": "false",
    "credential.helper": "",
    "diff.external": "",
    "diff.orderFile": "/dev/null",
    "gc.auto": "0",
    "gpg.program": "false",
    "i18n.commitEncoding": "UTF-8",
    "log.showSignature": "false",
    "maintenance.auto": "false",
    "merge.renormalize": "false",
    "pack.threads": "1",
    "protocol.allow": "never",
    "submodule.recurse": "false",
    "uploadpack.packObjectsHook": "",
}
_OVERRIDES = tuple(part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}"))
_ENVIRONMENT = {
    "LC_ALL": "C",
    "GIT_ADVICE": "0",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    # A replacement ref would show content other than what the hash names.
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}
_PERSONAL = ("HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM")


class GitError(SandboxError):
    """git refused or failed; the text holds git's own reason."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How one call ended."""

    code: int
    out: bytes
    reason: str
    """What git printed as its error, on one line, without control characters."""


class Git:
    """git on one git directory.

    `settings` are configuration values above those of the repository, passed by environment because a name of a section
    may hold any character. `personal` lets the user's own configuration be read, for their name only.
    """

    def __init__(
        self,
        git_dir: Path,
        *,
        work_tree: Path | None = None,
        settings: Mapping[str, str] | None = None,
        personal: bool = False,
    ) -> None:
        self.git_dir = git_dir
        self._work_tree = work_tree
        self._environment = _ENVIRONMENT | _settings_environment(settings or {})
        if personal:
            self._environment = _personal(self._environment)

    def run(
        self,
        *arguments: str,
        doing: str,
        data: bytes | IO[bytes] = b"",
        sink: IO[bytes] | None = None,
        extra: Mapping[str, str] | None = None,
        folder: Path | None = None,
        seconds: float = 120.0,
    ) -> bytes:
        """What git prints, which must succeed; `doing` completes "git could not …".

        Raises:
            GitError: it failed, took longer than `seconds`, or printed more than 256 MiB.
        """
        answer = self.attempt(*arguments, data=data, sink=sink, extra=extra, folder=folder, seconds=seconds)
        if answer.code != 0:
            raise GitError(f"git could not {doing}: {answer.reason or f'it ended with code {answer.code}'}.")
        return answer.out

    def text(self, *arguments: str, doing: str) -> str:
        """As `run`, for a short answer: decoded, without the end of line."""
        return self.run(*arguments, doing=doing).decode(errors="surrogateescape").removesuffix("\n")

    def attempt(
        self,
        *arguments: str,
        data: bytes | IO[bytes] = b"",
        sink: IO[bytes] | None = None,
        extra: Mapping[str, str] | None = None,
        folder: Path | None = None,
        seconds: float = 120.0,
    ) -> Answer:
        """Call git and say how it ended; the one place from which it is started.

        `data` is its standard input, `sink` takes its output instead of the answer, `extra` are environment variables
        (an index, an author), `folder` is where it runs.
        """
        program = executable()
        location = [f"--git-dir={self.git_dir}"]
        if self._work_tree is not None:
            location.append(f"--work-tree={self._work_tree}")
        environment = {"PATH": f"{Path(program).parent}:/usr/bin:/bin"} | self._environment | dict(extra or {})
        # GitPython can only add to the inherited environment; `env -i` starts git with ours alone.
        clean = ["/usr/bin/env", "-i", *(f"{name}={value}" for name, value in environment.items())]
        command = [*clean, program, "--no-pager", *location, *_OVERRIDES, *arguments]
        with _input(data) as standard_input:
            started = _launcher(str(folder or self._work_tree or "/")).execute(
                command, istream=standard_input.fileno(), as_process=True, shell=False, start_new_session=True
            )
            if started.proc is None:
                raise GitError("git could not be started; try again.")
            return _finish(started.proc, sink, time.monotonic() + seconds, arguments[0])


@cache
def executable() -> str:
    """Absolute path of git, resolved once.

    Raises:
        SandboxError: it is not installed or too old.
    """
    found = shutil.which("git")
    if found is None:
        raise SandboxError("git is not installed. Install it (for example `apt install git`) and try again.")
    printed = subprocess.run([found, "version"], capture_output=True, check=False, env=_ENVIRONMENT, cwd="/").stdout
    version = re.search(rb"(\d+)\.(\d+)", printed)
    if version is None or (int(version[1]), int(version[2])) < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        shown = printed.decode(errors="replace").strip() or "of unknown version"
        raise SandboxError(f"{found} is {shown}; git {wanted} or newer is needed. Upgrade git and try again.")
    return str(Path(found).absolute())


def oid(value: str) -> str:
    """The value itself, if it is a full object name; anything else could be read as an option or a search.

    Raises:
        SandboxError: it is not.
    """
    if not _OID.fullmatch(value):
        raise SandboxError(f"{value!r:.80} is not a full git object name (40 or 64 hexadecimal digits).")
    return value


def line(text: str) -> str:
    """Untrusted text on one line, without control characters."""
    return "".join(character if character.isprintable() else " " for character in text).strip()


def _launcher(folder: str) -> Launcher:
    from git.cmd import Git as Launcher  # noqa: PLC0415 - costs 70 ms, which a client that only draws must not pay

    return Launcher(folder)


def _settings_environment(settings: Mapping[str, str]) -> dict[str, str]:
    variables = {"GIT_CONFIG_COUNT": str(len(settings))} if settings else {}
    for number, (name, value) in enumerate(settings.items()):
        variables |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return variables


def _personal(environment: dict[str, str]) -> dict[str, str]:
    own = {name: os.environ[name] for name in _PERSONAL if name in os.environ}
    return {name: value for name, value in environment.items() if name not in _PERSONAL} | own


@contextmanager
def _input(data: bytes | IO[bytes]) -> Iterator[IO[bytes]]:
    """A real file, so that feeding git and draining it cannot block each other."""
    if not isinstance(data, bytes):
        data.seek(0)
        yield data
        return
    if not data:
        with Path(os.devnull).open("rb") as nothing:
            yield nothing
        return
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


def _finish(process: subprocess.Popen[bytes], sink: IO[bytes] | None, deadline: float, verb: str) -> Answer:
    try:
        out, errors = _drain(process, sink, deadline, verb)
        code = process.wait(max(0.1, deadline - time.monotonic()))
    except BaseException:
        # Whatever ends us early (Ctrl-C too) must not leave git, or a child of it, writing.
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise
    finally:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()
    reason = re.sub(r"^(fatal|error): ", "", line(errors.decode(errors="replace").replace("\n", " ")))
    return Answer(code, out, reason.rstrip("."))


def _drain(process: subprocess.Popen[bytes], sink: IO[bytes] | None, deadline: float, verb: str) -> tuple[bytes, bytes]:
    out, errors = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select(max(0.0, deadline - time.monotonic())):
                block = os.read(key.fd, 1 << 18)
                if not block:
                    selector.unregister(key.fileobj)
                elif key.fileobj is process.stderr:
                    errors += block[: _REASON - len(errors)]
                elif sink is not None:
                    sink.write(block)
                else:
                    out += block
            if len(out) > _OUTPUT:
                raise GitError(
                    f"git {verb} printed more than {_OUTPUT >> 20} MiB; the files are too large for a review."
                )
            if time.monotonic() > deadline:
                raise GitError(f"git {verb} did not end in time; check the disk of the repository and try again.")
    return bytes(out), bytes(errors)
