"""Targets of the command: checked before any work, and never over anybody's file unasked."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from notation.errors import OutputError


def claim(targets: Iterable[Path], inputs: Iterable[Path], *, force: bool) -> None:
    """Check before any work that every target may be written.

    Raises:
        OutputError: a target exists and `force` is off, is an input, stands twice, or cannot be written where it is.
    """
    sources = {path.resolve() for path in inputs}
    seen: set[Path] = set()
    for target in targets:
        where = target.resolve()
        if where in sources:
            raise OutputError(f"{target}: is an input, and inputs are never overwritten")
        if where in seen:
            raise OutputError(f"{target}: is named for two different outputs")
        if target.is_dir():
            raise OutputError(f"{target}: is a folder")
        if target.exists() and not force:
            raise OutputError(f"{target}: exists already (--force overwrites it)")
        folder = where.parent
        if not folder.is_dir() or not os.access(folder, os.W_OK):
            raise OutputError(f"{target}: cannot be written, the folder is missing or protected")
        seen.add(where)
