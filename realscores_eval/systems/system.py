"""`System`: anything that turns the picture of a page into MusicXML."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from notation.errors import ConfigurationError, InputError
from realscores_eval.lmx.reader import read_parts
from realscores_eval.lmx.writer import musicxml_of
from realscores_eval.systems.score_files import SUFFIXES, find_score, score_text

#: Minutes that others were seen to need for a page on a CPU: oemer 5, Clarity 3.
TIMEOUT_S = 900.0
HOMR_HOW_TO_GET = "homr is not installed: pip install homr (it fetches its weights at first use)"


@dataclass(frozen=True)
class System:
    """A system by name.

    Attributes:
        read: from the picture of a page and an empty folder of its own to MusicXML text; whatever it raises is a
            complete miss, with the message as its reason.
        timed: whether its time per page means anything.
    """

    name: str
    read: Callable[[Path, Path], str]
    timed: bool = True


def command_system(name: str, template: str, timeout_s: float = TIMEOUT_S) -> System:
    """Return a command as a system; `{page}` stands for the picture, `{out}` for the file or folder it writes.

    `{out}` names a MusicXML file; a command that makes a folder of it, or writes beside it, is understood too.

    Raises:
        ConfigurationError: the template has no `{page}`.
    """
    if "{page}" not in template:
        raise ConfigurationError(f"{name}: expected a command with {{page}} and {{out}}, got {template!r}")

    def read(page: Path, folder: Path) -> str:
        out = folder / f"{page.stem}.musicxml"
        words = [word.format(page=page, out=out) for word in shlex.split(template)]
        _call(words, folder, timeout_s)
        return _written(folder, page.stem)

    return System(name, read)


def homr_system(name: str = "homr", timeout_s: float = TIMEOUT_S) -> System:
    """Return homr, where its command is installed; it writes beside the picture, so it gets a copy.

    Raises:
        ConfigurationError: it is not installed; the message says how to get it.
    """
    command = shutil.which("homr")
    if command is None:
        raise ConfigurationError(HOMR_HOW_TO_GET)

    def read(page: Path, folder: Path) -> str:
        copy = folder / page.name
        shutil.copyfile(page, copy)
        _call([command, str(copy)], folder, timeout_s)
        return _written(folder, page.stem)

    return System(name, read)


def folder_system(name: str, folder: Path) -> System:
    """Return a folder of results, one file a page named after it: MusicXML, kern, MEI or LMX.

    Raises:
        InputError: there is no such folder.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no folder of results for {name}")

    def read(page: Path, own: Path) -> str:
        path = find_score(folder, page.stem)
        if path is None:
            raise InputError(f"no result named {page.stem} ({', '.join(SUFFIXES)})")
        return score_text(path)

    return System(name, read, timed=False)


def null_system(truth: Callable[[str], str], name: str = "null") -> System:
    """Return the truth of each page through our own reader and writer; every metric must find no difference."""
    return System(name, lambda page, folder: musicxml_of(read_parts(truth(page.stem))), timed=False)


def _call(words: list[str], folder: Path, timeout_s: float) -> None:
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, errors="replace", timeout=timeout_s)
    except FileNotFoundError as error:
        raise InputError(f"{words[0]}: no such command") from error
    except subprocess.TimeoutExpired as error:
        raise InputError(f"{words[0]}: no result within {timeout_s:g} s") from error
    if done.returncode:
        lines = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise InputError(f"{words[0]}: exit code {done.returncode}" + (f", {lines[-1]}" if lines else ""))


def _written(folder: Path, stem: str) -> str:
    """Return what a command wrote: under the name of the page, or the only score of its folder."""
    path = find_score(folder, stem)
    if path is None:
        found = sorted(one for one in folder.rglob("*") if one.suffix in SUFFIXES and one.is_file())
        if len(found) != 1:
            raise InputError(f"the command wrote {len(found)} scores, expected one")
        path = found[0]
    return score_text(path)
