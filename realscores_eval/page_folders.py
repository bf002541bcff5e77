"""Folders of pages with their music, as pages to evaluate on: engraved data sets and collections of scans."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from notation.errors import FormatError, InputError
from notation.page import GreyImage, Reading
from notation.reading_json import read_reading
from realscores_eval.musicxml_notes import read_musicxml

#: Folders of a data set that a script of ours wrote, one file a page in each.
IMAGES, READINGS, MUSICXML = "images", "readings", "musicxml"


@dataclass(frozen=True)
class MusicPage:
    """One page and its truth; the files are read when asked for, so a folder of any size can be listed.

    Attributes:
        name: of the page within its folder.
        image: loads the picture; raises `InputError`.
        musicxml: loads the music of exactly this page; raises `InputError` or `FormatError`.
        reading: loads the true symbols and staff lines, or `None` where nobody knows them (scans).
        space_px: staff space where the folder states it.
    """

    name: str
    image: Callable[[], GreyImage]
    musicxml: Callable[[], str]
    reading: Callable[[], Reading] | None = None
    space_px: float | None = None


def dataset_pages(folder: Path, names: Collection[str] | None = None) -> Iterator[MusicPage]:
    """Iterate over the pages of an engraved data set that have symbols and music, by name.

    Arguments:
        folder: holds `images/NAME.png`, `readings/NAME.json` and `musicxml/NAME.musicxml`.
        names: only these pages.

    Raises:
        InputError: there is no such page.
    """
    for path in _listed(folder / READINGS, "*.json"):
        music = folder / MUSICXML / f"{path.stem}.musicxml"
        if music.is_file() and (names is None or path.stem in names):
            yield MusicPage(
                path.stem,
                image=partial(read_grey, folder / IMAGES / f"{path.stem}.png"),
                musicxml=partial(read_musicxml, music),
                reading=partial(_reading, path),
            )


def scanned_pages(folder: Path, names: Collection[str] | None = None) -> Iterator[MusicPage]:
    """Iterate over scans: folders `NAME` with `page.png`, `truth.mxl` and `meta.json`, by name.

    Raises:
        InputError: there is no such page.
        FormatError: a `meta.json` is broken.
    """
    for page in (path.parent for path in _listed(folder, "*/truth.mxl")):
        if names is None or page.name in names:
            yield MusicPage(
                page.name,
                image=partial(read_grey, page / "page.png"),
                musicxml=partial(read_musicxml, page / "truth.mxl"),
                space_px=_stated_space_px(page / "meta.json"),
            )


def read_grey(path: Path) -> GreyImage:
    """Return a picture as uint8 (height, width); raises `InputError` when it cannot be read."""
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
    if image is None:
        raise InputError(f"{path}: no picture that can be read")
    return image.astype(np.uint8, copy=False)


def _listed(folder: Path, pattern: str) -> list[Path]:
    found = sorted(folder.glob(pattern))
    if not found:
        raise InputError(f"{folder}: no pages to evaluate on ({pattern})")
    return found


def _reading(path: Path) -> Reading:
    return read_reading(path)[0]


def _stated_space_px(path: Path) -> float | None:
    try:
        value = json.loads(path.read_text(encoding="utf-8")).get("staff_space_px") if path.is_file() else None
        return None if value is None else float(value)
    except (ValueError, TypeError, AttributeError) as error:
        raise FormatError(f"{path}: broken description of a page ({error})") from error
