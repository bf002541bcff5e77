"""Labelled pages from pictures: the truth lies beside the picture, or in `readings/` of a dataset's folder."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from notation.errors import InputError
from notation.files import PathLike
from notation.graph import NotationGraph
from notation.page import LabelledPage, Reading
from notation.reading_json import read_reading
from notation.symbols import Symbols


def labelled_page(picture: PathLike, truth: PathLike | None = None) -> LabelledPage:
    """Return a picture with its truth; without any, a page that has no symbols and no staves.

    Raises:
        InputError: there is no picture to read, or `truth` is of a page of another size.
        FormatError: the truth is no reading.
    """
    image = cv2.imread(str(picture), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise InputError(f"{picture}: no picture that can be read")
    found = Path(truth) if truth is not None else truth_beside(Path(picture))
    height, width = image.shape
    if found is None:
        reading, graph = Reading(Symbols.empty(width, height), (), Path(picture).name), None
    else:
        reading, graph = read_reading(found)
    if (reading.symbols.width_px, reading.symbols.height_px) != (width, height):
        raise InputError(f"{found}: belongs to a page of another size than {picture}")
    return LabelledPage(np.asarray(image, np.uint8), reading, graph or NotationGraph(len(reading.symbols)))


def truth_beside(picture: Path) -> Path | None:
    """Return where the reading of a picture lies, as `synth.dataset` and `notation.reading_json` write it, or None."""
    places = (
        picture.with_suffix(".json"),
        picture.with_suffix(".reading.json"),
        picture.parent.parent / "readings" / f"{picture.stem}.json",
    )
    return next((one for one in places if one.is_file()), None)
