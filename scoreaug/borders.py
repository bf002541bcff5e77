"""What a scan shows beside the sheet: its torn edge, the scanner bed, the shadow in the gutter of a book."""

from __future__ import annotations

import cv2
import numpy as np

from scoreaug import fields
from scoreaug.fields import Field

#: Widest strip of scanner bed beside a sheet, as a share of the page's side; printed margins are wider.
_WIDEST_BORDER = 0.03
#: A gutter's shadow reaches this share of the page's width.
_WIDEST_GUTTER = 0.12


def with_border(levels: Field, rng: np.random.Generator) -> Field:
    """Cut one to four sides of the sheet, a little askew and ragged, and lay it on a scanner bed with a soft shadow."""
    height, width = levels.shape
    inside = np.ones((height, width), np.float32)
    for side in rng.permutation(4)[: int(rng.integers(1, 5))].tolist():
        strip = _beyond_edge(*((width, height) if side % 2 else (height, width)), rng)
        strip = strip[:, ::-1] if side >= 2 else strip
        inside *= strip.T if side % 2 else strip
    shadow = cv2.blur(cv2.blur(inside, *_kernel(width, rng)), *_kernel(width, rng))
    bed = np.float32(rng.uniform(5, 110)) + fields.grain(height, width, 1.5, rng) * np.float32(3)
    return np.where(inside > 0, levels * (np.float32(0.55) + np.float32(0.45) * shadow), bed).astype(np.float32)


def _beyond_edge(length: int, across: int, rng: np.random.Generator) -> np.ndarray:
    """Return bool (length, across): what lies on the sheet, right of a ragged edge at its left."""
    ends = rng.uniform(0.003, _WIDEST_BORDER, 2) * across
    ragged = fields.upscaled(rng.normal(size=(1, 60)), 1, length)[0] * rng.uniform(0, 2)
    edge = np.linspace(ends[0], ends[1], length) + ragged
    beyond: np.ndarray = np.arange(across)[None, :] >= edge[:, None]
    return beyond


def _kernel(width: int, rng: np.random.Generator) -> tuple[tuple[int, int]]:
    side = 2 * int(rng.uniform(0.001, 0.006) * width) + 1
    return ((side, side),)


def gutter(height: int, width: int, rng: np.random.Generator) -> Field:
    """Return the share of light (1, width) that is left beside the spine of a book: it falls to 30 to 85 %."""
    near = np.arange(width, dtype=np.float32) / width
    near = near if rng.random() < 0.5 else near[::-1]
    reach = np.float32(rng.uniform(0.02, _WIDEST_GUTTER))
    fall = np.float32(rng.uniform(0.15, 0.7)) * np.exp(-np.square(near / reach))
    return (1 - fall)[None].astype(np.float32)
