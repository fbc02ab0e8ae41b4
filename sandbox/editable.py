"""Where an environment imports the workspace from, for a backend that cannot show the copy at the workspace's path.

An editable install points at the workspace's own files. Without a sandbox a run would import those, which nobody
approved, instead of its private copy; the copy is put in front of them on PYTHONPATH, or the run is refused.
"""

from __future__ import annotations

import ast
import os
from pathlib import Path, PurePosixPath

from sandbox.base import SandboxError
from sandbox.environment import Layout, editables, path_lines, recorded_files


def import_path(layout: Layout, workdir: str, work: Path) -> list[str]:
    """Folders of the private copy that have to come first on PYTHONPATH; empty where nothing points to the workspace.

    Raises:
        SandboxError: an editable install of the workspace works in a way that PYTHONPATH cannot redirect.
    """
    mapped: dict[str, None] = {}
    redirected: set[Path] = set()
    for file, folder in path_lines(layout):
        if (inside := _inside(folder, workdir)) is not None:
            mapped[str(work / inside)] = None
            redirected.add(file)
    for finder in _finders(layout):
        for name, place in _mapping(finder).items():
            if (inside := _inside(place, workdir)) is not None:
                # PYTHONPATH finds a package by its name, so only a folder or file of that name can be redirected.
                if inside.name.removesuffix(".py") != name:
                    raise _refusal(name)
                mapped[str(work / inside.parent)] = None
                redirected.add(finder)
    for item in editables(layout):
        own = {item.record.parent / row for row in recorded_files(item.record)}
        if _inside(item.folder, workdir) is not None and not own & redirected:
            raise _refusal(item.name)
    return list(mapped)


def _refusal(name: str) -> SandboxError:
    return SandboxError(
        f"{name} is installed editable from this workspace in a way that cannot be redirected to the copy that was "
        "approved. Use a sandbox that isolates (see `mlrc doctor`), or install it without `-e`."
    )


def _inside(path: str, workdir: str) -> PurePosixPath | None:
    """`path` relative to the workspace, also where one of the two is spelled through a link."""
    for spelled, base in ((path, workdir), (os.path.realpath(path), os.path.realpath(workdir))):
        if PurePosixPath(spelled).is_relative_to(base):
            return PurePosixPath(spelled).relative_to(base)
    return None


def _finders(layout: Layout) -> list[Path]:
    """Import hooks of setuptools: they stand behind PYTHONPATH in the order of search."""
    return [file for site in layout.sites for file in sorted(Path(site).glob("__editable___*_finder.py"))]


def _mapping(finder: Path) -> dict[str, str]:
    """The hook's table of packages, read without running it."""
    for node in ast.parse(finder.read_bytes()).body:
        target = (
            node.target
            if isinstance(node, ast.AnnAssign)
            else node.targets[0]
            if isinstance(node, ast.Assign)
            else None
        )
        if isinstance(target, ast.Name) and target.id == "MAPPING" and isinstance(node, ast.AnnAssign | ast.Assign):
            value = ast.literal_eval(node.value) if node.value is not None else {}
            return {str(name): str(place) for name, place in value.items()}
    return {}
