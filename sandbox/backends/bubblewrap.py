"""Runs in namespaces made by bubblewrap: no engine, no image, 12 ms. They end with their keeper.

As root no user namespace is made (a setuid file made inside one came out root-owned and gave root to whoever started
it); root's rights are dropped inside instead. An ordinary user has to have one and keeps its own uid.
"""

from __future__ import annotations

import os
import re
import select
import shlex
import shutil
import signal
import subprocess
import time
from functools import cache
from pathlib import Path, PurePosixPath

from sandbox import accounts, cgroups, launch, view
from sandbox.base import Handle, Probe, RunSpec, SandboxError
from sandbox.cgroups import Group
from sandbox.descendants import ChildHandle
from sandbox.view import Bind

_OLDEST = (0, 5)
_READY_SECONDS = 20.0
_READY = "==> ready"
_NPROC_PER_NAMESPACE = (5, 14)
_TELL = "import sys; print(sys.version.split()[0], sys.prefix, sys.base_prefix, sep='\\n')"
# The shell joins the control group before anything of the run exists, then becomes bubblewrap.
_ENTER = 'for entrance; do shift; [ "$entrance" = -- ] && break; echo $$ >"$entrance" || exit 125; done; exec "$@"'


class BubblewrapSandbox:
    """bubblewrap, with rights dropped by util-linux and limits by control groups where this user may make them."""

    name = "bubblewrap"
    isolation = "namespaces, no network, not root, read-only system"
    survives_keeper = False

    def probe(self) -> Probe:
        """Starts one empty sandbox: only that tells whether this kernel and its policy permit it."""
        missing = [name for name in ("bwrap", "setpriv", "prlimit") if shutil.which(name) is None]
        if missing:
            return Probe(usable=False, detail=f"{' and '.join(missing)} not found.", remedy=_install(missing))
        version = _version()
        if version < _OLDEST:
            return Probe(
                usable=False, detail=f"bubblewrap {_dotted(version)} is too old.", remedy="Install 0.5 or newer."
            )
        tried = _try()
        if tried:
            remedy = "Permit user namespaces for bwrap (on Ubuntu: an AppArmor profile for it), or install Docker."
            return Probe(usable=False, detail=f"bubblewrap cannot make a sandbox: {tried}.", remedy=remedy)
        return Probe(usable=True, detail=f"bubblewrap {_dotted(version)}; {_limits_in_words(cgroups.writable())}")

    def user(self, spec: RunSpec) -> tuple[int, int]:
        """The user's own, or a reserved one for root."""
        return accounts.run_user(spec.workspace)

    def start(self, spec: RunSpec, folder: Path, log: Path) -> Handle:
        """Start a sandbox and hear from inside which interpreter runs there, before the first command."""
        launch.check(spec)
        probe = self.probe()
        if not probe.usable:
            raise SandboxError(f"{probe.detail} {probe.remedy}")
        user = self.user(spec)
        view.check_readable(spec, user[0], view.shared_groups(spec) | {user[1]})
        launch.drop_bytecode(folder / "work")
        places = launch.isolated_places(spec)
        inside = [*_drop_rights(user), "/bin/sh", "-c", _announce(spec) + launch.script(spec, places)]
        cpus = launch.usable_cpus(spec.limits.cpus)
        # Made last of all: nothing that can still fail may leave it behind.
        arguments = [*_namespaces(spec, user), *_files(spec, folder, log)]
        group = cgroups.create(f"{spec.workspace[:12]}-{spec.run}", spec.limits, cpus)
        limited = [*_resource_limits(spec, grouped=group is not None), *inside]
        command = [*_enter(group), *arguments, "--", *limited]
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env=launch.variables(spec, places),
                cwd="/",
                start_new_session=True,
            )
            handle = self._handle(spec, process, user, group)
            try:
                _check_interpreter(spec, _first_words(process))
            except SandboxError:
                handle.stop(0.0)
                raise
        except (OSError, SandboxError) as error:
            if group is not None:
                group.remove()
            raise (
                error if isinstance(error, SandboxError) else SandboxError(f"bwrap does not start: {error}.")
            ) from error
        return handle

    def adopt(self, spec: RunSpec, folder: Path, identity: dict[str, str]) -> Handle | None:
        """Never: such a run ends with its keeper."""
        return None

    def _handle(
        self, spec: RunSpec, process: subprocess.Popen[bytes], user: tuple[int, int], group: Group | None
    ) -> ChildHandle:
        environment = spec.environment
        facts = {
            "isolation": self.isolation if not spec.network else self.isolation.replace("no network", "with network"),
            "engine": f"bubblewrap {_dotted(_version())}",
            "uid": str(user[0]),
            "user namespace": "no" if os.getuid() == 0 else "yes",
            "network": "the host's" if spec.network else "none",
            "python": f"{environment.version} at {environment.prefix} (seen from inside)",
            "limits": _limits_in_words(group is not None),
        }
        return ChildHandle(
            process,
            wrapper="bwrap",
            end=signal.SIGKILL,
            memory_bytes=0 if group is not None else spec.limits.memory_bytes,
            facts=facts,
            group=group,
        )


