"""What an isolated run sees of the host's files: a list of binds that each isolated backend carries out in its way.

Nothing of the host is writable except the run's own private copy, its `out/` and the log's FIFO; home folders, the
workspace's state, its git data and our own packages are absent.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sandbox.base import Environment, RunSpec, SandboxError
from sandbox.launch import INSIDE

SYSTEM = ("/usr", "/etc/ssl/certs", "/etc/alternatives", "/etc/ld.so.cache")
TOP_LEVEL = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
_NO_WORKDIR = ("/mlrc", "/proc", "/sys", "/dev", "/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64")
_MOST_LINKS = 40


@dataclass(frozen=True, slots=True, order=True)
class Bind:
    """One path of the host, shown at `target`."""

    target: str
    source: str
    writable: bool = False


def top_level_links() -> dict[str, str]:
    """Links such as `/lib64 -> usr/lib64` of a system with a merged /usr."""
    links = {name: Path("/", name) for name in TOP_LEVEL}
    return {name: str(path.readlink()) for name, path in links.items() if path.is_symlink()}


def binds(spec: RunSpec, folder: Path, log: Path) -> list[Bind]:
    """All binds of a run, parents before what lies below them.

    `folder/mounts` receives the small files that stand for accounts and for masked packages.

    Raises:
        SandboxError: the workspace's path cannot be shown, or the environment has gone.
    """
    check_workdir(spec.workdir)
    shown: dict[str, Bind] = {}
    for bind in (*_system(), *environment_binds(spec.environment)):
        shown[bind.target] = bind
    shown[spec.workdir] = Bind(spec.workdir, str(folder / "work"), writable=True)
    if inner := [bind for bind in environment_binds(spec.environment) if bind.target == spec.workdir]:
        raise SandboxError(
            f"The environment {inner[0].target} is the workspace itself. Use an environment in a folder of its own."
        )
    for bind in (*_masks(spec.environment, folder), *_accounts(folder)):
        shown[bind.target] = bind
    for item in spec.inputs:
        target = f"{INSIDE}/{item.name}"
        shown[target] = Bind(target, os.path.realpath(item.source))
    shown[f"{INSIDE}/out"] = Bind(f"{INSIDE}/out", str(folder / "out"), writable=True)
    shown[f"{INSIDE}/log"] = Bind(f"{INSIDE}/log", str(log), writable=True)
    ordered = sorted(shown.values(), key=lambda bind: PurePosixPath(bind.target).parts)
    _make_mount_points(ordered, spec.workdir, folder / "work")
    return ordered


def check_workdir(workdir: str) -> None:
    """Refuse a workspace path that would cover a part of the system.

    Raises:
        SandboxError: always with the path and what to do.
    """
    path = PurePosixPath(workdir)
    depth = len(path.parts)
    taken = any(path == PurePosixPath(name) or PurePosixPath(name) in path.parents for name in _NO_WORKDIR)
    if not path.is_absolute() or ".." in path.parts or depth < 2 or taken or workdir in ("/tmp", "/var"):
        raise SandboxError(f"A workspace at {workdir} cannot be shown to a run. Move it to a folder below home.")


def environment_binds(environment: Environment) -> list[Bind]:
    """Interpreter, base installation and packages at their own paths, under the used and the real name.

    Raises:
        SandboxError: one of them is missing.
    """
    places: list[str] = []
    for path in (environment.base_prefix, environment.prefix):
        if not Path(path).is_dir():
            raise SandboxError(
                f"The environment {path} has gone. Choose another with `[environment] python` in copilot.toml."
            )
        places += [path, os.path.realpath(path)]
    found = {place: Bind(place, os.path.realpath(place)) for place in places if not _in_system(place)}
    for link in _interpreter_links(environment.python):
        if not _in_system(link) and not any(PurePosixPath(place) in PurePosixPath(link).parents for place in found):
            found[link] = Bind(link, os.path.realpath(link))
    return list(found.values())


def shared_groups(spec: RunSpec) -> frozenset[int]:
    """Groups through which an ordinary user reads what the run is shown (a laboratory's data); none for root."""
    if os.getuid() == 0:
        return frozenset()
    return frozenset(os.getgroups()) & {Path(path).stat().st_gid for path in _shown(spec)} - {0, os.getgid()}


def check_readable(spec: RunSpec, uid: int, groups: frozenset[int]) -> None:
    """Refuse a start whose interpreter or input the run, as this user with these groups, could not read.

    The parents of a bind are made anew inside and do not count; the shown file or folder itself does.

    Raises:
        SandboxError: with the command that mends it.
    """
    for path in _shown(spec):
        found = Path(path).stat()
        needed = stat.S_IROTH | stat.S_IXOTH if stat.S_ISDIR(found.st_mode) else stat.S_IROTH
        # The three sets of permission bits stand side by side: others, group, owner.
        shift = 6 if found.st_uid == uid else 3 if found.st_gid in groups else 0
        if (found.st_mode >> shift) & needed != needed:
            raise SandboxError(f"The run's user (uid {uid}) cannot read {path}. Allow it with: chmod -R o+rX '{path}'")


def _shown(spec: RunSpec) -> list[str]:
    binds = [bind.source for bind in environment_binds(spec.environment)]
    return [*binds, *(item.source for item in spec.inputs), os.path.realpath(spec.environment.python)]


def _system() -> list[Bind]:
    found = [Bind(path, os.path.realpath(path)) for path in SYSTEM if Path(path).exists()]
    real = [Path("/", name) for name in TOP_LEVEL if Path("/", name).is_dir() and not Path("/", name).is_symlink()]
    return found + [Bind(str(path), str(path)) for path in real]


def _in_system(path: str) -> bool:
    here = PurePosixPath(path)
    return here == PurePosixPath("/usr") or PurePosixPath("/usr") in here.parents


def _interpreter_links(python: str) -> list[str]:
    """Every hop from the interpreter's name to its file."""
    hops = [python]
    for _ in range(_MOST_LINKS):
        here = Path(hops[-1])
        if not here.is_symlink():
            break
        hops.append(os.path.normpath(here.parent / here.readlink()))
    return hops


def _masks(environment: Environment, folder: Path) -> list[Bind]:
    """Something empty over each of our own packages, so that a run cannot read how it is judged."""
    empty, nothing = folder / "mounts" / "empty", folder / "mounts" / "nothing"
    empty.mkdir(parents=True, exist_ok=True)
    nothing.touch()
    for path, mode in ((folder / "mounts", 0o755), (empty, 0o555), (nothing, 0o444)):
        path.chmod(mode)
    # The environment is shown under its own and under its real path.
    spelled = [*environment.masked, *(os.path.realpath(path) for path in environment.masked)]
    present = [path for path in dict.fromkeys(spelled) if Path(path).exists()]
    return [Bind(path, str(empty if Path(path).is_dir() else nothing)) for path in present]


def _accounts(folder: Path) -> list[Bind]:
    """Account files that name nobody of the host."""
    texts = {
        "passwd": "root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n",
        "group": "root:x:0:\nnogroup:x:65534:\n",
    }
    found = []
    for name, text in texts.items():
        path = folder / "mounts" / name
        path.write_text(text, encoding="ascii")
        path.chmod(0o444)
        found.append(Bind(f"/etc/{name}", str(path)))
    return found


def _make_mount_points(shown: list[Bind], workdir: str, work: Path) -> None:
    """Make the places for binds inside the private copy (a `.venv` in the workspace)."""
    made: list[PurePosixPath] = []
    for bind in shown:
        target = PurePosixPath(bind.target)
        inside = PurePosixPath(workdir) in target.parents
        # Below another bind the place is already there.
        if inside and not any(place in target.parents for place in made):
            _make_place(work, target.relative_to(workdir).parts, file=not Path(bind.source).is_dir())
            made.append(target)


def _make_place(work: Path, parts: tuple[str, ...], *, file: bool) -> None:
    """One folder or empty file in the copy, never through a link of the tree."""
    here = work
    for position, part in enumerate(parts, start=1):
        here = here / part
        if here.is_symlink():
            raise SandboxError(
                f"The tree has a link at {'/'.join(parts[:position])}, where the environment has to appear. "
                "Remove it from git, or choose an environment outside of the workspace."
            )
        if file and position == len(parts):
            here.touch()
        else:
            here.mkdir(exist_ok=True)
            here.chmod(here.stat().st_mode | 0o755)
