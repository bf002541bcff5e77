"""How dark a page is, pixel by pixel, against the paper around."""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from notation.page import GreyImage

Grey: TypeAlias = NDArray[np.uint8]


def darkness(image: GreyImage) -> Grey:
    """Return how dark each pixel is against the paper around it: uint8 (H, W), 0 = paper, 255 = full ink.

    Paper is the brightest tone nearby; full ink is a tone that a fifth of all clearly dark pixels reach.
    """
    height, width = image.shape
    coarse_size = (max(1, width // 16), max(1, height // 16))
    coarse = cv2.resize(image, coarse_size, interpolation=cv2.INTER_AREA)
    coarse = cv2.dilate(coarse, np.ones((5, 5), np.uint8))  # 80 px: wider than any stroke, narrower than any shade
    paper = cv2.resize(cv2.blur(coarse, (5, 5)), (width, height), interpolation=cv2.INTER_LINEAR)
    below = as_grey(cv2.subtract(paper, image))
    return as_grey(cv2.convertScaleAbs(below, alpha=255.0 / _full_ink(below)))


def as_grey(picture: ArrayLike) -> Grey:
    """Return a picture from OpenCV, whose stubs do not know its type, as uint8."""
    return np.asarray(picture, dtype=np.uint8)


def _full_ink(below: Grey) -> float:
    counts = np.bincount(below[::4, ::4].ravel(), minlength=256)
    counts[:32] = 0  # paper grain and bleed-through
    total = np.cumsum(counts)
    if not total[-1]:
        return 255.0
    return float(max(64, np.searchsorted(total, 0.8 * total[-1])))
