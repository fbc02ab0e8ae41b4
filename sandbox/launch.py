"""What a run executes and with which variables: the one place where an approved command becomes a shell script.

Isolated backends show a run's files at fixed paths below `/mlrc`, `local` at their host paths; the script is the same.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path

from sandbox.base import Limits, RunSpec, SandboxError

INSIDE = "/mlrc"
RESERVED_NAMES = frozenset({"out", "log", "python"})

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_TOKEN = re.compile(r"\{([A-Za-z0-9][A-Za-z0-9_.-]{0,63})\}")
_LIBRARIES_WITH_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Places:
    """Where the run itself finds its files."""

    workdir: str
    out: str
    log: str
    inputs: dict[str, str]


def isolated_places(spec: RunSpec) -> Places:
    """The same paths for every isolated backend: the workspace's own path, and `/mlrc/...` for all else."""
    inputs = {item.name: f"{INSIDE}/{item.name}" for item in spec.inputs}
    return Places(spec.workdir, f"{INSIDE}/out", f"{INSIDE}/log", inputs)


def host_places(spec: RunSpec, folder: Path, log: Path) -> Places:
    """Host paths, for a backend that cannot show a file under another name."""
    inputs = {item.name: item.source for item in spec.inputs}
    return Places(str(folder / "work"), str(folder / "out"), str(log), inputs)


def check(spec: RunSpec) -> None:
    """Refuse what no backend can start.

    Raises:
        SandboxError: no command, an empty one, or an input whose name cannot be shown.
    """
    if not spec.commands or not all(spec.commands):
        raise SandboxError("The run has an empty command. Write one under `run` in copilot.toml.")
    names = [item.name for item in spec.inputs]
    for name in names:
        if not _NAME.fullmatch(name) or name in RESERVED_NAMES or names.count(name) > 1:
            raise SandboxError(
                f"An input cannot be called {name!r}. Give it a name of its own: letters, digits, `_`, `.`, `-`."
            )
    for item in spec.inputs:
        if not Path(item.source).exists():
            raise SandboxError(f"The input {item.name} is missing: {item.source}. Restore it, or change copilot.toml.")


def expand(argument: str, spec: RunSpec, places: Places) -> str:
    """Fill in `{out}`, `{python}` and the names of inputs; any other braces stay as they are (they may be JSON)."""
    values = {**places.inputs, "out": places.out, "python": spec.environment.python}
    return _TOKEN.sub(lambda found: values.get(found[1], found[0]), argument)


def script(spec: RunSpec, places: Places) -> str:
    """The `/bin/sh` text of a run: output to the FIFO, the commands in order, the first failure ends it.

    The FIFO is opened read-write so that neither the opening nor a write fails while no keeper reads.
    The last command replaces the shell: its signals and its exit code are then the run's own.
    """
    lines = [f"exec 1<>{shlex.quote(places.log)} 2>&1 </dev/null", f"cd -- {shlex.quote(places.workdir)} || exit 126"]
    several = len(spec.commands) > 1
    if several:
        # Without a trap the shell dies at once on SIGTERM, and the command gets no time to save its work.
        lines.append("trap 'exit 143' TERM")
    for position, command in enumerate(spec.commands):
        words = shlex.join(expand(argument, spec, places) for argument in command)
        if several:
            lines.append(f"printf '==> trial %s\\n' {shlex.quote(str(_trial(spec, position)))}")
        lines.append(f"exec {words}" if position == len(spec.commands) - 1 else f"{words} || exit $?")
    return "\n".join(lines) + "\n"


def _trial(spec: RunSpec, position: int) -> int:
    """The seed of a command; its ordinal where commands and seeds do not correspond one to one."""
    return spec.seeds[position] if len(spec.seeds) == len(spec.commands) else position + 1


def variables(spec: RunSpec, places: Places) -> dict[str, str]:
    """The whole environment of a run; nothing of the host's. The variables that were approved come last.

    Bytecode is neither written nor redirected: a redirected cache compiles every package anew (torch: 3.4 s instead
    of 1.6 s to import). Bytecode of the tree is removed instead, see `drop_bytecode`.
    """
    threads = str(threads_for(spec.limits.cpus))
    return {
        "PATH": f"{Path(spec.environment.python).parent}:/usr/local/bin:/usr/bin:/bin",
        "HOME": "/tmp",
        "TMPDIR": "/tmp",
        # torch's compiler asks for the user's name, and the uid of a run has no account.
        "USER": "run",
        "LOGNAME": "run",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "PYTHONNOUSERSITE": "1",
        **dict.fromkeys(_LIBRARIES_WITH_THREADS, threads),
        "MLRC_OUT": places.out,
        **spec.variables,
    }


def threads_for(cpus: float) -> int:
    """Threads for numeric libraries: they see all of the machine's processors, whatever the limit says."""
    return max(1, int(usable_cpus(cpus)))


def usable_cpus(cpus: float) -> float:
    """The processors of the limit that this machine really has."""
    return min(cpus, float(os.cpu_count() or 1))


def shared_memory(limits: Limits) -> int:
    """Bytes of /dev/shm, through which data loaders hand over batches; it is part of the run's memory."""
    return max(64 << 20, limits.memory_bytes // 2)


def drop_bytecode(work: Path) -> None:
    """Remove `__pycache__` from the private copy: forged bytecode would run in place of the reviewed source."""
    for parent, folders, files in os.walk(work):
        if "__pycache__" in folders:
            folders.remove("__pycache__")
            _remove(Path(parent, "__pycache__"))
        if "__pycache__" in files:
            Path(parent, "__pycache__").unlink()


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        shutil.rmtree(path)


def status(code: int) -> tuple[int, int | None]:
    """Exit code and signal of a wait status: shells and container engines report signal N as 128 + N."""
    if code < 0:
        return 128 - code, -code
    return code, code - 128 if 128 < code <= 128 + 64 else None
