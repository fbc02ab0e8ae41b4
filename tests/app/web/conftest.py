"""Workspaces for tests of the web server."""

from __future__ import annotations

from workbench import make_study, study

__all__ = ["make_study", "study"]