def _namespaces(spec: RunSpec, user: tuple[int, int]) -> list[str]:
    found = ["--die-with-parent", "--new-session", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    found += ["--unshare-cgroup-try", "--hostname", "run"]
    if not spec.network:
        found.append("--unshare-net")
    if os.getuid() != 0:
        found += ["--unshare-user", "--uid", str(user[0]), "--gid", str(user[1])]
        if "--disable-userns" in _options():
            found.append("--disable-userns")
    return found


def _files(spec: RunSpec, folder: Path, log: Path) -> list[str]:
    """Mounts in order. Parents are made by name with mode 0755: those that bubblewrap adds itself are 0700, and the
    dynamic loader, unable to enter them, silently takes another library of the same name."""
    limits = spec.limits
    found = ["--perms", "1777", *_size(limits.tmp_bytes), "--tmpfs", "/tmp", "--proc", "/proc", "--dev", "/dev"]
    found += ["--perms", "1777", *_size(launch.shared_memory(limits)), "--tmpfs", "/dev/shm"]
    for name, place in sorted(view.top_level_links().items()):
        found += ["--symlink", place, f"/{name}"]
    made: set[PurePosixPath] = {PurePosixPath(path) for path in ("/", "/tmp", "/dev", "/proc")}
    shown: list[PurePosixPath] = []
    for bind in [*view.binds(spec, folder, log), *_names(spec, folder)]:
        target = PurePosixPath(bind.target)
        for parent in reversed(target.parents):
            if parent not in made and not any(parent.is_relative_to(place) for place in shown):
                found += ["--perms", "0755", "--dir", str(parent)]
                made.add(parent)
        found += ["--bind" if bind.writable else "--ro-bind", bind.source, bind.target]
        shown.append(target)
    return [*found, "--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/"]


def _names(spec: RunSpec, folder: Path) -> list[Bind]:
    """Name resolution: the host's where the run may use the network, else only its own name."""
    if spec.network:
        known = ("/etc/hosts", "/etc/resolv.conf", "/etc/nsswitch.conf")
        return [Bind(path, os.path.realpath(path)) for path in known if Path(path).exists()]
    hosts = folder / "mounts" / "hosts"
    hosts.write_text("127.0.0.1 localhost run\n::1 localhost\n", encoding="ascii")
    hosts.chmod(0o444)
    return [Bind("/etc/hosts", str(hosts))]


def _size(size: int) -> list[str]:
    # Without the option (before 0.7) the memory limit alone bounds what is in memory.
    return ["--size", str(size)] if "--size" in _options() else []


def _resource_limits(spec: RunSpec, *, grouped: bool) -> list[str]:
    found = ["prlimit", "--core=0:0"]
    if not grouped:
        # Not the address space: torch and CUDA reserve far more of it than they use.
        found.append(f"--data={spec.limits.memory_bytes}:{spec.limits.memory_bytes}")
        if os.getuid() == 0 or _kernel() >= _NPROC_PER_NAMESPACE:
            # Older kernels count all processes of the user on the machine, not those of the namespace.
            found.append(f"--nproc={spec.limits.processes}:{spec.limits.processes}")
    return [*found, "--"]


def _drop_rights(user: tuple[int, int]) -> list[str]:
    if os.getuid() != 0:
        return []
    ids = [f"--reuid={user[0]}", f"--regid={user[1]}", "--clear-groups"]
    return ["setpriv", *ids, "--inh-caps=-all", "--ambient-caps=-all", "--bounding-set=-all", "--no-new-privs", "--"]


def _enter(group: Group | None) -> list[str]:
    if group is None:
        return ["bwrap"]
    return ["/bin/sh", "-c", _ENTER, "sh", *map(str, group.entrances), "--", "bwrap"]


def _announce(spec: RunSpec) -> str:
    """Shell text that tells the keeper which interpreter is there, and goes no further where it is another one."""
    python, expected = shlex.quote(spec.environment.python), shlex.quote(_expected(spec))
    return (
        f"told=$({python} -I -c {shlex.quote(_TELL)} 2>&1)\n"
        f"printf '%s\\n{_READY}\\n' \"$told\" || exit 125\n"
        f'[ "$told" = {expected} ] || exit 125\n'
    )


def _expected(spec: RunSpec) -> str:
    environment = spec.environment
    return "\n".join((environment.version, environment.prefix, environment.base_prefix))


def _first_words(process: subprocess.Popen[bytes]) -> str:
    """What comes out before the run's output goes to the log: the interpreter's answer, or bubblewrap's complaint."""
    assert process.stdout is not None
    text = b""
    until = time.monotonic() + _READY_SECONDS
    with process.stdout as pipe:
        while not text.endswith(f"{_READY}\n".encode()):
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - time.monotonic()))
            part = os.read(pipe.fileno(), 65536) if ready else b""
            if not part:
                break
            text += part
    return text.decode(errors="replace")


