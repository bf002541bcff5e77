"""From files to music: pages are read one by one, a page that fails does not stop the others, all become one score."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tqdm import tqdm

from detect_score.orientation import read_turned
from detect_score.pages import PageImage, PageLoader, open_pages
from detector.protocol import PageDetector
from notation.errors import InputError
from notation.page import Reading


@dataclass(frozen=True)
class PageRead:
    """One page that was read: its picture as the file has it, what was found once upright, and how long that took."""

    page: PageImage
    reading: Reading
    seconds: float


@dataclass(frozen=True)
class PageFailed:
    """One page, or file, that could not be read, and the line that says why."""

    name: str
    reason: str


Outcome = PageRead | PageFailed


def read_files(paths: Iterable[Path], detector: PageDetector, *, quiet: bool = False) -> list[Outcome]:
    """Read every page of every file in order; unusable pages become `PageFailed` rows. Progress goes to stderr."""
    outcomes: list[Outcome] = []
    with tqdm(desc="reading", unit="page", disable=quiet or not sys.stderr.isatty(), leave=False) as bar:
        for path in paths:
            bar.set_postfix_str(path.name)
            for outcome in _read_file(path, detector):
                outcomes.append(outcome)
                bar.update()
    return outcomes


def _read_file(path: Path, detector: PageDetector) -> Iterator[Outcome]:
    try:
        for load in open_pages(path):
            yield _load_and_read(load, path, detector)
    except InputError as error:
        yield PageFailed(str(path), str(error))


def _load_and_read(load: PageLoader, path: Path, detector: PageDetector) -> Outcome:
    try:
        page = load()
    except InputError as error:
        return PageFailed(str(path), str(error))
    return read_page(page, path, detector)


def read_page(page: PageImage, path: Path, detector: PageDetector) -> Outcome:
    """Read one page; a page without staff lines is a failure, not an empty score."""
    start = time.perf_counter()
    page, reading = read_turned(page, detector.read)
    where = path if page.name == path.name else path.with_name(page.name)
    if not reading.staves:
        return PageFailed(str(where), f"{where}: no staff lines found, this does not look like a page of music")
    return PageRead(page, replace(reading, source=page.name), time.perf_counter() - start)
