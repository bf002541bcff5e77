"""Runs MuseScore 3 without a window: scores in, MuseScore's own score files, drawn pages and bar positions out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from notation.errors import ConfigurationError, FormatError

HOW_TO_INSTALL = "MuseScore 3 is not installed: apt-get install musescore3"
_PROGRAMS = ("mscore3", "musescore3", "mscore")
_LIMIT_S = 60.0
#: The command line needs no screen, and says so about the music font of each start on the error channel.
_ENVIRONMENT = {"QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}


@cache
def musescore_program() -> str | None:
    """Return the path of MuseScore 3, None where it is not installed."""
    return next((found for found in map(shutil.which, _PROGRAMS) if found is not None), None)


def convert(text: str, suffix: str, wanted: Sequence[str]) -> dict[str, list[str]]:
    """Return what MuseScore makes of one score, by suffix; pages of a drawing are in order.

    Args:
        text: the score.
        suffix: the format of `text`, such as ".musicxml" or ".mscx".
        wanted: suffixes of the results.

    Raises:
        ConfigurationError: MuseScore is not installed.
        FormatError: MuseScore cannot read the score, crashes on it or takes too long.
    """
    program = musescore_program()
    if program is None:
        raise ConfigurationError(HOW_TO_INSTALL)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / f"in{suffix}").write_text(text, encoding="utf-8")
        job = [{"in": f"in{suffix}", "out": [f"out{one}" for one in wanted]}]
        (folder / "job.json").write_text(json.dumps(job), encoding="utf-8")
        _run([program, "--job", "job.json", "--config-folder", str(folder / "settings")], folder)
        made = {one: [path.read_text(encoding="utf-8") for path in _results(folder, one)] for one in wanted}
    missing = [one for one, texts in made.items() if not texts]
    if missing:
        raise FormatError(f"MuseScore made no {missing[0]} of this score")
    return made


def _run(command: Sequence[str], folder: Path) -> None:
    environment = os.environ | _ENVIRONMENT | {"XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)}
    try:
        done = subprocess.run(
            command, cwd=folder, env=environment, timeout=_LIMIT_S, check=False, capture_output=True, text=True,
            encoding="utf-8", errors="replace",
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise FormatError(f"MuseScore took longer than {_LIMIT_S:.0f} s") from error
    if done.returncode:
        raise FormatError(f"MuseScore ended with {done.returncode}")


def _results(folder: Path, suffix: str) -> list[Path]:
    """Return the result, or the numbered pages of a drawing in order."""
    single = folder / f"out{suffix}"
    pages = sorted(folder.glob(f"out-*{suffix}"), key=lambda path: (len(path.name), path.name))
    return [single] if single.exists() else pages
