"""Blank pages drawn by chance, so that no scanned ones need to be shipped: shading, grain, spots, and sheet borders."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from notation.page import GreyImage

_Levels = NDArray[np.float32]  # grey levels, (height, width)

#: A page is shaded in patches of about this share of its height: damp, light through the sheet, uneven lamps.
_PATCH = 1 / 8
#: Widest strip of scanner bed beside a sheet, as a share of the page's side; printed margins are wider.
_WIDEST_BORDER = 0.03


def blank_page(height: int, width: int, rng: np.random.Generator, *, seamed: bool) -> GreyImage:
    """Return an empty sheet, uint8 (height, width); `seamed` shows the border of the sheet and what lies beyond."""
    levels = np.full((height, width), rng.uniform(205, 250), np.float32)
    levels += _shading(height, width, rng) * rng.uniform(2, 9)
    levels += _grain(height, width, rng)
    levels -= _dirt(height, width, rng)
    if seamed:
        levels = _with_border(levels, rng)
    return np.rint(levels).clip(0, 255).astype(np.uint8)


def _shading(height: int, width: int, rng: np.random.Generator) -> _Levels:
    """Smooth patches and a slope of light over the page, standard deviation near 1."""
    cells = (round(1 / _PATCH) + 1, max(2, round(width / (height * _PATCH)) + 1))
    patches = _upscaled(rng.normal(size=cells), height, width)
    across, down = rng.normal(size=2)
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    slope: _Levels = (patches + x * np.float32(across) + y * np.float32(down)).astype(np.float32)
    return slope


def _grain(height: int, width: int, rng: np.random.Generator) -> _Levels:
    """Fibres and sensor noise: fine grain, and clumps a few pixels wide."""
    fine = rng.standard_normal((height, width), dtype=np.float32) * np.float32(rng.uniform(0.5, 3))
    clumps = _upscaled(rng.normal(size=(height // 4 + 1, width // 4 + 1)), height, width) * np.float32(
        rng.uniform(1, 4)
    )
    return fine + clumps


def _dirt(height: int, width: int, rng: np.random.Generator) -> _Levels:
    """Foxing and dirt: how much darker a handful of soft spots and some sharp specks make the sheet."""
    soft = _dots(height, width, rng, int(rng.integers(0, 12)), (0.002 * height, 0.012 * height), (10, 45))
    sharp = _dots(height, width, rng, int(rng.integers(0, 40)), (0, 2), (30, 150))
    return cv2.GaussianBlur(soft, (0, 0), max(1.0, 0.003 * height)).astype(np.float32) + sharp


def _dots(
    height: int,
    width: int,
    rng: np.random.Generator,
    count: int,
    radius_px: tuple[float, float],
    depth: tuple[float, float],
) -> _Levels:
    layer = np.zeros((height, width), np.float32)
    for _ in range(count):
        centre = (int(rng.integers(width)), int(rng.integers(height)))
        cv2.circle(layer, centre, round(rng.uniform(*radius_px)), rng.uniform(*depth), -1)
    return layer


def _with_border(levels: _Levels, rng: np.random.Generator) -> _Levels:
    """Cut one to four sides of the sheet, a little askew and ragged, and lay it on a scanner bed with a soft shadow."""
    height, width = levels.shape
    inside = np.ones((height, width), np.float32)
    sides = rng.permutation(4)[: int(rng.integers(1, 5))].tolist()
    for side in sides:
        length, across = (width, height) if side % 2 else (height, width)
        ends = rng.uniform(0.003, _WIDEST_BORDER, 2) * across
        edge = np.linspace(ends[0], ends[1], length) + _upscaled(rng.normal(size=(1, 60)), 1, length)[0] * rng.uniform(
            0, 2
        )
        strip = np.arange(across)[None, :] >= edge[:, None]  # (length, across), sheet beyond the edge
        strip = strip[:, ::-1] if side >= 2 else strip
        inside *= strip.T if side % 2 else strip
    shadow = cv2.GaussianBlur(inside, (0, 0), max(1.0, rng.uniform(0.001, 0.006) * width))
    bed = rng.uniform(5, 110) + rng.standard_normal((height, width), dtype=np.float32) * 3
    sheet = levels * (0.55 + 0.45 * shadow)
    return np.where(inside > 0, sheet, bed).astype(np.float32)


def _upscaled(cells: np.ndarray, height: int, width: int) -> _Levels:
    return cv2.resize(cells.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC).astype(np.float32)