def _check_interpreter(spec: RunSpec, told: str) -> None:
    if not told.endswith(f"{_READY}\n"):
        reason = told.strip().splitlines()[-1:] or ["it did not answer in time"]
        raise SandboxError(f"bubblewrap could not set the run up: {reason[0]}. See: mlrc doctor")
    found = told.removesuffix(f"{_READY}\n").strip()
    if found != _expected(spec):
        seen = " ".join(found.split()) or "nothing"
        raise SandboxError(
            f"Inside the sandbox {spec.environment.python} is not the approved interpreter (it says: {seen:.300}). "
            "See that its files and their folders are readable for all users."
        )


@cache
def _try() -> str:
    """Why an empty sandbox cannot be made; empty where it can."""
    user = ["--unshare-user"] if os.getuid() != 0 else []
    namespaces = ["--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts", *user]
    command = ["bwrap", *namespaces, "--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--", "true"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip() or f"exit code {done.returncode}").splitlines()[-1]


@cache
def _version() -> tuple[int, ...]:
    said = subprocess.run(["bwrap", "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    return tuple(int(number) for number in re.findall(r"\d+", said))


@cache
def _options() -> str:
    return subprocess.run(["bwrap", "--help"], capture_output=True, text=True, timeout=20, check=False).stdout


def _kernel() -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d+", os.uname().release)[:2])


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


def _install(missing: list[str]) -> str:
    packages = {"bwrap": "bubblewrap", "setpriv": "util-linux", "prlimit": "util-linux"}
    return f"Install with your package manager: {', '.join(sorted({packages[name] for name in missing}))}."


def _limits_in_words(grouped: bool) -> str:
    if grouped:
        return "memory, processes and processors limited by control groups"
    return "memory watched by the keeper and limited per process; processors not limited"


SANDBOXES = (BubblewrapSandbox(),)
