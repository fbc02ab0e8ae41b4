"""Identity of the interpreter and packages that a run uses: what an approval is bound to.

The digest covers what decides which code gets imported: the interpreter's bytes, the `RECORD` of every installed
distribution, path files, the origin of direct installs, and the driver's version. It does not read the packages
themselves (gigabytes); what it cannot see is said in `Environment.blind_spots`.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sandbox.base import Environment, SandboxError

DISTRIBUTION = "mlr_copilot"
DRIVER = Path("/proc/driver/nvidia/version")

_DISTRIBUTIONS = (".dist-info", ".egg-info")
_TIMEOUT_SECONDS = 20
_ASK = """
import json, os, sys
print(json.dumps({
    "version": sys.version.split()[0],
    "prefix": sys.prefix,
    "base_prefix": sys.base_prefix,
    "sites": [path for path in sys.path if os.path.basename(path) in ("site-packages", "dist-packages")],
}))
"""


@dataclass(frozen=True, slots=True)
class Layout:
    """What the interpreter says about itself."""

    version: str
    prefix: str
    base_prefix: str
    sites: tuple[str, ...]
    """Folders with installed packages, in import order."""


@dataclass(frozen=True, slots=True)
class Editable:
    """A distribution that is imported from the folder it is developed in."""

    name: str
    folder: str
    record: Path
    """Its `.dist-info` folder."""


Stamp = tuple[tuple[str, int, int, int], ...]
_layouts: dict[str, tuple[Stamp, Layout]] = {}
_described: dict[str, tuple[Stamp, Environment]] = {}


def describe(python: Path) -> Environment:
    """The environment of an interpreter. The first call costs a start of it, later ones a look at the files' times.

    Raises:
        SandboxError: it is missing or does not start.
    """
    layout = layout_of(python)
    stamp = _stamp(_evidence(python, layout))
    known = _described.get(str(python))
    if known is not None and known[0] == stamp:
        return known[1]
    environment = Environment(
        python=str(python),
        version=layout.version,
        base_prefix=layout.base_prefix,
        prefix=layout.prefix,
        digest=_digest(python, layout),
        masked=tuple(_own_packages(layout)),
        blind_spots=tuple(_blind_spots(layout)),
    )
    _described[str(python)] = (stamp, environment)
    return environment


def layout_of(python: Path) -> Layout:
    """Where an interpreter finds its packages.

    Raises:
        SandboxError: it is missing or does not start.
    """
    if not python.is_absolute():
        raise SandboxError(
            f"The interpreter {python} is not an absolute path. Name it from `/` in `[environment] python`."
        )
    if not python.exists():
        raise SandboxError(f"The interpreter {python} does not exist. Set `[environment] python` in copilot.toml.")
    stamp = _stamp((str(python), os.path.realpath(python), str(python.parent.parent / "pyvenv.cfg")))
    known = _layouts.get(str(python))
    if known is None or known[0] != stamp:
        known = (stamp, _ask(python))
        _layouts[str(python)] = known
    return known[1]


def editables(layout: Layout) -> list[Editable]:
    """Editable installs, by the origin that the installer wrote down (PEP 610)."""
    found = []
    for info in _distributions(layout):
        folder = _editable_folder(info / "direct_url.json")
        if folder:
            found.append(Editable(_name(info), folder, info))
    return found


def _editable_folder(origin: Path) -> str:
    """Empty where the install is not editable, or its origin cannot be read."""
    try:
        data = json.loads(origin.read_bytes())
        editable = data["dir_info"]["editable"] is True and data["url"].startswith("file://")
        return unquote(urlsplit(data["url"]).path) if editable else ""
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""


def path_lines(layout: Layout) -> list[tuple[Path, str]]:
    """Folders that `.pth` files add to the import path, with the file that does it."""
    found = []
    for file in map(Path, _entries(layout, (".pth",))):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            text = line.strip()
            if text and not text.startswith(("#", "import ", "import\t")):
                found.append((file, os.path.normpath(file.parent / text)))
    return found


def _ask(python: Path) -> Layout:
    try:
        # Isolated, and without the caller's variables: those could redirect where packages come from.
        answer = subprocess.run(
            [str(python), "-I", "-c", _ASK],
            capture_output=True,
            text=True,
            timeout=_TIMEOUT_SECONDS,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            check=True,
        )
        data = json.loads(answer.stdout)
        return Layout(data["version"], data["prefix"], data["base_prefix"], tuple(data["sites"]))
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:] or [f"exit code {error.returncode}"]
        raise _broken(python, last[0]) from error
    except subprocess.TimeoutExpired as error:
        raise _broken(python, f"no answer within {_TIMEOUT_SECONDS} s") from error
    except OSError as error:
        raise _broken(python, error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        raise _broken(python, "it is not a Python interpreter") from error


def _broken(python: Path, why: str) -> SandboxError:
    return SandboxError(f"The interpreter {python} does not start: {why}. Repair it, or set `[environment] python`.")


def _distributions(layout: Layout) -> Iterator[Path]:
    yield from map(Path, _entries(layout, _DISTRIBUTIONS))


def _entries(layout: Layout, endings: tuple[str, ...]) -> Iterator[str]:
    for site in layout.sites:
        if os.path.isdir(site):  # noqa: PTH112
            yield from (f"{site}/{name}" for name in sorted(os.listdir(site)) if name.endswith(endings))  # noqa: PTH208


def _evidence(python: Path, layout: Layout) -> Iterator[str]:
    """Every file whose content goes into the digest; each may be absent.

    Plain text: hundreds of paths are looked at for every proposal, and making `Path` objects took most of that time.
    """
    yield os.path.realpath(python)
    yield f"{layout.prefix}/pyvenv.cfg"
    yield from _entries(layout, (".pth", ".egg-link"))
    for info in _entries(layout, _DISTRIBUTIONS):
        if info.endswith(".dist-info"):
            yield from (f"{info}/{name}" for name in ("RECORD", "METADATA", "direct_url.json"))
        elif os.path.isdir(info):  # noqa: PTH112
            yield from (f"{info}/{name}" for name in ("RECORD", "PKG-INFO", "direct_url.json"))
        else:
            yield info
    # Conda's own packages (CUDA among them) have no dist-info; a file's name holds version and build.
    yield f"{layout.prefix}/conda-meta"


def _stamp(paths: Iterable[str]) -> Stamp:
    found = []
    for path in paths:
        try:
            status = os.stat(path)  # noqa: PTH116
        except OSError:
            continue
        found.append((path, status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)


def _digest(python: Path, layout: Layout) -> str:
    total = hashlib.sha256()

    def add(*parts: str | bytes) -> None:
        for part in parts:
            data = part.encode("utf-8", "surrogateescape") if isinstance(part, str) else part
            total.update(len(data).to_bytes(8, "big") + data)

    add(str(python), layout.version, layout.prefix, layout.base_prefix, *layout.sites)
    for path in map(Path, _evidence(python, layout)):
        if path.is_file():
            add(str(path), hashlib.sha256(path.read_bytes()).digest())
        elif path.is_dir():
            add(str(path), *sorted(os.listdir(path)))  # noqa: PTH208
    add(driver_version())
    return total.hexdigest()


def driver_version() -> str:
    """The NVIDIA kernel driver's own line about itself; empty where there is none."""
    try:
        return DRIVER.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _own_packages(layout: Layout) -> list[str]:
    """Top-level paths of our own distribution: a run that could read them could see how it is judged."""
    found: dict[str, None] = {}
    for info in _distributions(layout):
        if _name(info) != DISTRIBUTION or not info.is_dir():
            continue
        site = info.parent
        found[str(info)] = None
        for row in recorded_files(info):
            parts = Path(row).parts
            inside = parts and parts[0] != ".."
            found[str(site / parts[0]) if inside else os.path.normpath(site / row)] = None
    return [path for path in found if Path(path).exists() and Path(path).name != "__pycache__"]


def _blind_spots(layout: Layout) -> list[str]:
    spots = ["Files of an installed package that were edited in place: only its list of files is compared."]
    if any(Path(layout.prefix, "conda-meta").glob("*.json")):
        spots.append("Files of conda packages: only their names, versions and builds are compared.")
    known = {item.folder for item in editables(layout)}
    own = set(_own_packages(layout))
    for item in editables(layout):
        if str(item.record) not in own:
            spots.append(f"{item.name} is installed editable from {item.folder}: its files are not compared.")
    for file, folder in path_lines(layout):
        listed = any(folder == place or folder.startswith(f"{place}/") for place in known)
        if str(file) not in own and not listed:
            spots.append(f"{folder} is on the import path through {file.name}: its files are not compared.")
    return spots


def recorded_files(info: Path) -> list[str]:
    """Rows of a distribution's RECORD: paths relative to the folder that holds `info`."""
    record = info / "RECORD"
    if not record.is_file():
        return []
    with record.open(encoding="utf-8", newline="") as lines:
        return [row[0] for row in csv.reader(lines) if row]


def _name(info: Path) -> str:
    """Normalised name of a distribution, from `NAME-VERSION.dist-info`."""
    return info.name.split("-")[0].lower().replace(".", "_")
