"""Load MusicXML files with music21 and with Verovio, and say which of them cannot.

    python benchmarks/loads.py FOLDER [...]

Prints a line a file that one of the two refuses or that comes out without a page, and the counts; exits with 1 then.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import verovio
from music21 import converter


def complaints(path: Path) -> Iterator[str]:
    """Iterate over what the two programs say against a file."""
    text = path.read_text(encoding="utf-8")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            score = converter.parseData(text, format="musicxml")
        if not score.parts:
            yield "music21 sees no part"
    except Exception as error:
        yield f"music21: {type(error).__name__}: {error}"
    toolkit = verovio.toolkit()
    if not toolkit.loadData(text) or toolkit.getPageCount() < 1 or "<svg" not in toolkit.renderToSVG(1):
        yield "Verovio draws nothing"


def main(folders: list[str]) -> int:
    """Check every `*.musicxml` below the folders; return 0 when both programs load all of them."""
    verovio.enableLog(verovio.LOG_OFF)
    paths = sorted(path for folder in folders for path in Path(folder).rglob("*.musicxml"))
    bad = 0
    for path in paths:
        found = list(complaints(path))
        bad += bool(found)
        for one in found:
            print(f"{path.name}: {one}")
    print(f"{len(paths)} files, {len(paths) - bad} load in music21 {music21_version()} and Verovio {toolkit_version()}")
    return 1 if bad or not paths else 0


def music21_version() -> str:
    """Return the version of music21."""
    import music21

    return str(music21.__version__)


def toolkit_version() -> str:
    """Return the version of Verovio."""
    return str(verovio.toolkit().getVersion())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
