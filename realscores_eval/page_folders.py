"""Folders of pages with their music, as pages to evaluate on: engraved data sets and collections of scans."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from notation.errors import FormatError, InputError
from notation.files import read_json
from notation.page import GreyImage, Reading
from notation.reading_json import read_reading
from realscores_eval.musicxml_notes import read_musicxml

Page = TypeVar("Page")
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


def names_of_split(folder: Path, split: str) -> set[str]:
    """Return the names of the pages of a split ("train", "val" or "test"), as the records of the pieces have it.

    Raises:
        InputError: there are no records of pieces, `pieces/*.json`.
        FormatError: a record is broken.
    """
    names: set[str] = set()
    for path in _listed(folder / "pieces", "*.json"):
        match read_json(path):
            case {"split": str(of_piece), "pages": list(pages)}:
                names |= {str(page["name"]) for page in pages if of_piece == split and isinstance(page, dict)}
            case _:
                raise FormatError(f"{path}: expected the record of a piece with its split and pages")
    return names


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


def spread(pages: Iterable[Page], count: int | None) -> list[Page]:
    """Return at most `count` pages, evenly spread."""
    found = list(pages)
    if count is None or count >= len(found):
        return found
    return [found[index * len(found) // count] for index in range(count)]


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
    value = read_json(path) if path.is_file() else {}
    space_px = value.get("staff_space_px") if isinstance(value, dict) else value
    if space_px is not None and not isinstance(space_px, int | float):
        raise FormatError(f"{path}: expected an object with a number as staff_space_px")
    return None if space_px is None else float(space_px)
