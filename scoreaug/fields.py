"""Random fields over a page, and the way from fields back to grey levels.

A field is float32 (height, width). Smooth ones are drawn on a coarse grid and scaled up, so that they cost little.
"""

from __future__ import annotations

from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from notation.page import GreyImage

Field: TypeAlias = NDArray[np.float32]

#: Cells beyond this count are not drawn: such a field is as good as white noise.
_MOST_CELLS = 4000


def smooth(height: int, width: int, wavelength_px: float, rng: np.random.Generator) -> Field:
    """Return patches about `wavelength_px` wide, mean 0 and standard deviation 1 over many draws."""
    rows = int(min(_MOST_CELLS, np.ceil(height / max(1.0, wavelength_px)) + 3))
    columns = int(min(_MOST_CELLS, np.ceil(width / max(1.0, wavelength_px)) + 3))
    cells = rng.standard_normal((rows, columns), dtype=np.float32)
    # Interpolation between cells averages them: cubic keeps 0.76 of the standard deviation in each of two directions.
    return upscaled(cells, height, width) * np.float32(1.3)


def white(height: int, width: int, rng: np.random.Generator) -> Field:
    """Return independent pixels, standard normal."""
    return rng.standard_normal((height, width), dtype=np.float32)


def grain(height: int, width: int, size_px: float, rng: np.random.Generator) -> Field:
    """Return fine grain of about `size_px`, standard deviation 1: white noise, blurred where grains are not pixels."""
    if size_px >= 3:
        return smooth(height, width, size_px, rng)
    noise = white(height, width, rng)
    if size_px <= 0.5:
        return noise
    kernel = cv2.getGaussianKernel(2 * int(2 * size_px) + 3, 0.5 * size_px, cv2.CV_32F)
    # Each direction keeps the sum of squares of the kernel of the variance, so both keep that of the deviation.
    return np.asarray(cv2.sepFilter2D(noise, -1, kernel, kernel / np.square(kernel).sum()), np.float32)


def upscaled(cells: np.ndarray, height: int, width: int) -> Field:
    """Return a coarse field scaled up to a page."""
    return np.asarray(cv2.resize(cells.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def grey(levels: np.ndarray) -> GreyImage:
    """Return grey levels, rounded and kept within 0 to 255, as a fresh picture."""
    return np.asarray(np.rint(levels).clip(0, 255), np.uint8)


def tinted(image: GreyImage, share: np.ndarray) -> GreyImage:
    """Return the picture with every level multiplied by `share` in [0, 1], as ink or shadow over it does."""
    return grey(image * np.asarray(share, np.float32))
