"""Where blank pages come from: a folder of the user's own scans, or chance."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from notation.errors import InputError
from notation.files import PathLike
from notation.page import GreyImage
from scoreaug.paper import blank_page

#: (height, width, rng) to a blank page of that size.
Blanks: TypeAlias = Callable[[int, int, np.random.Generator], GreyImage]

#: Folders of blank pages with and without a visible sheet border.
KINDS = ("seamed", "seamless")
_SUFFIXES = {".png", ".jpg", ".jpeg", ".tif", ".tiff"}


def generated(height: int, width: int, rng: np.random.Generator) -> GreyImage:
    """Return a drawn sheet, seamed or seamless with equal chance."""
    return blank_page(height, width, rng, seamed=bool(rng.random() < 0.5))


def from_folder(folder: PathLike) -> Blanks:
    """Return a source that draws evenly from `folder/seamed` and `folder/seamless`, and scales to the page.

    Raises:
        InputError: neither holds a picture; later, when a picture cannot be read.
    """
    found = [
        sorted(one for one in (Path(folder) / kind).glob("*") if one.suffix.lower() in _SUFFIXES) for kind in KINDS
    ]
    kinds = [paths for paths in found if paths]
    if not kinds:
        raise InputError(f"{folder}: no pictures of blank pages in seamed/ or seamless/")

    def drawn(height: int, width: int, rng: np.random.Generator) -> GreyImage:
        paths = kinds[int(rng.integers(len(kinds)))]
        return _scaled(paths[int(rng.integers(len(paths)))], height, width)

    return drawn


def _scaled(path: Path, height: int, width: int) -> GreyImage:
    image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(f"{path}: no picture that can be read")
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA).astype(np.uint8)
