"""What happens to the pixels: each step takes and returns uint8 (height, width), 0 = ink, and moves nothing."""

from __future__ import annotations

import cv2
import numpy as np

from notation.page import GreyImage

#: Grey level below which salt and pepper takes a pixel for ink.
DARK_BELOW = 100
#: Shares of dark pixels turned white, and of light pixels turned black (ScoreAug as published).
SALT_SHARE, PEPPER_SHARE = 0.1, 0.001


def salt_and_pepper(image: GreyImage, rng: np.random.Generator) -> GreyImage:
    """Turn a tenth of the ink white and a thousandth of the paper black."""
    draw = rng.random(image.shape, dtype=np.float32)
    dark = image < DARK_BELOW
    out = image.copy()
    out[dark & (draw < SALT_SHARE)] = 255
    out[~dark & (draw < PEPPER_SHARE)] = 0
    return out


def scaled_brightness(image: GreyImage, factor: float) -> GreyImage:
    """Multiply grey levels."""
    return _levels(np.arange(256) * factor)[image]


def added_brightness(image: GreyImage, levels: float) -> GreyImage:
    """Add grey levels: ink fades, paper stays white."""
    return _levels(np.arange(256) + levels)[image]


def more_contrast(image: GreyImage, factor: float) -> GreyImage:
    """Move grey levels away from the mean of the picture by `factor`."""
    mean = image.mean() if image.size else 0.0
    return _levels(mean + (np.arange(256) - mean) * factor)[image]


def blurred(image: GreyImage, radius_px: float) -> GreyImage:
    """Gaussian blur; the radius is the standard deviation."""
    return cv2.GaussianBlur(image, (0, 0), radius_px).astype(np.uint8) if image.size else image


def cropped_and_resized(image: GreyImage, side: float, left: float, top: float) -> GreyImage:
    """Blow up a part of the picture to its whole size.

    `side` is the share of each side that is kept; `left` and `top` in [0, 1] place it within the room that remains.
    """
    height, width = image.shape
    part = (max(1, round(height * side)), max(1, round(width * side)))
    y, x = round((height - part[0]) * top), round((width - part[1]) * left)
    return cv2.resize(image[y : y + part[0], x : x + part[1]], (width, height)).astype(np.uint8)


def darker(first: GreyImage, second: GreyImage) -> GreyImage:
    """Lay one picture over the other: the darker pixel wins."""
    return np.minimum(first, second)


def _levels(values: np.ndarray) -> GreyImage:
    """Return a table of 256 grey levels, rounded and kept within 0 to 255."""
    table: GreyImage = np.rint(values).clip(0, 255).astype(np.uint8)
    return table
