"""Blank pages drawn by chance, so that no scanned ones need to be shipped: tone, fibre, shading, age, borders.

Measured on eleven scans of old pages: median 214 to 255; local standard deviation 1 to 5 levels for grain below three
pixels, 1 to 4 for patches of up to thirty.
"""

from __future__ import annotations

import numpy as np

from notation.page import GreyImage
from scoreaug import borders, fields, spots
from scoreaug.fields import Field
from scoreaug.page_scale import SPACES_A_PAGE

#: A page is shaded in patches of about this share of its height: damp, light through the sheet, uneven lamps.
_PATCH = 1 / 8
#: Laid paper shows the wires of its mould, 1 mm apart, 0.55 of a staff space.
_LAID_LINE_SP = 0.55


def blank_page(height: int, width: int, rng: np.random.Generator, *, seamed: bool) -> GreyImage:
    """Return an empty sheet, uint8 (height, width); `seamed` shows the border of the sheet and what lies beyond."""
    space_px = max(1.0, max(height, width) / SPACES_A_PAGE)
    levels = np.float32(rng.uniform(205, 252)) + _shading(height, width, rng) * np.float32(rng.uniform(1, 5))
    levels += fibre(height, width, space_px, rng)
    if rng.random() < 0.15:
        levels += _laid_lines(height, width, space_px, rng)
    levels *= 1 - _age(height, width, space_px, rng)
    if rng.random() < 0.25:
        levels *= borders.gutter(height, width, rng)
    if seamed:
        levels = borders.with_border(levels, rng)
    return fields.grey(levels)


def fibre(height: int, width: int, space_px: float, rng: np.random.Generator) -> Field:
    """Return the grain of paper in grey levels: sensor noise, clumps of fibre, and fibres that run one way."""
    fine = fields.white(height, width, rng) * np.float32(rng.uniform(0.5, 2.5))
    clumps = fields.smooth(height, width, rng.uniform(0.15, 0.5) * space_px + 1, rng)
    cloud = fields.smooth(height, width, rng.uniform(1, 5) * space_px, rng)
    streaky = _streaks(height, width, space_px, rng)
    return np.asarray(fine + clumps * rng.uniform(0.5, 3) + cloud * rng.uniform(0, 2) + streaky, np.float32)


def _streaks(height: int, width: int, space_px: float, rng: np.random.Generator) -> Field:
    """Machine-made paper is brushed along one direction: noise that is smooth along it and fine across."""
    fine, long = max(2, round(0.12 * space_px)), max(4, round(2 * space_px))
    rows, columns = (fine, long) if rng.random() < 0.5 else (long, fine)
    cells = rng.standard_normal((height // rows + 2, width // columns + 2), dtype=np.float32)
    return fields.upscaled(cells, height, width) * np.float32(rng.uniform(0, 1.5))


def _shading(height: int, width: int, rng: np.random.Generator) -> Field:
    """Smooth patches and a slope of light over the page, standard deviation near 1."""
    patches = fields.smooth(height, width, height * _PATCH, rng)
    across, down = rng.normal(size=2)
    x, y = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    return np.asarray(patches + x * np.float32(across) + y * np.float32(down), np.float32)


def _laid_lines(height: int, width: int, space_px: float, rng: np.random.Generator) -> Field:
    """The wires of the mould: fine parallel lines, a little uneven, 1 to 4 levels deep."""
    pitch = max(2.0, _LAID_LINE_SP * space_px * rng.uniform(0.8, 1.4))
    along = np.arange(height if rng.random() < 0.5 else width, dtype=np.float32)
    waves = np.sin(2 * np.pi * along / pitch + fields.smooth(1, len(along), 20 * pitch, rng)[0])
    line = waves[:, None] if len(along) == height else waves[None]
    return np.asarray(line * rng.uniform(1, 4), np.float32) * np.ones((height, width), np.float32)


def _age(height: int, width: int, space_px: float, rng: np.random.Generator) -> Field:
    """Foxing, dirt and now and then a water stain, as darkness."""
    layer = spots.dirt(height, width, space_px, rng)
    if rng.random() < 0.4:
        layer += spots.foxing(height, width, space_px, rng)
    if rng.random() < 0.15:
        layer += spots.stain(height, width, space_px, rng)
    return np.minimum(layer, np.float32(1))
